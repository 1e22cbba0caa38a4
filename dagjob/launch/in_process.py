"""`execute_in_process`: run a job here and now, for tests and notebooks. No signal is taken; nothing is written to disk,
unless an instance is given.

The executor is always the one of this process; a default IO manager is replaced by one in memory, so an op gets the
very object that another returned.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from dagjob.definitions.iomanagers import default_io_manager, mem_io_manager
from dagjob.definitions.jobs import checked_inputs
from dagjob.definitions.resources import to_resource_definition
from dagjob.definitions.selection import checked_clauses
from dagjob.engine.result import ExecuteInProcessResult
from dagjob.launch.python_run import checked_run_id, execute_for_python, prepare_for_python
from dagjob.launch.request import RunRequest, prepare, run_info
from dagjob.values.checks import check_kind
from dagjob.values.names import normalize_tags

if TYPE_CHECKING:
    from dagjob.definitions.jobs import JobDefinition
    from dagjob.launch.instance import DagjobInstance


def execute_in_process(
    job: JobDefinition,
    *,
    run_config: Any = None,
    raise_on_error: bool = True,
    run_id: str | None = None,
    input_values: Mapping[str, Any] | None = None,
    tags: Mapping[str, Any] | None = None,
    resources: Mapping[str, Any] | None = None,
    op_selection: Sequence[str] | None = None,
    instance: DagjobInstance | None = None,
    partition_key: str | None = None,
) -> ExecuteInProcessResult:
    """Run a job, or the ops of it that `op_selection` names, and return the result. With an `instance` the run is kept.

    With `raise_on_error` the run stops at the first failing step and the user's own exception comes out; without it
    independent steps go on, and failures are in the result. Config that does not fit raises
    `DagjobInvalidConfigError` in both cases.
    """
    check_kind(resources, (dict, Mapping, type(None)), "execute_in_process: resources")
    check_kind(partition_key, (str, type(None)), "execute_in_process: partition_key")
    job = _for_this_process(job, resources or {})
    if op_selection is None:  # else only what is selected must have its resources, which is known later
        job.check_requirements()
    checked_inputs(f'job "{job.name}"', job.whole_graph, input_values)
    request = RunRequest(
        job,
        run_config,
        tags=normalize_tags(tags or {}, f'run tags of job "{job.name}"'),
        in_process=True,
        raise_on_error=raise_on_error,
        on_disk=instance is not None,
        input_values=input_values or {},
        selection=checked_clauses(op_selection, "op_selection"),
        partition_key=partition_key,
        capture_loggers=instance.capture_loggers if instance is not None else (),
        log_level=instance.log_level if instance is not None else None,
    )
    if partition_key is None:
        prepared = prepare(request)
    else:
        prepared = prepare_for_python(request, instance)
    job = prepared.job
    if op_selection is not None:
        job.check_requirements()
    run = run_info(prepared, checked_run_id(run_id, instance), instance.state if instance is not None else None)
    ran = execute_for_python(prepared, run, instance, keep_values=True)
    return ExecuteInProcessResult(job, ran.run, ran.events, ran.values)


def _for_this_process(job: JobDefinition, resources: Mapping[str, Any]) -> JobDefinition:
    """The job with `resources` in place, and outputs in memory where it has said nothing about them."""
    changed = {key: to_resource_definition(value) for key, value in resources.items()}
    if "io_manager" not in changed and job.resource_defs.get("io_manager") is default_io_manager:
        changed["io_manager"] = mem_io_manager
    return job.with_top_level_resources({**job.resource_defs, **changed}) if changed else job
