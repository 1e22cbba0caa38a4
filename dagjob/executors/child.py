"""What a worker does: become like a fresh process, do one attempt, leave.

A *warm* worker does many, one after the other, in the same process. It stays after an attempt only when that succeeded and
left nothing behind that the next one could notice (`_Traces`).

Knows what a fork inherits that a fresh process would not have, and undoes it: the process group, signals, our
descriptors, random numbers, exit handlers. Knows nothing of who started it or of the other workers.

Leaving: the streams are flushed, exit handlers registered by this process run (those that it inherited do not: they
belong to the process that was forked, and would remove its temporary folders), then `os._exit`. An attempt is over
when its hooks are through: threads and processes that it left running end with it.
"""

from __future__ import annotations

import atexit
import os
import pickle
import signal
import sys
from _thread import allocate_lock, get_ident
from collections.abc import Callable, Sequence
from os import _exit, getpgrp, getpid, killpg  # Kept, whatever an op makes of `os`.
from types import FrameType
from typing import Any, NoReturn

from dagjob.clock import time
from dagjob.engine.interrupts import keeps_account, soon_again
from dagjob.engine.output_rules import TakenOutput
from dagjob.engine.ports import Attempt, StepCall, StepDone, Work
from dagjob.errors import DagjobExecutionInterruptedError
from dagjob.events import (
    EngineNoted,
    Event,
    InputChecked,
    InputLoaded,
    OutputChecked,
    OutputStored,
    ResourcesOpened,
    ResourcesOpening,
    StepStarted,
)
from dagjob.executors import deaths
from dagjob.executors.frames import DONE, END, EVENT, HEAD, HELLO, STAYS, frame, read_first, write_all
from dagjob.executors.messages import pickled_done, pickled_event
from dagjob.executors.stack_files import answer_in
from dagjob.executors.streams import flush_streams, redirect, settle_streams
from dagjob.plan.steps import Port, Step, Succeeded, Wire
from dagjob.record import Record, compile_constructor

# Below the wrappers of `signal`, whose enums make a forked worker touch, and so copy, fifty more pages of memory.
_bare_signal: Any = sys.modules["_signal"]
_SIGCHLD, _SIG_DFL = int(signal.SIGCHLD), int(signal.SIG_DFL)
_SIG_BLOCK, _SIG_UNBLOCK = int(signal.SIG_BLOCK), int(signal.SIG_UNBLOCK)
_SIGKILL = int(signal.SIGKILL)
_INTERRUPTING = (int(signal.SIGINT), int(signal.SIGTERM), int(signal.SIGHUP))


class Interruptions:
    """Turns SIGINT, SIGTERM and SIGHUP into an exception in the main thread, but never in the middle of a frame.

    The template has the handler and keeps the signals blocked. So they do nothing to it, and a worker loses none: what
    comes before it has an order waits until it calls `arm`.
    """

    sending = False
    held = False
    missed = 0
    owner = 0
    """The worker. A process that its op has forked takes a signal as any program does."""

    @classmethod
    def on_signal(cls, signum: int, where: FrameType | None) -> None:
        """The handler: raise now, or when the frame that is being written is out."""
        if cls.owner and getpid() != cls.owner:
            _end_as_usual(signum)
        elif cls.sending or cls.held:
            cls.missed = signum
        elif keeps_account(where):
            soon_again(signum)
        else:
            raise _interrupted(signum)

    @classmethod
    def block(cls) -> None:
        """Keep the signals for later."""
        _bare_signal.pthread_sigmask(_SIG_BLOCK, _INTERRUPTING)

    @classmethod
    def arm(cls) -> None:
        """From now on, signals may raise; one that came meanwhile does at once."""
        cls.held = False
        _bare_signal.pthread_sigmask(_SIG_UNBLOCK, _INTERRUPTING)

    @classmethod
    def hold(cls) -> None:
        """Raise nothing until `release`. Threads of the user's may take a signal that is blocked here."""
        cls.held = True

    @classmethod
    def release(cls) -> None:
        """Raise what came meanwhile."""
        cls.held = False
        cls.sent()

    @classmethod
    def sent(cls) -> None:
        """The frame is out: raise what came meanwhile."""
        cls.sending = False
        if cls.missed and not cls.held:
            signum, cls.missed = cls.missed, 0
            raise _interrupted(signum)


