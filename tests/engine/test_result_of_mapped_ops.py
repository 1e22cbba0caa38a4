"""What a result says of mapped ops whose copies ended differently, and of outputs that carry nothing."""

from __future__ import annotations

import pytest

from dagjob import DynamicOut, DynamicOutput, Nothing, Out, Output, graph, job, op, success_hook
from dagjob.errors import DagjobInvariantViolationError

VALUES: dict[str, object] = {}


@success_hook
def keeps(context):
    VALUES[context.step_key] = dict(context.op_output_values)


@op(out=DynamicOut())
def pieces():
    for key in "ab":
        yield DynamicOutput(key, key)


@op
def silent(_x) -> None:
    pass


@op(out=Out(is_required=False))
def sometimes(x):
    if x == "b":
        yield Output(x)


@op
def after(x):
    return x


@op
def half(x):
    if x == "a":
        raise ValueError


@op(out={"never": Out(Nothing, is_required=False), "always": Out(Nothing), "value": Out(int)})
def several():
    yield Output(1, "value")


@graph
def inner(x):
    return after(sometimes(x))


@job(hooks={keeps})
def mixed():
    each = pieces()
    each.map(silent)
    each.map(sometimes).map(after)
    each.map(half)
    each.map(inner)
    several()


@pytest.fixture(scope="module")
def result():
    return mixed.execute_in_process(raise_on_error=False)


@pytest.mark.parametrize(
    ("node", "success", "failed", "skipped"),
    [
        ("sometimes", True, False, False),
        ("after", True, False, True),
        ("half", True, True, False),
        ("inner", True, False, True),
        ("inner.after", True, False, True),
        ("pieces", True, False, False),
    ],
)
def test_a_node_did_what_any_of_its_steps_did(result, node: str, success: bool, failed: bool, skipped: bool):
    assert result.is_node_success(node) is success
    assert result.is_node_failed(node) is failed
    assert result.is_node_skipped(node) is skipped
    assert not result.is_node_untouched(node)


def test_an_output_without_a_value_is_none_for_each_copy_and_for_hooks(result):
    assert result.output_for_node("silent") == {"a": None, "b": None}
    assert VALUES["silent[a]"] == {"result": None}
    assert result.output_for_node("several", "always") is None
    assert VALUES["several"] == {"value": 1, "always": None}


def test_an_optional_output_that_was_not_yielded_is_missing_though_it_carries_nothing(result):
    with pytest.raises(DagjobInvariantViolationError, match="never"):
        result.output_for_node("several", "never")
