"""How an error is shown: title, place, an excerpt with carets, notes. One layout for all of them.

Diagnostics go in, text comes out. Excerpts are cut from the file at the moment of showing; a file that cannot be read
leaves only its place.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from dagjob.builtin.ownership import open_file, open_regular
from dagjob.display.options import DisplayOptions
from dagjob.display.sanitize import clean_line, clean_lines
from dagjob.display.style import Style
from dagjob.display.traceback import from_here
from dagjob.display.words import count, cut, width
from dagjob.errors import DagjobError, DagjobImportError, DagjobUserCodeExecutionError, Diagnostic, Place
from dagjob.record import replace

if TYPE_CHECKING:
    from dagjob.events import ErrorInfo

MOST_LINES_ABOVE = 2
MOST_FILE_BYTES = 4 << 20
MOST_SHOWN = 100
"""Diagnostics that are shown to a person; of a wrong file the first ones tell what is wrong."""
WIDEST_EXCERPT, NARROWEST = 160, 40
"""Columns of a line of an excerpt: at most, where no terminal sets a limit; and at least, whatever the terminal is."""
COMMAND_LINE = "command line"


def render_error(error: DagjobError, options: DisplayOptions, footer: str = "") -> str:
    """All that is wrong, ready to be written to stderr. `footer` ("nothing was run") follows the number of errors.

    What the user's code raised while we loaded or called it is shown with the frames of the user.
    """
    if isinstance(error, DagjobImportError) and error.info is not None:
        return render_import_error(error, options) + _explained(error, options)
    text = render_diagnostics(error.diagnostics, options, footer) + _explained(error, options)
    raised = error.user_exception if isinstance(error, DagjobUserCodeExecutionError) else None
    if raised is None:
        return text
    from dagjob.engine.describe import describe

    return text + "\n" + _block(_raised(describe(raised), options))


def render_diagnostics(diagnostics: Sequence[Diagnostic], options: DisplayOptions, footer: str = "") -> str:
    """The diagnostics in their order, an empty line between them, and how many there are where it is more than one."""
    style = Style(options.color, options.utf8)
    excerpts = _Excerpts(style, options)
    blocks = [_block(_diagnostic(one, excerpts, style)) for one in diagnostics[:MOST_SHOWN]]
    if len(diagnostics) > MOST_SHOWN:
        blocks.append(
            _block([f"... and {len(diagnostics) - MOST_SHOWN:,} more   (dagjob validate --format concise shows all)"])
        )
    if len(diagnostics) > 1:
        blocks.append(_block([_totals(diagnostics, footer)]))
    return "\n".join(blocks)


def render_import_error(error: DagjobImportError, options: DisplayOptions) -> str:
    """`error[DJ103]: cannot import sales/jobs.py`, then what the module raised and where in the user's code."""
    style = Style(options.color, options.utf8)
    lines: list[str] = []
    for one in error.diagnostics:
        lines += _diagnostic(one, _Excerpts(style, options), style)
    raised = _raised(error.info, options)
    if options.tb != "full" and raised and raised[0].strip() in error.diagnostics[0].message:
        raised = raised[2:] if raised[1:2] == [""] else raised[1:]  # the first line has said it
    return _block([*lines, *(["", *raised] if raised else [])])


def render_internal(error: ErrorInfo, crash_file: str, options: DisplayOptions) -> str:
    """A bug of ours in two lines: what escaped, and the file that holds all of it."""
    from dagjob.display.traceback import headline

    style = Style(options.color, options.utf8)
    title = f"{style.paint('error[DJ901]', 'error')}: dagjob itself failed: {headline(error)}"
    return _block([title, f"   = please report it, with the file {crash_file}"])


def in_one(diagnostic: Diagnostic) -> Diagnostic:
    """A diagnostic for who is told no notes: one about several variables has their names there."""
    if diagnostic.code != "DJ204" or diagnostic.place is not None or not diagnostic.notes:
        return diagnostic
    each = "; ".join(" ".join(note.split()) for note in diagnostic.notes)
    return replace(diagnostic, message=f"{diagnostic.message}: {each}")


