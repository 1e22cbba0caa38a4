"""What job modules of real projects do and small examples don't: each as its authors write it."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import yaml

from dagjob import (
    MAX_RUNTIME_SECONDS_TAG,
    Config,
    DagjobInvalidConfigError,
    DagjobInvariantViolationError,
    DagjobTypeCheckDidNotPass,
    DependencyDefinition,
    DynamicOut,
    DynamicOutput,
    Field,
    GraphDefinition,
    In,
    InputContext,
    Int,
    IOManager,
    JobDefinition,
    NodeInvocation,
    Nothing,
    OpDefinition,
    OpExecutionContext,
    Out,
    Output,
    OutputContext,
    RunConfig,
    String,
    configured,
    get_dagster_logger,
    graph,
    io_manager,
    job,
    op,
    resource,
)
from dagjob.engine.logs import logger_name

# -- ops and jobs made by code -------------------------------------------------------------------------------------


def test_ops_and_jobs_are_made_in_loops_and_by_factories() -> None:
    def reader(table: str) -> OpDefinition:
        @op(
            name=f"read_{table}",
            out=Out(str),
            tags={"table": table},
            config_schema={"limit": Field(int, default_value=9)},
        )
        def read(context: OpExecutionContext) -> str:
            return f"{table}:{context.op_config['limit']}"

        return read

    def pipeline(table: str) -> JobDefinition:
        @op(name=f"count_{table}")
        def count(rows: str) -> int:
            return len(rows)

        @job(name=f"sync_{table}")
        def sync() -> None:
            count(reader(table)())

        return sync

    jobs = [pipeline(table) for table in ("users", "orders")]

    assert [each.name for each in jobs] == ["sync_users", "sync_orders"]
    assert jobs[1].execute_in_process().output_for_node("count_orders") == len("orders:9")
    assert jobs[0].get_node_named("read_users").tags == {"table": "users"}


def test_a_fan_in_collects_what_a_loop_in_the_body_made() -> None:
    @op
    def square(x: int) -> int:
        return x * x

    @op
    def one() -> int:
        return 1

    @op
    def add(values: list[int]) -> int:
        return sum(values)

    @job
    def sums() -> None:
        start = one()
        add([square.alias(f"square_{number}")(start) for number in range(5)])

    assert sums.execute_in_process().output_for_node("add") == 5


def test_a_job_is_built_from_yaml_by_the_explicit_forms(tmp_path: Path) -> None:
    described = yaml.safe_load(
        """
        name: from_yaml
        steps:
          - {id: load, op: one}
          - {id: first, op: add_one, needs: {x: load}}
          - {id: second, op: add_one, needs: {x: first}}
        """
    )

    @op
    def one() -> int:
        return 1

    @op(ins={"x": In(int)})
    def add_one(x: int) -> int:
        return x + 1

    by_name = {"one": one, "add_one": add_one}
    dependencies = {
        NodeInvocation(step["op"], alias=step["id"]): {
            name: DependencyDefinition(source) for name, source in step.get("needs", {}).items()
        }
        for step in described["steps"]
    }
    made = GraphDefinition(described["name"], node_defs=list(by_name.values()), dependencies=dependencies).to_job()

    assert made.execute_in_process().output_for_node("second") == 3


# -- tags ----------------------------------------------------------------------------------------------------------


def test_tags_that_are_no_strings_are_kept_as_json() -> None:
    resources = {"requests": {"cpu": "250m"}, "limits": {"cpu": "1"}}

    @op(tags={"kubernetes": resources, "tries": 3, "on": True})
    def heavy(context: OpExecutionContext) -> str | None:
        return context.get_tag("team")

    @job(tags={"team": "data", "cost": 1.5, MAX_RUNTIME_SECONDS_TAG: 600})
    def tagged() -> None:
        heavy()

    assert heavy.tags == {"kubernetes": yaml_as_json(resources), "tries": "3", "on": "true"}
    assert tagged.tags == {"team": "data", "cost": "1.5", "dagster/max_runtime": "600"}
    assert tagged.execute_in_process().output_for_node("heavy") == "data"


def yaml_as_json(value: Any) -> str:
    import json

    return json.dumps(value)


# -- bodies --------------------------------------------------------------------------------------------------------


def test_async_ops_and_async_generators_run() -> None:
    @op
    async def fetch() -> int:
        await asyncio.sleep(0)
        return 20

    @op(out={"low": Out(int), "high": Out(int)})
    async def split(x: int) -> AsyncIterator[Output[int]]:
        yield Output(x - 1, "low")
        await asyncio.sleep(0)
        yield Output(x + 1, "high")

    @job
    def both() -> None:
        split(fetch())

    result = both.execute_in_process()
    assert (result.output_for_node("split", "low"), result.output_for_node("split", "high")) == (19, 21)


def test_a_dynamic_output_is_mapped_and_collected() -> None:
    @op(out=DynamicOut(str))
    def files() -> Iterator[DynamicOutput[str]]:
        for name in ("a", "b"):
            yield DynamicOutput(name, mapping_key=name)

    @op
    def upper(name: str) -> str:
        return name.upper()

    @op
    def joined(names: list[str]) -> str:
        return "".join(sorted(names))

    @job
    def mapped() -> None:
        joined(files().map(upper).collect())

    assert mapped.execute_in_process().output_for_node("joined") == "AB"


# -- types ---------------------------------------------------------------------------------------------------------

FITS: list[tuple[Any, Any, Any]] = [
    (list[dict], [{"a": 1}], [1]),
    (list[int], [1, 2], ["1"]),
    (dict[str, int], {"a": 1}, {"a": "b"}),
    (dict[str, list[int]], {"a": [1]}, {"a": [None]}),
    (set[str], {"a"}, {1}),
    (tuple[int, str], (1, "a"), (1, 2)),
    (int | None, None, "text"),
    (list[dict[str, Any]], [{"a": object}], [{1: 2}]),
]


@pytest.mark.parametrize(("kind", "good", "bad"), FITS, ids=[str(kind) for kind, _, _ in FITS])
def test_builtin_generics_are_checked_as_types(kind: Any, good: Any, bad: Any) -> None:
    def run(value: Any) -> object:
        def give():  # type: ignore[no-untyped-def]
            return value

        def take(x):  # type: ignore[no-untyped-def]
            return "taken"

        give.__annotations__["return"] = Any
        take.__annotations__["x"] = kind

        @job
        def passing() -> None:
            op(take)(op(give)())

        return passing.execute_in_process().output_for_node("take")

    assert run(good) == "taken"
    with pytest.raises(DagjobTypeCheckDidNotPass):
        run(bad)


# -- resources and IO managers -------------------------------------------------------------------------------------


def test_a_resource_over_a_context_manager_is_closed_at_the_end() -> None:
    heard: list[str] = []

    @resource(config_schema={"url": String})
    @contextmanager
    def connection(context: Any) -> Iterator[str]:
        heard.append("open")
        try:
            yield context.resource_config["url"]
        finally:
            heard.append("closed")

    @op(required_resource_keys={"db"})
    def query(context: OpExecutionContext) -> str:
        heard.append("used")
        return str(context.resources.db)

    @job(resource_defs={"db": connection.configured({"url": "sqlite://"})})
    def reading() -> None:
        query()

    assert reading.execute_in_process().output_for_node("query") == "sqlite://"
    assert heard == ["open", "used", "closed"]


def test_an_io_manager_reads_context_upstream_output() -> None:
    kept: dict[tuple[str, str], Any] = {}
    seen: list[tuple[Any, ...]] = []

    class Kept(IOManager):
        def handle_output(self, context: OutputContext, obj: Any) -> None:
            kept[context.step_key, context.name] = obj

        def load_input(self, context: InputContext) -> Any:
            source = context.upstream_output
            assert source is not None
            seen.append((source.step_key, source.name, source.metadata["zone"], context.name))
            return kept[source.step_key, source.name]

    @io_manager
    def keeping(_: Any) -> Kept:
        return Kept()

    @op(out=Out(int, metadata={"zone": "raw"}))
    def give() -> int:
        return 5

    @op
    def take(value: int) -> int:
        return value + 1

    @job(resource_defs={"io_manager": keeping})
    def through() -> None:
        take(give())

    result = through.execute_in_process()
    assert result.output_for_node("take") == 6
    assert seen == [("give", "result", "raw", "value")]


# -- logging -------------------------------------------------------------------------------------------------------

LOGGING_MODULE = """
from dagjob import get_dagster_logger, job, op

