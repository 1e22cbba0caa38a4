"""What a process needs to do steps of one run: the job, what is known about the run, and resources.

`Worker` is the `Work` of this process. `JobSource` is how a process that was not forked from this one gets the same: it travels as
a pickle, and imports the user's module where it arrives.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from dagjob.definitions.walk import walk_ops
from dagjob.engine.attempt import Memory
from dagjob.engine.importing import Target
from dagjob.engine.ports import Emit, RunCall, StepCall, Work
from dagjob.engine.resources import OpenResources
from dagjob.engine.run_info import RunInfo
from dagjob.engine.step import StepAttempt
from dagjob.engine.target import load_job
from dagjob.errors import LeftAloneWarning
from dagjob.record import Record, asdict, compile_constructor, replace

if TYPE_CHECKING:
    from logging import Logger

    from dagjob.definitions.jobs import JobDefinition
    from dagjob.engine.reconstructable import ReconstructableJob
    from dagjob.events import Event
    from dagjob.plan.steps import Plan


class Worker:
    """Does steps in this process. `direct` are the values of top-level inputs that were given from Python.

    Without `open_resources` each attempt opens, and closes, its own, as in a process that does one step.
    """

    def __init__(self, job: JobDefinition, run: RunInfo, direct: Mapping[str, Any] | None = None) -> None:
        self.job = job
        self.run = run
        self.last: StepAttempt | None = None
        """The attempt that was made last."""
        self._direct = {**job.input_values, **(direct or {})}
        self._shared: OpenResources | None = None
        self._ahead = OpenResources()
        """What was opened before this process was forked; there for attempts that need nothing else."""
        self._only: str | None = None
        """The step of a run that has only one: what is told of resources is told of it."""
        self._memory = Memory()
        self._keep_values = False
        self.debug = False
        """Whether a failing attempt stops in the debugger, on the terminal."""
        self._loggers: list[Logger] | None = None

    def __call__(self, call: StepCall, emit: Emit) -> StepAttempt:
        shared = self._shared
        if shared is None and call.step.resources and self._ahead.by_key.keys() >= call.step.resources:
            shared = self._ahead
        self.last = StepAttempt(
            call,
            emit,
            job=self.job,
            run=self.run,
            direct=self._direct,
            shared=shared,
            memory=self._memory,
            loggers=self._job_loggers,
            keep_values=self._keep_values,
            debug=self.debug,
        )
        return self.last

    def _job_loggers(self) -> list[Logger]:
        """The loggers that the run config names; made once in a process."""
        if self._loggers is None:
            from dagjob.engine.job_loggers import open_loggers

            self._loggers = open_loggers(self.job, self.run)
        return self._loggers

    def turn_to(self, run: RunInfo) -> None:
        """Do the steps of another run of the job from now on, with what was opened ahead if that is the same for it."""
        if run.resources != self.run.resources:
            self._ahead = OpenResources()
        self.run = run
        self._memory.clear()
        self._loggers = None

    def keep_values(self) -> None:
        """Let every attempt keep the values of its outputs, for `execute_in_process`."""
        self._keep_values = True

    def open_ahead(self) -> None:
        """Open what is ours and holds nothing, so that the workers forked from this process need not, one by one."""
        definitions = self.job.resource_defs
        keys = {out.io_manager_key for _, _, op in walk_ops(self.job.graph) for out in op.outs.values()}
        ours = [
            key
            for key in keys
            if key in definitions and definitions[key].makes in _HOLDS_NOTHING and not self.run.resources.get(key)
        ]
        self._ahead.open(ours, definitions, self.run, _untold, in_worker=True)

    def open_resources(self, plan: Plan, emit: Emit) -> None:
        """Open what the steps of the plan need, once for all of them."""
        if self.run.loggers:
            self._job_loggers()
        keys = {key for step in plan.steps for key in step.resources}
        shared = OpenResources()
        self._only = plan.steps[0].key if len(plan.steps) == 1 else None
        shared.open(keys, self.job.resource_defs, self.run, emit, step=self._only)
        self._shared = shared

    def close_resources(self, emit: Emit) -> None:
        """Close them again."""
        if self._shared is not None:
            self._shared.close(emit, self._only)


_HOLDS_NOTHING = ("dagjob.builtin.fs_io:make_fs_io_manager",)
"""What makes, without config, resources that any number of attempts may share."""


def _untold(event: Event) -> None:
    """Nobody wants to know."""


class RunsWorker:
    """Does steps of several runs of one job, each attempt for the run that its call names, in a process of its own.

    `first` is one of these runs; calls tell what is other in theirs.
    """

    def __init__(self, job: JobDefinition, first: RunInfo) -> None:
        self._first = first
        self._fields = asdict(first)
        self._blank: RunInfo | None = None
        self._worker = Worker(job, first)

    def open_ahead(self) -> None:
        """See `Worker.open_ahead`; and have ready what each process makes."""
        self._worker.open_ahead()
        self._blank = replace(self._first)
        compile_constructor(RunCall)

    def differs(self, run: RunInfo) -> Mapping[str, object]:
        """What a call has to tell of its run, besides the id."""
        ours = self._fields
        return {field: value for field, value in asdict(run).items() if field != "run_id" and value != ours[field]}

    def __call__(self, call: StepCall, emit: Emit) -> StepAttempt:
        if not isinstance(call, RunCall):
            raise TypeError("the call does not say which run it belongs to")
        if call.run_id != self._worker.run.run_id:
            run = self._run_of(call)
            self._worker.turn_to(run)
            environment = os.environ
            for name, value in run.variables.items():
                if environment.get(name) != value:  # Each change costs a fork a few pages.
                    environment[name] = value
        return self._worker(call, emit)

    def _run_of(self, call: RunCall) -> RunInfo:
        """Its run: in a fresh fork one that was made before, since a new one would touch, and so copy, forty pages of memory."""
        run, self._blank = self._blank, None
        if run is None:
            return replace(self._first, run_id=call.run_id, **call.differs)
        for field, value in {"run_id": call.run_id, **call.differs}.items():
            object.__setattr__(run, field, value)
        return run


class JobSource(Record):
    """Where a fresh process finds the job of a run. `sources` are the job's files as they were when this was pickled."""

    target: Target
    run: RunInfo
    maker: ReconstructableJob | None = None
    """What makes the job, where its name alone does not."""
    host: str = ""
    sources: Mapping[str, tuple[int, int, int]] = {}
    shared: bool = False
    """Whether `run` is only one of several, and each call says which it belongs to."""

    def __reduce__(self) -> tuple[Any, ...]:
        from dagjob.engine.sources import stamps  # only for workers that are not forked

        return JobSource, (self.target, self.run, self.maker, _host(), self.sources or stamps(), self.shared)

    def open(self) -> Work:
        """Import the user's module and be ready to work. Raises when its files on this machine have changed."""
        from warnings import filterwarnings

        filterwarnings("ignore", category=LeftAloneWarning)  # The run has said it.
        if self.host == _host():
            from dagjob.engine.sources import refuse_changed

            refuse_changed(self.sources)
        whole = self.maker.get_definition() if self.maker is not None else load_job(self.target).job
        job = whole.get_subset(op_selection=self.run.selection, exclude=self.run.excluded)
        return RunsWorker(job, self.run) if self.shared else Worker(job, self.run)


def _host() -> str:
    return os.uname().nodename if hasattr(os, "uname") else ""


def preloads(job: JobDefinition) -> Iterable[str]:
    """Modules of ours that a worker of this job will want: loaded before it is forked, so that no child pays."""
    yield "dagjob.builtin.fs_io"
    kinds: set[str] = set()
    for _, _, op in walk_ops(job.graph):
        kinds.add(op.body_kind)
        if op.context_param is not None and "contexts" not in kinds:
            kinds.add("contexts")
            yield "dagjob.engine.contexts"
            yield "dagjob.engine.logs"
    if kinds & {"async", "async_generator"}:
        yield "dagjob.definitions.event_loop"
