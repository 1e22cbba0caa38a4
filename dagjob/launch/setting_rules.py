"""What `[tool.dagjob]` may say: each key with the rule for its value. Loaded only where the section says something.

Three kinds of tables hold the same keys, which stand for options of `run`: the section itself, `jobs.NAME` and
`profiles.NAME`. A rule takes the value as TOML has it, and gives it as the command line would have it, or raises `ValueError`
with what it must be. `settings.py` finds the place.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from dagjob.launch.registries import ALIASES, DISPLAYS, EXECUTORS, LOG_LEVELS, SHOWN_OUTPUT, SINKS, TRACEBACKS
from dagjob.plan.durations import parse_duration, parse_size
from dagjob.record import Record
from dagjob.values.names import MOST_SLOTS

Rule = Callable[[object], Any]


class Wrong(ValueError):
    """A value that a setting cannot have. `among` are the words of which one was probably meant, `path` the keys below."""

    def __init__(self, message: str, given: str | None = None, among: tuple[str, ...] = (), path: tuple[str, ...] = ()):
        super().__init__(message)
        self.given = given
        self.among = among
        self.path = path


class SettingTable(Record):
    """What a table says: `options` of `run` by their long names, as the command line would have them, and the rest."""

    options: Mapping[str, str | bool] = {}
    config: tuple[str, ...] = ()
    tags: Mapping[str, str] = {}
    pools: Mapping[str, int] = {}
    sinks: tuple[str, ...] = ()
    env_file: str | None = None


def texts(value: object) -> tuple[str, ...]:
    if isinstance(value, list) and all(isinstance(item, str) for item in value):
        return tuple(value)
    raise Wrong("must be a list of strings")


def text(value: object) -> str:
    if isinstance(value, str) and value:
        return value
    raise Wrong("must be a string")


def one_of(*words: str) -> Rule:
    def rule(value: object) -> str:
        if isinstance(value, str) and value in words:
            return value
        raise Wrong(
            f"is one of {', '.join(words)}, not {_shown(value)}", value if isinstance(value, str) else None, words
        )

    return rule


def duration(value: object) -> str:
    if isinstance(value, (str, int, float)) and not isinstance(value, bool):
        try:
            parse_duration(str(value))
            return str(value)
        except ValueError:
            pass
    raise Wrong(f'must be a time such as "90s", "30m" or "1h30m", not {_shown(value)}')


def workers(value: object) -> str:
    if value == "auto" or (type(value) is int and value >= 1):
        return str(value)
    raise Wrong(f'must be a number of workers, at least 1, or "auto", not {_shown(value)}')


def count(value: object) -> str:
    if type(value) is int and value >= 1:
        return str(value)
    raise Wrong(f"must be a number of at least 1, not {_shown(value)}")


def switch(value: object) -> bool:
    if isinstance(value, bool):
        return value
    raise Wrong(f"must be true or false, not {_shown(value)}")


def tags(value: object) -> Mapping[str, str]:
    if isinstance(value, dict) and all(isinstance(item, str) for item in value.values()):
        return value
    raise Wrong('must be a table of strings such as { team = "data" }')


def pools(value: object) -> Mapping[str, int]:
    if not isinstance(value, dict):
        raise Wrong("must be a table of names and numbers")
    for name, slots in value.items():
        if type(slots) is not int or not 1 <= slots <= MOST_SLOTS:
            raise Wrong(f'the pool "{name}" needs 1 to {MOST_SLOTS} slots, not {slots!r}', path=(name,))
    return value


def retention(value: object) -> Mapping[str, float]:
    if not isinstance(value, dict):
        raise Wrong('must be a table such as { runs = 200, age = "60d" }')
    kinds = {"runs": "a number of runs", "age": 'a time such as "60d"', "size": 'a size such as "2GB"'}
    found: dict[str, float] = {}
    for name, given in value.items():
        if name not in kinds:
            raise Wrong(f'has no "{name}"', name, tuple(kinds), (name,))
        try:
            if name == "runs" and type(given) is int and given >= 0:
                found[name] = given
            else:
                found[name] = {"age": parse_duration, "size": parse_size}[name](given)
        except (ValueError, KeyError, AttributeError, TypeError):
            raise Wrong(f'"{name}" is {kinds[name]}, not {given!r}', path=(name,)) from None
    return found


def _shown(value: object) -> str:
    return f'"{value}"' if isinstance(value, str) else repr(value)


OPTIONS: Mapping[str, Rule] = {
    "executor": one_of(*EXECUTORS),
    "jobs": workers,
    "workers": workers,
    "timeout": duration,
    "op-timeout": duration,
    "grace": duration,
    "fail-fast": switch,
    "max-failures": count,
    "no-retries": switch,
    "no-wait": switch,
    "strict": switch,
    "tb": one_of(*TRACEBACKS),
    "locals": switch,
    "show-output": one_of(*SHOWN_OUTPUT),
    "log-level": one_of(*LOG_LEVELS),
    "format": one_of("auto", *DISPLAYS),
    "color": one_of("auto", "always", "never"),
    **{name: text if kind.value else switch for name, kind in SINKS.items() if not kind.many},
}
"""Options of `run` that a table may say, by their long names. `workers` is another name of `jobs`."""
SHARED: Mapping[str, Rule] = {"config": texts, "tags": tags, "pools": pools, "sinks": texts, "env-file": text}
"""What else a job or a profile may say."""
OWN: Mapping[str, Rule] = {
    "modules": texts,
    "paths": texts,
    "python-path": texts,
    "config": texts,
    "default-job": text,
    "home": text,
    "env-file": text,
    "dagster-alias": one_of(*ALIASES),
    "sinks": texts,
    "redact": texts,
    "hide-frames": texts,
    "capture-loggers": texts,
    "retention": retention,
    "pools": pools,
}
"""What only the section itself may say, and has a field of `Settings`."""
TABLES = ("defaults", "profiles")
KNOWN = (*OWN, *(name for name in OPTIONS if name not in SINKS), *TABLES)
OF_JOBS = {name: rule for name, rule in {**OPTIONS, **SHARED}.items() if name not in ("env-file", "color")}
OF_PROFILES = {**OPTIONS, **SHARED}


def read_table(table: object, rules: Mapping[str, Rule]) -> SettingTable:
    """A table of options. Raises `Wrong`, with the path of what is wrong."""
    if not isinstance(table, dict):
        raise Wrong("must be a table")
    options: dict[str, str | bool] = {}
    rest: dict[str, Any] = {}
    for key, value in table.items():
        checked = checked_value(key, value, rules)
        if key in OPTIONS:
            options["jobs" if key == "workers" else key] = checked
        else:
            rest[key.replace("-", "_")] = checked
    return SettingTable(options, **rest)


def checked_value(key: str, value: object, rules: Mapping[str, Rule]) -> Any:
    """The value of a key by its rule. Raises `Wrong`, with the key in its path."""
    if key not in rules:
        raise Wrong(f'has no setting "{key}"', key, tuple(rules), (key,))
    try:
        return rules[key](value)
    except Wrong as wrong:
        raise Wrong(
            f'"{key}" {wrong}' if not wrong.path else f"{key}: {wrong}", wrong.given, wrong.among, (key, *wrong.path)
        ) from None
