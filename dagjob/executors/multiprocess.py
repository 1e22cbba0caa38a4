"""One process for each attempt, as the loop sees it: orders out, events and outcomes in, nobody left behind.

The processes are made by a template (`template.py`); this file decides what runs in which slot, hears what workers say,
and says what it means when one ends, is too slow or is to be stopped. One poll, no threads, no ticks.

A slot is a pipe. Its worker says hello, sends events, says how the attempt ended, runs hooks, says that this was all;
then the slot is free, although the process is still on its way out. The template tells when it is gone.
"""

from __future__ import annotations

import contextlib
import marshal
import os
import pickle
import select
import signal
from collections import deque
from collections.abc import Sequence

from dagjob.clock import monotonic, time
from dagjob.engine.ports import Emit, Executor, StepCall, StepDone, Work, WorkSource
from dagjob.errors import DagjobUnmetExecutorRequirementsError
from dagjob.events import EngineNoted, Event, LogWritten, StepStarted
from dagjob.executors import deaths, messages
from dagjob.executors.frames import (
    BROKEN,
    DONE,
    END,
    EVENT,
    EXITED,
    HELLO,
    REFUSED,
    RELEASE,
    SIGNAL,
    START,
    STAYS,
    Inbox,
)
from dagjob.executors.link import Link, fitting, read_some
from dagjob.executors.stack_files import STACK_SIGNAL
from dagjob.executors.start_method import choose
from dagjob.executors.task import Task
from dagjob.plan.schedule import leaves_hooks
from dagjob.plan.steps import Failed, Outcome
from dagjob.record import replace

POLITE_SHARE = 0.8
"""The part of the grace after which SIGTERM follows SIGINT."""
_LINES_WAIT = 0.02
"""Seconds for which a log line waits for more of them, or for anything else, before it is kept and shown."""
_NEVER = float("inf")
LAST_RESORT = 1.0
"""Seconds beyond the grace after which the template, which should have killed all by then, is killed itself."""
START_ALLOWANCE = 30.0
"""Seconds that a worker may take, beyond the timeout of its call, before the attempt begins: it imports the job."""


