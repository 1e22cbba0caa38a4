"""Outputs, failures and retry requests: what they hold, refuse, and how they travel between processes."""

from __future__ import annotations

import pickle
from collections.abc import Callable
from typing import Any

import pytest

from dagjob.errors import (
    CheckError,
    DagjobInvalidDefinitionError,
    DagjobInvalidMetadata,
    ParameterCheckError,
)
from dagjob.values.failures import Failure, RetryRequested
from dagjob.values.metadata import IntMetadataValue
from dagjob.values.observations import AssetMaterialization, AssetObservation, DataVersion
from dagjob.values.results import DynamicOutput, Nothing, Output


def test_an_output_is_called_result_unless_it_says_otherwise() -> None:
    assert Output(1).output_name == "result"
    assert Output(1, None).output_name == "result"
    assert Output(1, "rows").output_name == "rows"


def test_metadata_of_an_output_is_wrapped() -> None:
    assert Output(1, metadata={"rows": 3}).metadata == {"rows": IntMetadataValue(3)}


def test_outputs_are_equal_by_value() -> None:
    assert Output([1], metadata={"a": 1}) == Output([1], metadata={"a": 1})
    assert Output([1]) != Output([2])
    assert Output(1) != DynamicOutput(1, "k")
    assert DynamicOutput(1, "k") != DynamicOutput(1, "l")


@pytest.mark.parametrize(
    "value",
    [
        Output([1], "rows", {"a": "b"}, DataVersion("7"), tags={"k": "v"}),
        DynamicOutput({"a": 1}, "key", "rows", {"n": 1}, {"k": "v"}),
    ],
)
def test_an_output_survives_pickling(value: object) -> None:
    assert pickle.loads(pickle.dumps(value)) == value


def test_an_output_can_be_an_annotation() -> None:
    assert Output[int].__args__ == (int,)  # type: ignore[attr-defined]
    assert Output[int](3).value == 3


def test_nothing_is_the_type_of_none() -> None:
    assert Nothing is type(None)


@pytest.mark.parametrize(
    ("make", "error"),
    [
        (lambda: Output(1, 5), ParameterCheckError),
        (lambda: Output(1, data_version="7"), ParameterCheckError),
        (lambda: Output(1, metadata={"k": (1,)}), DagjobInvalidMetadata),
        (lambda: Output(1, metadata={1: "x"}), CheckError),
        (lambda: Output(1, tags={"a": "has space"}), DagjobInvalidDefinitionError),
        (lambda: DynamicOutput(1, "has space"), DagjobInvalidDefinitionError),
        (lambda: DynamicOutput(1, "class"), DagjobInvalidDefinitionError),
        (lambda: DynamicOutput(1, 5), ParameterCheckError),
        (lambda: DynamicOutput(1, "k", 5), ParameterCheckError),
        (lambda: Failure(5), ParameterCheckError),
        (lambda: Failure("x", allow_retries="no"), ParameterCheckError),
        (lambda: RetryRequested(max_retries="2"), ParameterCheckError),
        (lambda: RetryRequested(seconds_to_wait="2"), ParameterCheckError),
    ],
)
def test_what_does_not_fit_is_refused_at_once(make: Callable[[], object], error: type[Exception]) -> None:
    with pytest.raises(error):
        make()


def test_a_failure_carries_description_metadata_and_whether_to_try_again() -> None:
    failure = Failure("no rows", metadata={"n": 3}, allow_retries=False)
    assert str(failure) == failure.description == "no rows"
    assert failure.metadata == {"n": IntMetadataValue(3)}
    assert failure.allow_retries is False
    assert Failure().allow_retries is True
    assert Failure().description is None


def test_failures_survive_pickling() -> None:
    failure = pickle.loads(pickle.dumps(Failure("x", {"n": 1}, False)))
    assert (failure.description, failure.metadata["n"].value, failure.allow_retries) == ("x", 1, False)
    asked = pickle.loads(pickle.dumps(RetryRequested(3, 1.5)))
    assert (asked.max_retries, asked.seconds_to_wait) == (3, 1.5)


def test_a_retry_request_asks_for_one_retry_at_once_by_default() -> None:
    assert (RetryRequested().max_retries, RetryRequested().seconds_to_wait) == (1, None)
    assert "3" in str(RetryRequested(3))


def test_failures_are_no_errors_of_ours() -> None:
    assert not isinstance(Failure(), CheckError.__mro__[1])
    assert not isinstance(RetryRequested(), CheckError.__mro__[1])


@pytest.mark.parametrize(
    "thing",
    [
        Output(5, "foo", {"old": 1}, tags={"a": "b"}),
        AssetMaterialization("key", "text", {"old": 1}, "p", {"a": "b"}),
        AssetObservation("key", "text", {"old": 1}, "p", {"a": "b"}),
    ],
    ids=lambda thing: type(thing).__name__,
)
def test_a_copy_has_other_metadata_and_the_rest_of_the_original(thing: Any) -> None:
    changed = thing.with_metadata({**thing.metadata, "new": 2})
    assert {key: value.value for key, value in changed.metadata.items()} == {"old": 1, "new": 2}
    assert changed.with_metadata({"old": 1}) == thing
