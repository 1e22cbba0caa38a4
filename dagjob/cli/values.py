"""From the text of an option to its value. A text that has no meaning is one line that names the option, and exit 2."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from dagjob.cli import registry
from dagjob.cli.arguments import ParsedArguments
from dagjob.cli.entries import Option
from dagjob.errors import DagjobUsageError, did_you_mean
from dagjob.record import Record
from dagjob.values.names import MOST_SLOTS

NOTHING: Mapping[str, str] = {}


def chosen(option: Option, given: str | None, environ: Mapping[str, str] = NOTHING, name: str = "") -> str | None:
    """One of the choices of an option: what was given, else the value of the environment variable `name`, else None."""
    value, source = (given, option.long) if given is not None else (environ.get(name) or None, name)
    value = value.lower() if value is not None else None
    if value is None or value in option.choices:
        return value
    hint = did_you_mean(value, option.choices)
    raise DagjobUsageError(f'{source} takes one of {", ".join(option.choices)}, not "{value}".{hint}')


def seconds(option: Option, text: str | None) -> float | None:
    """A duration: `90s`, `30m`, `1h30m`, or plain seconds."""
    if text is None:
        return None
    from dagjob.plan.durations import parse_duration

    try:
        return parse_duration(text)
    except ValueError:
        raise DagjobUsageError(f'{option.long} takes a time such as 90s, 30m or 1h30m, not "{text}"') from None


def point_in_time(option: Option, text: str | None, now: float, end: bool = False) -> float | None:
    """A moment in the past: so long before `now` (`2d`, `12h`), or a date, perhaps with a time; seconds since the epoch.

    `end`: a date alone is its last moment.
    """
    if text is None:
        return None
    from dagjob.plan.durations import parse_duration

    try:
        return now - parse_duration(text)
    except ValueError:
        pass
    from datetime import datetime, timedelta

    try:
        at = datetime.fromisoformat(text)
        if end and len(text) <= len("2026-11-20"):
            at += timedelta(days=1, microseconds=-1)
        return at.timestamp()
    except (ValueError, OverflowError):
        message = f'{option.long} takes a time such as 2d or 12h, or a day such as 2026-11-20, not "{text}"'
        raise DagjobUsageError(message) from None


def at_least_one(option: Option, text: str | None) -> int | None:
    """A whole number, 1 or more."""
    if text is None:
        return None
    if not text.isdecimal() or int(text) < 1:
        raise DagjobUsageError(f'{option.flags[0]} takes a number of at least 1, not "{text}"')
    return int(text)


def workers(text: str | None, variable: str | None = None) -> int | None:
    """The value of `-j`, at least 1; None for `auto`, and where neither `-j` nor its variable is given."""
    source = "-j" if text is not None else "DAGJOB_JOBS"
    text = text if text is not None else variable or None
    if text is None or text == "auto":
        return None
    try:
        number = int(text)
    except ValueError:
        raise DagjobUsageError(
            f'{source} takes a number of workers, not "{text}"; to name a job, write module:job'
        ) from None
    if number < 1:
        raise DagjobUsageError(f"{source} takes a number of at least 1, not {number}")
    return number


def tags(texts: Sequence[str] | None) -> dict[str, str]:
    """The tags `KEY=VALUE` of several `-t`; a later one wins."""
    found: dict[str, str] = {}
    for text in texts or ():
        key, equals, value = text.partition("=")
        if not equals or not key:
            raise DagjobUsageError(f'-t takes KEY=VALUE, not "{text}"')
        found[key] = value
    return found


def pools(option: Option, texts: Sequence[str]) -> dict[str, int]:
    """The pools `NAME=N` of several `--pool`, each with 1 to `MOST_SLOTS` slots."""
    found: dict[str, int] = {}
    for text in texts:
        name, _, number = text.rpartition("=")
        if not name or not number.isdecimal():
            raise DagjobUsageError(f'{option.long} takes NAME=N, such as warehouse=4, not "{text}"')
        if not 1 <= int(number) <= MOST_SLOTS:
            raise DagjobUsageError(f'{option.long}: the pool "{name}" needs 1 to {MOST_SLOTS} slots, not {number}')
        found[name] = int(number)
    return found


def tag_filter(texts: Sequence[str] | None) -> dict[str, str | None]:
    """The tags that are asked for; None where only the key matters."""
    found: dict[str, str | None] = {}
    for text in texts or ():
        key, equals, value = text.partition("=")
        if not key:
            raise DagjobUsageError(f'-t takes KEY or KEY=VALUE, not "{text}"')
        found[key] = value if equals else None
    return found


def clauses(texts: Sequence[str]) -> tuple[str, ...]:
    """The clauses of selections: in each text commas stand between them."""
    return tuple([part.strip() for text in texts for part in text.split(",")])


class ConfigOptions(Record):
    """The run config options of a command line, unread: files and arguments in the order in which later ones win.

    `base` are the files that pyproject names.
    """

    base: tuple[str, ...] = ()
    files: tuple[str, ...] = ()
    json: tuple[str, ...] = ()
    set_files: tuple[str, ...] = ()
    set_texts: tuple[str, ...] = ()
    sets: tuple[str, ...] = ()

    @property
    def given(self) -> bool:
        """Whether there is anything to read."""
        return bool(self.base or self.files or self.json or self.set_files or self.set_texts or self.sets)


def config_options(args: ParsedArguments, base: Sequence[str] = ()) -> ConfigOptions:
    """The config options of a command."""
    options = (registry.CONFIG, registry.CONFIG_JSON, registry.SET_FILE, registry.SET_STR, registry.SET)
    return ConfigOptions(tuple(base), *(tuple(args.many(option)) for option in options))
