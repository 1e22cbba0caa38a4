"""A file of environment variables, as `.env` files are written. Read only when it is named; the shell's variables win.

    # a comment
    NAME=value                 # and another
    export OTHER='as it is: $x # \\n'
    LINES="two\\nlines, or a quote that goes on
    on the next line"

Nothing is replaced inside of values: a `$` is a `$`.
"""

from __future__ import annotations

import os
import re

from dagjob.errors import DagjobUsageError, Place

_NAME = re.compile(r"[ \t]*(?:export[ \t]+)?([A-Za-z_][A-Za-z0-9_.]*)[ \t]*=[ \t]*")
_QUOTED = re.compile(r"""'([^']*)'|"((?:[^"\\]|\\.)*)\"""", re.DOTALL)
_REST = re.compile(r"[ \t]*(?:#[^\n]*)?(?:\n|\Z)")
_SKIPPED = re.compile(r"[ \t\r]*(?:#[^\n]*)?(?:\n|\Z)")
_ESCAPES = {"n": "\n", "r": "\r", "t": "\t"}


def load(path: str, said_by: str) -> None:
    """Put the variables of a file into the environment of this process, but for those that it has already.

    Raises `DagjobUsageError` where the file cannot be read or is written otherwise; `said_by` has named it.
    """
    try:
        with open(path, encoding="utf-8-sig") as file:
            text = file.read()
    except (OSError, UnicodeDecodeError) as error:
        reason = (isinstance(error, OSError) and error.strerror) or "it is not UTF-8"
        raise DagjobUsageError(f'{said_by} cannot read "{_shown(path)}": {reason}') from None
    for name, value in parse(text, _shown(path)).items():
        os.environ.setdefault(name, value)


def parse(text: str, shown: str) -> dict[str, str]:
    """The variables in a text; the last of one name wins. Raises `DagjobUsageError` with the line of a mistake."""
    text = text.replace("\r\n", "\n")
    found: dict[str, str] = {}
    at = 0
    while at < len(text):
        if skipped := _SKIPPED.match(text, at):
            at = skipped.end()
            continue
        name = _NAME.match(text, at)
        if name is None:
            raise _wrong(text, at, shown, "a line is NAME=VALUE, or a comment")
        at = name.end()
        if text[at : at + 1] in ("'", '"'):
            quoted = _QUOTED.match(text, at)
            if quoted is None:
                raise _wrong(text, name.start(), shown, "the quote is never closed")
            value, at = _unquoted(quoted), quoted.end()
        else:
            end = text.find("\n", at)
            line = text[at : end if end >= 0 else len(text)]
            value = re.split(r"(?:^|[ \t])#", line, maxsplit=1)[0].strip()
            at += len(line)
        rest = _REST.match(text, at)
        if rest is None:
            raise _wrong(text, name.start(), shown, "something follows the quote")
        if "\0" in value:
            raise _wrong(text, name.start(), shown, "a value cannot have a null character")
        at = rest.end()
        found[name[1]] = value
    return found


def _unquoted(quoted: re.Match[str]) -> str:
    if quoted[1] is not None:
        return quoted[1]
    return re.sub(r"\\(.)", lambda sign: _ESCAPES.get(sign[1], sign[1]), quoted[2], flags=re.DOTALL)


def _wrong(text: str, at: int, shown: str, why: str) -> DagjobUsageError:
    """The mistake at its line. What stands there is not shown: it may be a secret."""
    line = text.count("\n", 0, at) + 1
    return DagjobUsageError(f"{shown}:{line}: {why}").at(Place(shown, line, 1, 0))


def _shown(path: str) -> str:
    relative = os.path.relpath(path)
    return path if relative.startswith("..") else relative
