"""Files without a name, in which a process writes the stacks of its threads when it is asked to by a signal.

Whoever has started the process reads the file itself. Who has not, on Linux, finds it among the open files of the process,
sees how large it is, and after the signal what has been added.
"""

from __future__ import annotations

import os
import signal

NAME, NAME_HERE = "dagjob-stack", "dagjob-stacks-here"
STACK_SIGNAL = getattr(signal, "SIGUSR1", 0)
"""Asks a process that `answers` to write the stacks of its threads."""
SIGNAL_HERE = getattr(signal, "SIGUSR2", 0)
"""The same for a main process with its ops in itself: it tells how its run stands when it gets SIGUSR1."""
_PATIENCE = 2.0
_LOOK_AGAIN = 0.01
_MOST = 200_000
_here: int | None = None


class NoAnswerError(Exception):
    """Why the stacks of a process cannot be had."""


def nameless_file(name: str = NAME) -> int:
    """A descriptor of such a file."""
    if hasattr(os, "memfd_create"):
        return os.memfd_create(name, os.MFD_CLOEXEC)
    from tempfile import TemporaryFile

    with TemporaryFile() as file:
        return os.dup(file.fileno())


def answer_in(fd: int, signum: int = STACK_SIGNAL) -> None:
    """From now on, this process writes its stacks there when it is asked."""
    import faulthandler

    faulthandler.register(signum, fd)


def answer_here() -> None:
    """The same, in a file of its own, for a process that nobody has started for that. May be called again."""
    global _here
    if _here is None and hasattr(os, "memfd_create"):
        _here = nameless_file(NAME_HERE)
        answer_in(_here, SIGNAL_HERE)


def ask(pid: int) -> str:
    """The stacks of a process that answers, from outside. Raises `NoAnswerError`, and signals nothing that would die of it."""
    import time

    descriptor = _opened(pid)
    try:
        before = _sizes(pid, NAME)
        signum = STACK_SIGNAL if before else SIGNAL_HERE
        before = before or _sizes(pid, NAME_HERE)
        if not _hears(pid, signum):
            raise NoAnswerError("it has begun a moment ago, or does something else with the signal that asks for it")
        if not before:
            raise NoAnswerError("it has no file to write to")
        signal.pidfd_send_signal(descriptor, signum)
        until = time.monotonic() + _PATIENCE
        grown = ""
        while time.monotonic() < until:
            time.sleep(_LOOK_AGAIN)
            text = _added(pid, before)
            if text and text == grown:
                return text
            grown = text
    except ProcessLookupError:
        raise NoAnswerError("it has just ended") from None
    except OSError as error:
        raise NoAnswerError(error.strerror or str(error)) from None
    finally:
        os.close(descriptor)
    raise NoAnswerError("it did not answer: it may be stopped, or wait for a disk")


def parent_of(pid: int) -> int:
    """The process that has started this one; 0 where nobody can say."""
    try:
        with open(f"/proc/{pid}/stat", "rb") as file:
            return int(file.read().rpartition(b")")[2].split()[1])
    except (OSError, ValueError, IndexError):
        return 0


def _opened(pid: int) -> int:
    if not os.path.isdir("/proc/self/fd") or not hasattr(os, "pidfd_open"):
        raise NoAnswerError("this system has no way to ask it: that needs Linux")
    try:
        return os.pidfd_open(pid)
    except ProcessLookupError:
        raise NoAnswerError("it has just ended") from None
    except OSError as error:
        raise NoAnswerError(error.strerror or str(error)) from None


def _hears(pid: int, signum: int) -> bool:
    """Whether the process has a handler for the signal: without one it would die of it."""
    with open(f"/proc/{pid}/status", encoding="ascii", errors="replace") as file:
        for line in file:
            if line.startswith("SigCgt:"):
                return bool(int(line.split()[1], 16) >> (signum - 1) & 1)
    return False


def _sizes(pid: int, name: str) -> dict[str, int]:
    """Such files that the process has open, its own and those of others that it has inherited, with their sizes."""
    sizes = {}
    folder = f"/proc/{pid}/fd"
    for number in os.listdir(folder):
        path = f"{folder}/{number}"
        try:
            if os.readlink(path).startswith(f"/memfd:{name} "):
                sizes[path] = os.stat(path).st_size
        except FileNotFoundError:
            continue
    return sizes


def _added(pid: int, before: dict[str, int]) -> str:
    for path, size in before.items():
        try:
            with open(path, "rb") as file:
                if os.fstat(file.fileno()).st_size > size:
                    file.seek(size)
                    return file.read(_MOST).decode(errors="replace")
        except FileNotFoundError:
            continue
    return ""
