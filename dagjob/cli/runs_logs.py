"""`dagjob runs logs [RUN] [OP]`: the whole story of a run: what ops printed and logged, and how each attempt failed."""

import sys
from collections import deque
from collections.abc import Iterable, Iterator

from dagjob.cli import registry, registry_runs
from dagjob.cli.arguments import ParsedArguments
from dagjob.cli.runs import history_of, latest_or
from dagjob.cli.session import Session, open_session
from dagjob.cli.values import at_least_one, chosen
from dagjob.display.output import write_lines
from dagjob.display.sanitize import clean_lines
from dagjob.errors import DagjobRunNotFoundError, ExitCode, did_you_mean
from dagjob.run_view import steps_named
from dagjob.storage.history import History
from dagjob.storage.records import LogLine

AT_ONCE = 50_000
"""Characters that are gathered before they are written."""
LONGEST = 1 << 20
"""Characters of one line that are printed."""
WORDS = {"timeout": "TIMEOUT", "canceled": "STOPPED"}


def logs(args: ParsedArguments) -> int:
    """Print what ops said."""
    session = open_session(args)
    tb = chosen(registry.TRACEBACK, args.text(registry.TRACEBACK), session.environ, "DAGJOB_TB") or "user"
    tail = at_least_one(registry_runs.TAIL, args.text(registry_runs.TAIL))
    wanted, name = latest_or(args.text(registry.RUN)), args.text(registry_runs.OP)
    with history_of(session) as history:
        run_id = history.find(wanted).id
        steps = _steps(history, run_id, name) if name is not None else None
        only = steps[0] if steps is not None and len(steps) == 1 else None
        lines = history.logs(run_id, step=only or steps, blocks=True, tail=tail)
        story: Iterable[str] = _story(lines, only is None, session, tb)
        if tail is not None:
            story = deque((line for text in story for line in text.split("\n")), maxlen=tail)
        batch: list[str] = []
        color = session.style(sys.stdout).color
        size = 0
        for text in story:
            batch += text.split("\n")
            size += len(text)
            if size >= AT_ONCE:
                write_lines(sys.stdout, batch, color)
                batch.clear()
                size = 0
        write_lines(sys.stdout, batch, color)
    return ExitCode.OK


def _steps(history: History, run_id: str, name: str) -> list[str]:
    """The steps that OP means: one, all copies of a mapped op, or all steps of a graph."""
    keys = list(history.statuses(run_id))
    found = steps_named(name, keys)
    if not found:
        unknown = f'run {run_id[:8]} has no op "{name}".{did_you_mean(name, keys)}'
        raise DagjobRunNotFoundError(unknown).noting(f"ops: {', '.join(keys[:20])}")
    return found


def _story(lines: Iterable[LogLine], named: bool, session: Session, tb: str) -> Iterator[str]:
    """The lines as they come, some of them many in a text: a log may be large. Later attempts get a headline."""
    last: dict[str, int] = {}
    for line in lines:
        if last.setdefault(line.step, line.attempt) != line.attempt:
            last[line.step] = line.attempt
            yield f"-- {line.step}, attempt {line.attempt} --"
        before = f"{line.step}  " if named else ""
        if line.stream == "output" and _is_plain(line.text):
            yield before + line.text.replace("\n", f"\n{before}")
            continue
        if line.error is not None:
            told = _error(line, session, tb)
        else:
            stamp = f"{_clock(line.at)} {(line.level or '').upper():<8} " if line.stream == "log" else ""
            first, *rest = clean_lines(line.text, LONGEST)
            told = [stamp + first, *(" " * len(stamp) + more for more in rest)]
        yield from (f"{before}{text}".rstrip() for text in told)


def _is_plain(text: str) -> bool:
    """Whether all lines of a text can be shown as they are: looked at together, which is much quicker than one by one."""
    return (
        text.replace("\n", "").isprintable()
        and " \n" not in text
        and "\n\n" not in text
        and not text.endswith((" ", "\n"))
        and not text.startswith("\n")
        and text != ""
    )


def _error(line: LogLine, session: Session, tb: str) -> list[str]:
    from dagjob.display.failure import error_lines
    from dagjob.display.traceback import headline, own

    assert line.error is not None
    head = f"{_clock(line.at)} {WORDS.get(line.level or '', 'FAILED'):<8} {headline(own(line.error))}"
    options = session.display(sys.stdout, tb=tb)
    return [
        head,
        *(f"  {text}" for text in error_lines(line.error, options, session.style(sys.stdout), headline=False)),
    ]


def _clock(at: float | None) -> str:
    from time import localtime, strftime

    return strftime("%H:%M:%S", localtime(at)) if at is not None else "--:--:--"
