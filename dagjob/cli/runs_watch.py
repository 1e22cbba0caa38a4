"""`dagjob runs watch RUN`: the display that the run itself would have, fed from the history while another process fills it."""

from __future__ import annotations

import signal
import sys
from typing import TYPE_CHECKING, NoReturn

from dagjob import clock
from dagjob.cli import registry
from dagjob.cli.arguments import ParsedArguments
from dagjob.cli.output import warn
from dagjob.cli.registry_runs import FORMAT_WATCH, GOING_ON
from dagjob.cli.runs import history_of
from dagjob.cli.session import Session, open_session
from dagjob.cli.terminal import is_terminal
from dagjob.cli.values import chosen
from dagjob.display.options import read_tail
from dagjob.engine.interrupts import stop_here
from dagjob.errors import ExitCode
from dagjob.events import ErrorInfo, Event, RunEnded, StepFailed, StepRetrying, StepStarted, StepSucceeded
from dagjob.launch.audience import RunAudience
from dagjob.launch.registries import DISPLAYS, SinkRequest
from dagjob.storage.following import Follower

if TYPE_CHECKING:
    from types import FrameType

PAUSE = 0.2
"""Seconds between two looks at the history."""


def watch(args: ParsedArguments) -> int:
    """Show a run until it ends."""
    session = open_session(args)
    args = session.filled(args)
    with history_of(session) as history:
        run = history.find(args.text(GOING_ON) or "latest:running")
        usual = history.usual(run.job)
    ended_logs = EndedLogs()
    options = session.display(
        sys.stderr,
        **_looks(args, session),
        read_tail=ended_logs.read_tail,
        watching=True,
        usual=lambda: usual,
        stack_of=_stack_of,
        go_on=f"dagjob resume {run.id[:8]}",
    )
    audience = RunAudience(None, [SinkRequest(DISPLAYS[_named(args, session)]).make(options)])
    stopped = 0
    before = signal.signal(signal.SIGTERM, _as_interrupt)
    asked = Asked(audience)
    try:
        with Follower(session.state, run) as follower:
            ended = _follow(follower, audience, ended_logs, asked)
    except KeyboardInterrupt as interrupt:
        ended, stopped = None, interrupt.args[0] if interrupt.args else signal.SIGINT
    finally:
        audience.close()
        asked.close()
        signal.signal(signal.SIGTERM, before)
    if stopped or ended is None:
        warn(f"run {run.id[:8]} goes on; stop it with:  dagjob runs cancel {run.id[:8]}")
        return 128 + stopped
    return ExitCode.SIGPIPE if audience.broken_pipe else code_of(ended)


def code_of(ended: RunEnded) -> int:
    """The exit code of the process that had such an end, or would have had, had it not died."""
    if ended.status == "canceled":
        known = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
        return next((128 + each for each in known if each.name == ended.stopped_by), ExitCode.SIGTERM)
    return {"success": ExitCode.OK, "timeout": ExitCode.TIMEOUT}.get(ended.status, ExitCode.FAILED)


class EndedLogs:
    """What ops have printed, of attempts that have ended: until then nobody has masked the secrets in there."""

    def __init__(self) -> None:
        self._open: dict[str, str] = {}

    def __call__(self, event: Event) -> None:
        """Hear an event, before displays do."""
        if isinstance(event, StepStarted):
            self._open[event.step] = event.log or ""
        elif isinstance(event, StepSucceeded | StepFailed | StepRetrying):
            self._open.pop(event.step, None)

    def read_tail(self, path: str, most: int) -> tuple[int, bytes]:
        """The end of a file, or nothing."""
        return (0, b"") if path in self._open.values() else read_tail(path, most)


class Asked:
    """What signals ask of who watches: to stop for now, and to say how the run stands."""

    def __init__(self, audience: RunAudience) -> None:
        self._audience = audience
        self._signals: list[int] = []
        self._before = {
            number: signal.signal(number, self._heard)
            for name in ("SIGTSTP", "SIGUSR1", "SIGINFO")
            if (number := getattr(signal, name, None)) is not None
        }

    def _heard(self, signum: int, frame: FrameType | None) -> None:
        self._signals.append(signum)

    def answer(self) -> None:
        """Do what was asked for since."""
        while self._signals:
            if self._signals.pop(0) == signal.SIGTSTP:
                self._audience.stand_still(stop_here)
            else:
                self._audience.tell_status()

    def close(self) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)


def _follow(follower: Follower, audience: RunAudience, ended_logs: EndedLogs, asked: Asked) -> RunEnded | None:
    while follower.ended is None and not audience.broken_pipe:
        for event in follower.fresh():
            ended_logs(event)
            audience(event)
        look_again = clock.monotonic() + PAUSE
        wish = audience.turn()
        while follower.ended is None and (left := look_again - clock.monotonic()) > 0:
            clock.sleep(left if wish is None else min(left, wish))
            asked.answer()
            wish = audience.turn()
    return follower.ended


def _looks(args: ParsedArguments, session: Session) -> dict[str, object]:
    return {
        "tb": chosen(registry.TRACEBACK, args.text(registry.TRACEBACK), session.environ, "DAGJOB_TB") or "user",
        "log_level": chosen(registry.LOG_LEVEL, args.text(registry.LOG_LEVEL), session.environ, "DAGJOB_LOG_LEVEL")
        or "info",
        "log_level_given": bool(args.text(registry.LOG_LEVEL) or session.environ.get("DAGJOB_LOG_LEVEL")),
    }


def _stack_of(pid: int) -> ErrorInfo | str:
    from dagjob.launch.launch import stack_of  # only for who presses that key

    return stack_of(pid)


def _named(args: ParsedArguments, session: Session) -> str:
    named = chosen(FORMAT_WATCH, args.text(FORMAT_WATCH)) or "auto"
    if named != "auto":
        return named
    watched = is_terminal(sys.stderr) and not session.environ.get("CI") and session.environ.get("TERM") != "dumb"
    return "board" if watched else "plain"


def _as_interrupt(signum: int, frame: FrameType | None) -> NoReturn:
    raise KeyboardInterrupt(signum)
