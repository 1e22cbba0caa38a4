"""Going on from an earlier run: what is asked for, and what the history knows of that run and those before it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from dagjob.config.secrets import MASK
from dagjob.definitions.iomanagers import mem_io_manager
from dagjob.definitions.selection import checked_clauses
from dagjob.definitions.walk import op_at
from dagjob.engine.result import FAILURE_REASON_TAG
from dagjob.errors import DagjobInvalidInvocationError, DagjobInvariantViolationError, DagjobRunNotFoundError
from dagjob.launch.continued import GoOn
from dagjob.launch.partition import PARTITION_SET_TAG, PARTITION_TAG
from dagjob.record import Record, replace
from dagjob.storage.past import read_earlier
from dagjob.values.checks import check_kind

if TYPE_CHECKING:
    from dagjob.launch.instance import DagjobInstance
    from dagjob.launch.request import PreparedRun, RunRequest
    from dagjob.storage.records import RunRow

PARENT_TAG, ROOT_TAG = "dagster/parent_run_id", "dagster/root_run_id"
_OF_THE_RUN_ITSELF = frozenset({PARENT_TAG, ROOT_TAG, FAILURE_REASON_TAG})


class ReexecutionOptions:
    """Run a job again as its run `parent_run_id` was: all of it, or the steps that `step_selection` names.

    `ReexecutionOptions.from_failure(run_id, instance)` runs what failed or did not run, and what is below.
    """

    def __init__(self, parent_run_id: str, step_selection: Sequence[str] = ()) -> None:
        self.parent_run_id = check_kind(parent_run_id, str, "ReexecutionOptions: parent_run_id")
        self.step_selection = list(checked_clauses(step_selection, "step_selection"))
        self.only_unfinished = False

    @staticmethod
    def from_failure(run_id: str, instance: DagjobInstance) -> ReexecutionOptions:
        """Raises `DagjobRunNotFoundError`, and `DagjobInvariantViolationError` for a run that has not failed."""
        run = instance.get_run_by_id(run_id)
        if run is None:
            raise DagjobRunNotFoundError(f'there is no run "{run_id}".')
        if not run.is_failure_or_canceled:
            raise DagjobInvariantViolationError(
                f'run "{run_id}" has not failed: it is {run.status.value}. Without from_failure, '
                "ReexecutionOptions(run_id) runs all of it again"
            )
        options = ReexecutionOptions(run_id)
        options.only_unfinished = True
        return options

    @property
    def is_partial(self) -> bool:
        """Are some steps meant, and not all?"""
        return self.only_unfinished or bool(self.step_selection)


class Parent(Record):
    """The run that is gone on from, and what it had: `again` is None where all steps run again."""

    row: RunRow
    again: GoOn | None


def find_parent(instance: DagjobInstance, options: ReexecutionOptions, job: str) -> Parent:
    """Read the parent. Raises `DagjobRunNotFoundError`, and for the run of another job `DagjobInvariantViolationError`."""
    with instance.open_history() as history:
        if history is None:
            raise DagjobRunNotFoundError(f'there is no run "{options.parent_run_id}".')
        row = history.known(options.parent_run_id)
        if row.job != job:
            raise DagjobInvariantViolationError(f'run "{row.id}" is one of job "{row.job}", not of "{job}"')
        if not options.is_partial:
            return Parent(row, None)
        clauses = None if options.only_unfinished else tuple(options.step_selection)
        return Parent(row, GoOn(read_earlier(history, row), instance.state, clauses))


def as_asked_for(request: RunRequest, parent: Parent, *, config_given: bool) -> RunRequest:
    """The request, with what it has from its parent: config and selection where none is given, partition, tags.

    Raises `DagjobInvalidInvocationError` where the config of the parent had secrets in it, which nobody has kept.
    """
    row = parent.row
    root = row.root or row.id
    inherited = {key: value for key, value in row.tags.items() if key not in _OF_THE_RUN_ITSELF}
    if not config_given and holds_mask(row.config):
        raise DagjobInvalidInvocationError(
            f'the config of run "{row.id}" has secrets in it, which the history does not keep: give run_config'
        )
    return replace(
        request,
        config=request.config if config_given else row.config,
        tags={**inherited, **request.tags, PARENT_TAG: row.id, ROOT_TAG: root},
        selection=request.selection or row.selection,
        excluded=request.excluded or (() if request.selection else row.excluded),
        partition_key=request.partition_key or _partition_of(inherited, request),
        parent_run_id=row.id,
        root_run_id=root,
        again=parent.again,
    )


def _partition_of(tags: Mapping[str, str], request: RunRequest) -> str | None:
    """The key that the earlier run was given, whose config it had; one that was set by a tag alone has none."""
    if PARTITION_SET_TAG not in tags or request.job.partitions_def is None:
        return None
    return tags.get(PARTITION_TAG)


def holds_mask(value: object) -> bool:
    """Whether there was a secret in a config that was kept."""
    if isinstance(value, Mapping):
        return any(map(holds_mask, value.values()))
    if isinstance(value, list | tuple):
        return any(map(holds_mask, value))
    return isinstance(value, str) and MASK in value


def refuse_lost_values(prepared: PreparedRun) -> None:
    """Raise `DagjobInvariantViolationError` where a step reads what another run has kept in memory."""
    continued, job = prepared.continued, prepared.job
    if continued is None:
        return
    for step in prepared.plan.steps:
        for port in [port for wire in step.wires if wire.reads for port in wire.ports]:
            out: Any = op_at(job.graph, tuple(port.step.partition("[")[0].split("."))).outs[port.output]
            reused = port.step in continued.reused or any(
                key.startswith(port.step.removesuffix("?]")) for key in continued.reused if port.step.endswith("?]")
            )
            if reused and job.resource_defs.get(out.io_manager_key) is mem_io_manager:
                raise DagjobInvariantViolationError(
                    f'"{step.key}" reads the output "{port.output}" of "{port.step}", which an earlier run has kept in '
                    f'memory ("{out.io_manager_key}" is mem_io_manager): run that step again, too'
                )
