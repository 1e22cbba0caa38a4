"""How often a failed op is tried again, and how long to wait in between.

Pure arithmetic: a policy knows no attempts and no clock. Chance comes in as an argument, so a test can say what it is.
"""

from __future__ import annotations

from collections.abc import Callable
from enum import Enum

from dagjob.errors import DagjobInvalidDefinitionError, ParameterCheckError
from dagjob.record import Record
from dagjob.values.checks import check_kind


class Backoff(Enum):
    """How the wait grows from one retry to the next: with n, or as 1, 3, 7, 15, ... times the delay."""

    LINEAR = "LINEAR"
    EXPONENTIAL = "EXPONENTIAL"


class Jitter(Enum):
    """How the wait is randomised: anything from 0 up to it, or up to one `delay` more or less."""

    FULL = "FULL"
    PLUS_MINUS = "PLUS_MINUS"


class RetryPolicy(Record):
    """How often a failed op is tried again, and how long to wait in between.

    `max_retries` counts the attempts after the first; 0 or less means never. `delay` is in seconds, None for no wait.
    Raises `DagjobInvalidDefinitionError` for a backoff or jitter without a delay.
    """

    max_retries: int = 1
    delay: float | None = None
    backoff: Backoff | None = None
    jitter: Jitter | None = None

    def __post_init__(self) -> None:
        check_kind(self.max_retries, (int, bool), "RetryPolicy: max_retries")  # True is 1, as in Dagster
        check_kind(self.delay, (int, float, type(None)), "RetryPolicy: delay")
        _check_member(self.backoff, Backoff, "backoff")
        _check_member(self.jitter, Jitter, "jitter")
        for name in ("backoff", "jitter"):
            if self.delay is None and getattr(self, name) is not None:
                raise DagjobInvalidDefinitionError(
                    f"RetryPolicy: {name} changes how long to wait, but there is no delay: add delay=<seconds>."
                )

    def delay_before_jitter(self, retry: int) -> float:
        """Seconds to wait before retry number `retry`, counted from 1, without the random part."""
        delay = self.delay or 0
        match self.backoff:
            case None:
                return delay
            case Backoff.LINEAR:
                return delay * retry
            case Backoff.EXPONENTIAL:
                return delay * ((1 << retry) - 1)

    def calculate_delay(self, attempt_num: int, random: Callable[[], float] | None = None) -> float:
        """Seconds to wait before retry number `attempt_num`, counted from 1. `random` gives numbers in [0, 1)."""
        base = self.delay_before_jitter(attempt_num)
        if self.jitter is None:
            return base
        chance = (random or _random())()
        if self.jitter is Jitter.FULL:
            return chance * base
        delay = self.delay or 0
        return base + (2 * chance * delay - delay)


def check_retry_policy(value: object, what: str) -> RetryPolicy | None:
    """`value`, when it is a policy or None; `what` names the parameter. Raises `ParameterCheckError`."""
    if value is not None and not isinstance(value, RetryPolicy):
        raise ParameterCheckError(f"{what} must be a RetryPolicy or None, not {value!r} ({type(value).__name__}).")
    return value


def _random() -> Callable[[], float]:
    from random import random  # costs 5 ms, and most policies have no jitter

    return random


def _check_member(value: object, kind: type[Enum], what: str) -> None:
    if value is not None and not isinstance(value, kind):
        members = ", ".join(f"{kind.__name__}.{member.name}" for member in kind)
        raise ParameterCheckError(f"RetryPolicy: {what} must be one of {members}, not {value!r}.")
