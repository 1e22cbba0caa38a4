"""Shells on a pseudo-terminal, in which a test types: what stands on the line after a press of Tab is read from a named pipe."""

from __future__ import annotations

import os
import pty
import select
import signal
from collections.abc import Mapping
from pathlib import Path

from dagjob.cli.completions import SCRIPTS

_DUMP = "\x18\x04"
"""Ctrl-X Ctrl-D, which each of the shells is told to answer with its line."""
_CLEAR = "\x15"

_SET_UP = {
    "bash": """
        PS1='here> '
        bind 'set bell-style none'
        bind -x '"\\C-x\\C-d": printf "%s\\0" "$READLINE_LINE" > line'
    """,
    "zsh": """
        dump() { printf "%s\\0" "$BUFFER" > line }
        zle -N dump
        PS1='here> '
        bindkey "^X^D" dump
        unsetopt beep
    """,
    "fish": """
        function fish_prompt; printf 'here> '; end
        bind \\cx\\cd 'begin; commandline | string join "\\n" | tr -d "\\n"; printf "\\0"; end > line'
    """,
}
_BEFORE = {"zsh": "autoload -U compinit; compinit -u -D\n"}
_COMMANDS = {
    "bash": ["bash", "--norc", "--noprofile", "-i"],
    "zsh": ["zsh", "-f", "-i"],
    "fish": ["fish", "--no-config", "-i"],
}


class Typed:
    """One interactive shell in a folder, with the completion script and whatever `more` does before it."""

    def __init__(self, shell: str, folder: Path, env: Mapping[str, str], more: str = "") -> None:
        self._line = folder / "line"
        os.mkfifo(self._line)
        script = folder / f"script.{shell}"
        script.write_text(SCRIPTS[shell])
        (folder / "setup").write_text(
            f"{_BEFORE.get(shell, '')}{more}\nsource {script}\n{_SET_UP[shell]}\nprintf 'ready\\0' > line\n"
        )
        self._seen = b""
        self._pid, self._terminal = pty.fork()
        if self._pid == 0:
            try:
                os.chdir(folder)
                os.execvpe(_COMMANDS[shell][0], _COMMANDS[shell], {**env, "TERM": "xterm", "HISTFILE": ""})
            finally:
                os._exit(127)
        self._reader = os.open(self._line, os.O_RDONLY | os.O_NONBLOCK)
        self._keep = os.open(self._line, os.O_WRONLY)  # Else the pipe ends between two lines.
        self._type(" source ./setup\n")
        assert self._answer() == "ready"
        while b"here> " not in self._seen:  # Until then the terminal, not the shell, takes what is typed.
            self._read()

    def completed(self, line: str) -> str:
        """The line after it was typed, and Tab pressed at its end. What the shell shows meanwhile is in `shown`."""
        self._seen = b""
        self._type(f"{_CLEAR}{line}\t{_DUMP}")
        return self._answer()

    @property
    def shown(self) -> str:
        """What the shell has written since the last line was typed."""
        return self._seen.decode(errors="replace")

    def close(self) -> None:
        """End it."""
        os.kill(self._pid, signal.SIGKILL)
        os.waitpid(self._pid, 0)
        for fd in (self._terminal, self._reader, self._keep):
            os.close(fd)

    def _type(self, text: str) -> None:
        os.write(self._terminal, text.encode())

    def _answer(self) -> str:
        """What comes through the pipe; the terminal is read meanwhile, or the shell would stop."""
        told = b""
        while not told.endswith(b"\0"):
            ready, _, _ = select.select([self._terminal, self._reader], [], [], 30)
            assert ready, f"the shell does not answer: {self.shown}"
            if self._terminal in ready:
                self._read()
            if self._reader in ready:
                told += os.read(self._reader, 65536)
        return told[:-1].decode()

    def _read(self) -> None:
        written = os.read(self._terminal, 65536)
        self._seen += written
        if b"\x1b[c" in written:  # fish asks what terminal this is.
            self._type("\x1b[?62;c")
