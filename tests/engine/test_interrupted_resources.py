"""A signal raises between any two instructions of ours while a resource is opened: what was opened is closed."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any

import pytest

from dagjob import resource
from dagjob.engine.interrupts import in_user_code
from dagjob.engine.resources import OpenResources
from dagjob.errors import DagjobExecutionInterruptedError

OURS = ("/engine/resources.py", "/definitions/resources.py")


class Interruption:
    """Raises at one instruction of our files, or line, counted while a signal may raise."""

    def __init__(self, at: int) -> None:
        self.left = at

    def __call__(self, frame: FrameType, event: str, arg: object) -> Any:
        if not frame.f_code.co_filename.endswith(OURS):
            return None
        frame.f_trace_opcodes = True
        if event in ("opcode", "line") and in_user_code():  # 3.12 tells of lines only
            self.left -= 1
            if self.left == 0:
                raise DagjobExecutionInterruptedError("interrupted")
        return self


def open_and_close(kind: str, at: int) -> tuple[bool, list[str]]:
    """Whether the interruption came, and what the resource did."""
    did: list[str] = []

    def body(context: object) -> Iterator[str]:
        did.append("open")
        try:
            yield "it"
        finally:
            did.append("close")

    made = resource(body if kind == "generator" else contextmanager(body))
    opened = OpenResources()
    interruption = Interruption(at)
    before = sys.gettrace()
    sys.settrace(interruption)
    try:
        opened.open({"it"}, {"it": made}, None, lambda event: None)
    except DagjobExecutionInterruptedError:
        sys.settrace(before)
        return True, did
    finally:
        sys.settrace(before)
        opened.close(lambda event: None)
    return False, did


@pytest.mark.parametrize("kind", ["generator", "context manager"])
def test_what_a_signal_finds_open_is_closed(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    at, kept = 1, []
    while True:
        # Python lets no signal in between the two halves of `with`; the tracer does.
        monkeypatch.setattr("dagjob.engine.interrupts._depth", 0)
        came, did = open_and_close(kind, at)
        kept.append(did)  # so that no garbage collection closes it in our place
        assert did in ([], ["open", "close"]), f"interrupted at instruction {at}"
        if not came:
            break
        at += 1
    assert at > 10
