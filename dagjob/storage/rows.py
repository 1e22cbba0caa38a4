"""Which rows an event adds or changes. Events go in, rows wait to be written; nothing here knows SQL or a database.

An event costs the same whatever the size of the run: its own row and, where it says how an op stands, that op's row.
What happens to one op before the next commit is folded into one change. Only ops that are running are remembered.

Of progress, only the last word of each op in a batch is kept: a loop that reports each item would fill the disk. The
numbers of the events go on counting, so they agree with those of every other listener.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from dagjob import events as ev
from dagjob.event_json import dumps, error_json, parts

EventRow = tuple[int, float, str, str | None, int | None, str | None]
"""seq, at, kind, step, attempt, body."""
OutputKey = tuple[str, str, str]
"""Step, output, mapping key ('' for none)."""


class StepState:
    """How one op stands: the columns of `steps` that change, in the order of `values`."""

    __slots__ = ("attempts", "cpu", "ended", "error", "max_rss", "outputs", "seconds", "started", "status", "wait")

    def __init__(self) -> None:
        self.status = "waiting"
        self.attempts = 0
        self.started: float | None = None
        self.ended: float | None = None
        self.seconds: float | None = None
        self.cpu: float | None = None
        self.max_rss: int | None = None
        self.wait: float | None = None
        self.error: str | None = None
        self.outputs: dict[OutputKey, dict[str, Any]] = {}

    def values(self) -> tuple[object, ...]:
        """The columns: status, attempts, started, ended, seconds, cpu, max_rss, wait, error."""
        return (
            self.status,
            self.attempts,
            self.started,
            self.ended,
            self.seconds,
            self.cpu,
            self.max_rss,
            self.wait,
            self.error,
        )


class Waiting:
    """What was heard of one run since the last commit, as rows."""

    def __init__(self) -> None:
        self.seq = 0
        self._running: dict[str, StepState] = {}
        self._templates: dict[str, tuple[str, int]] = {}
        self.committed()

    def committed(self) -> None:
        """All that waited is in the database."""
        self.events: list[EventRow | None] = []
        self.began: ev.RunStarted | None = None
        self.ended: ev.RunEnded | None = None
        self.planned: list[tuple[str, str, int, int, int]] = []
        """key, op, pos, copy, mapped."""
        self.unplanned: list[str] = []
        """Templates that have become their copies."""
        self.steps: dict[str, StepState] = {}
        self.outputs: dict[OutputKey, dict[str, Any]] = {}
        self.forgotten: list[str] = []
        """Steps that are tried again: what an earlier attempt yielded does not count."""
        self._progress: dict[str, int] = {}

    def hear(self, event: ev.Event) -> None:
        """Take one event in."""
        self.seq += 1
        change = _CHANGES.get(type(event))
        if change is not None:
            change(self, event)
        kind, body = parts(event)
        self.events.append(
            (
                self.seq,
                event.at,
                kind,
                getattr(event, "step", None),
                getattr(event, "attempt", None),
                dumps(body) if body else None,
            )
        )

    # -- one for each event that changes more than the list of events ----------------------------------------------

    def _run_started(self, event: ev.RunStarted) -> None:
        self.began = event

    def _run_ended(self, event: ev.RunEnded) -> None:
        self.ended = event

    def _plan_made(self, event: ev.PlanMade) -> None:
        for place, op in enumerate(event.ops):
            self.planned.append((op.key, op.op, place, 0, int(op.mapped)))
            if op.mapped:
                self._templates[op.key] = (op.op, place)

    def _steps_mapped(self, event: ev.StepsMapped) -> None:
        op, place = self._templates.pop(event.template, (event.template, 1 << 30))
        self.unplanned.append(event.template)
        self.planned.extend((key, op, place, copy, 0) for copy, key in enumerate(event.steps, 1))

    def _step_started(self, event: ev.StepStarted) -> None:
        state = self._of(event.step)
        if event.attempt > 1 and state.attempts:
            state.outputs.clear()
            self.forgotten.append(event.step)
            for key in [key for key in self.outputs if key[0] == event.step]:
                del self.outputs[key]
        state.status = "running"
        state.attempts = event.attempt
        state.ended = state.seconds = None
        if state.started is None:
            state.started = event.at

    def _output_checked(self, event: ev.OutputChecked) -> None:
        output = self._output(event)
        output["type"] = event.type
        if event.metadata:
            output["metadata"] |= _plain(event.metadata)

    def _output_stored(self, event: ev.OutputStored) -> None:
        output = self._output(event)
        output |= {"stored": 1, "manager": event.manager_key, "path": event.path, "bytes": event.bytes}
        if event.metadata:
            output["metadata"] |= _plain(event.metadata)

    def _step_succeeded(self, event: ev.StepSucceeded) -> None:
        self._settled(event, "success", None)

    def _step_failed(self, event: ev.StepFailed) -> None:
        self._settled(event, event.status, event.error)

    def _step_retrying(self, event: ev.StepRetrying) -> None:
        state = self._settled(event, "retrying", event.error)
        state.wait = (state.wait or 0.0) + (event.wait or 0.0)
        self._running[event.step] = state

    def _step_skipped(self, event: ev.StepSkipped) -> None:
        self._left_out(event.step, event.status, event.at)

    def _step_not_run(self, event: ev.StepNotRun) -> None:
        self._left_out(event.step, event.status, event.at)

    def _progressed(self, event: ev.Progressed) -> None:
        earlier = self._progress.get(event.step)
        if earlier is not None:
            self.events[earlier] = None
        self._progress[event.step] = len(self.events)

    # -- what they share -------------------------------------------------------------------------------------------

    def _of(self, step: str) -> StepState:
        state = self._running.get(step)
        if state is None:
            state = self._running[step] = StepState()
        self.steps[step] = state
        return state

    def _settled(
        self,
        event: ev.StepSucceeded | ev.StepFailed | ev.StepRetrying,
        status: str,
        error: ev.ErrorInfo | None,
    ) -> StepState:
        state = self._of(event.step)
        del self._running[event.step]
        state.status = status
        state.attempts = event.attempt
        state.ended = event.at
        state.seconds = event.seconds
        state.cpu = event.cpu
        state.max_rss = event.max_rss
        state.error = dumps(error_json(error)) if error is not None else None
        return state

    def _left_out(self, step: str, status: str, at: float) -> None:
        state = self._of(step)
        del self._running[step]
        state.status = status
        state.ended = at

    def _output(self, event: ev.OutputChecked | ev.OutputStored) -> dict[str, Any]:
        key = (event.step, event.output, event.mapping_key or "")
        state = self._running.get(event.step)
        outputs = state.outputs if state is not None else self.outputs
        output = outputs.get(key)
        if output is None:
            output = outputs[key] = {
                "stored": 0,
                "manager": None,
                "path": None,
                "bytes": None,
                "type": None,
                "metadata": {},
            }
        self.outputs[key] = output
        return output


def _plain(metadata: Mapping[str, Any]) -> dict[str, Any]:
    return {key: getattr(value, "value", value) for key, value in metadata.items()}


_CHANGES: dict[type[ev.Event], Callable[[Waiting, Any], None]] = {
    ev.RunStarted: Waiting._run_started,
    ev.RunEnded: Waiting._run_ended,
    ev.PlanMade: Waiting._plan_made,
    ev.StepsMapped: Waiting._steps_mapped,
    ev.StepStarted: Waiting._step_started,
    ev.OutputChecked: Waiting._output_checked,
    ev.OutputStored: Waiting._output_stored,
    ev.StepSucceeded: Waiting._step_succeeded,
    ev.StepFailed: Waiting._step_failed,
    ev.StepRetrying: Waiting._step_retrying,
    ev.StepSkipped: Waiting._step_skipped,
    ev.StepNotRun: Waiting._step_not_run,
    ev.Progressed: Waiting._progressed,
}
