"""The project and its settings: where its root is, and `[tool.dagjob]` of its pyproject.toml.

A setting that this version does not know is an error with its line: a typo must not pass in silence. The file is parsed
only when its text contains our name. Which of command line, environment and settings wins is decided where they are used.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from typing import Any

from dagjob.builtin.ownership import open_regular, owner_of, stranger
from dagjob.config.secrets import REDACT
from dagjob.errors import DagjobUsageError, Place, did_you_mean
from dagjob.record import Record
from dagjob.storage.paths import FOLDER
from dagjob.values.names import MOST_SLOTS

FILE = "pyproject.toml"

_LISTS = ("modules", "paths", "python-path", "config", "redact", "sinks", "capture-loggers")
_TEXTS = ("default-job", "home", "env-file", "dagster-alias")
ALIASES = ("auto", "always", "never")
_POOLS, _RETENTION = "pools", "retention"
KNOWN = (*_LISTS, *_TEXTS, _POOLS, _RETENTION)
_NAME = "abcdefghijklmnopqrstuvwxyz-"


class Settings(Record):
    """`[tool.dagjob]`, checked. Paths are as written, from the project root."""

    modules: tuple[str, ...] = ()
    paths: tuple[str, ...] = ()
    python_path: tuple[str, ...] = ()
    config: tuple[str, ...] = ()
    default_job: str | None = None
    home: str | None = None
    env_file: str | None = None
    """A file of environment variables, which is read where it is there; those of the shell win."""
    dagster_alias: str | None = None
    """When `import dagster` means dagjob: `auto` (where Dagster is not installed), `always` or `never`."""

    sinks: tuple[str, ...] = ()
    redact: tuple[str, ...] = REDACT
    """Patterns of environment variables whose values are masked in free text."""

    capture_loggers: tuple[str, ...] = ()
    """Python's own loggers, by name, whose lines are kept with the op that is running; `root` is that of all."""

    retention: Mapping[str, float] = {"runs": 200, "age": 60 * 86400.0}
    """Beyond what the outputs of successful runs go: so many `runs`, the `age` in seconds, the `size` of all in bytes."""

    pools: Mapping[str, int] = {}
    """`[tool.dagjob.pools]`: the slots of each pool, for all runs on one state directory."""

    dagster_module: str | None = None
    """The module that settings of Dagster's own tools name, for projects that have no setting of ours."""


class Project(Record):
    """A project: its root folder, and its settings."""

    root: str
    settings: Settings = Settings()


def find_project(start: str, passed_over: Callable[[str], None] | None = None) -> Project | None:
    """The project that a folder belongs to, or None.

    Its root is the nearest folder, from `start` upwards, whose pyproject.toml has `[tool.dagjob]`; else the nearest
    with `.dagjob/`; else the nearest with any pyproject.toml or `.git`. A `.git` ends the search: nothing above it
    counts; above another pyproject.toml only `[tool.dagjob]` does. Raises `DagjobUsageError` for wrong settings.

    What belongs to a stranger counts as not there, and `passed_over` is told of it. Who owns `start` is none: to go
    into their folder is to name it.
    """
    state_root = plain_root = None
    folder = os.path.abspath(start)
    search = _Search(folder, passed_over)
    while True:
        text = search.read(os.path.join(folder, FILE))
        if text is not None and "dagjob" in text:
            section: object = plain_section(text)
            if section is None:
                section = _tool(text, os.path.join(folder, FILE)).get("dagjob")
            if section is not None:
                return Project(folder, _settings(section, text, os.path.join(folder, FILE)))
        if state_root is None and plain_root is None and search.has_folder(os.path.join(folder, FOLDER)):
            state_root = folder
        is_repository = search.has(os.path.join(folder, ".git"))
        if plain_root is None and (text is not None or is_repository):
            plain_root = folder
        above = os.path.dirname(folder)
        if above == folder or is_repository:
            break
        folder = above
    root = state_root or plain_root
    if root is None:
        return None
    text = search.read(os.path.join(root, FILE)) or ""
    module = _dagster_module(text, os.path.join(root, FILE))
    return Project(root, Settings(dagster_module=module))


