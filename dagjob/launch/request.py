"""What is asked for, and what was found of it: a run before it begins, as plain values.

`prepare` finds everything that can be wrong before the first op, but for tags that say nothing, which the making of the plan
finds; `execute.py` does what was prepared.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from dagjob.config.document import as_document
from dagjob.definitions.executors import in_process_executor
from dagjob.engine.run_info import RunInfo, new_run_id
from dagjob.errors import DagjobInvariantViolationError
from dagjob.launch import executors
from dagjob.plan.build import build_plan
from dagjob.plan.durations import parse_duration
from dagjob.plan.resolve import resolve
from dagjob.record import Record, replace
from dagjob.values.names import MAX_RUNTIME_SECONDS_TAG

if TYPE_CHECKING:
    from dagjob.config.document import Document
    from dagjob.config.runconfig import RunConfig
    from dagjob.definitions.executors import ExecutorDefinition
    from dagjob.definitions.jobs import JobDefinition
    from dagjob.engine.importing import Target
    from dagjob.engine.reconstructable import ReconstructableJob
    from dagjob.events import PlannedOp
    from dagjob.launch.continued import GoOn
    from dagjob.partitions.base import PartitionKeyRange
    from dagjob.plan.again import Continued
    from dagjob.plan.resolve import ResolvedConfig
    from dagjob.plan.steps import Plan
    from dagjob.storage.paths import StateDir


class RunRequest(Record):
    """One run, as asked for.

    `target` is where other processes find the job (None: nowhere, only this process has it), `maker` what makes it, where
    its name alone does not. `executor` names one of
    `registries.EXECUTORS`, in place of the job's; `in_process` runs here whatever job and config say. `slots` is the most
    ops at a time (None: what the executor's config says, else the usable processors). `timeout` (of the run; else its tag
    dagster/max_runtime counts), `op_timeout` and `grace` are seconds; an op's own timeout counts more. `max_failures` is the
    number of failed ops after which nothing more is started (None: no limit); with `raise_on_error`, which says that the
    caller will raise what the op raised, it is one. Without `retries` nothing is tried again. `pools` are the slots of
    each pool, for all runs on the state directory; without `wait` a run that would wait for one ends. `on_disk`: the run
    will have a folder. `selection` and `excluded` are the clauses that say which ops of the job are meant (none: all).
    `again` says which steps of the run `parent_run_id` run again (None: all); that is kept in
    `earlier`, else with this one. `input_values` are those of the
    execution call. `capture_loggers` are Python's own loggers whose lines are kept, from `log_level` on.
    `variables_without` are patterns of the variables that are masked where those of failing frames are wanted (None: they are not).
    With `debug` a failing op stops in the debugger, in this process, and nothing times out.
    """

    job: JobDefinition
    config: Document | RunConfig | Mapping[str, Any] | None = None
    target: Target | None = None
    maker: ReconstructableJob | None = None
    tags: Mapping[str, str] = {}
    executor: str | None = None
    in_process: bool = False
    slots: int | None = None
    max_failures: int | None = None
    raise_on_error: bool = False
    timeout: float | None = None
    op_timeout: float | None = None
    retries: bool = True
    pools: Mapping[str, int] = {}
    wait: bool = True
    grace: float = 5.0
    on_disk: bool = True
    partition_key: str | None = None
    partition_range: PartitionKeyRange | None = None
    parent_run_id: str | None = None
    root_run_id: str | None = None
    selection: tuple[str, ...] = ()
    excluded: tuple[str, ...] = ()
    again: GoOn | None = None
    earlier: StateDir | None = None
    input_values: Mapping[str, Any] = {}
    capture_loggers: tuple[str, ...] = ()
    log_level: int | None = None
    variables_without: tuple[str, ...] | None = None
    debug: bool = False


class Planned:
    """A plan that is made when it is first asked for.

    So the process that starts the ops is forked without the plan: every fork of it would map those pages again, which took
    more than the ops themselves in runs of many thousands.
    """

    def __init__(self, make: Callable[[], Plan]) -> None:
        self._make = make
        self._plan: Plan | None = None
        self.ops: tuple[PlannedOp, ...] | None = None
        """Its steps as they are told of, once that was done: more runs may have the plan."""

    @property
    def plan(self) -> Plan:
        if self._plan is None:
            self._plan = self._make()
        return self._plan


class PreparedRun(Record):
    """A run that could start. `job` is what is selected of the request's, with another executor where one
    was asked for.

    `timeout` is in seconds; nothing limits a run in the caller's own process.
    """

    request: RunRequest
    job: JobDefinition
    resolved: ResolvedConfig
    planned: Planned
    executor: ExecutorDefinition
    executor_config: Any
    warnings: tuple[str, ...] = ()
    timeout: float | None = None
    notes: tuple[str, ...] = ()
    """What is worth knowing and no reason to worry."""
    config: Mapping[str, Any] = {}
    """What was passed, as a dict."""
    continued: Continued | None = None
    """What the run takes over from an earlier one."""

    @property
    def partition(self) -> str | None:
        """The partition as it is shown: its key, or `first...last`."""
        key, keys = partition_in({**self.job.run_tags, **self.request.tags}, self.job)
        return key if keys is None else "...".join(keys)

    @property
    def plan(self) -> Plan:
        """The steps of the run. Raises `DagjobInvalidDefinitionError`, when first asked, for a tag that says nothing."""
        return self.planned.plan


def prepare(request: RunRequest) -> PreparedRun:
    """Resolve the config, make the plan, choose the executor. Raises what the user has to mend."""
    if request.partition_key is not None or request.partition_range is not None:
        from dagjob.launch.partition import with_partition

        request = with_partition(request)
    job = request.job.get_subset(op_selection=request.selection, exclude=request.excluded)
    document = as_document(request.config)
    warnings: tuple[str, ...] = ()
    if request.executor is not None:
        config, warning = executors.fit_execution(document.value, request.executor)
        document = replace(document, value=config)
        warnings = (warning,) if warning else ()
        job = job.with_executor_def(executors.named_executor(request.executor))
    resolved = resolve(
        job,
        document,
        partition_key=request.partition_key,
        ignore_execution=request.in_process,
        input_values=tuple(request.input_values),
        check_instances=not request.in_process,
    )
    planned = Planned(lambda: build_plan(job, resolved, request.input_values))
    continued = None
    if request.again is not None:
        from dagjob.launch.continued import continue_run

        continued = known = continue_run(request, job, resolved, planned.plan)
        planned = Planned(lambda: known.plan)
    if request.in_process:
        executor, executor_config = in_process_executor, None
    else:
        executor, executor_config = job.executor_def.chosen(resolved.execution)
    executors.check_requirements(
        executor, executor_config, job, loadable=request.target is not None, on_disk=request.on_disk
    )
    notes: tuple[str, ...] = ()
    if job.is_subset and document.value:
        from dagjob.plan.left_out import ignored_config

        ignored = ignored_config(job, document)
        warnings, notes = (*warnings, *ignored.typed), ignored.others
    if continued is not None:
        from dagjob.launch.continued import notes_of

        notes = (*notes, *notes_of(continued))
    timeout = _timeout(request, job)
    return PreparedRun(
        request,
        job,
        resolved,
        planned,
        executor,
        executor_config or {},
        warnings,
        timeout,
        notes,
        resolved.given,
        continued,
    )


def _timeout(request: RunRequest, job: JobDefinition) -> float | None:
    """How long the run may take: as asked for, else as the tag says. Raises `DagjobInvariantViolationError` for a wrong tag."""
    if request.in_process or request.debug:
        return None
    text = {**job.run_tags, **request.tags}.get(MAX_RUNTIME_SECONDS_TAG)
    if request.timeout is not None or text is None:
        return request.timeout
    try:
        return parse_duration(text)
    except ValueError as error:
        raise DagjobInvariantViolationError(f'the tag "{MAX_RUNTIME_SECONDS_TAG}" of the run: {error}') from None


def partition_in(tags: Mapping[str, str], job: JobDefinition) -> tuple[str | None, tuple[str, str] | None]:
    """The partition key that the tags of a run say, and the ends of the range; most runs have neither."""
    if not any(tag.startswith("dagster/") for tag in tags):
        return None, None
    from dagjob.launch.partition import key_in, range_in

    return key_in(tags, job), range_in(tags)


def run_info(prepared: PreparedRun, run_id: str | None = None, state: StateDir | None = None) -> RunInfo:
    """What workers will know of the run. Without an id it gets a new one; without `state` it has no folder."""
    request, resolved = prepared.request, prepared.resolved
    made_by = prepared.continued.made_by if prepared.continued is not None else {}
    run_id = run_id or new_run_id()
    tags = {**prepared.job.run_tags, **request.tags}
    key, keys = partition_in(tags, prepared.job)
    earlier = request.earlier or state
    return RunInfo(
        run_id,
        prepared.job.name,
        tags,
        prepared.config,
        resolved.resources,
        resolved.loggers,
        partition_key=key,
        partition_range=keys,
        parent_run_id=request.parent_run_id,
        root_run_id=request.root_run_id,
        selection=request.selection,
        excluded=request.excluded,
        selected=prepared.job.selection.names if prepared.job.selection is not None else (),
        out_dir=str(state.out(run_id)) if state is not None else None,
        run_dir=str(state.run(run_id)) if state is not None else None,
        state=state,
        made_by=made_by,
        out_dirs={each: str(earlier.out(each)) for each in set(made_by.values())} if earlier is not None else {},
        output_config={path: given.outputs for path, given in resolved.ops.items() if given.outputs},
        capture_loggers=request.capture_loggers,
        log_level=request.log_level,
        variables_without=request.variables_without,
    )
