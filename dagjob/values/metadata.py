"""What a user may attach to outputs, failures, jobs and reported things: small values that can be shown and kept.

Raw values are wrapped by `normalize_metadata`, by one table. Each kind checks what it is given, so that what arrives at
a display or in the store is known to be of its kind; nothing here knows how it is drawn.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from dagjob.errors import CheckError, DagjobInvalidMetadata, ParameterCheckError
from dagjob.record import Record
from dagjob.values.asset_key import AssetKey
from dagjob.values.checks import check_kind, check_member
from dagjob.values.tables import (
    TableColumnLineage,
    TableRecord,
    TableSchema,
    check_records,
    inferred_schema,
    type_of_cell,
)

if TYPE_CHECKING:
    from datetime import datetime

_NONE = type(None)
_Float = float  # `float` is a method below


class MetadataValue(Record):
    """One piece of metadata. `value` is what it stands for; the static methods make each kind."""

    @property
    def value(self) -> Any:
        """The plain value: the first field, or the whole where one field does not say it."""
        fields: tuple[str, ...] = self.__match_args__
        return getattr(self, fields[0])

    @staticmethod
    def text(text: str) -> TextMetadataValue:
        """Plain text."""
        return TextMetadataValue(text)

    @staticmethod
    def url(url: str) -> UrlMetadataValue:
        """A link. It is not validated."""
        return UrlMetadataValue(url)

    @staticmethod
    def path(path: str | os.PathLike[str]) -> PathMetadataValue:
        """A file or folder."""
        return PathMetadataValue(path)

    @staticmethod
    def notebook(path: str | os.PathLike[str]) -> NotebookMetadataValue:
        """A notebook file."""
        return NotebookMetadataValue(path)

    @staticmethod
    def json(data: Sequence[Any] | Mapping[str, Any] | None) -> JsonMetadataValue:
        """A list or dict that JSON can hold."""
        return JsonMetadataValue(data)

    @staticmethod
    def md(data: str) -> MarkdownMetadataValue:
        """Text in Markdown."""
        return MarkdownMetadataValue(data)

    @staticmethod
    def python_artifact(python_artifact: Callable[..., Any]) -> PythonArtifactMetadataValue:
        """A class or function, kept by its module and name."""
        _check_callable(python_artifact)
        return PythonArtifactMetadataValue(python_artifact.__module__, python_artifact.__name__)

    @staticmethod
    def float(value: float) -> FloatMetadataValue:
        """A float; an int is refused."""
        return FloatMetadataValue(value)

    @staticmethod
    def int(value: int) -> IntMetadataValue:
        """An integer."""
        return IntMetadataValue(value)

    @staticmethod
    def bool(value: bool) -> BoolMetadataValue:
        """True or False."""
        return BoolMetadataValue(value)

    @staticmethod
    def timestamp(value: _Float | datetime) -> TimestampMetadataValue:
        """A moment: seconds since the epoch as a float, or a datetime with a time zone."""
        return TimestampMetadataValue(_seconds(value))

    @staticmethod
    def dagster_run(run_id: str) -> DagjobRunMetadataValue:
        """A run by its id."""
        return DagjobRunMetadataValue(run_id)

    @staticmethod
    def job(job_name: str, location_name: str, *, repository_name: str | None = None) -> DagjobJobMetadataValue:
        """A job by its name and the place it is loaded from."""
        return DagjobJobMetadataValue(job_name, location_name, repository_name)

    @staticmethod
    def asset(asset_key: AssetKey) -> DagjobAssetMetadataValue:
        """An asset by its key."""
        return DagjobAssetMetadataValue(asset_key)

    @staticmethod
    def table(records: Sequence[TableRecord], schema: TableSchema | None = None) -> TableMetadataValue:
        """Rows with the same columns. Without records the schema is needed, else it is inferred from the first."""
        return TableMetadataValue(records, schema)

    @staticmethod
    def table_schema(schema: TableSchema) -> TableSchemaMetadataValue:
        """The columns of a table."""
        return TableSchemaMetadataValue(schema)

    @staticmethod
    def column_lineage(lineage: TableColumnLineage) -> TableColumnLineageMetadataValue:
        """Which columns the columns of a table were made from."""
        return TableColumnLineageMetadataValue(lineage)

    @staticmethod
    def pool(pool: str) -> PoolMetadataValue:
        """A concurrency pool by its name."""
        return PoolMetadataValue(pool)

    @staticmethod
    def null() -> NullMetadataValue:
        """None."""
        return NullMetadataValue()


class TextMetadataValue(MetadataValue):
    """Plain text."""

    text: str  # type: ignore[assignment]

    def __post_init__(self) -> None:
        check_kind(self.text, str, "TextMetadataValue: text")


class UrlMetadataValue(MetadataValue):
    """A link."""

    url: str  # type: ignore[assignment]

    def __post_init__(self) -> None:
        check_kind(self.url, str, "UrlMetadataValue: url")


class PathMetadataValue(MetadataValue):
    """A file or folder, kept as text."""

    path: str  # type: ignore[assignment]

    def __init__(self, path: str | os.PathLike[str]) -> None:
        object.__setattr__(self, "path", _path(path, "PathMetadataValue: path"))

    @property
    def fspath(self) -> str:
        """The path."""
        return str(self.path)


class NotebookMetadataValue(MetadataValue):
    """A notebook file, kept as text."""

    path: str  # type: ignore[assignment]

    def __init__(self, path: str | os.PathLike[str]) -> None:
        object.__setattr__(self, "path", _path(path, "NotebookMetadataValue: path"))

    @property
    def fspath(self) -> str:
        """The path."""
        return str(self.path)


class JsonMetadataValue(MetadataValue):
    """A list or dict as JSON holds it: tuples inside are lists, keys are text."""

    data: Any

    def __init__(self, data: Sequence[Any] | Mapping[str, Any] | None) -> None:
        check_kind(data, (list, dict, _NONE), "JsonMetadataValue: data")
        object.__setattr__(self, "data", _through_json(data))

    def __hash__(self) -> int:
        return hash((JsonMetadataValue, repr(self.data)))


class MarkdownMetadataValue(MetadataValue):
    """Text in Markdown."""

    md_str: str

    def __post_init__(self) -> None:
        check_kind(self.md_str, str, "MarkdownMetadataValue: md_str")


class PythonArtifactMetadataValue(MetadataValue):
    """A class or function, by module and name."""

    module: str
    name: str

    def __post_init__(self) -> None:
        check_kind(self.module, str, "PythonArtifactMetadataValue: module")
        check_kind(self.name, str, "PythonArtifactMetadataValue: name")

    @property
    def value(self) -> PythonArtifactMetadataValue:
        return self


class FloatMetadataValue(MetadataValue):
    """A float."""

    value: float

    def __post_init__(self) -> None:
        check_kind(self.value, float, "FloatMetadataValue: value")


class IntMetadataValue(MetadataValue):
    """An integer."""

    value: int

    def __post_init__(self) -> None:
        if type(self.value) is not bool:  # Dagster lets one pass
            check_kind(self.value, int, "IntMetadataValue: value")


class BoolMetadataValue(MetadataValue):
    """True or False."""

    value: bool

    def __post_init__(self) -> None:
        check_kind(self.value, bool, "BoolMetadataValue: value")


class TimestampMetadataValue(MetadataValue):
    """A moment, in seconds since the epoch."""

    value: float

    def __post_init__(self) -> None:
        check_kind(self.value, float, "TimestampMetadataValue: value")


class DagjobRunMetadataValue(MetadataValue):
    """A run by its id."""

    run_id: str

    def __post_init__(self) -> None:
        check_kind(self.run_id, str, "DagjobRunMetadataValue: run_id")


class DagjobJobMetadataValue(MetadataValue):
    """A job by its name and where it is loaded from."""

    job_name: str
    location_name: str
    repository_name: str | None = None

    def __post_init__(self) -> None:
        check_kind(self.job_name, str, "DagjobJobMetadataValue: job_name")
        check_kind(self.location_name, str, "DagjobJobMetadataValue: location_name")
        check_kind(self.repository_name, (str, _NONE), "DagjobJobMetadataValue: repository_name")

    @property
    def value(self) -> DagjobJobMetadataValue:
        return self


class DagjobAssetMetadataValue(MetadataValue):
    """An asset by its key."""

    asset_key: AssetKey

    def __post_init__(self) -> None:
        check_kind(self.asset_key, AssetKey, "DagjobAssetMetadataValue: asset_key")


class TableMetadataValue(MetadataValue):
    """Rows and their columns."""

    records: Sequence[TableRecord]
    schema: TableSchema

    def __init__(self, records: Sequence[TableRecord], schema: TableSchema | None = None) -> None:
        check_kind(schema, (TableSchema, _NONE), "TableMetadataValue: schema")
        kept = check_records(records)
        object.__setattr__(self, "records", kept)
        object.__setattr__(self, "schema", schema or inferred_schema(kept))

    @staticmethod
    def infer_column_type(value: object) -> str:
        """The type that a column with this value gets where there is no schema."""
        return type_of_cell(value)

    @property
    def value(self) -> TableMetadataValue:
        return self

    def __hash__(self) -> int:
        return hash((TableMetadataValue, *self.records, self.schema))


class TableSchemaMetadataValue(MetadataValue):
    """The columns of a table."""

    schema: TableSchema

    def __post_init__(self) -> None:
        check_kind(self.schema, TableSchema, "TableSchemaMetadataValue: schema")


class TableColumnLineageMetadataValue(MetadataValue):
    """Which columns the columns of a table were made from."""

    column_lineage: TableColumnLineage  # type: ignore[assignment]

    def __post_init__(self) -> None:
        check_kind(self.column_lineage, TableColumnLineage, "TableColumnLineageMetadataValue: column_lineage")

    @property
    def lineage(self) -> TableColumnLineage:
        """The same as `value`."""
        return self.column_lineage


class PoolMetadataValue(MetadataValue):
    """A concurrency pool by its name."""

    pool: str  # type: ignore[assignment]

    def __post_init__(self) -> None:
        check_kind(self.pool, str, "PoolMetadataValue: pool")

    @property
    def name(self) -> str:
        """The same as `value`."""
        return self.pool


class NullMetadataValue(MetadataValue):
    """None."""

    @property
    def value(self) -> None:
        return None


# -- raw values ----------------------------------------------------------------------------------------------------

_WRAPPERS: dict[type, Callable[[Any], MetadataValue]] = {
    str: TextMetadataValue,
    bool: BoolMetadataValue,
    int: IntMetadataValue,
    float: FloatMetadataValue,
    list: JsonMetadataValue,
    dict: JsonMetadataValue,
    AssetKey: DagjobAssetMetadataValue,
    TableSchema: TableSchemaMetadataValue,
    TableColumnLineage: TableColumnLineageMetadataValue,
    os.PathLike: PathMetadataValue,
    _NONE: lambda _: NullMetadataValue(),
}


def normalize_metadata(metadata: Mapping[str, Any] | None) -> dict[str, MetadataValue]:
    """Metadata with each raw value wrapped in its kind; what is wrapped already stays.

    Raises `ParameterCheckError` for a key that is no text, `DagjobInvalidMetadata` for a value of an unknown kind.
    """
    if not metadata:
        return {}
    check_kind(metadata, (dict, Mapping), "metadata")
    return {key: _wrapped(key, value) for key, value in metadata.items()}


def those_that_show(metadata: Mapping[str, Any]) -> dict[str, MetadataValue]:
    """The same of metadata that may hold anything, for IO managers: without what has no kind."""
    shown: dict[str, MetadataValue] = {}
    for key, value in metadata.items():
        with suppress(DagjobInvalidMetadata):
            shown[key] = _wrapped(key, value)
    return shown


def normalize_metadata_value(value: Any) -> MetadataValue:
    """One raw value in its kind. Raises `DagjobInvalidMetadata` when there is none."""
    return _wrapped(None, value)


def _wrapped(key: str | None, value: Any) -> MetadataValue:
    if key is not None:
        check_member(key, str, "a metadata key")
    if isinstance(value, MetadataValue):
        return value
    wrap = _WRAPPERS.get(type(value)) or next((w for kind, w in _WRAPPERS.items() if isinstance(value, kind)), None)
    where = "" if key is None else f' "{key}"'
    if wrap is None:
        raise DagjobInvalidMetadata(
            f"metadata{where} is of a kind that cannot be kept ({type(value).__name__}). Text, numbers, bools, None, "
            "lists and dicts of those, paths and AssetKeys can; anything else goes in as text, or through one of "
            "MetadataValue's methods."
        )
    try:
        return wrap(value)
    except DagjobInvalidMetadata as error:
        raise DagjobInvalidMetadata(f"metadata{where}: {error}") from error.__cause__


def _through_json(data: Any) -> Any:
    import json

    try:
        return json.loads(json.dumps(data))
    except (TypeError, ValueError, RecursionError) as error:
        raise DagjobInvalidMetadata(f"a {type(data).__name__} that JSON cannot hold: {error}") from error


def _check_callable(value: object) -> None:
    if not callable(value):
        raise ParameterCheckError(f"MetadataValue.python_artifact: {value!r} is no class or function.")


def _path(path: str | os.PathLike[str], what: str) -> str:
    check_kind(path, (str, os.PathLike), what)
    return os.fspath(path)


def _seconds(value: float | datetime) -> float:
    from datetime import datetime

    if not isinstance(value, datetime):
        check_kind(value, (float, datetime), "MetadataValue.timestamp: value")
        return value
    if value.tzinfo is None:
        raise CheckError(
            f"MetadataValue.timestamp: {value!r} has no time zone, so it is no moment; give it one, for example "
            "value.replace(tzinfo=timezone.utc)."
        )
    return value.timestamp()
