"""YAML that a person reads: plain values in block style, with a note beside a line, and lines that are commented out.

A line is made first and laid out later, so that the notes of neighbours stand under each other. What is written reads
back as the same value; text that YAML 1.1 would read as something else is quoted.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

from dagjob.display.words import width
from dagjob.record import Record, replace

Path = tuple[Any, ...]
INDENT = "  "
WIDEST_COLUMN = 44
"""A note does not move further to the right than this because of a long neighbour."""


class Line(Record):
    """One line. `off`: commented out from this depth on; `other`: from that depth as one of several possibilities.

    A line may be both: whoever takes the comment of a block away then still has only one of the possibilities.
    """

    depth: int
    text: str
    note: str = ""
    off: int | None = None
    other: int | None = None

    @property
    def is_on(self) -> bool:
        """Whether it is not commented out."""
        return self.off is None and self.other is None


def nothing(_path: Path) -> str:
    """No note."""
    return ""


def value_lines(value: Any, note: Callable[[Path], str] = nothing, path: Path = (), depth: int = 0) -> Iterator[Line]:
    """A mapping or a list as lines; `note` gives the words beside the value at a path."""
    pairs: Iterable[tuple[Any, str, Any]]
    if isinstance(value, dict):
        pairs = ((key, f"{scalar_text(key)}:", inner) for key, inner in value.items())
    else:
        pairs = ((index, "-", inner) for index, inner in enumerate(value))
    for at, head, inner in pairs:
        here = (*path, at)
        if _is_block(inner):
            yield Line(depth, head)
            yield from value_lines(inner, note, here, depth + 1)
        else:
            yield from _scalar_lines(depth, head, inner, note(here))


def _is_block(value: Any) -> bool:
    return isinstance(value, dict | list) and bool(value) and not _is_env(value)


def _is_env(value: Any) -> bool:
    return isinstance(value, dict) and value.keys() == {"env"} and isinstance(value["env"], str)


def _scalar_lines(depth: int, head: str, value: Any, note: str) -> Iterator[Line]:
    if isinstance(value, str) and "\n" in value and _as_block(value):
        keep = "|" if value.endswith("\n") else "|-"
        yield Line(depth, f"{head} {keep}", note)
        for line in value.removesuffix("\n").split("\n"):
            yield Line(depth + 1 if line else 0, line)
    else:
        yield Line(depth, f"{head} {scalar_text(value)}", note)


def _as_block(text: str) -> bool:
    """Whether text of several lines can stand as a literal block and read back the same."""
    lines = text.removesuffix("\n").split("\n")
    plain = all(line.isprintable() or not line for line in (line.replace("\t", "") for line in lines))
    return plain and not text.endswith("\n\n") and not lines[0].startswith((" ", "\t")) and bool(lines[0])


def scalar_text(value: Any) -> str:
    """A value on one line: a scalar, or a list or mapping in braces."""
    if isinstance(value, str):
        return value if _reads_back(value) else _quoted(value)
    if isinstance(value, dict):
        return "{" + ", ".join(f"{scalar_text(key)}: {scalar_text(inner)}" for key, inner in value.items()) + "}"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(map(scalar_text, value)) + "]"
    if value is None or isinstance(value, bool):
        return json.dumps(value)
    if isinstance(value, float):
        return _float_text(value)
    return str(value) if isinstance(value, int) else _quoted(str(value))


def _quoted(text: str) -> str:
    """In double quotes; what cannot be printed is escaped as YAML does it, which for large code points is not JSON's way."""
    quoted = json.dumps(text, ensure_ascii=False)
    if quoted.isprintable():
        return quoted
    return "".join(sign if sign.isprintable() else f"\\U{ord(sign):08x}" for sign in quoted)


def _float_text(value: float) -> str:
    if value != value or value in (float("inf"), float("-inf")):
        return {"inf": ".inf", "-inf": "-.inf"}.get(str(value), ".nan")
    text = repr(value)
    mantissa, sign, exponent = text.partition("e")
    if not sign:
        return text  # YAML 1.1 wants a point before an exponent, and a sign after it
    return f"{mantissa if '.' in mantissa else f'{mantissa}.0'}e{exponent if exponent[0] in '+-' else f'+{exponent}'}"


_WORDS = frozenset(("yes", "no", "on", "off", "true", "false", "null"))
_SAFE = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_/.-")


def _reads_back(text: str) -> bool:
    """Whether plain text is read by YAML 1.1 as this text, also in braces."""
    first = text[:1]
    return bool(text) and _SAFE.issuperset(text) and (first.isalpha() or first in "_/") and text.lower() not in _WORDS


def as_it_is(text: str) -> str:
    """No colour."""
    return text


def laid_out(lines: Sequence[Line], aside: Callable[[str], str] = as_it_is) -> Iterator[str]:
    """The lines as text, with the notes of each stretch in one column. `aside` paints what YAML does not read."""
    texts = [_indented(line) for line in lines]
    start = 0
    for end in range(1, len(lines) + 1):
        if end == len(lines) or not lines[end].text:
            yield from _aligned(texts[start:end], lines[start:end], aside)
            start = end


def _indented(line: Line) -> str:
    done, made = 0, ""
    for mark in (line.off, line.other) if line.text else ():
        if mark is not None:
            made, done = f"{made}{INDENT * (mark - done)}# ", mark
    return made + INDENT * (line.depth - done) + line.text


def _aligned(texts: Sequence[str], lines: Sequence[Line], aside: Callable[[str], str]) -> Iterator[str]:
    noted = [width(text) for text, line in zip(texts, lines, strict=True) if line.note]
    column = min(max(noted, default=0), WIDEST_COLUMN)
    for text, line in zip(texts, lines, strict=True):
        note = f"  # {line.note}" if line.note else ""
        padded = text + " " * (column - width(text)) if note else text
        if text.lstrip().startswith("#"):
            yield aside(padded + note)
        else:
            yield padded + (aside(note) if note else "")


def commented(lines: Iterable[Line], depth: int) -> Iterator[Line]:
    """The lines of a block that may be left out, commented out from this depth on.

    Who takes the comment away gets all of the block: a head that said `{}`, because all below it was left out, does not.
    """
    block = list(lines)
    for line, following in zip(block, [*block[1:], None], strict=False):
        opens = following is not None and following.depth > line.depth and following.other is None
        text = line.text.removesuffix(" {}") if opens else line.text
        yield replace(line, text=text, off=depth)


def as_other(lines: Iterable[Line], depth: int) -> Iterator[Line]:
    """The lines of a possibility that was not chosen, commented out from this depth on."""
    return (replace(line, other=depth, off=None) for line in commented(lines, depth))
