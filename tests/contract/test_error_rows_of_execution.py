"""Error rows of the contract's pages exe-1, exe-3, exe-4 and exe-8: the class of each, and what its message must name."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from small_ops import job_of

from dagjob import (
    AssetMaterialization,
    CheckError,
    Config,
    DagjobInstance,
    DagjobInvalidConfigError,
    DagjobInvalidDefinitionError,
    DagjobInvalidInvocationError,
    DagjobInvalidPropertyError,
    DagjobInvariantViolationError,
    DagjobStepOutputNotFoundError,
    DagjobType,
    DagjobTypeCheckDidNotPass,
    DynamicOut,
    DynamicOutput,
    In,
    Nothing,
    Out,
    Output,
    ResourceParam,
    RetryPolicy,
    StaticPartitionsDefinition,
    build_hook_context,
    build_input_context,
    build_op_context,
    build_output_context,
    graph,
    job,
    op,
    resource,
)

pytestmark = pytest.mark.filterwarnings("ignore")


@pytest.fixture(autouse=True)
def quiet() -> Iterator[None]:
    logging.disable(logging.CRITICAL)
    yield
    logging.disable(logging.NOTSET)


@op
def one():
    return 1


@op
def same(x):
    return x


@op(out=DynamicOut())
def items():
    yield DynamicOutput(1, "a")


def run_alone(body: Callable[..., Any], **options: Any) -> Any:
    """Run a job of one op with this body; what it raises comes out."""
    made = op(name="bad", **options)(body)
    return job_of(lambda: made()).execute_in_process()


# -- exe-3: what an op hands back ----------------------------------------------------------------------------------


def wrong_type():
    yield 3


def no_such_output():
    yield Output(1, "other")


def yielded_twice():
    yield Output(1)
    yield Output(2)


def key_twice():
    yield DynamicOutput(1, "k")
    yield DynamicOutput(2, "k")


def dynamic_for_plain():
    yield DynamicOutput(1, "k")


def missing():
    if False:
        yield Output(1, "b")


def bad_key():
    yield DynamicOutput(1, "a b")


def logs_nonsense(context):
    context.log_event(3)


def metadata_after(context):
    yield Output(1)
    context.add_output_metadata({"a": 1})


def metadata_of_unknown(context):
    context.add_output_metadata({"a": 1}, output_name="other")
    return 1


@pytest.mark.parametrize(
    ("body", "options", "error", "names"),
    [
        (wrong_type, {}, DagjobInvariantViolationError, ["bad", "int", "return"]),
        (no_such_output, {}, DagjobInvariantViolationError, ["other", "result"]),
        (yielded_twice, {}, DagjobInvariantViolationError, ["result"]),
        (key_twice, {"out": DynamicOut()}, DagjobInvariantViolationError, ['"k"']),
        (yielded_twice, {"out": DynamicOut()}, DagjobInvariantViolationError, ["DynamicOutput"]),
        (dynamic_for_plain, {}, DagjobInvariantViolationError, ["DynamicOutput"]),
        (missing, {"out": {"b": Out()}}, DagjobStepOutputNotFoundError, ["bad", "b"]),
        (lambda: 3, {"out": {"a": Out(), "b": Out()}}, DagjobInvariantViolationError, ["int", "a, b"]),
        (lambda: (1, 2, 3), {"out": {"a": Out(), "b": Out()}}, DagjobInvariantViolationError, ["3", "2"]),
        (lambda: 3, {"out": {}}, DagjobInvariantViolationError, ["int"]),
        (lambda: 3, {"out": DynamicOut()}, DagjobInvariantViolationError, ["list"]),
        (lambda: [3], {"out": DynamicOut()}, DagjobInvariantViolationError, ["int"]),
        (bad_key, {"out": DynamicOut()}, DagjobInvalidDefinitionError, ["a b"]),
        (lambda: AssetMaterialization("t"), {}, DagjobInvariantViolationError, ["log_event"]),
        (lambda: "text", {"out": Out(int)}, DagjobTypeCheckDidNotPass, ["result", "Int", "text"]),
        (logs_nonsense, {}, CheckError, ["3"]),
        (metadata_after, {}, DagjobInvariantViolationError, ["result"]),
        (metadata_of_unknown, {}, DagjobInvariantViolationError, ["other"]),
    ],
    ids=lambda each: getattr(each, "__name__", "")[:40],
)
def test_what_an_op_may_not_hand_back(
    body: Callable[..., Any], options: dict[str, Any], error: type[Exception], names: list[str]
) -> None:
    with pytest.raises(error) as raised:
        run_alone(body, **options)
    assert [name for name in names if name not in str(raised.value)] == []


def test_a_wrong_object_for_log_event_is_the_failure_of_the_user() -> None:
    made = op(name="bad", retry_policy=RetryPolicy(max_retries=2))(logs_nonsense)
    result = job_of(lambda: made()).execute_in_process(raise_on_error=False)
    assert result.retry_attempts_for_node("bad") == 2
    assert result.failure_data_for_node("bad").error_source.value == "USER_CODE_ERROR"


# -- exe-1: plans --------------------------------------------------------------------------------------------------


def test_what_cannot_be_planned() -> None:
    with pytest.raises(DagjobInvalidDefinitionError, match="one"):
        job_of(lambda: one().map(same))
    with pytest.raises(DagjobInvalidDefinitionError, match="items"):
        job_of(lambda: same(items()))
    with pytest.raises(DagjobInvalidDefinitionError, match="high"):
        job_of(lambda: one.tag({"dagster/priority": "high"})()).execute_in_process()
    needs_text = op(name="needs_text", ins={"x": In(str)})(lambda x: x)
    with pytest.raises(DagjobInvalidConfigError) as raised:
        job_of(lambda: needs_text()).execute_in_process()
    assert all(name in str(raised.value) for name in ("ops", "needs_text", "inputs", "x"))
    needs_object = op(name="needs_object", ins={"x": In(DagjobType(lambda _, v: True, name="T"))})(lambda x: x)
    with pytest.raises(DagjobInvalidDefinitionError, match="needs_object"):
        job_of(lambda: needs_object())


# -- exe-4: contexts -----------------------------------------------------------------------------------------------


class Settings(Config):
    n: int


@op
def with_context(context, x=1):
    return context.partition_key


@op
def configured(config: Settings):
    return config.n


@op(required_resource_keys={"db"})
def needs_db(context):
    return context.resources.db


@op
def takes_db(db: ResourceParam[int]):
    return db


@op
def calls_another(context):
    return with_context(context)


@op(ins={"after": In(Nothing), "x": In(int)})
def after_nothing(x):
    return x


@resource
def opened(_):
    yield 1


@pytest.mark.parametrize(
    ("call", "error", "names"),
    [
        (lambda: with_context(), DagjobInvalidInvocationError, ["with_context"]),
        (lambda: same(), DagjobInvalidInvocationError, ["x"]),
        (lambda: same(1, 2), DagjobInvalidInvocationError, ["same"]),
        (lambda: same(1, x=2), DagjobInvalidInvocationError, ["x"]),
        (lambda: after_nothing(1, after=2), DagjobInvalidInvocationError, ["after"]),
        (
            lambda: configured(build_op_context(op_config={"n": 1}), config=Settings(n=2)),
            DagjobInvalidInvocationError,
            ["config"],
        ),
        (lambda: configured(build_op_context(op_config={"n": "x"})), DagjobInvalidConfigError, ["n"]),
        (lambda: needs_db(build_op_context()), DagjobInvalidDefinitionError, ["db", "needs_db"]),
        (lambda: takes_db(build_op_context()), DagjobInvalidDefinitionError, ["db", "takes_db"]),
        (lambda: takes_db(build_op_context(resources={"db": 1}), db=2), DagjobInvalidInvocationError, ["db"]),
        (lambda: calls_another(build_op_context()), DagjobInvalidInvocationError, ["calls_another", "with_context"]),
        (lambda: build_op_context(resources={"db": opened}).resources, DagjobInvariantViolationError, ["with"]),
        (lambda: after_nothing("text"), DagjobTypeCheckDidNotPass, ["x", "Int"]),
        (lambda: graph(name="g")(lambda: one())(), DagjobInvariantViolationError, ["g"]),
        (lambda: job_of(lambda: one())(), DagjobInvariantViolationError, ["daily"]),
        (lambda: build_op_context().run, DagjobInvalidPropertyError, ["run"]),
        (lambda: build_input_context().upstream_output.name, Exception, []),
        (lambda: build_output_context().step_key, DagjobInvariantViolationError, ["step_key"]),
        (lambda: build_output_context().partition_key, DagjobInvariantViolationError, ["partition"]),
        (lambda: build_hook_context().op, DagjobInvalidPropertyError, ["op"]),
    ],
)
def test_what_a_direct_call_may_not_do(call: Callable[[], Any], error: type[Exception], names: list[str]) -> None:
    with pytest.raises(error) as raised:
        call()
    assert [name for name in names if name not in str(raised.value)] == []


def test_a_run_without_partition_has_no_key() -> None:
    with pytest.raises(DagjobInvariantViolationError, match="partition"):
        job_of(lambda: with_context()).execute_in_process()


def test_a_partition_that_is_no_time_has_no_window() -> None:
    window = op(name="window")(lambda context: context.partition_time_window)
    colours = job_of(lambda: window(), partitions_def=StaticPartitionsDefinition(["red"]))
    with pytest.raises(DagjobInvariantViolationError, match=r"partition_time_window.*red"):
        colours.execute_in_process(partition_key="red")


def test_an_event_has_only_what_its_kind_has() -> None:
    (start,) = [e for e in job_of(lambda: one()).execute_in_process().all_events if e.event_type_value == "STEP_START"]
    for name, kind in (("step_output_data", "STEP_OUTPUT"), ("job_failure_data", "RUN_FAILURE")):
        with pytest.raises(CheckError, match=f'STEP_START has no "{name}"; an event {kind} has it'):
            getattr(start, name)


# -- exe-8: running from Python ------------------------------------------------------------------------------------


@job
def chain():
    same(one())


@op(out=Out(is_required=False))
def silent():
    if False:
        yield Output(1)


def test_what_cannot_be_run_or_asked() -> None:
    skipping = job_of(lambda: same(silent())).execute_in_process()
    done = chain.execute_in_process()
    for ask, error, names in (
        (lambda: chain.execute_in_process(op_selection="one"), CheckError, ["op_selection"]),
        (lambda: chain.execute_in_process(run_id="x"), CheckError, ["x"]),
        (lambda: chain.execute_in_process(input_values={"y": 1}), DagjobInvalidDefinitionError, ["y"]),
        (lambda: chain.execute_in_process(run_config={"opps": {}}), DagjobInvalidConfigError, ["chain", "opps"]),
        (lambda: done.output_for_node("samee"), DagjobInvariantViolationError, ["chain", "samee", "same"]),
        (lambda: done.output_for_node("same", "other"), DagjobInvariantViolationError, ["same", "other"]),
        (lambda: done.output_value(), DagjobInvariantViolationError, ["chain"]),
        (lambda: done.get_run_failure_event(), Exception, ["chain"]),
        (lambda: skipping.output_for_node("same"), DagjobInvariantViolationError, ["same", "skipped"]),
        (lambda: skipping.output_for_node("silent"), DagjobInvariantViolationError, ["silent"]),
    ):
        with pytest.raises(error) as raised:
            ask()
        assert [name for name in names if name not in str(raised.value)] == [], str(raised.value)
    with DagjobInstance.ephemeral() as instance:
        assert instance.get_run_by_id("nobody") is None