log = get_dagster_logger()
log.info("while the module is imported")
named = get_dagster_logger("mine")

@op
def speaks(context):
    log.warning("from the module's logger")
    named.warning("from the named one")
    context.log.warning("from the context")

@job
def speaking():
    speaks()
"""


def test_a_logger_taken_at_import_writes_into_the_step_that_runs(
    project: Callable[..., Path], dagjob: Callable[..., Any]
) -> None:
    project("jobs.py", LOGGING_MODULE)
    done = dagjob("run", "jobs.py", "--format", "plain")
    assert done.code == 0, done.stderr
    told = dagjob("runs", "logs", "latest").stdout
    for text in ("from the module's logger", "from the named one", "from the context"):
        assert told.count(text) == 1
    assert get_dagster_logger().name == logger_name()
    assert isinstance(get_dagster_logger(), logging.Logger)


# -- config --------------------------------------------------------------------------------------------------------


def test_inputs_of_the_top_graph_come_from_the_run_config() -> None:
    @op
    def double(x: int) -> int:
        return 2 * x

    @graph
    def doubling(x: int) -> int:
        return double(x)

    @job
    def on_top(x: int) -> None:
        doubling(x)

    result = on_top.execute_in_process(run_config={"inputs": {"x": {"value": 4}}})
    assert result.output_for_node("doubling.double") == 8
    by_op = double.to_job if hasattr(double, "to_job") else doubling.to_job
    assert by_op().execute_in_process(run_config={"inputs": {"x": {"value": 1}}}).success


def test_configured_is_called_twice_in_one_line() -> None:
    @op(config_schema={"n": Int, "unit": Field(String, default_value="m")})
    def measure(context: OpExecutionContext) -> str:
        return f"{context.op_config['n']} {context.op_config['unit']}"

    km = configured(measure, name="km", config_schema={"n": Int})(lambda outer: {"n": outer["n"] * 1000})
    fixed = configured(measure, name="fixed")({"n": 7})

    @job
    def measured() -> None:
        km()
        fixed()

    result = measured.execute_in_process(run_config={"ops": {"km": {"config": {"n": 2}}}})
    assert (result.output_for_node("km"), result.output_for_node("fixed")) == ("2000 m", "7 m")


def test_nothing_orders_ops_that_pass_no_value() -> None:
    heard: list[str] = []

    @op(out=Out(Nothing))
    def create() -> None:
        heard.append("create")

    @op(ins={"after": In(Nothing)}, out=Out(Nothing))
    def fill() -> None:
        heard.append("fill")

    @op(ins={"start": In(Nothing)})
    def check() -> None:
        heard.append("check")

    @job
    def tables() -> None:
        made = create()
        filled = [fill.alias(f"fill_{number}")(after=made) for number in range(2)]
        check(start=filled)

    assert tables.execute_in_process().success
    assert heard == ["create", "fill", "fill", "check"]


LEGACY = {
    "name": String,
    "count": Field(Int, is_required=False, default_value=3),
    "nested": Field({"flag": Field(bool, default_value=False)}),
    "free": Field(dict, is_required=False, description="anything"),
}


def test_the_legacy_schema_and_the_config_class_stand_in_one_job() -> None:
    class Modern(Config):
        name: str
        count: int = 3

    @op(config_schema=LEGACY)
    def old(context: OpExecutionContext) -> dict[str, Any]:
        return dict(context.op_config)

    @op
    def new(config: Modern) -> str:
        return f"{config.name}{config.count}"

    @job
    def mixed() -> None:
        old()
        new()

    as_dict = {"ops": {"old": {"config": {"name": "x"}}, "new": {"config": {"name": "y"}}}}
    result = mixed.execute_in_process(run_config=as_dict)
    assert result.output_for_node("old") == {"name": "x", "count": 3, "nested": {"flag": False}}
    assert result.output_for_node("new") == "y3"
    typed = RunConfig(ops={"new": Modern(name="z"), "old": {"config": {"name": "x"}}})
    assert mixed.execute_in_process(run_config=typed).output_for_node("new") == "z3"
    with pytest.raises(DagjobInvalidConfigError):
        mixed.execute_in_process(run_config={"ops": {"old": {"config": {"name": 1}}}})


# -- a module as a whole -------------------------------------------------------------------------------------------

STAR_MODULE = """
from dagjob import *

