"""`context.log` and `get_dagster_logger`: Python loggers whose lines become events of the running step.

This module imports `logging`, so it is loaded when a logger is first asked for; a worker's template loads it ahead when an op
of the plan takes a context.
"""

from __future__ import annotations

import logging
import os

from dagjob import clock
from dagjob.engine.ports import Sink
from dagjob.events import LogWritten

LOGGER = "dagjob"


class StepLogHandler(logging.Handler):
    """Turns records into `LogWritten` events of one attempt. `offset` tells how much the step has printed so far."""

    def __init__(self, emit: Sink, step: str, attempt: int, log: str | None) -> None:
        super().__init__(logging.DEBUG)
        self._emit = emit
        self._step = step
        self._attempt = attempt
        self._log = log

    def emit(self, record: logging.LogRecord) -> None:
        """Pass one record on; a message that cannot be formatted is shown as it is."""
        try:
            text = self.format(record)
        except Exception as error:
            text = f"{record.msg!r} (cannot be formatted: {error})"
        name = "WARNING" if record.levelname == "WARN" else record.levelname
        event = LogWritten(clock.time(), self._step, self._attempt, name.lower(), text, record.name, self._offset())
        self._emit(event)

    def _offset(self) -> int | None:
        if self._log is None:
            return None
        try:
            return os.stat(self._log).st_size
        except OSError:
            return None


class StepLogger:
    """The logger of one attempt: opened when it is first used, closed when the attempt is over."""

    def __init__(self, emit: Sink, step: str, attempt: int, log: str | None) -> None:
        self._handler = StepLogHandler(emit, step, attempt, log)
        logger = logging.getLogger(LOGGER)
        logger.setLevel(logging.DEBUG)
        logger.propagate = False
        logger.addHandler(self._handler)
        self.logger = logger

    def close(self) -> None:
        """Records of later steps are none of this one's."""
        self.logger.removeHandler(self._handler)


def get_dagster_logger(name: str | None = None) -> logging.Logger:
    """A logger whose lines belong to the step that is running when they are written; usable at import."""
    logger = logging.getLogger(LOGGER if name is None else f"{LOGGER}.{name}")
    logging.getLogger(LOGGER).setLevel(logging.DEBUG)
    return logger
