"""Call a definition directly, as a test does: an op, a resource, a hook, a logger (contract exe-4, "Direct invocation").

No run, no events, no retry, no IO manager: arguments are bound, config and types are checked, the function is called.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import contextmanager
from types import GeneratorType
from typing import TYPE_CHECKING, Any

from dagjob.config.runconfig import with_enum_values
from dagjob.config.sources import AsConfig
from dagjob.definitions.inputs import ABSENT
from dagjob.definitions.parameters import parameters_of
from dagjob.engine.calls import Yielded, not_allowed, raw_call, returned
from dagjob.engine.contexts import RUNNING, InitResourceContext, op_config_of
from dagjob.engine.direct import EPHEMERAL_RUN_ID, DirectLoggerContext, DirectOpContext, checked_config
from dagjob.errors import (
    DagjobInvalidDefinitionError,
    DagjobInvalidInvocationError,
    DagjobStepOutputNotFoundError,
    DagjobTypeCheckDidNotPass,
    did_you_mean,
)
from dagjob.values.results import DynamicOutput, Output

if TYPE_CHECKING:
    from dagjob.definitions.hooks import HookDefinition
    from dagjob.definitions.loggers import LoggerDefinition
    from dagjob.definitions.ops import OpDefinition
    from dagjob.definitions.resources import ResourceDefinition


# -- ops -----------------------------------------------------------------------------------------------------------


def invoke_op(op: OpDefinition, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> Any:
    """Run the body of an op here. Returns what the body returns; a generator or coroutine for those kinds."""
    if op.compute_fn.decorated_fn is None:
        raise DagjobInvalidInvocationError(
            f'op "{op.name}" was built from a compute function, which only a run can call: put it into a job'
        )
    context, rest = _context_of(op, args, dict(kwargs))
    context.bind(op)
    goes_on = False
    try:
        inputs, config, resources = _bind(op, context, rest[0], rest[1])
        _check_inputs(op, inputs)
        later: Any = {"async_generator": _async_stream, "async": _async_value, "generator": _stream}.get(op.body_kind)
        with _running(context):
            handed = raw_call(op, context, inputs, config, resources)
        if later is None and isinstance(handed, GeneratorType):
            later = _stream
        if later is not None:
            goes_on = True
            return later(op, context, handed)
        _check_value(op, handed)
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
        return DirectOpContext(), (args, kwargs)
    if op.context_param in kwargs:
        given = kwargs.pop(op.context_param)
    elif args:
        given, args = args[0], args[1:]
    else:
        raise DagjobInvalidInvocationError(
            f'op "{op.name}" takes a context, but none was passed: give it build_op_context(...) first, or None'
        )
    if given is None:
        return DirectOpContext(), (args, kwargs)
    if not isinstance(given, DirectOpContext):
        raise DagjobInvalidInvocationError(
            f'op "{op.name}" takes a context first, but got a {type(given).__name__}: use build_op_context(...)'
        )
    return given, (args, kwargs)


def _bind(
    op: OpDefinition, context: DirectOpContext, args: tuple[Any, ...], kwargs: dict[str, Any]
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
    resources = _resources(op, context, values)
    config = _config(op, context, values)
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


def _config(op: OpDefinition, context: DirectOpContext, values: dict[str, Any]) -> Any:
    parameter = op.config_param
    given = context.given_config
    if parameter is not None and parameter.name in values:
        if given is not None:
            raise DagjobInvalidInvocationError(f'op "{op.name}": config is given as an argument and in the context')
        value = values.pop(parameter.name)
        if isinstance(value, AsConfig):
            given = checked_config(op.config_schema, value._convert_to_config_dictionary(), f'op "{op.name}"')
            context.resolve_config(with_enum_values(given))
            return value
        given = value
    checked = checked_config(op.config_schema, given, f'op "{op.name}"')
    context.resolve_config(op_config_of(op, checked))
    return parameter.build(checked) if parameter is not None else None


def _resources(op: OpDefinition, context: DirectOpContext, values: dict[str, Any]) -> dict[str, Any]:
    """Resources for parameters: from arguments or from the context; and those that the body asks the context for."""
    found: dict[str, Any] = {}
    passed = [parameter for parameter in op.resource_params if parameter in values]
    if passed and context.has_resources:
        raise DagjobInvalidInvocationError(
            f'op "{op.name}": resources are given as arguments ({", ".join(passed)}) and in the context'
        )
    opened = context.open_for_call({op.resource_params[parameter]: values.pop(parameter) for parameter in passed})
    for key in op.resource_params.values():
        found[key] = opened[key] if key in opened else context.resource(key, op.name)
    for key in op.required_resource_keys - set(op.resource_params.values()):
        context.resource(key, op.name)
    return found


def _check_inputs(op: OpDefinition, inputs: Mapping[str, Any]) -> None:
    for name, value in inputs.items():
        _check_type(op.ins[name].dagster_type, value, f'input "{name}" of op "{op.name}"')


def _check_type(kind: Any, value: Any, what: str) -> None:
    if kind.passes(value):
        return
    result = kind.type_check(DirectOpContext(), value)
    if not result.success:
        reason = f": {result.description}" if result.description else ""
        raise DagjobTypeCheckDidNotPass(
            f'the {what} is not of type "{kind.display_name}"{reason}', result.description, result.metadata, kind
        )


def _check_value(op: OpDefinition, handed: Any) -> None:
    """What a body returned is checked by the rules of a run, and passed on as it is."""
    yielded = Yielded(op)
    for thing in returned(op, handed):
        _check_output(op, yielded, thing)
    _check_complete(op, yielded)


def _check_output(op: OpDefinition, yielded: Yielded, thing: Any) -> None:
    out = yielded.check(thing)
    _check_type(out.dagster_type, thing.value, f'output "{out.name}" of op "{op.name}"')


def _check_complete(op: OpDefinition, yielded: Yielded) -> list[Output[None]]:
    """The Nothing outputs to add; raises for a required output that is missing."""
    added = []
    for out in yielded.missing():
        if out.dagster_type.is_nothing:
            added.append(Output(None, out.name))
        elif out.is_required and not out.is_dynamic:
            raise DagjobStepOutputNotFoundError(
                f'op "{op.name}" ended without its output "{out.name}"', op.name, out.name
            )
    return added


def _stream(op: OpDefinition, context: DirectOpContext, handed: Iterator[Any]) -> Iterator[Any]:
    yielded = Yielded(op)
    try:
        while True:
            with _running(context):
                thing = next(handed, ABSENT)
            if thing is ABSENT:
                break
            _judge(op, yielded, thing)
            yield thing
        yield from _check_complete(op, yielded)
    finally:
        context.unbind()


async def _async_stream(op: OpDefinition, context: DirectOpContext, handed: AsyncIterator[Any]) -> AsyncIterator[Any]:
    yielded = Yielded(op)
    try:
        async for thing in handed:
            _judge(op, yielded, thing)
            yield thing
        for added in _check_complete(op, yielded):
            yield added
    finally:
        context.unbind()


async def _async_value(op: OpDefinition, context: DirectOpContext, handed: Any) -> Any:
    try:
        value = await handed
        _check_value(op, value)
        return value
    finally:
        context.unbind()


def _judge(op: OpDefinition, yielded: Yielded, thing: Any) -> None:
    if isinstance(thing, (Output, DynamicOutput)):
        _check_output(op, yielded, thing)
    elif type(thing).__name__ not in ("AssetMaterialization", "AssetObservation", "ExpectationResult"):
        raise not_allowed(op, thing)


@contextmanager
def _running(context: DirectOpContext) -> Iterator[None]:
    token = RUNNING.set(context)
    try:
        yield
    finally:
        RUNNING.reset(token)


# -- resources, hooks and loggers ----------------------------------------------------------------------------------


def invoke_resource(definition: ResourceDefinition, *args: Any, **kwargs: Any) -> Any:
    """Make a resource: its object, or a context manager of it where it has a teardown."""
    given = (*args, *kwargs.values())
    context = InitResourceContext(resource_config=None, resources={})
    if not definition.takes_context:
        if given:
            raise DagjobInvalidInvocationError("this resource function takes no context: call it without arguments")
        return definition.make(context, "resource")
    if len(given) != 1:
        raise DagjobInvalidInvocationError(
            "this resource function takes a context, and none was given: pass build_init_resource_context(...), or None"
        )
    context = given[0] if given[0] is not None else context
    config = checked_config(definition.config_schema, context.resource_config, "resource")
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


def invoke_hook(hook: HookDefinition, context: Any) -> Any:
    """Call the function of a hook with the context of a test."""
    if hook.decorated_fn is None:
        raise DagjobInvalidInvocationError(f'hook "{hook.name}" has no function that could be called')
    for key in sorted(hook.required_resource_keys):
        if context is None or not context.has_resource(key):
            raise DagjobInvalidDefinitionError(
                f'hook "{hook.name}" requires the resource "{key}": build_hook_context(resources={{{key!r}: ...}})'
            )
    return hook.decorated_fn(context)


def invoke_logger(definition: LoggerDefinition, *args: Any, **kwargs: Any) -> Any:
    """Make a logger with the context of a test."""
    from dagjob.definitions.loggers import InitLoggerContext
    from dagjob.engine.logs import make_logger

    given = (*args, *kwargs.values())
    if len(given) != 1:
        raise DagjobInvalidInvocationError(
            "a logger function takes a context, and none was given: pass build_init_logger_context(...), or None"
        )
    context = given[0] if given[0] is not None else DirectLoggerContext(None, None)
    config = checked_config(definition.config_schema, context.logger_config, "logger")
    ready = InitLoggerContext(config, definition, context.job_def, EPHEMERAL_RUN_ID)
    return make_logger(definition, ready)
