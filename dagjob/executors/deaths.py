"""Words and outcomes for attempts that did not end by themselves: crashed, stopped, too slow, never started.

Numbers and names come in, an `Outcome` goes out, with what this process used. Nothing here signals or waits for a process.
"""

from __future__ import annotations

import os
import sys
from contextlib import suppress
from typing import Literal

from dagjob.builtin.ownership import open_file
from dagjob.events import ErrorInfo, Frame
from dagjob.plan.steps import Failed, Outcome, Succeeded
from dagjob.record import replace

OURS = "dagjob.errors"


def unsendable_outcome(error: Exception) -> Failed:
    """The outcome itself cannot be pickled."""
    what = f"how the op ended could not leave its process: {type(error).__name__}: {error}"
    return Failed(ErrorInfo("DagjobSubprocessError", OURS, what, code="DJ404"), source="FRAMEWORK_ERROR")


def unsendable_call(step: str, error: Exception) -> Failed:
    """The order cannot be pickled."""
    what = f"the config of {step} cannot be sent to its process: {type(error).__name__}: {error}"
    return Failed(
        ErrorInfo("DagjobSubprocessError", OURS, what, code="DJ404"), retryable=False, source="FRAMEWORK_ERROR"
    )


def canceled(seconds: float, asked: bool = True) -> Failed:
    """The run was told to stop; with `asked` the op was at work, else it had not begun."""
    text = "stopped, because the run was interrupted" if asked else "not begun, because the run was interrupted"
    return Failed(_interrupted(text), seconds, status="canceled", retryable=False, source="INTERRUPT")


def _interrupted(text: str) -> ErrorInfo:
    return ErrorInfo("DagjobExecutionInterruptedError", OURS, text, code="DJ401")


def crashed(
    step: str, status: int, seconds: float, max_rss: int, dump: str = "", note: str = "", limit: int | None = None
) -> Failed:
    """The process ended before it had said how the attempt ended. `status` as `os.wait4` gives it.

    `dump` is what Python's fault handler wrote; `note` says more about the cause; `limit` are the bytes of memory that it could
    have (None: what this process may use).
    """
    message = f"{step} {how_it_died(status)}"
    if max_rss:
        message += f"; peak memory {_size(max_rss)}"
    if os.WIFSIGNALED(status) and os.WTERMSIG(status) == 9:
        limit = limit or _memory_limit()
        message += f" of {_size(limit)}" if max_rss and limit else ""
        message += (
            ": probably out of memory. Run fewer ops at a time (-j)"
            if limit and max_rss and max_rss > limit // 4
            else ". If nobody killed it, memory ran out: run fewer ops at a time (-j)"
        )
    if note:
        message += f" ({note})"
    error = ErrorInfo("ChildProcessCrashException", OURS, message, _frames(dump), text=dump, code="DJ402")
    return Failed(error, seconds, source="UNEXPECTED_ERROR")


def not_started(step: str, why: str, retryable: bool = True) -> Failed:
    """No process could be made for it, or the one that makes them is gone."""
    error = ErrorInfo("ChildProcessCrashException", OURS, f"{step} has no process: {why}", code="DJ402")
    return Failed(error, source="FRAMEWORK_ERROR", retryable=retryable)


def lost_with_worker(step: str, why: str, seconds: float) -> Failed:
    """The machine, or the process there that all of its ops need, was lost while it was at work there."""
    error = ErrorInfo("ChildProcessCrashException", OURS, f"{step} was lost: {why}", code="DJ402")
    return Failed(error, seconds, source="UNEXPECTED_ERROR")


def limit_of(number: int | None, text: str) -> str:
    """Why a process, or a pipe for one, could not be had, from the number and text of the error: the limit, and what helps."""
    import errno
    from resource import RLIM_INFINITY, RLIMIT_NOFILE, RLIMIT_NPROC, getrlimit

    helps = "raise it, or run fewer ops at a time (-j)"
    if number == errno.EMFILE:
        return f"{text}: a process may have {getrlimit(RLIMIT_NOFILE)[0]} (RLIMIT_NOFILE, ulimit -n): {helps}"
    if number == errno.EAGAIN:
        limit = getrlimit(RLIMIT_NPROC)[0]
        if limit == RLIM_INFINITY:
            return f"{text}: the machine or its control group has no room for another process (pids.max): {helps}"
        return (
            f"{text}: this user may have {limit} processes and threads, all in all (RLIMIT_NPROC, ulimit -u): {helps}"
        )
    return f"{text}: run fewer ops at a time (-j)" if is_limit(number) else text


