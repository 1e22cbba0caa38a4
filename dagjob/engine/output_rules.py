"""The rules about what an op hands back: which outputs they are, of which types, and which are missing.

A run and a direct call keep the same rules: each passes what the body returned through `returned`, every output through
`OutputRules.take`, and asks at the end for what is `missing`. What is done with an output is the caller's.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

from dagjob.definitions.returns import RESULT
from dagjob.engine.types import check_value, did_not_pass
from dagjob.errors import (
    DagjobInvariantViolationError,
    DagjobStepOutputNotFoundError,
    DagjobTypeCheckDidNotPass,
    did_you_mean,
)
from dagjob.record import Record
from dagjob.values.results import DynamicOutput, Output

if TYPE_CHECKING:
    from dagjob.definitions.ops import OpDefinition
    from dagjob.definitions.outputs import Out
    from dagjob.engine.facts import OpFacts
    from dagjob.values.observations import TypeCheck

    AnyOutput = Output[Any] | DynamicOutput[Any]


class TakenOutput(Record):
    """One output of an op, known by its definition. `check` is what its type said; None: it fits, with nothing to say."""

    out: Out
    value: Any
    mapping_key: str | None
    check: TypeCheck | None
    refusal: DagjobTypeCheckDidNotPass | None
    """The error, where the value is not of the type."""


class OutputRules:
    """The outputs that one call of an op has handed back so far, and the rules about the next one."""

    def __init__(self, facts: OpFacts) -> None:
        self._facts = facts
        self._op = facts.op
        self._seen: set[tuple[str, str | None]] = set()

    def take(self, output: AnyOutput) -> TakenOutput:
        """Both of the following."""
        mapping_key = output.mapping_key if isinstance(output, DynamicOutput) else None
        return self.check(self.expect(output), output.value, mapping_key)

    def expect(self, output: AnyOutput) -> Out:
        """Raises `DagjobInvariantViolationError` for an output that there is not, of the other kind, or for the second time."""
        out = self._named(output)
        mapping_key = output.mapping_key if isinstance(output, DynamicOutput) else None
        if (out.name, mapping_key) in self._seen:
            what = f'mapping key "{mapping_key}" of the output' if mapping_key is not None else "output"
            raise DagjobInvariantViolationError(f'op "{self._op.name}" yielded the {what} "{out.name}" twice')
        self._seen.add((out.name, mapping_key))
        return out

    def check(self, out: Out, value: Any, mapping_key: str | None) -> TakenOutput:
        """Is the value of the type of the output? Raises `DagjobTypeCheckError` when the check raises."""
        if out.dagster_type.passes(value):
            return TakenOutput(out, value, mapping_key, None, None)
        subject = f'output "{out.name}" of {self._facts.owner}'
        check = check_value(self._facts, out.dagster_type, value, subject)
        refusal = None if check.success else did_not_pass(out.dagster_type, check, subject)
        return TakenOutput(out, value, mapping_key, check, refusal)

    def _named(self, output: AnyOutput) -> Out:
        op = self._op
        out = op.outs.get(output.output_name)
        if out is None:
            known = ", ".join(op.outs) or "none"
            raise DagjobInvariantViolationError(
                f'op "{op.name}" yielded the output "{output.output_name}", which it does not have '
                f"(it has: {known}).{did_you_mean(output.output_name, op.outs)}"
            )
        if out.is_dynamic != isinstance(output, DynamicOutput):
            expected, got = ("a DynamicOutput", "an Output") if out.is_dynamic else ("an Output", "a DynamicOutput")
            raise DagjobInvariantViolationError(
                f'op "{op.name}" yielded {got} for the output "{out.name}"; it takes {expected}'
            )
        return out

    def missing(self) -> list[Output[None]]:
        """The outputs that nobody has to hand back, because they carry no value.

        A dynamic or an optional one may be missing. Raises `DagjobStepOutputNotFoundError` for any other.
        """
        names = {name for name, _ in self._seen}
        added: list[Output[None]] = []
        for out in self._op.outs.values():
            if out.name in names or out.is_dynamic or not out.is_required:
                continue
            if not out.dagster_type.is_nothing:
                raise DagjobStepOutputNotFoundError(
                    f'op "{self._op.name}" ended without its output "{out.name}": yield it or return it, '
                    f"or declare it with Out(is_required=False)",
                    self._facts.key,
                    out.name,
                )
            added.append(Output(None, out.name))
        return added


def is_event(thing: object) -> bool:
    """Is it something that an op may report: a materialization, an observation, the result of an expectation?"""
    from dagjob.values.observations import AssetMaterialization, AssetObservation, ExpectationResult

    return isinstance(thing, (AssetMaterialization, AssetObservation, ExpectationResult))


def not_allowed(op: OpDefinition, thing: object) -> DagjobInvariantViolationError:
    """The error for a yielded object that is none of those that may be yielded."""
    return DagjobInvariantViolationError(
        f'op "{op.name}" yielded a {type(thing).__name__}; it may yield Output, DynamicOutput, AssetMaterialization, '
        f"AssetObservation and ExpectationResult. To hand back a value, return it, or yield Output(value)"
    )


# -- what was returned ---------------------------------------------------------------------------------------------


def returned(op: OpDefinition, value: Any) -> Iterable[AnyOutput]:
    """The outputs that a returned value stands for."""
    if not op.outs:
        if value is not None:
            raise DagjobInvariantViolationError(
                f'op "{op.name}" has no outputs but returned a {type(value).__name__}: return nothing, or declare an output'
            )
        return ()
    _refuse_events(op, value)
    if len(op.outs) == 1:
        (out,) = op.outs.values()
        return _single(op, out, value, "what was returned")
    return _several(op, list(op.outs.values()), value)


def returned_plainly(op: OpDefinition, value: Any) -> Out | None:
    """The output whose value was returned, where that can be told at a glance: what most ops return. `returned` tells more."""
    return op.plain_out if type(value) in _PLAIN else None


_PLAIN = frozenset({bool, bytes, dict, float, int, list, set, str, tuple, type(None)})


def _several(op: OpDefinition, outs: list[Out], value: Any) -> Iterator[AnyOutput]:
    if value is None and all(out.dagster_type.is_nothing and out.is_required for out in outs):
        return
    if not isinstance(value, tuple) or len(value) != len(outs):
        what = f"a tuple of {len(value)}" if isinstance(value, tuple) else f"a {type(value).__name__}"
        raise DagjobInvariantViolationError(
            f'op "{op.name}" has {len(outs)} outputs ({", ".join(op.outs)}) but returned {what}: '
            f"return a tuple with one item for each, or yield Output objects"
        )
    for position, (out, item) in enumerate(zip(outs, value, strict=True)):
        yield from _single(op, out, item, f"item {position} of the returned tuple")


def _single(op: OpDefinition, out: Out, value: Any, what: str) -> Iterable[AnyOutput]:
    """The outputs that `value` stands for; `what` says in messages which value it is."""
    if out.is_dynamic:
        return _dynamic_items(op, out, value)
    if isinstance(value, Output):
        if out.annotated_plainly:
            raise DagjobInvariantViolationError(
                f'output "{out.name}" of op "{op.name}" is annotated as {out.dagster_type.display_name} but got an Output '
                f"object: annotate it as Output[...], or return the value itself"
            )
        return (_under_its_name(op, out, value, what),)
    if isinstance(value, DynamicOutput):
        raise DagjobInvariantViolationError(
            f'output "{out.name}" of op "{op.name}" is not dynamic but got a DynamicOutput: declare it as DynamicOut()'
        )
    if out.annotated_as_output:
        raise DagjobInvariantViolationError(
            f'op "{op.name}" is annotated to return an Output for "{out.name}" but returned a {type(value).__name__}'
        )
    if value is None and out.dagster_type.is_nothing:
        return ()  # the engine adds what was not yielded
    return (Output(value, out.name),)


def _dynamic_items(op: OpDefinition, out: Out, value: Any) -> Iterator[AnyOutput]:
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
        yield _under_its_name(op, out, item, f"item {position} of the list")


def _under_its_name(op: OpDefinition, out: Out, output: AnyOutput, what: str) -> AnyOutput:
    """The output under its own name. A returned object says none, and then has the usual one, or the right one."""
    name = out.name
    if output.output_name == name:
        return output
    if output.output_name != RESULT:
        raise DagjobInvariantViolationError(
            f'op "{op.name}": {what} is for the output "{name}", but names "{output.output_name}": leave the name out, or '
            f'write "{name}"'
        )
    if isinstance(output, DynamicOutput):
        return DynamicOutput(output.value, output.mapping_key, name, output.metadata, output.tags)
    return Output(output.value, name, output.metadata, output.data_version, tags=output.tags)


def _refuse_events(op: OpDefinition, value: Any) -> None:
    kind = type(value)  # told by name: most runs need not load these. An AssetObservation is the value, as in Dagster
    if kind.__name__ in ("AssetMaterialization", "ExpectationResult") and kind.__module__.startswith("dagjob."):
        raise DagjobInvariantViolationError(
            f'op "{op.name}" returned an {type(value).__name__}: yield it, or report it with context.log_event'
        )
