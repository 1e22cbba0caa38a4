"""Where code stands, and the old pair of a label and a value (contract def-0, rare names)."""

from __future__ import annotations

import pickle
from collections.abc import Callable

import pytest

from dagjob.errors import CheckError
from dagjob.values.code_references import (
    CodeReferencesMetadataValue,
    LocalFileCodeReference,
    MetadataEntry,
    UrlCodeReference,
)
from dagjob.values.metadata import IntMetadataValue, MetadataValue


def test_references_are_a_kind_of_metadata() -> None:
    value = CodeReferencesMetadataValue([LocalFileCodeReference("/a.py", 3), UrlCodeReference("http://x", "here")])
    assert isinstance(value, MetadataValue)
    assert value.value is value
    assert pickle.loads(pickle.dumps(value)) == value


def test_an_entry_holds_a_value_in_its_kind() -> None:
    assert MetadataEntry("n", value=1).value == IntMetadataValue(1)
    assert MetadataEntry("n", None, MetadataValue.int(1)) == MetadataEntry("n", value=1)


@pytest.mark.parametrize(
    "make",
    [
        lambda: CodeReferencesMetadataValue(["/a.py"]),
        lambda: LocalFileCodeReference(5),
        lambda: UrlCodeReference(5),
        lambda: MetadataEntry(5, value=1),
    ],
)
def test_arguments_of_the_wrong_kind_are_refused(make: Callable[[], object]) -> None:
    with pytest.raises(CheckError):
        make()
