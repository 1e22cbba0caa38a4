"""Which executor a run gets, whether the run has what it requires, and how each built-in one is made."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar

from dagjob.definitions.walk import walk_ops
from dagjob.engine.importing import stdout_is_stderr
from dagjob.engine.ports import Executor
from dagjob.errors import (
    DagjobError,
    DagjobExecutorFunctionError,
    DagjobInvalidDefinitionError,
    DagjobUnmetExecutorRequirementsError,
)
from dagjob.launch.registries import EXECUTORS, load
from dagjob.plan.limits import TagLimit

if TYPE_CHECKING:
    from dagjob.definitions.executors import ExecutorDefinition, InitExecutorContext
    from dagjob.definitions.jobs import JobDefinition
    from dagjob.executors.multiprocess import Multiprocess
    from dagjob.executors.shared import SharedProcesses

M = TypeVar("M", bound="Multiprocess")

OPS_PER_WORKER = 100
"""How many ops a warm worker does before a fresh one takes its place."""


def named_executor(name: str) -> ExecutorDefinition:
    """The executor of the table with that name."""
    definition: ExecutorDefinition = load(EXECUTORS[name])
    return definition


def make_executor(context: InitExecutorContext) -> Executor:
    """Make what the definition says. Raises when that fails, or is no executor."""
    definition = context.executor_def
    make = load(definition.makes) if definition.makes is not None else definition.executor_creation_fn
    if make is None:
        raise DagjobInvalidDefinitionError(
            f'executor "{definition.name}" has nothing that makes it: give it an executor_creation_fn'
        )
    try:
        with stdout_is_stderr():
            made = make(context)
    except DagjobError:
        raise
    except Exception as error:
        raise DagjobExecutorFunctionError(f'executor "{definition.name}" could not be made', error) from error
    if isinstance(made, Executor):
        if definition.makes is not None:
            return made
        from dagjob.executors.guarded import Guarded

        return Guarded(made, definition.name, context.emit)
    raise DagjobInvalidDefinitionError(
        f'executor "{definition.name}" returned a {type(made).__name__}, which is no executor: it needs the methods submit '
        f"and wait, and the rest of dagjob.engine.ports.Executor"
    ).noting("inherit from dagjob.engine.ports.Executor; an executor with Dagster's execute() cannot run here")


def check_requirements(
    definition: ExecutorDefinition, config: Any, job: JobDefinition, *, loadable: bool, on_disk: bool
) -> None:
    """Raise `DagjobUnmetExecutorRequirementsError` for what the executor requires and the run does not have.

    `loadable`: another process can find the job by its name. `on_disk`: the run has a folder.
    """
    required = definition.get_requirements(config)
    if not required:
        return
    from dagjob.definitions.executor_requirements import ExecutorRequirement

    if ExecutorRequirement.RECONSTRUCTABLE_JOB in required and not loadable:
        raise DagjobUnmetExecutorRequirementsError(
            f'the executor "{definition.name}" runs each op in a process of its own, which cannot find the job '
            f'"{job.name}": give it as reconstructable(...), a name at the top of a module'
        )
    if ExecutorRequirement.NON_EPHEMERAL_INSTANCE in required and not on_disk:
        raise DagjobUnmetExecutorRequirementsError(
            f'the executor "{definition.name}" needs a state directory on disk, and this run has none'
        )
    if ExecutorRequirement.PERSISTENT_OUTPUTS in required:
        _require_outputs_on_disk(job, definition.name)


def _require_outputs_on_disk(job: JobDefinition, executor: str) -> None:
    from dagjob.definitions.iomanagers import mem_io_manager

    for path, _, op in walk_ops(job.graph):
        for out in op.outs.values():
            if not out.dagster_type.is_nothing and job.resource_defs.get(out.io_manager_key) is mem_io_manager:
                raise DagjobUnmetExecutorRequirementsError(
                    f'the executor "{executor}" runs each op in a process of its own, but the output "{out.name}" of '
                    f'"{".".join(path)}" is kept in memory by "{out.io_manager_key}" (mem_io_manager)'
                ).noting("run it with -e in_process, or give the output an IO manager that stores it on disk")


# -- the built-in ones ---------------------------------------------------------------------------------------------


def in_process(context: InitExecutorContext) -> Executor:
    """One op after the other, in this process."""
    from dagjob.executors.in_process import InProcess

    # Who heeds the signals of a process owns it: `dagjob run` does, `execute_in_process` is a guest.
    own = context.wakeup_fd is not None
    return InProcess(context.work, context.emit, wakeup_fd=context.wakeup_fd, grace=context.grace, own_process=own)


def multiprocess(context: InitExecutorContext) -> Executor:
    """One process for each op; where processes cannot be made that way, one op after the other in this one."""
    from dagjob.executors.start_method import choose

    start_method = next(iter(context.executor_config.get("start_method") or ()), None)
    if choose(start_method)[0] is None:
        return in_process(context)
    from dagjob.executors.multiprocess import Multiprocess

    return _multiprocess(context, Multiprocess)


def shared(context: InitExecutorContext) -> SharedProcesses | None:
    """One that several runs of one job share, each op in a process of its own; None: each run needs its own."""
    from dagjob.definitions.executors import multiprocess_executor
    from dagjob.executors.start_method import choose

    start_method = next(iter(context.executor_config.get("start_method") or ()), None)
    if context.executor_def.makes != multiprocess_executor.makes or choose(start_method)[0] is None:
        return None
    from dagjob.executors.shared import SharedProcesses

    return _multiprocess(context, SharedProcesses)


def dask(context: InitExecutorContext) -> Executor:
    """One process for each op, on the workers of a Dask cluster."""
    from dagjob.executors.dask.cluster import require_dask

    require_dask()
    from dagjob.executors.dask.executor import DaskExecutor
    from dagjob.executors.dask.workers import Crew

    slots = context.slots or context.executor_config.get("max_concurrent")
    crew = Crew(context, slots or usable_processors(), _orders_of_a_worker(context.executor_config))
    return DaskExecutor(crew, context.emit, slots, context.grace, context.wakeup_fd)


def _orders_of_a_worker(config: Mapping[str, Any]) -> int:
    return (config.get("ops_per_worker") or OPS_PER_WORKER) if config.get("workers") == "warm" else 1


def _multiprocess(context: InitExecutorContext, kind: type[M]) -> M:
    config = context.executor_config
    return kind(
        context.work,
        context.source,
        context.emit,
        slots=context.slots or config.get("max_concurrent") or usable_processors(),
        start_method=next(iter(config.get("start_method") or ()), None),
        grace=context.grace,
        wakeup_fd=context.wakeup_fd,
        preload=context.preload,
        most=_orders_of_a_worker(config),
    )


def workers_of(executor: ExecutorDefinition, config: Mapping[str, Any], slots: int | None) -> int:
    """How many ops at a time there will be, as far as that can be told before the executor is made."""
    from dagjob.definitions.executors import in_process_executor, multiprocess_executor

    if executor.makes == in_process_executor.makes:
        return 1
    asked: int | None = slots or config.get("max_concurrent")
    if executor.makes != multiprocess_executor.makes:
        return asked or 1
    from dagjob.executors.link import fitting

    return fitting(asked or usable_processors())[0]


def usable_processors() -> int:
    """How many processors this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


