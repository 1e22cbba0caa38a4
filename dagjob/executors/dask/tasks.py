"""A task of the Dask executor, and what it asks of the worker that does it."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from typing import Any

from dagjob.clock import monotonic
from dagjob.engine.ports import StepCall
from dagjob.events import Event
from dagjob.plan.steps import Step

CPUS_TAG = "dagjob/cpus"
"""Of an op: how many processors it needs; the resource `cpus` of Dask's workers."""
MEMORY_TAG = "dagjob/memory"
"""Of an op: how much memory it needs, such as `4GiB`; the resource `memory` of Dask's workers, in bytes."""
RESOURCES_TAG = "dagster-dask/resource_requirements"
"""Of an op: resources of Dask's workers by name, as JSON: `{"GPU": 1}`."""

_UNITS = {"": 1, "b": 1, "k": 10**3, "m": 10**6, "g": 10**9, "t": 10**12}
_UNITS |= {f"{unit}b": size for unit, size in list(_UNITS.items()) if unit and unit != "b"}
_UNITS |= {f"{unit}i{b}": 1024 ** (at + 1) for at, unit in enumerate("kmgt") for b in ("", "b")}


class DaskTask:
    """An attempt that was accepted, until Dask has done with it."""

    def __init__(self, call: StepCall, number: int, order: bytes, resources: Mapping[str, float]) -> None:
        self.call = call
        self.number = number
        self.order = order
        self.resources = resources
        self.future: Any = None
        """Dask's, when Dask has got it."""
        self.began = monotonic()
        self.started = call.ended is not None
        """Whether `StepStarted` was emitted."""
        self.settled = False
        """Whether the loop knows, or is about to know, how it ended."""
        self.after: list[Event] | None = None
        """Events that belong behind its end, until the loop has heard of that."""
        self.worker: str | None = None
        """The Dask address of the worker that does it, when that has said so."""

    @property
    def seconds(self) -> float:
        return monotonic() - self.began


class Wishes:
    """What a step asks for in Dask's resources, given those that any worker has."""

    def __init__(self, offered: Collection[str]) -> None:
        self.offered = set(offered)

    def of(self, step: Step) -> tuple[Mapping[str, float], tuple[str, ...]]:
        """Amounts by name, and the tags of them that no worker can tell anything about, which are left out.

        Raises ValueError for a tag that says nothing.
        """
        wanted: dict[str, float] = {}
        unknown = []
        for tag, name, read in ((CPUS_TAG, "cpus", _number), (MEMORY_TAG, "memory", _size)):
            if tag in step.tags:
                amount = read(step.tags[tag], tag)
                if name in self.offered:
                    wanted[name] = amount
                else:
                    unknown.append(tag)
        if RESOURCES_TAG in step.tags:
            wanted.update(_by_name(step.tags[RESOURCES_TAG]))
        if step.pool is not None and step.pool in self.offered:
            wanted[step.pool] = 1.0
        return wanted, tuple(unknown)


def _by_name(text: str) -> Mapping[str, float]:
    try:
        found = json.loads(text)
        return {str(name): float(amount) for name, amount in found.items()}
    except (ValueError, AttributeError, TypeError):
        raise ValueError(
            f'the tag "{RESOURCES_TAG}" must be amounts by name, such as {{"GPU": 1}}, not {text!r}'
        ) from None


def _number(text: str, tag: str) -> float:
    try:
        return float(text)
    except ValueError:
        raise ValueError(f'the tag "{tag}" must be a number, not {text!r}') from None


def _size(text: str, tag: str) -> float:
    digits = text.strip().rstrip("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ")
    unit = text.strip()[len(digits) :].lower()
    try:
        return float(digits) * _UNITS[unit]
    except (ValueError, KeyError):
        raise ValueError(f'the tag "{tag}" must be a size such as 512MB or 4GiB, not {text!r}') from None
