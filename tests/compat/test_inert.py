"""What Dagster has beside jobs can be written down and does nothing; who calls into it is told what to do instead."""

from __future__ import annotations

import importlib
from typing import Any

import pytest

import dagjob
import dagjob.compat.dagster
from dagjob.compat.alias import ignored
from dagjob.errors import DagjobLeftOutError

dg: Any = importlib.import_module("dagster")


@dagjob.op
def one() -> int:
    return 1


@dagjob.job
def daily() -> None:
    one()


def written_now(source: str) -> tuple[list[str], dict[str, Any]]:
    """What a module of this text adds to what is ignored, and its names."""
    before = len(ignored())
    scope: dict[str, Any] = {"dg": dg, "daily": daily, "one": one}
    exec(compile(source, f"module {before}.py", "exec"), scope)
    return [each.told for each in ignored()[before:]], scope


@pytest.mark.parametrize(
    ("source", "told"),
    [
        ("@dg.asset\ndef raw(): ...", 'asset "raw"'),
        ("@dg.asset(name='named', deps=['raw'], automation_condition=None)\ndef a(): ...", 'asset "named"'),
        ("@dg.multi_asset(specs=[dg.AssetSpec('x'), dg.AssetSpec('y', deps=['x'])])\ndef both(): ...", 'asset "both"'),
        ("@dg.graph_asset\ndef g(): return one()", 'asset "g"'),
        ("@dg.observable_source_asset\ndef o(): ...", 'source asset "o"'),
        ("@dg.asset_check(asset='raw', blocking=True)\ndef c(): ...", 'asset check "c"'),
        ("@dg.schedule(job=daily, cron_schedule='0 0 * * *')\ndef s(context): ...", 'schedule "s"'),
        ("@dg.sensor(job=daily, minimum_interval_seconds=30)\ndef s(context): ...", 'sensor "s"'),
        ("@dg.asset_sensor(asset_key=dg.AssetKey('raw'), job=daily)\ndef s(context): ...", 'sensor "s"'),
        ("@dg.run_failure_sensor\ndef s(context): ...", 'sensor "s"'),
        ("@dg.run_status_sensor(run_status=dg.DagsterRunStatus.SUCCESS)\ndef s(context): ...", 'sensor "s"'),
        ("dg.ScheduleDefinition(job=daily, cron_schedule='@daily')", 'schedule "daily_schedule"'),
        ("dg.ScheduleDefinition(name='s', target=daily, cron_schedule='@daily')", 'schedule "s"'),
        ("dg.define_asset_job('all', selection=dg.AssetSelection.all() - dg.AssetSelection.groups('x'))", 'asset job "all"'),
        ("dg.build_schedule_from_partitioned_job(daily)", 'schedule "daily_schedule"'),
        ("dg.AutomationConditionSensorDefinition('auto', target='*')", 'sensor "auto"'),
        ("dg.SourceAsset(key=dg.AssetKey('raw'))", "source asset"),
        ("dg.AssetsDefinition.from_graph(one)", "asset"),
        ("[*dg.load_assets_from_modules([])]", 'asset "load_assets_from_modules(...)"'),
        ("dg.build_last_update_freshness_checks(assets=[], lower_bound_delta=1)", "asset check"),
        ("dg.make_email_on_run_failure_sensor('a@b', 'p', ['c@d'])", "sensor"),
        ("dg.load_from_defs_folder(project_root='.')", "folder of components"),
    ],
)  # fmt: skip
def test_a_definition_is_made_and_listed(source: str, told: str) -> None:
    listed, _ = written_now(source)
    assert len(listed) == 1
    assert listed[0].startswith(told)


@pytest.mark.parametrize(
    "source",
    [
        "dg.AutomationCondition.eager() & ~dg.AutomationCondition.in_progress() | dg.AutomationCondition.on_cron('@daily')",
        "dg.AutoMaterializePolicy.eager().with_rules(dg.AutoMaterializeRule.skip_on_parent_missing())",
        "dg.FreshnessPolicy.time_window(fail_window=1)",
        "dg.AssetSelection.keys('a').upstream().required_multi_asset_neighbors()",
        "dg.RunRequest(run_key='k', run_config={}, tags={'a': 'b'})",
        "dg.SkipReason('nothing new')",
        "dg.SensorResult(run_requests=[dg.RunRequest('a')], cursor='1')",
        "dg.MaterializeResult(metadata={'rows': 1})",
        "dg.AssetCheckResult(passed=True, severity=dg.AssetCheckSeverity.WARN)",
        "dg.TimeWindowPartitionMapping(start_offset=-1)",
        "dg.BackfillPolicy.single_run()",
        "dg.PipesSubprocessClient()",
        "def f(context: dg.AssetExecutionContext, x: dg.AssetKey | dg.AssetSpec) -> dg.MaterializeResult[int]: ...",
        "@dg.op\ndef f(context: dg.AssetExecutionContext) -> int:\n    return 1\nassert f(dg.build_op_context()) == 1",
        "class My(dg.Component, dg.Model, dg.Resolvable):\n    rows: int = 3\n    def build_defs(self, context): ...",
        "class Mine(dg.StepLauncher): ...",
        "import pydantic\nclass Mixed(dg.Resolvable, pydantic.BaseModel):\n    x: int\nassert Mixed(x=3).x == 3",
        "from abc import ABC\nclass Launch(dg.DefaultRunLauncher, ABC): ...",
        "@dg.component_instance\ndef load(context): ...",
        "@dg.op\ndef talk(context, pipes: dg.PipesSubprocessClient): ...\n@dg.job(resource_defs={'pipes': 3})\ndef j(): talk()",
        "from dagster._core.definitions.resource_annotation import TreatAsResourceParam\n"
        "class Client(dg.PipesClient, TreatAsResourceParam): ...\n@dg.op(required_resource_keys=set())\n"
        "def talk(client: Client): ...\nassert talk.required_resource_keys == {'client'}",
    ],
)
def test_what_is_no_definition_is_made_and_not_listed(source: str) -> None:
    assert written_now(source)[0] == []


