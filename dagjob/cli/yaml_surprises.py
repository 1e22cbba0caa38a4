"""What YAML 1.1 reads otherwise than many would expect (`no`, `010`, `12:30`), and how that is told."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from dagjob.cli.set_option import Path
from dagjob.config.describe import core, part
from dagjob.errors import Diagnostic
from dagjob.record import replace


def is_surprise(text: str, value: object) -> bool:
    """Whether YAML 1.1 reads this text as something that many would not expect."""
    if isinstance(value, bool):
        return text.lower() not in ("true", "false")
    if isinstance(value, int | float):
        digits = text.lstrip("+-")
        return ":" in text or "_" in text or (isinstance(value, int) and len(digits) > 1 and digits[0] == "0")
    if isinstance(value, str):
        try:
            float(text)
        except ValueError:
            return False
        return True
    return False


def is_secret(schema: Any, path: Path) -> bool:
    """Whether the value at a path is a secret, or stands in one."""
    return any(getattr(each, "is_secret", False) for each in _schemas_on(schema, path))


def is_meant(schema: Any, path: Path, text: str) -> bool:
    """Whether the job wants at this path just what YAML made of the text: `on` where it wants true or false."""
    *_, last = _schemas_on(schema, path)
    kind = core(last).kind.removesuffix("_source") if last is not None else ""
    if kind in ("int", "float", "count"):
        return text[:2].lower() in ("0x", "0b") or ("_" in text and ":" not in text)
    return bool(kind == "bool")


def _schemas_on(schema: Any, path: Path) -> Iterator[Any]:
    """The schemas of all that is passed on the way down a path; None at the end where they say nothing any more."""
    yield schema
    for at in path:
        schema = part(schema, at)
        yield schema
        if schema is None:
            return


def shown(value: object) -> str:
    """What YAML made of it, as a sentence has it."""
    return str(value).lower() if isinstance(value, bool) else str(value) if not isinstance(value, str) else "text"


def surprise_told(told: Diagnostic, text: str, value: object) -> Diagnostic:
    """The diagnostic about a value of the wrong kind, with why it has that kind."""
    expected, _, _ = told.message.rpartition(", not ")
    message = f"{expected or told.message}, but YAML 1.1 reads {text} as {shown(value)}"
    label = f'write "{text}"' if expected.endswith("text") else told.label
    if isinstance(value, str):
        number = float(text)
        label = f"write {int(number) if number == int(number) and 'integer' in expected else number!r}"
    return replace(told, code="DJ209", message=message, label=label)
