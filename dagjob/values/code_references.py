"""Where the code of something stands, as metadata; and Dagster's old pair of a label and a value."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from dagjob.record import Record
from dagjob.values.checks import check_kind, check_member
from dagjob.values.metadata import MetadataValue, normalize_metadata_value

_NONE = type(None)


class LocalFileCodeReference(Record):
    """A file of this machine, and a line in it."""

    file_path: str
    line_number: int | None = None
    label: str | None = None

    def __post_init__(self) -> None:
        check_kind(self.file_path, str, "LocalFileCodeReference: file_path")
        check_kind(self.line_number, (int, _NONE), "LocalFileCodeReference: line_number")
        check_kind(self.label, (str, _NONE), "LocalFileCodeReference: label")


class UrlCodeReference(Record):
    """A page that shows the code."""

    url: str
    label: str | None = None

    def __post_init__(self) -> None:
        check_kind(self.url, str, "UrlCodeReference: url")
        check_kind(self.label, (str, _NONE), "UrlCodeReference: label")


class CodeReferencesMetadataValue(MetadataValue):
    """Where the code of something stands."""

    code_references: Sequence[LocalFileCodeReference | UrlCodeReference]

    def __init__(self, code_references: Sequence[LocalFileCodeReference | UrlCodeReference]) -> None:
        check_kind(code_references, (list, tuple), "CodeReferencesMetadataValue: code_references")
        for reference in code_references:
            check_member(reference, (LocalFileCodeReference, UrlCodeReference), "a code reference")
        object.__setattr__(self, "code_references", tuple(code_references))

    @property
    def value(self) -> CodeReferencesMetadataValue:
        return self


class MetadataEntry(Record):
    """A label and a value: the old form of one entry of a metadata dict."""

    label: str
    description: str | None
    entry_data: MetadataValue

    def __init__(self, label: str, description: str | None = None, entry_data: Any = None, value: Any = None) -> None:
        check_kind(label, str, "MetadataEntry: label")
        check_kind(description, (str, _NONE), "MetadataEntry: description")
        object.__setattr__(self, "label", label)
        object.__setattr__(self, "description", description)
        given = value if entry_data is None else entry_data
        object.__setattr__(self, "entry_data", normalize_metadata_value(given))

    @property
    def value(self) -> MetadataValue:
        """The value, in its kind."""
        return self.entry_data
