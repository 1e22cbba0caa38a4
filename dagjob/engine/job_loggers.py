"""The loggers that a run config names: made once in a process, told what an op logs and what happens to it.

Loaded where a run config names one, or a test calls one.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Sequence
from copy import copy
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from dagjob import clock
from dagjob.engine.logs import logger_name
from dagjob.engine.ports import Emit
from dagjob.engine.run_info import new_run_id
from dagjob.errors import (
    DagjobExecutionInterruptedError,
    DagjobInvariantViolationError,
    DagjobUserCodeExecutionError,
    is_told_bare,
)
from dagjob.events import EngineNoted, Event, LogWritten

if TYPE_CHECKING:
    from dagjob.definitions.jobs import JobDefinition
    from dagjob.definitions.loggers import LoggerDefinition
    from dagjob.engine.attempt import AttemptScope
    from dagjob.engine.run_info import RunInfo


class JobLoggers:
    """The loggers of the job as one attempt tells them.

    What they get says which run and step it is about: in its text, and as the attribute `dagster_meta` of the record.
    """

    def __init__(self, loggers: Sequence[logging.Logger], scope: AttemptScope) -> None:
        self._loggers = list(loggers)
        self._scope = scope
        self._emit = scope.emit

    def line(self, record: logging.LogRecord, text: str) -> None:
        """A line of the op. What a logger raises is raised where the line was written."""
        scope = self._scope
        told = copy(record)
        # Handlers of users read `msg` itself, where Dagster has the finished text.
        told.msg, told.args = f"{scope.run.job} - {scope.run.run_id} - {scope.key} - {text}", ()
        told.__dict__["dagster_meta"] = self._meta(text)
        for logger in self._loggers:
            if logger.isEnabledFor(record.levelno):
                logger.handle(told)

    def event(self, event: Event) -> None:
        """One line for each event of Dagster's that this one is. A logger that raises is noted, and told no more."""
        from dagjob.engine.dagster_view import dagster_view

        run = self._scope.run
        for seen in dagster_view([event], run.job):
            kind = seen.event_type_value
            level = logging.ERROR if kind.endswith(("_FAILURE", "_ERRORED")) else logging.DEBUG
            text = f"{run.job} - {run.run_id} - {os.getpid()} - {seen.step_key} - {kind} - {seen.message}"
            record = logging.LogRecord(logger_name(), level, "", 0, text, (), None)
            record.__dict__["dagster_meta"] = {**self._meta(seen.message or ""), "dagster_event": seen}
            for logger in tuple(self._loggers):
                try:
                    if logger.isEnabledFor(level):
                        logger.handle(record)
                except Exception as error:
                    self._drop(logger, error)

    def _drop(self, logger: logging.Logger, error: Exception) -> None:
        from dagjob.engine.describe import describe

        self._loggers.remove(logger)
        text = f'the logger "{logger.name}" hears no more of this op: {type(error).__name__}: {error}'
        self._emit(EngineNoted(clock.time(), text, self._scope.key, describe(error), "warning"))

    def _meta(self, text: str) -> dict[str, Any]:
        scope = self._scope
        return {
            "run_id": scope.run.run_id,
            "job_name": scope.run.job,
            "job_tags": dict(scope.run.tags),
            "op_name": scope.node.name,
            "step_key": scope.key,
            "resource_name": None,
            "resource_fn_name": None,
            "orig_message": text,
            "log_message_id": new_run_id(),
            "log_timestamp": datetime.fromtimestamp(clock.time(), UTC).replace(tzinfo=None).isoformat(),
            "dagster_event": None,
            "dagster_event_batch_metadata": None,
        }


class EventLogger:
    """A sink that also tells the loggers of the job what happens in an attempt: DEBUG, or ERROR for what failed.

    What the op itself logs reaches them by another way. The beginning and the end of an attempt, which are no events of the
    attempt itself, are told with `tell`.
    """

    def __init__(self, emit: Emit, loggers: JobLoggers) -> None:
        self._emit = emit
        self.tell = loggers.event

    def __call__(self, event: Event) -> None:
        """Pass the event on, and tell of it."""
        self._emit(event)
        if not isinstance(event, LogWritten):
            self.tell(event)


def open_loggers(job: JobDefinition, run: RunInfo) -> list[logging.Logger]:
    """The loggers that the run config names, made for this process."""
    from dagjob.definitions.loggers import InitLoggerContext

    made = []
    for key, config in run.loggers.items():
        definition = job.loggers[key]
        try:
            made.append(make_logger(definition, InitLoggerContext(config, definition, job, run.run_id), key))
        except DagjobExecutionInterruptedError:
            raise
        except BaseException as error:
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
