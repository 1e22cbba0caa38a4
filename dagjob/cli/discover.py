"""The jobs of a project: which files may hold some, and what is found when they are imported one by one.

`modules` or `paths` of the settings tell where to look, else Dagster's own settings, else the usual names of files. A
file is imported only if it imports dagjob or dagster. One that cannot be imported does not stop the others.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from dagjob.builtin.ownership import SAFE, open_regular, owner_of, stranger
from dagjob.cli.index import Entry, Index, stamp, write_index
from dagjob.cli.session import Session
from dagjob.definitions.walk import walk_ops
from dagjob.engine.importing import import_target
from dagjob.engine.target import LoadedJob, jobs_in
from dagjob.errors import DagjobError, DagjobImportError, DagjobUnknownTargetError, Diagnostic, Place
from dagjob.launch.settings import place_of_setting
from dagjob.record import Record

if TYPE_CHECKING:
    import ast

    from dagjob.config.schema import Schema
    from dagjob.definitions.jobs import JobDefinition

USUAL = ("jobs.py", "definitions.py", "*_jobs.py", "jobs/**/*.py")
MOST_KEYS = 50
"""How many partition keys of a job are kept for completion."""
IN_SOURCES = tuple(f"src/*/{pattern}" for pattern in USUAL)


class Broken(Record):
    """A file or module that could not be loaded, and why."""

    location: str
    error: DagjobError

    @property
    def diagnostic(self) -> Diagnostic:
        """The first thing that is wrong."""
        return self.error.diagnostics[0]


class Found(Record):
    """What discovery has found."""

    jobs: tuple[LoadedJob, ...]
    broken: tuple[Broken, ...]


def project_jobs(session: Session) -> Found:
    """All jobs of the project. What was found goes into the index."""
    locations = project_locations(session)
    found = jobs_at(session, locations)
    write_index(session.state, _index(session, locations, found.jobs))
    for broken in found.broken:
        if broken.location in session.settings.modules and isinstance(broken.error, DagjobUnknownTargetError):
            broken.error.place = place_of_setting(session.folder, "modules", broken.location)
    useless = tuple(_useless_patterns(session, locations))
    return Found(found.jobs, (*found.broken, *useless, *_of_strangers(session)))


def _of_strangers(session: Session) -> Iterator[Broken]:
    """Files of other users that lie where jobs are looked for: who wants them names them."""
    settings = session.settings
    if settings.dagster_module or (settings.modules and not settings.paths):
        return
    trusted = owner_of(session.folder)
    for name in _all_matching(session.folder, settings.paths or (*USUAL, *IN_SOURCES)):
        owner = stranger(os.path.join(session.folder, name), trusted)
        if owner is not None:
            error = DagjobUnknownTargetError(f"it belongs to another user, {owner}, and is not imported")
            yield Broken(name, error.noting(f"to import it, name it, or:  export {SAFE}={session.folder}"))


def _useless_patterns(session: Session, locations: Sequence[str]) -> Iterator[Broken]:
    """The patterns of the setting `paths` that lead to no file."""
    for pattern in session.settings.paths:
        names = _named_by(session.folder, pattern)
        if not names:
            error = DagjobUnknownTargetError(f'no file matches "{pattern}"')
        elif not set(names) & set(locations):
            error = DagjobUnknownTargetError(
                f'"{pattern}" matches {len(names)} file{"s" * (len(names) > 1)}, but none that imports dagjob'
            )
        else:
            continue
        error.place = place_of_setting(session.folder, "paths", pattern)
        error.noting(f'"paths" in [tool.dagjob] counts from {session.folder}')
        yield Broken(pattern, error)


def project_locations(session: Session) -> list[str]:
    """The modules and files of the project that may hold jobs."""
    settings = session.settings
    if settings.modules or settings.paths:
        return [*settings.modules, *_matching(session.folder, settings.paths)]
    if settings.dagster_module:
        return [settings.dagster_module]
    return _matching(session.folder, (*USUAL, *IN_SOURCES))


def locations_below(folder: str) -> list[str]:
    """The files in and below a folder that import dagjob; hidden folders and environments are passed by."""
    found = []
    for root, folders, files in os.walk(folder):
        folders[:] = sorted(
            name
            for name in folders
            if not name.startswith((".", "__"))
            and name not in ("node_modules", "site-packages")
            and not os.path.exists(os.path.join(root, name, "pyvenv.cfg"))
        )
        found += [os.path.join(root, name) for name in sorted(files) if name.endswith(".py")]
    return [path for path in found if imports_us(path)]


def jobs_at(session: Session, locations: Sequence[str]) -> Found:
    """The jobs of these modules and files; a job that several of them contain is listed once."""
    jobs: list[LoadedJob] = []
    broken: list[Broken] = []
    for location in locations:
        target = session.target(location)
        try:
            jobs += jobs_in(import_target(target), target)
        except DagjobError as error:
            broken.append(Broken(location, error))
        except Exception as error:  # a function of the user that makes definitions
            broken.append(Broken(location, _raised(location, error)))
    return Found(tuple(_once(jobs)), tuple(broken))


def _raised(location: str, error: Exception) -> DagjobError:
    from dagjob.engine.describe import describe

    info = describe(error)
    broken = DagjobImportError(f"cannot load {location}: {info.type}: {info.message}")
    broken.info = info
    if info.frames:
        broken.place = Place(info.frames[-1].file, info.frames[-1].line, 1, 0)
    return broken


def _once(jobs: list[LoadedJob]) -> Iterator[LoadedJob]:
    """A job that is imported elsewhere, or listed in a Definitions, is the same job: the one of the Definitions counts."""
    seen: dict[tuple[str, int], LoadedJob] = {}
    for loaded in jobs:
        key = (loaded.job.name, id(loaded.job.graph))
        if key not in seen or (seen[key].attribute is not None and loaded.attribute is None):
            seen[key] = loaded
    yield from seen.values()


# -- files ---------------------------------------------------------------------------------------------------------


def _matching(folder: str, patterns: Sequence[str]) -> list[str]:
    """The files that these patterns name, from `folder`, each once, if they import dagjob."""
    trusted = owner_of(folder)
    return [name for name in _all_matching(folder, patterns) if stranger(os.path.join(folder, name), trusted) is None]


def _all_matching(folder: str, patterns: Sequence[str]) -> list[str]:
    """The same, whomever they belong to."""
    found: dict[str, None] = {}
    for pattern in patterns:
        found.update(dict.fromkeys(_named_by(folder, pattern)))
    return [name for name in found if imports_us(os.path.join(folder, name))]


def _named_by(folder: str, pattern: str) -> list[str]:
    """The Python files that a pattern names, from `folder`."""
    fixed = pattern.partition("*")[0].rpartition("/")[0]
    if not any(sign in pattern for sign in "*?["):
        names = [pattern] if os.path.isfile(os.path.join(folder, pattern)) else []
    elif fixed and not os.path.isdir(os.path.join(folder, fixed)):
        names = []
    elif pattern.startswith("*") and not any(sign in pattern[1:] for sign in "*?[/"):
        names = sorted(name for name in os.listdir(folder) if name.endswith(pattern[1:]) and name[0] != ".")
    else:
        from glob import glob

        names = sorted(glob(pattern, root_dir=folder, recursive=True))
    return [name for name in names if name.endswith(".py")]


def imports_us(path: str) -> bool:
    """Whether a file imports dagjob or dagster. One that names them but cannot be parsed counts."""
    try:
        with open(path, "rb", opener=open_regular) as file:
            source = file.read()
    except OSError:
        return False
    if b"dagjob" not in source and b"dagster" not in source:
        return False
    if _imports_at_margin(source):
        return True
    import ast

    try:
        tree = ast.parse(source)
    except (SyntaxError, ValueError, RecursionError):
        return True
    return any(name.split(".")[0] in ("dagjob", "dagster") for node in ast.walk(tree) for name in _imported(node))


def _imports_at_margin(source: bytes) -> bool:
    """Whether a line at the margin, before which no text of several lines is open, imports us: no need to parse."""
    for line in (b"from dagjob ", b"import dagjob", b"from dagster ", b"import dagster", b"from dagjob."):
        at = 0 if source.startswith(line) else source.find(b"\n" + line)
        before = source[: max(at, 0)]
        if at >= 0 and before.count(b'"""') % 2 == 0 and before.count(b"'''") % 2 == 0:
            return True
    return False


