"""Error rows of the contract's pages def-5, def-7, exe-3 and exe-4 that need a run, as ops of a few jobs.

A module of its own, which does not load pytest: the processes of ops import it. What happens outside of a value (a hook,
the life of a resource) goes as a line into the file that the variable NOTES names, with the process that wrote it.
"""

import os
from typing import Any

from dagjob import (
    AssetMaterialization,
    AssetObservation,
    ConfigurableIOManagerFactory,
    ConfigurableResource,
    DagjobType,
    DynamicOut,
    DynamicOutput,
    ExpectationResult,
    Failure,
    In,
    IOManager,
    Out,
    Output,
    RetryPolicy,
    colored_console_logger,
    event_list_hook,
    failure_hook,
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
