"""Examples of the contract's pages def-5, def-7, exe-3 and exe-4 as ops of one job, and of one for a range of partitions."""

import asyncio
import logging
import os
import pickle
from pathlib import Path
from typing import Any

from pydantic import PrivateAttr
from rows_as_ops import note

from dagjob import (
    AssetMaterialization,
    AssetObservation,
    ConfigurableIOManager,
    ConfigurableResource,
    DailyPartitionsDefinition,
    DynamicOut,
    DynamicOutput,
    EnvVar,
    ExpectationResult,
    Failure,
    Field,
    FilesystemIOManager,
    In,
    OpExecutionContext,
    Out,
    Output,
    ResourceDefinition,
    ResourceDependency,
    ResourceParam,
    RetryPolicy,
    failure_hook,
    get_dagjob_logger,
    graph,
    input_manager,
    job,
    logger,
    op,
    resource,
    success_hook,
)


def lives(name: str, needs: tuple[str, ...] = ()) -> ResourceDefinition:
    @resource(required_resource_keys=set(needs))
    def made(_):
        note("init " + name)
        yield name
        note("down " + name)

    return made


@resource
def bad_down(_):
    yield 1
    raise ValueError("teardown")


@resource(config_schema={"a": int, "b": Field(int, default_value=2)})
def with_default(init):
    return init.resource_config


class Db(ConfigurableResource):
    url: str
    n: int = 2
    _conn: Any = PrivateAttr(default=None)

    def setup_for_execution(self, context: Any) -> None:
        self._conn = f"<{self.url} {self.n}>"

    def teardown_after_execution(self, context: Any) -> None:
        note("close " + self._conn)


class Inner(ConfigurableResource):
    name: str

    def setup_for_execution(self, context: Any) -> None:
        note("up " + self.name)

    def teardown_after_execution(self, context: Any) -> None:
        note("down " + self.name)


@resource
def legacy(_):
    return "legacy"


class Outer(ConfigurableResource):
    a: Inner
    b: Inner
    c: ResourceDependency[str]

    def setup_for_execution(self, context: Any) -> None:
        note(f"outer {self.a.name} {self.b.name} {self.c}")


class Pool(ConfigurableResource):
    _loop: Any = PrivateAttr(default=None)

    async def setup_for_execution(self, context: Any) -> None:
        self._loop = asyncio.get_running_loop()
        note("pool opened")

    async def teardown_after_execution(self, context: Any) -> None:
        note(f"pool closed {asyncio.get_running_loop() is self._loop}")


class Files(ConfigurableIOManager):
    prefix: str

    def _file(self, context: Any) -> Path:
        return Path(os.environ["NOTES"]).parent / "-".join([self.prefix, *context.get_identifier()[1:]])

    def handle_output(self, context: Any, obj: Any) -> None:
        self._file(context).write_bytes(pickle.dumps(obj))
        context.add_output_metadata({"size": len(str(obj))})

    def load_input(self, context: Any) -> Any:
        return pickle.loads(self._file(context.upstream_output).read_bytes())


@input_manager(input_config_schema={"p": str})
def from_path(context):
    return context.config["p"]


def own_logger(key: str) -> Any:
    @logger({"log_level": Field(str, default_value="INFO")})
    def made(init):
        class Kept(logging.Handler):
            def emit(self, record: logging.LogRecord) -> None:
                text = record.getMessage().split(" - ")[-1]
                if text in ("hello you", "careful", "not captured"):
                    note(f"{key} {record.levelname} {text}")

        out = logging.Logger(key, level=init.logger_config["log_level"])
        out.addHandler(Kept())
        return out

    return made


late = Inner.configure_at_launch()
DB = {"given": Db(url="u", n=7), "replaced": Db(url="u", n=7), "launched": Db.configure_at_launch(n=9)}


@op(required_resource_keys={"x"})
def orderly(context):
    note("op " + context.resources.x)
    raise ValueError


@op(required_resource_keys={"bad_down"})
def untidy(context):
    return context.resources.bad_down


@op
def objects(r: ResourceParam[dict], plain: ResourceParam[list], none: ResourceParam[object]):
    return r, plain, none


@op
def configured(given: Db, replaced: Db, launched: Db):
    return given._conn, replaced._conn, launched._conn


@op
def nested(outer: Outer):
    note("op nested")


@op(out={"a": Out(io_manager_key="files"), "b": Out()})
def two():
    return 11, None


@op
def add(a, b):
    return a, b


@op(ins={"x": In(input_manager_key="lake")})
def read(x):
    return x


@op
def one():
    return 1


@op
def inc(x):
    return x + 1


@op(out=DynamicOut())
def dyn():
    yield DynamicOutput(1, "k")


