"""What a display is told about the world: streams, terminal, taste. It asks the world for nothing else.

Who reads the environment and the command line fills this in; colour, format and size are decided there. The size of
the terminal is asked for at each refresh, because it may change.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Literal, TextIO

from dagjob import clock
from dagjob.builtin.ownership import open_file, open_regular
from dagjob.display.words import shell_word
from dagjob.record import Record

if TYPE_CHECKING:
    from dagjob.events import ErrorInfo
    from dagjob.plan.forecast import Usual

TracebackStyle = Literal["user", "full", "short", "none"]
ShowOutput = Literal["failed", "all", "none"]
SLOWEST_FPS, FASTEST_FPS = 0, 10


def read_tail(path: str, most: int) -> tuple[int, bytes]:
    """The last bytes of a file, at most `most`, and where in the file they begin; nothing when it cannot be read."""
    try:
        with open_file(path, "rb", opener=open_regular) as file:
            start = max(0, file.seek(0, os.SEEK_END) - most)
            file.seek(start)
            return start, file.read(most)
    except OSError:
        return 0, b""


UNLIMITED = 1_000_000
"""The width of what is no terminal: a file or a pipe takes lines of any length."""


def _eighty() -> int:
    return 80


def _twenty_four() -> int:
    return 24


def _unknown() -> None:
    return None


def logs_of(run_id: str, step: str) -> str:
    """How the whole log of an op is read."""
    return f"dagjob runs logs {run_id} {shell_word(step)}"


class DisplayOptions(Record):
    """How a run and its errors are to be shown. Seconds everywhere; the defaults are those of a pipe.

    `usual` is asked once, by who has something to compare, for what earlier runs of the job took; `log_level_given` says
    that the level was asked for, so that a board shows all of it; `kept` says that the run is stored, so that its logs can be
    offered; `logs_of` is the command for those of an op of a run; `reflows` that the terminal wraps old lines anew when it
    gets narrower; `clock` tells the time of events, seconds since the epoch.
    """

    stdout: TextIO = sys.stdout
    stderr: TextIO = sys.stderr
    color: bool = False
    width: Callable[[], int] = _eighty
    height: Callable[[], int] = _twenty_four
    on_terminal: bool = False
    utf8: bool = True
    verbosity: int = 0
    log_level: str = "info"
    log_level_given: bool = False
    tb: TracebackStyle = "user"
    show_output: ShowOutput = "failed"
    root: str = ""
    python_paths: tuple[str, ...] = ()
    hide_frames: tuple[str, ...] = ()
    """Parts of paths, or patterns of them: code there is not shown as the user's."""
    version: str = ""
    clock: Callable[[], float] = clock.time
    usual: Callable[[], Usual | None] = _unknown
    history: Callable[[], object] = _unknown
    """Where the run is recorded, for who makes something of all of it when it has ended."""
    fps: int = FASTEST_FPS
    heartbeat: float = 30.0
    read_tail: Callable[[str, int], tuple[int, bytes]] = read_tail
    kept: bool = True
    reflows: bool = False
    ssh: bool = False
    whole: str = "run"
    """What is shown: a run of ops, or something else that has parts of another kind."""
    unit: str = "op"
    logs_of: Callable[[str, str], str] = logs_of
    go_on: str = ""
    """The command that goes on with what was not done."""
    keys: bool = False
    """Whether a person may steer the display by keys."""
    stack_of: Callable[[int], ErrorInfo | str] | None = None
    """Asks the process of an op where it is: frames, or in words why that is not known."""
    proc: str = "/proc"
    """Where the system tells what memory processes take."""
    watching: bool = False
    """Whether the run is that of another process, which Ctrl-C here leaves alone."""


REFLOWING = ("TMUX", "VTE_VERSION", "KITTY_WINDOW_ID", "WT_SESSION", "ALACRITTY_WINDOW_ID", "KONSOLE_VERSION")

REFLOWING_PROGRAMS = ("iTerm.app", "WezTerm", "ghostty", "Apple_Terminal", "vscode", "Hyper", "Tabby", "rio")


def reflows(env: Mapping[str, str]) -> bool:
    """Whether the terminal is known to wrap old lines anew at a resize. xterm and the Linux console do not."""
    known = env.get("TERM_PROGRAM") in REFLOWING_PROGRAMS or env.get("TERMINAL_EMULATOR") == "JetBrains-JediTerm"
    return known or env.get("TERM", "").startswith("foot") or any(name in env for name in REFLOWING)
