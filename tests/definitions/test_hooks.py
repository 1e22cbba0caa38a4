"""Hooks as definitions: when they apply, what their functions take, how they are attached (contract def-7)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from dagjob import build_hook_context, job, op
from dagjob.definitions.hooks import (
    HookDefinition,
    HookExecutionResult,
    event_list_hook,
    failure_hook,
    success_hook,
)
from dagjob.errors import (
    CheckError,
    DagjobInvalidDefinitionError,
    DagjobInvalidInvocationError,
)


def test_a_hook_applies_after_one_kind_of_end() -> None:
    @success_hook
    def well(context: Any) -> None: ...

    @failure_hook
    def badly(context: Any) -> None: ...

    both = HookDefinition(name="both", hook_fn=lambda context, events: None)
    assert [hook.applies(failed=False) for hook in (well, badly, both)] == [True, False, True]
    assert [hook.applies(failed=True) for hook in (well, badly, both)] == [False, True, True]


def test_a_hook_is_called_as_its_function_unless_it_has_another_name() -> None:
    @success_hook
    def plain(context: Any) -> None: ...

    @success_hook(name="nice", required_resource_keys={"slack"})
    def other(_: Any) -> None: ...

    @failure_hook("first")
    def third(context_: Any) -> None: ...

    assert [hook.name for hook in (plain, other, third)] == ["plain", "nice", "first"]
    assert other.required_resource_keys == {"slack"}
    assert plain.required_resource_keys == frozenset()


def test_running_a_hook_calls_the_function_and_says_that_it_applied() -> None:
    heard: list[Any] = []

    @success_hook
    def hear(context: Any) -> None:
        heard.append(context)

    assert hear.run("context") == HookExecutionResult("hear", is_skipped=False)
    assert heard == ["context"]
    assert hear.decorated_fn is not None


def test_a_hook_of_events_answers_for_itself() -> None:
    hook = HookDefinition(name="h", hook_fn=lambda context, events: HookExecutionResult("h", is_skipped=True))
    assert hook.run("context").is_skipped


class Attachable:
    """What a job or a graph looks like from here."""

    def __init__(self, hooks: frozenset[HookDefinition] = frozenset()) -> None:
        self.hooks = hooks

    def with_hooks(self, hooks: set[HookDefinition]) -> Attachable:
        return Attachable(self.hooks | hooks)


def test_a_hook_above_a_job_gives_the_job_with_the_hook() -> None:
    @failure_hook
    def tell(context: Any) -> None: ...

    assert tell(Attachable()).hooks == {tell}


@pytest.mark.parametrize("arguments", [(), (1, 2)])
def test_a_hook_is_called_with_one_argument(arguments: tuple[int, ...]) -> None:
    hook = success_hook(name="h")(lambda context: None)
    with pytest.raises(DagjobInvalidInvocationError, match=r"h .*one"):
        hook(*arguments)


@pytest.mark.parametrize(
    "make",
    [
        lambda: success_hook(lambda c: 1),
        lambda: success_hook(lambda: 1),
        lambda: failure_hook(lambda context, more: 1),
        lambda: failure_hook(lambda context, *, more: 1),
        lambda: success_hook(name="a b")(lambda context: 1),
        lambda: success_hook(name="input")(lambda context: 1),
    ],
)
def test_bad_parameters_and_names_are_refused(make: Callable[[], object]) -> None:
    with pytest.raises(DagjobInvalidDefinitionError):
        make()


@pytest.mark.parametrize(
    "make",
    [
        lambda: HookDefinition(name="h"),
        lambda: HookDefinition(name="h", hook_fn=5),
        lambda: HookDefinition(name="h", hook_fn=len, required_resource_keys="slack"),
        lambda: success_hook(5),
    ],
)
def test_arguments_of_the_wrong_kind_are_refused(make: Callable[[], object]) -> None:
    with pytest.raises(CheckError):
        make()


def test_a_hook_of_events_gets_those_of_its_step() -> None:
    seen: list[list[str]] = []
    watching = HookDefinition(
        name="watching", hook_fn=lambda context, events: seen.append([event.event_type.name for event in events])
    )

    @op
    def fine() -> int:
        return 1

    @job(hooks={watching})
    def watched() -> None:
        fine()

    result = watched.execute_in_process()
    assert seen == [[event.event_type.name for event in result.events_for_node("fine")]]


def test_a_hook_of_events_is_called_with_both() -> None:
    seen: list[object] = []

    def watch(context: object, event_list: list[object]) -> None:
        seen.append((context, event_list))

    watching = HookDefinition(name="watching", hook_fn=watch, required_resource_keys={"slack"})
    with pytest.raises(DagjobInvalidDefinitionError, match="slack"):
        watching(None, [])
    context = build_hook_context(resources={"slack": 1})
    watching(context, [1])
    watching(context, event_list=[2])
    watching(event_list=[3], context=context)
    assert seen == [(context, [1]), (context, [2]), (context, [3])]
    for wrong in (lambda: watching(), lambda: watching(context), lambda: watching(context, bar=[])):
        with pytest.raises(DagjobInvalidInvocationError, match="watching"):
            wrong()


def test_a_function_makes_a_hook_of_events_also_with_resources() -> None:
    seen: list[Any] = []

    @event_list_hook
    def all_of_them(context: Any, event_list: Any) -> HookExecutionResult:
        seen.append((context.step_key, [event.event_type_value for event in event_list][-1]))
        return HookExecutionResult("all_of_them")

    @event_list_hook(name="named", required_resource_keys={"r"})
    def other(context: Any, _event_list: Any) -> HookExecutionResult:
        seen.append(context.resources.r)
        return HookExecutionResult("named", is_skipped=True)

    @op
    def one() -> int:
        return 1

    @all_of_them
    @job(hooks={other}, resource_defs={"r": 3})
    def j() -> None:
        one()

    kinds = [event.event_type_value for event in j.execute_in_process().all_events]
    assert seen == [("one", "STEP_SUCCESS"), 3]
    assert [kind for kind in kinds if "HOOK" in kind] == ["HOOK_COMPLETED", "HOOK_SKIPPED"]


@pytest.mark.parametrize(
    "function",
    [lambda: 1, lambda context: 1, lambda c, e: 1, lambda context, events: 1, lambda context, event_list, z: 1],
)
def test_a_hook_of_events_takes_a_context_and_the_events(function: Any) -> None:
    with pytest.raises(DagjobInvalidDefinitionError, match="event_list"):
        event_list_hook(function)
