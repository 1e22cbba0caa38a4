"""The run view: what is known of a run, live or past. Every screen, the JSON of a run and its report are drawn from it.

It is a fold over events and nothing else. Whether an event happens now or is read from the history makes no difference:
how a step stands is what the event says, and metadata is kept as JSON has it. Each event costs the same however many
ops there are: every status has a dictionary of its ops, so that counts are sizes. Nothing here knows a screen, a file
or a clock; who asks how long something runs says what time it is.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, Literal, get_args

from dagjob import events as ev
from dagjob.event_json import plain_metadata
from dagjob.record import Record, replace

STATUSES: tuple[ev.OpStatus, ...] = get_args(ev.OpStatus)
OPEN: tuple[ev.OpStatus, ...] = ("waiting", "running", "retrying")
BAD: tuple[ev.OpStatus, ...] = ("failed", "timeout")
DONE: tuple[ev.OpStatus, ...] = ("success", "reused", "skipped")
TEMPLATE = "[?]"
"""The end of the key of a template: a mapped op whose copies are not known yet."""
MOST_TRIES = 10

_NONE: Mapping[str, Any] = {}


class OutputView(Record):
    """One output that the last attempt of a step yielded.

    `stored`: False for an output that no IO manager keeps, as of type Nothing; `path` and `bytes` where the IO manager
    says so.
    """

    name: str
    mapping_key: str | None = None
    type: str | None = None
    stored: bool = False
    manager: str | None = None
    path: str | None = None
    bytes: int | None = None
    metadata: Mapping[str, Any] = {}

    @property
    def label(self) -> str:
        """Its name among those of its op: `part[a]` of a dynamic output."""
        return self.name if self.mapping_key is None else f"{self.name}[{self.mapping_key}]"


class Try(Record):
    """An attempt that failed and was followed by another one, `wait` seconds later (None: not said, so at once)."""

    attempt: int
    ended: float
    seconds: float
    wait: float | None
    error: ev.ErrorInfo


_NO_OUTPUTS: list[OutputView] = []
"""Of most steps for most of the time: shared, and never appended to."""


class OpView:
    """One step by now. Times are seconds since the epoch; `seconds`, `cpu` and `max_rss` are of the last attempt.

    `first` is the start of the first attempt, `started` that of the last; `tries` are the attempts that failed and were
    tried again, the last ten of them; `because` names what was missing (skipped) or what failed above (not run).
    """

    __slots__ = (
        "attempt",
        "because",
        "copies",
        "cpu",
        "ended",
        "error",
        "failure",
        "first",
        "key",
        "log",
        "max_retries",
        "max_rss",
        "op",
        "outputs",
        "progress",
        "seconds",
        "started",
        "status",
        "template",
        "tries",
        "upstream",
        "worker",
    )

    def __init__(self, key: str, op: str, upstream: tuple[str, ...] = (), template: OpView | None = None) -> None:
        self.key = key
        self.op = op
        self.upstream = upstream
        self.template = template
        """Of a copy of a mapped op."""
        self.copies: list[OpView] | None = None
        """Of a template, as soon as they are known."""
        self.status: ev.OpStatus = "waiting"
        self.attempt = 0
        self.first: float | None = None
        self.started: float | None = None
        self.ended: float | None = None
        self.seconds: float | None = None
        self.cpu: float | None = None
        self.max_rss: int | None = None
        self.progress: ev.Progressed | None = None
        self.error: ev.ErrorInfo | None = None
        self.failure: ev.FailureData | None = None
        self.tries: tuple[Try, ...] = ()
        self.max_retries = 0
        self.because: tuple[str, ...] = ()
        self.log: str | None = None
        self.worker: str | None = None
        """Which worker does it, or did, where that may be on another machine."""
        self.outputs: list[OutputView] = _NO_OUTPUTS
        """In the order in which they were yielded."""

    # -- questions -------------------------------------------------------------------------------------------------

    @property
    def label(self) -> str:
        """The name on the screen: a template whose copies are not known yet reads `parse[*]`."""
        return self.key.replace(TEMPLATE, "[*]")

    @property
    def flaky(self) -> bool:
        """Succeeded, but not at once."""
        return self.status == "success" and bool(self.tries)

    @property
    def retry_at(self) -> float | None:
        """When the next attempt is due, of a step that waits for one."""
        if self.status != "retrying":
            return None
        return self.tries[-1].ended + (self.tries[-1].wait or 0.0)

    def span(self, now: float | None = None) -> float | None:
        """Seconds from the start of the first attempt to the end, or until now."""
        if self.first is None:
            return None
        end = self.ended if self.ended is not None else now
        return self.seconds if end is None else max(self.seconds or 0.0, end - self.first)

    def running_for(self, now: float) -> float:
        """Seconds since the attempt began."""
        return max(0.0, now - self.started) if self.started is not None else 0.0

    # -- the fold --------------------------------------------------------------------------------------------------

    def __call__(self, event: ev.Event) -> None:
        """Take in an event of this step. Those that change nothing here are ignored."""
        fold = OP_FOLDS.get(type(event))
        if fold is not None:
            fold(self, event)

    def _started(self, event: ev.StepStarted) -> None:
        self.status = event.status
        self.attempt = event.attempt
        self.started = event.at
        if self.first is None:
            self.first = event.at
        self.log = event.log
        self.worker = event.worker
        self.progress = None
        self.seconds = None
        self.outputs = _NO_OUTPUTS

    def _progressed(self, event: ev.Progressed) -> None:
        self.progress = event

    def _checked(self, event: ev.OutputChecked) -> None:
        metadata = plain_metadata(event.metadata) if event.metadata else _NONE
        self._add_output(OutputView(event.output, event.mapping_key, event.type, metadata=metadata))

    def _stored(self, event: ev.OutputStored) -> None:
        kind, metadata = None, _NONE
        checked = self.outputs[-1] if self.outputs else None
        if checked is not None and checked.name == event.output and checked.mapping_key == event.mapping_key:
            kind, metadata = checked.type, checked.metadata
            self.outputs.pop()
        if event.metadata:
            metadata = {**metadata, **plain_metadata(event.metadata)}
        self._add_output(
            OutputView(
                event.output, event.mapping_key, kind, True, event.manager_key, event.path, event.bytes, metadata
            )
        )

    def _add_output(self, output: OutputView) -> None:
        if self.outputs is _NO_OUTPUTS:
            self.outputs = []
        self.outputs.append(output)

    def _ran(self, event: ev.StepSucceeded | ev.StepFailed | ev.StepRetrying) -> None:
        self.status = event.status
        self.attempt = event.attempt
        self.seconds = event.seconds
        self.cpu = event.cpu
        self.max_rss = event.max_rss

    def _succeeded(self, event: ev.StepSucceeded) -> None:
        self._ran(event)
        self.ended = event.at
        self.error = self.failure = None

    def _failed(self, event: ev.StepFailed) -> None:
        self._ran(event)
        self.ended = event.at
        self.error = event.error
        self.failure = _plain_failure(event.failure)

    def _retrying(self, event: ev.StepRetrying) -> None:
        self._ran(event)
        tried = Try(event.attempt, event.at, event.seconds, event.wait, event.error)
        self.tries = (*self.tries, tried)[-MOST_TRIES:]
        self.error = event.error
        self.failure = _plain_failure(event.failure)
        self.max_retries = event.max_retries

    def _skipped(self, event: ev.StepSkipped) -> None:
        self.status = event.status
        self.because = event.missing
        self.ended = event.at

    def _reused(self, event: ev.StepReused) -> None:
        self.status = event.status
        self.ended = event.at

    def _not_run(self, event: ev.StepNotRun) -> None:
        self.status = event.status
        self.because = event.because
        self.ended = event.at


def _plain_failure(failure: ev.FailureData | None) -> ev.FailureData | None:
    return None if failure is None else ev.FailureData(failure.description, plain_metadata(failure.metadata))


OP_FOLDS: Mapping[type[ev.Event], Callable[[OpView, Any], None]] = {
    ev.StepStarted: OpView._started,
    ev.Progressed: OpView._progressed,
    ev.OutputChecked: OpView._checked,
    ev.OutputStored: OpView._stored,
    ev.StepSucceeded: OpView._succeeded,
    ev.StepRetrying: OpView._retrying,
    ev.StepFailed: OpView._failed,
    ev.StepSkipped: OpView._skipped,
    ev.StepReused: OpView._reused,
    ev.StepNotRun: OpView._not_run,
}
"""The events of a step that change what is known of it."""
HEARD: frozenset[type[ev.Event]] = frozenset({*OP_FOLDS, ev.RunStarted, ev.PlanMade, ev.StepsMapped, ev.RunEnded})
"""All events that change a view."""


class RunView:
    """A run by now. Call it with each event; what is not known is ignored.

    `run` and `ended` are the first and the last event; `ops` are all steps by key, templates whose copies are known
    among them; `by_status` leaves those out. `cpu` is in seconds, of all attempts; `flaky` counts the steps that
    succeeded at a later attempt; `why` has reasons for which steps run again.
    """

    def __init__(self) -> None:
        self.run: ev.RunStarted | None = None
        self.ended: ev.RunEnded | None = None
        self.ops: dict[str, OpView] = {}
        self.by_status: dict[ev.OpStatus, dict[str, OpView]] = {status: {} for status in STATUSES}
        self.why: Mapping[str, str] = _NONE
        self.cpu = 0.0
        self.flaky = 0

    # -- questions -------------------------------------------------------------------------------------------------

    @property
    def run_id(self) -> str:
        """The first 8 characters of the id, as all screens show it."""
        return self.run.run_id[:8] if self.run else ""

    @property
    def job(self) -> str:
        """The name of the job."""
        return self.run.job if self.run else ""

    @property
    def status(self) -> ev.RunStatus:
        """How the run stands."""
        return self.ended.status if self.ended is not None else "running"

    @property
    def done(self) -> int:
        """Steps that ended as they should."""
        return self.count(*DONE)

    @property
    def total(self) -> int:
        """All steps."""
        return sum(map(len, self.by_status.values()))

    def count(self, *statuses: ev.OpStatus) -> int:
        """How many steps have one of these statuses."""
        return sum(len(self.by_status[status]) for status in statuses)

    def counts(self) -> dict[str, int]:
        """How many steps there are in each status that any has."""
        return {status: len(ops) for status, ops in self.by_status.items() if ops}

    def having(self, *statuses: ev.OpStatus) -> list[OpView]:
        """The steps that have one of these statuses, status by status; those that have it longest first."""
        return [op for status in statuses for op in self.by_status[status].values()]

    def elapsed(self, now: float) -> float:
        """Seconds since the run began; of an ended run, what it says itself."""
        if self.ended is not None:
            return self.ended.seconds
        return max(0.0, now - self.run.at) if self.run else 0.0

    def in_order(self) -> Iterator[OpView]:
        """All steps in plan order, the copies of a template at its place."""
        for op in self.ops.values():
            if op.copies is not None:
                yield from op.copies
            elif op.template is None:
                yield op

    # -- the fold --------------------------------------------------------------------------------------------------

    def __call__(self, event: ev.Event) -> None:
        """Take in one event."""
        kind = type(event)
        fold = OP_FOLDS.get(kind)
        if fold is not None:
            key: str = event.step  # type: ignore[attr-defined]
            op = self.ops.get(key) or self.op(key)
            before = op.status
            fold(op, event)
            if op.status != before:
                self._move(op, before)
                if isinstance(event, (ev.StepSucceeded, ev.StepRetrying, ev.StepFailed)):
                    self.cpu += event.cpu or 0.0
                    self.flaky += kind is ev.StepSucceeded and bool(op.tries)
        elif kind is ev.RunStarted:
            self.run = event  # type: ignore[assignment]
        elif isinstance(event, ev.PlanMade):
            self._plan(event)
        elif isinstance(event, ev.StepsMapped):
            self._map(event)
        elif isinstance(event, ev.RunEnded):
            began = self.run.at if self.run else event.at
            if event.at < began or event.seconds < 0:  # Recorded while the clock was set back.
                event = replace(event, at=max(began, event.at), seconds=max(0.0, event.seconds))
            self.ended = event

    def op(self, key: str) -> OpView:
        """The step of that key; one that no plan has named is taken in as it comes."""
        op = self.ops.get(key)
        if op is None:
            op = self._add(OpView(key, key))
        return op

    def _add(self, op: OpView) -> OpView:
        self.ops[op.key] = op
        self.by_status[op.status][op.key] = op
        return op

    def _move(self, op: OpView, before: ev.OpStatus) -> None:
        if self.by_status[before].pop(op.key, None) is not None:  # a template whose copies are known counts no more
            self.by_status[op.status][op.key] = op

    def _plan(self, event: ev.PlanMade) -> None:
        self.why = event.why
        for planned in event.ops:
            self._add(OpView(planned.key, planned.op, planned.upstream))

    def _map(self, event: ev.StepsMapped) -> None:
        template = self.op(event.template)
        if template.copies is not None:
            return
        del self.by_status[template.status][template.key]
        head = template.key.replace(TEMPLATE, "[")
        template.copies = []
        for key in event.steps:
            mapped = "[" + key[len(head) :] if key.startswith(head) else TEMPLATE
            upstream = tuple(self._copy_of(above, mapped) for above in template.upstream)
            template.copies.append(self._add(OpView(key, template.op, upstream, template)))

    def _copy_of(self, key: str, mapped: str) -> str:
        twin = key.replace(TEMPLATE, mapped)
        return twin if twin in self.ops else key


def steps_named(name: str, keys: Iterable[str]) -> list[str]:
    """The steps that a name stands for: one, the copies of a mapped op (`parse`, `parse[*]`), or all inside of a graph."""
    keys = list(keys)
    if name in keys:
        return [name]
    name = name.removesuffix("[*]")
    return [key for key in keys if key.partition("[")[0] == name or key.startswith(f"{name}.")]


TERMINATED = "UNEXPECTED_TERMINATION"
"""Dagster's word for a run that was stopped or whose main process died, kept as its failure reason."""
_DIED = ev.ErrorInfo(
    "ChildProcessCrashException",
    "dagjob.errors",
    "the main process of the run died while this op was running",
    code="DJ402",
)


