"""Call a definition directly, as a test does: an op, a resource, a hook, a logger (contract exe-4, "Direct invocation").

No run, no events, no retry, no IO manager: arguments are bound, config and types are checked, the function is called.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from dagjob.config.runconfig import AsConfig, with_enum_values
from dagjob.definitions.hooks import HookDefinition
from dagjob.definitions.inputs import ABSENT
from dagjob.definitions.loggers import InitLoggerContext, LoggerDefinition
from dagjob.definitions.ops import OpDefinition
from dagjob.definitions.parameters import parameters_of
from dagjob.definitions.resources import ResourceDefinition
from dagjob.engine.calls import raw_call, shape_of
from dagjob.engine.contexts import RUNNING, InitResourceContext
from dagjob.engine.direct import (
    EPHEMERAL_RUN_ID,
    DirectFacts,
    DirectHookContext,
    DirectLoggerContext,
    DirectOpContext,
    DirectResourceContext,
    build_op_context,
    checked_config,
    open_resources,
)
from dagjob.engine.facts import op_config_of
from dagjob.engine.output_rules import OutputRules, is_event, not_allowed, returned
from dagjob.engine.types import check_value, did_not_pass
from dagjob.errors import (
    DagjobInvalidDefinitionError,
    DagjobInvalidInvocationError,
    DagjobInvariantViolationError,
    DagjobStepOutputNotFoundError,
    DagjobTypeCheckError,
    did_you_mean,
)
from dagjob.values.results import DynamicOutput, Output

if TYPE_CHECKING:
    from logging import Logger


def invoke(definition: object, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> Any:
    """Call an op, a resource, a hook or a logger. Returns what its function gives."""
    if isinstance(definition, OpDefinition):
        return _invoke_op(definition, args, kwargs)
    given = (*args, *kwargs.values())
    if isinstance(definition, ResourceDefinition):
        _check_names(definition.resource_fn, kwargs, "this resource function")
        return _invoke_resource(definition, given)
    if isinstance(definition, HookDefinition):
        return _invoke_hook(definition, *given)
    if isinstance(definition, LoggerDefinition):
        _check_names(definition.logger_fn, kwargs, "this logger function")
        return _invoke_logger(definition, given)
    raise TypeError(f"{definition!r} cannot be called")


def _check_names(function: Callable[..., Any] | None, kwargs: Mapping[str, Any], subject: str) -> None:
    """Raise `DagjobInvalidInvocationError` for an argument whose name is not that of the function's first parameter."""
    first = parameters_of(function).first if function is not None else None
    for name in kwargs:
        if first is not None and name != first:
            raise DagjobInvalidInvocationError(f'{subject} has no parameter "{name}": its context is called "{first}"')


# -- ops -----------------------------------------------------------------------------------------------------------