def make(number: Int):
    @op(name=f"op_{number}", config_schema={"text": Field(String, default_value="t"), "any": Field(Any, is_required=False)})
    def made(context) -> List[Int]:
        context.log.info(context.op_config["text"])
        return [number]
    return made

@op
def together(parts: List[List[Int]]) -> Int:
    return sum(map(sum, parts))

def job_of(name: String, size: Int):
    @job(name=name, executor_def=in_process_executor, tags={MAX_RUNTIME_SECONDS_TAG: 60, "size": size})
    def _made():
        together([make(number)() for number in range(size)])
    return _made

small, large = job_of("small", 2), job_of("large", 6)
for _size in (3, 4):
    globals()[f"job_{_size}"] = job_of(f"of_{_size}", _size)
"""


@pytest.mark.parametrize(("name", "total"), [("small", 1), ("large", 15), ("of_3", 3), ("job_4", 6)])
def test_a_module_with_a_star_import_runs_its_generated_jobs(
    project: Callable[..., Path], dagjob: Callable[..., Any], name: str, total: int
) -> None:
    project("jobs.py", STAR_MODULE)
    listed = dagjob("list", "--format", "names").stdout.split()
    assert sorted(each.rpartition(":")[2] for each in listed) == ["job_3", "job_4", "large", "small"]
    done = dagjob("run", f"jobs.py:{name}", "-e", "multiprocess", "--format", "plain")
    assert done.code == 0, done.stderr


def test_a_module_level_op_is_no_target(project: Callable[..., Path], dagjob: Callable[..., Any]) -> None:
    project("jobs.py", STAR_MODULE)
    done = dagjob("run", "jobs.py:together")
    assert done.code == 4
    assert "together" in done.stderr
    assert DagjobInvariantViolationError.__name__ not in done.stderr
