"""A failure, as it is told when it happens: what, where, the user's own frames, the last output, what to type next.

The same block serves every screen; a screen may put something before its lines. Nothing here decides when it is shown,
except for the same error in several copies of one op, which is told once.
"""

from __future__ import annotations

from collections.abc import Sequence

from dagjob.display import traceback as tb
from dagjob.display.options import DisplayOptions
from dagjob.display.sanitize import clean_line, clean_lines, one_line
from dagjob.display.style import Style
from dagjob.display.tails import Said, last_output
from dagjob.display.watched import attempts
from dagjob.display.words import duration, shell_word, width
from dagjob.events import ErrorInfo
from dagjob.run_view import OpView

MOST_MEMBERS = 5
MOST_INPUTS = 5
MOST_MESSAGE_LINES = 20
LAST_OUTPUT_LINES = 10
WIDEST_TITLE = 100


def failure_block(op: OpView, run_id: str, options: DisplayOptions, style: Style, said: Sequence[Said]) -> list[str]:
    """All that is told of a failed op, with a title; `said` are the lines of its log that were heard."""
    told = body(op, run_id, options, style, said, debug=True)
    return [_title(op, options, style), "", *(f"  {line}".rstrip() for line in told), ""]


def _title(op: OpView, options: DisplayOptions, style: Style) -> str:
    word = {"timeout": "timed out", "canceled": "was canceled"}.get(op.status, "failed")
    took = f" ({duration(op.seconds)})" if op.seconds is not None else ""
    left = f"{style.glyph('failed')} {op.label} {word}{attempts(op)}{took}"
    error = op.error
    right = " ".join(filter(None, (tb.place_of(tb.own(error), options), error.code))) if error else ""
    room = min(options.width(), WIDEST_TITLE) - 2 - width(left) - width(right)
    return f"{style.paint(left, 'error')}{' ' * max(2, room)}{right}"


def body(
    op: OpView,
    run_id: str,
    options: DisplayOptions,
    style: Style,
    said: Sequence[Said],
    above: int = tb.MOST_LINES_ABOVE,
    headline: bool = True,
    debug: bool = False,
) -> list[str]:
    """What stands under the title: the error, its frames, attempts, last output, and the command for the whole log.

    With `debug`, also the one for the debugger.
    Without `headline` the line `Type: message` is left out, because the title has said it.
    """
    lines: list[str] = []
    if op.error is not None:
        lines += error_lines(op.error, options, style, above, headline)
        lines += _attempts_note(op)
    labelled = [*_failure_data(op)]
    given = _inputs(op, style) if options.tb != "none" else []
    if options.show_output != "none" and options.tb != "none":
        dumped = op.error is not None and op.error.code == "DJ402" and bool(op.error.frames)
        last = last_output(op.log, said, options.read_tail, LAST_OUTPUT_LINES, dumped=dumped)
        labelled += [("last output", line) for line in last]
    labelled += given
    if options.kept and (op.log or said):
        labelled.append(("log", options.logs_of(run_id, op.key)))
    if debug and options.kept and op.error is not None and op.error.code == "DJ401":
        labelled.append(("debug", f"dagjob debug {run_id} {shell_word(op.key)}"))
    return [*lines, *([""] if lines and labelled else []), *label_lines(labelled)]


def error_lines(
    error: ErrorInfo,
    options: DisplayOptions,
    style: Style,
    above: int = tb.MOST_LINES_ABOVE,
    headline: bool = True,
) -> list[str]:
    """An error in the chosen style of traceback, its causes first."""
    if options.tb == "full" and error.text:
        return [*clean_lines(error.text.rstrip("\n")), *tb.all_variables(tb.own(error), options, style)]
    error = tb.own(error)
    chain = _chain(error)
    lines = []
    for how, cause in chain:
        where = tb.place_of(cause, options, innermost=True)
        lines.append(f"{how} {tb.headline(cause)}{f'  ({where})' if where else ''}")
    told = _message(error, style, "then  " if chain else "")
    lines += told if headline or chain else told[1:]
    if options.tb in ("short", "none"):
        where = tb.place_of(error, options, innermost=True)
        return [*lines, where] if where and options.tb == "short" else lines
    frames = tb.user_frames(error, options)
    if frames:
        lines += [*([""] if lines else []), *tb.frame_lines(frames, options, style, above=above)]
    deeper = tb.raised_in(error, frames, options) if any(tb.is_users(frame, options) for frame in frames) else ""
    lines += [line for line in (deeper, tb.hidden_note(error, frames)) if line]
    return lines + _members(error, options, style)


