"""What goes into an op or a graph: `In` as a user writes it and as an op has it, and `GraphIn`.

An op makes a bound copy of each `In`, which has a name and a settled type. What feeds an input is not known here; that
is `wiring.py`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from dagjob.definitions.types import ANY, resolve_type
from dagjob.errors import DagjobInvalidDefinitionError, warn_user
from dagjob.record import Record
from dagjob.values.checks import check_kind

if TYPE_CHECKING:
    from dagjob.definitions.types import DagjobType


class _Absent:
    """The mark of a value that was not given, where None is a value."""

    def __repr__(self) -> str:
        return "<not given>"

    def __bool__(self) -> bool:
        return False

    def __reduce__(self) -> str:
        return "ABSENT"


ABSENT = _Absent()

TEXT_OR_NONE = (str, type(None))


class In:
    """An input of an op: its type, description, default, metadata and, where no upstream feeds it, its manager.

    `dagster_type` is a Python class, a typing form of contract def-6, or a `DagjobType`; without it the annotation of
    the parameter counts. `metadata` is kept as it is, for IO managers. Raises `DagjobInvalidDefinitionError` for what is
    no type.
    """

    __slots__ = (
        "_description", "_read_description", "asset_key", "asset_partitions", "dagster_type", "default", "has_type",
        "input_manager_key", "metadata", "name",
    )  # fmt: skip

    def __init__(
        self,
        dagster_type: Any = ABSENT,
        description: str | None = None,
        default_value: Any = ABSENT,
        metadata: Mapping[str, Any] | None = None,
        asset_key: Any = None,
        asset_partitions: Any = None,
        input_manager_key: str | None = None,
    ) -> None:
        check_kind(description, TEXT_OR_NONE, "In: description")
        check_kind(input_manager_key, TEXT_OR_NONE, "In: input_manager_key")
        self.name = ""
        self.has_type = dagster_type is not ABSENT
        self.dagster_type: DagjobType = resolve_type(dagster_type, "In(...)") if self.has_type else ANY
        self._description = description
        self._read_description: Callable[[], str | None] | None = None
        self.default = default_value
        self.metadata = loose_metadata(metadata, "In")
        self.asset_key = asset_key
        self.asset_partitions = asset_partitions
        self.input_manager_key = input_manager_key

    @property
    def description(self) -> str | None:
        """What was written in `In`, else what the docstring of the op says about the parameter."""
        if self._description is None and self._read_description is not None:
            self._description, self._read_description = self._read_description(), None
        return self._description

    @property
    def carries_value(self) -> bool:
        """Whether something is loaded for the input; False for one of the type Nothing, which only waits."""
        return not self.dagster_type.is_nothing

    @property
    def has_default_value(self) -> bool:
        """Whether the input may be left without a source."""
        return self.default is not ABSENT

    @property
    def default_value(self) -> Any:
        """What the input is when nothing feeds it. Raises `DagjobInvalidDefinitionError` when there is no default."""
        if self.default is ABSENT:
            raise DagjobInvalidDefinitionError(
                f'the input "{self.name}" has no default value; ask has_default_value first.'
            )
        return self.default

    def bound(
        self,
        name: str,
        annotation: Any = ABSENT,
        default: Any = ABSENT,
        describe: Callable[[], str | None] | None = None,
        where: str = "",
    ) -> In:
        """The input that an op has: `annotation`, `default` and `describe` fill in what this one does not say."""
        made = In.__new__(type(self))
        made.name = name
        made.has_type = True
        made.dagster_type = self.dagster_type
        if not self.has_type and annotation is not ABSENT:
            made.dagster_type = resolve_type(annotation, where)
        made._description = self._description
        made._read_description = describe
        made.default = self.default if self.default is not ABSENT else default
        made.metadata = self.metadata
        made.asset_key = self.asset_key
        made.asset_partitions = self.asset_partitions
        made.input_manager_key = self.input_manager_key
        return made

    def _said(self) -> tuple[object, ...]:
        """What it was written with, in the order of its parameters; not the name that an op gives it."""
        return (self.dagster_type.key, self.description, self.default, self.metadata, self.input_manager_key)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, In) and self._said() == other._said()

    def __hash__(self) -> int:
        return hash((In, self.dagster_type.key))

    def __repr__(self) -> str:
        name = f"{self.name}: " if self.name else ""
        default = f" = {self.default!r}" if self.has_default_value else ""
        return f"<In {name}{self.dagster_type.display_name}{default}>"


class GraphIn(Record):
    """An input of a graph, to describe it. Its type is the annotation of the parameter, or that of the inputs it feeds."""

    description: str | None = None


class GraphInputDefinition(Record):
    """An input that a graph has. `carries_value` is False when everything it feeds is of the type Nothing."""

    name: str
    dagster_type: DagjobType
    description: str | None = None
    carries_value: bool = True


def loose_metadata(metadata: Mapping[str, Any] | None, what: str) -> dict[str, Any]:
    """The metadata of an `In` or `Out`, kept raw. A kind that could not be shown only warns (`DeprecationWarning`)."""
    if not metadata:
        return {}
    check_kind(metadata, (dict, Mapping), f"{what}: metadata")
    kept = dict(metadata)
    for key, value in kept.items():
        check_kind(key, str, f"{what}: a metadata key")
        if not isinstance(value, str | int | float):
            _warn_of_odd_metadata(key, value, what)
    return kept


def _warn_of_odd_metadata(key: str, value: Any, what: str) -> None:
    from dagjob.errors import DagjobInvalidMetadata
    from dagjob.values.metadata import normalize_metadata

    try:
        normalize_metadata({key: value})
    except DagjobInvalidMetadata as error:
        warn_user(f"{what}: {error} It is kept as it is, for IO managers.", DeprecationWarning)
