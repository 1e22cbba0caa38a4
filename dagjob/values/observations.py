"""What an op may report besides its outputs: things that it made or saw, expectations that held or not.

These are facts to be shown and kept; nothing in a run depends on them. The answer of a type's check is one of them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from dagjob.record import Record, replace
from dagjob.values.asset_key import AssetKey, to_asset_key
from dagjob.values.checks import check_kind
from dagjob.values.metadata import MetadataValue, normalize_metadata
from dagjob.values.names import check_strict_tags

__all__ = [
    "AssetKey", "AssetMaterialization", "AssetObservation", "DataVersion", "ExpectationResult", "TypeCheck",
]  # fmt: skip

_NONE = type(None)


class DataVersion(Record):
    """The version of a value, as free text."""

    value: str

    def __post_init__(self) -> None:
        check_kind(self.value, str, "DataVersion: value")


class AssetMaterialization(Record):
    """The op has made or changed the asset of this key: a key, its segments, or a text.

    A text is split at every character that is no letter, digit or underscore.
    """

    asset_key: AssetKey
    description: str | None
    metadata: Mapping[str, MetadataValue]
    partition: str | None
    tags: Mapping[str, str]

    def __init__(
        self,
        asset_key: AssetKey | str | Sequence[str],
        description: str | None = None,
        metadata: Mapping[str, Any] | None = None,
        partition: str | None = None,
        tags: Mapping[str, str] | None = None,
    ) -> None:
        _fill(self, asset_key, description, metadata, partition, tags)

    def with_metadata(self, metadata: Mapping[str, Any] | None) -> AssetMaterialization:
        """The same report with this metadata in the place of its own."""
        return replace(self, metadata=metadata)

    def __hash__(self) -> int:
        return hash((AssetMaterialization, self.asset_key, self.description, self.partition))

    @property
    def label(self) -> str:
        """The segments of the key, with spaces between."""
        return " ".join(self.asset_key.parts)

    @staticmethod
    def file(
        path: str, description: str | None = None, asset_key: AssetKey | str | Sequence[str] | None = None
    ) -> AssetMaterialization:
        """The op has written a file. Its path is metadata, and the key where no other is given."""
        check_kind(path, str, "AssetMaterialization.file: path")
        key = path if asset_key is None else asset_key
        return AssetMaterialization(key, description, {"path": MetadataValue.path(path)})


class AssetObservation(Record):
    """The op has seen the asset of this key, and tells of it. The key is given as for `AssetMaterialization`."""

    asset_key: AssetKey
    description: str | None
    metadata: Mapping[str, MetadataValue]
    partition: str | None
    tags: Mapping[str, str]

    def __init__(
        self,
        asset_key: AssetKey | str | Sequence[str],
        description: str | None = None,
        metadata: Mapping[str, Any] | None = None,
        partition: str | None = None,
        tags: Mapping[str, str] | None = None,
    ) -> None:
        _fill(self, asset_key, description, metadata, partition, tags)

    def with_metadata(self, metadata: Mapping[str, Any] | None) -> AssetObservation:
        """The same report with this metadata in the place of its own."""
        return replace(self, metadata=metadata)

    def __hash__(self) -> int:
        return hash((AssetObservation, self.asset_key, self.description, self.partition))

    @property
    def data_version(self) -> str | None:
        """The version of what was seen, from the tag of it."""
        return self.tags.get("dagster/data_version")

    @property
    def label(self) -> str:
        """The segments of the key, with spaces between."""
        return " ".join(self.asset_key.parts)


def _fill(report: Record, asset_key: Any, description: Any, metadata: Any, partition: Any, tags: Any) -> None:
    """Check and set what a materialization and an observation have in common."""
    what = type(report).__name__
    check_kind(description, (str, _NONE), f"{what}: description")
    check_kind(partition, (str, _NONE), f"{what}: partition")
    object.__setattr__(report, "asset_key", to_asset_key(asset_key, what))
    object.__setattr__(report, "description", description)
    object.__setattr__(report, "metadata", normalize_metadata(metadata))
    object.__setattr__(report, "partition", partition)
    object.__setattr__(report, "tags", check_strict_tags(tags, what))


class ExpectationResult(Record):
    """Whether an expectation held. A failed one fails nothing (deprecated in Dagster 1.13)."""

    success: bool
    label: str
    description: str | None
    metadata: Mapping[str, MetadataValue]

    def __init__(
        self,
        success: bool,
        label: str | None = None,
        description: str | None = None,
        metadata: Mapping[str, Any] | None = None,
    ) -> None:
        check_kind(success, bool, "ExpectationResult: success")
        check_kind(label, (str, _NONE), "ExpectationResult: label")
        check_kind(description, (str, _NONE), "ExpectationResult: description")
        object.__setattr__(self, "success", success)
        object.__setattr__(self, "label", "result" if label is None else label)
        object.__setattr__(self, "description", description)
        object.__setattr__(self, "metadata", normalize_metadata(metadata))

    def __hash__(self) -> int:
        return hash((ExpectationResult, self.success, self.label, self.description))


class TypeCheck(Record):
    """What the check function of a type says about a value: passed or not, why, and metadata."""

    success: bool
    description: str | None
    metadata: Mapping[str, MetadataValue]

    def __init__(
        self, success: bool, description: str | None = None, metadata: Mapping[str, Any] | None = None
    ) -> None:
        check_kind(success, bool, "TypeCheck: success")
        check_kind(description, (str, _NONE), "TypeCheck: description")
        object.__setattr__(self, "success", success)
        object.__setattr__(self, "description", description)
        object.__setattr__(self, "metadata", normalize_metadata(metadata))

    def __hash__(self) -> int:
        return hash((TypeCheck, self.success, self.description))
