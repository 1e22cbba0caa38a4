"""Loggers as definitions, and the two that come with the house (contract def-7)."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable
from typing import Any

import pytest

from dagjob.builtin.loggers import (
    LEVELS,
    ColoredFormatter,
    JsonLogFormatter,
    level_number,
    make_colored_console_logger,
    make_json_console_logger,
)
from dagjob.config.kind import resolve
from dagjob.config.schema import Field
from dagjob.definitions.loggers import (
    InitLoggerContext,
    LoggerDefinition,
    check_loggers,
    colored_console_logger,
    default_loggers,
    json_console_logger,
    logger,
)
from dagjob.errors import CheckError


def test_a_function_makes_a_logger() -> None:
    @logger({"log_level": Field(str, default_value="INFO")}, description="mine")
    def with_config(init: InitLoggerContext) -> logging.Logger:
        return logging.Logger("x", init.logger_config["log_level"])

    @logger
    def bare(init: InitLoggerContext) -> logging.Logger:
        """Says nothing."""
        return logging.Logger("y")

    assert with_config.config_schema is not None
    config = resolve(with_config.config_schema, {}, {}).value
    assert with_config.logger_fn is not None
    assert with_config.logger_fn(InitLoggerContext(config)).level == logging.INFO
    assert (with_config.description, bare.description, bare.config_schema) == ("mine", "Says nothing.", None)


def test_a_configured_logger_has_its_config() -> None:
    loud = colored_console_logger.configured({"log_level": "ERROR"})
    assert loud.config_schema is not None
    assert resolve(loud.config_schema, {}, {}).value == {"log_level": "ERROR", "name": "dagjob"}
    assert loud.makes == colored_console_logger.makes


@pytest.mark.parametrize("definition", [colored_console_logger, json_console_logger])
def test_the_console_loggers_have_a_level_and_a_name(definition: LoggerDefinition) -> None:
    assert definition.config_schema is not None
    assert resolve(definition.config_schema, {}, {}).value == {"log_level": "INFO", "name": "dagjob"}


@pytest.mark.parametrize("make", [lambda: LoggerDefinition(5), lambda: LoggerDefinition(len, description=5)])
def test_arguments_of_the_wrong_kind_are_refused(make: Callable[[], object]) -> None:
    with pytest.raises(CheckError):
        make()


def test_loggers_come_by_key() -> None:
    assert check_loggers({"a": json_console_logger}, "job") == {"a": json_console_logger}
    assert check_loggers(None, "job") is None
    assert check_loggers({}, "job") == {}
    with pytest.raises(CheckError, match='"a" of the job'):
        check_loggers({"a": logging.getLogger()}, "job")  # type: ignore[dict-item]


def test_a_job_has_the_console_when_it_names_none() -> None:
    assert default_loggers() == {"console": colored_console_logger}


# -- the real ones -------------------------------------------------------------------------------------------------


def written(capsys: pytest.CaptureFixture[str], make: Any, level: str) -> list[str]:
    """What a logger writes on stderr of one debug and one error line."""
    made = make(InitLoggerContext({"log_level": level, "name": "mine"}))
    made.debug("quiet %s", 1)
    made.error("loud %s", 2)
    out, err = capsys.readouterr()
    assert out == ""
    return err.splitlines()


def test_lines_for_people(capsys: pytest.CaptureFixture[str]) -> None:
    (line,) = written(capsys, make_colored_console_logger, "INFO")
    assert line.endswith("mine - ERROR - loud 2")
    assert len(written(capsys, make_colored_console_logger, "debug")) == 2


def test_objects_for_programs(capsys: pytest.CaptureFixture[str]) -> None:
    (line,) = written(capsys, make_json_console_logger, "ERROR")
    found = json.loads(line)
    assert (found["message"], found["levelname"], found["name"]) == ("loud 2", "ERROR", "mine")


def test_an_exception_and_extras_are_in_the_object() -> None:
    record = logging.LogRecord("n", logging.ERROR, "f.py", 1, "m", None, None)
    record.thing = {1, 2}
    try:
        raise ValueError("kaboom")
    except ValueError as error:
        record.exc_info = (type(error), error, error.__traceback__)
    found = json.loads(JsonLogFormatter().format(record))
    assert "kaboom" in found["exc_info"]
    assert found["thing"] == "{1, 2}"


def test_a_level_has_its_colour_on_a_terminal_only() -> None:
    record = logging.LogRecord("n", logging.ERROR, "f.py", 1, "m", None, None)
    assert "\x1b[31mERROR\x1b[0m" in ColoredFormatter(color=True).format(record)
    assert "\x1b" not in ColoredFormatter(color=False).format(record)
    assert record.levelname == "ERROR", "other handlers see the record as it was"


@pytest.mark.parametrize("name", [*LEVELS, "info", "Warn"])
def test_levels_are_names_in_any_case(name: str) -> None:
    assert level_number(name) == logging.getLevelName("CRITICAL" if name == "FATAL" else name.upper())


def test_another_level_is_refused_with_those_that_there_are() -> None:
    with pytest.raises(CheckError, match=r"LOUD.*CRITICAL.*DEBUG"):
        make_colored_console_logger(InitLoggerContext({"log_level": "LOUD", "name": "mine"}))


def test_two_loggers_of_one_name_share_no_handlers() -> None:
    one = make_colored_console_logger(InitLoggerContext({"log_level": "INFO", "name": "same"}))
    two = make_json_console_logger(InitLoggerContext({"log_level": "INFO", "name": "same"}))
    assert len(one.handlers) == len(two.handlers) == 1