class Multiprocess(Executor):
    """Gives each attempt a process of its own.

    `work` is what *preloaded* workers do, `source` where *lean* and *spawn* workers get it from; `slots` is how many
    run at once. `grace` (seconds) bounds every wait for a process that was asked to end. `wakeup_fd` is a descriptor
    that becomes readable when a signal has come: `wait` then returns. `preload` names modules that the template imports
    for its workers. `most` is how many orders a process may take, one after the other, as long as all goes well and
    nothing is left behind: more than one makes them *warm*. Raises ValueError for an unknown `start_method`.
    """

    def __init__(
        self,
        work: Work | None,
        source: WorkSource | None,
        emit: Emit,
        slots: int,
        start_method: str | None = None,
        grace: float = 5.0,
        wakeup_fd: int | None = None,
        preload: Sequence[str] = (),
        most: int = 1,
    ) -> None:
        self.slots, short = fitting(slots)
        self.start_method, unusual = choose(start_method)
        self._notes = [EngineNoted(time(), short, level="warning")] if short else []
        """What is to be said when there are sinks: why there are fewer slots, why another start method."""
        if unusual:
            self._notes.append(EngineNoted(time(), unusual, level="info"))
        self._work = work
        self._source = source
        self._emit = emit
        self._grace = grace
        self._wakeup_fd = wakeup_fd
        self._preload = tuple(preload)
        self._most = most
        self._staying: dict[int, int] = {}
        """The workers that wait for another order: slot, and the order that they had last."""
        self._queue: deque[StepCall] = deque()
        self._finished: list[StepDone] = []
        self._unheard: dict[str, list[Event]] = {}
        """Of what the loop hears next: the events that belong behind it, by step."""
        self._asked_hooks: list[StepCall] = []
        """Calls for hooks alone whose end the loop waits for. (Those of the dead we give to ourselves.)"""
        self._tasks: dict[int, Task] = {}
        self._at_work: list[Task | None] = [None] * self.slots
        self._free = list(range(self.slots))[::-1]
        self._spare: list[int] = []
        """Slots for which the system has no process at the moment."""
        self._told_limit = False
        self._orders = 0
        self._heard = False
        self._lines_due = _NEVER
        self._interrupted = False
        self._last_moment: float | None = None
        """When the template is killed, by the monotonic clock."""
        self._lost: str | None = None
        self._open = False
        self._link: Link

    # -- the port --------------------------------------------------------------------------------------------------

    def start(self) -> None:
        """Make the template. Call it before anything with a lock or a thread exists."""
        try:
            self._link = Link(self.slots)
            self._open = True
            self._make_template()
        except OSError as error:
            why = deaths.limit_of(error.errno, error.strerror or str(error))
            raise DagjobUnmetExecutorRequirementsError(f"no process can be started for the ops: {why}").noting(
                "without processes:  -e in_process"
            ) from error
        self._inboxes = [Inbox() for _ in self._link.lines]
        self._slot_of = {fd: slot for slot, fd in enumerate(self._link.lines)}
        if self._wakeup_fd is not None:
            self._link.poll.register(self._wakeup_fd, select.POLLIN)

    def _make_template(self) -> None:
        if self.start_method == "preloaded":
            if self._work is None:
                raise ValueError("workers that are forked from this process need its work")
            self._link.fork(self._work, self._preload, self._most)
        else:
            if self._source is None:
                raise ValueError("workers that are not forked from this process need a source of work")
            self._link.launch(self._source, self._preload, self._most, spawn=self.start_method == "spawn")

    def submit(self, call: StepCall) -> None:
        """Take an order; it waits here while all slots are taken."""
        if call.ended is not None:
            self._asked_hooks.append(call)
        self._queue.append(call)
        self._dispatch()

    def wait(self, timeout: float | None) -> Sequence[StepDone]:
        """See `Executor.wait`."""
        until = None if timeout is None else monotonic() + timeout
        self._heard = False
        self._lines_due = _NEVER
        self._unheard.clear()
        while self._notes:
            self._emit(self._notes.pop(0))
        while not self._finished:
            woken = self._turn(until)
            if self._lines_due < _NEVER:  # A commit for each line of a chatty op would cost more than all else.
                until = self._lines_due if until is None else min(until, self._lines_due)
            if woken or self._heard or (until is not None and monotonic() >= until):
                break
        finished, self._finished = self._finished, []
        return finished

    def pause(self) -> None:
        """See `Executor.pause`: the processes of ops are no part of our job, so nobody else stops them."""
        for task in self._tasks.values():
            self._signal(task, signal.SIGSTOP)

    def go_on(self, seconds: float) -> None:
        """See `Executor.go_on`."""
        if self._last_moment is not None:
            self._last_moment += seconds
        for task in self._tasks.values():
            task.stood_still(seconds)
            self._signal(task, signal.SIGCONT)

    def interrupt(self, grace: float) -> None:
        """See `Executor.interrupt`. What has not begun is dropped, and reported as canceled."""
        self._interrupted = True
        while self._queue:
            self._finish(self._queue.popleft(), deaths.canceled(0.0, asked=False))
        self._last_moment = monotonic() + grace + LAST_RESORT
        for task in self._tasks.values():
            self._stop(task, grace)

    def _stop(self, task: Task, grace: float) -> None:
        """Ask an attempt to end, and kill it when the grace is over."""
        now = monotonic()
        if grace <= 0:
            task.alarms = []
            self._mark(task, "canceled")
            self._kill(task)
        elif not task.done:
            self._mark(task, "canceled")
            self._signal(task, signal.SIGINT)
            task.alarms = [(now + grace * POLITE_SHARE, self._terminate), (now + grace, self._kill)]
        else:
            task.alarms = [(now + grace, self._kill)]

    def close(self) -> None:
        """Wait for hooks, then for the processes, and leave none behind.

        Hooks may take the time that they need, unless the run was interrupted or a signal comes: then `grace` seconds.
        """
        if self._open:
            self._open = False
            self._unheard.clear()
            try:
                self._await_workers()
            finally:
                self._link.close(max(self._grace, 1.0))

    @property
    def template_pid(self) -> int:
        """The process that starts the workers."""
        return self._link.template

    @property
    def descriptors(self) -> tuple[int, ...]:
        """What this process holds open for them."""
        return (self._link.control, self._link.status, *self._link.lines)

    # -- the template ----------------------------------------------------------------------------------------------

    def _hear_template(self) -> None:
        news = self._link.news()
        if news is None:
            self._template_is_gone()
            return
        for kind, payload in news:
            if kind == EXITED:
                order, pid, status, cpu, max_rss, stack = marshal.loads(payload)
                if order in self._tasks:
                    self._gone(self._tasks[order], pid, status, cpu, max_rss, stack)
                else:
                    self._staying = {slot: last for slot, last in self._staying.items() if last != order}
            elif kind == REFUSED:
                self._refused(*marshal.loads(payload))
            elif kind == BROKEN:
                self._lost = payload.decode(errors="replace")

    def _refused(self, order: int, number: int | None, text: str) -> None:
        """No worker could be made: tried again when another has ended, if it is for too many of them."""
        task = self._tasks.pop(order)
        why = deaths.limit_of(number, text)
        if self._interrupted or not self._tasks or not deaths.is_limit(number):
            self._vacate(task)
            self._settle(task, deaths.not_started(task.call.step.key, why))
            return
        self._at_work[task.slot] = None
        self._spare.append(task.slot)
        self._queue.append(task.call)
        if not self._told_limit:
            self._told_limit = self._heard = True
            self._emit(EngineNoted(time(), f"fewer ops at a time than {self.slots}: {why}", level="warning"))

    def _template_is_gone(self) -> None:
        """Nobody can start or bury workers any more: end those there are, and fail what they did."""
        self._lost = self._lost or "the process that starts the ops has died; the log of the system may say why"
        for task in list(self._tasks.values()):
            if not task.ended:
                self._take_in(task.slot, self._link.await_end(task.slot, task.pid, max(self._grace, 1.0)))
                self._vacate(task)
            if not task.settled:
                self._settle(task, self._stopped(task, "") or self._no_process(task.call.step.key))
            self._hooks_are_over(task.call)
        self._tasks.clear()
        self._dispatch()

    def _no_process(self, step: str) -> Failed:
        return deaths.not_started(step, self._lost or "", retryable=False)

    # -- slots and orders ------------------------------------------------------------------------------------------

    def _dispatch(self) -> None:
        """Give waiting orders to free slots. Two attempts of a step never overlap: the first may still close resources."""
        early = []
        while self._queue and (self._free or self._interrupted or self._lost):
            call = self._queue.popleft()
            if self._interrupted:
                self._finish(call, deaths.canceled(0.0, asked=False))
                continue
            if self._lost:
                self._finish(call, self._no_process(call.step.key))
                continue
            if (call.attempt > 1 or call.ended is not None) and self._is_at_work(call):
                early.append(call)
                continue
            try:
                payload = pickle.dumps(call, 5)
            except Exception as error:
                self._finish(call, deaths.unsendable_call(call.step.key, error))
                continue
            self._orders += 1
            task = Task(call, self._free.pop(), self._orders)
            self._tasks[task.order] = self._at_work[task.slot] = task
            if call.timeout is not None:
                too_long = self._kill if call.ended is not None else self._too_slow
                task.alarms = [(task.began + call.timeout + START_ALLOWANCE, too_long)]
            task.reused = self._staying.pop(task.slot, None) is not None
            self._link.post(START, marshal.dumps((task.slot, task.order, payload, task.reused)))
        self._queue.extendleft(reversed(early))

    def _is_at_work(self, call: StepCall) -> bool:
        place = self._place(call)
        return any(task is not None and self._place(task.call) == place for task in self._at_work)

    def _vacate(self, task: Task) -> None:
        """The slot can take the next order."""
        if self._at_work[task.slot] is task:
            self._at_work[task.slot] = None
            self._free.append(task.slot)
            self._dispatch()

    def _tell(self, call: StepCall, event: Event) -> None:
        """An event of an attempt. While the loop does not know yet how that has ended, it belongs behind its end."""
        after = self._unheard.get(self._place(call)) if self._unheard else None
        if after is not None:
            after.append(event)
        else:
            self._emit_for(call, event)

    def _emit_for(self, call: StepCall, event: Event) -> None:
        """To the run that it belongs to."""
        self._emit(event)

    def _place(self, call: StepCall) -> str:
        """The step, with its run if there are several."""
        return call.step.key

    def _finish(self, call: StepCall, outcome: Outcome) -> None:
        if call.ended is not None:
            text = "its hooks did not run, because no process could be had for them"
            self._tell(call, EngineNoted(time(), text, call.step.key, level="warning"))
            self._hooks_are_over(call)
            return
        self._done(call, outcome)

    def _done(self, call: StepCall, outcome: Outcome) -> None:
        """The loop is to know how an attempt ended."""
        after = self._unheard[self._place(call)] = []
        self._finished.append(StepDone(call.step.key, call.attempt, outcome, after))

    def _hooks_are_over(self, call: StepCall) -> None:
        """Tell the loop, if it had asked for them."""
        if call in self._asked_hooks:
            self._asked_hooks.remove(call)
            self._done(call, call.ended or deaths.canceled(0.0))

    # -- what workers say ------------------------------------------------------------------------------------------

    def _turn(self, until: float | None) -> bool:
        """Sleep until something comes or is due, and deal with it; whether `wakeup_fd` called."""
        link = self._link
        due = self._next_alarm()
        first = due if until is None or (due is not None and due < until) else until
        timeout = None if first is None else int(max(0.0, first - monotonic()) * 1000 + 0.999)
        woken = ended = False
        for fd, _ in link.poll.poll(timeout):
            slot = self._slot_of.get(fd)
            if slot is not None:
                self._read_line(slot)
            elif fd == link.status:
                ended = True
            elif fd == link.control:
                link.push()
            else:
                woken = True
                self._called(fd)
        if ended:  # Last: what a worker said came before its end.
            self._hear_template()
        if due is not None:
            self._ring(monotonic())
        return woken

    def _called(self, fd: int) -> None:
        """`wakeup_fd` has something to read: empty it, whether it blocks or not."""
        with contextlib.suppress(BlockingIOError):
            os.read(fd, 4096)

    def _read_line(self, slot: int) -> bool:
        """Take one helping from the pipe of a slot; whether there was any."""
        fd = self._link.lines[slot]
        data = read_some(fd)
        if data == b"":
            with contextlib.suppress(KeyError):  # The template is gone, and its workers.
                self._link.poll.unregister(fd)
        if not data:
            return False
        self._take_in(slot, data)
        return True

    def _take_in(self, slot: int, data: bytes) -> None:
        try:
            frames = self._inboxes[slot].feed(data)
        except ValueError:
            self._garbled(slot)
            return
        for kind, payload in frames:
            task = self._at_work[slot]
            if task is not None:
                self._hear(task, kind, payload)

    def _hear(self, task: Task, kind: int, payload: bytes) -> None:
        if kind == EVENT:
            event = messages.event_in(payload, task.call.step.key)
            if isinstance(event, StepStarted):
                self._note_start(task)
            if type(event) is not LogWritten:
                self._heard = True
            elif self._lines_due is _NEVER:
                self._lines_due = monotonic() + _LINES_WAIT
            self._tell(task.call, event)
        elif kind == DONE:
            if task.call.ended is None:
                self._reported(task, payload)
        elif kind == END:
            task.ended = True
            if payload == STAYS:
                del self._tasks[task.order]
                self._staying[task.slot] = task.order
                if not self._open:
                    self._release()
            else:
                task.alarms = [(monotonic() + self._grace, self._kill)]  # It may not stay for ever.
            self._hooks_are_over(task.call)
            self._vacate(task)
        elif kind == HELLO:
            task.pid = int(payload)

    def _note_start(self, task: Task) -> None:
        """The attempt itself begins: its time counts from here, not from the import that came before it."""
        task.started = True
        if task.call.timeout is not None and task.why is None:
            task.began = monotonic()
            task.alarms = [(task.began + task.call.timeout, self._too_slow)]

    def _reported(self, task: Task, payload: bytes) -> None:
        outcome = messages.outcome_in(payload)
        task.done = True
        if task.why == "timeout" and isinstance(outcome, Failed):
            return
        if task.why != "canceled":
            # Hooks may take as long as the op.
            task.alarms = [] if task.call.timeout is None else [(monotonic() + task.call.timeout, self._kill)]
        elif isinstance(outcome, Failed):
            outcome = replace(outcome, status="canceled", retryable=False, ask=None, source="INTERRUPT")
        self._settle(task, outcome)

    def _settle(self, task: Task, outcome: Outcome) -> None:
        """Report the attempt, with the event of its start if the worker could not say it any more."""
        if not task.started:
            task.started = True
            call = task.call
            self._tell(call, StepStarted(time(), call.step.key, call.attempt, task.pid, call.log))
        task.settled = True
        self._finish(task.call, outcome)

    def _garbled(self, slot: int) -> None:
        """What came is no frame: the op wrote to our pipe, or a handler of its own broke a write in two."""
        self._inboxes[slot] = Inbox()
        task = self._at_work[slot]
        if task is not None:
            task.why = task.why or "garbled"
            self._kill(task)

    # -- ends ------------------------------------------------------------------------------------------------------

    def _gone(self, task: Task, pid: int, status: int, cpu: float, max_rss: int, stack: str) -> None:
        """The process is dead and buried. Whatever it said is in its pipe: hear it first."""
        task.pid = pid
        while self._at_work[task.slot] is task and self._read_line(task.slot):
            pass
        del self._tasks[task.order]
        if not task.ended:
            self._inboxes[task.slot] = Inbox()  # Half a frame, perhaps.
        if task.reused and not task.started and task.why is None:
            self._queue.appendleft(task.call)  # It died while it waited, and never saw the order.
            self._vacate(task)
            return
        if self._spare:
            self._free.append(self._spare.pop())
        self._vacate(task)
        self._dispatch()
        if not task.settled:
            failed = self._stopped(task, stack) or self._crashed(task, status, max_rss)
            failed = replace(failed, cpu=cpu, max_rss=max_rss)
            self._settle(task, failed)
            if leaves_hooks(task.call.step, failed, task.call.attempt, retries=task.call.retries):
                self._queue.appendleft(replace(task.call, ended=failed))
                self._dispatch()
        elif not task.ended:
            text = f"the process of {task.call.step.key} {deaths.how_it_died(status)}: its hooks may not have run"
            self._heard = True
            self._tell(task.call, EngineNoted(time(), text, task.call.step.key, level="warning"))
        self._hooks_are_over(task.call)

    def _stopped(self, task: Task, stack: str) -> Failed | None:
        """The outcome, if it ended because we wanted it to."""
        if task.why == "canceled":
            return deaths.canceled(task.seconds)
        if task.why == "timeout":
            forced = task.forced and not task.done
            return deaths.timed_out(task.call.step.key, task.call.limit_text, task.seconds, stack, forced)
        return None

    def _crashed(self, task: Task, status: int, max_rss: int) -> Failed:
        dump = deaths.fault_dump(task.call.log) if os.WIFSIGNALED(status) else ""
        note = "what it wrote to dagjob's own pipe made no sense" if task.why == "garbled" else ""
        return deaths.crashed(task.call.step.key, status, task.seconds, max_rss, dump, note)

    def _next_alarm(self) -> float | None:
        due = min((at for task in self._tasks.values() for at, _ in task.alarms), default=None)
        last = self._last_moment
        return due if last is None or (due is not None and due < last) else last

    def _ring(self, now: float) -> None:
        """Do what is due."""
        if self._last_moment is not None and self._last_moment <= now:
            self._last_moment = None
            self._link.kill()
        for task in list(self._tasks.values()):
            while task.alarms and task.alarms[0][0] <= now:
                _, act = task.alarms.pop(0)
                act(task)

    def _mark(self, task: Task, why: deaths.Why) -> None:
        if task.why is None and not task.done:
            task.why = why

    def _too_slow(self, task: Task) -> None:
        self._mark(task, "timeout")
        self._signal(task, STACK_SIGNAL)
        self._terminate(task)
        task.alarms.append((monotonic() + self._grace, self._kill))

    def _terminate(self, task: Task) -> None:
        self._signal(task, signal.SIGTERM)

    def _kill(self, task: Task) -> None:
        task.forced = True
        self._signal(task, signal.SIGKILL)

    def _signal(self, task: Task, signum: int) -> None:
        """Through the template: only it knows for sure that the process id still means this worker."""
        self._link.post(SIGNAL, marshal.dumps((task.order, int(signum))))

    # -- the end of all --------------------------------------------------------------------------------------------

    def _release(self) -> None:
        """Let the workers go that wait for another order."""
        self._link.post(RELEASE, b"")
        self._last_moment = monotonic() + self._grace + LAST_RESORT

    def _await_workers(self) -> None:
        """Until every worker is gone. Those that are at work although the run is over get the grace."""
        if not self._interrupted and any(not task.done for task in self._tasks.values()):
            self.interrupt(self._grace)
        if self._staying:
            self._release()
        if self._interrupted:
            self._turn(monotonic())  # What called for that may not have been read yet: it is no second signal.
        while (self._tasks or self._staying) and not self._lost:
            if self._turn(None):
                self.interrupt(0.0 if self._interrupted else self._grace)
