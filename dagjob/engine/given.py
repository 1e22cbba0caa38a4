"""What an op was given when it failed: the type and the size of each input, and where it came from. Never the value."""

from __future__ import annotations

from collections.abc import Mapping, Sized
from typing import Any

from dagjob.events import GivenInput
from dagjob.plan.steps import Step, Wire

MOST = 8
_SHAPED = ("pandas", "polars", "numpy", "pyarrow", "scipy", "xarray", "torch")
"""Libraries whose values know their shape without any work."""
_SIZED: Mapping[type, str] = {
    list: "",
    tuple: "",
    set: "",
    frozenset: "",
    dict: "",
    str: " characters",
    bytes: " bytes",
    bytearray: " bytes",
}


def given_inputs(step: Step, values: Mapping[str, Any]) -> tuple[GivenInput, ...]:
    """The first inputs of a step, by the values that its op got."""
    wires = [wire for wire in step.wires if wire.input in values]
    return tuple(GivenInput(wire.input, _kind(values[wire.input]), _source(wire)) for wire in wires[:MOST])


def _kind(value: object) -> str:
    """`DataFrame 48,201 x 9`, `list of 3`, `int`."""
    kind = type(value)
    if kind in _SIZED and isinstance(value, Sized):
        return f"{kind.__name__} of {len(value):,}{_SIZED[kind]}"
    if kind.__module__.partition(".")[0] in _SHAPED:
        try:
            return f"{kind.__name__} {' x '.join(f'{int(each):,}' for each in value.shape)}".rstrip()  # type: ignore[attr-defined]
        except Exception:  # one without a shape, or whose shape is work
            return kind.__name__
    return "None" if value is None else kind.__name__


def _source(wire: Wire) -> str:
    """The steps that have made it; nothing for a value of the run config."""
    steps = list(dict.fromkeys(port.step for port in wire.ports))
    return steps[0] if len(steps) == 1 else f"{len(steps)} ops" if steps else ""
