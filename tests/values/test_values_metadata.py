"""Metadata: which raw values become which kind, what each kind refuses, tables (contract def-7)."""

from __future__ import annotations

import datetime
import math
import pickle
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from dagjob.errors import CheckError, DagjobInvalidMetadata, ParameterCheckError
from dagjob.values.asset_key import AssetKey
from dagjob.values.metadata import (
    BoolMetadataValue,
    MetadataValue,
    PathMetadataValue,
    TextMetadataValue,
    normalize_metadata,
    normalize_metadata_value,
)
from dagjob.values.tables import (
    TableColumn,
    TableColumnConstraints,
    TableColumnDep,
    TableColumnLineage,
    TableConstraints,
    TableRecord,
    TableSchema,
)

SCHEMA = TableSchema.from_name_type_dict({"c": "int"})
LINEAGE = TableColumnLineage({"c": [TableColumnDep(AssetKey("t"), "d")]})


@pytest.mark.parametrize(
    ("raw", "kind", "value"),
    [
        ("t", "Text", "t"),
        (True, "Bool", True),
        (1, "Int", 1),
        (1.5, "Float", 1.5),
        (None, "Null", None),
        ([1], "Json", [1]),
        ({1: (2, 3)}, "Json", {"1": [2, 3]}),
        (Path("/x"), "Path", "/x"),
        (AssetKey("k"), "DagjobAsset", AssetKey("k")),
        (SCHEMA, "TableSchema", SCHEMA),
        (LINEAGE, "TableColumnLineage", LINEAGE),
    ],
)
def test_raw_values_are_wrapped_in_their_kind(raw: Any, kind: str, value: object) -> None:
    wrapped = normalize_metadata({"k": raw})["k"]
    assert type(wrapped).__name__ == kind + "MetadataValue"
    assert wrapped.value == value
    assert type(wrapped.value) is type(value)


def test_nan_is_a_float_like_any_other() -> None:
    assert math.isnan(normalize_metadata_value(float("nan")).value)


def test_an_instance_of_a_subclass_is_wrapped_as_its_parent() -> None:
    class Name(str):
        pass

    assert normalize_metadata_value(Name("x")) == TextMetadataValue(Name("x"))


def test_what_is_wrapped_stays() -> None:
    given = MetadataValue.url("http://x")
    assert normalize_metadata({"u": given})["u"] is given


@pytest.mark.parametrize("raw", [(1,), {1}, datetime.datetime(2024, 1, 1), b"x", object()])
def test_values_of_other_kinds_are_refused_with_key_and_kind(raw: object) -> None:
    with pytest.raises(DagjobInvalidMetadata, match=f'"the_key".*{type(raw).__name__}'):
        normalize_metadata({"the_key": raw})


def test_a_list_that_json_cannot_hold_is_refused_with_its_key() -> None:
    with pytest.raises(DagjobInvalidMetadata, match=r'"the_key".*object'):
        normalize_metadata({"the_key": [object()]})


def test_keys_are_text() -> None:
    with pytest.raises(CheckError):
        normalize_metadata({1: "x"})  # type: ignore[dict-item]


@pytest.mark.parametrize(
    ("made", "kind", "value"),
    [
        (MetadataValue.text("a"), "TextMetadataValue", "a"),
        (MetadataValue.url("a"), "UrlMetadataValue", "a"),
        (MetadataValue.path(Path("a")), "PathMetadataValue", "a"),
        (MetadataValue.notebook("a"), "NotebookMetadataValue", "a"),
        (MetadataValue.json([1]), "JsonMetadataValue", [1]),
        (MetadataValue.md("a"), "MarkdownMetadataValue", "a"),
        (MetadataValue.float(1.0), "FloatMetadataValue", 1.0),
        (MetadataValue.int(1), "IntMetadataValue", 1),
        (MetadataValue.int(True), "IntMetadataValue", True),
        (MetadataValue.bool(True), "BoolMetadataValue", True),
        (MetadataValue.timestamp(1.5), "TimestampMetadataValue", 1.5),
        (MetadataValue.dagster_run("id"), "DagjobRunMetadataValue", "id"),
        (MetadataValue.asset(AssetKey("a")), "DagjobAssetMetadataValue", AssetKey("a")),
        (MetadataValue.table_schema(SCHEMA), "TableSchemaMetadataValue", SCHEMA),
        (MetadataValue.column_lineage(LINEAGE), "TableColumnLineageMetadataValue", LINEAGE),
        (MetadataValue.pool("p"), "PoolMetadataValue", "p"),
        (MetadataValue.null(), "NullMetadataValue", None),
    ],
)
def test_every_kind_has_a_constructor_and_a_value(made: MetadataValue, kind: str, value: object) -> None:
    assert type(made).__name__ == kind
    assert made.value == value
    assert pickle.loads(pickle.dumps(made)) == made
    assert isinstance(hash(made), int)


