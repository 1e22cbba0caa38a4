"""What a table as metadata holds comes back as the kind of sequence that was given, as modules compare and add to it."""

from __future__ import annotations

from dagjob import (
    AssetKey,
    MetadataValue,
    TableColumn,
    TableColumnConstraints,
    TableColumnDep,
    TableColumnLineage,
    TableConstraints,
    TableRecord,
    TableSchema,
)
from dagjob.values.metadata import TableMetadataValue


def test_lists_stay_lists() -> None:
    column, record = TableColumn("a"), TableRecord({"a": 1})
    assert TableSchema([column]).columns == [column]
    assert TableSchema([column]).constraints.other == []
    assert TableConstraints(["sorted"]).other == ["sorted"]
    assert TableColumnConstraints(other=["even"]).other == ["even"]
    assert TableColumnConstraints().other == []
    table = MetadataValue.table([record])
    assert isinstance(table, TableMetadataValue)
    assert table.records == [record]
    dep = TableColumnDep(AssetKey("x"), "b")
    assert TableColumnLineage({"a": [dep]}).deps_by_column == {"a": [dep]}


def test_tuples_stay_tuples() -> None:
    column = TableColumn("a")
    assert TableSchema((column,)).columns == (column,)
    assert TableConstraints(("sorted",)).other == ("sorted",)


def test_what_was_given_may_change_afterwards() -> None:
    columns = [TableColumn("a")]
    schema = TableSchema(columns)
    columns.append(TableColumn("b"))
    assert len(schema.columns) == 1


def test_tables_can_be_hashed() -> None:
    schema = TableSchema([TableColumn("a", constraints=TableColumnConstraints(other=["even"]))])
    lineage = TableColumnLineage({"a": [TableColumnDep(AssetKey("x"), "b")]})
    values = {
        schema,
        lineage,
        MetadataValue.table([TableRecord({"a": 1})]),
        MetadataValue.table_schema(schema),
        MetadataValue.column_lineage(lineage),
    }
    assert len(values) == 5
