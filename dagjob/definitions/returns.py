"""What an op's outputs are: declared by `out`, filled in from what the function says it returns."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, get_args, get_origin

from dagjob.definitions.inputs import ABSENT
from dagjob.definitions.outputs import DynamicOut, Out
from dagjob.definitions.signature import Signature
from dagjob.errors import DagjobInvariantViolationError
from dagjob.record import Record
from dagjob.values.results import DynamicOutput, Output

RESULT = "result"
_LISTS = (list, Sequence)


class Returned(Record):
    """One thing that a function says it returns: its type, and whether in an `Output` or as `DynamicOutput`s."""

    annotation: Any
    as_output: bool = False
    dynamic: bool = False


def outs_of(
    subject: str, declared: Mapping[str, Out] | None, signature: Signature, code_version: str | None
) -> dict[str, Out]:
    """The outputs of an op, with their types. Raises when `out` and the annotation do not fit each other."""
    annotation = ABSENT if _annotates_a_stream(signature) else signature.returns
    if declared is None:
        one = _read(subject, annotation)
        out = (DynamicOut if one.dynamic else Out)()
        return {RESULT: _bound(out, RESULT, one, code_version, subject)}
    if len(declared) > 1:
        return _several(subject, declared, annotation, code_version)
    outs = {}
    for name, out in declared.items():
        _refuse_bare_dynamic(subject, annotation)
        outs[name] = _bound(out, name, _read(subject, annotation), code_version, subject)
    return outs


def _annotates_a_stream(signature: Signature) -> bool:
    """Whether the annotation is about the generator that the function makes, and says nothing of the outputs."""
    if signature.body == "async_generator":  # Dagster takes the annotation at its word, and refuses it as a type
        return _shown(signature.returns).startswith("Async")
    return signature.body == "generator"


def _several(subject: str, declared: Mapping[str, Out], annotation: Any, code_version: str | None) -> dict[str, Out]:
    parts = _parts(subject, declared, annotation)
    return {
        name: _bound(out, name, _read(subject, part), code_version, subject)
        for (name, out), part in zip(declared.items(), parts, strict=True)
    }


def _parts(subject: str, declared: Mapping[str, Out], annotation: Any) -> tuple[Any, ...]:
    """What the annotation says about each of several outputs."""
    unsaid = (ABSENT,) * len(declared)
    all_nothing = all(out.dagster_type.is_nothing for out in declared.values())
    if annotation is ABSENT or annotation is Any or (annotation is type(None) and all_nothing):
        return unsaid
    if get_origin(annotation) is not tuple and annotation is not tuple:
        raise DagjobInvariantViolationError(
            f"{subject} has {len(declared)} outputs ({', '.join(declared)}) but is annotated to return 1: "
            f"{_shown(annotation)}. Annotate it with tuple[...] of {len(declared)}, or not at all."
        )
    parts = get_args(annotation)
    if parts and len(parts) != len(declared):
        raise DagjobInvariantViolationError(
            f"{subject} has {len(declared)} outputs ({', '.join(declared)}) but its annotation {annotation} has "
            f"{len(parts)} parts. Make the two fit."
        )
    return parts or unsaid


def _bound(out: Out, name: str, one: Returned, code_version: str | None, subject: str) -> Out:
    if one.dynamic and not out.is_dynamic:
        raise DagjobInvariantViolationError(
            f'{subject}: the output "{name}" is annotated as a list of DynamicOutput, but declared with Out. Declare it '
            f"with DynamicOut."
        )
    plainly = one.annotation is not ABSENT and one.annotation is not Any and not one.as_output and not one.dynamic
    return out.bound(
        name,
        one.annotation,
        plainly=plainly,
        as_output=one.as_output,
        code_version=code_version,
        where=f'{subject}: the output "{name}"',
    )


def _read(subject: str, annotation: Any) -> Returned:
    """`Output[T]`, `list[DynamicOutput[T]]`, or a plain type."""
    _refuse_bare_dynamic(subject, annotation)
    if _is(annotation, Output):
        inner = get_args(annotation)
        return Returned(inner[0] if inner else ABSENT, as_output=True)
    if get_origin(annotation) in _LISTS:
        inner = get_args(annotation)
        if inner and _is(inner[0], DynamicOutput):
            element = get_args(inner[0])
            return Returned(element[0] if element else ABSENT, dynamic=True)
    return Returned(annotation)


def _refuse_bare_dynamic(subject: str, annotation: Any) -> None:
    if _is(annotation, DynamicOutput):
        raise DagjobInvariantViolationError(
            f"{subject} is annotated to return one DynamicOutput; a dynamic output returns a list of them: "
            f"list[DynamicOutput[...]]."
        )


def _is(annotation: Any, kind: type) -> bool:
    return annotation is kind or get_origin(annotation) is kind


def _shown(annotation: Any) -> str:
    if get_args(annotation):
        return repr(annotation).removeprefix("typing.").removeprefix("collections.abc.")
    return getattr(annotation, "__name__", None) or repr(annotation)
