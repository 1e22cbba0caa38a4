"""`context.log` and `get_dagster_logger`: Python loggers whose lines become events of the running step.

Records also go to the loggers of the job that the run config names (`job_loggers.py`), and those of Python's own loggers come
here where the project asks for them. This module imports `logging`, so it is loaded when a logger is first asked for; a
worker's template loads it ahead when an op of the plan takes a context.
"""

from __future__ import annotations

import logging
import os
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from dagjob import clock
from dagjob.engine.ports import Emit
from dagjob.errors import CheckError
from dagjob.events import LogWritten

if TYPE_CHECKING:
    from dagjob.engine.job_loggers import JobLoggers

LOGGER = "dagjob"


def logger_name() -> str:
    """What the logger of all steps is called: as the package is under which the modules have imported us."""
    alias = sys.modules.get("dagjob.compat.alias")
    return "dagster" if alias is not None and alias.is_active() else LOGGER


class DagjobLogManager(logging.Logger):
    """The type of `context.log`: a Python logger that takes the name of a level for a level, too."""

    def log(self, level: int | str, msg: object, *args: object, **kwargs: Any) -> None:
        """Write a line at this level. Raises `CheckError` for a name that no level has."""
        if isinstance(level, str):
            known = logging.getLevelNamesMapping()
            if level.upper() not in known:
                raise CheckError(f'"{level}" is no log level; there are {", ".join(known)}.')
            level = known[level.upper()]
        # One frame more lies between the caller and the line that is written.
        super().log(level, msg, *args, **{**kwargs, "stacklevel": kwargs.get("stacklevel", 1) + 1})


class SharedLogger(DagjobLogManager):
    """The logger of all steps, and those below it. `logging.config` in an op neither switches it off nor unhooks it.

    `dictConfig` and `fileConfig` disable by default every logger that they do not name, and empty those that they do.
    """

    @property
    def disabled(self) -> bool:
        """Never: its lines are kept with the step; `setLevel` says which."""
        return False

    @disabled.setter
    def disabled(self, value: bool) -> None:
        pass

    def removeHandler(self, hdlr: logging.Handler) -> None:  # noqa: N802  the name is Python's
        """Remove a handler, unless a step listens with it."""
        if not (isinstance(hdlr, StepLogHandler) and hdlr.listening):
            super().removeHandler(hdlr)


def _shared(name: str) -> logging.Logger:
    """The logger of that name, proof against `logging.config`; a class that the user has given it stays."""
    logger = logging.getLogger(name)
    if type(logger) is logging.Logger:
        logger.__class__ = SharedLogger
    return logger


class StepLogHandler(logging.Handler):
    """Turns records into `LogWritten` events of one attempt. `offset` tells how much the step has printed so far."""

    def __init__(self, emit: Emit, step: str, attempt: int, log: str | None, others: JobLoggers | None = None) -> None:
        super().__init__(logging.DEBUG)
        self._emit = emit
        self._step = step
        self._attempt = attempt
        self._log = log
        self._others = others
        self._file: int | None = None
        self.listening = True

    def emit(self, record: logging.LogRecord) -> None:
        """Pass one record on; a message that cannot be formatted is shown as it is."""
        plain = record.exc_info is None and record.stack_info is None and self.formatter is None
        try:
            text = record.getMessage() if plain else self.format(record)
        except Exception as error:
            text = f"{record.msg!r} (cannot be formatted: {error})"
        name = "WARNING" if record.levelname == "WARN" else record.levelname
        event = LogWritten(clock.time(), self._step, self._attempt, name.lower(), text, record.name, self._offset())
        self._emit(event)
        if self._others is not None:
            self._others.line(record, text if plain else getattr(record, "message", text))

    def _offset(self) -> int | None:
        if self._log is None:
            return None
        try:
            if self._file is None:
                self._file = os.open(self._log, os.O_RDONLY | getattr(os, "O_CLOEXEC", 0))
            return os.fstat(self._file).st_size
        except OSError:
            return None

    def close(self) -> None:
        """Forget the file."""
        if self._file is not None:
            os.close(self._file)
            self._file = None
        super().close()


class StepLogger:
    """The logger of one attempt: opened when it is first used, closed when the attempt is over.

    `captured` are Python's own loggers, by name, that it listens to meanwhile, from `level` on (None: their own).
    """

    def __init__(
        self,
        emit: Emit,
        step: str,
        attempt: int,
        log: str | None,
        others: JobLoggers | None = None,
        captured: Sequence[str] = (),
        level: int | None = None,
    ) -> None:
        self._handler = StepLogHandler(emit, step, attempt, log, others)
        name = logger_name()
        shared = [_shared(each) for each in dict.fromkeys((LOGGER, name))]
        for logger in shared:
            logger.setLevel(logging.DEBUG)
            logger.propagate = False
        others_of_python = [*map(logging.getLogger, captured)]
        self._heard = [*shared, *others_of_python]
        for logger in self._heard:
            logger.addHandler(self._handler)
        self._levels = [(logger, logger.level) for logger in others_of_python]
        if level is not None:
            self._handler.setLevel(level)
            for logger in others_of_python:
                logger.setLevel(level)
        self.logger = DagjobLogManager(name, logging.DEBUG)
        self.logger.addHandler(self._handler)

    def close(self) -> None:
        """Records of later steps are none of this one's."""
        self._handler.listening = False
        for logger in self._heard:
            logger.removeHandler(self._handler)
        for logger, level in self._levels:
            logger.setLevel(level)
        self._handler.close()


def get_dagster_logger(name: str | None = None) -> logging.Logger:
    """A logger whose lines belong to the step that is running when they are written; usable at import."""
    root = logger_name()
    _shared(root).setLevel(logging.DEBUG)
    return _shared(root if name is None else f"{root}.{name}")
