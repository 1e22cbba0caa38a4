"""The text of a config with its secrets hidden where they stand, whatever the parser makes of the text.

Exact values are no help in a text that cannot be parsed, where a value is written otherwise than it reads (`"a\\x62"`, a
value folded over lines), or where its key is misspelt. So the value behind every key that is a secret's, or nearly, is
hidden as well. Stars take the place of characters, one for one: columns stay.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator

from dagjob.config.kind import Schema, walk
from dagjob.config.secrets import Masker

_WORD = re.compile(r"[\w-]+")
_SIGN = re.compile(r"""["']?\s*[:=][ \t]*""")
"""What makes a key of a word, and leads to its value."""
_TO_VALUE = re.compile(r"""[\w.\[\]"'-]*=""")
"""What is left of the path in an argument."""
_FIRST = re.compile(r"""\s*(?:[-?] +)*["']?""")
"""What may stand before the first key of a line."""
_OPEN_ENDED = re.compile(r"[|>][0-9+-]*(\s+#.*)?$")
_OF_VARIABLE = re.compile(r"""\{\s*["']?env["']?\s*:[^{},]*\}""")
_ENV_LINE = re.compile(r"""\s*["']?env["']?\s*:""")


class HiddenText:
    """Hides secrets in texts: `names` are those of secret fields, `others` those of the fields that are none."""

    def __init__(self, masker: Masker, names: Collection[str], others: Collection[str] = ()) -> None:
        self._masker = masker
        self._names = frozenset(map(str.lower, names))
        self._others = frozenset(map(str.lower, others)) - self._names
        self._asked: dict[str, bool] = {}

    def __bool__(self) -> bool:
        return bool(self._masker) or bool(self._names)

    def words(self, text: str) -> str:
        """A sentence without secrets."""
        return self._masker.cut_text(text)

    def source(self, text: str) -> str:
        """The text of a config, or an argument such as `--set a.b=c`, with as many stars as there were characters."""
        text = self._masker.same_length(text)
        return "\n".join(self._lines(text.split("\n"))) if self._names else text

    def _lines(self, lines: list[str]) -> Iterator[str]:
        below: int | None = None
        """The column of a key whose value goes on below it."""
        quote = ""
        for line in lines:
            inside = below is not None and (not line.strip() or _column(line) > below or _is_item(line, below))
            if quote or inside:
                if not quote and _ENV_LINE.match(line):
                    yield line
                    continue
                end, closed = _after(line, 0, quote) if quote else (len(line), False)
                if closed:
                    quote, below = "", None
                yield _stars(line[:end]) + line[end:]
                continue
            line, below, quote = self._line(line)
            yield line

    def _line(self, line: str) -> tuple[str, int | None, str]:
        """The line, the column of a secret's key whose value goes on below, and the quote that is still open."""
        at = 0
        while word := _WORD.search(line, at):
            at = word.end()
            if not self._is_secret(word[0]):
                continue
            if line.startswith("--set"):
                path = _TO_VALUE.match(line, at)
                at = path.end() if path else at + 1
                return line[:at] + _stars(line[at:]), None, ""
            sign = _SIGN.match(line, at)
            if sign is None:
                if _FIRST.fullmatch(line, 0, word.start()) is None:
                    continue
                return line[:at] + _stars(line[at:]), _column(line), ""  # a key without its colon
            at = sign.end()
            rest = line[at:]
            if not rest.strip() or _OPEN_ENDED.match(rest):
                return line, word.start(), ""
            if variable := _OF_VARIABLE.match(rest):
                at += variable.end()
                continue
            end, quote = _end_of_value(line, at)
            line = line[:at] + _stars(line[at:end]) + line[end:]
            if end == len(line):
                return line, word.start(), quote
            at = end
        return line, None, ""

    def _is_secret(self, word: str) -> bool:
        name = word.lower()
        if name not in self._asked:
            from dagjob.errors import nearest

            near = name in self._names or (name not in self._others and nearest(name, self._names) is not None)
            self._asked[name] = near
        return self._asked[name]


def field_names(schema: Schema | None) -> tuple[set[str], set[str]]:
    """The names of all secret fields in a schema, and of all others; aliases are names too."""
    secret: set[str] = set()
    others: set[str] = set()
    for each in walk(schema) if schema is not None else ():
        for name, part in each.parts().items():
            if isinstance(name, str):
                (secret if part.is_secret else others).add(name)
    return secret, others


def _end_of_value(line: str, start: int) -> tuple[int, str]:
    """Where a value ends: in `{a: b, c: d}` at the comma, else with the line. And the quote that is still open there."""
    if line[start] in ("'", '"'):
        end, closed = _after(line, start + 1, line[start])
        if not closed:
            return end, line[start]
        follows = line[end:].lstrip()[:1]
        return (end if follows in ("", ",", "}", "]", "#", ":") else len(line)), ""
    opened = sum(line.count(sign, 0, start) for sign in "{[")
    depth = 0
    for at in range(start, len(line)):
        sign = line[at]
        if sign in "{[":
            depth += 1
        elif sign in "}]":
            depth -= 1
            if depth < 0 < opened:
                return at, ""
        elif sign == "," and depth == 0 and opened:
            return at, ""
    return len(line), ""


def _after(line: str, start: int, quote: str) -> tuple[int, bool]:
    """Where a quoted value ends, behind its quote, and True; the end of the line, and False, where it stays open."""
    at = start
    while at < len(line):
        if quote == '"' and line[at] == "\\":
            at += 1
        elif line[at] == quote:
            if quote == '"' or line[at + 1 : at + 2] != quote:
                return at + 1, True
            at += 1
        at += 1
    return len(line), False


def _column(line: str) -> int:
    return len(line) - len(line.lstrip())


def _is_item(line: str, column: int) -> bool:
    return _column(line) == column and line.lstrip().startswith(("- ", ": "))


def _stars(text: str) -> str:
    """The quotes and the space around it stay, so that one sees what stood there."""
    start, end = len(text) - len(text.lstrip()), len(text.rstrip())
    if text[start : start + 1] in ("'", '"'):
        end -= end > start + 1 and text[end - 1] == text[start]
        start += 1
    elif text[end - 1 : end] in ("'", '"') and end > start:  # where a value of several lines ends
        end -= 1
    return text[:start] + "*" * (end - start) + text[end:]