def _imported(node: ast.AST) -> list[str]:
    import ast

    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    return [node.module] if isinstance(node, ast.ImportFrom) and node.module and not node.level else []


# -- the index -----------------------------------------------------------------------------------------------------


def index_files(session: Session, locations: Sequence[str]) -> list[str]:
    """The paths of the locations that are files: what the index can be compared with."""
    return [os.path.join(session.folder, location) for location in locations if location.endswith(".py")]


def _index(session: Session, locations: Sequence[str], jobs: Sequence[LoadedJob]) -> Index:
    entries = tuple(
        Entry(
            loaded.job.name,
            loaded.target.text,
            (loaded.job.description or "").strip().split("\n")[0],
            tuple(op_keys(loaded.job)),
            tuple(config_paths(loaded.job)),
            last_keys(session, loaded.job),
            {key: value for key, value in loaded.job.tags.items() if "/" not in key},
        )
        for loaded in jobs
    )
    stamps = {file: stamp(file) for file in index_files(session, locations)}
    return Index(entries, {file: found for file, found in stamps.items() if found is not None})


def op_keys(job: JobDefinition) -> Iterator[str]:
    """The ops of a job, those of nested graphs by their dotted path."""
    return (".".join(path) for path, _, _ in walk_ops(job.graph))


def last_keys(session: Session, job: JobDefinition) -> tuple[str, ...]:
    """The last partition keys of a job, the newest first; none where a function of the user would have to be called."""
    if job.partitions_def is None:
        return ()
    from dagjob.cli.partition import asking

    with asking(session) as now:
        return (
            tuple(job.partitions_def.latest(MOST_KEYS, now)[::-1]) if job.partitions_def.ends(now) is not None else ()
        )


def config_paths(job: JobDefinition) -> Iterator[str]:
    """What `--set` can name, as it is typed."""
    for path, _, op in walk_ops(job.graph, into_mapped=False):
        yield from (f"{'.'.join(path)}.{name}" for name in _fields(op.config_schema))
    for key, resource in job.resource_defs.items():
        yield from (f"resources.{key}.{name}" for name in _fields(resource.config_schema))


def _fields(schema: Schema | None) -> Sequence[str]:
    if schema is None:
        return ()
    from dagjob.config.schema import Field, Selector, Shape

    if isinstance(schema, Field):
        schema = schema.config_type
    return tuple(schema.fields) if isinstance(schema, Shape | Selector) else ()
