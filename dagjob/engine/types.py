"""Check a value against a runtime type, with the check function of the user in between."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dagjob.engine.contexts import op_config_of
from dagjob.engine.interrupts import user_code
from dagjob.errors import DagjobError, DagjobTypeCheckError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from dagjob.definitions.types import DagjobType
    from dagjob.engine.attempt import AttemptScope
    from dagjob.values.observations import TypeCheck


def check_value(scope: AttemptScope, kind: DagjobType, value: Any, what: str) -> TypeCheck | None:
    """None for a builtin type that fits; else what the check said. Raises `DagjobTypeCheckError` when it raised."""
    if kind.passes(value):
        return None
    try:
        with user_code():
            return kind.type_check(TypeCheckContext(scope, kind), value)
    except DagjobError:
        raise
    except Exception as error:
        raise DagjobTypeCheckError(
            f"the check of the type {kind.display_name} raised for the {what}, a {type(value).__name__}: "
            f"{type(error).__name__}: {error}",
            error,
        ) from error


class TypeCheckContext:
    """What a type's check function is told: the resources that the type requires, the run, a logger."""

    def __init__(self, scope: AttemptScope, whose: Any) -> None:
        from dagjob.engine.contexts import Resources

        keys = whose.required_resource_keys
        name = getattr(whose, "display_name", "this loader")
        self.resources = Resources({key: scope.resources[key] for key in keys}, f"type {name}")
        self.run_id = scope.run.run_id
        self.job_def = scope.job
        self.op_def = scope.op
        self._log = scope.log
        self._scope = scope

    @property
    def job_name(self) -> str:
        """The job that runs."""
        return self._scope.run.job

    @property
    def run_config(self) -> Mapping[str, Any]:
        """The run config as it was given."""
        return self._scope.run.config

    @property
    def run_tags(self) -> Mapping[str, str]:
        """The tags of the run."""
        return self._scope.run.tags

    def has_tag(self, key: str) -> bool:
        """Has the run this tag?"""
        return key in self._scope.run.tags

    def get_tag(self, key: str) -> str | None:
        """The value of a tag of the run; None without it."""
        return self._scope.run.tags.get(key)

    @property
    def op_config(self) -> Any:
        """The config of the op whose input or output this is."""
        return op_config_of(self._scope.op, self._scope.step.config)

    @property
    def step_key(self) -> str:
        """The step that runs."""
        return self._scope.key

    @property
    def log(self) -> Any:
        """A logger; its lines are kept with the step."""
        return self._log()


class DagjobTypeLoaderContext(TypeCheckContext):
    """What a type loader is told: the same members, its own resources."""


def loader_context(scope: AttemptScope, loader: Any) -> DagjobTypeLoaderContext:
    """The context of this loader in this attempt."""
    return DagjobTypeLoaderContext(scope, loader)