def concise(diagnostic: Diagnostic) -> str:
    """`sales/etl.py:23:1: DJ301 op "load" needs the resource "warehouse"`: one line, as compilers and ruff write it."""
    place = diagnostic.place
    where = f"{clean_line(from_here(place.file))}:{max(1, place.line)}:{max(1, place.column)}: " if place else ""
    return f"{where}{diagnostic.code} {' '.join(_message(in_one(diagnostic)))}"


def github(diagnostic: Diagnostic) -> str:
    """An annotation of GitHub Actions."""
    place = diagnostic.place
    where = ""
    if place is not None and place.line:
        column = f",col={place.column}" if place.column else ""
        where = f"file={_property(from_here(place.file))},line={place.line}{column},"
    kind = diagnostic.severity if diagnostic.severity in ("error", "warning", "notice") else "notice"
    return f"::{kind} {where}title={_property(diagnostic.code)}::{_data(in_one(diagnostic).message)}"


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")


# -- one diagnostic ------------------------------------------------------------------------------------------------


def _block(lines: Iterable[str]) -> str:
    return "".join(f"{line}\n" for line in lines)


def _message(diagnostic: Diagnostic) -> list[str]:
    return clean_lines(diagnostic.message.strip()) or [""]


def _diagnostic(one: Diagnostic, excerpts: _Excerpts, style: Style) -> list[str]:
    label = f"{one.severity}[{one.code}]: "
    first, *rest = _folded([label + line for line in _message(one)[:1]] + _message(one)[1:], excerpts.columns - 2)
    first = first.removeprefix(label)
    lines = [f"{style.paint(f'{one.severity}[{one.code}]', one.severity)}: {style.paint(first, 'strong')}"]
    lines += [f"  {line}".rstrip() for line in rest]
    label, notes = one.label, list(one.notes)
    near = f'did you mean "{one.suggestion}"?' if one.suggestion else ""
    told = "\n".join((one.message, *notes)).lower()
    if near and not label and "did you mean" not in told:
        if one.place is not None:
            label = near
        else:
            notes.insert(0, near)
    edge = 1
    if one.place is not None:
        excerpt, edge = excerpts.of(one.place, label)
        bare = f", {label}" if label and not excerpt else ""
        lines.append(f"{' ' * edge} {style.paint('-->', 'dim')} {_where(one.place, excerpts.root)}{bare}")
        lines += excerpt
        if excerpt and notes:
            lines.append(f"{' ' * edge} {style.paint(' |', 'dim')}")
    elif label:
        notes.insert(0, label)
    margin = " " * (edge + 2)
    for note in excerpts.news(notes):
        first, *rest = _folded(clean_lines(note), excerpts.columns - edge - 5)
        lines.append(f"{margin}{style.paint('=', 'dim')} {first}")
        lines += [f"{margin}  {line}".rstrip() for line in rest]
    return lines


def _folded(lines: list[str], room: int) -> list[str]:
    """Lines that a terminal would break anywhere, broken between words; where there is no terminal, as they are."""
    if room < NARROWEST or all(width(line) <= room for line in lines):
        return lines
    from textwrap import wrap

    return [part for line in lines for part in wrap(line, room, break_long_words=False, break_on_hyphens=False) or [""]]


def _where(place: Place, root: str) -> str:
    parts = [clean_line(from_here(place.file, root))]
    if place.line and place.file != COMMAND_LINE:
        parts += [str(place.line)]
        if place.column:
            parts += [str(place.column)]
    return ":".join(parts)


def _explained(error: DagjobError, options: DisplayOptions) -> str:
    """The command that explains the first code, for a person; a mistake on the command line has said it all."""
    code = next((one.code for one in error.diagnostics), "DJ100")
    if not options.on_terminal or code == "DJ100":
        return ""
    style = Style(options.color, options.utf8)
    return _block([style.paint(f"   = more about it:  dagjob explain {code}", "dim")])


def _totals(diagnostics: Sequence[Diagnostic], footer: str) -> str:
    parts = []
    for severity in dict.fromkeys(["error", "warning", *(one.severity for one in diagnostics)]):
        found = sum(1 for one in diagnostics if one.severity == severity)
        if found:
            parts.append(count(found, severity))
    return ", ".join([*parts, *([footer] if footer else [])])


def _raised(info: ErrorInfo | None, options: DisplayOptions) -> list[str]:
    from dagjob.display.failure import error_lines

    style = Style(options.color, options.utf8)
    return [f"  {line}".rstrip() for line in error_lines(info, options, style)] if info is not None else []


