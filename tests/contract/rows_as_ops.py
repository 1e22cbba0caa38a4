"""Rows and examples of the contract's pages def-5, def-7, exe-3 and exe-4 that need a run, as ops of a few jobs.

A module of its own, which does not load pytest: the processes of ops import it. What happens outside of a value (a hook,
the life of a resource) goes as a line into the file that the variable NOTES names, with the process that wrote it.
"""

import asyncio
import logging
import os
import pickle
from pathlib import Path
from typing import Any

from pydantic import PrivateAttr

from dagjob import (
    AssetMaterialization,
    AssetObservation,
    ConfigurableIOManager,
    ConfigurableIOManagerFactory,
    ConfigurableResource,
    DagjobType,
    DailyPartitionsDefinition,
    DynamicOut,
    DynamicOutput,
    EnvVar,
    ExpectationResult,
    Failure,
    Field,
    FilesystemIOManager,
    In,
    IOManager,
    OpExecutionContext,
    Out,
    Output,
    ResourceDefinition,
    ResourceDependency,
    ResourceParam,
    RetryPolicy,
    colored_console_logger,
    event_list_hook,
    failure_hook,
    get_dagjob_logger,
    graph,
    input_manager,
    io_manager,
    job,
    logger,
    op,
    resource,
    success_hook,
)


def note(text: str) -> None:
    with open(os.environ["NOTES"], "a") as file:
        file.write(f"{os.getpid()} {text}\n")


# -- what fails a step: the error rows -----------------------------------------------------------------------------


class Store(IOManager):
    """Does what it was told to when it stores, and when it loads."""

    def __init__(self, handle: Any = lambda context: None, load: Any = lambda context: "x") -> None:
        self.handle, self.load = handle, load

    def handle_output(self, context: Any, obj: Any) -> Any:
        return self.handle(context)

    def load_input(self, context: Any) -> Any:
        return self.load(context)


def raising(error: BaseException) -> Any:
    raise error


def rows_twice(context: Any) -> None:
    context.add_output_metadata({"rows": 1})
    context.add_output_metadata({"rows": 2})


def two_places(context: Any) -> Any:
    context.add_output_metadata({"bytes": 1})
    return AssetMaterialization("k", metadata={"rows": 1})


def check_raises(_: Any, value: Any) -> bool:
    raise ArithmeticError("no check")


STORES = {
    "stores": Store(handle=lambda context: raising(KeyError("no room"))),
    "loads": Store(load=lambda context: raising(OSError("gone"))),
    "five": Store(handle=lambda context: 5),
    "observes": Store(handle=lambda context: AssetObservation("k")),
    "twice": Store(handle=rows_twice),
    "places": Store(handle=two_places),
}
Checked = DagjobType(check_raises, "Checked")
PAIR = {"a": Out(), "b": Out()}


@op
def yields_int():
    yield 5


@op
def yields_none():
    yield None


@op
def wrong_name():
    yield Output(1, "nope")


@op
def output_twice():
    yield Output(1)
    yield Output(2)


@op(out=DynamicOut())
def key_twice():
    yield DynamicOutput(1, "k")
    yield DynamicOutput(2, "k")


@op(out=DynamicOut())
def plain_for_dynamic():
    yield Output(1)


@op
def dynamic_for_plain():
    yield DynamicOutput(1, "k")


@op
def nothing_yielded():
    if False:
        yield Output(1)


@op(out=PAIR)
def listed():
    return [1, 2]


@op(out=PAIR)
def too_many():
    return 1, 2, 3


@op
def output_for_int() -> int:
    return Output(1)  # type: ignore[return-value]


@op
def int_for_output() -> Output[int]:
    return 1  # type: ignore[return-value]


@op(out={})
def has_none():
    return 3


@op(out=DynamicOut())
def dynamic_tuple():
    return (DynamicOutput(1, "k"),)


@op(out=DynamicOut())
def dynamic_item():
    return [DynamicOutput(1, "k"), 3]


@op(out=DynamicOut())
def bad_key():
    yield DynamicOutput(1, "a b")


@op
def returns_asset():
    return AssetMaterialization("t")


@op
def returns_expectation():
    return ExpectationResult(success=True)


@op
def wrong_type() -> int:
    return "text"  # type: ignore[return-value]


@op(ins={"x": In(int, input_manager_key="loads_text")})
def wrong_input(x):
    return x


@op(out=Out(Checked))
def check_that_raises():
    return 1


@op
def metadata_late(context):
    yield Output(1)
    context.add_output_metadata({"a": 1})


@op(out=PAIR)
def metadata_of_which(context):
    context.add_output_metadata({"a": 1})
    return 1, 2


@op(out=DynamicOut())
def metadata_of_key(context):
    context.add_output_metadata({"a": 1})
    return [DynamicOutput(1, "k")]


@op
def metadata_of_unknown(context):
    context.add_output_metadata({"a": 1}, output_name="other")
    return 1


