"""What an op hands back when a bare value does not say enough: which output, which mapping key, with what metadata.

One of these is made for every output of every op, so making one checks only what costs nothing; metadata is looked at
only when there is some.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from dagjob.values.checks import check_kind
from dagjob.values.names import check_name, check_strict_tags

if TYPE_CHECKING:
    from dagjob.values.metadata import MetadataValue
    from dagjob.values.observations import DataVersion

T = TypeVar("T")

Nothing = type(None)
"""The type of an input or output that carries no value, only an order."""

DEFAULT_OUTPUT = "result"


class Output(Generic[T]):
    """A value for the output `output_name`, with metadata that is shown and kept with the run.

    Raises `ParameterCheckError` for a name that is no string, `DagjobInvalidMetadata` for metadata of an unknown kind.
    """

    __slots__ = ("data_version", "metadata", "output_name", "tags", "value")

    def __init__(
        self,
        value: T,
        output_name: str | None = DEFAULT_OUTPUT,
        metadata: Mapping[str, Any] | None = None,
        data_version: DataVersion | None = None,
        *,
        tags: Mapping[str, str] | None = None,
    ) -> None:
        self.value = value
        self.output_name: str = DEFAULT_OUTPUT if output_name is None else output_name
        if type(self.output_name) is not str:
            check_kind(output_name, str, "Output: output_name")
        self.metadata: Mapping[str, MetadataValue] = _normalized(metadata) if metadata else {}
        self.data_version = data_version
        if data_version is not None:
            _check_data_version(data_version)
        self.tags: Mapping[str, str] = check_strict_tags(tags, f'output "{output_name}"') if tags else {}

    def with_metadata(self, metadata: Mapping[str, Any] | None) -> Output[T]:
        """The same output with this metadata in the place of its own."""
        return Output(self.value, self.output_name, metadata, self.data_version, tags=self.tags)

    def __eq__(self, other: object) -> bool:
        return type(other) is type(self) and self._fields() == other._fields()

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        metadata = f", metadata={dict(self.metadata)!r}" if self.metadata else ""
        return f"Output({self.value!r}, {self.output_name!r}{metadata})"

    def _fields(self) -> tuple[object, ...]:
        return self.value, self.output_name, self.metadata, self.data_version, self.tags

    def __reduce__(self) -> tuple[Any, ...]:
        return _output, (self.value, self.output_name, self.metadata, self.data_version, self.tags)


def _output(value: Any, name: str, metadata: Any, data_version: Any, tags: Any) -> Output[Any]:
    return Output(value, name, metadata, data_version, tags=tags)


class DynamicOutput(Generic[T]):
    """One element of a dynamic output: what is mapped over it becomes one step for each `mapping_key`.

    A mapping key follows the rules of names (`values/names.py`) and is used once per output.
    """

    __slots__ = ("mapping_key", "metadata", "output_name", "tags", "value")

    def __init__(
        self,
        value: T,
        mapping_key: str,
        output_name: str | None = DEFAULT_OUTPUT,
        metadata: Mapping[str, Any] | None = None,
        tags: Mapping[str, str] | None = None,
    ) -> None:
        self.value = value
        self.mapping_key = check_name(mapping_key, "mapping key of a DynamicOutput")
        self.output_name: str = DEFAULT_OUTPUT if output_name is None else output_name
        if type(self.output_name) is not str:
            check_kind(output_name, str, "DynamicOutput: output_name")
        self.metadata: Mapping[str, MetadataValue] = _normalized(metadata) if metadata else {}
        self.tags: Mapping[str, str] = check_strict_tags(tags, f'output "{output_name}"') if tags else {}

    def __eq__(self, other: object) -> bool:
        return type(other) is type(self) and self._fields() == other._fields()

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        metadata = f", metadata={dict(self.metadata)!r}" if self.metadata else ""
        return f"DynamicOutput({self.value!r}, {self.mapping_key!r}, {self.output_name!r}{metadata})"

    def _fields(self) -> tuple[object, ...]:
        return self.value, self.mapping_key, self.output_name, self.metadata, self.tags

    def __reduce__(self) -> tuple[Any, ...]:
        return DynamicOutput, self._fields()


def _normalized(metadata: Mapping[str, Any]) -> dict[str, MetadataValue]:
    from dagjob.values.metadata import normalize_metadata

    return normalize_metadata(metadata)


def _check_data_version(data_version: object) -> None:
    from dagjob.values.observations import DataVersion

    check_kind(data_version, DataVersion, "Output: data_version")
