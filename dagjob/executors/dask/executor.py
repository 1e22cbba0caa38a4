"""The executor: a Dask task for each attempt, and what the workers say about them.

All that Dask tells comes in a thread of Dask's: it is put into a queue, and a byte into a pipe wakes `wait`, which deals with it
in the thread of the loop. An order is a number; what its op server says bears that number (`executors/served.py`).
"""

from __future__ import annotations

import os
import pickle
import select
from collections import deque
from collections.abc import Mapping, Sequence
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING, Any

from dagjob.clock import monotonic, time
from dagjob.engine.ports import Emit, Executor, StepCall, StepDone
from dagjob.errors import DagjobExecutorFunctionError
from dagjob.events import EngineNoted, Event, StepStarted
from dagjob.executors import deaths, messages, served
from dagjob.executors.dask.tasks import DaskTask, Wishes
from dagjob.executors.frames import DONE, EVENT, PRINTED, Inbox
from dagjob.executors.streams import open_log
from dagjob.plan.schedule import leaves_hooks
from dagjob.plan.steps import Failed, Outcome
from dagjob.record import replace

if TYPE_CHECKING:
    from dagjob.executors.dask.workers import Crew

_WITHOUT_WORKERS = 10.0
"""Seconds without any worker after which that is told."""
_BEYOND_GRACE = 5.0
"""Seconds beyond the grace in which the cluster has to say that ops have ended; then they are given up."""


