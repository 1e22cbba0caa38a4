"""Loggers as a job names them: a function that makes a Python logger for a run, and its config schema.

A logger is made only when the run config names its key. Those of the house are named as text.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, overload

from dagjob.definitions.configurable import Configurable, function_named
from dagjob.definitions.parameters import doc_of, is_bare_decoration, name_of
from dagjob.errors import ParameterCheckError
from dagjob.record import Record
from dagjob.values.checks import check_kind, check_member

if TYPE_CHECKING:
    from logging import Logger

    from dagjob.definitions.jobs import JobDefinition

    LoggerFunction = Callable[[Any], Logger]


class LoggerDefinition(Configurable):
    """What makes a logger of a run: `logger_fn(init_context)` returns a `logging.Logger`.

    A function of ours is named by `makes`, as `module:function`.
    """

    def __init__(
        self,
        logger_fn: LoggerFunction | None = None,
        config_schema: object = None,
        description: str | None = None,
        *,
        makes: str | None = None,
        make_schema: Callable[[], object] | None = None,
    ) -> None:
        if makes is None and not callable(logger_fn):
            raise ParameterCheckError(f"LoggerDefinition: logger_fn must be a function, not {logger_fn!r}.")
        check_kind(description, (str, type(None)), "LoggerDefinition: description")
        self._logger_fn = logger_fn
        self.makes = makes
        self.description = description
        self._set_schema(config_schema, make_schema)

    @property
    def logger_fn(self) -> LoggerFunction:
        """What makes the logger; one of ours is loaded when it is asked for."""
        if self._logger_fn is not None:
            return self._logger_fn
        return function_named(self.makes or "")

    def configured(
        self, config_or_config_fn: Any, config_schema: object = None, description: str | None = None
    ) -> LoggerDefinition:
        """The same logger with its config given here, or made here by a function from another config."""
        made = self._with_config(config_or_config_fn, config_schema, "a logger")
        made.description = self.description if description is None else description
        return made

    def __call__(self, *args: Any, **kwargs: Any) -> Logger:
        """Make the logger directly, for a test."""
        from dagjob.definitions.direct_calls import call_directly

        made: Logger = call_directly(self, args, kwargs)
        return made

    def __repr__(self) -> str:
        return f"<LoggerDefinition {self.makes or name_of(self._logger_fn)}>"


class InitLoggerContext(Record):
    """What a logger is made from. `logger_config` is its resolved config, `run_id` None outside of a run."""

    logger_config: Any
    logger_def: LoggerDefinition | None = None
    job_def: JobDefinition | None = None
    run_id: str | None = None


@overload
def logger(config_schema: LoggerFunction, /) -> LoggerDefinition: ...
@overload
def logger(
    config_schema: Any = None, description: str | None = None
) -> Callable[[LoggerFunction], LoggerDefinition]: ...
def logger(config_schema: Any = None, description: str | None = None) -> Any:
    """Makes a logger of `fn(init_context) -> logging.Logger`; used bare or with arguments."""
    if is_bare_decoration(config_schema):
        return logger()(config_schema)

    def decorate(function: LoggerFunction) -> LoggerDefinition:
        text = description if description is not None else doc_of(function)
        return LoggerDefinition(function, config_schema, text)

    return decorate


def check_loggers(loggers: Mapping[str, LoggerDefinition] | None, what: str) -> dict[str, LoggerDefinition] | None:
    """The loggers of a job by key; None stays None. Raises `ParameterCheckError` for what is no logger."""
    if loggers is None:
        return None
    check_kind(loggers, (dict, Mapping), f"the loggers of the {what}")
    for key, value in loggers.items():
        check_member(key, str, f"a logger key of the {what}")
        check_member(value, LoggerDefinition, f'the logger "{key}" of the {what}')
    return dict(loggers)


# -- those that come with the house --------------------------------------------------------------------------------


def _console_schema() -> object:
    from dagjob.config.scalars import LOG_LEVEL
    from dagjob.config.schema import Field

    return {
        "log_level": Field(LOG_LEVEL, default_value="INFO", description="The lowest level that is shown."),
        "name": Field(str, default_value="dagjob", description="The name of the Python logger."),
    }


colored_console_logger = LoggerDefinition(
    makes="dagjob.builtin.loggers:make_colored_console_logger",
    make_schema=_console_schema,
    description="Lines on stderr, in colour on a terminal.",
)
json_console_logger = LoggerDefinition(
    makes="dagjob.builtin.loggers:make_json_console_logger",
    make_schema=_console_schema,
    description="One JSON object for each line, on stderr.",
)


def default_system_loggers(instance: object = None) -> list[tuple[LoggerDefinition, dict[str, str]]]:
    """The loggers of a run whose config names none, each with its config. `instance` is taken and not asked."""
    return [(colored_console_logger, {"name": "dagjob", "log_level": "DEBUG"})]


def default_loggers() -> dict[str, LoggerDefinition]:
    """What a job has when it names none."""
    return {"console": colored_console_logger}
