"""Helpers of Dagster's own code that public projects import: only what is small, and the same for everybody."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable, Generator, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime, tzinfo
from types import TracebackType
from typing import Any, NoReturn

from dagjob.errors import BetaWarning, DagjobInvariantViolationError, DagjobLeftOutError, warn_user

# -- marks on functions, which say nothing here --------------------------------------------------------------------


def mark(*args: Any, **kwargs: Any) -> Any:
    """A decorator, bare or with arguments, that changes nothing."""
    return args[0] if len(args) == 1 and callable(args[0]) and not kwargs else lambda decorated: decorated


# -- dicts, files, environment -------------------------------------------------------------------------------------


def merge_dicts(*args: Mapping[Any, Any]) -> dict[Any, Any]:
    """One dict; later ones win."""
    return {key: value for one in args for key, value in one.items()}


def deep_merge_dicts(onto_dict: Mapping[Any, Any], from_dict: Mapping[Any, Any]) -> dict[Any, Any]:
    """One dict; where both have a dict, these are merged too."""
    merged = dict(onto_dict)
    for key, value in from_dict.items():
        known = merged.get(key)
        both = isinstance(known, Mapping) and isinstance(value, Mapping)
        merged[key] = deep_merge_dicts(known, value) if both else value  # type: ignore[arg-type]
    return merged


def mkdir_p(path: str) -> str:
    """Make a folder and those above it; give back its path."""
    os.makedirs(path, exist_ok=True)
    return path


def script_relative_path(file_path: str) -> str:
    """A path that counts from the file of the code that calls this."""
    return os.path.join(os.path.dirname(sys._getframe(1).f_code.co_filename), file_path)


@contextmanager
def pushd(path: str) -> Iterator[str]:
    """Work in another folder."""
    before = os.getcwd()
    os.chdir(path)
    try:
        yield path
    finally:
        os.chdir(before)


@contextmanager
def safe_tempfile_path(file_name: str = "file") -> Iterator[str]:
    """The path of a file that is not there yet, and is gone afterwards."""
    from tempfile import TemporaryDirectory

    with TemporaryDirectory() as folder:
        yield os.path.join(folder, file_name)


@contextmanager
def environ(env: Mapping[str, str | None]) -> Iterator[None]:
    """Other environment variables for a while; None takes one away."""
    before = {name: os.environ.get(name) for name in env}
    try:
        _set(env)
        yield
    finally:
        _set(before)


def _set(env: Mapping[str, str | None]) -> None:
    for name, value in env.items():
        if value is None:
            os.environ.pop(name, None)
        else:
            os.environ[name] = value


# -- time ----------------------------------------------------------------------------------------------------------


def get_current_datetime(tz: tzinfo | str = UTC) -> datetime:
    """Now."""
    return datetime.now(get_timezone(tz))


def get_current_timestamp() -> float:
    """Now, in seconds since 1970."""
    return datetime.now(UTC).timestamp()


def get_timezone(timezone_name: tzinfo | str) -> tzinfo:
    """The time zone of that name."""
    if isinstance(timezone_name, str):
        from zoneinfo import ZoneInfo

        return ZoneInfo(timezone_name)
    return timezone_name


def create_datetime(
    year: int,
    month: int,
    day: int,
    hour: int = 0,
    minute: int = 0,
    second: int = 0,
    microsecond: int = 0,
    tz: tzinfo | str | None = None,
    fold: int = 0,
) -> datetime:
    """A moment with a time zone (UTC, if none is given)."""
    return datetime(year, month, day, hour, minute, second, microsecond, get_timezone(tz or UTC), fold=fold)


def datetime_from_timestamp(timestamp: float, tz: tzinfo | str = UTC) -> datetime:
    """The moment so many seconds after 1970 began."""
    return datetime.fromtimestamp(timestamp, get_timezone(tz))


# -- calls ---------------------------------------------------------------------------------------------------------


def backoff(
    fn: Callable[..., Any],
    retry_on: tuple[type[BaseException], ...],
    args: list[Any] | None = None,
    kwargs: Mapping[str, Any] | None = None,
    max_retries: int = 4,
    delay_generator: Iterator[float] | None = None,
) -> Any:
    """Call a function again, with growing pauses, where it raises one of these."""
    from time import sleep

    delays = delay_generator or iter([0.1 * 2**number for number in range(max_retries)])
    for _ in range(max_retries):
        try:
            return fn(*(args or ()), **(kwargs or {}))
        except retry_on:
            sleep(next(delays))
    return fn(*(args or ()), **(kwargs or {}))


def cached_method(method: Callable[..., Any]) -> Callable[..., Any]:
    """A method that remembers its answers, one object apart from the other."""
    from functools import wraps

    @wraps(method)
    def call(self: Any, *args: Any, **kwargs: Any) -> Any:
        answers = self.__dict__.setdefault(f"_answers_of_{method.__name__}", {})
        key = (args, tuple(sorted(kwargs.items())))
        if key not in answers:
            answers[key] = method(self, *args, **kwargs)
        return answers[key]

    return call


def ensure_gen(thing_or_gen: Any) -> Generator[Any, Any, Any]:
    """A generator, as it is or of one thing."""
    if isinstance(thing_or_gen, Generator):
        return thing_or_gen
    return (thing for thing in (thing_or_gen,))


def serializable_error_info_from_exc_info(
    exc_info: tuple[type[BaseException], BaseException, TracebackType | None], **more: Any
) -> Any:
    """An exception as text: `message`, `stack`, `cls_name`."""
    from importlib import import_module
    from traceback import format_tb

    kind, error, trace = exc_info
    info = import_module("dagjob.engine.dagster_events").SerializableErrorInfo
    return info(f"{kind.__name__}: {error}\n", tuple(format_tb(trace)), kind.__name__)


# -- ids, levels, signals ------------------------------------------------------------------------------------------


def make_new_run_id() -> str:
    """A new id of a run."""
    from uuid import uuid4

    return str(uuid4())


def coerce_valid_log_level(log_level: str | int) -> int:
    """The number of a level of `logging`."""
    import logging

    if isinstance(log_level, int):
        return log_level
    found = logging.getLevelNamesMapping().get(log_level.upper())
    if found is None:
        raise DagjobInvariantViolationError(f'"{log_level}" is no level of logging')
    return found


def is_valid_cron_string(cron_string: str) -> bool:
    """Is it a cron string?"""
    from croniter import croniter

    return bool(croniter.is_valid(cron_string))


def send_interrupt() -> None:
    """Ctrl-C for this process."""
    os.kill(os.getpid(), signal.SIGINT)


@contextmanager
def raise_execution_interrupts() -> Iterator[None]:
    """Nothing: interrupts reach an op anyway."""
    yield


# -- warnings ------------------------------------------------------------------------------------------------------


def deprecation_warning(subject: str, breaking_version: str = "", additional_warn_text: str = "", **more: Any) -> None:
    """Warn that something will go."""
    until = f" and will be removed in {breaking_version}" if breaking_version else ""
    warn_user(f"{subject} is deprecated{until}. {additional_warn_text}".rstrip(), DeprecationWarning)


def beta_warning(subject: str, additional_warn_text: str = "", **more: Any) -> None:
    """Warn that something may change."""
    warn_user(f"{subject} may change. {additional_warn_text}".rstrip(), BetaWarning)


# -- what is left out ----------------------------------------------------------------------------------------------


def serialize_value(*args: Any, **kwargs: Any) -> NoReturn:
    """Refused."""
    raise DagjobLeftOutError(
        "serialize_value writes Dagster's objects as Dagster stores them, which dagjob cannot: use json or pickle."
    )


def deserialize_value(*args: Any, **kwargs: Any) -> NoReturn:
    """Refused."""
    raise DagjobLeftOutError(
        "deserialize_value reads what Dagster has stored, which dagjob cannot: use json or pickle."
    )
