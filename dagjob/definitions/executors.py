"""Executors as a job names them: a name, a config schema, demands, and what makes the real thing.

The built-in ones live floors above and are named as text. Nothing here starts a process; that each job holds a default
executor costs a job module three small objects.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any, overload

from dagjob.definitions.configurable import Configurable
from dagjob.definitions.parameters import doc_of, name_of
from dagjob.errors import CheckError
from dagjob.record import Record
from dagjob.values.checks import check_kind

if TYPE_CHECKING:
    from dagjob.definitions.executor_requirements import ExecutorRequirement
    from dagjob.definitions.jobs import JobDefinition

    RequirementsOf = Callable[[Mapping[str, Any]], Iterable[ExecutorRequirement]]


class ExecutorDefinition(Configurable):
    """An executor that a job can run on.

    `requirements` is a list, or a function from the executor's config to one. `executor_creation_fn` takes an
    `InitExecutorContext` and returns the executor; one of ours is named by `makes`, as `module:function`.
    """

    def __init__(
        self,
        name: str,
        config_schema: object = None,
        requirements: Iterable[ExecutorRequirement] | RequirementsOf | None = None,
        executor_creation_fn: Callable[[Any], Any] | None = None,
        description: str | None = None,
        *,
        makes: str | None = None,
        make_schema: Callable[[], object] | None = None,
    ) -> None:
        check_kind(name, str, "ExecutorDefinition: name")
        check_kind(description, (str, type(None)), f"executor {name}: description")
        if executor_creation_fn is not None and not callable(executor_creation_fn):
            raise CheckError(f"executor {name}: executor_creation_fn must be a function, not {executor_creation_fn!r}.")
        self.name = name
        self.description = description
        self.executor_creation_fn = executor_creation_fn
        self.makes = makes
        self._requirements = requirements if requirements is None or callable(requirements) else list(requirements)
        self._set_schema(config_schema, make_schema)

    def get_requirements(self, executor_config: Mapping[str, Any]) -> list[ExecutorRequirement]:
        """What the executor demands of a run with this config."""
        if callable(self._requirements):
            return list(self._requirements(executor_config))
        return list(self._requirements or ())

    def configured(
        self,
        config_or_config_fn: Any,
        name: str | None = None,
        config_schema: object = None,
        description: str | None = None,
    ) -> ExecutorDefinition:
        """The same executor with its config given here, or made here by a function from another config."""
        made = self._with_config(config_or_config_fn, config_schema, self.name)
        made.name = name or self.name
        made.description = self.description if description is None else description
        return made

    def __repr__(self) -> str:
        return f"<ExecutorDefinition {self.name}>"


class InitExecutorContext(Record):
    """What a custom executor is made from. `executor_config` is its resolved config."""

    job: JobDefinition
    executor_def: ExecutorDefinition
    executor_config: Mapping[str, Any]
    instance: Any = None


@overload
def executor(name: Callable[[Any], Any], /) -> ExecutorDefinition: ...
@overload
def executor(
    name: str | None = None,
    config_schema: Any = None,
    requirements: Iterable[ExecutorRequirement] | RequirementsOf | None = None,
) -> Callable[[Callable[[Any], Any]], ExecutorDefinition]: ...
def executor(
    name: Any = None,
    config_schema: Any = None,
    requirements: Iterable[ExecutorRequirement] | RequirementsOf | None = None,
) -> Any:
    """Makes an executor of a function from an `InitExecutorContext`; bare or with arguments.

    Without a `name` it has the function's.
    """
    if callable(name):
        return executor()(name)

    def decorate(function: Callable[[Any], Any]) -> ExecutorDefinition:
        return ExecutorDefinition(name or name_of(function), config_schema, requirements, function, doc_of(function))

    return decorate


def check_executor(value: object, what: str) -> ExecutorDefinition | None:
    """`value`, when it is an executor or None; `what` names the parameter. Raises `ParameterCheckError`."""
    check_kind(value, (ExecutorDefinition, type(None)), what)
    return value  # type: ignore[return-value]


# -- those that come with the house --------------------------------------------------------------------------------


def _in_process_fields() -> dict[str, object]:
    from dagjob.config.schema import Field, Selector

    return {
        "retries": Field(
            Selector({"enabled": Field({}, is_required=False), "disabled": Field({}, is_required=False)}),
            default_value={"enabled": {}},
            description="Whether failed ops are tried again, as their policies say.",
        ),
        "step_dependency_config": Field(
            {"require_upstream_step_success": Field(bool, is_required=False)},
            is_required=False,
            description="false: start an op when the outputs that it needs are there, before their ops have ended.",
        ),
        "marker_to_close": Field(str, is_required=False, description="Has no effect."),
    }


def _in_process_schema() -> object:
    from dagjob.config.schema import Field

    return Field(_in_process_fields())


def _multiprocess_schema() -> object:
    from dagjob.config.schema import COUNT, Field, Noneable, ScalarUnion, Selector

    start_methods: dict[str, object] = {
        name: Field({}, is_required=False) for name in ("preloaded", "lean", "spawn", "fork")
    }
    start_methods["forkserver"] = Field({"preload_modules": Field([str], is_required=False)}, is_required=False)
    fields = _in_process_fields()
    del fields["marker_to_close"]
    limit = {
        "key": str,
        "value": Field(ScalarUnion(str, {"applyLimitPerUniqueValue": bool}), is_required=False),
        "limit": COUNT,
    }
    return Field(
        {
            "max_concurrent": Field(
                Noneable(COUNT),
                default_value=None,
                description="How many ops may run at once; null or 0: one for each processor.",
            ),
            "tag_concurrency_limits": Field(
                Noneable([limit]), is_required=False, description="How many ops with a tag may run at once."
            ),
            "start_method": Field(
                Selector(start_methods), is_required=False, description="How the process of an op is started."
            ),
            **fields,
        }
    )


def _default_schema() -> object:
    from dagjob.config.schema import Field, Selector

    return Field(
        Selector({"multiprocess": _multiprocess_schema(), "in_process": _in_process_schema()}),
        default_value={"multiprocess": {}},
    )


def _needs_processes(_config: Mapping[str, Any]) -> Iterable[ExecutorRequirement]:
    from dagjob.definitions.executor_requirements import multiple_process_executor_requirements

    return multiple_process_executor_requirements()


def _needs_what_was_chosen(config: Mapping[str, Any]) -> Iterable[ExecutorRequirement]:
    return () if "in_process" in config else _needs_processes(config)


in_process_executor = ExecutorDefinition(
    "in_process",
    description="One op after the other, in the main process.",
    makes="dagjob.launch.executors:in_process",
    make_schema=_in_process_schema,
)
multiprocess_executor = ExecutorDefinition(
    "multiprocess",
    requirements=_needs_processes,
    description="Each op in a process of its own, several at once.",
    makes="dagjob.launch.executors:multiprocess",
    make_schema=_multiprocess_schema,
)
multi_or_in_process_executor = ExecutorDefinition(
    "multi_or_in_process_executor",
    requirements=_needs_what_was_chosen,
    description="multiprocess, unless the run config chooses in_process.",
    make_schema=_default_schema,
)