def test_kinds_of_several_fields_are_their_own_value() -> None:
    artifact = MetadataValue.python_artifact(Path)
    assert (artifact.value.module, artifact.value.name) == (Path.__module__, "Path")
    job = MetadataValue.job("j", "here", repository_name="r")
    assert (job.value.job_name, job.value.location_name, job.value.repository_name) == ("j", "here", "r")


def test_a_moment_is_kept_in_seconds() -> None:
    moment = datetime.datetime(2024, 1, 1, tzinfo=datetime.UTC)
    assert MetadataValue.timestamp(moment).value == 1704067200.0


@pytest.mark.parametrize(
    "make",
    [
        lambda: MetadataValue.text(1),
        lambda: MetadataValue.url(1),
        lambda: MetadataValue.path(1),
        lambda: MetadataValue.json("x"),
        lambda: MetadataValue.md(1),
        lambda: MetadataValue.float(1),
        lambda: MetadataValue.int(1.0),
        lambda: MetadataValue.bool(1),
        lambda: MetadataValue.timestamp(1),
        lambda: MetadataValue.timestamp(datetime.datetime(2024, 1, 1)),
        lambda: MetadataValue.asset("a"),
        lambda: MetadataValue.python_artifact("a"),
        lambda: MetadataValue.table([]),
        lambda: MetadataValue.table([{"a": 1}]),
        lambda: MetadataValue.table([TableRecord({"a": 1}), TableRecord({"b": 1})]),
        lambda: MetadataValue.table_schema("a"),
        lambda: TableRecord({"a": [1]}),
        lambda: TableRecord({1: 1}),
        lambda: TableColumn(1),
        lambda: TableSchema(["a"]),
        lambda: TableConstraints(["a", 1]),
        lambda: TableColumnConstraints(nullable=1),
        lambda: TableColumnLineage({"a": ["b"]}),
        lambda: AssetKey(5),
    ],
)
def test_arguments_of_the_wrong_kind_are_refused(make: Callable[[], object]) -> None:
    with pytest.raises(CheckError):
        make()


def test_the_kind_of_an_argument_is_told() -> None:
    with pytest.raises(ParameterCheckError, match=r"must be float, not 1 \(int\)"):
        MetadataValue.float(1)


def test_the_schema_of_a_table_is_that_of_its_first_record() -> None:
    table = MetadataValue.table([TableRecord({"a": 1, "b": "x", "c": 1.5, "d": True, "e": None})])
    columns = [(column.name, column.type) for column in table.schema.columns]
    assert columns == [("a", "int"), ("b", "string"), ("c", "float"), ("d", "bool"), ("e", "string")]


def test_a_table_without_records_has_the_schema_that_it_is_given() -> None:
    assert MetadataValue.table([], SCHEMA).schema == SCHEMA


def test_a_column_has_defaults() -> None:
    column = TableColumn("c")
    assert (column.type, column.description, column.tags) == ("string", None, {})
    assert (column.constraints.nullable, column.constraints.unique) == (True, False)


def test_kinds_are_told_apart_though_their_fields_are_equal() -> None:
    assert MetadataValue.text("a") != MetadataValue.url("a")
    assert PathMetadataValue("a") == MetadataValue.path("a")
    assert BoolMetadataValue(True).value is True
