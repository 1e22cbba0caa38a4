"""What comes out of an op or a graph: `Out`, `DynamicOut` and `GraphOut`, as written and as an op has them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from dagjob.definitions.inputs import ABSENT, TEXT_OR_NONE, loose_metadata
from dagjob.definitions.types import ANY, resolve_type
from dagjob.record import Record
from dagjob.values.checks import check_kind

if TYPE_CHECKING:
    from dagjob.definitions.types import DagjobType


class Out:
    """An output of an op: its type, whether the body must hand it back, and which IO manager stores it.

    `is_required=False`: when the body does not yield it, what depends on it is skipped. `dagster_type` as in `In`.
    """

    __slots__ = (
        "annotated_as_output", "annotated_plainly", "code_version", "dagster_type", "description", "has_type",
        "io_manager_key", "is_required", "metadata", "name",
    )  # fmt: skip

    is_dynamic = False

    annotated_plainly: bool
    """Whether the return annotation is a plain type: the body then may not return an `Output`."""
    annotated_as_output: bool
    """Whether the return annotation is `Output` or `Output[T]`: the body then must return one."""

    def __init__(
        self,
        dagster_type: Any = ABSENT,
        description: str | None = None,
        is_required: bool = True,
        io_manager_key: str | None = None,
        metadata: Mapping[str, Any] | None = None,
        code_version: str | None = None,
    ) -> None:
        who = type(self).__name__
        check_kind(description, TEXT_OR_NONE, f"{who}: description")
        check_kind(is_required, bool, f"{who}: is_required")
        check_kind(io_manager_key, TEXT_OR_NONE, f"{who}: io_manager_key")
        check_kind(code_version, TEXT_OR_NONE, f"{who}: code_version")
        self.name = ""
        self.has_type = dagster_type is not ABSENT
        self.dagster_type: DagjobType = resolve_type(dagster_type, f"{who}(...)") if self.has_type else ANY
        self.description = description
        self.is_required = is_required
        self.io_manager_key: str = io_manager_key or "io_manager"
        self.metadata = loose_metadata(metadata, who)
        self.code_version = code_version
        self.annotated_plainly = False
        self.annotated_as_output = False

    @property
    def carries_value(self) -> bool:
        """Whether something is stored for the output; False for one of the type Nothing."""
        return not self.dagster_type.is_nothing

    def bound(
        self,
        name: str,
        annotation: Any = ABSENT,
        *,
        plainly: bool = False,
        as_output: bool = False,
        code_version: str | None = None,
        where: str = "",
    ) -> Out:
        """The output that an op has: `annotation` and `code_version` fill in what this one does not say."""
        made = Out.__new__(type(self))
        made.name = name
        made.has_type = True
        made.dagster_type = self.dagster_type
        if not self.has_type and annotation is not ABSENT:
            made.dagster_type = resolve_type(annotation, where)
        made.description = self.description
        made.is_required = self.is_required
        made.io_manager_key = self.io_manager_key
        made.metadata = self.metadata
        made.code_version = self.code_version if self.code_version is not None else code_version
        made.annotated_plainly = plainly
        made.annotated_as_output = as_output
        return made

    def _said(self) -> tuple[object, ...]:
        """What it was written with, in the order of its parameters; not the name that an op gives it."""
        written = (self.description, self.is_required, self.io_manager_key, self.metadata, self.code_version)
        return (self.dagster_type.key, self.is_dynamic, *written)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Out) and self._said() == other._said()

    def __hash__(self) -> int:
        return hash((Out, self.dagster_type.key))

    def __repr__(self) -> str:
        name = f"{self.name}: " if self.name else ""
        return f"<{type(self).__name__} {name}{self.dagster_type.display_name}>"


class DynamicOut(Out):
    """An output of any number of elements, each with a mapping key; what is mapped over it runs once for each."""

    __slots__ = ()

    is_dynamic = True


class GraphOut(Record):
    """An output of a graph, to name and describe it. Its type is that of the op output behind it."""

    description: str | None = None


class GraphOutputDefinition(Record):
    """An output that a graph has. `carries_value` is False for one of the type Nothing."""

    name: str
    dagster_type: DagjobType
    description: str | None = None
    is_dynamic: bool = False
    is_required: bool = True
    carries_value: bool = True
