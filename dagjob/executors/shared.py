"""One process for each attempt, of several runs at once: they share the template and its slots, and nothing else.

Which run a call belongs to is written in it (`RunCall`); events, outcomes and the wish to stop find their way by that.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from dagjob.engine.ports import Emit, Executor, RunCall, StepCall, StepDone
from dagjob.events import Event
from dagjob.executors import deaths
from dagjob.executors.multiprocess import Multiprocess
from dagjob.executors.task import Task
from dagjob.plan.steps import Outcome
from dagjob.record import asdict


class SharedProcesses(Multiprocess):
    """Takes calls of all runs that have a part of it."""

    _parts: dict[str, Part]

    def start(self) -> None:
        """See `Executor.start`."""
        self._parts = {}
        super().start()

    def part(self, run_id: str, differs: Mapping[str, object], emit: Emit) -> Part:
        """What one run sees of it; `emit` gets the events of that run's attempts. What `differs` goes with its calls."""
        part = self._parts[run_id] = Part(self, run_id, differs, emit)
        return part

    def forget(self, part: Part) -> None:
        """The run is over."""
        self._parts.pop(part.run_id, None)

    @property
    def free(self) -> int:
        """How many more attempts may start now."""
        return max(0, self.slots - sum(part.running for part in self._parts.values()))

    def calls_of(self, run_id: str) -> Iterable[StepCall]:
        """What is still at work for a run, its hooks too."""
        calls = [task.call for task in self._tasks.values() if not task.ended]
        return [call for call in (*calls, *self._queue) if _run_of(call) == run_id]

    def stop_run(self, run_id: str, grace: float) -> None:
        """Ask what runs for one run to end; the others go on."""
        for call in [call for call in self._queue if _run_of(call) == run_id]:
            self._queue.remove(call)
            self._finish(call, deaths.canceled(0.0, asked=False))
        for task in list(self._tasks.values()):
            if _run_of(task.call) == run_id:
                self._stop(task, grace)

    def _place(self, call: StepCall) -> str:
        return f"{_run_of(call)}/{call.step.key}"

    def _emit_for(self, call: StepCall, event: Event) -> None:
        part = self._parts.get(_run_of(call))
        if part is None:
            self._emit(event)
        else:
            part.heard = True
            part.emit(event)

    def _done(self, call: StepCall, outcome: Outcome) -> None:
        super()._done(call, outcome)
        part = self._parts.get(_run_of(call))
        if part is not None:
            part.running -= 1
            part.heard = True
            part.ended.append(self._finished[-1])

    def _vacate(self, task: Task) -> None:
        super()._vacate(task)
        part = self._parts.get(_run_of(task.call))
        if part is not None and part.closing:
            self._heard = part.heard = True  # It waits for just that: its hooks are through.


def _run_of(call: StepCall) -> str:
    return call.run_id if isinstance(call, RunCall) else ""


class Part(Executor):
    """A shared executor as one run sees it. Whoever does the turns of all runs waits for the whole, and asks `take` of each."""

    def __init__(self, whole: SharedProcesses, run_id: str, differs: Mapping[str, object], emit: Emit) -> None:
        self._whole = whole
        self._differs = differs
        self.run_id = run_id
        self.emit = emit
        self.slots = whole.free
        self.start_method = whole.start_method
        self.running = 0
        self.ended: list[StepDone] = []
        self.closing = False
        """Whether its run has ended but for what may still be at work."""
        self.heard = False
        """Whether anything of this run has come since it took what there was."""

    def take(self) -> Sequence[StepDone]:
        """What has ended of this run since it was asked last; how many more it may start is counted anew."""
        self.heard = False
        self.slots = self.running + self._whole.free
        ended, self.ended = self.ended, []
        return ended

    @property
    def has_news(self) -> bool:
        """Whether there is anything to take, or room for what could not start yet."""
        return self.heard or (self.running >= self.slots and self._whole.free > 0)

    def busy(self) -> bool:
        """Whether anything of this run is still at work, its hooks too."""
        self.closing = True
        return any(self._whole.calls_of(self.run_id))

    def submit(self, call: StepCall) -> None:
        """See `Executor.submit`."""
        self.running += 1
        self._whole.submit(RunCall(**asdict(call), run_id=self.run_id, differs=self._differs))

    def wait(self, timeout: float | None) -> Sequence[StepDone]:
        """See `Executor.wait`."""
        self._whole.wait(timeout)
        return self.take()

    def interrupt(self, grace: float) -> None:
        """See `Executor.interrupt`."""
        self._whole.stop_run(self.run_id, grace)

    def close(self) -> None:
        """The whole stays open for others; what is still at work for this run goes on."""

    def leave(self) -> None:
        """Nothing more comes of this run."""
        self._whole.forget(self)
