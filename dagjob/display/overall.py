"""Many runs of one job on one screen: a partition is to a backfill what an op is to a run.

The events of each run are told again as those of one step, named by its partition, so that every display of a run shows a
backfill too: a row or a line for each partition, failures when they happen, a summary at the end.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol

from dagjob import events as ev
from dagjob.display.options import DisplayOptions
from dagjob.display.output import write_json
from dagjob.display.words import count, shell_word
from dagjob.engine.ports import Sink
from dagjob.event_json import dumps, iso
from dagjob.record import replace
from dagjob.run_view import TEMPLATE, RunView

_STOPPED = ev.ErrorInfo("DagjobExecutionInterruptedError", "dagjob.errors", "stopped with the backfill", code="DJ402")


def beginning(
    at: float, backfill_id: str, job: str, target: str, keys: Sequence[str], parallel: int, workers: str, pid: int
) -> list[ev.Event]:
    """What is told before the first partition. All partitions are copies of one step, so that what they share is told once."""
    how = f"{count(len(keys), 'partition')}, {parallel} at a time" + (f", {workers}" if workers else "")
    template = f"{job}{TEMPLATE}"
    return [
        ev.RunStarted(at, backfill_id, job, target, how, parallel, pid),
        ev.PlanMade(at, (ev.PlannedOp(template, job, (), True),)),
        ev.StepsMapped(at, template, tuple(keys)),
    ]


class Whole(Protocol):
    """Who hears of all partitions, and shows them when it is let."""

    def __call__(self, event: ev.Event) -> None: ...

    def turn(self) -> float | None: ...

    def pause(self) -> None: ...

    def go_on(self) -> None: ...


class PartitionRuns:
    """Which run each partition has, and which op of it has failed first: what a command about it must name."""

    def __init__(self) -> None:
        self.runs: dict[str, str] = {}
        self.failed: dict[str, str] = {}
        self.stopping = False

    def logs_of(self, backfill_id: str, key: str) -> str:
        """How the log of a partition is read."""
        run, step = self.runs.get(key, ""), self.failed.get(key)
        return f"dagjob runs logs {run[:8]}" + (f" {shell_word(step)}" if step else "")


class OnePartition(Sink):
    """Tells the events of the run of one partition to the whole, as those of one step."""

    def __init__(self, key: str, runs: PartitionRuns, whole: Whole) -> None:
        self._key = key
        self._runs = runs
        self._tell = whole
        self._whole = whole
        self._done = self._total = 0
        self._failure: ev.StepFailed | None = None
        self._logs: dict[str, str | None] = {}
        self._pid = 0

    def __call__(self, event: ev.Event) -> None:
        """Tell one event."""
        tell = _TELL.get(type(event))
        if tell is not None:
            tell(self, event)

    def next_refresh(self) -> float | None:
        """Let it be shown, and say when the whole wants to be shown again."""
        return self._whole.turn()

    def pause(self) -> None:
        """Somebody else needs the terminal."""
        self._whole.pause()

    def go_on(self) -> None:
        """The terminal is free again."""
        self._whole.go_on()

    def _run_started(self, event: ev.RunStarted) -> None:
        self._runs.runs[self._key] = event.run_id
        self._pid = event.pid
        self._tell(ev.StepStarted(event.at, self._key, 1, event.pid))

    def _plan_made(self, event: ev.PlanMade) -> None:
        self._total = len(event.ops)
        self._progress(event.at, "")

    def _mapped(self, event: ev.StepsMapped) -> None:
        self._total += len(event.steps) - 1

    def _started(self, event: ev.StepStarted) -> None:
        self._logs[event.step] = event.log
        self._progress(event.at, event.step)

    def _failed(self, event: ev.StepFailed) -> None:
        if self._failure is None or self._failure.status == "canceled":
            self._failure = event

    def _retrying(self, event: ev.StepRetrying) -> None:
        self._progress(event.at, f"{event.step}: attempt {event.attempt} failed, {event.error.type}")

    def _log_written(self, event: ev.LogWritten) -> None:
        about = f"{event.step}: " if self._total > 1 else ""
        self._tell(replace(event, step=self._key, text=f"{about}{event.text}"))

    def _hook_ran(self, event: ev.HookRan) -> None:
        self._tell(replace(event, step=self._key))

    def _noted(self, event: ev.EngineNoted) -> None:
        if event.level not in ("warning", "error"):
            return
        about = f"{event.step}: " if event.step else ""
        if not event.stopping:
            self._tell(replace(event, step=self._key, text=f"{about}{event.text}"))
        elif not self._runs.stopping:  # Each run says so; once is enough.
            self._runs.stopping = True
            how = event.text.partition(",")[2]
            self._tell(replace(event, text=f"stopping: what runs was told to end,{how}"))

    def _one_done(self, event: ev.Event) -> None:
        self._done += 1

    def _progress(self, at: float, text: str) -> None:
        if self._total > 1:
            self._tell(ev.Progressed(at, self._key, 1, self._done, self._total, "ops", text))

    def _ended(self, event: ev.RunEnded) -> None:
        if event.status == "success":
            self._progress(event.at, "")
            self._tell(ev.StepSucceeded(event.at, self._key, 1, event.seconds))
            return
        failure = self._failure
        if failure is not None and failure.status != "canceled":
            self._runs.failed[self._key] = failure.step
            # Its log is that of the partition, for what is shown of its end.
            self._tell(ev.StepStarted(event.at, self._key, 1, self._pid, self._logs.get(failure.step)))
        error = failure.error if failure is not None else event.error or _STOPPED
        if event.status == "canceled" and (failure is None or failure.status == "canceled"):
            error = _STOPPED
        if failure is not None and self._total > 1 and event.status != "canceled":
            error = replace(error, notes=(*error.notes, f"in the op {failure.step}"))
        status = event.status if event.status in ("timeout", "canceled") else "failed"
        data = failure.failure if failure is not None else None
        self._tell(ev.StepFailed(event.at, self._key, 1, error, event.seconds, status, data))


_TELL: Mapping[type[ev.Event], Callable[[OnePartition, Any], None]] = {
    ev.RunStarted: OnePartition._run_started,
    ev.PlanMade: OnePartition._plan_made,
    ev.StepsMapped: OnePartition._mapped,
    ev.StepStarted: OnePartition._started,
    ev.StepSucceeded: OnePartition._one_done,
    ev.StepReused: OnePartition._one_done,
    ev.StepSkipped: OnePartition._one_done,
    ev.StepFailed: OnePartition._failed,
    ev.StepRetrying: OnePartition._retrying,
    ev.LogWritten: OnePartition._log_written,
    ev.HookRan: OnePartition._hook_ran,
    ev.EngineNoted: OnePartition._noted,
    ev.RunEnded: OnePartition._ended,
}


class BackfillJson(Sink):
    """`--format json`: one object on stdout at the end."""

    answer = "stdout"

    def __init__(self, options: DisplayOptions, runs: PartitionRuns) -> None:
        self._options = options
        self._runs = runs
        self._view = RunView()

    def __call__(self, event: ev.Event) -> None:
        """Take in one event."""
        self._view(event)

    def close(self) -> None:
        """Print the object."""
        if self._view.run is not None:
            write_json(self._options.stdout, dumps(backfill_json(self._view, self._runs.runs), strict=True))


def backfill_json(view: RunView, runs: Mapping[str, str]) -> dict[str, object]:
    """A backfill as JSON."""
    run, ended = view.run, view.ended
    assert run is not None
    return {
        "id": run.run_id,
        "job": run.job,
        "target": run.target,
        "status": view.status,
        "started": iso(run.at),
        "seconds": None if ended is None else ended.seconds,
        "counts": view.counts(),
        "partitions": [
            {
                "key": op.key,
                "status": op.status,
                "run": runs.get(op.key),
                "seconds": op.seconds,
                "error": None if op.error is None else f"{op.error.type}: {op.error.message}",
            }
            for op in view.in_order()
        ],
    }
