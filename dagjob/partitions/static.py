"""Partitions that are a list of keys."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime

from dagjob.errors import DagjobInvalidDefinitionError, DagjobInvalidInvocationError
from dagjob.partitions.base import Ends, PartitionsDefinition, check_key_list
from dagjob.values.checks import brief

_FORBIDDEN = {
    "...": "three dots",
    **dict(zip("\0\a\b\t\n\v\f\r", (r"\0", r"\a", r"\b", r"\t", r"\n", r"\v", r"\f", r"\r"), strict=True)),
}
"""What no key may contain: the sign of a range, and characters that would tear what a key is shown in."""


def check_key(key: str, what: str) -> str:
    """A key that may be given by hand. Raises `DagjobInvalidDefinitionError` for one with a forbidden text."""
    for text, name in _FORBIDDEN.items():
        if text in key:
            raise DagjobInvalidDefinitionError(f"{what}: the key {brief(key)} contains {name}, which no key may.")
    return key


class StaticPartitionsDefinition(PartitionsDefinition):
    """One partition for each key of a list, in its order."""

    kind = "static"

    def __init__(self, partition_keys: Sequence[str]) -> None:
        subject = "StaticPartitionsDefinition: partition_keys"
        self._keys = check_key_list(partition_keys, subject)
        self._positions = {check_key(key, subject): at for at, key in enumerate(self._keys)}
        if len(self._positions) < len(self._keys):
            twice = next(key for at, key in enumerate(self._keys) if self._positions[key] != at)
            raise DagjobInvalidDefinitionError(f"{subject}: the key {brief(twice)} is given twice.")

    def keys(self, now: datetime) -> Iterator[str]:
        """The keys, in order."""
        return iter(self._keys)

    def has(self, key: str, now: datetime) -> bool:
        """Is it one of the keys?"""
        return key in self._positions

    def describe(self) -> str:
        """The first keys, and how many more."""
        shown = ", ".join(repr(key) for key in self._keys[:10])
        return f"{shown}, and {len(self._keys) - 10} more" if len(self._keys) > 10 else shown or "no keys"

    def ends(self, now: datetime) -> Ends:
        """Those of the list."""
        return Ends(self.first(now), self.last(now), len(self._keys))

    def count(self, now: datetime) -> int:
        """How many keys."""
        return len(self._keys)

    def last(self, now: datetime) -> str | None:
        """The last key of the list."""
        return self._keys[-1] if self._keys else None

    def latest(self, count: int, now: datetime) -> list[str]:
        """The last keys of the list."""
        return list(self._keys[-count:]) if count > 0 else []

    def between(self, start: str, end: str, now: datetime) -> Iterator[str]:
        """By position; nothing for a reversed range."""
        for key in (start, end):
            if key not in self._positions:
                raise DagjobInvalidInvocationError(
                    f"there is no partition {brief(key)}; the keys are {self.describe()}."
                )
        return iter(self._keys[self._positions[start] : self._positions[end] + 1])

    def identity(self) -> object:
        """The keys."""
        return ("static", self._keys)

    def __repr__(self) -> str:
        return f"StaticPartitionsDefinition(partition_keys={list(self._keys)!r})"