class _Excerpts:
    """Cuts excerpts; a line that was shown once is not shown again as the context of another."""

    def __init__(self, style: Style, options: DisplayOptions) -> None:
        self._style = style
        self.root = options.root
        self.columns = options.width() if options.on_terminal else 0
        """Those of the terminal; 0 where there is none, and lines may be as long as they are."""
        self._files: dict[str, list[str]] = {}
        self._shown: set[tuple[str, int]] = set()
        self._said: set[str] = set()

    def news(self, notes: Iterable[str]) -> list[str]:
        """The notes without those about a class or its options that stood with an error above."""
        fresh = [note for note in notes if note not in self._said]
        self._said.update(note for note in fresh if note.startswith(("options: ", "defined in ")))
        return fresh

    def of(self, place: Place, label: str) -> tuple[list[str], int]:
        """The lines of the excerpt with its carets, and the width of their numbers; no lines where there is no text."""
        if place.length < 1 or place.column < 1:
            return [], 1
        if place.text is not None and place.file == COMMAND_LINE:
            return self._of_text(place, label), 1
        text = self._lines(place.file) if place.text is None else place.text.split("\n")
        if not 1 <= place.line <= len(text):
            return [], 1
        above: list[int] = []
        for number in range(place.line - 1, max(0, place.line - 1 - MOST_LINES_ABOVE), -1):
            if (place.file, number) in self._shown or not text[number - 1].strip():
                break
            above.insert(0, number)
        numbers = [*above, place.line]
        self._shown.update((place.file, number) for number in numbers)
        edge = len(str(place.line))
        room = self._room(edge)
        lines = [self._gutter(edge)]
        lines += [self._gutter(edge, number, cut(_show(text[number - 1]), room)) for number in above]
        return [*lines, *self._marked(edge, place.line, text[place.line - 1], place, label)], edge

    def _of_text(self, place: Place, label: str) -> list[str]:
        lines = (place.text or "").split("\n")
        text = lines[min(max(place.line, 1), len(lines)) - 1]
        return [self._gutter(1), *self._marked(1, None, text, place, label)]

    def _room(self, edge: int) -> int:
        return max(NARROWEST, self.columns - edge - 4) if self.columns else WIDEST_EXCERPT

    def _marked(self, edge: int, number: int | None, text: str, place: Place, label: str) -> list[str]:
        """The line in question and its carets; of a line that is too long, the part around them."""
        room, start = self._room(edge), place.column - 1
        if width(_show(text)) > room:
            length = min(place.length, room // 2)
            if width(_show(text[: start + length])) > room - 1:
                skipped = start
                while skipped > 0 and width(_show(text[skipped:start])) < room // 4:
                    skipped -= 1
                text, start = f"…{text[skipped + 1 :]}", start - skipped
            text = cut(text.rstrip("\r\n"), room)
            place = replace(place, column=start + 1, length=max(1, min(place.length, len(text) - start)))
        return [self._gutter(edge, number, _show(text)), self._carets(edge, text, place, label)]

    def _gutter(self, edge: int, number: int | None = None, text: str = "") -> str:
        margin = f"{'' if number is None else number:>{edge}}"
        return f" {self._style.paint(f'{margin} |', 'dim')}{f' {text}' if text else ''}"

    def _carets(self, edge: int, text: str, place: Place, label: str) -> str:
        before, marked = text[: place.column - 1], text[place.column - 1 : place.column - 1 + place.length]
        carets = "^" * max(1, width(_show(marked)) if marked.strip() else 1)
        mark = self._style.paint(f"{carets}{f' {label}' if label else ''}", "mark")
        return self._gutter(edge, None, " " * width(_show(before, strip=False)) + mark)

    def _lines(self, file: str) -> list[str]:
        if file not in self._files:
            try:
                with open_file(file, encoding="utf-8", errors="replace", opener=open_regular) as source:
                    self._files[file] = source.read(MOST_FILE_BYTES).split("\n")
            except (OSError, ValueError):
                self._files[file] = []
        return self._files[file]


def _show(text: str, strip: bool = True) -> str:
    shown = clean_line(text.rstrip("\r\n"))
    return shown.rstrip() if strip else shown