def _end_as_usual(signum: int) -> None:
    if signum == _INTERRUPTING[0]:
        raise KeyboardInterrupt
    _bare_signal.signal(signum, _SIG_DFL)
    os.kill(getpid(), signum)


def _interrupted(signum: int) -> BaseException:
    return DagjobExecutionInterruptedError(f"interrupted by {deaths.signal_name(signum)}")


_IN_ONE_PIECE = 4096 - HEAD
"""The longest payload of a frame that the kernel never mixes with those of other writers."""


class Line:
    """The worker's end of the pipe to the main process. Threads of the user may write events too, hence the lock.

    A process that the op has forked may write small events, since those are written in one piece; it leaves when it
    gets as far as reporting an outcome, which is not its own.
    """

    def __init__(self, fd: int, owner: int) -> None:
        self._fd = fd
        self._owner = owner
        self._main_thread = get_ident()
        self._lock = allocate_lock()
        self._held = self._hello = frame(HELLO, b"%d" % owner)
        self.patient = _PATIENT
        """The events that may wait for the next one."""

    def next_order(self) -> None:
        """Another order has come: its first frame says again who does it."""
        self._held = self._hello

    def hold(self, kind: int, payload: bytes) -> None:
        """Keep one frame until the next is sent: fewer writes here, fewer turns of the loop and commits there."""
        with self._lock:
            self._held += frame(kind, payload)

    def send(self, kind: int, payload: bytes) -> None:
        """Write one frame, with what was held back. Ends the process when nobody listens any more."""
        mine = get_ident() == self._main_thread
        if getpid() != self._owner:
            if kind != EVENT:
                _exit(0)
            if len(payload) > _IN_ONE_PIECE:
                return
        with self._lock:
            if mine:
                Interruptions.sending = True
            try:
                data = self._held + frame(kind, payload)
                self._held = b""
                write_all(self._fd, data)
            except BrokenPipeError:
                _end_alone()
            finally:
                if mine:
                    Interruptions.sending = False
        if mine:
            Interruptions.sent()

    def say_hello(self) -> None:
        """Send what was held back. Ends the process when nobody listens any more."""
        try:
            write_all(self._fd, self._held)
        except BrokenPipeError:
            _end_alone()
        self._held = b""

    def emit(self, event: Event) -> None:
        """Send the event, or hold it back for a moment where nobody watches for it."""
        payload = pickled_event(event)
        if type(event) in self.patient and len(self._held) < _ENOUGH and getpid() == self._owner:
            self.hold(EVENT, payload)
        else:
            self.send(EVENT, payload)


REHEARSED: tuple[type[Record], ...] = (
    *(StepCall, Step, Wire, Port, Succeeded, StepDone),
    *(StepStarted, InputLoaded, InputChecked, TakenOutput, OutputChecked, OutputStored),
)


_PATIENT = frozenset({InputLoaded, InputChecked, OutputChecked, OutputStored, ResourcesOpening, ResourcesOpened})
"""Events that nobody watches for: they go with the next one, or with the outcome. A process that dies may take them along."""
_ENOUGH = 32_768
"""Bytes that may be held back."""


_RESEED: list[Callable[[], object]] = []
"""What a forked worker calls to draw numbers of its own. (`random` sees to itself.)"""


def rehearse() -> None:
    """Compile the constructors of the records that every attempt makes, once for all workers that are forked from now on."""
    for record in REHEARSED:
        compile_constructor(record)