def _message(error: ErrorInfo, style: Style, before: str) -> list[str]:
    """The type in bold and the message, all its lines up to a limit, and the notes that were added to it."""
    first, *rest = clean_lines(error.message.strip()) or [""]
    name = style.paint(tb.error_name(error), "strong")
    said = first if first and tb.is_ours(error) else f"{name}: {first}" if first else name
    lines = [f"{before}{said}"]
    if len(rest) > MOST_MESSAGE_LINES:
        rest = [*rest[:MOST_MESSAGE_LINES], f"{style.glyph('more')} and {len(rest) - MOST_MESSAGE_LINES} more lines"]
    notes = [line for note in error.notes for line in clean_lines(note)]
    return lines + [f"  {line}".rstrip() for line in (*rest, *notes)]


def _chain(error: ErrorInfo) -> list[tuple[str, ErrorInfo]]:
    """What led to the error, the first cause first."""
    found: list[tuple[str, ErrorInfo]] = []
    seen = error
    while (before := seen.cause or seen.context) is not None and len(found) < 5:
        found.append(("first", before))
        seen = before
    found.reverse()
    return [(how if number == 0 else "then ", cause) for number, (how, cause) in enumerate(found)]


def _members(error: ErrorInfo, options: DisplayOptions, style: Style) -> list[str]:
    """Each error of a group once, with its place."""
    lines: list[str] = []
    told: set[str] = set()
    for member in error.members:
        where = tb.place_of(member, options, innermost=True)
        line = f"{style.glyph('dot')} {tb.headline(member)}{f'  ({where})' if where else ''}"
        if line not in told and len(told) < MOST_MEMBERS:
            told.add(line)
            lines.append(line)
            lines += [f"  {inner}" for inner in _members(member, options, style)]
    return lines


def _attempts_note(op: OpView) -> list[str]:
    """`attempts 1 and 2: same error`, or what they raised instead."""
    if not op.tries or op.error is None:
        return []
    last = fingerprint(op.error, op.key)
    same = [tried.attempt for tried in op.tries if fingerprint(tried.error, op.key) == last]
    lines = []
    if same:
        plural = "s" if len(same) > 1 else ""
        numbers = ", ".join(map(str, same[:-1])) + (" and " if len(same) > 1 else "") + str(same[-1])
        lines.append(f"attempt{plural} {numbers}: same error")
    return lines + [
        f"attempt {tried.attempt}: {tb.headline(tb.own(tried.error))}"
        for tried in op.tries
        if tried.attempt not in same
    ]


def _failure_data(op: OpView) -> list[tuple[str, str]]:
    """What the user added to a `Failure`: its metadata."""
    if op.failure is None:
        return []
    found = [(key, one_line(str(value))) for key, value in op.failure.metadata.items()]
    return [(clean_line(key), text) for key, text in found]


def _inputs(op: OpView, style: Style) -> list[tuple[str, str]]:
    """What the op was given: `input orders`, `DataFrame 48,201 x 9 (from extract_orders)`."""
    given = op.error.inputs if op.error is not None else ()
    lines = [
        (f"input {clean_line(one.name)}", one_line(f"{one.kind} (from {one.source})" if one.source else one.kind))
        for one in given[:MOST_INPUTS]
    ]
    left = len(given) - MOST_INPUTS
    return [*lines, ("", f"{style.glyph('more')} and {left} more")] if left > 0 else lines


def label_lines(labelled: list[tuple[str, str]]) -> list[str]:
    """Labels in a column, a label that repeats is said once."""
    room = max([14, *(len(label) + 1 for label, _ in labelled)])
    lines, before = [], None
    for label, text in labelled:
        lines.append(f"{label if label != before else '':<{room}} {text}")
        before = label
    return lines


def fingerprint(error: ErrorInfo, key: str) -> str:
    """What is the same in two copies of one op that failed alike: type, places, and the message without its own key.

    The key of a partition is all of its name, that of a mapped op stands in brackets.
    """
    import re

    error = tb.own(error)
    own = key.rpartition("[")[2].rstrip("]") if key.endswith("]") else key
    message = re.sub(rf"(?<!\w){re.escape(own)}(?!\w)", "[*]", error.message) if own in error.message else error.message
    return "\n".join((error.type, message, *(f"{frame.file}:{frame.line}" for frame in error.frames)))


class Told:
    """Which errors were told already, so that fifty copies of one op do not tell the same one fifty times."""

    def __init__(self) -> None:
        self._first: dict[tuple[str, str], OpView] = {}
        self.same_as: dict[str, list[OpView]] = {}
        """The key of the op whose failure was told, and the others that failed alike."""

    def again(self, op: OpView) -> OpView | None:
        """The copy whose failure was told and is the same; None: this one is new, and told from now on."""
        if op.error is None or op.template is None:
            return None
        first = self._first.setdefault((op.template.key, fingerprint(op.error, op.key)), op)
        if first is op:
            return None
        self.same_as.setdefault(first.key, []).append(op)
        return first
