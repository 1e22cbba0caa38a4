"""The loggers that come with the house: lines for people on stderr, and JSON objects for programs.

A logger of ours is a Python logger of its own, with one handler; what it gets and when is the engine's business.
"""

from __future__ import annotations

import json
import logging
import sys
from collections.abc import Mapping
from typing import Any

from dagjob.errors import CheckError

LEVELS: Mapping[str, int] = {
    "CRITICAL": logging.CRITICAL,
    "FATAL": logging.CRITICAL,
    "ERROR": logging.ERROR,
    "WARNING": logging.WARNING,
    "WARN": logging.WARNING,
    "INFO": logging.INFO,
    "DEBUG": logging.DEBUG,
}
"""What `log_level` may be, in any case."""

_COLORS = {logging.DEBUG: "2", logging.INFO: "34", logging.WARNING: "33", logging.ERROR: "31", logging.CRITICAL: "1;31"}


def make_colored_console_logger(init_context: Any) -> logging.Logger:
    """What `colored_console_logger` is made by."""
    return _console_logger(init_context.logger_config, ColoredFormatter(sys.stderr.isatty()))


def make_json_console_logger(init_context: Any) -> logging.Logger:
    """What `json_console_logger` is made by."""
    return _console_logger(init_context.logger_config, JsonLogFormatter())


def level_number(name: str | int) -> int:
    """The number of a level by its name, in any case; a number is one. Raises `CheckError` for any other text."""
    if isinstance(name, int):
        return name
    try:
        return LEVELS[name.upper()]
    except KeyError:
        raise CheckError(f'"{name}" is no log level; there are {", ".join(LEVELS)}, in any case.') from None


class ColoredFormatter(logging.Formatter):
    """`2024-01-01 12:00:00 - dagjob - INFO - text`, the level in its colour when `color`."""

    def __init__(self, color: bool) -> None:
        super().__init__("%(asctime)s - %(name)s - %(levelname)s - %(message)s", "%Y-%m-%d %H:%M:%S")
        self._color = color

    def format(self, record: logging.LogRecord) -> str:
        """One record as text."""
        color = _COLORS.get(record.levelno) if self._color else None
        if color is None:
            return super().format(record)
        plain, record.levelname = record.levelname, f"\x1b[{color}m{record.levelname}\x1b[0m"
        try:
            return super().format(record)
        finally:
            record.levelname = plain


class JsonLogFormatter(logging.Formatter):
    """Each record as one JSON object: its own attributes, the message, and what was put on it as `extra`."""

    def format(self, record: logging.LogRecord) -> str:
        """One record as text."""
        keys = {key: value for key, value in vars(record).items() if key not in ("args", "exc_info", "exc_text", "msg")}
        keys["msg"] = keys["message"] = record.getMessage()
        if record.exc_info:
            keys["exc_info"] = self.formatException(record.exc_info)
        return json.dumps(keys, default=str)


def _console_logger(config: Mapping[str, Any], formatter: logging.Formatter) -> logging.Logger:
    # Not `getLogger`: two loggers of one name, as two keys of a job may have, must not share their handlers.
    level = level_number(config["log_level"])
    logger = logging.Logger(config["name"], level)
    handler = logging.StreamHandler()
    handler.setLevel(level)
    handler.setFormatter(formatter)
    logger.addHandler(handler)
    return logger
