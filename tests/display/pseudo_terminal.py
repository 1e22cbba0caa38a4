"""A command on a pseudo-terminal of its own, as the leader of its session, and what a person would see and type there."""

from __future__ import annotations

import fcntl
import os
import select
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Callable, Mapping
from pathlib import Path

from terminal import Terminal

TAKE = "import fcntl, os, sys, termios; fcntl.ioctl(0, termios.TIOCSCTTY, 0); os.execv(sys.argv[1], sys.argv[1:])"


class PseudoTerminal:
    """`dagjob ARGS` on a terminal of that size."""

    def __init__(self, *args: str, cwd: Path, env: Mapping[str, str], columns: int = 100, lines: int = 30) -> None:
        self.shown = Terminal(columns, lines)
        self._ours, theirs = os.openpty()
        self.resize(columns, lines)
        self.modes = termios.tcgetattr(theirs)
        command = [sys.executable, "-ISc", TAKE, sys.executable, "-m", "dagjob", *args]
        environ = {**env, "TERM": "xterm-256color"}
        self.process = subprocess.Popen(
            command, stdin=theirs, stdout=theirs, stderr=theirs, cwd=cwd, env=environ, start_new_session=True
        )
        self._theirs = theirs
        self.raw = b""

    def resize(self, columns: int, lines: int) -> None:
        fcntl.ioctl(self._ours, termios.TIOCSWINSZ, struct.pack("HHHH", lines, columns, 0, 0))
        self.shown.resize(columns, lines)

    def type(self, keys: str) -> None:
        os.write(self._ours, keys.encode())

    def until(self, condition: Callable[[str], bool], timeout: float = 30) -> str:
        """Read until the screen is so; the screen."""
        until = time.monotonic() + timeout
        while not condition(self.text):
            assert time.monotonic() < until, self.text
            self._read(0.2)
        return self.text

    def until_shown(self, text: str) -> str:
        return self.until(lambda shown: text in shown)

    @property
    def text(self) -> str:
        return "\n".join(self.shown.everything)

    def wait(self, timeout: float = 30) -> int:
        """Read until the command has ended; its exit code, negative for a signal."""
        until = time.monotonic() + timeout
        while self.process.poll() is None:
            assert time.monotonic() < until, self.text
            self._read(0.05)
        while self._read(0):
            pass
        return self.process.returncode

    def is_as_before(self) -> bool:
        """Whether the modes of the terminal are those before the command, and the cursor is seen."""
        return termios.tcgetattr(self._theirs) == self.modes and self.shown.cursor_is_visible

    def vanish(self) -> None:
        """The window is closed."""
        os.close(self._theirs)
        os.close(self._ours)
        self._ours = self._theirs = -1

    def close(self) -> None:
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        if self._ours >= 0:
            self.vanish()

    def _read(self, timeout: float) -> bool:
        if not select.select([self._ours], [], [], timeout)[0]:
            return False
        data = os.read(self._ours, 65536)
        self.raw += data
        self.shown.write(data.decode("utf-8", "replace"))
        return True
