"""The one place that calls an op's body, whatever its shape: plain, generator, async, async generator.

A direct call gives what the body hands back to its caller; a run takes it as a stream (`handed_back`). The rules about it
are in `output_rules.py`.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Iterator, Mapping
from types import AsyncGeneratorType, CoroutineType, GeneratorType
from typing import TYPE_CHECKING, Any, Literal

from dagjob.engine.output_rules import returned

if TYPE_CHECKING:
    from dagjob.definitions.ops import OpDefinition
    from dagjob.engine.contexts import OpExecutionContext

    Shape = Literal["value", "stream", "async value", "async stream"]


def handed_back(op: OpDefinition, handed: Any) -> Iterator[Any]:
    """What the call gave, one thing at a time; the body of a generator runs meanwhile."""
    shape = shape_of(op, handed)
    if shape in ("async value", "async stream"):
        from dagjob.definitions.event_loop import done, each

        if shape == "async value":
            handed = done(handed)
            shape = shape_of(op, handed)
        if shape == "async stream":
            return each(handed)
    if shape == "stream":
        stream: Iterator[Any] = handed
        return stream
    return iter(returned(op, handed))


def raw_call(
    op: OpDefinition, context: OpExecutionContext, inputs: Mapping[str, Any], config: Any, resources: Mapping[str, Any]
) -> Any:
    """The call itself: the context first, everything else by keyword. `config` is what the config parameter gets."""
    if op.compute_fn.decorated_fn is None:
        return op.compute_fn(context, dict(inputs))
    keywords = dict(inputs)
    if op.config_param is not None:
        keywords[op.config_param.name] = config
    for parameter, key in op.resource_params.items():
        keywords[parameter] = resources[key]
    if op.context_param is not None:
        return op.compute_fn.decorated_fn(context, **keywords)
    return op.compute_fn.decorated_fn(**keywords)


def shape_of(op: OpDefinition, handed: object) -> Shape:
    """How the outputs are in what a body handed back.

    Told by what it is, since a mock answers to everything. Only where the function says that it is asynchronous any
    awaitable will do, and any iterator where a compute function hands back outputs.
    """
    if isinstance(handed, GeneratorType):
        return "stream"
    if isinstance(handed, AsyncGeneratorType):
        return "async stream"
    if isinstance(handed, CoroutineType):
        return "async value"
    if op.body_kind == "async" and isinstance(handed, Awaitable):
        return "async value"
    if op.body_kind == "async_generator" and isinstance(handed, AsyncIterator):
        return "async stream"
    if op.compute_fn.decorated_fn is None and isinstance(handed, Iterator):
        return "stream"
    return "value"
