"""Which executor a run gets, and how each is made from what the run says about it."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from dagjob.engine.ports import Executor, Sink
from dagjob.engine.worker import JobSource, Worker
from dagjob.errors import DagjobUnmetExecutorRequirementsError, DagjobUsageError, did_you_mean
from dagjob.plan.limits import TagLimit
from dagjob.record import Record

if TYPE_CHECKING:
    from dagjob.definitions.executors import ExecutorDefinition
    from dagjob.definitions.jobs import JobDefinition
    from dagjob.engine.interrupts import Interrupts
    from dagjob.plan.steps import Plan


class Workplace(Record):
    """What an executor is made from. `config` is its resolved config, `jobs` what the command line says."""

    worker: Worker
    source: JobSource
    emit: Sink
    config: Mapping[str, Any]
    jobs: int | None
    grace: float
    interrupts: Interrupts
    preload: Sequence[str] = ()


def in_process(place: Workplace) -> Executor:
    """One op after the other, in this process."""
    from dagjob.executors.in_process import InProcess

    return InProcess(place.worker, place.emit, wakeup_fd=place.interrupts.fd, grace=place.grace)


def multiprocess(place: Workplace) -> Executor:
    """One process for each op; where processes cannot be made that way, one op after the other in this one."""
    from dagjob.executors.start_method import choose

    if choose(start_method(place.config))[0] is None:
        return in_process(place)
    from dagjob.executors.multiprocess import Multiprocess

    return Multiprocess(
        place.worker,
        place.source,
        place.emit,
        slots=place.jobs or place.config.get("max_concurrent") or usable_processors(),
        start_method=start_method(place.config),
        grace=place.grace,
        wakeup_fd=place.interrupts.fd,
        preload=place.preload,
    )


def start_method(config: Mapping[str, Any]) -> str | None:
    """The one that the run config insists on."""
    given = config.get("start_method")
    return next(iter(given)) if given else None


def usable_processors() -> int:
    """How many processors this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def named_executor(name: str) -> ExecutorDefinition:
    """The built-in executor of that name; raises `DagjobUsageError` for any other."""
    from dagjob.definitions import executors

    known = {"in_process": executors.in_process_executor, "multiprocess": executors.multiprocess_executor}
    if name not in known:
        raise DagjobUsageError(f'no executor "{name}" (there are: {", ".join(known)}).{did_you_mean(name, known)}')
    return known[name]


def fit_execution(config: Mapping[str, Any], name: str) -> tuple[dict[str, Any], str | None]:
    """The run config for the executor that the command line names, and a warning when its own section was dropped."""
    section = config.get("execution")
    rest = {key: value for key, value in config.items() if key != "execution"}
    inner = section.get("config") if isinstance(section, dict) else None
    if not inner:
        return rest, None
    if isinstance(inner, dict) and name in inner:
        return {**rest, "execution": {"config": inner[name]}}, None
    return rest, f"the section execution is not meant for the executor {name} and was ignored"


def tag_limits(config: Mapping[str, Any]) -> list[TagLimit]:
    """`tag_concurrency_limits` as the schedule understands them."""
    limits = []
    for entry in config.get("tag_concurrency_limits") or ():
        value = entry.get("value")
        each = isinstance(value, dict)
        limits.append(TagLimit(entry["key"], entry["limit"], None if each else value, per_value=each))
    return limits


def retries_enabled(config: Mapping[str, Any]) -> bool:
    """The `retries` switch of the executor."""
    return "disabled" not in (config.get("retries") or {})


def require_outputs_on_disk(job: JobDefinition, plan: Plan, executor: str) -> None:
    """An executor with processes needs outputs that another process can read."""
    from dagjob.definitions.iomanagers import mem_io_manager
    from dagjob.engine.attempt import node_at

    for step in plan.steps:
        op: Any = node_at(job, step.node).definition
        for out in op.outs.values():
            if not out.dagster_type.is_nothing and job.resource_defs.get(out.io_manager_key) is mem_io_manager:
                raise DagjobUnmetExecutorRequirementsError(
                    f'the executor "{executor}" runs each op in a process of its own, but the output "{out.name}" of '
                    f'"{step.key}" is kept in memory by "{out.io_manager_key}" (mem_io_manager)'
                ).noting("run it with -e in_process, or give the output an IO manager that stores it on disk")
