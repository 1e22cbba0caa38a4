"""Durations as people write them: `90s`, `30m`, `1h30m`, `250ms`, or a plain number of seconds; and sizes: `1GB`."""

from __future__ import annotations

import re

_PART = r"(\d+(?:\.\d+)?)(ms|s|m|h|d)"
_SECONDS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}


def parse_duration(text: str) -> float:
    """Seconds. Raises ValueError for anything that is no duration, or is negative."""
    text = text.strip().lower()
    try:
        seconds = float(text)
    except ValueError:
        parts = re.findall(_PART, text)
        if not parts or "".join(number + unit for number, unit in parts) != text:
            raise ValueError(f"{text!r} is no duration: write 90s, 30m, 1h30m or a number of seconds") from None
        seconds = sum(float(number) * _SECONDS[unit] for number, unit in parts)
    if not 0 <= seconds < float("inf"):
        raise ValueError(f"{text!r} is no duration: it must be a number of seconds from 0 on")
    return seconds


def parse_size(text: str) -> int:
    """Bytes: `500MB`, `1.5 GB`, `2GiB`, or a plain number. Raises ValueError for anything else."""
    found = re.fullmatch(r"(\d+(?:\.\d+)?)\s*(?:([kmgt])(i?))?b?", text.strip().lower())
    if found is None:
        raise ValueError(f"{text!r} is no size: write 500MB, 1GB or a number of bytes")
    number, unit, binary = found.groups()
    return int(float(number) * (1024 if binary else 1000) ** (" kmgt".index(unit) if unit else 0))