@op(retry_policy=RetryPolicy(max_retries=2))
def double(context, x):
    note(f"{context.get_mapping_key()} {context.retry_number}")
    if context.retry_number < 2:
        raise ValueError("again")
    return x * 2


@graph
def sub(x):
    return inc(x)


@success_hook(required_resource_keys={"slack"})
def cheer(context):
    note(f"cheer {context.step_key} {context.op_output_values} {context.resources.slack}")


@failure_hook
def mourn(context):
    note(f"mourn {context.step_key} {context.op_exception!r} {context.op_exception.metadata['n'].value}")


@success_hook
def told(context):
    note("told " + context.op.name)


@op(out={"x": Out(), "y": DynamicOut()})
def many():
    yield Output(1, "x")
    yield DynamicOutput(2, "k", "y")


@op
def boom():
    raise Failure("no", metadata={"n": 3})


@graph
def inside():
    boom()


@op(retry_policy=RetryPolicy(max_retries=2))
def flaky(context):
    if context.retry_number < 2:
        raise ValueError


@op(out=Out(is_required=False))
def none_of_it():
    if False:
        yield Output(1)


@op
def below(x): ...


@op
def says(context):
    context.log.info("hello %s", "you")
    get_dagjob_logger("sub").warning("careful")
    logging.getLogger("plain").error("not captured")


@op
def report(context):
    yield ExpectationResult(success=False, label="row_count", metadata={"rows": 0})
    context.log_event(AssetObservation("table"))
    yield Output(5, metadata={"unit": "rows"})
    yield AssetMaterialization(["db", "table"], metadata={"path": "t.csv"})


@op
def merges(context):
    context.add_output_metadata({"a": 1})
    context.add_output_metadata({"a": 2, "b": 3})
    yield Output(0, metadata={"a": 9, "c": 4})


@op(out={"n": Out(), "s": Out()})
def both() -> tuple[int, str]:
    return 1, "x"


@op(out={"n": Out(), "s": Out()})
def mixed():
    return Output(2, metadata={"k": 1}), "y"


@op
async def fetch():
    await asyncio.sleep(0)
    return 4


@success_hook
async def waited_for(context):
    await asyncio.sleep(0)
    note("pool hook")


@op
async def pooled(pool: Pool):
    return asyncio.get_running_loop() is pool._loop


@op
async def stream():
    yield AssetMaterialization("s")
    yield Output(5)


def helper() -> str:
    return OpExecutionContext.get().job_name


@op(config_schema={"n": int}, required_resource_keys={"slack"}, tags={"kind": "x"})
def members(context: OpExecutionContext):
    return {
        "names": (context.job_name, helper(), context.op.name, str(context.op_handle)),
        "config": (context.op_config, context.run_config["ops"]["g"]),
        "resource": context.resources.slack,
        "tags": (context.run_tags["team"], context.run_tags["who"], context.get_tag("nope"), dict(context.op.tags)),
        "attempt": (context.retry_number, context.get_mapping_key()),
        "run": (context.run.run_id == context.run_id, context.run.tags["who"], hasattr(context, "tags")),
        "instance": context.instance.get_run_by_id(context.run_id) is not None,
    }


@graph
def g():
    members.alias("first")()


@op
def day(context):
    window = context.partition_time_window
    return context.partition_key, context.partition_keys, window.start.isoformat(), window.end.isoformat()


@job(
    partitions_def=DailyPartitionsDefinition("2024-01-01"),
    resource_defs={
        "z": lives("z"),
        "y": lives("y", ("z",)),
        "x": lives("x", ("y",)),
        "unused": lives("unused"),
        "r": with_default,
        "plain": [1],
        "none": ResourceDefinition.none_resource(),
        "bad_down": bad_down,
        **DB,
        "outer": Outer(a=Inner(name="fixed"), b=late, c=legacy),
        "any_key": late,
        "slack": "S",
        "pool": Pool(),
        "files": Files(prefix="s"),
        "lake": from_path,
        "io_manager": FilesystemIOManager(base_dir=EnvVar("VALUES")),
    },
    logger_defs={"a": own_logger("a"), "b": own_logger("b")},
    tags={"team": "a"},
)
def examples():
    orderly()
    untidy()
    objects()
    configured()
    nested()
    a, b = two()
    add(a, b)
    read()
    sub(one())
    dyn().map(double)
    many.with_hooks({cheer})()
    inside.with_hooks({mourn})()
    flaky.with_hooks({told})()
    below(none_of_it.with_hooks({told})())
    pooled.with_hooks({waited_for})()
    for each in (says, report, merges, both, mixed, fetch, stream, g, day):
        each()


@op
def span(context):
    return context.partition_keys, context.has_partition_key, tuple(context.partition_key_range)


@op
def one_of_span(context):
    return context.partition_key


@job(partitions_def=DailyPartitionsDefinition("2024-01-01"))
def ranged():
    span()
    one_of_span()
