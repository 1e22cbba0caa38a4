"""What ops of this process print: descriptors 1 and 2 and Python's streams lead to a log while an attempt runs."""

from __future__ import annotations

import contextlib
import os
import sys
from typing import Self, TextIO

from dagjob.builtin.file_names import DRAFT_BEGIN, DRAFT_END
from dagjob.executors.leftovers import has_children
from dagjob.executors.streams import flush_streams, line_by_line, open_log_or_nothing, patient_stream, settle_streams


def _aim(out: int, err: int) -> None:
    os.dup2(out, 1)
    os.dup2(err, 2)


class Capture:
    """While it is entered, what is printed goes to the end of the log that it was aimed at (None: nothing changes).

    One for a run. Descriptors and streams stay with it between two attempts, unless somebody asks it to `leave` them. A file in
    which nothing was written when the next attempt begins becomes that of the next one, so that silent ops leave none.

    The file has the name of its log from the start if the attempt begins after a `leave`: whoever looks is told of that
    attempt. One that follows at once is told of when it has ended, and its file is named when something was written.
    """

    def __init__(self) -> None:
        self.may_be_shared = True
        """Whether there may be a program that an op has left running, and that may yet write to its log."""
        self._log: str | None = None
        self._file = -1
        self._name = ""
        """What the file is called now; nothing where what is printed cannot be kept."""
        self._nameless = ""
        """What it is called while nothing is written in it and no attempt is told of."""
        self._has_them = False
        self._saved: tuple[int, int] | None = None
        """What descriptors 1 and 2 were before the first attempt."""
        self._aside: tuple[int, int, TextIO, TextIO] | None = None
        """What they are for the op, while they are given back."""
        self._streams: tuple[TextIO, TextIO] | None = None
        self._patient: tuple[TextIO, TextIO] | None = None

    def aim_at(self, log: str | None) -> str | None:
        """The log of the next attempt. Says why what is printed is not kept, if it is not."""
        if log == self._log:
            return None
        if self._log is not None:
            if log is not None and self._is_unused():
                self._log = log
                self._call_it(self._nameless)
                return None
            self.leave()
            self._drop_file()
        self._log, problem = log, None
        if log is not None:
            self._file, problem = open_log_or_nothing(log)
            self._name = "" if problem is not None else log
            self._nameless = _nameless(log)
        return problem

    def __enter__(self) -> Self:
        if self._log is not None:
            if self._has_them and self._streams_are_ours():
                _aim(self._file, self._file)  # An op may have aimed them elsewhere.
            else:
                self._call_it(self._log)
                self._take()
        return self

    def __exit__(self, *_: object) -> None:
        if self._has_them:
            settle_streams()
        if self._log is not None and self._name != self._log and os.lseek(self._file, 0, os.SEEK_END):
            self._call_it(self._log)  # Before anybody is told that the attempt has ended.

    def _take(self) -> None:
        """Let descriptors 1 and 2, and the streams of Python, lead to the log."""
        flush_streams()
        if self._saved is None:
            self._saved = os.dup(1), os.dup(2)
        _aim(self._file, self._file)
        streams = sys.stdout, sys.stderr
        if self._patient is None or streams != self._streams or any(stream.closed for stream in self._patient):
            line_by_line()
            self._patient = patient_stream(1, sys.stdout), patient_stream(2, sys.stderr)
        self._streams = streams
        sys.stdout, sys.stderr = self._patient
        self._has_them = True

    def _streams_are_ours(self) -> bool:
        """An op may have closed them, or set others."""
        out, err = sys.stdout, sys.stderr
        return (out, err) == self._patient and not (out.closed or err.closed)

    def leave(self) -> None:
        """Give descriptors and streams back until the next attempt."""
        if self._has_them and self._saved is not None:
            self._has_them = False
            settle_streams()
            if self._streams is not None and (sys.stdout, sys.stderr) == self._patient:  # Else an op has set others.
                sys.stdout, sys.stderr = self._streams
            _aim(*self._saved)

    def stand_aside(self) -> None:
        """Give descriptors and streams back for a moment, while an attempt runs. What its op has made of them comes back."""
        if self._has_them and self._saved is not None and self._streams is not None and self._aside is None:
            flush_streams()
            self._aside = self._copy_of(1), self._copy_of(2), sys.stdout, sys.stderr
            _aim(*self._saved)
            sys.stdout, sys.stderr = self._streams

    def stand_back(self) -> None:
        """The moment is over."""
        if self._aside is not None:
            flush_streams()
            (out, err, sys.stdout, sys.stderr), self._aside = self._aside, None
            _aim(out, err)
            os.close(out)
            os.close(err)

    def _copy_of(self, fd: int) -> int:
        """Where the descriptor leads now; to the log, if the op has closed it."""
        try:
            return os.dup(fd)
        except OSError:
            return os.dup(self._file)

    def close(self) -> None:
        """No attempt follows."""
        self.leave()
        if self._log is not None:
            self._drop_file()
            self._log = None
        if self._saved is not None:
            for fd in self._saved:
                os.close(fd)
            self._saved = None

    def _drop_file(self) -> None:
        if self._is_unused():
            with contextlib.suppress(OSError):
                os.unlink(self._name)
        elif self._log is not None:
            self._call_it(self._log)
        os.close(self._file)

    def _call_it(self, name: str) -> None:
        """Give the file that name; where somebody has removed it, make another."""
        if self._name in (name, ""):
            return
        try:
            os.rename(self._name, name)
        except OSError:
            file, problem = open_log_or_nothing(name)
            os.dup2(file, self._file, inheritable=False)
            os.close(file)
            self._name = "" if problem is not None else name
        else:
            self._name = name

    def _is_unused(self) -> bool:
        """Whether nobody has written to the file, and nobody else can."""
        return not os.lseek(self._file, 0, os.SEEK_END) and not (self.may_be_shared and has_children())


def _nameless(log: str) -> str:
    """A name for a file in which nothing has been written: one that is swept where this process is killed."""
    return os.path.join(os.path.dirname(log), f"{DRAFT_BEGIN}printed.{os.getpid()}{DRAFT_END}")


class OntoStderr:
    """While it is entered, what is printed goes to stderr: stdout belongs to what a display prints."""

    def __enter__(self) -> Self:
        flush_streams()
        line_by_line()
        self._stdout = os.dup(1)
        os.dup2(2, 1)
        return self

    def __exit__(self, *_: object) -> None:
        settle_streams()
        os.dup2(self._stdout, 1)
        os.close(self._stdout)
