"""What the text of a YAML scalar means: YAML 1.1, except that dates stay text.

The parser has already said which tag a scalar has; here its text becomes a value. Places and documents are not known.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

_PREFIX = "tag:yaml.org,2002:"
_TRUE, _FALSE = ("yes", "true", "on"), ("no", "false", "off")


class NotAScalar(ValueError):
    """The tag is unknown, or the text is not what its tag says."""


def to_value(tag: str, text: str) -> Any:
    """The value of a scalar. Raises `NotAScalar` with a sentence for the user."""
    read = _READ.get(tag)
    if read is None:
        shown = tag.replace(_PREFIX, "!!")
        raise NotAScalar(f"the tag {shown} has no meaning in a config")
    try:
        return read(text)
    except (ValueError, IndexError, OverflowError) as error:
        kind = tag.replace(_PREFIX, "")
        shown = text if len(text) <= 40 else f"{text[:37]}..."
        reason = ": it has too many digits" if "digits" in str(error) else ""
        raise NotAScalar(f'"{shown}" is no {kind} of YAML{reason}') from None


def _bool(text: str) -> bool:
    lower = text.lower()
    if lower not in _TRUE and lower not in _FALSE:
        raise ValueError(text)
    return lower in _TRUE


def _sign(text: str) -> tuple[int, str]:
    text = text.replace("_", "")
    return (-1 if text.startswith("-") else 1), text[1:] if text[:1] in ("-", "+") else text


def _int(text: str) -> int:
    sign, digits = _sign(text)
    if ":" in digits:  # base sixty: hours, minutes, seconds
        value = 0
        for part in digits.split(":"):
            value = value * 60 + int(part)
        return sign * value
    if digits[:2] in ("0b", "0x"):
        return sign * int(digits[2:], 2 if digits[1] == "b" else 16)
    return sign * int(digits, 8 if digits[0] == "0" and len(digits) > 1 else 10)


def _float(text: str) -> float:
    sign, digits = _sign(text.lower())
    if digits == ".inf":
        return sign * float("inf")
    if digits == ".nan":
        return float("nan")
    if ":" in digits:
        value = 0.0
        for part in digits.split(":"):
            value = value * 60 + float(part)
        return sign * value
    return sign * float(digits)


def _null(text: str) -> None:
    return None


_READ: dict[str, Callable[[str], Any]] = {
    _PREFIX + "null": _null,
    _PREFIX + "bool": _bool,
    _PREFIX + "int": _int,
    _PREFIX + "float": _float,
    _PREFIX + "str": str,
    _PREFIX + "timestamp": str,
    _PREFIX + "value": str,
    _PREFIX + "merge": str,  # `<<` where it is a value
    "!": str,
}
