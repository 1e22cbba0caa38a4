"""What failed in a run, as the page tells it: the user's frames, the attempts before, the whole traceback. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby

from dagjob.display import traceback as tb
from dagjob.display.failure import Told, error_lines
from dagjob.display.options import DisplayOptions
from dagjob.display.sanitize import clean_lines, one_line
from dagjob.display.style import Style
from dagjob.display.words import duration, listing, shell_word
from dagjob.events import ErrorInfo
from dagjob.record import Record, replace
from dagjob.run_view import BAD, OpView, RunView

MOST_FAILURES = 50
MOST_TRACEBACK = 400


class Attempt(Record):
    """Earlier attempts that failed alike, in a line."""

    which: str
    text: str


class Failure(Record):
    """What failed: `lines` with the user's frames, `full` as Python prints it; `alike` are copies that failed alike."""

    key: str
    label: str
    word: str
    status: str
    headline: str
    place: str
    code: str
    took: str
    lines: tuple[str, ...]
    full: tuple[str, ...]
    attempts: tuple[Attempt, ...] = ()
    data: tuple[tuple[str, str], ...] = ()
    alike: str = ""
    command: str = ""


def failures(view: RunView, options: DisplayOptions) -> tuple[tuple[Failure, ...], int]:
    """The failures that the page tells, and how many more there are."""
    told = Told()
    failed = [op for op in view.having(*BAD) if told.again(op) is None]
    return tuple(
        _failure(op, told.same_as.get(op.key, ()), view.run_id, options) for op in failed[:MOST_FAILURES]
    ), len(failed) - len(failed[:MOST_FAILURES])


def _failure(op: OpView, alike: Sequence[OpView], run_id: str, options: DisplayOptions) -> Failure:
    options = replace(options, tb="user")
    error = op.error or ErrorInfo("Exception", "builtins", "")
    own = tb.own(error)
    full = clean_lines(error.text.rstrip("\n")) if error.text else []
    if len(full) > MOST_TRACEBACK:
        half = MOST_TRACEBACK // 2
        full = [*full[:half], f"… {len(full) - 2 * half:,} lines are left out …", *full[-half:]]
    data = op.failure.metadata.items() if op.failure is not None else ()
    debug = options.kept and error.code == "DJ401"
    return Failure(
        op.key,
        op.label,
        f"{op.status.replace('_', ' ')}{f' after {op.attempt} attempts' if op.attempt > 1 else ''}",
        op.status,
        tb.headline(own),
        tb.place_of(own, options, innermost=True),
        error.code,
        duration(op.seconds) if op.seconds is not None else "",
        tuple(error_lines(error, options, Style())),
        tuple(full),
        tuple(_attempts(op)),
        tuple((key, one_line(str(value))) for key, value in data),
        f"and in {len(alike):,} more: {listing([one.label for one in alike], 20)}" if alike else "",
        f"dagjob debug {run_id} {shell_word(op.key)}" if debug else "",
    )


def _attempts(op: OpView) -> Iterator[Attempt]:
    """The earlier attempts, those in a row that failed alike together."""
    for text, tries in groupby(op.tries, key=lambda tried: tb.headline(tb.own(tried.error))):
        numbers = [tried.attempt for tried in tries]
        several = len(numbers) > 1
        yield Attempt(f"attempts {numbers[0]} to {numbers[-1]}" if several else f"attempt {numbers[0]}", text)