def test_members_of_enums_and_kinds_of_objects_can_be_told_apart() -> None:
    assert dg.DefaultScheduleStatus.RUNNING is dg.DefaultScheduleStatus.RUNNING
    assert dg.DefaultScheduleStatus.RUNNING is not dg.DefaultScheduleStatus.STOPPED
    _, scope = written_now("@dg.asset(group_name='g')\ndef raw(): ...\n@dg.sensor(job=daily)\ndef s(context): ...")
    assert isinstance(scope["raw"], dg.AssetsDefinition)
    assert isinstance(scope["s"], dg.SensorDefinition) and not isinstance(scope["s"], dg.AssetsDefinition)
    assert (scope["raw"].name, scope["raw"].group_name) == ("raw", "g")
    assert "leaves alone" in repr(scope["s"])


@pytest.mark.parametrize(
    ("call", "what", "instead"),
    [
        ("dg.materialize([])", "materialize", "@op"),
        ("dg.asset(lambda: 1)()", "AssetsDefinition", "@op"),
        ("dg.build_asset_context()", "build_asset_context", "@op"),
        ("dg.build_sensor_context()", "build_sensor_context", "dagjob run JOB"),
        ("dg.build_schedule_context()", "build_schedule_context", "cron"),
        ("dg.sensor(job=daily)(lambda context: 1)(None)", "SensorDefinition", "dagjob run JOB"),
        ("dg.ScheduleDefinition(job=daily, cron_schedule='@daily').evaluate_tick(None)", "evaluate_tick", "cron"),
        ("dg.PipesSubprocessClient().run(command=['true'], context=None)", "PipesSubprocessClient.run", "subprocess"),
        ("dg.open_pipes_session()", "open_pipes_session", "subprocess"),
        ("dg.run_step_from_ref(1, 2)", "run_step_from_ref", "executor"),
        ("dg.evaluate_automation_conditions()", "evaluate_automation_conditions", "cron"),
        ("dg.serialize_value(1)", "serialize_value", "pickle"),
    ],
)
def test_who_calls_into_one_is_told_what_to_do_instead(call: str, what: str, instead: str) -> None:
    with pytest.raises(DagjobLeftOutError) as refused:
        written_now(call)
    assert what in str(refused.value)
    assert instead in str(refused.value)


def test_containers_hold_them_beside_jobs() -> None:
    _, scope = written_now(
        "@dg.asset\ndef raw(): ...\n@dg.sensor(job=daily)\ndef s(context): ...\naj = dg.define_asset_job('aj')\n"
        "sc = dg.ScheduleDefinition(job=daily, cron_schedule='@daily')\nassets = dg.load_assets_from_modules([])"
    )
    raw, s, aj, sc = (scope[name] for name in ("raw", "s", "aj", "sc"))
    with pytest.warns(UserWarning, match="left alone: 2 assets, 1 asset job, 1 schedule, 1 sensor"):
        defs = dagjob.Definitions(assets=[raw, *scope["assets"]], jobs=[daily, aj], schedules=[sc], sensors=[s])
    with pytest.warns(UserWarning):
        merged = dagjob.Definitions.merge(defs, dg.load_from_defs_folder(project_root="."))
    with pytest.warns(UserWarning, match="4 definitions"):
        listed = dagjob.repository(lambda: [daily, [raw, s], sc, aj])
    with pytest.warns(UserWarning, match="1 schedule"):
        as_dict = dagjob.repository(lambda: {"jobs": {"daily": daily}, "schedules": {"sc": sc}})
    for container in (defs.get_repository_def(), merged.get_repository_def(), listed, as_dict):
        assert container.job_names == ["daily"]
