"""Asset keys, materializations, observations, expectations and type checks (contract def-7)."""

from __future__ import annotations

import pickle
from collections.abc import Callable

import pytest

from dagjob.errors import CheckError, DagjobInvalidDefinitionError
from dagjob.values.observations import (
    AssetKey,
    AssetMaterialization,
    AssetObservation,
    DataVersion,
    ExpectationResult,
    TypeCheck,
)


def test_the_text_of_an_asset_key_is_one_segment_a_list_is_several() -> None:
    assert AssetKey("a/b").path == ["a/b"]
    assert AssetKey(["a", "b"]).path == ["a", "b"]
    assert AssetKey(["a", "b"]).to_user_string() == "a/b"
    assert AssetKey.from_user_string("a/b") == AssetKey(["a", "b"])


def test_the_text_given_to_a_materialization_is_split() -> None:
    assert AssetMaterialization("a/b.c").asset_key.path == ["a", "b", "c"]
    assert AssetObservation(["a/b"]).asset_key.path == ["a/b"]
    assert AssetObservation(AssetKey("a/b")).asset_key.path == ["a/b"]


def test_a_materialized_file_is_named_and_described_by_its_path() -> None:
    file = AssetMaterialization.file("out/data.csv")
    assert file.asset_key.path == ["out", "data", "csv"]
    assert file.metadata["path"].value == "out/data.csv"
    assert AssetMaterialization.file("x", asset_key="table").asset_key.path == ["table"]


def test_metadata_is_wrapped() -> None:
    assert AssetMaterialization("k", metadata={"n": 1}).metadata["n"].value == 1
    assert ExpectationResult(True, metadata={"n": 1}).metadata["n"].value == 1
    assert TypeCheck(False, metadata={"n": 1}).metadata["n"].value == 1


def test_an_expectation_is_called_result_unless_it_says_otherwise() -> None:
    assert ExpectationResult(True).label == "result"
    assert ExpectationResult(True, None).label == "result"
    assert ExpectationResult(False, "rows").label == "rows"


@pytest.mark.parametrize(
    "value",
    [
        AssetKey(["a", "b"]),
        AssetMaterialization("a", "text", {"n": [1]}, "2024", {"k": "v"}),
        AssetObservation("a", metadata={"n": {"x": 1}}),
        ExpectationResult(False, "l", "d", {"n": 1}),
        TypeCheck(False, "d", {"n": 1}),
        DataVersion("7"),
    ],
)
def test_values_are_equal_by_value_frozen_hashable_and_survive_pickling(value: object) -> None:
    again = pickle.loads(pickle.dumps(value))
    assert again == value
    assert hash(again) == hash(value)
    with pytest.raises(AttributeError):
        value.description = "other"  # type: ignore[attr-defined]


def test_a_materialization_is_no_observation() -> None:
    assert AssetMaterialization("a") != AssetObservation("a")


@pytest.mark.parametrize(
    ("make", "error"),
    [
        (lambda: AssetMaterialization("k", tags={"a b": "x"}), DagjobInvalidDefinitionError),
        (lambda: AssetMaterialization(5), CheckError),
        (lambda: AssetMaterialization("k", partition=5), CheckError),
        (lambda: AssetObservation("k", description=5), CheckError),
        (lambda: ExpectationResult(1), CheckError),
        (lambda: ExpectationResult("yes"), CheckError),
        (lambda: TypeCheck(1), CheckError),
        (lambda: TypeCheck(None), CheckError),
        (lambda: DataVersion(7), CheckError),
    ],
)
def test_arguments_of_the_wrong_kind_are_refused(make: Callable[[], object], error: type[Exception]) -> None:
    with pytest.raises(error):
        make()
