"""Executors as a job names them: a name, a config schema, requirements, and what makes the real thing.

What makes a built-in one lives in packages above and is named as text. Nothing here starts a process; that each job
holds a default executor costs a job module three small objects.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, overload

from dagjob.definitions.configurable import Configurable
from dagjob.definitions.parameters import doc_of, name_of
from dagjob.errors import ParameterCheckError
from dagjob.record import Record
from dagjob.values.checks import check_kind

if TYPE_CHECKING:
    from dagjob.definitions.executor_requirements import ExecutorRequirement
    from dagjob.definitions.jobs import JobDefinition
    from dagjob.engine.ports import Emit, Work, WorkSource

    RequirementsOf = Callable[[Mapping[str, Any]], Iterable[ExecutorRequirement]]


class ExecutorDefinition(Configurable):
    """An executor that a job can run on.

    `requirements` is a list, or a function from the executor's config to one. `executor_creation_fn` takes an
    `InitExecutorContext` and returns the executor, an `Executor` of `engine/ports.py`; `makes` names such a function as
    `module:function`, so that it is imported when the executor is chosen. `selects`: executors of which the config names
    one; what makes that one is taken.
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
        selects: Iterable[ExecutorDefinition] = (),
    ) -> None:
        check_kind(name, str, "ExecutorDefinition: name")
        check_kind(description, (str, type(None)), f"executor {name}: description")
        if executor_creation_fn is not None and not callable(executor_creation_fn):
            raise ParameterCheckError(
                f"executor {name}: executor_creation_fn must be a function, not {executor_creation_fn!r}."
            )
        self.name = name
        self.description = description
        self.executor_creation_fn = executor_creation_fn
        self.makes = makes
        self._selects = {each.name: each for each in selects}
        self._requirements = requirements if requirements is None or callable(requirements) else list(requirements)
        self._set_schema(config_schema, make_schema)

    def get_requirements(self, executor_config: Mapping[str, Any]) -> list[ExecutorRequirement]:
        """What the executor demands of a run with this config."""
        if callable(self._requirements):
            return list(self._requirements(executor_config))
        return list(self._requirements or ())

    def chosen(self, executor_config: Any) -> tuple[ExecutorDefinition, Any]:
        """The executor of a run with this resolved config, and its own config."""
        if not self._selects:
            return self, executor_config
        ((name, config),) = executor_config.items()
        return self._selects[name], config

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
    """What an executor is made from.

    `executor_config` is its resolved config. `work` does attempts in this process, and in one that is forked from it;
    `source` can be pickled, and gives the same in a process that was not (None: the job has no name by which another
    process could find it). `emit` takes the events of attempts. `slots` is what the command line says about the most
    attempts at once; `grace` the seconds between asking an attempt to end and killing it. `wakeup_fd` becomes readable
    when a signal comes: `wait` should then return. `preload` names modules that a process needs for its attempts.
    """

    job: JobDefinition
    executor_def: ExecutorDefinition
    executor_config: Any
    work: Work
    source: WorkSource | None
    emit: Emit
    slots: int | None = None
    grace: float = 5.0
    wakeup_fd: int | None = None
    preload: Sequence[str] = ()
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


# -- built-in ones -------------------------------------------------------------------------------------------------


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
    from dagjob.config.schema import Field

    return Field(_multiprocess_fields())


def _multiprocess_fields() -> dict[str, object]:
    from dagjob.config.schema import AT_LEAST_ONE, COUNT, Enum, EnumValue, Field, Noneable, ScalarUnion, Selector

    start_methods: dict[str, object] = {
        name: Field({}, is_required=False) for name in ("preloaded", "lean", "spawn", "fork")
    }
    start_methods["forkserver"] = Field({"preload_modules": Field([str], is_required=False)}, is_required=False)
    fields = _in_process_fields()
    del fields["marker_to_close"]
    limit = {
        "key": str,
        "value": Field(ScalarUnion(str, {"applyLimitPerUniqueValue": bool}), is_required=False),
        "limit": AT_LEAST_ONE,
    }
    return {
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
        "workers": Field(
            Enum("Workers", [EnumValue("fresh"), EnumValue("warm")]),
            is_required=False,
            description="fresh: each op has a process of its own; warm: a process does many ops, one after the other, for "
            "graphs of thousands of small ones.",
        ),
        "ops_per_worker": Field(
            COUNT,
            is_required=False,
            description="How many ops a warm worker does before a fresh one takes its place (default 100).",
        ),
        **fields,
    }


def _dask_schema() -> object:
    from dagjob.config.schema import Field
    from dagjob.definitions import dask_config

    alike = _multiprocess_fields()
    names = ("tag_concurrency_limits", "start_method", "workers", "ops_per_worker", "retries", "step_dependency_config")
    return Field({**dask_config.fields(), **{name: alike[name] for name in names}})


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
    chosen, its_config = multi_or_in_process_executor.chosen(config)
    return chosen.get_requirements(its_config)


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
dask_executor = ExecutorDefinition(
    "dask",
    requirements=_needs_processes,
    description="Each op in a process of its own on a worker of a Dask cluster.",
    makes="dagjob.launch.executors:dask",
    make_schema=_dask_schema,
)
multi_or_in_process_executor = ExecutorDefinition(
    "multi_or_in_process_executor",
    requirements=_needs_what_was_chosen,
    description="multiprocess, unless the run config chooses in_process.",
    make_schema=_default_schema,
    selects=(multiprocess_executor, in_process_executor),
)
