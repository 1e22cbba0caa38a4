"""Words about values and schemas, for error messages and `dagjob show`. What a kind says of itself is in its class.

Texts are bounded: a schema of ten thousand fields is described by its first few.
"""

from __future__ import annotations

from collections.abc import Iterable

from dagjob.values.checks import brief_repr

MOST = 12
"""How many names a list in a message holds."""


def found(value: object, secret: bool = False) -> str:
    """What a value is, as the end of `..., not ...`: `text`, `null`, `5`, `a list`."""
    if value is None:
        return "null"
    if isinstance(value, str):
        return "text"
    if isinstance(value, bool):
        return "true or false" if secret else str(value).lower()
    if isinstance(value, int | float):
        return "a number" if secret else shown(value)
    for kind, words in ((list, "a list"), (dict, "a mapping"), (tuple, "a tuple (a list is needed)")):
        if isinstance(value, kind):
            return words
    return f"a Python object of type {type(value).__name__}"


def shown(value: object, most: int = 80) -> str:
    """The value's repr on one line, cut in the middle; its type where the repr raises."""
    text = " ".join(brief_repr(value, most).split())
    return text if len(text) <= most else f"{text[: most * 2 // 3]}...{text[-most // 4 :]}"


def listed(names: Iterable[object]) -> str:
    """The first few names, separated by commas."""
    every = [str(name) for name in names]
    rest = len(every) - MOST
    return ", ".join(every[:MOST]) + (f" and {rest} more" if rest > 0 else "")
