"""Resources and loggers that are called directly: by the name of their parameter, and with None where they need nothing."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any

import pytest

from dagjob import (
    DagjobInvalidInvocationError,
    DagjobInvariantViolationError,
    InitLoggerContext,
    JobDefinition,
    build_init_logger_context,
    colored_console_logger,
    logger,
    reconstructable,
    resource,
)


@resource
def plain(arb_context: Any) -> int:
    return 5


@resource(required_resource_keys={"other"})
def needing(context: Any) -> int:
    return 5


@resource(config_schema={"size": int})
def sized(context: Any) -> int:
    return int(context.resource_config["size"])


@logger
def named(my_context: Any) -> logging.Logger:
    return logging.Logger("named")


def makes_no_job() -> JobDefinition:
    return None  # type: ignore[return-value]


def test_the_context_may_be_given_by_its_name() -> None:
    assert plain(arb_context=None) == plain(None) == 5
    assert named(my_context=build_init_logger_context()).name == "named"


@pytest.mark.parametrize(
    "call",
    [
        lambda: plain(wrong=None),
        lambda: named(context=build_init_logger_context()),
        lambda: needing(None),
        lambda: sized(None),
    ],
)
def test_what_cannot_be_called_so_is_an_invalid_invocation(call: Callable[[], object]) -> None:
    with pytest.raises(DagjobInvalidInvocationError):
        call()


def test_what_is_configured_needs_no_context() -> None:
    assert sized.configured({"size": 3})(None) == 3


def test_a_built_in_logger_has_a_function() -> None:
    made = colored_console_logger.logger_fn(InitLoggerContext({"name": "mine", "log_level": 4}, colored_console_logger))
    assert (made.name, made.level) == ("mine", 4)


def test_a_function_that_makes_no_job_is_refused_at_once() -> None:
    with pytest.raises(DagjobInvariantViolationError, match="no job"):
        reconstructable(makes_no_job)
