"""The terminal that a board has for itself: keys one by one and unechoed, a word when its size changes, and all of it given back.

Its modes are ours only in the foreground, and are restored by `give_back`, when the process ends by itself (`atexit`), and
before a signal that would end it at once. A key is told by a signal (SIGIO), so nobody has to wait for it: it wakes
whoever sleeps, and `keys` then reads what was typed.
"""

from __future__ import annotations

import atexit
import os
import signal
import stat
import sys
from collections.abc import Callable
from contextlib import suppress
from types import FrameType
from typing import Any, TextIO

Handler = Callable[[int, FrameType | None], None]
MOST_TYPED = 64


class Console:
    """A terminal. `reads_keys`: whether keys are wanted at all. `last_words` bring the screen in order before a sudden end."""

    def __init__(self, stream: TextIO, *, reads_keys: bool, last_words: str = "") -> None:
        self._stream = stream
        self._reads_keys = reads_keys
        self._last_words = last_words
        self._fd: int | None = None
        self._modes: list[Any] | None = None
        self._before: dict[int, object] = {}
        self._typed = False
        self._open = False
        self.returned = False
        """Whether this process was stopped and goes on: others may have drawn and set modes meanwhile."""
        self.resized = False
        """Whether the size has changed since somebody asked and set this back."""

    @property
    def has_keys(self) -> bool:
        """Whether anybody listens to keys now."""
        return self._modes is not None

    def open(self) -> None:
        """Begin to listen. Where there is no such terminal, or we are no main thread, nothing happens."""
        if self._open or not _is_main_thread():
            return
        self._open = True
        self._handle("SIGWINCH", self._has_resized)
        self._handle("SIGCONT", self._goes_on)
        if self._reads_keys:
            try:
                self._fd = os.open(os.ctermid(), os.O_RDONLY | os.O_NOCTTY | os.O_NONBLOCK | os.O_CLOEXEC)
            except (OSError, AttributeError):
                return
            if not _told_by_signal(self._fd, self._handle, self._has_typed):
                os.close(self._fd)
                self._fd = None
                return
            self._handle("SIGQUIT", self._quits)
            atexit.register(self.give_back)
            self.take()

    @property
    def in_foreground(self) -> bool:
        """Whether the terminal listens to us: a job that the shell has put into the background leaves it alone."""
        try:
            fd = self._fd if self._fd is not None else self._stream.fileno()
            return os.tcgetpgrp(fd) == os.getpgrp()
        except (OSError, ValueError, AttributeError):
            return True  # No terminal that anybody else could have.

    def take(self) -> None:
        """Have keys come one by one, unechoed. May be called again."""
        if self._fd is None or self._modes is not None or not self.in_foreground:
            return
        import termios

        try:
            modes = termios.tcgetattr(self._fd)
            self._set_ours(modes)
        except termios.error:
            return
        self._modes = modes

    def take_again(self) -> None:
        """This process goes on after it was stopped: the shell may have set modes of its own."""
        self.returned = False
        if self._modes is not None and self.in_foreground:
            import termios

            with suppress(termios.error):
                self._set_ours(self._modes)

    def _set_ours(self, modes: list[Any]) -> None:
        import termios

        assert self._fd is not None
        ours = [*modes[:3], modes[3] & ~(termios.ICANON | termios.ECHO), *modes[4:6], list(modes[6])]
        ours[6][termios.VMIN], ours[6][termios.VTIME] = 1, 0
        termios.tcsetattr(self._fd, termios.TCSADRAIN, ours)

    def give_back(self) -> None:
        """The terminal is as it was before. May be called again."""
        modes, self._modes = self._modes, None
        if modes is None or self._fd is None or not self.in_foreground:
            return
        import termios

        with suppress(termios.error):  # It has gone.
            termios.tcsetattr(self._fd, termios.TCSADRAIN, modes)

    def keys(self) -> str:
        """What was typed since."""
        if not self._typed or self._fd is None:
            return ""
        self._typed = False
        if self._modes is None:
            return ""  # It belongs to somebody else.
        try:
            return os.read(self._fd, MOST_TYPED).decode("ascii", "ignore")
        except OSError:
            return ""

    @property
    def has_news(self) -> bool:
        """Whether a key was typed, or the size has changed."""
        return self._typed or self.resized or self.returned

    def close(self) -> None:
        """Give it back for good. May be called again."""
        self.give_back()
        if self._fd is not None:
            os.close(self._fd)  # First: nothing is signalled any more.
            self._fd = None
            atexit.unregister(self.give_back)
        before, self._before = self._before, {}
        for number, handler in before.items():
            signal.signal(number, handler)  # type: ignore[arg-type]
        self._open = False

    # -- signals ---------------------------------------------------------------------------------------------------

    def _handle(self, name: str, handler: Handler) -> None:
        number = getattr(signal, name, None)
        if number is not None:
            self._before[number] = signal.signal(number, handler)

    def _has_typed(self, signum: int, frame: FrameType | None) -> None:
        self._typed = True

    def _goes_on(self, signum: int, frame: FrameType | None) -> None:
        self.returned = True

    def _has_resized(self, signum: int, frame: FrameType | None) -> None:
        self.resized = True

    def _quits(self, signum: int, frame: FrameType | None) -> None:
        """Ctrl-\\ ends this process at once: not without the terminal in order."""
        self.give_back()
        with suppress(OSError, ValueError):
            os.write(self._stream.fileno(), self._last_words.encode())
        signal.signal(signum, signal.SIG_DFL)
        os.kill(os.getpid(), signum)


def _told_by_signal(fd: int, handle: Callable[[str, Handler], None], handler: Handler) -> bool:
    """Have the kernel send SIGIO when there is something to read."""
    try:
        import fcntl

        handle("SIGIO", handler)
        fcntl.fcntl(fd, fcntl.F_SETOWN, os.getpid())
        fcntl.fcntl(fd, fcntl.F_SETFL, fcntl.fcntl(fd, fcntl.F_GETFL) | os.O_ASYNC)
    except (ImportError, OSError, AttributeError):
        return False
    return True


def _is_main_thread() -> bool:
    threading = sys.modules.get("threading")
    return threading is None or threading.current_thread() is threading.main_thread()


def is_pipe(stream: TextIO) -> bool:
    """Whether another program reads what is written there."""
    try:
        return stat.S_ISFIFO(os.fstat(stream.fileno()).st_mode)
    except (OSError, ValueError):
        return False
