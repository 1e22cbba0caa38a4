"""From the words `module:job` to a job: import the user's module, and find what was meant in it.

The same target is loaded here and again in a worker that was not forked from this process. While user code is imported
file descriptor 1 is stderr, so that a module that prints cannot spoil what we write on stdout. What may go wrong is said
in the user's terms: the module, its own frames, the names that are there.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from types import ModuleType
from typing import TYPE_CHECKING, Any, TypeAlias, TypeGuard

from dagjob.definitions.graphs import GraphDefinition
from dagjob.definitions.jobs import JobDefinition
from dagjob.definitions.ops import OpDefinition
from dagjob.engine.describe import HOUSE, describe
from dagjob.errors import (
    DagjobAmbiguousTargetError,
    DagjobError,
    DagjobImportError,
    DagjobTargetError,
    DagjobUnknownTargetError,
    Place,
    did_you_mean,
    nearest,
)
from dagjob.record import Record, replace

if TYPE_CHECKING:
    from dagjob.definitions.collection import Definitions, LazyDefinitions, RepositoryDefinition

Container: TypeAlias = "Definitions | LazyDefinitions | RepositoryDefinition"


class Target(Record):
    """Where a job is: a module or a file, and a name in it (None: its only job).

    `root` is the folder that relative files start from, `python_path` what goes first on `sys.path`.
    """

    location: str
    name: str | None = None
    root: str = "."
    python_path: tuple[str, ...] = ()

    @property
    def text(self) -> str:
        """The target as it is typed."""
        return self.location if self.name is None else f"{self.location}:{self.name}"

    @property
    def file(self) -> str | None:
        """The file that the location names; None for a module."""
        if self.location.endswith(".py") or os.sep in self.location or self.location == ".":
            return os.path.normpath(os.path.join(self.root, self.location))
        return None


class LoadedJob(Record):
    """A job and how to find it again. `attribute` is the name in the module, where there is one."""

    target: Target
    job: JobDefinition
    file: str
    attribute: str | None = None


def split_target(text: str) -> tuple[str | None, str | None]:
    """`(location, name)` of a target; a text without a location is only a name.

    The last colon that is not followed by a slash or backslash divides, so `C:\\p\\jobs.py` is a location.
    """
    at = text.rfind(":")
    while at >= 0 and text[at + 1 : at + 2] in ("/", "\\"):
        at = text.rfind(":", 0, at)
    if at > 0:
        return text[:at], text[at + 1 :] or None
    if text.endswith(".py") or "/" in text or os.sep in text or text in (".", ".."):
        return text, None
    return (text, None) if "." in text else (None, text)


def load_job(target: Target) -> LoadedJob:
    """Import the target's module and return the one job that it names. Its config is not looked at.

    Raises `DagjobImportError` (DJ103), `DagjobUnknownTargetError` (DJ101), `DagjobAmbiguousTargetError` (DJ102), or the
    definition error that the module's own code raised.
    """
    loaded = _found(target)
    loaded.job.check_requirements()
    return loaded


def _found(target: Target) -> LoadedJob:
    module = import_target(target)
    if target.name is None:
        found = jobs_in(module, target)
        if len(found) == 1:
            return found[0]
        if not found:
            raise DagjobTargetError(f'"{target.location}" holds no job').noting(
                "looked for: Definitions, @repository, @job, @graph at the top level of the module"
            )
        names = ", ".join(each.target.name or "" for each in found)
        raise DagjobAmbiguousTargetError(f'"{target.location}" holds {len(found)} jobs: {names}').noting(
            f"name one of them, for example  {found[0].target.text}"
        )
    return _named(module, target, target.name)


def jobs_in(module: ModuleType, target: Target) -> list[LoadedJob]:
    """All jobs of a module, by the first rule of contract def-8 that matches; the same job under two names is one."""
    values = [(name, value) for name, value in sorted(vars(module).items()) if not name.startswith("__")]
    containers = _containers(values)
    if containers:
        return [_loaded(target, module, None, job) for container in containers for job in _jobs_of(container)]
    for kind in (JobDefinition, GraphDefinition):
        seen: set[int] = set()
        found = []
        for name, value in values:
            if isinstance(value, kind) and id(value) not in seen:
                seen.add(id(value))
                found.append(_loaded(target, module, name, as_job(value)))
        if found:
            return found
    return []


def as_job(value: JobDefinition | GraphDefinition) -> JobDefinition:
    """A graph becomes the job that it stands for."""
    return value if isinstance(value, JobDefinition) else value.to_job()


# -- finding a name ------------------------------------------------------------------------------------------------


def _named(module: ModuleType, target: Target, name: str) -> LoadedJob:
    missing = object()
    value: Any = module
    for part in name.split("."):
        value = getattr(value, part, missing)
    if value is missing:
        return _by_job_name(module, target, name)
    if isinstance(value, OpDefinition):
        raise DagjobTargetError(f'"{target.text}" is an op; only jobs and graphs can be run').noting(
            f"a job that runs it alone:  @job  def {value.name}_job(): {value.name}()"
        )
    if not isinstance(value, (JobDefinition, GraphDefinition)) and not _is_container(value):
        value = _call(value, target)
    if _is_container(value):
        jobs = _jobs_of(value)
        if len(jobs) == 1:
            return _loaded(target, module, name, jobs[0])
        names = ", ".join(job.name for job in jobs) or "none"
        raise DagjobAmbiguousTargetError(f'"{target.text}" holds {len(jobs)} jobs: {names}').noting(
            f"name the job itself:  {target.location}:{jobs[0].name if jobs else 'JOB'}"
        )
    if isinstance(value, (JobDefinition, GraphDefinition)):
        return _loaded(target, module, name, _bound(module, as_job(value)))
    raise DagjobTargetError(f'"{target.text}" is a {type(value).__name__}, not a job, graph, Definitions or repository')


def _by_job_name(module: ModuleType, target: Target, name: str) -> LoadedJob:
    found = jobs_in(module, target)
    for each in found:
        if each.job.name == name:
            return each
    names = [each.job.name for each in found]
    error = DagjobUnknownTargetError(f'no job "{name}" in {target.location}.{did_you_mean(name, names)}')
    raise error.noting(f"{len(names)} job{'s' if len(names) != 1 else ''}: {', '.join(names[:20])}" if names else "")


def _call(value: object, target: Target) -> object:
    """A function without parameters may make the job."""
    code = getattr(value, "__code__", None)
    if not callable(value) or code is None:
        raise DagjobTargetError(
            f'"{target.text}" is a {type(value).__name__}, not a job, graph, Definitions or repository'
        )
    if code.co_argcount or code.co_kwonlyargcount or code.co_flags & 0x0C:
        raise DagjobTargetError(f'"{target.text}" is a function with parameters').noting(
            "a function that makes a job takes none"
        )
    with stdout_is_stderr():
        return value()


def _bound(module: ModuleType, job: JobDefinition) -> JobDefinition:
    """The same job with the resources, executor and loggers of the module's Definitions, when it is in them."""
    containers = _containers(vars(module).items())
    if len(containers) == 1 and any(each is job for each in _listed_jobs(containers[0])):
        return next(bound for bound in _jobs_of(containers[0]) if bound.name == job.name)
    return job