@op
def metadata_kind(context):
    context.add_output_metadata({"odd": object()})
    return 1


@op
def metadata_tuple():
    return Output(1, metadata={"odd": (1,)})


@op
def strict_tag():
    return Output(1, tags={"k": "bad value"})


@op(retry_policy=RetryPolicy(max_retries=1))
def logs_nonsense(context):
    context.log_event(3)


@op
def no_partition(context):
    return context.partition_key


@op
def no_partitions(context):
    return context.partition_keys


@op
def no_range(context):
    return context.partition_key_range


@op
def no_window(context):
    return context.partition_time_window


@op(required_resource_keys={"stores"})
def undeclared(context):
    return context.resources.loads


class Frozen(ConfigurableResource):
    url: str = "u"


@op
def sets(frozen: Frozen):
    frozen.url = "v"


@op(out=Out(io_manager_key="stores"))
def cannot_store():
    return 1


@op(out=Out(io_manager_key="loads"))
def stored():
    return 1


@op
def cannot_load(x):
    return x


@op(ins={"x": In(input_manager_key="reads")})
def cannot_read(x):
    return x


@op(out=Out(io_manager_key="five"))
def handled_five():
    return 1


@op(out=Out(io_manager_key="observes"))
def handled_observation():
    return 1


@op(out=Out(io_manager_key="twice"))
def handled_twice():
    return 1


@op(out=Out(io_manager_key="places"))
def handled_in_two_places():
    return 1


@op
def accident():
    return {}["missing"]


@op
def deliberate():
    raise Failure("bad file", metadata={"line": 3})


@op
def leaves():
    raise SystemExit(3)


@input_manager
def reads(context):
    raise LookupError("no file")


@success_hook
def raising_hook(context):
    raise RuntimeError("hook")


@event_list_hook
def silent_hook(context, event_list): ...


@failure_hook
def undeclared_hook(context):
    context.resources.chat


@job(resource_defs={**STORES, "reads": reads, "loads_text": Store(), "frozen": Frozen()})
def error_rows():
    for row in (
        *(yields_int, yields_none, wrong_name, output_twice, key_twice, plain_for_dynamic, dynamic_for_plain),
        *(nothing_yielded, listed, too_many, output_for_int, int_for_output, has_none, dynamic_tuple, dynamic_item),
        *(bad_key, returns_asset, returns_expectation, wrong_type, wrong_input),
        *(check_that_raises, metadata_late, metadata_of_which, metadata_of_key, metadata_of_unknown, metadata_kind),
        *(
            metadata_tuple,
            strict_tag,
            logs_nonsense,
            no_partition,
            no_partitions,
            no_range,
            no_window,
            undeclared,
            sets,
        ),
        *(cannot_store, cannot_read, handled_five, handled_observation, handled_twice, handled_in_two_places),
        *(accident, deliberate, leaves.with_hooks({undeclared_hook})),
    ):
        row()
    cannot_load(stored.with_hooks({raising_hook, silent_hook})())


# -- what cannot be made: the op that needs it, or the run -----------------------------------------------------------


@resource
def under(_):
    yield 1
    note("under closed")


@resource(required_resource_keys={"under"})
def raises(_):
    raise ValueError("no db")


@resource(required_resource_keys={"under"})
def never(_):
    if False:
        yield 1


@resource(required_resource_keys={"under"})
def exits(_):
    raise SystemExit(3)


@resource(required_resource_keys={"under"})
def keyboard(_):
    raise KeyboardInterrupt


class Launched(ConfigurableResource):
    n: int

    def setup_for_execution(self, context: Any) -> None:
        raise ValueError(f"no {self.n}")


@io_manager(required_resource_keys={"under"})
def no_manager(_):
    return 5


@io_manager
def yields_none_at_all(_):
    yield None


class NoFactory(ConfigurableIOManagerFactory):
    def create_io_manager(self, context: Any) -> Any:
        return "text"


def needing(key: str) -> Any:
    return op(name=f"with_{key}", required_resource_keys={key})(lambda context: 1)


def storing(key: str) -> Any:
    return op(name=f"with_{key}", out=Out(io_manager_key=key))(lambda: 1)


UNMADE = {"raises": raises, "never": never, "exits": exits, "keyboard": keyboard, "launched": Launched(n=7)}
UNMADE_MANAGERS = {"no_manager": no_manager, "yields_none": yields_none_at_all, "no_factory": NoFactory()}


@job(resource_defs={"under": under, **UNMADE, **UNMADE_MANAGERS})
def unmade():
    for key in UNMADE:
        needing(key)()
    for key in UNMADE_MANAGERS:
        storing(key)()
    op(name="fine")(lambda: 1)()


@logger
def bad_logger(_):
    raise ValueError("no logger")


@job(logger_defs={"bad": bad_logger, "console": colored_console_logger})
def unlogged():
    op(name="fine")(lambda: 1)()


# -- what works: the examples ----------------------------------------------------------------------------------------


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