def _invoke_op(op: OpDefinition, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> Any:
    """Run the body of an op here. Returns what the body returns; a generator or coroutine for those kinds."""
    if op.compute_fn.decorated_fn is None:
        raise DagjobInvalidInvocationError(
            f'op "{op.name}" was built from a compute function, which only a run can call: put it into a job'
        )
    context, rest = _context_of(op, args, dict(kwargs))
    facts = context.bind(op)
    goes_on = False
    try:
        inputs, config, resources = _bind(op, facts, rest[0], rest[1])
        for name, value in inputs.items():
            kind, subject = op.ins[name].dagster_type, f'input "{name}" of {facts.owner}'
            if kind.passes(value):
                continue
            with _as_raised():
                check = check_value(facts, kind, value, subject)
            if not check.success:
                raise did_not_pass(kind, check, subject)
        with _running(context):
            handed = raw_call(op, context, inputs, config, resources)
        call = _Call(context, OutputRules(facts))
        goes_on = True
        match shape_of(op, handed):
            case "stream":
                return call.stream(handed)
            case "async stream":
                return call.async_stream(handed)
            case "async value":
                return call.async_value(handed)
        goes_on = False
        call.check_value(op, handed)
        return handed
    finally:
        if not goes_on:
            context.unbind()


def _context_of(
    op: OpDefinition, args: tuple[Any, ...], kwargs: dict[str, Any]
) -> tuple[DirectOpContext, tuple[tuple[Any, ...], dict[str, Any]]]:
    """The context that was passed, or an empty one, and the other arguments."""
    if op.context_param is None:
        if args and isinstance(args[0], DirectOpContext):
            return args[0], (args[1:], kwargs)
        return build_op_context(), (args, kwargs)
    if op.context_param in kwargs:
        given = kwargs.pop(op.context_param)
    elif args:
        given, args = args[0], args[1:]
    else:
        raise DagjobInvalidInvocationError(
            f'op "{op.name}" takes a context, but none was passed: give it build_op_context(...) first, or None'
        )
    if given is None:
        return build_op_context(), (args, kwargs)
    if not isinstance(given, DirectOpContext):
        raise DagjobInvalidInvocationError(
            f'op "{op.name}" takes a context first, but got a {type(given).__name__}: use build_op_context(...)'
        )
    return given, (args, kwargs)


def _bind(
    op: OpDefinition, facts: DirectFacts, args: tuple[Any, ...], kwargs: dict[str, Any]
) -> tuple[dict[str, Any], Any, dict[str, Any]]:
    """Inputs, config and resources, each by the name of its parameter or key."""
    function: Any = op.compute_fn.decorated_fn
    names = [name for name in parameters_of(function).names if name != op.context_param]
    if len(args) > len(names):
        raise DagjobInvalidInvocationError(
            f'op "{op.name}" takes {len(names)} arguments ({", ".join(names) or "none"}) but got {len(args)}.'
            + ("" if op.context_param else " It takes no context.")
        )
    values: dict[str, Any] = dict(zip(names, args, strict=False))
    known = {*names, *op.ins, *op.resource_params, *((op.config_param.name,) if op.config_param else ())}
    for name, value in kwargs.items():
        if name in values:
            raise DagjobInvalidInvocationError(f'op "{op.name}": the argument "{name}" is given twice')
        if name not in known:
            raise DagjobInvalidInvocationError(f'op "{op.name}" has no input "{name}".{did_you_mean(name, known)}')
        values[name] = value
    resources = _resources(op, facts, values)
    config = _config(op, facts, values)
    inputs: dict[str, Any] = {}
    for name, definition in op.ins.items():
        if definition.dagster_type.is_nothing:
            if name in values:
                raise DagjobInvalidInvocationError(f'op "{op.name}": the input "{name}" is Nothing and takes no value')
        elif name in values:
            inputs[name] = values[name]
        elif definition.has_default_value:
            inputs[name] = definition.default_value
        else:
            raise DagjobInvalidInvocationError(f'op "{op.name}": no value for the input "{name}"')
    return inputs, config, resources


def _config(op: OpDefinition, facts: DirectFacts, values: dict[str, Any]) -> Any:
    """What the config parameter gets; the facts get what the context shows."""
    parameter = op.config_param
    given = facts.given_config
    if parameter is not None and parameter.name in values:
        if given is not None:
            raise DagjobInvalidInvocationError(f'op "{op.name}": config is given as an argument and in the context')
        given = values.pop(parameter.name)
        if isinstance(given, AsConfig):
            checked = checked_config(op.config_schema, given._convert_to_config_dictionary(), facts.owner)
            facts.op_config = with_enum_values(checked)
            from dagjob.config.pydantic_build import holds_env  # which loads nothing more: there is an object

            return parameter.build(checked) if holds_env(given) else given
    checked = checked_config(op.config_schema, given, facts.owner)
    facts.op_config = op_config_of(op, checked)
    return parameter.build(checked) if parameter is not None else None


def _resources(op: OpDefinition, facts: DirectFacts, values: dict[str, Any]) -> dict[str, Any]:
    """Resources for parameters, from arguments or from the context. Raises for one that anything in the call needs."""
    passed = [parameter for parameter in op.resource_params if parameter in values]
    if passed and facts.resources:
        raise DagjobInvalidInvocationError(
            f'op "{op.name}": resources are given as arguments ({", ".join(passed)}) and in the context'
        )
    if passed:
        facts.passed = open_resources({op.resource_params[parameter]: values.pop(parameter) for parameter in passed})
    kinds = [inp.dagster_type for inp in op.ins.values()] + [out.dagster_type for out in op.outs.values()]
    # What only the context would show is not missed by an op that takes none.
    own = op.required_resource_keys if op.context_param is not None else frozenset(op.resource_params.values())
    needed = own.union(*(kind.required_resource_keys for kind in kinds))
    known = facts.resources if needed else {}
    for key in sorted(needed - set(known)):
        raise DagjobInvalidDefinitionError(
            f'op "{op.name}" requires the resource "{key}", which the context does not have '
            f"(it has: {', '.join(sorted(known)) or 'none'}): build_op_context(resources={{{key!r}: ...}})"
        )
    return {key: known[key] for key in op.resource_params.values()}


class _Call:
    """What a body hands back in a direct call goes to the caller as it is, when the rules of a run let it pass."""

    def __init__(self, context: DirectOpContext, rules: OutputRules) -> None:
        self._context = context
        self._rules = rules

    def check_value(self, op: OpDefinition, value: Any) -> None:
        for output in returned(op, value):
            self._check(op, output)
        self._missing()

    def _missing(self) -> list[Output[None]]:
        """What nobody has to hand back. Outside of a run Dagster raises another error for what somebody has to."""
        try:
            return self._rules.missing()
        except DagjobStepOutputNotFoundError as error:
            raise DagjobInvariantViolationError(str(error)) from None

    def stream(self, handed: Iterator[Any]) -> Iterator[Any]:
        op = self._context.op_def
        try:
            while True:
                with _running(self._context):
                    thing = next(handed, ABSENT)
                if thing is ABSENT:
                    break
                self._check(op, thing)
                yield thing
            yield from self._missing()
        finally:
            self._context.unbind()

    async def async_stream(self, handed: AsyncIterator[Any]) -> AsyncIterator[Any]:
        op = self._context.op_def
        try:
            async for thing in handed:
                self._check(op, thing)
                yield thing
            for added in self._missing():
                yield added
        finally:
            self._context.unbind()

    async def async_value(self, handed: Awaitable[Any]) -> Any:
        try:
            value = await handed
            self.check_value(self._context.op_def, value)
            return value
        finally:
            self._context.unbind()

    def _check(self, op: OpDefinition, thing: Any) -> None:
        if isinstance(thing, (Output, DynamicOutput)):
            with _as_raised():
                taken = self._rules.take(thing)
            if taken.refusal is not None:
                raise taken.refusal
            self._context._mark_yielded(taken.out.name, taken.mapping_key)
        elif not is_event(thing):
            raise not_allowed(op, thing)


@contextmanager
def _as_raised() -> Iterator[None]:
    """What the check function of a type raises comes out as it is, as what the body raises does."""
    try:
        yield
    except DagjobTypeCheckError as error:
        raise error.user_exception or error from None


@contextmanager
def _running(context: DirectOpContext) -> Iterator[None]:
    token = RUNNING.set(context)
    try:
        yield
    finally:
        RUNNING.reset(token)


# -- resources, hooks and loggers ----------------------------------------------------------------------------------


def _invoke_resource(definition: ResourceDefinition, given: tuple[Any, ...]) -> Any:
    """Make a resource: its object, or a context manager of it where it has a teardown."""
    context = InitResourceContext(resource_config=None, resources={})
    if not definition.takes_context:
        if given:
            raise DagjobInvalidInvocationError("this resource function takes no context: call it without arguments")
        return definition.make(context, "resource")
    if len(given) != 1:
        raise DagjobInvalidInvocationError(
            "this resource function takes a context, and none was given: pass build_init_resource_context(...), or None"
        )
    if given[0] is None:
        _check_needs_nothing(definition)
    context = given[0] if given[0] is not None else context
    said = context.given_config if isinstance(context, DirectResourceContext) else context.resource_config
    config = checked_config(definition.config_schema, said, "resource")
    resources = context.resources._asdict()
    for key in sorted(definition.required_resource_keys):
        if key not in resources:
            raise DagjobInvalidDefinitionError(
                f'the resource function requires the resource "{key}", which its context does not have: '
                f"build_init_resource_context(resources={{{key!r}: ...}})"
            )
    ready = InitResourceContext(
        resource_config=config, resources=resources, resource_def=definition, run=context._run, key="resource"
    )
    return definition.make(ready, "resource")


def _check_needs_nothing(definition: ResourceDefinition) -> None:
    """Raise `DagjobInvalidInvocationError` for a resource that needs what only a context has."""
    from dagjob.config.schema import Field

    schema = definition.config_schema
    if definition.required_resource_keys:
        missing = "requires other resources"
    elif schema is not None and (schema if isinstance(schema, Field) else Field(schema)).is_required:
        missing = "needs config"
    else:
        return
    raise DagjobInvalidInvocationError(
        f"this resource function {missing}, and was called with None: pass build_init_resource_context(...)"
    )


def _invoke_hook(hook: HookDefinition, context: Any, *events: Any) -> Any:
    """Call the function of a hook with the context of a test and, where it takes them, with events."""
    known = context.resources._asdict() if isinstance(context, DirectHookContext) else {}
    for key in sorted(hook.required_resource_keys):
        if key not in known and (context is None or isinstance(context, DirectHookContext)):
            raise DagjobInvalidDefinitionError(
                f'hook "{hook.name}" requires the resource "{key}": build_hook_context(resources={{{key!r}: ...}})'
            )
    if hook.wants_events or hook.decorated_fn is None:
        return hook.run(context, *events)
    return hook.decorated_fn(context)


def _invoke_logger(definition: LoggerDefinition, given: tuple[Any, ...]) -> Logger:
    """Make a logger with the context of a test."""
    from dagjob.engine.job_loggers import make_logger

    if len(given) != 1:
        raise DagjobInvalidInvocationError(
            "a logger function takes a context, and none was given: pass build_init_logger_context(...), or None"
        )
    context = given[0] if given[0] is not None else DirectLoggerContext(None, None)
    config = checked_config(definition.config_schema, context.logger_config, "logger")
    ready = InitLoggerContext(config, definition, context.job_def, EPHEMERAL_RUN_ID)
    return make_logger(definition, ready)
