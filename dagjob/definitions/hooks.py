"""Hooks: functions that run after a step has succeeded or failed, and change nothing about it.

A definition says when it applies and what it needs; calling it in the right place is the engine's.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any, overload

from dagjob.definitions.parameters import CONTEXT_NAMES, awaited, is_bare_decoration, name_of, parameters_of
from dagjob.definitions.resources import check_resource_keys
from dagjob.errors import CheckError, DagjobInvalidDefinitionError, DagjobInvalidInvocationError, ParameterCheckError
from dagjob.record import Record
from dagjob.values.names import check_name

HookFunction = Callable[[Any], Any]
EventListFunction = Callable[[Any, Sequence[Any]], Any]


class HookExecutionResult(Record):
    """What a hook answers: did it apply? `is_skipped` says that it did not."""

    hook_name: str
    is_skipped: bool = False


class HookDefinition:
    """A function that runs after a step.

    `hook_fn(context, events)` may answer with a `HookExecutionResult`. What `@success_hook` and `@failure_hook` make
    has the function as `decorated_fn`, and runs after steps that ended in that way only.
    """

    def __init__(
        self,
        *,
        name: str,
        hook_fn: Callable[[Any, Sequence[Any]], Any] | None = None,
        required_resource_keys: Iterable[str] | None = None,
        decorated_fn: HookFunction | None = None,
        after_failure: bool | None = None,
    ) -> None:
        self.name = check_name(name, "hook")
        if not callable(hook_fn if hook_fn is not None else decorated_fn):
            raise ParameterCheckError(f"hook {name}: hook_fn must be a function, not {hook_fn!r}.")
        self.required_resource_keys = check_resource_keys(
            required_resource_keys, f"required_resource_keys of hook {name}"
        )
        self.decorated_fn = decorated_fn
        self.hook_fn = hook_fn if hook_fn is not None else self._call_decorated
        self.wants_events = hook_fn is not None
        """Whether its function takes the events of the step, too."""
        self._after_failure = after_failure

    def applies(self, *, failed: bool) -> bool:
        """Does it run after a step that ended in this way?"""
        return self._after_failure is None or self._after_failure is failed

    def run(self, context: Any, events: Sequence[Any] = ()) -> Any:
        """Call the user's function, which may be asynchronous. Raises what it raises."""
        return awaited(self.hook_fn(context, events))

    def _call_decorated(self, context: Any, _events: Sequence[Any]) -> HookExecutionResult:
        if self.decorated_fn is not None:
            awaited(self.decorated_fn(context))
        return HookExecutionResult(self.name)

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Above a job or a graph: the same with this hook. With a context of a test: call the function."""
        given = (*args, *kwargs.values())
        # Asked of the class: an object, such as a mock, may answer to any name.
        if len(given) == 1 and hasattr(type(given[0]), "with_hooks"):
            return given[0].with_hooks({self})
        function = self.hook_fn if self.wants_events else self.decorated_fn
        names = parameters_of(function).names[: 1 + self.wants_events] if function is not None else ()
        takes = "two: a context and the events" if self.wants_events else "one: a context"
        if len(given) != 1 + self.wants_events:
            raise DagjobInvalidInvocationError(
                f"hook {self.name} was called with {len(given)} arguments; it takes {takes}. The context comes from "
                "build_hook_context(...), or is None."
            )
        for name in kwargs:
            if name not in names:
                raise DagjobInvalidInvocationError(
                    f'hook {self.name} has no parameter "{name}"; it has: {", ".join(names)}.'
                )
        from dagjob.definitions.direct_calls import call_directly

        return call_directly(self, (*args, *(kwargs[name] for name in names if name in kwargs)), {})

    def __repr__(self) -> str:
        return f"<HookDefinition {self.name}>"


@overload
def success_hook(hook_fn: HookFunction, /) -> HookDefinition: ...
@overload
def success_hook(
    hook_fn: None = None, *, name: str | None = None, required_resource_keys: Iterable[str] | None = None
) -> Callable[[HookFunction], HookDefinition]: ...
def success_hook(
    hook_fn: Any = None, *, name: str | None = None, required_resource_keys: Iterable[str] | None = None
) -> Any:
    """Makes a hook of a function of one `context`, that runs after steps that succeeded; bare or with arguments."""
    if hook_fn is not None:
        return _made(hook_fn, name, required_resource_keys, after_failure=False)
    return lambda function: _made(function, name, required_resource_keys, after_failure=False)


@overload
def failure_hook(name: HookFunction, /) -> HookDefinition: ...
@overload
def failure_hook(
    name: str | None = None, required_resource_keys: Iterable[str] | None = None
) -> Callable[[HookFunction], HookDefinition]: ...
def failure_hook(name: Any = None, required_resource_keys: Iterable[str] | None = None) -> Any:
    """Makes a hook of a function of one `context`, that runs after steps that failed; bare or with arguments."""
    if is_bare_decoration(name):
        return _made(name, None, required_resource_keys, after_failure=True)
    return lambda function: _made(function, name, required_resource_keys, after_failure=True)


@overload
def event_list_hook(hook_fn: EventListFunction, /) -> HookDefinition: ...
@overload
def event_list_hook(
    hook_fn: None = None, *, name: str | None = None, required_resource_keys: Iterable[str] | None = None
) -> Callable[[EventListFunction], HookDefinition]: ...
def event_list_hook(
    hook_fn: Any = None, *, name: str | None = None, required_resource_keys: Iterable[str] | None = None
) -> Any:
    """Makes a hook of a function of `context` and `event_list`, that runs after every attempt of a step and gets its events.

    It answers with a `HookExecutionResult`.
    """
    if hook_fn is None:
        return lambda function: _made_for_events(function, name, required_resource_keys)
    return _made_for_events(hook_fn, name, required_resource_keys)


def _made_for_events(function: EventListFunction, name: str | None, keys: Iterable[str] | None) -> HookDefinition:
    """The hook of a function of two arguments."""
    if not callable(function):
        raise CheckError(f"a hook is made of a function, not of {function!r}.")
    parameters = parameters_of(function)
    fits = parameters.required == 2 and not parameters.keywords
    if not (fits and parameters.first in CONTEXT_NAMES and parameters.names[1] in _EVENT_LIST_NAMES):
        names = ", ".join((*parameters.names, *parameters.keywords)) or "none"
        raise DagjobInvalidDefinitionError(
            f"the hook function {name_of(function)} takes two parameters, called context and event_list; its parameters "
            f"are: {names}."
        )
    hook = HookDefinition(name=name or name_of(function), hook_fn=function, required_resource_keys=keys)
    hook.__doc__ = function.__doc__
    return hook


_EVENT_LIST_NAMES = ("event_list", "_event_list", "event_list_", "_")


def _made(
    function: HookFunction, name: str | None, keys: Iterable[str] | None, *, after_failure: bool
) -> HookDefinition:
    if not callable(function):
        raise CheckError(f"a hook is made of a function, not of {function!r}.")
    parameters = parameters_of(function)
    if parameters.first not in CONTEXT_NAMES or parameters.required > 1 or parameters.keywords:
        names = ", ".join((*parameters.names, *parameters.keywords)) or "none"
        raise DagjobInvalidDefinitionError(
            f"the hook function {name_of(function)} takes one parameter, called context, _context, context_ or _; "
            f"its parameters are: {names}."
        )
    hook = HookDefinition(
        name=name or name_of(function),
        required_resource_keys=keys,
        decorated_fn=function,
        after_failure=after_failure,
    )
    hook.__doc__ = function.__doc__
    return hook
