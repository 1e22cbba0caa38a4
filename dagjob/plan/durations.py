"""Durations as people write them: `90s`, `30m`, `1h30m`, `250ms`, or a plain number of seconds."""

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
