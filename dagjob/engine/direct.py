"""Contexts for tests, made by `build_op_context` and its sisters. There is no run behind them: they say what they lack."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from dagjob.definitions.resources import to_resource_definitions
from dagjob.engine.contexts import InitResourceContext, OpExecutionContext, Resources
from dagjob.engine.io_contexts import InputContext, OutputContext
from dagjob.engine.resources import OpenResources
from dagjob.errors import (
    DagjobInvalidDefinitionError,
    DagjobInvalidInvocationError,
    DagjobInvalidPropertyError,
    DagjobInvariantViolationError,
    ParameterCheckError,
)

if TYPE_CHECKING:
    from dagjob.config.schema import Schema
    from dagjob.definitions.ops import OpDefinition
    from dagjob.events import Event

EPHEMERAL = "EPHEMERAL"
EPHEMERAL_RUN_ID = "__EPHEMERAL_RUN_ID"


def open_resources(resources: Mapping[str, Any] | None, config: Mapping[str, Any] | None = None) -> OpenResources:
    """Open resources without a run. `config` may hold the config of a key itself, or `{"config": ...}` as in a run."""
    definitions = to_resource_definitions(resources, "context")
    resolved: dict[str, object] = {}
    for key, definition in definitions.items():
        given = (config or {}).get(key)
        given = given["config"] if isinstance(given, Mapping) and "config" in given else given
        resolved[key] = checked_config(definition.config_schema, given, f'resource "{key}"')
    opened = OpenResources()
    opened.open(definitions, definitions, None, _nobody_listens, config=resolved)
    return opened


def _nobody_listens(event: Event) -> None:
    """Outside of a run there are no sinks."""


def checked_config(schema: Schema | None, given: Any, subject: str) -> Any:
    """The config with its defaults. Raises `DagjobInvalidConfigError`."""
    if schema is None:
        return given
    from dagjob.config.report import invalid_config
    from dagjob.config.schema import Field, Shape
    from dagjob.config.validate import resolve

    wrapped = Shape({"config": schema if isinstance(schema, Field) else Field(schema)})
    checked = resolve(wrapped, {} if given is None else {"config": given}, os.environ)
    if checked.problems:
        raise invalid_config(f"The config for the {subject} does not fit it.", checked.problems, given)
    return checked.value.get("config")


class _WithResources:
    """`with build_...(...) as context`."""

    _opened: OpenResources
    _entered = False

    def __enter__(self) -> Self:
        self._entered = True
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._opened.close_all()

    def __del__(self) -> None:
        opened = self.__dict__.get("_opened")
        if opened is not None and opened.has_teardown and not self._entered:
            opened.close_all()

    def _checked(self) -> dict[str, Any]:
        if self._opened.has_teardown and not self._entered:
            raise DagjobInvariantViolationError(
                "a resource of this context has a teardown: use it in a with block, as in  with build_...(...) as context:"
            )
        return self._opened.by_key


_ONLY_IN_A_RUN = frozenset(
    {"run", "dagster_run", "job_name", "job_def", "op", "op_handle", "node_handle", "run_config", "partition_keys",
     "partition_time_window", "repository_def", "step_launcher"}
)  # fmt: skip


class DirectOpContext(_WithResources, OpExecutionContext):
    """What `build_op_context` returns: bound to an op while the op runs."""

    def __init__(
        self,
        resources: Mapping[str, Any] | None = None,
        op_config: Any = None,
        resources_config: Mapping[str, Any] | None = None,
        partition_key: str | None = None,
        partition_key_range: Any = None,
        mapping_key: str | None = None,
        run_tags: Mapping[str, str] | None = None,
    ) -> None:
        self._opened = open_resources(resources, resources_config)
        self.given_config = op_config
        self._config = op_config
        self._partition_key = partition_key
        self._partition_key_range = partition_key_range
        self._mapping_key = mapping_key
        self._tags = dict(run_tags or {})
        self._bound: OpDefinition | None = None
        self._of_call: OpenResources | None = None
        self._attempt = 1
        self._events: list[Any] = []
        self._output_metadata: dict[tuple[str, str | None], dict[str, Any]] = {}
        self._yielded: set[tuple[str, str | None]] = set()

    def __getattribute__(self, name: str) -> Any:
        if name in _ONLY_IN_A_RUN:
            raise DagjobInvalidPropertyError(f'"{name}" is not set in direct invocation: it belongs to a run')
        return object.__getattribute__(self, name)

    # -- binding ---------------------------------------------------------------------------------------------------

    def bind(self, op: OpDefinition) -> None:
        """For the time of one call."""
        if self._bound is not None:
            raise DagjobInvalidInvocationError(
                f'this context serves a call of op "{self._bound.name}" already: build another for "{op.name}"'
            )
        self._bound = op
        self._events = []
        self._output_metadata = {}
        self._yielded = set()

    @property
    def op_config(self) -> Any:
        """What was given; in a call with defaults, as in a run."""
        return self._config

    def resolve_config(self, config: Any) -> None:
        """For the time of one call, what the op asks for."""
        self._config = config

    def unbind(self) -> None:
        """The call is over, also by an exception; what was opened for it alone is closed."""
        self._bound = None
        if self._of_call is not None:
            opened, self._of_call = self._of_call, None
            opened.close_all()

    def open_for_call(self, resources: Mapping[str, Any]) -> Mapping[str, Any]:
        """What resources that were passed as arguments give to the op; they are closed when the call is over."""
        self._of_call = open_resources(resources)
        return self._of_call.by_key

    @property
    def op_def(self) -> OpDefinition:
        """The op that is being called."""
        if self._bound is None:
            raise DagjobInvalidPropertyError('"op_def" is only set while an op is called with this context')
        return self._bound

    def describe_op(self) -> str:
        """For messages."""
        return f'op "{self.op_def.name}"'

    # -- what it has -----------------------------------------------------------------------------------------------

    @property
    def has_resources(self) -> bool:
        """Were resources given?"""
        return bool(self._opened.by_key)

    def resource(self, key: str, op: str) -> Any:
        """One resource; raises `DagjobInvalidDefinitionError` when it was not given."""
        resources = self._checked()
        if key not in resources:
            known = ", ".join(sorted(resources)) or "none"
            raise DagjobInvalidDefinitionError(
                f'op "{op}" requires the resource "{key}", which the context does not have (it has: {known}): '
                f"build_op_context(resources={{{key!r}: ...}})"
            )
        return resources[key]

    @property
    def resources(self) -> Resources:  # type: ignore[override]
        """What was given."""
        return Resources(self._checked(), f'op "{self._bound.name}"' if self._bound else "this context")

    @property
    def run_id(self) -> str:
        """There is no run."""
        return EPHEMERAL

    @property
    def run_tags(self) -> Mapping[str, str]:
        """What was given."""
        return self._tags

    def has_tag(self, key: str) -> bool:
        """Was this tag given?"""
        return key in self._tags

    def get_tag(self, key: str) -> str | None:
        """The value of a tag."""
        return self._tags.get(key)

    @property
    def has_partition_key(self) -> bool:
        """Was a key given?"""
        return self._partition_key is not None

    @property
    def partition_key(self) -> str:
        """The key that was given."""
        if self._partition_key is None:
            raise DagjobInvariantViolationError(
                "this context has no partition key: build_op_context(partition_key=...)"
            )
        return self._partition_key

    @property
    def has_partition_key_range(self) -> bool:
        """Was a range given?"""
        return self._partition_key_range is not None

    @property
    def partition_key_range(self) -> Any:
        """The range that was given."""
        if self._partition_key_range is None:
            raise DagjobInvariantViolationError("this context has no partition key range")
        return self._partition_key_range

    @property
    def selected_output_names(self) -> list[str]:
        """The outputs of the op that is being called."""
        if self._bound is None:
            raise DagjobInvalidPropertyError('"selected_output_names" is only set while an op is called')
        return list(self._bound.outs)

    @property
    def log(self) -> Any:
        """A logger whose lines nobody keeps."""
        from dagjob.engine.logs import DagjobLogManager

        return DagjobLogManager("dagjob")

    def progress(self, done: float, total: float | None = None, unit: str = "", text: str = "") -> None:
        """Nobody looks on."""

    def get_events(self) -> list[Any]:
        """What the last call reported."""
        return list(self._events)


class DirectHookContext(_WithResources):
    """What `build_hook_context` returns."""

    _NEVER = ("step_key", "hook_def", "required_resource_keys", "op_config", "op_output_values", "op_output_metadata")

    def __init__(self, resources: Mapping[str, Any] | None, given: Mapping[str, Any]) -> None:
        self._opened = open_resources(resources)
        self._given = dict(given)

    def has_resource(self, key: str) -> bool:
        """Was this resource given?"""
        return key in self._checked()

    @property
    def resources(self) -> Resources:
        """What was given."""
        return Resources(self._checked(), "this hook")

    @property
    def op_exception(self) -> BaseException | None:
        """What was given."""
        return self._given.get("op_exception")

    @property
    def log(self) -> Any:
        """A logger whose lines nobody keeps."""
        from dagjob.engine.logs import DagjobLogManager

        return DagjobLogManager("dagjob")

    def __getattr__(self, name: str) -> Any:
        if name in self._NEVER:
            raise DagjobInvalidPropertyError(f'"{name}" is not available in a context for tests')
        if name in ("run_id", "job_name", "op", "instance"):
            value = self._given.get(name)
            if value is None:
                kind = DagjobInvariantViolationError if name == "instance" else DagjobInvalidPropertyError
                raise kind(f'"{name}" was not given: build_hook_context({name}=...)')
            return value
        raise AttributeError(name)


class DirectLoggerContext:
    """What `build_init_logger_context` returns."""

    def __init__(self, logger_config: Any, job_def: Any) -> None:
        self.logger_config = logger_config
        self.job_def = job_def
        self.run_id = EPHEMERAL_RUN_ID

    @property
    def logger_def(self) -> Any:
        """Only known while a logger is made."""
        raise DagjobInvariantViolationError("logger_def is only set while a logger is called with this context")


class DirectResourceContext(_WithResources, InitResourceContext):
    """What `build_init_resource_context` returns."""

    def __init__(self, config: Any, resources: Mapping[str, Any] | None) -> None:
        self._opened = open_resources(resources)
        InitResourceContext.__init__(self, resource_config=config, resources=self._opened.by_key)


# -- the builders --------------------------------------------------------------------------------------------------


def build_op_context(
    resources: Mapping[str, Any] | None = None,
    op_config: Any = None,
    resources_config: Mapping[str, Any] | None = None,
    instance: Any = None,
    config: Any = None,
    partition_key: str | None = None,
    partition_key_range: Any = None,
    mapping_key: str | None = None,
    run_tags: Mapping[str, str] | None = None,
    event_loop: Any = None,
) -> DirectOpContext:
    """A context with which an op can be called in a test. With a resource that has a teardown, use it with `with`."""
    if op_config is not None and config is not None:
        raise DagjobInvalidInvocationError("op_config and config are two names for one thing: give op_config")
    if op_config is None:
        op_config = config
    if partition_key_range is not None and type(partition_key_range).__name__ != "PartitionKeyRange":
        raise ParameterCheckError(
            f"build_op_context: partition_key_range must be a PartitionKeyRange, not {partition_key_range!r} "
            f"(a {type(partition_key_range).__name__})"
        )
    return DirectOpContext(
        resources, op_config, resources_config, partition_key, partition_key_range, mapping_key, run_tags
    )


def build_init_resource_context(
    config: Any = None, resources: Mapping[str, Any] | None = None, instance: Any = None
) -> DirectResourceContext:
    """A context with which a resource function can be called in a test."""
    return DirectResourceContext(config, resources)


def build_hook_context(
    resources: Mapping[str, Any] | None = None,
    op: Any = None,
    run_id: str | None = None,
    job_name: str | None = None,
    op_exception: BaseException | None = None,
    instance: Any = None,
) -> DirectHookContext:
    """A context with which a hook can be called in a test. `op` may be an op or a derived form of one."""
    given = {"op": op, "run_id": run_id, "job_name": job_name, "op_exception": op_exception, "instance": instance}
    return DirectHookContext(resources, given)


def build_init_logger_context(logger_config: Any = None, job_def: Any = None) -> DirectLoggerContext:
    """A context with which a logger function can be called in a test."""
    return DirectLoggerContext(logger_config, job_def)


def build_output_context(
    step_key: str | None = None,
    name: str | None = None,
    definition_metadata: Mapping[str, Any] | None = None,
    run_id: str | None = None,
    mapping_key: str | None = None,
    config: Any = None,
    dagster_type: Any = None,
    version: str | None = None,
    resource_config: Mapping[str, Any] | None = None,
    resources: Mapping[str, Any] | None = None,
    op_def: Any = None,
    partition_key: str | None = None,
    output_metadata: Mapping[str, Any] | None = None,
    metadata: Mapping[str, Any] | None = None,
) -> OutputContext:
    """A context for `handle_output` in a test."""
    return OutputContext(
        step_key=step_key,
        name=name,
        definition_metadata=definition_metadata if definition_metadata is not None else metadata,
        run_id=run_id or EPHEMERAL_RUN_ID,
        mapping_key=mapping_key,
        config=config,
        dagster_type=dagster_type,
        version=version,
        resource_config=resource_config,
        resources=Resources(open_resources(resources).by_key, "this IO manager"),
        op_def=op_def,
        partition_key=partition_key,
        output_metadata=output_metadata,
    )


def build_input_context(
    name: str | None = None,
    config: Any = None,
    definition_metadata: Mapping[str, Any] | None = None,
    upstream_output: OutputContext | None = None,
    dagster_type: Any = None,
    resource_config: Mapping[str, Any] | None = None,
    resources: Mapping[str, Any] | None = None,
    op_def: Any = None,
    partition_key: str | None = None,
    metadata: Mapping[str, Any] | None = None,
) -> InputContext:
    """A context for `load_input` in a test."""
    return InputContext(
        name=name,
        config=config,
        definition_metadata=definition_metadata if definition_metadata is not None else metadata,
        upstream_output=upstream_output,
        dagster_type=dagster_type,
        resource_config=resource_config,
        resources=Resources(open_resources(resources).by_key, "this IO manager"),
        op_def=op_def,
        partition_key=partition_key,
    )


@contextmanager
def build_resources(
    resources: Mapping[str, Any],
    instance: Any = None,
    resource_config: Mapping[str, Any] | None = None,
) -> Iterator[Resources]:
    """Open resources outside of a run; they are closed at the end of the `with` block."""
    opened = open_resources(resources, resource_config)
    try:
        yield Resources(opened.by_key, "this block")
    finally:
        opened.close_all()
