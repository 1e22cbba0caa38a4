"""A table as metadata: rows, the columns that they have, and the columns that those come from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, TypeVar

from dagjob.errors import CheckError
from dagjob.record import Record
from dagjob.values.asset_key import AssetKey
from dagjob.values.checks import check_kind, check_member
from dagjob.values.names import check_strict_tags

V = TypeVar("V")

Cell = str | int | float | bool | None


class TableRecord(Record):
    """One row: column name to text, number, bool or None."""

    data: Mapping[str, Cell]

    def __init__(self, data: Mapping[str, Cell]) -> None:
        check_kind(data, (dict, Mapping), "TableRecord: data")
        for column, value in data.items():
            check_member(column, str, "a column of a TableRecord")
            check_member(value, (str, int, float, bool, type(None)), f"TableRecord: the value of {column!r}")
        object.__setattr__(self, "data", dict(data))

    def __hash__(self) -> int:
        return hash((TableRecord, tuple(self.data.items())))


class TableConstraints(Record):
    """What holds for a table as a whole, in words."""

    other: Sequence[str]

    def __init__(self, other: Sequence[str]) -> None:
        object.__setattr__(self, "other", _texts(other, "TableConstraints: other"))

    def __hash__(self) -> int:
        return hash((TableConstraints, *self.other))


class TableColumnConstraints(Record):
    """What holds for a column: may it be null, are its values unique, and more in words."""

    nullable: bool
    unique: bool
    other: Sequence[str]

    def __init__(self, nullable: bool = True, unique: bool = False, other: Sequence[str] | None = None) -> None:
        check_kind(nullable, bool, "TableColumnConstraints: nullable")
        check_kind(unique, bool, "TableColumnConstraints: unique")
        object.__setattr__(self, "nullable", nullable)
        object.__setattr__(self, "unique", unique)
        object.__setattr__(self, "other", _texts(other or [], "TableColumnConstraints: other"))

    def __hash__(self) -> int:
        return hash((TableColumnConstraints, self.nullable, self.unique, *self.other))


class TableColumn(Record):
    """One column of a `TableSchema`; `type` is free text."""

    name: str
    type: str
    description: str | None
    constraints: TableColumnConstraints
    tags: Mapping[str, str]

    def __init__(
        self,
        name: str,
        type: str = "string",
        description: str | None = None,
        constraints: TableColumnConstraints | None = None,
        tags: Mapping[str, str] | None = None,
    ) -> None:
        check_kind(name, str, "TableColumn: name")
        check_kind(type, str, "TableColumn: type")
        check_kind(description, (str, NONE), "TableColumn: description")
        check_kind(constraints, (TableColumnConstraints, NONE), "TableColumn: constraints")
        object.__setattr__(self, "name", name)
        object.__setattr__(self, "type", type)
        object.__setattr__(self, "description", description)
        object.__setattr__(self, "constraints", constraints or TableColumnConstraints())
        object.__setattr__(self, "tags", check_strict_tags(tags, f'column "{name}"'))

    def __hash__(self) -> int:
        return hash((TableColumn, self.name, self.type))


class TableSchema(Record):
    """The columns of a table, and what holds for it."""

    columns: Sequence[TableColumn]
    constraints: TableConstraints

    def __init__(self, columns: Sequence[TableColumn], constraints: TableConstraints | None = None) -> None:
        check_kind(columns, (list, tuple), "TableSchema: columns")
        for column in columns:
            check_member(column, TableColumn, "a column of a TableSchema")
        check_kind(constraints, (TableConstraints, NONE), "TableSchema: constraints")
        object.__setattr__(self, "columns", as_given(columns))
        object.__setattr__(self, "constraints", constraints or TableConstraints([]))

    def __hash__(self) -> int:
        return hash((TableSchema, *self.columns))

    @staticmethod
    def from_name_type_dict(name_type_dict: Mapping[str, str]) -> TableSchema:
        """The schema with these columns: name to type."""
        return TableSchema([TableColumn(name, kind) for name, kind in name_type_dict.items()])


class TableColumnDep(Record):
    """A column of an asset, as the source of another."""

    asset_key: AssetKey
    column_name: str

    def __init__(self, asset_key: AssetKey | str | Sequence[str], column_name: str) -> None:
        check_kind(column_name, str, "TableColumnDep: column_name")
        object.__setattr__(self, "asset_key", asset_key if isinstance(asset_key, AssetKey) else AssetKey(asset_key))
        object.__setattr__(self, "column_name", column_name)


class TableColumnLineage(Record):
    """For each column of a table: the columns that it was made from."""

    deps_by_column: Mapping[str, Sequence[TableColumnDep]]

    def __init__(self, deps_by_column: Mapping[str, Sequence[TableColumnDep]]) -> None:
        check_kind(deps_by_column, (dict, Mapping), "TableColumnLineage: deps_by_column")
        for column, deps in deps_by_column.items():
            check_member(column, str, "a column of a TableColumnLineage")
            for dep in deps:
                check_member(dep, TableColumnDep, f"TableColumnLineage: a source of {column!r}")
        object.__setattr__(self, "deps_by_column", {column: as_given(deps) for column, deps in deps_by_column.items()})

    def __hash__(self) -> int:
        return hash((TableColumnLineage, *self.deps_by_column))


def check_records(records: Sequence[Any]) -> Sequence[TableRecord]:
    """A copy of the records of a table. Raises `CheckError` unless all have the same columns."""
    check_kind(records, (list, tuple), "the records of a table")
    for record in records:
        check_member(record, TableRecord, "a record of a table")
    for number, record in enumerate(records):
        if set(record.data) != set(records[0].data):
            raise CheckError(
                f"all records of a table have the same columns: record {number} has {sorted(record.data)}, "
                f"the first has {sorted(records[0].data)}."
            )
    return as_given(records)


def inferred_schema(records: Sequence[TableRecord]) -> TableSchema:
    """The columns of the first record. Raises `CheckError` when there is none."""
    if not records:
        raise CheckError("a table without records needs a schema: pass schema=TableSchema([...]).")
    return TableSchema([TableColumn(name, type_of_cell(value)) for name, value in records[0].data.items()])


NONE = type(None)


def type_of_cell(value: object) -> str:
    """The type of a column that holds this value, as free text."""
    for kind in (bool, int, float):
        if isinstance(value, kind):
            return kind.__name__
    return "string"


def as_given(values: Sequence[V]) -> Sequence[V]:
    """A copy: a tuple of a tuple, else a list, since modules compare it with what they gave and add to it."""
    return tuple(values) if isinstance(values, tuple) else list(values)


def _texts(values: Sequence[str], what: str) -> Sequence[str]:
    check_kind(values, (list, tuple), what)
    for value in values:
        check_member(value, str, what)
    return as_given(values)
