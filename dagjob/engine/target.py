"""From the words `module:job` to a job: find in the user's module, which is imported here, what was meant.

The same target is loaded here and again in a worker that was not forked from this process.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Sequence
from types import ModuleType
from typing import TYPE_CHECKING, Any, TypeAlias, TypeGuard

from dagjob.definitions.graphs import GraphDefinition
from dagjob.definitions.jobs import JobDefinition
from dagjob.definitions.ops import OpDefinition
from dagjob.definitions.parameters import is_foreign
from dagjob.engine.importing import Target, import_target, stdout_is_stderr
from dagjob.errors import DagjobAmbiguousTargetError, DagjobTargetError, DagjobUnknownTargetError, Place, did_you_mean
from dagjob.record import Record, replace

if TYPE_CHECKING:
    from dagjob.definitions.collection import Definitions, LazyDefinitions, RepositoryDefinition

Container: TypeAlias = "Definitions | LazyDefinitions | RepositoryDefinition"


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
                "looked for: Definitions, @repository, @job, @graph at the top level of the module", *_only_of_dagster()
            )
        names = ", ".join(each.target.name or "" for each in found)
        raise DagjobAmbiguousTargetError(f'"{target.location}" holds {len(found)} jobs: {names}').noting(
            f"name one of them, for example  {found[0].target.text}"
        )
    return _named(module, target, target.name)


def _only_of_dagster() -> tuple[str, ...]:
    """What was found in place of jobs."""
    if "dagjob.compat.inert" not in sys.modules:
        return ()
    from dagjob.compat.inert import ignored

    told = list(dict.fromkeys(each.told for each in ignored()))
    more = f" and {len(told) - 3} more" if len(told) > 3 else ""
    return (f"found, and left alone: {', '.join(told[:3])}{more}", "dagjob runs jobs only") if told else ()


def jobs_in(module: ModuleType, target: Target) -> list[LoadedJob]:
    """All jobs of a module, by the first rule of contract def-8 that matches; the same job under two names is one.

    Raises `DagjobTargetError` for two jobs of one name: whoever asks for it would get the first, and never the other.
    """
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
            _refuse_twins(found, target)
            return found
    return []


def _refuse_twins(found: Sequence[LoadedJob], target: Target) -> None:
    named: dict[str, LoadedJob] = {}
    for loaded in found:
        first = named.setdefault(loaded.job.name, loaded)
        if first is loaded:
            continue
        error = DagjobTargetError(f'two jobs of "{target.location}" have the name "{loaded.job.name}"')
        error.place = loaded.job.place
        error.noting(*(f"{each.attribute}{_at(each.job.place)}" for each in (first, loaded)))
        raise error.noting('give one of them a name of its own:  @job(name="...")  or  to_job(name="...")')


def _at(place: Place | None) -> str:
    return f"  at {place.file}:{place.line}" if place is not None else ""


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
        jobs_in(module, target)  # refuses two of one name
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
    if is_foreign(value):
        raise DagjobTargetError(f'"{target.text}" is {value!r}').noting(
            "dagjob runs jobs: name a @job or @graph, or the Definitions or @repository that hold it"
        )
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

    return container.own_jobs if isinstance(container, Definitions) else []


def _loaded(target: Target, module: ModuleType, attribute: str | None, job: JobDefinition) -> LoadedJob:
    name = attribute or job.name
    return LoadedJob(replace(target, name=name), job, getattr(module, "__file__", None) or "", attribute)
