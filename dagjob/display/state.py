"""What is known of a run by now: a fold over its events, shared by everything that shows a run.

Each event costs the same however many ops there are: statuses live in one dictionary each, so that counts are their
sizes. Nothing here knows a screen, and nothing reads a clock: whoever asks how long something runs says what time
it is.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from dagjob import events as ev
from dagjob.display.groups import Groups
from dagjob.display.words import number

STATUSES: tuple[ev.OpStatus, ...] = (
    "waiting",
    "running",
    "retrying",
    "success",
    "reused",
    "failed",
    "timeout",
    "canceled",
    "skipped",
    "not_run",
)
OPEN = frozenset({"waiting", "running", "retrying"})
BAD = frozenset({"failed", "timeout"})
DONE = ("success", "reused", "skipped")
TEMPLATE = "[?]"
NOTES = ("dagjob/note", "row_count", "dagster/row_count", "rows")
SLOW_FACTOR, SLOW_SECONDS, RUNS_TO_TRUST = 2.0, 1.0, 3


class OpState:
    """One step by now. Times are seconds since the epoch; `seconds` is the last attempt, `span` all of them."""

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
        "note",
        "op",
        "outputs",
        "progress",
        "retry_at",
        "seconds",
        "started",
        "status",
        "template",
        "tries",
        "upstream",
    )

    def __init__(self, key: str, op: str, upstream: tuple[str, ...] = (), template: OpState | None = None) -> None:
        self.key = key
        self.op = op
        self.upstream = upstream
        self.template = template
        self.copies: list[OpState] | None = None
        self.status: ev.OpStatus = "waiting"
        self.attempt = 0
        self.first: float | None = None
        self.started: float | None = None
        self.ended: float | None = None
        self.seconds: float | None = None
        self.cpu: float | None = None
        self.max_rss: int | None = None
        self.note = ""
        self.progress: ev.Progressed | None = None
        self.error: ev.ErrorInfo | None = None
        self.failure: ev.FailureData | None = None
        self.tries: tuple[ev.ErrorInfo, ...] = ()
        self.max_retries = 0
        self.retry_at: float | None = None
        self.because: tuple[str, ...] = ()
        self.log: str | None = None
        self.outputs: tuple[ev.OutputStored, ...] = ()

    @property
    def label(self) -> str:
        """The name on the screen: a template whose copies are not known yet reads `parse[*]`."""
        return self.key.replace(TEMPLATE, "[*]")

    def span(self, now: float | None = None) -> float | None:
        """Seconds from the start of the first attempt to the end, or until now."""
        if self.first is None:
            return None
        end = self.ended if self.ended is not None else now
        return self.seconds if end is None else max(0.0, end - self.first)

    def running_for(self, now: float) -> float:
        """Seconds since the attempt began."""
        return max(0.0, now - self.started) if self.started is not None else 0.0

    @property
    def flaky(self) -> bool:
        """Succeeded, but not at once."""
        return self.status == "success" and bool(self.tries)


class RunState:
    """The run by now; call it with each event."""

    def __init__(self, usual: Mapping[str, float] | None = None, usual_runs: int = 0) -> None:
        self.run: ev.RunStarted | None = None
        self.ended: ev.RunEnded | None = None
        self.ops: dict[str, OpState] = {}
        self.by_status: dict[str, dict[str, OpState]] = {status: {} for status in STATUSES}
        self.groups = Groups()
        self.cpu = 0.0
        self.flaky = 0
        self.longest_name = 0
        self._usual = usual if usual is not None and usual_runs >= RUNS_TO_TRUST else {}
        self.usual_runs = usual_runs if self._usual else 0
        self.has_bars = bool(self._usual)

    # -- questions -------------------------------------------------------------------------------------------------

    @property
    def run_id(self) -> str:
        """The first 8 characters of the id, as all screens show it."""
        return self.run.run_id[:8] if self.run else ""

    @property
    def done(self) -> int:
        """Steps that ended as they should."""
        return sum(len(self.by_status[status]) for status in DONE)

    def count(self, *statuses: str) -> int:
        """How many steps have one of these statuses."""
        return sum(len(self.by_status[status]) for status in statuses)

    def elapsed(self, now: float) -> float:
        """Seconds since the run began; of an ended run, what it says itself."""
        if self.ended is not None:
            return self.ended.seconds
        return max(0.0, now - self.run.at) if self.run else 0.0

    def in_order(self) -> Iterator[OpState]:
        """All steps in plan order, the copies of a template at its place."""
        for op in self.ops.values():
            if op.copies is not None:
                yield from op.copies
            elif op.template is None:
                yield op

    def usual(self, op: OpState) -> float | None:
        """Seconds that the step takes usually, if enough runs are known."""
        usual = self._usual.get(op.key)
        if usual is None and op.template is not None:
            usual = self._usual.get(op.template.key)
        return usual

    def slow(self, op: OpState) -> float | None:
        """How many times its usual time the step took, if that is much."""
        usual, took = self.usual(op), op.seconds
        if not usual or took is None or op.status != "success":
            return None
        return took / usual if took > usual * SLOW_FACTOR and took - usual > SLOW_SECONDS else None

    def waits_for(self, op: OpState) -> list[str]:
        """The labels of the steps above that have not ended."""
        waiting = []
        for key in op.upstream:
            above = self.ops.get(key)
            if above is not None and self._open(above):
                waiting.append(above.label)
        return waiting

    def _open(self, op: OpState) -> bool:
        if op.copies is not None:
            return self.groups.open_copies(op.label)
        return op.status in OPEN

    # -- the fold --------------------------------------------------------------------------------------------------

    def __call__(self, event: ev.Event) -> None:
        """Hear one event. What is not known is ignored."""
        fold = _FOLDS.get(type(event))
        if fold is not None:
            fold(self, event)

    def op(self, key: str) -> OpState:
        """The step of that key; one that no plan has named is taken in as it comes."""
        op = self.ops.get(key)
        if op is None:
            op = self._add(OpState(key, key))
            self.groups.add(op)
        return op

    def _add(self, op: OpState) -> OpState:
        self.ops[op.key] = op
        self.longest_name = max(self.longest_name, len(op.key))
        self.by_status[op.status][op.key] = op
        return op

    def _move(self, op: OpState, status: ev.OpStatus) -> None:
        before = op.status
        if status == before:
            return
        del self.by_status[before][op.key]
        self.by_status[status][op.key] = op
        op.status = status
        self.groups.moved(op, before)

    def _run_started(self, event: ev.RunStarted) -> None:
        self.run = event

    def _plan_made(self, event: ev.PlanMade) -> None:
        for planned in event.ops:
            self._add(OpState(planned.key, planned.op, planned.upstream))
        self.groups.plan(list(self.ops.values()))

    def _steps_mapped(self, event: ev.StepsMapped) -> None:
        template = self.op(event.template)
        if template.copies is not None:
            return
        del self.by_status[template.status][template.key]
        head = template.key.replace(TEMPLATE, "[")
        template.copies = []
        copies = []
        for key in event.steps:
            mapped = "[" + key[len(head) :] if key.startswith(head) else TEMPLATE
            own = tuple(self._copy_of(above, mapped) for above in template.upstream)
            copies.append(self._add(OpState(key, template.op, own, template)))
        template.copies = copies
        self.groups.mapped(template, copies)

    def _copy_of(self, key: str, mapped: str) -> str:
        twin = key.replace(TEMPLATE, mapped)
        return twin if twin in self.ops else key

    def _run_ended(self, event: ev.RunEnded) -> None:
        self.ended = event

    def _started(self, event: ev.StepStarted) -> None:
        op = self.op(event.step)
        op.attempt = event.attempt
        op.started = event.at
        if op.first is None:
            op.first = event.at
        op.log = event.log
        op.progress = None
        op.retry_at = None
        op.outputs = ()
        self._move(op, "running")

    def _progressed(self, event: ev.Progressed) -> None:
        op = self.op(event.step)
        op.progress = event
        self.has_bars = self.has_bars or bool(event.total)
        if event.text:
            op.note = event.text

    def _stored(self, event: ev.OutputStored) -> None:
        op = self.op(event.step)
        op.outputs = (*op.outputs, event)
        self._note(op, event.metadata)

    def _checked(self, event: ev.OutputChecked) -> None:
        self._note(self.op(event.step), event.metadata)

    def _note(self, op: OpState, metadata: Mapping[str, Any]) -> None:
        """The last progress text wins; else what the metadata of an output says."""
        if metadata and not (op.progress is not None and op.progress.text):
            op.note = note_of(metadata) or op.note

    def _ran(self, op: OpState, event: ev.StepSucceeded | ev.StepFailed | ev.StepRetrying) -> None:
        op.attempt = event.attempt
        op.seconds = event.seconds
        op.max_rss = event.max_rss
        if event.cpu is not None:
            op.cpu = (op.cpu or 0.0) + event.cpu
            self.cpu += event.cpu

    def _succeeded(self, event: ev.StepSucceeded) -> None:
        op = self.op(event.step)
        self._ran(op, event)
        op.ended = event.at
        self._move(op, "success")
        if op.tries:
            self.flaky += 1

    def _retrying(self, event: ev.StepRetrying) -> None:
        op = self.op(event.step)
        self._ran(op, event)
        op.tries = (*op.tries, event.error)[-10:]
        op.error = event.error
        op.max_retries = event.max_retries
        op.retry_at = event.at + (event.wait or 0.0)
        self._move(op, "retrying")

    def _failed(self, event: ev.StepFailed) -> None:
        op = self.op(event.step)
        self._ran(op, event)
        op.ended = event.at
        op.error = event.error
        op.failure = event.failure
        self._move(op, event.status)

    def _skipped(self, event: ev.StepSkipped) -> None:
        op = self.op(event.step)
        op.because = event.missing
        op.ended = event.at
        self._move(op, "skipped")

    def _not_run(self, event: ev.StepNotRun) -> None:
        op = self.op(event.step)
        op.because = event.because
        op.ended = event.at
        self._move(op, event.status)


def note_of(metadata: Mapping[str, Any]) -> str:
    """What the metadata of an output says about it in a few words, or nothing."""
    for name in NOTES:
        if name in metadata:
            value = getattr(metadata[name], "value", metadata[name])
            if name == "dagjob/note":
                return str(value)
            if isinstance(value, (int, float)):
                return f"{number(value)} rows"
    return ""


def attempts(op: OpState) -> str:
    """` after 3 attempts`, or nothing after one."""
    return f" after {op.attempt} attempts" if op.attempt > 1 else ""


_FOLDS: dict[type[ev.Event], Any] = {
    ev.RunStarted: RunState._run_started,
    ev.PlanMade: RunState._plan_made,
    ev.StepsMapped: RunState._steps_mapped,
    ev.RunEnded: RunState._run_ended,
    ev.StepStarted: RunState._started,
    ev.Progressed: RunState._progressed,
    ev.OutputStored: RunState._stored,
    ev.OutputChecked: RunState._checked,
    ev.StepSucceeded: RunState._succeeded,
    ev.StepRetrying: RunState._retrying,
    ev.StepFailed: RunState._failed,
    ev.StepSkipped: RunState._skipped,
    ev.StepNotRun: RunState._not_run,
}
