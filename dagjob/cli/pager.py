"""A long answer on a terminal goes through a pager: DAGJOB_PAGER, PAGER, else `less`; an empty DAGJOB_PAGER means none."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from io import TextIOWrapper
from typing import TextIO

from dagjob.cli.terminal import is_terminal

DEFAULT = "less"
LESS = "FRX"
"""Options of `less`, where the user has set none: one screen needs no pager, colours are shown, the text stays on the screen."""


def pager_command(environ: Mapping[str, str]) -> str:
    """The command that the user wants, or nothing: no terminal, or one that cannot, or a CI system."""
    if not (is_terminal(sys.stdout) and is_terminal(sys.stdin)) or environ.get("CI") or environ.get("TERM") == "dumb":
        return ""
    named = environ.get("DAGJOB_PAGER")
    if named is None:
        named = environ.get("PAGER") or DEFAULT
    from shutil import which

    words = named.split()
    return named if words and words[0] != "cat" and which(words[0]) else ""


@contextmanager
def paged(environ: Mapping[str, str]) -> Iterator[TextIO]:
    """The stream to write to: a pager, or stdout. Who leaves the pager early has read enough."""
    command = pager_command(environ)
    if not command:
        yield sys.stdout
        return
    import signal
    import subprocess

    pager = subprocess.Popen(
        command,
        shell=True,
        stdin=subprocess.PIPE,
        encoding=sys.stdout.encoding,
        errors="backslashreplace",
        env={"LESS": LESS, **environ},
    )
    assert isinstance(pager.stdin, TextIOWrapper)
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the pager's: less stops reading, and stays.
    try:
        with suppress(BrokenPipeError), pager.stdin:
            yield pager.stdin
    finally:
        pager.wait()
        signal.signal(signal.SIGINT, before)