class _Search:
    """Looks for the signs of a project, and does not see those of strangers."""

    def __init__(self, start: str, passed_over: Callable[[str], None] | None) -> None:
        self._trusted = owner_of(start)
        self._passed_over = passed_over

    def read(self, path: str) -> str | None:
        """The text of a file; None where there is none."""
        text = _read(path)
        return text if text is not None and self._is_ours(path) else None

    def has_folder(self, path: str) -> bool:
        return os.path.isdir(path) and self._is_ours(path)

    def has(self, path: str) -> bool:
        return os.path.exists(path) and self._is_ours(path)

    def _is_ours(self, path: str) -> bool:
        if stranger(path, self._trusted) is None:
            return True
        if self._passed_over is not None:
            self._passed_over(path)
        return False


def _read(path: str) -> str | None:
    try:
        with open(path, encoding="utf-8", errors="replace", opener=open_regular) as file:
            return file.read()
    except OSError:
        return None


def plain_section(text: str) -> dict[str, object] | None:
    """`[tool.dagjob]` where it holds nothing but lines that read the same in TOML and in JSON; else None.

    That is the common case, and spares most commands the TOML parser.
    """
    head, found, rest = f"\n{text}\n".partition("\n[tool.dagjob]\n")
    if not found or "\\" in rest or "[tool.dagjob" in head + rest or '"""' in head or "'''" in head:
        return None
    section: dict[str, object] = {}
    for line in rest.split("\n"):
        if line.startswith("["):
            break
        if not line or line.startswith("#"):
            continue
        import json

        key, equals, value = line.partition(" = ")
        if not equals or key in section or key.strip(_NAME):
            return None
        try:
            section[key] = json.loads(value)
        except ValueError:
            return None
    return section


def _tool(text: str, path: str) -> dict[str, object]:
    """The `tool` table of a pyproject.toml."""
    import tomllib

    try:
        tool = tomllib.loads(text).get("tool", {})
    except tomllib.TOMLDecodeError as error:
        line, column = _toml_position(str(error))
        place = Place(_shown(path), line, column)
        raise DagjobUsageError(f"{FILE} cannot be read: {str(error).partition(' (at')[0]}").at(place) from None
    return tool if isinstance(tool, dict) else {}


def _toml_position(message: str) -> tuple[int, int]:
    """Line and column out of tomllib's message: it keeps them nowhere else before Python 3.14."""
    words = message.replace(",", " ").replace(")", " ").split()
    try:
        return int(words[words.index("line") + 1]), int(words[words.index("column") + 1])
    except (ValueError, IndexError):
        return 0, 0


def _dagster_module(text: str, path: str) -> str | None:
    """Where Dagster's tools look for definitions: read so that such a project works as it is."""
    if "[tool.dg" not in text and "[tool.dagster" not in text:
        return None
    tool = _tool(text, path)
    for section, key in (("dg", "project"), ("dagster", "")):
        table = tool.get(section)
        table = table.get(key) if key and isinstance(table, dict) else table
        name = table.get("root_module" if key else "module_name") if isinstance(table, dict) else None
        if isinstance(name, str):
            return name
    return None


# -- checking ------------------------------------------------------------------------------------------------------


def _settings(section: object, text: str, path: str) -> Settings:
    if not isinstance(section, dict):
        raise DagjobUsageError('"dagjob" in [tool] must be a table').at(_place(text, path, "dagjob"))
    values: dict[str, Any] = {}
    for key, value in section.items():
        if key not in KNOWN:
            error = DagjobUsageError(f'[tool.dagjob] has no setting "{key}".{did_you_mean(key, KNOWN)}')
            raise error.at(_place(text, path, key)).noting(f"settings: {', '.join(KNOWN)}")
        values[key.replace("-", "_")] = _checked(key, value, text, path)
    if not values.get("modules") and not values.get("paths"):
        values["dagster_module"] = _dagster_module(text, path)
    return Settings(**values)