# -- what their config means to others -----------------------------------------------------------------------------


def fit_execution(config: Mapping[str, Any], name: str) -> tuple[dict[str, Any], str | None]:
    """The run config for the executor that the command line names, and a warning when its own section was dropped."""
    section = config.get("execution")
    rest = {key: value for key, value in config.items() if key != "execution"}
    inner = section.get("config") if isinstance(section, dict) else None
    if not inner:
        return rest, None
    if isinstance(inner, dict) and name in inner:
        return {**rest, "execution": {"config": inner[name]}}, None
    if isinstance(inner, dict) and _knows(named_executor(name), inner):
        return dict(config), None
    return rest, f"the section execution is not meant for the executor {name} and was ignored"


def _knows(definition: ExecutorDefinition, config: Mapping[str, Any]) -> bool:
    """Whether all that the config names are fields of this executor."""
    from dagjob.config.fields import FieldsByName, to_field

    schema = to_field(definition.config_schema).config_type
    return isinstance(schema, FieldsByName) and schema.fields.keys() >= config.keys()


def tag_limits(config: Any) -> list[TagLimit]:
    """`tag_concurrency_limits` as the schedule understands them; a user's executor may have the key too."""
    limits = []
    for entry in (config.get("tag_concurrency_limits") if isinstance(config, Mapping) else None) or ():
        value = entry.get("value")
        each = isinstance(value, dict)
        limits.append(TagLimit(entry["key"], entry["limit"], None if each else value, per_value=each))
    return limits


def outputs_suffice(config: Any) -> bool:
    """`require_upstream_step_success: false`: ops start as soon as the outputs that they need are there."""
    rule = config.get("step_dependency_config") if isinstance(config, Mapping) else None
    return isinstance(rule, Mapping) and rule.get("require_upstream_step_success") is False


def retries_enabled(config: Any) -> bool:
    """The `retries` switch of the executor."""
    return "disabled" not in ((config.get("retries") if isinstance(config, Mapping) else None) or {})
