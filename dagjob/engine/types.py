"""Check a value against a runtime type, with the check function of the user in between."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dagjob.engine.facts import OfCall, OpFacts, Resources
from dagjob.engine.interrupts import user_code
from dagjob.errors import DagjobTypeCheckDidNotPass, DagjobTypeCheckError, is_told_bare

if TYPE_CHECKING:
    from dagjob.definitions.type_loaders import DagjobTypeLoader
    from dagjob.definitions.types import DagjobType
    from dagjob.values.observations import TypeCheck


def check_value(facts: OpFacts, kind: DagjobType, value: Any, subject: str) -> TypeCheck:
    """What the check of a value said that does not pass at once. Raises `DagjobTypeCheckError` when it raised."""
    try:
        with user_code():
            return kind.type_check(TypeCheckContext(facts, kind, f"type {kind.display_name}"), value)
    except Exception as error:
        if is_told_bare(error):
            raise
        raise DagjobTypeCheckError(
            f"the check of the type {kind.display_name} raised for the {subject}, a {type(value).__name__}: "
            f"{type(error).__name__}: {error}",
            error,
        ) from error


def did_not_pass(kind: DagjobType, check: TypeCheck, subject: str) -> DagjobTypeCheckDidNotPass:
    """The error for a value that is not of its type."""
    reason = f": {check.description}" if check.description else ""
    return DagjobTypeCheckDidNotPass(
        f'the {subject} is not of type "{kind.display_name}"{reason}', check.description, check.metadata, kind
    )


class TypeCheckContext(OfCall):
    """What a type's check function is told: the resources that the type requires, the run, a logger."""

    def __init__(self, facts: OpFacts, whose: DagjobType | DagjobTypeLoader, owner: str) -> None:
        super().__init__(facts)
        keys = whose.required_resource_keys
        self.resources = Resources({key: facts.resources[key] for key in keys}, owner)

    @property
    def step_key(self) -> str:
        """The step that runs; the op in a direct call."""
        return self._facts.key


class DagjobTypeLoaderContext(TypeCheckContext):
    """What a type loader is told: the same members, its own resources."""