def ready_for_workers(modules: Sequence[str] = ()) -> None:
    """Load and prepare what every worker needs: one that is forked inherits it for nothing."""
    import faulthandler
    import fcntl  # noqa: F401
    import resource  # noqa: F401

    import dagjob.engine.bars  # noqa: F401

    faulthandler.enable(2)
    os.environ.update(DAGJOB_OP="", DAGJOB_ATTEMPT="")  # Changing what is there touches less memory than adding.
    for name in modules:
        try:
            __import__(name)
        except Exception as error:  # The attempt that needs it says it better.
            print(f"dagjob: cannot preload {name}: {type(error).__name__}: {error}", file=sys.stderr)
    numpy_random: Any = sys.modules.get("numpy.random")
    if numpy_random is not None:
        _RESEED.append(numpy_random.seed)


def plain_signals() -> None:
    """No handler of the program that was forked; ours, blocked for now, where a worker is to be interrupted."""
    Interruptions.block()
    for number in range(1, signal.NSIG):
        if callable(signal.getsignal(number)):
            signal.signal(number, signal.SIG_DFL)
    for number in _INTERRUPTING:
        if number != signal.SIGHUP or signal.getsignal(number) is not signal.SIG_IGN:  # `nohup` stays in force.
            signal.signal(number, Interruptions.on_signal)


def work_on_orders(
    opened: Callable[[], Work], orders: int, fd: int, stack_file: int, *, most: int, greet: bool
) -> NoReturn:
    """Wait for an order; do it, report it, do what comes after it; so `most` times, then leave. This is a worker already.

    With `greet` it says at once who it is, because its first event may take as long as the import of the job.
    """
    code = 1
    try:
        Interruptions.owner = getpid()
        line = Line(fd, getpid())
        opened = opened if most == 1 else _once(opened)
        for left in reversed(range(most)):
            order = read_first(orders)
            if order is None:
                break  # No order will come: the run is over.
            if not left:
                os.close(orders)
            line.next_order()
            if greet:
                line.say_hello()
            call: StepCall = pickle.loads(order)
            if call.eager:
                line.patient = frozenset()
            Interruptions.arm()
            problem = _become_worker(call, stack_file)
            if problem is not None:
                line.emit(EngineNoted(time(), problem, call.step.key, level="warning"))
            if not _attempt(opened, call, line, may_stay=left > 0):
                break
        code = 0
    except DagjobExecutionInterruptedError:
        pass  # The main process knows whether it asked for this, and words it.
    except BaseException:
        sys.excepthook(*sys.exc_info())
    finally:
        _leave(code)


def _once(opened: Callable[[], Work]) -> Callable[[], Work]:
    """The job is imported by the first order, and there for the others."""
    work: list[Work] = []

    def again() -> Work:
        if not work:
            work.append(opened())
        return work[0]

    return again


class _Traces:
    """What an attempt could leave behind for the next one of the same process."""

    def __init__(self) -> None:
        self._here = os.getcwd()
        self._environ = dict(os.environ)
        self._path = list(sys.path)

    def none_left(self) -> bool:
        """Whether folder, environment and `sys.path` are what they were, and no thread and no child is left."""
        try:
            if len(sys._current_frames()) > 1 or _has_children():
                return False
            return os.getcwd() == self._here and dict(os.environ) == self._environ and sys.path == self._path
        except Exception:  # An op has patched what is asked here.
            return False


def _has_children() -> bool:
    if not hasattr(os, "waitid"):  # macOS: nobody can say without burying them.
        return False
    try:
        os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOHANG | os.WNOWAIT)
    except ChildProcessError:
        return False
    return True


