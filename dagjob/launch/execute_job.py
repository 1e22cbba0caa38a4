"""`execute_job`: run a job as `dagjob run` does, from Python: its own executor and IO managers, kept in an instance.

What ops print goes where this process prints. A signal that would end the process (Ctrl-C) stops the run first.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from typing import Any

from dagjob.definitions.selection import checked_clauses
from dagjob.engine.job_result import JobExecutionResult
from dagjob.engine.reconstructable import ReconstructableJob
from dagjob.errors import CheckError, DagjobInvariantViolationError, DagjobUnmetExecutorRequirementsError
from dagjob.launch.instance import DagjobInstance
from dagjob.launch.python_run import execute_for_python, keep_failed_start, prepare_for_python
from dagjob.launch.reexecution import ReexecutionOptions, as_asked_for, find_parent, refuse_lost_values
from dagjob.launch.request import RunRequest, prepare, run_info
from dagjob.launch.settings import Settings, find_project
from dagjob.values.checks import brief
from dagjob.values.names import normalize_tags


def execute_job(
    job: ReconstructableJob,
    instance: DagjobInstance,
    run_config: Any = None,
    tags: Mapping[str, Any] | None = None,
    raise_on_error: bool = False,
    op_selection: Sequence[str] | None = None,
    reexecution_options: ReexecutionOptions | None = None,
) -> JobExecutionResult:
    """Run a job, or the ops of it that `op_selection` names, and keep the run in `instance`.

    `reexecution_options` go on from an earlier run of the job, with its config, selection and tags where none are given.

    Failures are in the result, also that an ephemeral instance is none for ops in processes of their own. With
    `raise_on_error` the first one comes out as an exception, where the ops run in this process. What else keeps the run
    from starting is raised in any case.
    """
    _check_kinds(job, instance)
    definition = job.get_definition()
    definition.check_requirements()
    made_by_call = bool(job.args or job.kwargs)
    settings = _settings_of_project()
    request = RunRequest(
        definition,
        run_config,
        target=job.target,
        maker=job if made_by_call else None,
        tags=normalize_tags(tags or {}, f'run tags of job "{definition.name}"'),
        raise_on_error=raise_on_error,
        on_disk=not instance.is_ephemeral,
        selection=checked_clauses(op_selection, "op_selection"),
        pools=settings.pools,
        capture_loggers=instance.capture_loggers or settings.capture_loggers,
        log_level=instance.log_level,
    )
    if reexecution_options is not None:
        _check_options(reexecution_options, op_selection)
        parent = find_parent(instance, reexecution_options, definition.name)
        request = as_asked_for(request, parent, config_given=run_config is not None)
    try:
        prepared = prepare(request) if request.partition_key is None else prepare_for_python(request, instance)
    except DagjobUnmetExecutorRequirementsError as error:
        if raise_on_error or not instance.is_ephemeral:
            raise
        return JobExecutionResult(definition, *keep_failed_start(request, instance, error))
    refuse_lost_values(prepared)
    run = run_info(prepared, None, instance.state)
    ran = execute_for_python(prepared, run, instance, keep_values=False, heeds_signals=True)
    return JobExecutionResult(prepared.job, ran.run, ran.events)


def _settings_of_project() -> Settings:
    """`[tool.dagjob]` of the project that this process is in."""
    project = find_project(os.getcwd())
    return project.settings if project is not None else Settings()


def _check_options(options: object, op_selection: Sequence[str] | None) -> None:
    if not isinstance(options, ReexecutionOptions):
        raise CheckError(f"execute_job: reexecution_options are ReexecutionOptions, not {brief(options)}")
    if op_selection and options.is_partial:
        raise DagjobInvariantViolationError(
            "op_selection and the steps of reexecution_options are two answers to one question: give one of them"
        )


def _check_kinds(job: object, instance: object) -> None:
    if not isinstance(job, ReconstructableJob):
        raise CheckError(
            f"execute_job takes a job that other processes can find:  execute_job(reconstructable(my_job), instance), "
            f"not {brief(job)}; for a job of this process alone there is  my_job.execute_in_process()"
        )
    if not isinstance(instance, DagjobInstance):
        raise CheckError(
            f"execute_job keeps the run in a DagjobInstance, as in  execute_job(job, DagjobInstance.get()), "
            f"not in {brief(instance)}"
        )
