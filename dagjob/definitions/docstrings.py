"""What a docstring says: about the whole, and about each parameter (Google, NumPy and Sphinx styles).

Pure text. Read only when somebody asks for a description, since most commands never do; written without `inspect`,
which costs more to import than a small job costs to define.
"""

from __future__ import annotations

import re  # patterns are texts, compiled where one is met: most modules have no docstring to read
from collections.abc import Iterator


def doc_text(doc: str | None) -> str | None:
    """A docstring without its indentation and outer blank lines; None when there is nothing in it."""
    if not doc or not doc.strip():
        return None
    first, *rest = doc.expandtabs().split("\n")
    margin = min((_indent(line) for line in rest if line.strip()), default=0)
    return "\n".join([first.strip(), *(line[margin:].rstrip() for line in rest)]).strip()


def parameter_texts(doc: str | None) -> dict[str, str]:
    """What the docstring says about each parameter that it describes."""
    text = doc_text(doc)
    if text is None:
        return {}
    lines = text.split("\n")
    return {name: " ".join(words.split()) for name, words in (*_sphinx(lines), *_numpy(lines), *_google(lines))}


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip())


# -- :param int x: the x -------------------------------------------------------------------------------------------

_FIELD = r":(?:param|parameter|arg|argument|key|keyword)\s+(?:[^:]*?\s)?\**(\w+)\s*:\s*(.*)"


def _sphinx(lines: list[str]) -> Iterator[tuple[str, str]]:
    for at, line in enumerate(lines):
        if found := re.match(_FIELD, line.strip()):
            yield found[1], " ".join([found[2], *_deeper(lines, at)])


def _deeper(lines: list[str], at: int) -> Iterator[str]:
    """The lines after line `at` that continue it: those with more indentation."""
    for line in lines[at + 1 :]:
        if not line.strip() or _indent(line) <= _indent(lines[at]):
            return
        yield line.strip()


# -- Args: and Parameters ------------------------------------------------------------------------------------------

_GOOGLE = r"(?:Args|Arguments|Parameters|Params|Keyword Args|Keyword Arguments|Other Parameters):\s*$"
_GOOGLE_ITEM = r"\**(\w+)\s*(?:\(.*?\))?\s*:\s*(.*)"


def _google(lines: list[str]) -> Iterator[tuple[str, str]]:
    for at, line in enumerate(lines):
        if not re.match(_GOOGLE, line.strip()):
            continue
        item_indent: int | None = None
        for offset, item in enumerate(lines[at + 1 :], at + 1):
            if not item.strip():
                continue
            if _indent(item) <= _indent(line):
                break
            if item_indent is None:
                item_indent = _indent(item)
            if _indent(item) == item_indent and (found := re.match(_GOOGLE_ITEM, item.strip())):
                yield found[1], " ".join([found[2], *_deeper(lines, offset)])


_NUMPY = r"(?:Parameters|Other Parameters)\s*$"
_NUMPY_ITEM = r"(\**\w+(?:\s*,\s*\**\w+)*)\s*(?::.*)?$"


def _numpy(lines: list[str]) -> Iterator[tuple[str, str]]:
    for at, line in enumerate(lines[:-1]):
        underline = lines[at + 1].strip()
        if not (re.match(_NUMPY, line.strip()) and underline and set(underline) == {"-"}):
            continue
        for offset, item in enumerate(lines[at + 2 :], at + 2):
            if not item.strip() or _indent(item) > _indent(line):
                continue
            following = lines[offset + 1].strip() if offset + 1 < len(lines) else ""
            if following and set(following) == {"-"}:
                break  # the next section
            if found := re.match(_NUMPY_ITEM, item.strip()):
                words = " ".join(_deeper(lines, offset))
                yield from ((name.strip(" *"), words) for name in found[1].split(","))