def end_crashed(view: RunView, at: float) -> list[ev.Event]:
    """Take in the ends that nobody was left to tell, of a run whose main process died: `at` was its last sign of life."""
    return _end(view, at, "crashed", _DIED, "failed", "UNEXPECTED_ERROR")


def end_stopped(view: RunView, at: float, error: ev.ErrorInfo, stopped_by: str | None = None) -> list[ev.Event]:
    """The ends of a run whose main process is about to leave, though an op still runs: that one ends with `error`."""
    return _end(view, at, "canceled", error, "canceled", "INTERRUPT", stopped_by)


def _end(
    view: RunView,
    at: float,
    status: ev.RunStatus,
    error: ev.ErrorInfo,
    running: Literal["failed", "canceled"],
    source: str,
    stopped_by: str | None = None,
) -> list[ev.Event]:
    """End all that is open: what runs as is said, what waits for its next attempt by its last one, what waits is not run.

    `Schedule.give_up` says the same of a run whose loop still turns.
    """
    ends: list[ev.Event] = [
        ev.StepFailed(at, op.key, op.attempt, error, op.running_for(at), running, source=source)
        for op in view.having("running")
    ]
    ends += [
        ev.StepFailed(at, op.key, op.attempt, op.error or error, op.seconds or 0.0, failure=op.failure)
        for op in view.having("retrying")
    ]
    ends += [ev.StepNotRun(at, op.key) for op in view.having("waiting")]
    for event in ends:
        view(event)
    if view.ended is None:
        failed = tuple(op.key for op in view.having(*BAD))
        ended = ev.RunEnded(at, status, view.elapsed(at), view.counts(), TERMINATED, None, failed, stopped_by)
        view(ended)
        ends.append(ended)
    return ends
