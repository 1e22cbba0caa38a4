"""Writing the answer of a query to stdout: text in one piece, or JSON for programs."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable
from typing import Any

from dagjob.display.output import write_lines, write_text


def say(lines: Iterable[str]) -> None:
    """Lines on stdout."""
    write_lines(sys.stdout, lines)


def say_json(value: Any) -> None:
    """One JSON object on stdout, indented, since people look at it too."""
    write_text(sys.stdout, json.dumps(value, indent=2, ensure_ascii=False, default=str) + "\n")


def warn(text: str) -> None:
    """One line on stderr."""
    write_lines(sys.stderr, [text])