class DaskExecutor(Executor):
    """Gives each attempt to a Dask cluster. `slots` None: as many as keep its workers busy."""

    def __init__(self, crew: Crew, emit: Emit, slots: int | None, grace: float, wakeup_fd: int | None) -> None:
        self._crew = crew
        self._emit = emit
        self._most = slots
        self._grace = grace
        self._wakeup_fd = wakeup_fd
        self._news: deque[tuple[str, Any]] = deque()
        self._woken, self._bell = os.pipe()
        os.set_blocking(self._woken, False)
        os.set_blocking(self._bell, False)
        self._poll = select.poll()
        self._poll.register(self._woken, select.POLLIN)
        if wakeup_fd is not None:
            self._poll.register(wakeup_fd, select.POLLIN)
        self._numbers = 0
        self._tasks: dict[int, DaskTask] = {}
        self._at_work: dict[str, DaskTask] = {}
        """By step: two attempts of one never overlap."""
        self._taken: list[DaskTask] = []
        """What Dask has not got yet."""
        self._waiting: dict[str, list[StepCall]] = {}
        """Calls of steps whose last attempt is not through."""
        self._finished: list[StepDone] = []
        self._unheard: list[DaskTask] = []
        self._heard = False
        self._interrupted = False
        self._give_up_at: float | None = None
        self._lonely_since: float | None = None
        self._lost: str | None = None
        self._told: set[str] = set()
        self._open = False
        self.slots = slots or 1

    # -- the port --------------------------------------------------------------------------------------------------

    def start(self) -> None:
        """Connect, and have an op server on each worker that is there."""
        try:
            self._crew.gather(partial(self._put, "said"))
        except BaseException:
            self._crew.dismiss()
            raise
        self._open = True
        # What is told of the run: how many can be at work. More are taken once it goes on, so that Dask never waits for us.
        threads = max(1, self._crew.threads)
        self.slots = threads if self._most is None else min(self._most, threads)

    def submit(self, call: StepCall) -> None:
        """See `Executor.submit`."""
        if self._interrupted or self._lost is not None:
            self._settle_call(call, deaths.canceled(0.0, asked=False))
        elif call.step.key in self._at_work:
            self._waiting.setdefault(call.step.key, []).append(call)
        else:
            self._take(call)

    def wait(self, timeout: float | None) -> Sequence[StepDone]:
        """See `Executor.wait`."""
        self._heard = False
        self._count_slots()
        for task in self._unheard:
            task.after = None
        self._unheard.clear()
        until = None if timeout is None else monotonic() + timeout
        while not self._finished and not self._heard:
            self._give()
            woken = self._sleep(until)
            self._hear_all()
            if self._lost is not None:
                raise DagjobExecutorFunctionError(self._lost)
            if woken or (until is not None and monotonic() >= until):
                break
        finished, self._finished = self._finished, []
        return finished

    def interrupt(self, grace: float) -> None:
        """See `Executor.interrupt`. What no worker has begun is dropped."""
        self._interrupted = True
        self._give_up_at = monotonic() + grace + _BEYOND_GRACE
        for calls in self._waiting.values():
            for call in calls:
                self._settle_call(call, deaths.canceled(0.0, asked=False))
        self._waiting.clear()
        taken, self._taken = self._taken, []
        for task in [*taken, *self._tasks.values()]:
            if task.worker is None:
                self._settle(task, deaths.canceled(0.0, asked=False))
                self._drop(task)
        if self._tasks:
            self._crew.stop_ops(grace)

    def close(self) -> None:
        """Wait until hooks are through, then leave the cluster; what was made for this run ends."""
        if not self._open:
            return
        self._open = False
        for task in self._unheard:
            task.after = None
        if not self._interrupted and any(not task.settled for task in self._tasks.values()):
            self.interrupt(self._grace)
        while self._tasks and self._lost is None:
            if self._sleep(None):
                self.interrupt(0.0 if self._interrupted else self._grace)
            self._hear_all()
        for task in list(self._tasks.values()):
            self._drop(task)
        self._crew.dismiss()
        os.close(self._woken)
        os.close(self._bell)

    # -- orders ----------------------------------------------------------------------------------------------------

    def _take(self, call: StepCall) -> None:
        """It goes to Dask with the next ones."""
        self._numbers += 1
        try:
            order = served.order(self._numbers, call)
            resources = self._resources_of(call)
        except ValueError as error:
            self._settle_call(call, deaths.not_started(call.step.key, str(error), retryable=False))
        except Exception as error:
            self._settle_call(call, deaths.unsendable_call(call.step.key, error))
        else:
            task = DaskTask(call, self._numbers, order, resources)
            self._at_work[call.step.key] = task
            self._taken.append(task)

    def _give(self) -> None:
        """Give Dask what was taken, when it has little left: together they cost Dask, and this process, half as much."""
        if not self._taken or len(self._tasks) >= max(1, 2 * self._crew.threads):
            return
        taken, self._taken = self._taken, []
        try:
            futures = self._crew.submit(taken)
        except Exception as error:
            self._lost = self._lost or f"the Dask scheduler takes no more ops: {type(error).__name__}: {error}"
            self._ring()
            return
        for task, future in zip(taken, futures, strict=True):
            task.future = future
            self._tasks[task.number] = task
            future.add_done_callback(partial(self._future_is_done, task.number))

    def _resources_of(self, call: StepCall) -> dict[str, float]:
        wishes = Wishes({name for worker in self._crew.workers.values() for name in worker.resources})
        wanted, unknown = wishes.of(call.step)
        if self._crew.workers:
            for tag in unknown:
                name = tag.rpartition("/")[2]
                self._tell_once(f'the tag {tag} has no effect: no worker says what it has (--resources "{name}=...")')
            for name in wanted:
                if name not in wishes.offered:
                    self._tell_once(f'{call.step.key} waits for a worker with the resource "{name}": none has it')
        return dict(wanted)

    def _future_is_done(self, number: int, future: Any) -> None:
        self._put("future", (number, future.status))

    def _drop(self, task: DaskTask) -> None:
        """Dask need not do it, or keep what came of it."""
        self._tasks.pop(task.number, None)
        if self._at_work.get(task.call.step.key) is task:
            del self._at_work[task.call.step.key]
        if task.future is not None:
            future, task.future = task.future, None
            if not future.done():
                with suppress(Exception):
                    future.cancel(asynchronous=True)
            future.release()
        for call in self._waiting.pop(task.call.step.key, ()):
            self.submit(call)

    # -- news ------------------------------------------------------------------------------------------------------

    def _put(self, kind: str, what: Any) -> None:
        """In a thread of Dask's."""
        self._news.append((kind, what))
        self._ring()

    def _ring(self) -> None:
        with suppress(OSError):  # Full: it rings already. Closed: nobody waits.
            os.write(self._bell, b"!")

    def _sleep(self, until: float | None) -> bool:
        """Until there is news, or a signal (then True)."""
        ends = [moment for moment in (until, self._give_up_at, self._lonely_until()) if moment is not None]
        left = None if not ends else max(0.0, min(ends) - monotonic())
        woken = False
        for fd, _ in self._poll.poll(None if left is None else int(left * 1000 + 0.999)):
            with suppress(BlockingIOError):
                os.read(fd, 4096)
            woken = woken or fd != self._woken
        if self._give_up_at is not None and monotonic() >= self._give_up_at:
            self._give_up_at = None
            self._give_up()
        return woken

    def _lonely_until(self) -> float | None:
        """When it is to be told that there is no worker."""
        if self._crew.workers or not self._tasks or "no worker" in self._told:
            self._lonely_since = None
            return None
        now = monotonic()
        self._lonely_since = self._lonely_since or now
        if now - self._lonely_since >= _WITHOUT_WORKERS:
            self._told.add("no worker")
            self._note("the Dask cluster has no worker: ops wait until there is one")
            return None
        return self._lonely_since + _WITHOUT_WORKERS

    def _hear_all(self) -> None:
        while self._news:
            kind, what = self._news.popleft()
            if kind == "future":
                self._dask_is_done(*what)
            elif "hello" in what:
                self._hear_hello(what)
            elif "taken" in what:
                self._is_taken(what["from"], what["taken"])
            elif "frames" in what:
                self._hear_frames(what["from"], what["frames"])
            elif "gone" in what:
                self._server_is_gone(what["from"], what["gone"], what["orders"])
            elif "left" in what:
                self._crew.workers.pop(what["left"], None)
        if self._crew.connection_lost and self._lost is None and self._open:
            self._lost = "the connection to the Dask scheduler was lost"

    def _hear_frames(self, address: str, frames: bytes) -> None:
        for kind, payload in Inbox().feed(frames):
            number, payload = served.split(payload)
            if number == served.OF_NOBODY:
                if kind == EVENT:
                    self._of_worker(address, payload)
                continue
            task = self._tasks.get(number)
            if task is not None:
                self._hear(task, kind, payload)

    def _is_taken(self, address: str, number: int) -> None:
        task = self._tasks.get(number)
        if task is not None:
            task.worker = address

    def _hear(self, task: DaskTask, kind: int, payload: bytes) -> None:
        if kind == EVENT:
            event = messages.event_in(payload, task.call.step.key)
            if isinstance(event, StepStarted):
                task.started = True
                event = replace(event, log=task.call.log, worker=self._crew.name_of(task.worker))
            self._tell(task, event)
        elif kind == PRINTED:
            if task.call.log is not None:
                with suppress(OSError), open(open_log(task.call.log), "ab") as log:
                    log.write(payload)
        elif kind == DONE and not task.settled:
            self._settle(task, messages.outcome_in(payload))

    def _of_worker(self, address: str, payload: bytes) -> None:
        event = pickle.loads(payload)
        if isinstance(event, EngineNoted):
            self._tell_once(f"{self._crew.name_of(address)}: {event.text}", event.level)

    def _hear_hello(self, what: Mapping[str, Any]) -> None:
        """A worker has come, perhaps while the run was going on."""
        hello = self._crew.welcome(what)
        if hello["problem"]:
            text = f"{self._crew.name_of(what['from'])} cannot do ops of this run: {hello['problem']}"
            self._tell_once("; ".join((text, *hello["notes"])), "warning")

    # -- ends ------------------------------------------------------------------------------------------------------

    def _dask_is_done(self, number: int, status: str) -> None:
        task = self._tasks.get(number)
        if task is None or task.future is None:
            return
        if status != "finished" and self._crew.connection_lost:
            return
        loss = None if status == "finished" else self._crew.loss(task.future, status, task.worker)
        self._drop(task)
        if task.settled:
            if loss is not None:
                text = f"{task.call.step.key}: {loss.why}: its hooks may not have run"
                self._tell(task, EngineNoted(time(), text, task.call.step.key, level="warning"))
        elif loss is None:
            self._lose(task, "how it ended did not arrive")
        elif loss.worker_is_gone and task.worker is None and not self._interrupted:
            self._take(task.call)  # No worker has begun it.
        else:
            self._lose(task, loss.why)

    def _server_is_gone(self, address: str, code: int, numbers: Sequence[int]) -> None:
        hello = self._crew.workers.get(address)
        problem = hello.problem if hello is not None else ""
        why = f"the process that starts ops on {self._crew.name_of(address)} is gone"
        status = code << 8 if code >= 0 else -code
        for number in numbers:
            task = self._tasks.get(number)
            if task is not None and not task.settled:
                if problem:
                    self._settle(task, deaths.not_started(task.call.step.key, problem))
                else:
                    self._lose(task, f"{why}: it {deaths.how_it_died(status)}")

    def _lose(self, task: DaskTask, why: str) -> None:
        """What did it is gone."""
        if self._interrupted:
            self._settle(task, deaths.canceled(task.seconds))
            return
        failed = deaths.lost_with_worker(task.call.step.key, why, task.seconds)
        left = leaves_hooks(task.call.step, failed, task.call.attempt, retries=task.call.retries)
        self._settle(task, failed, hooks_left=left)

    def _give_up(self) -> None:
        """The cluster does not say that they have ended."""
        for task in list(self._tasks.values()):
            if not task.settled:
                self._settle(task, deaths.canceled(task.seconds))
            self._drop(task)

    def _settle(self, task: DaskTask, outcome: Outcome, *, hooks_left: bool = False) -> None:
        """The loop is to know how it ended, after its start, if the worker could not say that any more."""
        if task.settled:
            return
        call = task.call
        if not task.started and not (isinstance(outcome, Failed) and outcome.status == "canceled"):
            task.started = True
            self._tell(task, StepStarted(time(), call.step.key, call.attempt, 0, call.log))
        task.settled = True
        task.after = []
        self._unheard.append(task)
        self._finished.append(StepDone(call.step.key, call.attempt, outcome, task.after, hooks_left))

    def _settle_call(self, call: StepCall, outcome: Outcome) -> None:
        self._finished.append(StepDone(call.step.key, call.attempt, call.ended or outcome))
        self._ring()

    # -- telling ---------------------------------------------------------------------------------------------------

    def _tell(self, task: DaskTask, event: Event) -> None:
        """To the run, behind all ends that the loop does not know yet: another op may have begun because one had ended."""
        after = self._unheard[-1].after if self._open and self._unheard else task.after
        if after is not None:
            after.append(event)
        else:
            self._heard = True
            self._emit(event)

    def _tell_once(self, text: str, level: Any = "warning") -> None:
        if text not in self._told:
            self._told.add(text)
            self._note(text, level)

    def _note(self, text: str, level: Any = "warning") -> None:
        self._heard = True
        self._emit(EngineNoted(time(), text, level=level))

    def _count_slots(self) -> None:
        """Workers come and go."""
        self.slots = self._most or max(8, 6 * self._crew.threads)