def _checked(key: str, value: object, text: str, path: str) -> str | tuple[str, ...] | Mapping[str, float]:
    if key == _POOLS:
        return _checked_pools(value, text, path)
    if key == _RETENTION:
        return _checked_retention(value, text, path)
    if key in _TEXTS:
        if key == "dagster-alias" and isinstance(value, str) and value not in ALIASES:
            hint = did_you_mean(value, ALIASES)
            message = f'"{key}" in [tool.dagjob] is one of {", ".join(ALIASES)}, not "{value}".{hint}'
            raise DagjobUsageError(message).at(_place(text, path, key))
        if isinstance(value, str) and value:
            return value
        raise DagjobUsageError(f'"{key}" in [tool.dagjob] must be a string').at(_place(text, path, key))
    if isinstance(value, list) and all(isinstance(item, str) for item in value):
        return tuple(value)
    raise DagjobUsageError(f'"{key}" in [tool.dagjob] must be a list of strings').at(_place(text, path, key))


def _checked_pools(value: object, text: str, path: str) -> Mapping[str, int]:
    if not isinstance(value, dict):
        raise DagjobUsageError(f'"{_POOLS}" in [tool.dagjob] must be a table of names and numbers').at(
            _place(text, path, _POOLS)
        )
    for name, slots in value.items():
        if type(slots) is not int or not 1 <= slots <= MOST_SLOTS:
            raise DagjobUsageError(
                f'[tool.dagjob.pools]: the pool "{name}" needs 1 to {MOST_SLOTS} slots, not {slots!r}'
            ).at(_place(text, path, _POOLS))
    return value


def _checked_retention(value: object, text: str, path: str) -> Mapping[str, float]:
    from dagjob.plan.durations import parse_duration, parse_size

    place = _place(text, path, _RETENTION)
    if not isinstance(value, dict):
        raise DagjobUsageError(
            f'"{_RETENTION}" in [tool.dagjob] must be a table such as {{ runs = 200, age = "60d" }}'
        ).at(place)
    kinds = {"runs": "a number of runs", "age": 'a time such as "60d"', "size": 'a size such as "2GB"'}
    found: dict[str, float] = {}
    for name, given in value.items():
        if name not in kinds:
            unknown = f'"{_RETENTION}" in [tool.dagjob] has no "{name}".{did_you_mean(name, kinds)}'
            raise DagjobUsageError(unknown).at(place).noting(f"there are: {', '.join(kinds)}")
        try:
            if name == "runs" and type(given) is int and given >= 0:
                found[name] = given
            else:
                found[name] = {"age": parse_duration, "size": parse_size}[name](given)
        except (ValueError, KeyError, AttributeError, TypeError):
            wrong = f'"{name}" of "{_RETENTION}" in [tool.dagjob] is {kinds[name]}, not {given!r}'
            raise DagjobUsageError(wrong).at(place) from None
    return found


def place_of_setting(root: str, key: str, value: str | None = None) -> Place:
    """Where pyproject.toml has a setting; with a `value`, the line that has this one of a list."""
    path = os.path.join(root, FILE)
    text = _read(path) or ""
    place = _place(text, path, key)
    if value is not None and place.line:
        for number, line in enumerate(text.split("\n")[place.line - 1 :], place.line):
            at = max(line.find(f'"{value}"'), line.find(f"'{value}'"))
            if at >= 0:
                return Place(place.file, number, at + 1, len(value) + 2)
            if number > place.line and line.lstrip().startswith("["):
                break
    return place


def _place(text: str, path: str, key: str) -> Place:
    """Where a setting stands, found by its text: TOML parsers keep no positions."""
    inside = False
    for number, line in enumerate(text.split("\n"), 1):
        bare = line.strip()
        if bare.startswith("["):
            name = bare.strip("[] \t")
            inside = name.replace(" ", "") == "tool.dagjob"
            if name.replace(" ", "").startswith(f"tool.dagjob.{key}"):
                return Place(_shown(path), number, line.find(key) + 1, len(key))
        elif inside and bare.replace('"', "").replace("'", "").partition("=")[0].strip().partition(".")[0] == key:
            return Place(_shown(path), number, line.find(key) + 1, len(key))
    return Place(_shown(path))


def _shown(path: str) -> str:
    relative = os.path.relpath(path)
    return path if relative.startswith("..") else relative
