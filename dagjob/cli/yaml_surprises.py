"""What YAML 1.1 reads otherwise than many would expect (`no`, `010`, `12:30`), and how that is told."""

from __future__ import annotations

from typing import Any

from dagjob.cli.set_option import Path
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
    for at in path:
        schema = _plain(schema)
        schema = (getattr(schema, "fields", None) or {}).get(at) or getattr(schema, "inner_type", None)
        if schema is None:
            return False
        if getattr(schema, "is_secret", False):
            return True
    return False


def is_meant(schema: Any, path: Path, text: str) -> bool:
    """Whether the job wants at this path just what YAML made of the text: `on` where it wants true or false."""
    for at in path:
        schema = _plain(schema)
        schema = (getattr(schema, "fields", None) or {}).get(at) or getattr(schema, "inner_type", None)
        if schema is None:
            return False
    kind = _plain(schema).kind.removesuffix("_source")
    if kind in ("int", "float", "count"):
        return text[:2].lower() in ("0x", "0b") or ("_" in text and ":" not in text)
    return bool(kind == "bool")


def _plain(schema: Any) -> Any:
    while schema.kind in ("field", "noneable", "configured"):
        schema = schema.config_type if schema.kind == "field" else getattr(schema, "outer", None) or schema.inner_type
    return schema


def shown(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value) if not isinstance(value, str) else "text"


def surprise_told(told: Diagnostic, text: str, value: object) -> Diagnostic:
    expected, _, _ = told.message.rpartition(", not ")
    message = f"{expected or told.message}, but YAML 1.1 reads {text} as {shown(value)}"
    label = f'write "{text}"' if expected.endswith("text") else told.label
    if isinstance(value, str):
        number = float(text)
        label = f"write {int(number) if number == int(number) and 'integer' in expected else number!r}"
    return replace(told, code="DJ209", message=message, label=label)