def _attempt(opened: Callable[[], Work], call: StepCall, line: Line, *, may_stay: bool) -> bool:
    """Do the order; whether this process stays and takes another one."""
    before = deaths.cpu_used() if may_stay else 0.0
    attempt = traces = outcome = None
    try:
        work = opened()
        traces = _Traces() if may_stay else None
        attempt = work(call, line.emit)
        outcome = attempt.run()
        Interruptions.hold()  # One that comes now has come to what follows the op.
    except BaseException as error:  # Opening the work failed: the user's module cannot be imported, for instance.
        Interruptions.hold()
        if outcome is None:
            from dagjob.engine.step import failed

            outcome = failed(error, 0.0)
    settle_streams()
    done = pickled_done(call, deaths.measured(outcome, before))
    follows = attempt is not None and attempt.has_more
    if attempt is not None and follows:
        line.send(DONE, done)
        _finish(attempt, call, line)
        flush_streams()
    else:
        # With the end: the next op begins without another turn of the loop. Signals wait for both.
        line.hold(DONE, done)
    stays = traces is not None and isinstance(outcome, Succeeded) and traces.none_left() and not Interruptions.missed
    if stays:
        Interruptions.block()  # Until the next order is there.
    line.send(END, STAYS if stays else b"")
    if not (stays or follows):
        Interruptions.release()
    return stays


def _finish(attempt: Attempt, call: StepCall, line: Line) -> None:
    """What follows an op that has more."""
    try:
        Interruptions.release()
        attempt.finish()
    except BaseException as error:
        Interruptions.hold()
        from dagjob.engine.describe import describe

        attempt.close()
        line.emit(EngineNoted(time(), "what follows an op failed", call.step.key, describe(error), level="error"))


def _become_worker(call: StepCall, stack_file: int) -> str | None:
    """What every worker does before it touches user code, however it was started. Returns what is to be said of it."""
    problem = redirect(call.log) if call.log is not None else None
    environment = os.environ
    environment["DAGJOB_OP"] = call.step.key
    environment["DAGJOB_ATTEMPT"] = str(call.attempt)
    if sys.breakpointhook is sys.__breakpointhook__:
        sys.breakpointhook = _breakpoint
    answer_in(stack_file)
    return problem


def _breakpoint(*args: Any, **kwargs: Any) -> Any:
    """`breakpoint()` in an op of a worker."""
    from dagjob.engine.breakpoints import stop_in_worker

    return stop_in_worker(*args, **kwargs)


def shed(ours: list[tuple[int, int]]) -> None:
    """Undo what a fork inherits from the template: its group, its signals, its descriptors, its randomness.

    `ours` are half-open ranges of descriptors. `random` reseeds itself at a fork; numpy's global generator does not.
    """
    os.setpgid(0, 0)
    _bare_signal.set_wakeup_fd(-1)
    _bare_signal.signal(_SIGCHLD, _SIG_DFL)
    for low, high in ours:
        os.closerange(low, high)
    atexit._clear()
    for reseed in _RESEED:
        reseed()


def die_with_template(alive: int) -> None:
    """From now on, the kernel kills this worker's group when the template dies, which alone holds the other end of this pipe.

    It does so whatever the op is busy with, and takes along the programs that the op has started. The signal of an open file
    goes to one group, so the pipe is opened anew: a fork would share it. Without that (macOS, no /proc) a worker ends when it
    next has something to say.
    """
    if sys.platform != "linux":
        return
    import fcntl

    try:
        fd = os.open(f"/proc/self/fd/{alive}", os.O_RDONLY | os.O_NONBLOCK)
        os.close(alive)
        fcntl.fcntl(fd, fcntl.F_SETSIG, _SIGKILL)
        fcntl.fcntl(fd, fcntl.F_SETOWN, -getpid())
        fcntl.fcntl(fd, fcntl.F_SETFL, os.O_NONBLOCK | os.O_ASYNC)
        if not os.read(fd, 1):
            _exit(1)  # It has died already.
    except OSError:
        pass  # Nothing to read: it lives.


def _end_alone() -> NoReturn:
    """Nobody listens any more: the main process is gone, and perhaps who would end what the op has started."""
    if getpgrp() == getpid():
        killpg(0, _SIGKILL)
    _exit(1)


def _leave(code: int) -> NoReturn:
    try:
        atexit._run_exitfuncs()
        settle_streams()
    except BaseException:
        pass  # An exit handler that fails says so itself.
    if code == 0 and getpgrp() == getpid():
        # All has been said. What the op leaves running would be ended by the template, if that still lives.
        killpg(0, _SIGKILL)
    _exit(code)
