"""A signal raises between any two instructions of ours while a resource is opened: what was opened is closed."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import Any

import pytest

from dagjob import job, op, resource, success_hook
from dagjob.engine.interrupts import in_user_code
from dagjob.engine.ports import StepCall
from dagjob.engine.resources import OpenResources
from dagjob.engine.run_info import RunInfo
from dagjob.engine.worker import Worker
from dagjob.errors import DagjobExecutionInterruptedError
from dagjob.plan.build import build_plan
from dagjob.plan.resolve import resolve
from dagjob.plan.steps import Succeeded

OURS = ("/engine/resources.py", "/definitions/resources.py")


class Interruption:
    """Raises at one instruction of these files, or line, counted while a signal may raise: in a worker, `anywhere`."""

    def __init__(self, at: int, files: tuple[str, ...] = OURS, *, anywhere: bool = False) -> None:
        self.left = at
        self.files = files
        self.anywhere = anywhere

    def __call__(self, frame: FrameType, event: str, arg: object) -> Any:
        if not frame.f_code.co_filename.endswith(self.files):
            return None
        frame.f_trace_opcodes = True
        if event in ("opcode", "line") and (self.anywhere or in_user_code()):  # 3.12 tells of lines only
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


def finish_interrupted(at: int, tmp_path: Path) -> tuple[bool, list[str]]:
    """Whether the interruption came between the outcome of an op and its end, and what its resource did."""
    did: list[str] = []

    @resource
    def it(context: object) -> Iterator[str]:
        did.append("open")
        yield "it"
        did.append("close")

    @success_hook
    def after(context: object) -> None:
        did.append("hook")

    @op(required_resource_keys={"it"})
    def one() -> None: ...

    @job(resource_defs={"it": it}, hooks={after})
    def small() -> None:
        one()

    run = RunInfo("r", "small", out_dir=str(tmp_path))
    [step] = build_plan(small, resolve(small, {})).steps
    attempt = Worker(small, run)(StepCall(step, 1, None), lambda event: None)
    assert isinstance(attempt.run(), Succeeded)
    before = sys.gettrace()
    sys.settrace(Interruption(at, ("/engine/step.py", "/engine/hooks.py", "/engine/resources.py"), anywhere=True))
    try:
        attempt.finish()
    except DagjobExecutionInterruptedError:
        sys.settrace(before)
        attempt.close()
        return True, did
    finally:
        sys.settrace(before)
    return "hook" not in did, did


def test_what_a_signal_finds_open_after_an_op_is_closed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    at = 1
    while True:
        monkeypatch.setattr("dagjob.engine.interrupts._depth", 0)
        came, did = finish_interrupted(at, tmp_path)
        assert did.count("close") == 1, f"interrupted at instruction {at}: {did}"
        if not came:
            break
        at += 1
    assert at > 30