# -- containers: only when the module has loaded them ---------------------------------------------------------------


def _collection() -> ModuleType | None:
    return sys.modules.get("dagjob.definitions.collection")


def _is_container(value: object) -> TypeGuard[Container]:
    collection = _collection()
    return collection is not None and isinstance(
        value, (collection.Definitions, collection.RepositoryDefinition, collection.LazyDefinitions)
    )


def _containers(values: Iterable[tuple[str, object]]) -> list[Container]:
    collection = _collection()
    if collection is None:
        return []
    for kind, limit in (
        (collection.LazyDefinitions, 1),
        (collection.Definitions, 1),
        (collection.RepositoryDefinition, None),
    ):
        found = [(name, value) for name, value in values if isinstance(value, kind)]
        if limit is not None and len(found) > limit:
            names = ", ".join(name for name, _ in found)
            raise DagjobTargetError(f"a module may hold one {kind.__name__}, this one has {len(found)}: {names}")
        if found:
            return list({id(value): value for _, value in found}.values())
    return []


def _jobs_of(container: Container) -> list[JobDefinition]:
    from dagjob.definitions.collection import LazyDefinitions

    with stdout_is_stderr():
        return (container() if isinstance(container, LazyDefinitions) else container).bound_jobs()


def _listed_jobs(container: Container) -> list[JobDefinition]:
    from dagjob.definitions.collection import Definitions

    return container.jobs if isinstance(container, Definitions) else []


def _loaded(target: Target, module: ModuleType, attribute: str | None, job: JobDefinition) -> LoadedJob:
    name = attribute or job.name
    return LoadedJob(replace(target, name=name), job, getattr(module, "__file__", None) or "", attribute)


# -- importing -----------------------------------------------------------------------------------------------------


def import_target(target: Target) -> ModuleType:
    """The user's module, imported by name or from its file."""
    file = target.file
    if file is None:
        return _import(target.location, target, None)
    if os.path.isdir(file):
        file = os.path.join(file, "__init__.py")
    if not os.path.isfile(file):
        from dagjob.builtin.mistyped_file import did_you_mean_file

        hint = did_you_mean_file(target.location, target.root)
        raise DagjobUnknownTargetError(f"no file {target.location}{hint and f'.{hint}'}").noting(
            f"looked in {os.path.abspath(target.root)}"
        )
    name, folder = module_name(file)
    loaded = sys.modules.get(name)
    if loaded is not None and _same_file(getattr(loaded, "__file__", None), file):
        return loaded
    if loaded is not None:
        # Another file of that name was imported before: load this one beside it, under a name of its own.
        return _import_file(f"{name}__{abs(hash(os.path.abspath(file))):x}", file, target)
    return _import(name, target, folder)


