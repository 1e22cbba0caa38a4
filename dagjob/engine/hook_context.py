"""The context that hooks see, with Dagster's public names. Loaded where there is a hook."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from dagjob.errors import DagjobInvalidPropertyError, DagjobInvariantViolationError

if TYPE_CHECKING:
    from logging import Logger

    from dagjob.definitions.hooks import HookDefinition
    from dagjob.engine.facts import Resources
    from dagjob.launch.instance import DagjobInstance


class HookContext:
    """What a hook is told about the step after which it runs. In a test it is known as far as it was given."""

    def __init__(self, resources: Resources, log: Callable[[], Logger], **given: Any) -> None:
        self._resources = resources
        self._open_log = log
        self._given = given

    def _ask(self, name: str) -> Any:
        value = self._given.get(name)
        if value is None:
            hint = f": build_hook_context({name}=...)" if name in ("run_id", "job_name", "op") else ""
            raise DagjobInvalidPropertyError(f'"{name}" was not given to this context{hint}')
        return value

    @property
    def resources(self) -> Resources:
        """What the hook has declared, by attribute."""
        return self._resources

    @property
    def log(self) -> Logger:
        """A logger; its lines are kept with the step."""
        return self._open_log()

    @property
    def job_name(self) -> str:
        """The name of the job."""
        return str(self._ask("job_name"))

    @property
    def run_id(self) -> str:
        """The id of the run."""
        return str(self._ask("run_id"))

    @property
    def step_key(self) -> str:
        """The step after which the hook runs."""
        return str(self._ask("step_key"))

    @property
    def op(self) -> Any:
        """The invocation of the op: `name` is the alias."""
        return self._ask("op")

    @property
    def hook_def(self) -> HookDefinition:
        """The hook itself."""
        hook: HookDefinition = self._ask("hook_def")
        return hook

    @property
    def required_resource_keys(self) -> frozenset[str]:
        """What the hook has declared."""
        return frozenset(self.hook_def.required_resource_keys)

    @property
    def op_config(self) -> Any:
        """The config of the op; None without any."""
        return self._of_step("op_config")

    @property
    def op_exception(self) -> BaseException | None:
        """What ended the op; None after a success."""
        return self._given.get("op_exception")

    @property
    def op_output_values(self) -> Mapping[str, Any]:
        """The outputs of the op by name; those of a dynamic output by mapping key."""
        values: Mapping[str, Any] = self._of_step("op_output_values")
        return values

    @property
    def op_output_metadata(self) -> Mapping[str, Any]:
        """The metadata of the outputs, in the same way."""
        metadata: Mapping[str, Any] = self._of_step("op_output_metadata")
        return metadata

    @property
    def instance(self) -> DagjobInstance:
        """Where runs are kept; in a test, the one that was given."""
        if "open_instance" in self._given:
            opened: DagjobInstance = self._given["open_instance"]()
            return opened
        if self._given.get("instance") is None:
            raise DagjobInvariantViolationError('"instance" was not given: build_hook_context(instance=...)')
        instance: DagjobInstance = self._given["instance"]
        return instance

    def _of_step(self, name: str) -> Any:
        """What may be None in a run, and is never there in a test."""
        if name not in self._given:
            raise DagjobInvalidPropertyError(f'"{name}" is not known to a context without a step')
        return self._given[name]
