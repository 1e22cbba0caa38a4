"""`dagjob runs stack RUN [OP]`: where the running ops of a run are, in whatever process that is going on."""

from __future__ import annotations

import sys
from typing import Any

from dagjob import clock
from dagjob.cli import registry
from dagjob.cli.arguments import ParsedArguments
from dagjob.cli.output import say, say_json
from dagjob.cli.registry_runs import FORMAT_STACK, GOING_ON, OP
from dagjob.cli.runs import history_of
from dagjob.cli.session import Session, open_session
from dagjob.cli.values import chosen
from dagjob.errors import DagjobRunNotFoundError, ExitCode, did_you_mean
from dagjob.events import ErrorInfo, Frame
from dagjob.executors.stack_files import NoAnswerError, ask, parent_of
from dagjob.executors.stacks import frames_of
from dagjob.record import Record
from dagjob.run_view import OpView, steps_named
from dagjob.storage.going_on import MainProcess
from dagjob.storage.history import History

MOST_ANCESTORS = 6
"""Processes between an op and the main process of its run."""


class Asked(Record):
    """A running op, its process, and what that has answered, or why it has not."""

    op: OpView
    pid: int
    text: str = ""
    problem: str = ""

    @property
    def frames(self) -> tuple[Frame, ...]:
        """The stack of the thread that runs the op, without our own frames outside of it."""
        return frames_of(self.text)


def stack(args: ParsedArguments) -> int:
    """Show the stacks of running ops."""
    session = open_session(args)
    args = session.filled(args)
    named = chosen(FORMAT_STACK, args.text(FORMAT_STACK)) or "human"
    tb = chosen(registry.TRACEBACK, args.text(registry.TRACEBACK), session.environ, "DAGJOB_TB") or "user"
    with history_of(session) as history:
        run = history.find(args.text(GOING_ON) or "latest:running")
        process = MainProcess.of(session.state, run) if run.status == "running" else None
        if process is None:
            raise DagjobRunNotFoundError(f"run {run.id[:8]} has ended: none of its ops is running")
        with process:
            ops = _running(history, run.id, args.text(OP))
            pids = _pids(history, run.id)
            answers = [_ask(op, pids.get((op.key, op.attempt), 0), process.pid) for op in ops]
    if named == "json":
        say_json({"run": run.id, "ops": [_json(each) for each in answers]})
    else:
        _show(session, answers, tb)
    if answers and all(each.problem for each in answers):
        return ExitCode.STATE
    return ExitCode.OK


def _running(history: History, run_id: str, name: str | None) -> list[OpView]:
    view = history.view(run_id)
    running = {op.key: op for op in view.having("running")}
    if name is None:
        if not running:
            raise DagjobRunNotFoundError(f"no op of run {run_id[:8]} is running just now")
        return list(running.values())
    keys = steps_named(name, view.ops)
    found = [running[key] for key in keys if key in running]
    if not found:
        about = f'"{name}" of run {run_id[:8]} is not running'
        if not keys:
            about = f'run {run_id[:8]} has no op "{name}".{did_you_mean(name, view.ops)}'
        raise DagjobRunNotFoundError(about).noting(f"running: {', '.join(running) or 'none'}")
    return found


def _pids(history: History, run_id: str) -> dict[tuple[str, int], int]:
    """The process of each attempt."""
    return {
        (event["op"], event["attempt"]): event.get("pid") or 0
        for event in history.events(run_id)
        if event["event"] == "op.start"
    }


def _ask(op: OpView, pid: int, main: int) -> Asked:
    if not _belongs_to(pid, main):
        if op.worker is not None:
            return Asked(op, pid, problem=f"its process is one of {op.worker}, which only that machine can ask")
        return Asked(op, pid, problem="its process cannot be found on this machine, or it has just ended")
    try:
        return Asked(op, pid, ask(pid))
    except NoAnswerError as error:
        return Asked(op, pid, problem=str(error))


def _belongs_to(pid: int, main: int) -> bool:
    """Whether it is the main process or one of those below it: numbers come again."""
    for _ in range(MOST_ANCESTORS):
        if pid == main:
            return True
        if pid <= 1:
            return False
        pid = parent_of(pid)
    return False


def _json(asked: Asked) -> dict[str, Any]:
    return {
        "key": asked.op.key,
        "attempt": asked.op.attempt,
        "pid": asked.pid,
        "seconds": asked.op.running_for(clock.time()),
        "frames": [{"file": frame.file, "line": frame.line, "name": frame.name} for frame in asked.frames],
        "threads": asked.text,
        "problem": asked.problem or None,
    }


def _show(session: Session, answers: list[Asked], tb: str) -> None:
    from dagjob.display.failure import error_lines
    from dagjob.display.words import count, duration

    style, options = session.style(sys.stdout), session.display(sys.stdout, tb=tb)
    lines: list[str] = []
    for each in answers:
        attempt = f"attempt {each.op.attempt}, " if each.op.attempt > 1 else ""
        since = duration(each.op.running_for(clock.time()))
        head = f"{style.mark('running')} {each.op.label}  {since}  ({attempt}process {each.pid})"
        lines += [*([""] if lines else []), head]
        if each.problem:
            lines.append(f"  no stack: {each.problem}")
            continue
        if tb == "full":
            lines += [f"  {line}" for line in each.text.splitlines()]
            continue
        error = ErrorInfo("", "", "", each.frames)
        lines += [f"  {line}".rstrip() for line in error_lines(error, options, style, headline=False)]
        others = each.text.count("(most recent call first)") - 1
        if others > 0:
            lines.append(f"  and {count(others, 'more thread')} (--tb full)")
    say(lines, style.color)