def module_name(file: str) -> tuple[str, str]:
    """The name under which a file is imported, and the folder that must be on `sys.path` for it."""
    folder, base = os.path.split(os.path.abspath(file))
    parts = [] if base == "__init__.py" else [base.removesuffix(".py")]
    while os.path.isfile(os.path.join(folder, "__init__.py")):
        folder, package = os.path.split(folder)
        parts.insert(0, package)
    return ".".join(parts) or "__init__", folder


def _same_file(loaded: str | None, file: str) -> bool:
    return loaded is not None and os.path.realpath(loaded) == os.path.realpath(file)


def _import(name: str, target: Target, folder: str | None) -> ModuleType:
    for path in reversed([*target.python_path, *((folder,) if folder else ()), os.path.abspath(target.root)]):
        path = os.path.abspath(path)
        if path in sys.path:
            sys.path.remove(path)
        sys.path.insert(0, path)

    def run() -> ModuleType:
        __import__(name)
        return sys.modules[name]

    return _guarded(run, target, name)


def _import_file(name: str, file: str, target: Target) -> ModuleType:
    from importlib.util import module_from_spec, spec_from_file_location

    spec = spec_from_file_location(name, file)
    if spec is None or spec.loader is None:
        raise DagjobTargetError(f"{target.location} is no Python file")
    module = module_from_spec(spec)
    sys.modules[name] = module

    def run() -> ModuleType:
        spec.loader.exec_module(module)  # type: ignore[union-attr]
        return module

    try:
        return _guarded(run, target, name)
    except BaseException:
        sys.modules.pop(name, None)
        raise


def _guarded(run: Callable[[], ModuleType], target: Target, name: str) -> ModuleType:
    """Run user code at import, and put what goes wrong into words."""
    try:
        with stdout_is_stderr():
            return run()
    except DagjobError as error:
        if error.place is None:
            error.place = users_place(error)
        raise
    except ModuleNotFoundError as error:
        if error.name is not None and (error.name == name or name.startswith(error.name + ".")):
            raise _not_found(target, name) from None
        raise _cannot_import(target, error) from error
    except SystemExit as error:
        raise _cannot_import(target, error, f"the module exits while it is imported (code {error.code})") from error
    except Exception as error:
        raise _cannot_import(target, error) from error


def _not_found(target: Target, name: str) -> DagjobUnknownTargetError:
    error = DagjobUnknownTargetError(f'no module "{name}"')
    where = ", ".join(dict.fromkeys([os.path.abspath(target.root), *map(os.path.abspath, target.python_path)]))
    inside = os.path.join("src", *name.split("."))
    if any(os.path.exists(os.path.join(target.root, inside + end)) for end in (".py", "/__init__.py")):
        error.noting(f'there is {inside}: write  python-path = ["src"]  in [tool.dagjob]')
    return error.noting(f"looked in {where}, and where Python looks", "for a file, write its path:  path/jobs.py:job")


def _cannot_import(target: Target, cause: BaseException, why: str | None = None) -> DagjobImportError:
    info = describe(cause)
    error = DagjobImportError(f"cannot import {target.location}: {why or f'{info.type}: {info.message}'}")
    error.info = info
    if isinstance(cause, SyntaxError) and cause.filename:
        error.place = Place(cause.filename, cause.lineno or 0, cause.offset or 0)
    else:
        error.place = users_place(cause)
    if isinstance(cause, ImportError) and "relative import" in info.message:
        error.noting("a file is imported alone: name the module instead, as in  package.module:job")
    elif isinstance(cause, ModuleNotFoundError):
        where = ", ".join(dict.fromkeys([os.path.abspath(target.root), *map(os.path.abspath, target.python_path)]))
        error.noting(
            f"working directory: {where}", "modules elsewhere: python-path in [tool.dagjob], or  dagjob -C DIR"
        )
    if isinstance(cause, ImportError) and cause.name == "dagjob":
        error.noting(*_nearest_public_name(info.message))
    return error


def _nearest_public_name(message: str) -> tuple[str, ...]:
    """The hint for `cannot import name 'RetryPolcy' from 'dagjob'`: Python's message has the name only as text."""
    public = sys.modules["dagjob"].__all__
    near = nearest(message.partition("'")[2].partition("'")[0], public)
    return (f'did you mean "{near}"?',) if near else ()


def users_place(error: BaseException) -> Place | None:
    """Where in the user's own code an exception was raised."""
    frames = [frame for frame in describe(error).frames if not frame.file.startswith("<frozen")]
    mine = [frame for frame in frames if "site-packages" not in frame.file and not frame.file.startswith(HOUSE)]
    chosen = (mine or frames)[-1:]
    return Place(chosen[0].file, chosen[0].line, 1, 0) if chosen else None


@contextmanager
def stdout_is_stderr() -> Iterator[None]:
    """While this is open, whatever is printed, by C code too, goes to stderr."""
    try:
        sys.stdout.flush()
        kept = os.dup(1)
    except (OSError, ValueError, AttributeError):  # stdout is closed, or no file: nothing to protect
        yield
        return
    try:
        os.dup2(2, 1)
        yield
    finally:
        with suppress(OSError, ValueError):
            sys.stdout.flush()
        os.dup2(kept, 1)
        os.close(kept)
