from dagster import (AssetIn, AssetKey, AssetOut, AssetSelection, AssetSpec, DailyPartitionsDefinition, Output, SourceAsset, asset,
                     define_asset_job, graph_asset, job, multi_asset, op, AutomationCondition, BackfillPolicy)

raw = SourceAsset(key=AssetKey(["raw", "events"]), group_name="raw")
daily = DailyPartitionsDefinition(start_date="2026-01-01")


@asset(ins={"events": AssetIn(key=AssetKey(["raw", "events"]))}, partitions_def=daily, backfill_policy=BackfillPolicy.single_run())
def cleaned(events):
    return events


@multi_asset(outs={"a": AssetOut(is_required=False), "b": AssetOut()}, can_subset=True)
def both():
    yield Output(1, "a")


@asset(deps=[cleaned], automation_condition=AutomationCondition.eager() & ~AutomationCondition.in_progress())
def report(): ...


@op
def one():
    return 1


@graph_asset
def from_graph():
    return one()


all_assets = define_asset_job("all_assets", selection=AssetSelection.all() - AssetSelection.assets(report), partitions_def=daily)


@job
def beside():
    one()
