"""A real terminal multiplexer with one window, in which a person's shell runs: for what only a real one does."""

from __future__ import annotations

import shlex
import subprocess
import time
from collections.abc import Callable, Mapping
from pathlib import Path


class Tmux:
    """A tmux server of its own with one pane, and bash in it with a prompt of `$ `."""

    def __init__(self, folder: Path, cwd: Path, env: Mapping[str, str], columns: int = 100, lines: int = 30) -> None:
        self._socket = str(folder / "tmux")
        self._env = {**env, "TERM": "xterm-256color", "HISTFILE": "/dev/null"}
        self._do(
            "-f", "/dev/null", "new-session", "-d", "-x", str(columns), "-y", str(lines), "-c", str(cwd), "bash --norc"
        )
        self._do("set-option", "-g", "window-size", "manual")
        self.until(lambda text: bool(text.strip()))
        self.keys("-l", "PS1='$ '; clear")
        self.keys("Enter")
        self.until(lambda text: text.strip() == "$")

    def line(self, *words: str) -> None:
        """Type a command and Enter."""
        self.keys("-l", shlex.join(words))
        self.keys("Enter")

    def keys(self, *keys: str) -> None:
        self._do("send-keys", *keys)

    def resize(self, columns: int, lines: int) -> None:
        self._do("resize-window", "-x", str(columns), "-y", str(lines))

    @property
    def text(self) -> str:
        """The screen, and what has left it at its top."""
        return self._do("capture-pane", "-p", "-S", "-")

    @property
    def cursor_is_visible(self) -> bool:
        return self._do("display-message", "-p", "#{cursor_flag}").strip() == "1"

    def until(self, condition: Callable[[str], bool], timeout: float = 30) -> str:
        """Look until the screen is so."""
        stop = time.monotonic() + timeout
        while not condition(text := self.text):
            assert time.monotonic() < stop, text
            time.sleep(0.05)
        return text

    def close(self) -> None:
        """End the server, and with it the window."""
        subprocess.run(["tmux", "-S", self._socket, "kill-server"], capture_output=True, check=False)

    def _do(self, *arguments: str) -> str:
        done = subprocess.run(
            ["tmux", "-S", self._socket, *arguments], capture_output=True, text=True, env=self._env, check=True
        )
        return done.stdout
