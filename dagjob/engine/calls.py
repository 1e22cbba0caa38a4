"""The one place that calls an op's body, whatever its shape: plain, generator, async, async generator.

What comes back is told apart here and nowhere else (contract exe-3, "What an op body may produce"): the rest of the engine sees a
stream of `Output`, `DynamicOutput` and reported events, and an exception when the user broke a rule.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from dagjob.errors import DagjobInvariantViolationError, did_you_mean
from dagjob.values.results import DynamicOutput, Output

if TYPE_CHECKING:
    from dagjob.definitions.ops import OpDefinition
    from dagjob.definitions.outputs import Out

ASYNC_KINDS = frozenset({"async", "async_generator"})


def call_body(
    op: OpDefinition, context: Any, inputs: Mapping[str, Any], config: Any, resources: Mapping[str, Any]
) -> Iterator[Any]:
    """Call the body once, and pass on what it hands back, one thing at a time."""
    handed = raw_call(op, context, inputs, config, resources)
    if op.body_kind in ASYNC_KINDS or hasattr(handed, "__aiter__") or hasattr(handed, "__await__"):
        handed = _awaited(handed)
    by_hand = op.compute_fn.decorated_fn is None  # a compute_fn hands back outputs, in whatever iterator
    if hasattr(handed, "__next__") and (by_hand or hasattr(handed, "throw")):
        yield from handed
    else:
        yield from returned(op, handed)


def raw_call(
    op: OpDefinition, context: Any, inputs: Mapping[str, Any], config: Any, resources: Mapping[str, Any]
) -> Any:
    """The call itself: the context first, everything else by keyword."""
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


def _awaited(handed: Any) -> Any:
    """Run a coroutine to its end, or an async generator item by item, on an event loop of this process."""
    import asyncio

    if hasattr(handed, "__aiter__"):
        return _stepped(handed)

    async def whole() -> Any:
        return await handed

    return asyncio.run(whole())


def _stepped(items: AsyncIterator[Any]) -> Iterator[Any]:
    import asyncio

    with asyncio.Runner() as runner:
        while (item := runner.run(_next(items))) is not _END:
            yield item


_END = object()


async def _next(items: AsyncIterator[Any]) -> Any:
    try:
        return await items.__anext__()
    except StopAsyncIteration:
        return _END


# -- what was returned ---------------------------------------------------------------------------------------------


def returned(op: OpDefinition, value: Any) -> Iterator[Any]:
    """The outputs that a returned value stands for."""
    outs = list(op.outs.values())
    if not outs:
        if value is not None:
            raise DagjobInvariantViolationError(
                f'op "{op.name}" has no outputs but returned a {type(value).__name__}: return nothing, or declare an output'
            )
        return
    _refuse_events(op, value)
    if len(outs) == 1:
        yield from _single(op, outs[0], value)
        return
    if value is None and all(out.dagster_type.is_nothing and out.is_required for out in outs):
        return
    if not isinstance(value, tuple) or len(value) != len(outs):
        what = f"a tuple of {len(value)}" if isinstance(value, tuple) else f"a {type(value).__name__}"
        raise DagjobInvariantViolationError(
            f'op "{op.name}" has {len(outs)} outputs ({", ".join(op.outs)}) but returned {what}: '
            f"return a tuple with one item for each, or yield Output objects"
        )
    for position, (out, item) in enumerate(zip(outs, value, strict=True)):
        if isinstance(item, (Output, DynamicOutput)) and item.output_name not in ("result", out.name):
            raise DagjobInvariantViolationError(
                f'op "{op.name}": item {position} of the returned tuple is for the output "{out.name}", '
                f'but names "{item.output_name}"'
            )
        yield from _single(op, out, item)


def _single(op: OpDefinition, out: Out, value: Any) -> Iterator[Any]:
    if out.is_dynamic:
        yield from _dynamic_items(op, out, value)
    elif isinstance(value, Output):
        if out.annotated_plainly:
            raise DagjobInvariantViolationError(
                f'output "{out.name}" of op "{op.name}" is annotated as {out.dagster_type.display_name} but got an Output '
                f"object: annotate it as Output[...], or return the value itself"
            )
        yield value if value.output_name == out.name else _renamed(value, out.name)
    elif isinstance(value, DynamicOutput):
        raise DagjobInvariantViolationError(
            f'output "{out.name}" of op "{op.name}" is not dynamic but got a DynamicOutput: declare it as DynamicOut()'
        )
    elif out.annotated_as_output:
        raise DagjobInvariantViolationError(
            f'op "{op.name}" is annotated to return an Output for "{out.name}" but returned a {type(value).__name__}'
        )
    elif value is None and out.dagster_type.is_nothing:
        return  # the engine adds what was not yielded
    else:
        yield Output(value, out.name)


def _dynamic_items(op: OpDefinition, out: Out, value: Any) -> Iterator[Any]:
    if not isinstance(value, list):
        raise DagjobInvariantViolationError(
            f'dynamic output "{out.name}" of op "{op.name}" takes a list of DynamicOutput, not a {type(value).__name__}'
        )
    for position, item in enumerate(value):
        if not isinstance(item, DynamicOutput):
            raise DagjobInvariantViolationError(
                f'dynamic output "{out.name}" of op "{op.name}": item {position} is a {type(item).__name__}, '
                f"not a DynamicOutput"
            )
        yield item if item.output_name == out.name else _renamed(item, out.name)


def _renamed(output: Any, name: str) -> Any:
    if isinstance(output, DynamicOutput):
        return DynamicOutput(output.value, output.mapping_key, name, output.metadata, output.tags)
    return Output(output.value, name, output.metadata, output.data_version, tags=output.tags)


def _refuse_events(op: OpDefinition, value: Any) -> None:
    kind = type(value)  # an AssetObservation is taken as the value, as in Dagster
    if kind.__name__ in ("AssetMaterialization", "ExpectationResult") and kind.__module__.startswith("dagjob."):
        raise DagjobInvariantViolationError(
            f'op "{op.name}" returned an {type(value).__name__}: yield it, or report it with context.log_event'
        )


# -- what is passed on ---------------------------------------------------------------------------------------------


class Yielded:
    """Which outputs an attempt has yielded so far, and the rules about them."""

    def __init__(self, op: OpDefinition) -> None:
        self._op = op
        self.seen: list[tuple[str, str | None]] = []
        self._known: set[tuple[str, str | None]] = set()

    def check(self, output: Output[Any] | DynamicOutput[Any]) -> Out:
        """The definition of a yielded output; raises when there is none, or when it was yielded before."""
        op = self._op
        out = op.outs.get(output.output_name)
        if out is None:
            known = ", ".join(op.outs) or "none"
            raise DagjobInvariantViolationError(
                f'op "{op.name}" yielded the output "{output.output_name}", which it does not have '
                f"(it has: {known}).{did_you_mean(output.output_name, op.outs)}"
            )
        mapping_key = output.mapping_key if isinstance(output, DynamicOutput) else None
        if out.is_dynamic != isinstance(output, DynamicOutput):
            expected, got = ("DynamicOutput", "Output") if out.is_dynamic else ("Output", "DynamicOutput")
            raise DagjobInvariantViolationError(
                f'op "{op.name}" yielded {"an" if got == "Output" else "a"} {got} for the output "{out.name}"; '
                f"it takes {'an' if expected == 'Output' else 'a'} {expected}"
            )
        if (out.name, mapping_key) in self._known:
            what = f'mapping key "{mapping_key}" of the output' if mapping_key is not None else "output"
            raise DagjobInvariantViolationError(f'op "{op.name}" yielded the {what} "{out.name}" twice')
        self._known.add((out.name, mapping_key))
        self.seen.append((out.name, mapping_key))
        return out

    def missing(self) -> Iterator[Out]:
        """The outputs of which nothing was yielded."""
        names = {name for name, _ in self.seen}
        return (out for name, out in self._op.outs.items() if name not in names)


def not_allowed(op: OpDefinition, thing: Any) -> DagjobInvariantViolationError:
    """The error for a yielded object that is none of those that may be yielded."""
    return DagjobInvariantViolationError(
        f'op "{op.name}" yielded a {type(thing).__name__}; it may yield Output, DynamicOutput, AssetMaterialization, '
        f"AssetObservation and ExpectationResult. To hand back a value, return it, or yield Output(value)"
    )