def is_limit(number: int | None) -> bool:
    """Whether an error of this number may be over when another process has ended."""
    import errno

    return number in (errno.EMFILE, errno.EAGAIN, errno.ENFILE, errno.ENOMEM)


def timed_out(step: str, limit: str, seconds: float, stack: str, forced: bool) -> Failed:
    """It took longer than it may, by `limit` (`after 30s (--op-timeout)`); `stack` was taken just before it was stopped."""
    message = f"{step} was stopped {limit}"
    if forced:
        message += ", by SIGKILL: it did not end when asked to"
    error = ErrorInfo("DagjobOpTimeoutError", OURS, message, _frames(stack), text=stack, code="DJ403")
    return Failed(error, seconds, status="timeout", source="USER_CODE_ERROR")


def _frames(stack: str) -> tuple[Frame, ...]:
    """Where it was; most runs need no such thing."""
    if not stack:
        return ()
    from dagjob.executors.stacks import frames_of

    return frames_of(stack)


def how_it_died(status: int) -> str:
    """`was killed by SIGSEGV (signal 11)` or `left its process with exit code 3`, from a wait status."""
    if os.WIFSIGNALED(status):
        number = os.WTERMSIG(status)
        return f"was killed by {signal_name(number)} (signal {number})"
    code = os.waitstatus_to_exitcode(status)
    return f"left its process with exit code {code} before it was done"


def signal_name(number: int) -> str:
    """`SIGKILL` for 9; the number itself where the platform has no name for it."""
    from signal import Signals

    try:
        return Signals(number).name
    except ValueError:
        return f"signal {number}"


def measured(outcome: Outcome, before: float = 0.0) -> Outcome:
    """The outcome with what this process used so far: the exit, which would tell exactly, is not waited for.

    `before` are the seconds of processor time that it had used before this attempt.
    """
    if outcome.cpu is not None:
        return outcome
    cpu, max_rss = _used()
    if isinstance(outcome, Succeeded):  # Almost always, and `replace` makes a worker touch more memory.
        return Succeeded(outcome.made, outcome.seconds, cpu - before, max_rss)
    return replace(outcome, cpu=cpu - before, max_rss=max_rss)


def _used() -> tuple[float, int]:
    """Seconds of processor time and peak memory in bytes of this process and of its children that have ended."""
    from resource import RUSAGE_CHILDREN, RUSAGE_SELF, getrusage

    own, below = getrusage(RUSAGE_SELF), getrusage(RUSAGE_CHILDREN)
    cpu = own.ru_utime + own.ru_stime + below.ru_utime + below.ru_stime
    return cpu, rss_bytes(max(own.ru_maxrss, below.ru_maxrss))


def cpu_used() -> float:
    """Seconds of processor time that this process and its children that have ended have used."""
    return _used()[0]


def rss_bytes(maxrss: int) -> int:
    """Bytes, from what `getrusage` says: kibibytes on Linux, bytes on macOS."""
    return maxrss if sys.platform == "darwin" else maxrss * 1024


def fault_dump(log: str | None) -> str:
    """What Python's fault handler wrote to the end of a log file before the process died, or nothing."""
    if log is None:
        return ""
    try:
        with open_file(log, "rb") as file:
            file.seek(max(0, os.path.getsize(log) - 16384))
            tail = file.read().decode(errors="replace")
    except OSError:
        return ""
    at = tail.rfind("Fatal Python error:")
    return tail[at:] if at >= 0 else ""


def _memory_limit() -> int:
    """The bytes that this process may use: the machine's memory or the least limit of its control groups."""
    limits = [os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")]
    for group in _control_groups():
        with suppress(OSError, ValueError), open_file(f"/sys/fs/cgroup{group}/memory.max") as file:
            limits.append(int(file.read()))
    return min(limits)


def _control_groups() -> list[str]:
    """The control groups that this process is in, as folders below /sys/fs/cgroup, the outermost first."""
    found = [""]
    with suppress(OSError, ValueError), open_file("/proc/self/cgroup") as file:
        path = next((line.rstrip("\n")[3:] for line in file if line.startswith("0::")), "")
        for part in filter(None, path.split("/")):
            found.append(f"{found[-1]}/{part}")
    return found


def _size(count: int) -> str:
    size, unit = float(count), "B"
    for unit in ("B", "KiB", "MiB", "GiB"):
        if size < 1024 or unit == "GiB":
            break
        size /= 1024
    return f"{size:.3g} {unit}" if size < 1000 else f"{size:.0f} {unit}"


Why = Literal["timeout", "canceled", "garbled"]
"""Why the main process is ending a worker."""
