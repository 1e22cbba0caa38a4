"""What the terminal can do and what the user wants of it, as the `DisplayOptions` that every display takes.

The order for colour: `--color`, DAGJOB_COLOR, NO_COLOR, FORCE_COLOR or CLICOLOR_FORCE, CI systems that show it, the
terminal.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Mapping
from typing import Any, TextIO

from dagjob.cli import registry
from dagjob.cli.arguments import CommandLine
from dagjob.display.options import FASTEST_FPS, SLOWEST_FPS, UNLIMITED, DisplayOptions, reflows

_PLAIN_LOCALES = ("C", "POSIX")
_CI_WITH_COLOR = ("GITHUB_ACTIONS", "GITLAB_CI", "BUILDKITE")


def wants_color(option: str | None, environ: Mapping[str, str], stream: TextIO) -> bool:
    """Whether to write in colour on this stream."""
    choice = option or environ.get("DAGJOB_COLOR") or "auto"
    if choice != "auto":
        return choice == "always"
    if environ.get("NO_COLOR"):
        return False
    if any(environ.get(name, "") not in ("", "0") for name in ("FORCE_COLOR", "CLICOLOR_FORCE")):
        return True
    if environ.get("CI") and any(name in environ for name in _CI_WITH_COLOR):
        return True
    return is_terminal(stream) and environ.get("TERM") != "dumb"


def shows_unicode(encoding: str | None, environ: Mapping[str, str]) -> bool:
    """Whether to draw with more than ASCII: where the stream can say it, and nobody has chosen the locale C.

    In that locale Python writes UTF-8 all the same, and says in LC_CTYPE that it does. Where no locale is chosen, as in most
    containers, the terminal outside is one of UTF-8.
    """
    if (encoding or "").lower().replace("-", "") not in ("utf8", "utf8sig"):
        return False
    if environ.get("PYTHONUTF8") == "1" or environ.get("PYTHONIOENCODING"):
        return True
    of_python = environ.get("LANG") in _PLAIN_LOCALES and environ.get("LC_CTYPE") in ("C.UTF-8", "C.utf8", "UTF-8")
    chosen = environ.get("LC_ALL") or ("" if of_python else environ.get("LC_CTYPE")) or environ.get("LANG")
    return chosen not in _PLAIN_LOCALES


def is_terminal(stream: TextIO) -> bool:
    """Whether this stream is a terminal. A closed stream is none."""
    try:
        return stream.isatty()
    except (ValueError, AttributeError):
        return False


def display_options(stream: TextIO, color: str | None, environ: Mapping[str, str], **more: Any) -> DisplayOptions:
    """The options for a display that draws on `stream`; `more` are fields that the command knows."""
    return DisplayOptions(
        stdout=sys.stdout,
        stderr=sys.stderr,
        color=wants_color(color, environ, stream),
        width=_size(environ, "COLUMNS", 0, stream),
        height=_size(environ, "LINES", 1, stream),
        on_terminal=is_terminal(stream),
        utf8=shows_unicode(stream.encoding, environ),
        fps=_number(environ, "DAGJOB_FPS", FASTEST_FPS, SLOWEST_FPS, FASTEST_FPS),
        heartbeat=float(_number(environ, "DAGJOB_HEARTBEAT", 30, 1, 86400)),
        reflows=reflows(environ),
        ssh="SSH_CONNECTION" in environ,
        **more,
    )


def error_options(line: CommandLine, environ: Mapping[str, str]) -> DisplayOptions:
    """The options for an error that ended a command, as far as its line was understood: it may be what is wrong."""
    args = line.so_far
    tb = args.text(registry.TRACEBACK) or environ.get("DAGJOB_TB")
    return display_options(
        sys.stderr, args.text(registry.COLOR), environ, tb=tb if tb in registry.TRACEBACK.choices else "user"
    )


def _size(environ: Mapping[str, str], name: str, index: int, stream: TextIO) -> Callable[[], int]:
    """Asks for the size each time, because a window may change; a number in the environment stands above it.

    What is no terminal has no width: nothing that is written there is cut.
    """
    fixed = environ.get(name, "")
    fallback = (80 if is_terminal(stream) else UNLIMITED, 24)[index]

    def size() -> int:
        if fixed.isdigit() and int(fixed) > 0:
            return int(fixed)
        try:
            return os.get_terminal_size(stream.fileno())[index] or fallback
        except (OSError, ValueError):
            return fallback

    return size


def _number(environ: Mapping[str, str], name: str, default: int, least: int, most: int) -> int:
    text = environ.get(name, "")
    return max(least, min(most, int(text))) if text.isdigit() else default
