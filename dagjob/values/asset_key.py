"""The name of a thing that exists outside of a run: a table, a file, a model. One or more segments."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from dagjob.record import Record
from dagjob.values.checks import check_kind, check_member


class AssetKey(Record):
    """`AssetKey("a/b")` is one segment, `AssetKey(["a", "b"])` two. `path` is the list of segments."""

    parts: tuple[str, ...]

    def __init__(self, path: str | Sequence[str]) -> None:
        check_kind(path, (str, list, tuple), "AssetKey: path")
        parts = (path,) if isinstance(path, str) else tuple(path)
        for part in parts:
            check_member(part, str, "a segment of an AssetKey")
        object.__setattr__(self, "parts", parts)

    @property
    def path(self) -> list[str]:
        """The segments."""
        return list(self.parts)

    def to_user_string(self) -> str:
        """The segments with slashes between."""
        return "/".join(self.parts)

    @staticmethod
    def from_user_string(text: str) -> AssetKey:
        """The inverse of `to_user_string`."""
        return AssetKey(text.split("/"))

    @staticmethod
    def from_coercible(arg: AssetKey | str | Sequence[str]) -> AssetKey:
        """What may stand for a key: a key, its segments, or a text of one segment."""
        return arg if isinstance(arg, AssetKey) else AssetKey(arg)

    def to_string(self) -> str:
        """The segments as a JSON list."""
        import json

        return json.dumps(self.path)

    def to_python_identifier(self, suffix: str | None = None) -> str:
        """The segments as one word, which ends with `suffix`."""
        return "__".join((*self.parts, *((suffix,) if suffix is not None else ()))).replace("-", "_")

    def __lt__(self, other: AssetKey) -> bool:
        return self.parts < other.parts

    def has_prefix(self, prefix: Sequence[str]) -> bool:
        """Do the segments begin with these?"""
        return self.parts[: len(prefix)] == tuple(prefix)

    def with_prefix(self, prefix: str | Sequence[str]) -> AssetKey:
        """The key with segments before its own."""
        return AssetKey((*((prefix,) if isinstance(prefix, str) else prefix), *self.parts))

    def __repr__(self) -> str:
        return f"AssetKey({self.path!r})"


def to_asset_key(value: Any, what: str) -> AssetKey:
    """What a materialization may give for a key: a key, its segments, or a text.

    A text is split at every character that is no letter, digit or underscore.
    """
    if isinstance(value, AssetKey):
        return value
    check_kind(value, (str, list, tuple), f"{what}: asset_key")
    return AssetKey(re.split(r"[^A-Za-z0-9_]", value) if isinstance(value, str) else value)
