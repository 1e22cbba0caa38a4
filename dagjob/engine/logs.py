"""`context.log` and `get_dagster_logger`: Python loggers whose lines become events of the running step.

Records also go to the loggers of the job that the run config names. This module imports `logging`, so it is loaded when a
logger is first asked for; a worker's template loads it ahead when an op of the plan takes a context.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Sequence
from copy import copy
from typing import TYPE_CHECKING, Any

from dagjob import clock
from dagjob.engine.ports import Emit
from dagjob.errors import DagjobInvariantViolationError, DagjobUserCodeExecutionError, is_told_bare
from dagjob.events import EngineNoted, Event, LogWritten

if TYPE_CHECKING:
    from dagjob.definitions.jobs import JobDefinition
    from dagjob.definitions.loggers import LoggerDefinition
    from dagjob.engine.run_info import RunInfo

LOGGER = "dagjob"


class DagjobLogManager(logging.Logger):
    """The type of `context.log`: a Python logger."""


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

    def __init__(
        self, emit: Emit, step: str, attempt: int, log: str | None, others: Sequence[logging.Logger] = ()
    ) -> None:
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
        try:
            plain = record.exc_info is None and record.stack_info is None and self.formatter is None
            text = record.getMessage() if plain else self.format(record)
        except Exception as error:
            text = f"{record.msg!r} (cannot be formatted: {error})"
        name = "WARNING" if record.levelname == "WARN" else record.levelname
        event = LogWritten(clock.time(), self._step, self._attempt, name.lower(), text, record.name, self._offset())
        self._emit(event)
        if self._others:
            # Handlers of users read `msg` itself, where Dagster has the finished text.
            finished = copy(record)
            finished.msg, finished.args = getattr(record, "message", text), ()
            for other in self._others:
                if other.isEnabledFor(record.levelno):
                    other.handle(finished)

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
    """The logger of one attempt: opened when it is first used, closed when the attempt is over."""

    def __init__(
        self, emit: Emit, step: str, attempt: int, log: str | None, others: Sequence[logging.Logger] = ()
    ) -> None:
        self._handler = StepLogHandler(emit, step, attempt, log, others)
        self._shared = _shared(LOGGER)
        self._shared.setLevel(logging.DEBUG)
        self._shared.propagate = False
        self._shared.addHandler(self._handler)
        self.logger = DagjobLogManager(LOGGER, logging.DEBUG)
        self.logger.addHandler(self._handler)

    def close(self) -> None:
        """Records of later steps are none of this one's."""
        self._handler.listening = False
        self._shared.removeHandler(self._handler)
        self._handler.close()


class EventLogger:
    """A sink that also tells the loggers of the job what happens in an attempt: DEBUG, or ERROR for what failed.

    What the op itself logs reaches them by another way. The beginning and the end of an attempt, which are no events of the
    attempt itself, are told with `tell`. A logger that raises is noted, and told no more.
    """

    def __init__(self, emit: Emit, job: str, run_id: str, loggers: Sequence[logging.Logger]) -> None:
        self._emit = emit
        self._job = job
        self._run_id = run_id
        self._loggers = list(loggers)

    def __call__(self, event: Event) -> None:
        """Pass the event on, and tell of it."""
        self._emit(event)
        if not isinstance(event, LogWritten):
            self.tell(event)

    def tell(self, event: Event) -> None:
        """One line for each event of Dagster's that this one is."""
        from dagjob.engine.dagster_view import dagster_view

        for seen in dagster_view([event], self._job):
            kind = seen.event_type_value
            level = logging.ERROR if kind.endswith(("_FAILURE", "_ERRORED")) else logging.DEBUG
            text = f"{self._job} - {self._run_id} - {os.getpid()} - {seen.step_key} - {kind} - {seen.message}"
            record = logging.LogRecord(LOGGER, level, "", 0, text, (), None)
            for logger in tuple(self._loggers):
                try:
                    if logger.isEnabledFor(level):
                        logger.handle(record)
                except Exception as error:
                    self._drop(logger, error, seen.step_key)

    def _drop(self, logger: logging.Logger, error: Exception, step: str | None) -> None:
        from dagjob.engine.describe import describe

        self._loggers.remove(logger)
        text = f'the logger "{logger.name}" hears no more of this op: {type(error).__name__}: {error}'
        self._emit(EngineNoted(clock.time(), text, step, describe(error), "warning"))


def get_dagster_logger(name: str | None = None) -> logging.Logger:
    """A logger whose lines belong to the step that is running when they are written; usable at import."""
    _shared(LOGGER).setLevel(logging.DEBUG)
    return _shared(LOGGER if name is None else f"{LOGGER}.{name}")


# -- loggers of the job --------------------------------------------------------------------------------------------


def open_loggers(job: JobDefinition, run: RunInfo) -> list[logging.Logger]:
    """The loggers that the run config names, made for this process."""
    from dagjob.definitions.loggers import InitLoggerContext

    made = []
    for key, config in run.loggers.items():
        definition = job.loggers[key]
        try:
            made.append(make_logger(definition, InitLoggerContext(config, definition, job, run.run_id), key))
        except Exception as error:
            if is_told_bare(error) or definition.makes is not None:
                raise
            text = f'the logger "{key}" could not be made: {type(error).__name__}: {error}'
            raise DagjobUserCodeExecutionError(text, error) from error
    return made


def make_logger(definition: LoggerDefinition, context: Any, key: str = "a logger") -> logging.Logger:
    """Call what makes a logger: the user's function, or one of ours that is named as `module:function`."""
    made: Any = definition.logger_fn(context)
    if not isinstance(made, logging.Logger):
        raise DagjobInvariantViolationError(
            f'the function of the logger "{key}" returned a {type(made).__name__}; it returns a logging.Logger'
        )
    return made
