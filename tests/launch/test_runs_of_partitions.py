"""What a partition does to a run in Python: its config and tags, what contexts say, who keeps dynamic keys, errors."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from dagjob import (
    CheckError,
    ConfigMapping,
    DagjobInstance,
    DagjobInvalidDefinitionError,
    DagjobInvalidInvocationError,
    DagjobInvariantViolationError,
    DagjobUnknownPartitionError,
    DailyPartitionsDefinition,
    DynamicPartitionsDefinition,
    IOManager,
    MultiPartitionKey,
    MultiPartitionsDefinition,
    PartitionedConfig,
    PartitionKeyRange,
    RunConfig,
    StaticPartitionsDefinition,
    daily_partitioned_config,
    graph,
    io_manager,
    job,
    op,
    partitioned_config,
    resource,
    static_partitioned_config,
)

DAYS = DailyPartitionsDefinition("2024-01-01")
PAIRS = MultiPartitionsDefinition({"region": StaticPartitionsDefinition(["eu", "us"]), "day": DAYS})
SEEN: list[Any] = []


@op
def look(context: Any) -> dict[str, Any]:
    asked = ("has_partitions", "has_partition_key", "has_partition_key_range", "partition_key", "partition_keys")
    found: dict[str, Any] = {}
    for name in (*asked, "partition_key_range", "multi_partition_key", "partition_time_window"):
        try:
            found[name] = getattr(context, name)
        except DagjobInvariantViolationError as error:
            found[name] = str(error)
    return found


@graph
def looking() -> None:
    look()


def test_a_run_of_one_key_says_so_everywhere() -> None:
    result = looking.to_job(partitions_def=DAYS).execute_in_process(partition_key="2024-02-29")
    said = result.output_for_node("look")
    assert (said["has_partitions"], said["has_partition_key"], said["has_partition_key_range"]) == (True, True, False)
    assert (said["partition_key"], said["partition_keys"]) == ("2024-02-29", ["2024-02-29"])
    assert said["partition_key_range"] == PartitionKeyRange("2024-02-29", "2024-02-29")
    assert said["partition_time_window"].end == datetime(2024, 3, 1, tzinfo=UTC)
    assert "has no dimensions" in said["multi_partition_key"]
    assert result.dagster_run.tags == {
        "dagster/partition": "2024-02-29",
        "dagster/partition_set": "looking_partition_set",
    }


def test_a_run_of_a_range_says_which_and_has_no_one_key() -> None:
    tags = {"dagster/asset_partition_range_start": "2024-01-02", "dagster/asset_partition_range_end": "2024-01-04"}
    said = looking.to_job(partitions_def=DAYS).execute_in_process(tags=tags).output_for_node("look")
    assert (said["has_partition_key"], said["has_partition_key_range"]) == (False, True)
    assert said["partition_keys"] == ["2024-01-02", "2024-01-03", "2024-01-04"]
    assert "ask for partition_key_range" in said["partition_key"]
    assert said["partition_time_window"].end.day == 5
    one = {"dagster/asset_partition_range_start": "2024-01-02", "dagster/asset_partition_range_end": "2024-01-02"}
    assert looking.to_job(partitions_def=DAYS).execute_in_process(tags=one).output_for_node("look")[
        "partition_key"
    ] == ("2024-01-02")


def test_a_run_of_a_pair_has_the_key_of_each_dimension() -> None:
    pairs = looking.to_job(partitions_def=PAIRS)
    result = pairs.execute_in_process(partition_key="2024-01-02|us")
    key = result.output_for_node("look")["partition_key"]
    assert isinstance(key, MultiPartitionKey) and key.keys_by_dimension == {"day": "2024-01-02", "region": "us"}
    assert result.output_for_node("look")["partition_time_window"].start.day == 2
    assert result.dagster_run.tags["dagster/partition/region"] == "us"
    given = MultiPartitionKey({"region": "us", "day": "2024-01-02"})
    assert pairs.execute_in_process(partition_key=given).output_for_node("look")["multi_partition_key"] == given
    with pytest.raises(DagjobUnknownPartitionError):
        pairs.execute_in_process(partition_key=MultiPartitionKey({"a": "2024-01-02", "b": "us"}))


def test_a_run_without_a_key_says_that_it_has_none() -> None:
    said = looking.to_job(partitions_def=DAYS).execute_in_process().output_for_node("look")
    assert not said["has_partitions"]
    assert all(
        "has no partition" in said[name] for name in ("partition_key", "partition_keys", "partition_time_window")
    )


def test_a_tag_alone_makes_the_key_of_any_run_and_is_not_looked_up() -> None:
    said = looking.to_job().execute_in_process(tags={"dagster/partition": "anything"}).output_for_node("look")
    assert (said["partition_key"], said["partition_keys"]) == ("anything", ["anything"])
    assert "no partitions_def" in said["partition_time_window"]
    both = looking.to_job(partitions_def=DAYS).execute_in_process(
        partition_key="2024-01-02", tags={"dagster/partition": "x", "mine": "1"}
    )
    assert (both.dagster_run.tags["dagster/partition"], both.dagster_run.tags["mine"]) == ("2024-01-02", "1")


def test_resources_and_io_managers_know_the_key() -> None:
    SEEN.clear()

    class Keeping(IOManager):
        def handle_output(self, context: Any, obj: object) -> None:
            SEEN.append(("out", context.partition_key, context.has_partition_key))

        def load_input(self, context: Any) -> object:
            SEEN.append(("in", context.partition_key, context.upstream_output.partition_key))
            return 1

    @resource
    def by_day(context: Any) -> str:
        SEEN.append(("resource", context.partition_key, context.run.tags["dagster/partition"]))
        return "x"

    @op(required_resource_keys={"by_day"})
    def make() -> int:
        return 1

    @op
    def use(x: int) -> None: ...

    @io_manager
    def keeping() -> IOManager:
        return Keeping()

    @job(partitions_def=DAYS, resource_defs={"by_day": by_day, "io_manager": keeping})
    def flow() -> None:
        use(make())

    flow.execute_in_process(partition_key="2024-01-05")
    assert [seen[0] for seen in SEEN] == ["resource", "out", "in"]
    assert {seen[1] for seen in SEEN} == {"2024-01-05"}


# -- config --------------------------------------------------------------------------------------------------------


@op(config_schema={"day": str})
def load(context: Any) -> str:
    day: str = context.op_config["day"]
    return day


def ops(day: str) -> dict[str, Any]:
    return {"ops": {"load": {"config": {"day": day}}}}


@daily_partitioned_config(start_date="2024-01-01", tags_for_partition_fn=lambda start, end: {"until": f"{end:%d}"})
def by_day(start: datetime, end: datetime) -> dict[str, Any]:
    return ops(f"{start:%m%d}-{end:%d}")


@graph
def loading() -> None:
    load()


@job(config=by_day)
def daily() -> None:
    load()


def test_the_config_of_a_key_is_used_unless_the_run_is_given_one() -> None:
    result = daily.execute_in_process(partition_key="2024-01-05")
    assert (result.output_for_node("load"), result.dagster_run.tags["until"]) == ("0105-06", "06")
    given = daily.execute_in_process(partition_key="2024-01-05", run_config=ops("mine"))
    assert given.output_for_node("load") == "mine"
    assert daily.partitioned_config is by_day and daily.partitions_def == by_day.partitions_def
    assert daily.get_run_config_for_partition_key("2024-01-05") == by_day.get_run_config_for_partition_key("2024-01-05")
    assert set(daily.get_tags_for_partition_key("2024-01-05")) == {
        "until",
        "dagster/partition",
        "dagster/partition_set",
    }
    assert by_day(datetime(2024, 1, 1), datetime(2024, 1, 2)) == ops("0101-02")


def test_a_job_says_what_a_run_of_a_partition_would_be() -> None:
    asked = daily.run_request_for_partition("2024-01-05", run_key="5", tags={"mine": "1"})
    assert (asked.run_key, asked.job_name, asked.partition_key) == ("5", "daily", "2024-01-05")
    assert asked.run_config == ops("0105-06")
    assert asked.tags == {"mine": "1", **daily.get_tags_for_partition_key("2024-01-05")}
    assert daily.run_request_for_partition("2024-01-05", run_config=ops("mine")).run_config == ops("mine")
    assert daily.get_partition_keys(None)[0] == "2024-01-01"
    with pytest.raises(DagjobUnknownPartitionError):
        daily.run_request_for_partition("2023-01-05")
    with pytest.raises(CheckError, match="instance"):
        looking.to_job(partitions_def=FRUITS).run_request_for_partition("kiwi")


def test_a_function_may_return_a_run_config_and_any_definition_may_stand_under_it() -> None:
    @partitioned_config(PAIRS)
    def by_pair(key: str) -> RunConfig:
        return RunConfig(ops={"load": {"config": {"day": key}}})

    @job(config=by_pair)
    def pairs() -> None:
        load()

    assert pairs.execute_in_process(partition_key="2024-01-02|eu").output_for_node("load") == "2024-01-02|eu"


def test_what_a_config_function_raises_comes_out_as_it_is() -> None:
    @static_partitioned_config(["a"])
    def broken(key: str) -> dict[str, Any]:
        raise KeyError(key)

    with pytest.raises(KeyError):
        loading.to_job(config=broken).execute_in_process(partition_key="a")


@pytest.mark.parametrize(
    ("make", "error", "named"),
    [
        (lambda: PartitionedConfig(DAYS), CheckError, "exactly one"),
        (
            lambda: PartitionedConfig(DAYS, lambda p: {}, run_config_for_partition_key_fn=lambda k: {}),
            CheckError,
            "one",
        ),
        (lambda: PartitionedConfig(DAYS, lambda p: {})("x"), DagjobInvalidInvocationError, "decorator"),
        (lambda: job(name="j", config=by_day, partitions_def=PAIRS)(lambda: None), CheckError, "differs"),
        (
            lambda: job(name="j", config=ConfigMapping(lambda x: {}), partitions_def=PAIRS)(lambda: None),
            CheckError,
            "Map",
        ),
        (
            lambda: looking.to_job().execute_in_process(partition_key="a"),
            DagjobInvariantViolationError,
            '"looking" has no',
        ),
        (lambda: daily.execute_in_process(partition_key="2023-12-31"), DagjobUnknownPartitionError, "2024-01-01"),
        (lambda: daily.execute_in_process(partition_key="x" * 300), DagjobUnknownPartitionError, "xxx"),
        (lambda: daily.execute_in_process(partition_key="2024-1-5"), DagjobUnknownPartitionError, "2024-1-5"),
        (lambda: daily.execute_in_process(partition_key=5), CheckError, "partition_key"),
        (lambda: daily.execute_in_process(partition_key=""), DagjobUnknownPartitionError, "''"),
    ],
)
def test_what_cannot_be_is_refused_by_name(make: Any, error: type[Exception], named: str) -> None:
    with pytest.raises(error, match=named):
        make()


def test_a_function_may_not_set_the_tags_of_dagster() -> None:
    @static_partitioned_config(["a"], tags_for_partition_key_fn=lambda key: {"dagster/partition": "b"})
    def tagged(key: str) -> dict[str, Any]:
        return ops(key)

    with pytest.raises(DagjobInvalidDefinitionError, match="dagster/partition"):
        loading.to_job(config=tagged).execute_in_process(partition_key="a")


def test_equal_definitions_beside_each_other_are_one() -> None:
    both = loading.to_job(config=by_day, partitions_def=DailyPartitionsDefinition("2024-01-01"))
    assert both.partitioned_config is by_day


# -- dynamic keys --------------------------------------------------------------------------------------------------

FRUITS = DynamicPartitionsDefinition(name="fruits")


def test_dynamic_keys_are_kept_in_the_instance_in_the_order_of_coming(tmp_path: Path) -> None:
    instance = DagjobInstance.local_temp(str(tmp_path / "state"))
    assert list(instance.get_dynamic_partitions("fruits")) == []
    assert not instance.has_dynamic_partition("fruits", "kiwi")
    instance.add_dynamic_partitions("fruits", ["kiwi", "apple"])
    instance.add_dynamic_partitions("fruits", ["apple", "pear/../x"])
    instance.add_dynamic_partitions("others", ["stone"])
    instance.delete_dynamic_partition("fruits", "kiwi")
    instance.delete_dynamic_partition("fruits", "never")
    instance.add_dynamic_partitions("fruits", ["kiwi"])
    again = DagjobInstance.local_temp(str(tmp_path / "state"))
    assert FRUITS.get_partition_keys(dynamic_partitions_store=again) == ["apple", "pear/../x", "kiwi"]
    assert again.has_dynamic_partition("fruits", "kiwi") and not again.has_dynamic_partition("fruits", "stone")
    with pytest.raises(CheckError, match="instance"):
        FRUITS.get_partition_keys()
    for bad in (["a\nb"], ["a\0"], ["a...b"]):
        with pytest.raises(DagjobInvalidDefinitionError):
            again.add_dynamic_partitions("fruits", bad)


def test_a_run_looks_for_its_dynamic_key_in_its_instance(tmp_path: Path) -> None:
    instance = DagjobInstance.local_temp(str(tmp_path))
    instance.add_dynamic_partitions("fruits", ["apple", "kiwi", "pear"])
    fruit = looking.to_job(partitions_def=FRUITS)
    said = fruit.execute_in_process(partition_key="kiwi", instance=instance)
    assert said.output_for_node("look")["partition_key"] == "kiwi"
    kept = instance.get_run_by_id(said.run_id)
    assert kept is not None and kept.tags["dagster/partition"] == "kiwi"
    tags = {"dagster/asset_partition_range_start": "apple", "dagster/asset_partition_range_end": "kiwi"}
    ranged = fruit.execute_in_process(tags=tags, instance=instance)
    assert ranged.output_for_node("look")["partition_keys"] == ["apple", "kiwi"]
    with pytest.raises(DagjobUnknownPartitionError, match="fig"):
        fruit.execute_in_process(partition_key="fig", instance=instance)
    with pytest.raises(DagjobUnknownPartitionError, match="none by now"):
        fruit.execute_in_process(partition_key="kiwi")
