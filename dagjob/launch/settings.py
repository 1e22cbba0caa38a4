"""The project and its settings: where its root is, and `[tool.dagjob]` of its pyproject.toml.

A setting that this version does not know is an error with its line: a typo must not pass in silence. The file is parsed
only when its text contains our name. Which of command line, environment and settings wins is decided where they are used.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from dagjob.builtin.ownership import open_regular, owner_of, stranger
from dagjob.config.secrets import REDACT
from dagjob.errors import DagjobUsageError, Place, did_you_mean
from dagjob.record import Record
from dagjob.storage.paths import FOLDER

if TYPE_CHECKING:
    from dagjob.launch.setting_rules import SettingTable, Wrong

FILE = "pyproject.toml"

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
    hide_frames: tuple[str, ...] = ()
    """Parts of paths: the frames of such files are not shown as the user's."""

    redact: tuple[str, ...] = REDACT
    """Patterns of environment variables whose values are masked in free text."""

    capture_loggers: tuple[str, ...] = ()
    """Python's own loggers, by name, whose lines are kept with the op that is running; `root` is that of all."""

    retention: Mapping[str, float] = {"runs": 200, "age": 60 * 86400.0}
    """Beyond what the outputs of successful runs go: so many `runs`, the `age` in seconds, the `size` of all in bytes."""

    pools: Mapping[str, int] = {}
    """`[tool.dagjob.pools]`: the slots of each pool, for all runs on one state directory."""

    options: Mapping[str, str | bool] = {}
    """Options of `run` that the section says, by their long names, as the command line would have them."""

    default_tags: Mapping[str, str] = {}
    """`[tool.dagjob.defaults.tags]`: tags of runs, below those of the job's code."""

    jobs: Mapping[str, SettingTable] = {}
    """`[tool.dagjob.jobs.NAME]`: settings of one job."""

    profiles: Mapping[str, SettingTable] = {}
    """`[tool.dagjob.profiles.NAME]`: settings that somebody asks for by that name."""

    dagster_module: str | None = None
    """The module that settings of Dagster's own tools name, for projects that have no setting of ours."""


class Project(Record):
    """A project: its root folder, and its settings."""

    root: str
    settings: Settings = Settings()
    said: tuple[str, ...] = ()
    """The keys of `[tool.dagjob]` that it says."""


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
                settings = _settings(section, text, os.path.join(folder, FILE))
                return Project(folder, settings, tuple(section) if isinstance(section, dict) else ())
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
        told = DagjobUsageError(f"{FILE} cannot be read: {str(error).partition(' (at')[0]}").at(place)
        if "[tool.dagjob.jobs" in text and "\njobs" in text:
            told = told.noting('beside [tool.dagjob.jobs.NAME] the number of workers is called "workers"')
        raise told from None
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
        raise DagjobUsageError('"dagjob" in [tool] must be a table').at(_place(text, path, ("dagjob",)))
    values = _checked(section, text, path) if section else {}
    if not values.get("modules") and not values.get("paths"):
        values["dagster_module"] = _dagster_module(text, path)
    return Settings(**values)


def _checked(section: Mapping[str, object], text: str, path: str) -> dict[str, Any]:
    """The fields of `Settings` that the section says. Raises `DagjobUsageError` with the line of what is wrong."""
    from dagjob.launch import setting_rules as rules

    values: dict[str, Any] = {}
    options: dict[str, str | bool] = {}
    for key, value in section.items():
        table: tuple[str, ...] = ()
        try:
            if (key == "jobs" and isinstance(value, dict)) or key == "profiles":
                table, values[key] = (key,), {}
                if not isinstance(value, dict):
                    raise rules.Wrong("must be a table of tables")
                for name, inner in value.items():
                    table = (key, name)
                    values[key][name] = rules.read_table(inner, rules.OF_JOBS if key == "jobs" else rules.OF_PROFILES)
            elif key == "defaults":
                table = (key,)
                values["default_tags"] = rules.read_table(value, {"tags": rules.tags}).tags
            elif key in rules.OWN:
                values[key.replace("-", "_")] = rules.checked_value(key, value, rules.OWN)
            elif key in rules.KNOWN:
                options["jobs" if key == "workers" else key] = rules.checked_value(key, value, rules.OPTIONS)
            else:
                raise rules.Wrong(f'has no setting "{key}"', key, rules.KNOWN, (key,))
        except rules.Wrong as wrong:
            raise _told(wrong, table, text, path) from None
    return {**values, "options": options}


def _told(wrong: Wrong, table: tuple[str, ...], text: str, path: str) -> DagjobUsageError:
    """The error that says what is wrong with a setting, and where it is."""
    name, message = f"[tool.{'.'.join(('dagjob', *table))}]", str(wrong)
    said = f"{name} {message}" if message.startswith(("has", "must")) else f"{name}: {message}"
    hint = did_you_mean(wrong.given, wrong.among) if wrong.given is not None else ""
    error = DagjobUsageError(f"{said}.{hint}" if hint else said).at(_place(text, path, (*table, *wrong.path)))
    return error.noting(f"settings: {', '.join(wrong.among)}") if message.startswith("has no") else error


def place_of_setting(root: str, key: str, value: str | None = None, inner: str | None = None) -> Place:
    """Where pyproject.toml has a setting; with a `value`, the line that has this one of a list; or what is `inner` in a table."""
    path = os.path.join(root, FILE)
    text = _read(path) or ""
    place = _place(text, path, (key,) if inner is None else (key, inner))
    if value is not None and place.line:
        for number, line in enumerate(text.split("\n")[place.line - 1 :], place.line):
            at = max(line.find(f'"{value}"'), line.find(f"'{value}'"))
            if at >= 0:
                return Place(place.file, number, at + 1, len(value) + 2)
            if number > place.line and line.lstrip().startswith("["):
                break
    return place


def _place(text: str, path: str, keys: tuple[str, ...]) -> Place:
    """Where a setting stands, found by its text: TOML parsers keep no positions.

    Where a key of an inner table is not found, as it stands inside of braces, the place is that of the table.
    """
    best, depth = Place(_shown(path)), 0
    table: tuple[str, ...] | None = None
    for number, line in enumerate(text.split("\n"), 1):
        bare = line.strip()
        if bare.startswith("["):
            name = _key_parts(bare.partition("#")[0].strip("[] \t"))
            table = name[2:] if name[:2] == ("tool", "dagjob") else None
            found = table if table is not None else ()
        elif table is not None and "=" in bare and not bare.startswith("#"):
            found = (*table, *_key_parts(bare.partition("=")[0]))
        else:
            continue
        same = 0
        while same < min(len(found), len(keys)) and found[same] == keys[same]:
            same += 1
        if same > depth and same >= min(len(found), len(keys)):
            best, depth = Place(_shown(path), number, max(0, line.find(keys[same - 1])) + 1, len(keys[same - 1])), same
    return best


def _key_parts(text: str) -> tuple[str, ...]:
    """`tool . dagjob."a.b"` as its parts."""
    import re

    parts = re.findall(r'"([^"]*)"|\'([^\']*)\'|([^\s."\']+)', text)
    return tuple(next(filter(None, part), "") for part in parts)


def _shown(path: str) -> str:
    relative = os.path.relpath(path)
    return path if relative.startswith("..") else relative
