"""`dagjob runs logs [RUN] [OP]`: the whole story of a run: what ops printed and logged, and how each attempt failed."""

from __future__ import annotations

import os
import sys
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING, Any, TextIO

from dagjob.cli import registry, registry_runs
from dagjob.cli.arguments import ParsedArguments
from dagjob.cli.log_story import LogStory
from dagjob.cli.output import say_json
from dagjob.cli.pager import paged
from dagjob.cli.runs import history_of, latest_or
from dagjob.cli.session import Session, open_session
from dagjob.cli.values import at_least_one, chosen
from dagjob.display.output import write_json, write_lines
from dagjob.errors import DagjobRunNotFoundError, DagjobUsageError, ExitCode, did_you_mean
from dagjob.event_json import dumps, error_json, iso
from dagjob.record import Record, replace
from dagjob.run_view import steps_named
from dagjob.storage.history import History
from dagjob.storage.records import LogLine, RunRow, Stream

if TYPE_CHECKING:
    from dagjob.storage.log_following import FollowedLogs

AT_ONCE = 50_000
"""Characters that are gathered before they are written."""
LOOK_FOR_DEATH = 2.0
"""Seconds after which a run of which nothing is heard is looked at. Mostly it is heard when its process dies."""


class Asked(Record):
    """What of the logs is wanted, and how: `level` is a number; `steps` None: those of all ops."""

    form: str
    tb: str
    level: int | None
    stream: Stream | None
    attempt: int | None
    tail: int | None
    steps: frozenset[str] | None = None
    name: str | None = None

    def wants(self, line: LogLine) -> bool:
        """Whether a line is wanted, of those that the history was asked for. What is printed has no level."""
        if self.stream is not None and line.stream != self.stream:
            return False
        if self.level is None or line.stream == "error":
            return True
        return line.stream == "log" and _number(line.level) >= self.level


def logs(args: ParsedArguments) -> int:
    """Print what ops said."""
    session = open_session(args)
    args = session.filled(args)
    asked = _asked(args, session)
    follow = args.on(registry_runs.FOLLOW)
    if follow and asked.form == "json":
        raise DagjobUsageError("--format json is one document at the end: with --follow, write  --format jsonl")
    with history_of(session) as history:
        run = history.find(latest_or(args.text(registry.RUN)))
        follow = follow and run.status == "running"
        asked = _chosen_steps(history, run, asked, follow)
        if not follow:
            return _print(session, history, run, asked)
    return _follow(session, run, asked)


def _asked(args: ParsedArguments, session: Session) -> Asked:
    level = chosen(registry_runs.LEVEL, args.text(registry_runs.LEVEL))
    stream = chosen(registry_runs.STREAM, args.text(registry_runs.STREAM))
    if level is not None and stream == "output":
        raise DagjobUsageError("--level is for what ops log: what they print has no level")
    return Asked(
        form=chosen(registry_runs.FORMAT_LOGS, args.text(registry_runs.FORMAT_LOGS)) or "human",
        tb=chosen(registry.TRACEBACK, args.text(registry.TRACEBACK), session.environ, "DAGJOB_TB") or "user",
        level=None if level is None else _number(level),
        stream="log" if stream == "log" else "output" if stream == "output" else None,
        attempt=at_least_one(registry_runs.ATTEMPT, args.text(registry_runs.ATTEMPT)),
        tail=at_least_one(registry_runs.TAIL, args.text(registry_runs.TAIL)),
        name=args.text(registry_runs.OP),
    )


def _number(level: str | None) -> int:
    from dagjob.events import level_number

    return level_number(level or "")


def _chosen_steps(history: History, run: RunRow, asked: Asked, follow: bool) -> Asked:
    """The same with the steps that OP means: one, all copies of a mapped op, or all steps of a graph."""
    attempts = history.attempts(run.id)
    found = list(attempts) if asked.name is None else steps_named(asked.name, attempts)
    if not found and asked.name is not None:
        unknown = f'run {run.id[:8]} has no op "{asked.name}".{did_you_mean(asked.name, attempts)}'
        raise DagjobRunNotFoundError(unknown).noting(f"ops: {', '.join(list(attempts)[:20])}")
    most = max((attempts[step] for step in found), default=0)
    if asked.attempt is not None and asked.attempt > most and not follow:
        whose = f'op "{asked.name}"' if asked.name is not None else "no op"
        had = f"had {most} attempts, no attempt {asked.attempt}" if asked.name else f"had an attempt {asked.attempt}"
        raise DagjobRunNotFoundError(f"{whose} of run {run.id[:8]} {had}")
    return replace(asked, steps=None if asked.name is None else frozenset(found))


