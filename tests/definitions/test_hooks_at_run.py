"""Hooks in a run: where they apply and what they see (contract def-7)."""

from __future__ import annotations

from typing import Any

from dagjob.definitions.graphs import graph
from dagjob.definitions.hooks import failure_hook, success_hook
from dagjob.definitions.jobs import JobDefinition, job
from dagjob.definitions.ops import op
from dagjob.definitions.outputs import DynamicOut, Out
from dagjob.definitions.retries import RetryPolicy
from dagjob.values.failures import Failure
from dagjob.values.results import DynamicOutput, Output


@op
def one() -> int:
    return 1


def test_hooks_apply_to_their_node_and_those_of_the_job_to_every_op() -> None:
    seen: list[Any] = []

    @success_hook(required_resource_keys={"slack"})
    def ok(context: Any) -> None:
        seen.append(("ok", context.step_key, context.op_output_values, context.resources.slack))

    @failure_hook
    def bad(context: Any) -> None:
        error = context.op_exception
        seen.append(("bad", context.step_key, type(error).__name__, error.metadata["n"].value))

    @op(out={"x": Out(), "y": DynamicOut()})
    def many() -> Any:
        yield Output(1, "x")
        yield DynamicOutput(2, "k", "y")

    @op
    def boom() -> None:
        raise Failure("no", metadata={"n": 3})

    @graph
    def g() -> None:
        boom()

    @job(hooks={bad}, resource_defs={"slack": "S"})
    def j() -> None:
        many.with_hooks({ok})()
        g()
        one()

    assert not j.execute_in_process(raise_on_error=False).success
    assert seen == [("bad", "g.boom", "Failure", 3), ("ok", "many", {"x": 1, "y": {"k": 2}}, "S")]


def test_an_attempt_that_is_tried_again_and_a_skipped_step_trigger_no_hooks() -> None:
    calls: list[str] = []

    @success_hook
    def well(context: Any) -> None:
        calls.append("well " + context.op.name)

    @failure_hook
    def badly(context: Any) -> None:
        calls.append("badly " + context.op.name)

    attempts = [0]

    @op(retry_policy=RetryPolicy(max_retries=2))
    def flaky() -> None:
        attempts[0] += 1
        if attempts[0] < 3:
            raise ValueError

    @op(out=Out(is_required=False))
    def none() -> Any:
        if False:
            yield Output(1)

    @op
    def down(x: Any) -> None: ...

    @job(hooks={well, badly})
    def j() -> None:
        flaky()
        down(none())

    assert j.execute_in_process().success
    assert sorted(calls) == ["well flaky", "well none"]


def test_a_hook_that_raises_changes_nothing() -> None:
    calls: list[str] = []

    @success_hook
    def a_raising(context: Any) -> None:
        raise RuntimeError("hook")

    @success_hook
    def b_calm(context: Any) -> None:
        calls.append(context.op.name)

    @job(hooks={a_raising, b_calm})
    def j() -> None:
        one()

    assert j.execute_in_process().success
    assert calls == ["one"]


def test_a_hook_above_a_job_is_one_of_the_job() -> None:
    hits: list[str] = []

    @success_hook(name="nice")
    def h(context: Any) -> None:
        hits.append(context.step_key)

    @job
    def bare() -> None:
        one()

    hooked = h(bare)
    assert isinstance(hooked, JobDefinition)
    assert hooked.execute_in_process().success
    assert hits == ["one"]
    assert bare.execute_in_process().success
    assert hits == ["one"], "the job itself is as it was"
