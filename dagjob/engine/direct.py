"""Contexts for tests, made by `build_op_context` and its sisters. There is no run behind them."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext
from types import TracebackType
from typing import TYPE_CHECKING, Any, NoReturn, Self

from dagjob.definitions.resources import to_resource_definitions
from dagjob.engine.contexts import InitResourceContext, OpExecutionContext
from dagjob.engine.facts import Resources
from dagjob.engine.hook_context import HookContext
from dagjob.engine.instances import instance_of
from dagjob.engine.resources import OpenResources
from dagjob.errors import (
    CheckError,
    DagjobInvalidConfigError,
    DagjobInvalidInvocationError,
    DagjobInvalidPropertyError,
    DagjobInvariantViolationError,
    did_you_mean,
)
from dagjob.values.checks import check_kind

if TYPE_CHECKING:
    from asyncio import AbstractEventLoop
    from logging import Logger

    from dagjob.config.schema import Schema
    from dagjob.definitions.jobs import JobDefinition
    from dagjob.definitions.ops import OpDefinition
    from dagjob.launch.instance import DagjobInstance
    from dagjob.partitions.base import PartitionKeyRange

EPHEMERAL = "EPHEMERAL"
EPHEMERAL_RUN_ID = "__EPHEMERAL_RUN_ID"


def open_resources(resources: Mapping[str, Any] | None, config: Mapping[str, Any] | None = None) -> OpenResources:
    """Open resources without a run. `config` may hold the config of a key itself, or `{"config": ...}` as in a run."""
    definitions = to_resource_definitions(resources, "context")
    for key in config or ():
        if key not in definitions:
            known = did_you_mean(key, definitions)
            raise DagjobInvalidConfigError(f'there is config for the resource "{key}", which was not given.{known}', [])
    resolved: dict[str, object] = {}
    for key, definition in definitions.items():
        given = (config or {}).get(key)
        given = given["config"] if isinstance(given, Mapping) and "config" in given else given
        resolved[key] = checked_config(definition.config_schema, given, f'resource "{key}"')
    opened = OpenResources()
    opened.open(definitions, definitions, None, None, config=resolved)
    return opened


def checked_config(schema: Schema | None, given: Any, subject: str) -> Any:
    """The config with its defaults. Raises `DagjobInvalidConfigError`."""
    if schema is None:
        return given
    from dagjob.config.kind import resolve
    from dagjob.config.report import invalid_config
    from dagjob.config.schema import Field, Shape

    wrapped = Shape({"config": schema if isinstance(schema, Field) else Field(schema)})
    checked = resolve(wrapped, {} if given is None else {"config": given}, os.environ)
    if checked.problems:
        raise invalid_config(f"The config for the {subject} does not fit it.", checked.problems, given)
    return checked.value.get("config")


class GivenResources:
    """The resources of a context for tests: open from the beginning. One with a teardown wants a `with` block."""

    def __init__(
        self,
        resources: Mapping[str, Any] | None,
        config: Mapping[str, Any] | None = None,
        event_loop: AbstractEventLoop | None = None,
    ) -> None:
        self.config = config or {}
        self._event_loop = event_loop
        with self._on_loop():
            self._opened = open_resources(resources, config)
        self.entered = False

    def _on_loop(self) -> AbstractContextManager[None]:
        """Where async resources are opened and closed."""
        if self._event_loop is None:
            return nullcontext()
        from dagjob.definitions.event_loop import given_loop

        return given_loop(self._event_loop)

    @property
    def by_key(self) -> Mapping[str, Any]:
        """Raises `DagjobInvariantViolationError` outside of the `with` block that a teardown wants."""
        if self._opened.has_teardown and not self.entered:
            raise DagjobInvariantViolationError(
                "a resource of this context has a teardown: use it in a with block, as in  with build_...(...) as context:"
            )
        return self._opened.by_key

    def close(self) -> None:
        """Tear down what has a teardown."""
        with self._on_loop():
            self._opened.close_all()

    def __del__(self) -> None:
        opened = self.__dict__.get("_opened")
        if opened is not None and opened.has_teardown and not self.entered:
            opened.close_all()


class WithResources:
    """`with build_...(...) as context`."""

    _given_resources: GivenResources

    def __enter__(self) -> Self:
        self._given_resources.entered = True
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._given_resources.close()


class DirectFacts:
    """The `OpFacts` of a test: what `build_op_context` was given, and the op while one is called."""

    run_id = EPHEMERAL
    attempt = 1
    source = "this context, which build_op_context has made,"

    def __init__(
        self,
        resources: GivenResources,
        op_config: Any = None,
        partition_key: str | None = None,
        partition_key_range: PartitionKeyRange | None = None,
        mapping_key: str | None = None,
        run_tags: Mapping[str, str] | None = None,
        instance: DagjobInstance | None = None,
    ) -> None:
        self._instance = instance
        self.given_config = op_config
        self.op_config = op_config
        self.partition_key = partition_key
        self.partition_key_range = partition_key_range
        self.mapping_key = mapping_key
        self.tags: Mapping[str, str] = dict(run_tags or {})
        self.called: OpDefinition | None = None
        self.passed: OpenResources | None = None
        """Resources that were passed as arguments of the call."""
        self._resources = resources

    @property
    def op(self) -> OpDefinition:
        if self.called is None:
            raise DagjobInvalidPropertyError("no op is being called with this context, so there is no op_def to ask")
        return self.called

    @property
    def key(self) -> str:
        return self.op.name

    @property
    def op_path(self) -> str:
        return self.op.name

    @property
    def owner(self) -> str:
        return f'op "{self.op.name}"'

    @property
    def resources(self) -> Mapping[str, Any]:
        given = self._resources.by_key
        return {**given, **self.passed.by_key} if self.passed is not None else given

    @property
    def op_resources(self) -> Resources:
        return Resources(self.resources, self.owner if self.called is not None else "this context")

    def log(self) -> Logger:
        """Its lines are kept by nobody."""
        from dagjob.engine.logs import DagjobLogManager

        return DagjobLogManager("dagjob")

    def progress(self, done: float, total: float | None, unit: str, text: str) -> None:
        """Nobody looks on, but a mistake is one."""
        from dagjob.engine.progress import progress_of

        progress_of(done, total, unit, text)

    def open_instance(self) -> DagjobInstance:
        """What was given; else an empty one, the same for the whole life of the context."""
        if self._instance is None:
            self._instance = instance_of(None)
        return self._instance

    def in_run(self, asked: str) -> NoReturn:
        raise DagjobInvalidPropertyError(f'"{asked}" is not set in direct invocation: it belongs to a run')


class DirectOpContext(WithResources, OpExecutionContext):
    """What `build_op_context` returns: bound to an op while the op runs. It serves one call at a time."""

    _facts: DirectFacts

    @property
    def run_config(self) -> Mapping[str, Any]:
        """What a run would have been given: the config of the resources."""
        if not self._given_resources.config and self._facts.called is None:
            return super().run_config  # which says that there is none
        return {"resources": dict(self._given_resources.config)}

    def __init__(self, resources: GivenResources, facts: DirectFacts) -> None:
        super().__init__(facts)
        self._given_resources = resources

    def bind(self, op: OpDefinition) -> DirectFacts:
        """For the time of one call."""
        facts = self._facts
        if facts.called is not None:
            raise DagjobInvalidInvocationError(
                f'this context serves a call of op "{facts.called.name}" already: build another for "{op.name}"'
            )
        facts.called = op
        self._forget_call()
        return facts

    def unbind(self) -> None:
        """The call is over, also by an exception; what was opened for it alone is closed."""
        facts = self._facts
        facts.called = None
        if facts.passed is not None:
            passed, facts.passed = facts.passed, None
            passed.close_all()

    def get_events(self) -> list[Any]:
        """What the last call reported."""
        return list(self._events)


class DirectHookContext(WithResources, HookContext):
    """What `build_hook_context` returns."""

    def __init__(self, given_resources: GivenResources, **given: Any) -> None:
        self._given_resources = given_resources
        self._given = given

    @property
    def resources(self) -> Resources:
        """What was given."""
        return Resources(self._given_resources.by_key, "this hook")

    @property
    def log(self) -> Logger:
        """A logger whose lines are kept by nobody."""
        return DirectFacts(self._given_resources).log()


class DirectLoggerContext:
    """What `build_init_logger_context` returns."""

    def __init__(self, logger_config: Any, job_def: JobDefinition | None) -> None:
        self.logger_config = logger_config
        self.job_def = job_def
        self.run_id = EPHEMERAL_RUN_ID

    @property
    def logger_def(self) -> NoReturn:
        """Only known while a logger is made."""
        raise DagjobInvariantViolationError("logger_def is only set while a logger is called with this context")


class DirectResourceContext(WithResources, InitResourceContext):
    """What `build_init_resource_context` returns."""

    def __init__(self, config: Any, resources: GivenResources, instance: DagjobInstance | None = None) -> None:
        self._given_resources = resources
        self._instance = instance
        self.given_config = config
        """What was given; None, where nothing was, for a schema that asks for something."""
        self.resource_config = {} if config is None else config
        self.resource_def = None
        self._run = None
        self._open_log = None

    @property
    def resources(self) -> Resources:
        """What was given."""
        return Resources(self._given_resources.by_key, "this resource")

    @property
    def instance(self) -> DagjobInstance:
        """What was given; else an empty one."""
        if self._instance is None:
            self._instance = instance_of(None)
        return self._instance


# -- the builders --------------------------------------------------------------------------------------------------


def build_op_context(
    resources: Mapping[str, Any] | None = None,
    op_config: Any = None,
    resources_config: Mapping[str, Any] | None = None,
    instance: DagjobInstance | None = None,
    config: Any = None,
    partition_key: str | None = None,
    partition_key_range: PartitionKeyRange | None = None,
    mapping_key: str | None = None,
    run_tags: Mapping[str, str] | None = None,
    event_loop: AbstractEventLoop | None = None,
) -> DirectOpContext:
    """A context with which an op can be called in a test. With a resource that has a teardown, use it with `with`."""
    if op_config is not None and config is not None:
        raise DagjobInvalidInvocationError("op_config and config are two names for one thing: give op_config")
    if op_config is None:
        op_config = config
    if partition_key_range is not None:
        from dagjob.partitions.base import PartitionKeyRange

        check_kind(partition_key_range, PartitionKeyRange, "build_op_context: partition_key_range")
        if partition_key is not None:
            raise CheckError("build_op_context: a context has a partition_key or a partition_key_range, not both")
    given = GivenResources(resources, resources_config, event_loop)
    facts = DirectFacts(given, op_config, partition_key, partition_key_range, mapping_key, run_tags, instance)
    return DirectOpContext(given, facts)


def build_init_resource_context(
    config: Any = None, resources: Mapping[str, Any] | None = None, instance: DagjobInstance | None = None
) -> DirectResourceContext:
    """A context with which a resource function can be called in a test."""
    return DirectResourceContext(config, GivenResources(resources), instance)


def build_hook_context(
    resources: Mapping[str, Any] | None = None,
    op: Any = None,
    run_id: str | None = None,
    job_name: str | None = None,
    op_exception: BaseException | None = None,
    instance: DagjobInstance | None = None,
) -> DirectHookContext:
    """A context with which a hook can be called in a test. `op` may be an op or a derived form of one."""
    from dagjob.definitions.invocations import PendingNodeInvocation
    from dagjob.definitions.ops import OpDefinition

    what = "build_hook_context:"
    check_kind(op, (OpDefinition, PendingNodeInvocation, type(None)), f"{what} op")
    check_kind(run_id, (str, type(None)), f"{what} run_id")
    check_kind(job_name, (str, type(None)), f"{what} job_name")
    check_kind(op_exception, (BaseException, type(None)), f"{what} op_exception")
    return DirectHookContext(
        GivenResources(resources), op=op, run_id=run_id, job_name=job_name, op_exception=op_exception, instance=instance
    )


def build_init_logger_context(logger_config: Any = None, job_def: JobDefinition | None = None) -> DirectLoggerContext:
    """A context with which a logger function can be called in a test."""
    return DirectLoggerContext(logger_config, job_def)


@contextmanager
def build_resources(
    resources: Mapping[str, Any],
    instance: object = None,
    resource_config: Mapping[str, Any] | None = None,
) -> Iterator[Resources]:
    """Open resources outside of a run; they are closed at the end of the `with` block."""
    opened = open_resources(resources, resource_config)
    try:
        yield Resources(opened.by_key, "this block")
    finally:
        opened.close_all()