# -- a run that has ended ------------------------------------------------------------------------------------------


def _print(session: Session, history: History, run: RunRow, asked: Asked) -> int:
    only = next(iter(asked.steps)) if asked.steps is not None and len(asked.steps) == 1 else None
    blocks = asked.form == "human"
    found = history.logs(run.id, only or asked.steps, asked.attempt, asked.stream, blocks=blocks, tail=asked.tail)
    lines: Iterable[LogLine] = (line for line in found if asked.wants(line))
    if not blocks:
        _print_json(run, lines, asked)
        return ExitCode.OK
    story = LogStory(only is None, session, asked.tb)
    texts: Iterable[str] = (text for line in lines for text in story(line))
    if asked.tail is not None:
        texts = deque((line for text in texts for line in text.split("\n")), maxlen=asked.tail)
    color = session.style(sys.stdout).color
    with paged(session.environ) as stream:
        _write(stream, texts, color)
    return ExitCode.OK


def _write(stream: TextIO, texts: Iterable[str], color: bool) -> None:
    batch: list[str] = []
    size = 0
    for text in texts:
        batch += text.split("\n")
        size += len(text)
        if size >= AT_ONCE:
            write_lines(stream, batch, color)
            batch.clear()
            size = 0
    if batch:
        write_lines(stream, batch, color)


def _print_json(run: RunRow, lines: Iterable[LogLine], asked: Asked) -> None:
    if asked.tail is not None:
        lines = deque(lines, maxlen=asked.tail)
    if asked.form == "json":
        say_json({"run": run.id, "lines": [_json(line) for line in lines]})
        return
    for line in lines:
        write_json(sys.stdout, dumps(_json(line), strict=True))


def _json(line: LogLine) -> dict[str, Any]:
    return {
        "op": line.step,
        "attempt": line.attempt,
        "stream": line.stream,
        "ts": None if line.at is None else iso(line.at),
        "level": line.level,
        "logger": line.logger,
        "text": line.text,
        "error": error_json(line.error),
    }


# -- a run that is going on ----------------------------------------------------------------------------------------


def _follow(session: Session, run: RunRow, asked: Asked) -> int:
    """Print what ops say until the run has ended."""
    from dagjob.config.secrets import MASK
    from dagjob.storage.changes import PAUSE, Changes
    from dagjob.storage.following import Follower
    from dagjob.storage.log_following import FollowedLogs, Watched
    from dagjob.storage.paths import on_network

    state = session.state
    # A file is masked when its attempt has ended. Until then the secrets of this environment are known here, no others.
    watched = Watched(
        _inside(asked.name), asked.attempt, live=MASK not in run.resolved_text, mask=session.masker().text
    )
    folders = [os.path.dirname(state.db), state.run(run.id), state.logs(run.id)]
    tell = _teller(session, asked)
    with Follower(state, run) as follower, Changes(folders, told=not on_network(state.root)) as changes:
        said = FollowedLogs(follower, lambda step, attempt: state.log(run.id, step, attempt), watched)
        tell(_last(_wanted(said, asked), asked.tail))
        while not said.ended:
            changes.wait(PAUSE if said.pending else LOOK_FOR_DEATH)
            tell(_wanted(said, asked))
    return ExitCode.OK


def _wanted(said: FollowedLogs, asked: Asked) -> list[LogLine]:
    return [line for line in said.fresh() if asked.wants(line)]


def _last(lines: list[LogLine], tail: int | None) -> list[LogLine]:
    return lines if tail is None else lines[-tail:]


def _inside(name: str | None) -> Callable[[str], bool] | None:
    """Whether a step is one of those that OP means; copies of a mapped op may come later."""
    return None if name is None else lambda step: bool(steps_named(name, [step]))


def _teller(session: Session, asked: Asked) -> Callable[[list[LogLine]], None]:
    if asked.form == "jsonl":
        return _tell_json
    story = LogStory(asked.steps is None or len(asked.steps) > 1, session, asked.tb)
    color = session.style(sys.stdout).color

    def texts(lines: list[LogLine]) -> Iterator[str]:
        return (text for line in lines for text in story(line))

    return lambda lines: _write(sys.stdout, texts(lines), color)


def _tell_json(lines: list[LogLine]) -> None:
    if lines:
        write_json(sys.stdout, "\n".join(dumps(_json(line), strict=True) for line in lines))
