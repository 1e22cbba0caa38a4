"""A repository: jobs by name, bound to what they lack when they are asked for; and the decorator that makes one.

A binding never changes a job of the user; it makes copies. What comes as a function is called on first use, so a module
of many jobs costs what is used of it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cached_property, partial
from typing import Any, TypeVar, overload

from dagjob.definitions.executors import ExecutorDefinition
from dagjob.definitions.graphs import GraphDefinition
from dagjob.definitions.iomanagers import default_io_manager
from dagjob.definitions.jobs import JobDefinition
from dagjob.definitions.loggers import LoggerDefinition, check_loggers
from dagjob.definitions.parameters import doc_of, is_foreign, name_of, parameters_of
from dagjob.definitions.resources import ResourceDefinition
from dagjob.errors import (
    CheckError,
    DagjobInvalidDefinitionError,
    DagjobInvariantViolationError,
    LeftAloneWarning,
    did_you_mean,
    warn_user,
)
from dagjob.values.checks import brief, check_kind

Job = JobDefinition | GraphDefinition
LazyJob = Callable[[], Job]
_NONE = type(None)

NAME_OF_DEFINITIONS = "__repository__"
"""What the repository of a `Definitions` is called."""


class RepositoryDefinition:
    """Jobs by name. What comes as a function is called when its job is first asked for."""

    def __init__(
        self,
        name: str,
        jobs: Mapping[str, Job | LazyJob],
        *,
        description: str | None = None,
        metadata: Mapping[str, Any] | None = None,
        bind: Callable[[JobDefinition], JobDefinition] | None = None,
        left_alone: Iterable[Any] = (),
    ) -> None:
        """`left_alone` are the schedules and sensors, which can be asked for and do nothing."""
        self.name = name
        self.description = description
        self._given = dict(jobs)
        self._metadata = metadata
        self._bind = bind
        self._made: dict[str, JobDefinition] = {}
        self._judged: set[str] = set()
        self._left_alone = tuple(left_alone)

    @property
    def metadata(self) -> Mapping[str, Any]:
        """What was attached to the repository."""
        from dagjob.values.metadata import normalize_metadata

        return normalize_metadata(self._metadata)

    @property
    def job_names(self) -> list[str]:
        """The names of all jobs."""
        return list(self._given)

    def has_job(self, name: str) -> bool:
        """Is there a job of this name?"""
        return name in self._given

    def get_job(self, name: str) -> JobDefinition:
        """The job of this name, bound to what it lacks.

        Raises `DagjobInvariantViolationError` when there is none, `DagjobInvalidConfigError` when the config that it was
        defined with does not fit it.
        """
        job = self._bound_job(name)
        if name not in self._judged:
            job.check_own_config()
            self._judged.add(name)
        return job

    def bound_jobs(self) -> list[JobDefinition]:
        """All jobs, bound, in the order in which they were given; their configs are not looked at."""
        return [self._bound_job(name) for name in self._given]

    def bind_jobs(self, names: Iterable[str]) -> None:
        """Look now at these jobs. Raises `DagjobInvalidDefinitionError` for one that lacks a resource."""
        for name in names:
            self._bound_job(name)

    def _bound_job(self, name: str) -> JobDefinition:
        if name not in self._given:
            names = ", ".join(self._given) or "none"
            raise DagjobInvariantViolationError(
                f'there is no job "{name}" in {self._title} (jobs: {names}).{did_you_mean(name, self._given)}'
            )
        if name not in self._made:
            job = _as_job(self._given[name], name, self._title)
            self._made[name] = self._bind(job) if self._bind is not None else job
        return self._made[name]

    def get_all_jobs(self) -> list[JobDefinition]:
        """All jobs, bound, in the order in which they were given."""
        return [self.get_job(name) for name in self._given]

    @property
    def schedule_defs(self) -> Sequence[Any]:
        """The schedules that were given, which are left alone."""
        return self._of_kind("schedule")

    def has_schedule_def(self, name: str) -> bool:
        """Is there a schedule of this name?"""
        return self._is_named("schedule", name)

    def get_schedule_def(self, name: str) -> Any:
        """The schedule of this name. Raises `DagjobInvariantViolationError` when there is none."""
        return self._named("schedule", name)

    @property
    def sensor_defs(self) -> Sequence[Any]:
        """The sensors that were given, which are left alone."""
        return self._of_kind("sensor")

    def has_sensor_def(self, name: str) -> bool:
        """Is there a sensor of this name?"""
        return self._is_named("sensor", name)

    def get_sensor_def(self, name: str) -> Any:
        """The sensor of this name. Raises `DagjobInvariantViolationError` when there is none."""
        return self._named("sensor", name)

    def _of_kind(self, kind: str) -> list[Any]:
        """Of what is left alone only the class tells what it is."""
        return [one for one in self._left_alone if type(one).__name__.lower().endswith(f"{kind}definition")]

    def _is_named(self, kind: str, name: str) -> bool:
        return any(one.name == name for one in self._of_kind(kind))

    def _named(self, kind: str, name: str) -> Any:
        for one in self._of_kind(kind):
            if one.name == name:
                return one
        raise DagjobInvariantViolationError(f'there is no {kind} "{name}" in {self._title}.')

    @property
    def _title(self) -> str:
        return "these Definitions" if self.name == NAME_OF_DEFINITIONS else f'repository "{self.name}"'

    def __repr__(self) -> str:
        return f"<RepositoryDefinition {self.name}>"


class RepositoryData:
    """Jobs that are found when they are asked for. A subclass has `get_all_jobs`; `@repository` takes one.

    Where finding all is dear, a subclass has `get_job_names` and `get_job` too, and only they are called to run a job.
    """

    def get_all_jobs(self) -> Sequence[Job]:
        """All jobs."""
        raise CheckError(f"{type(self).__name__} is a RepositoryData without get_all_jobs: say which jobs it holds.")

    def get_job_names(self) -> Sequence[str]:
        """The names of all jobs."""
        return list(self._by_name)

    def has_job(self, job_name: str) -> bool:
        """Is there a job of this name?"""
        return job_name in self.get_job_names()

    def get_job(self, job_name: str) -> Job:
        """The job of this name."""
        return self._by_name[job_name]

    @cached_property
    def _by_name(self) -> dict[str, Job]:
        return by_name(self.get_all_jobs(), type(self).__name__)


# -- binding -------------------------------------------------------------------------------------------------------


class Binding:
    """What jobs get that they lack. Called with a job, it returns a bound copy that lacks no resource."""

    def __init__(
        self,
        resources: Mapping[str, ResourceDefinition],
        executor: ExecutorDefinition | None,
        loggers: Mapping[str, LoggerDefinition] | None,
    ) -> None:
        self._resources = resources
        self._executor = executor
        self._loggers = loggers

    def __call__(self, job: JobDefinition) -> JobDefinition:
        # The default IO manager is in every job that names none: it counts as missing, so that ours can take its place.
        own = {
            key: value
            for key, value in job.resource_defs.items()
            if key != "io_manager" or value is not default_io_manager
        }
        if self._resources and not job.required_resource_keys | {"io_manager"} <= own.keys():
            job = job.with_top_level_resources({**self._resources, **own})
        if self._executor is not None and not job.has_specified_executor:
            job = job.with_executor_def(self._executor)
        if self._loggers is not None and not job.has_specified_loggers:
            job = job.with_logger_defs(self._loggers)
        job.check_requirements()
        return job


# -- @repository ---------------------------------------------------------------------------------------------------

_FOREIGN_SECTIONS = ("schedules", "sensors", "assets", "asset_checks", "partition_sets")


@overload
def repository(name: Callable[[], Any], /) -> RepositoryDefinition: ...
@overload
def repository(
    name: str | None = None,
    description: str | None = None,
    metadata: Mapping[str, Any] | None = None,
    *,
    default_executor_def: ExecutorDefinition | None = None,
    default_logger_defs: Mapping[str, LoggerDefinition] | None = None,
) -> Callable[[Callable[[], Any]], RepositoryDefinition]: ...
def repository(
    name: Any = None,
    description: str | None = None,
    metadata: Mapping[str, Any] | None = None,
    *,
    default_executor_def: ExecutorDefinition | None = None,
    default_logger_defs: Mapping[str, LoggerDefinition] | None = None,
) -> Any:
    """Makes a repository of a function without parameters, which is called at once; bare or with arguments.

    It returns a list of jobs and graphs, `{"jobs": {name: job, graph, or function that returns one}}`, or a
    `RepositoryData`. Raises `DagjobInvalidDefinitionError` for a job that lacks a resource; one that a function makes is
    looked at when it is first asked for.
    """
    if callable(name):
        return repository()(name)
    check_kind(default_executor_def, (ExecutorDefinition, _NONE), "@repository: default_executor_def")
    bind = Binding({}, default_executor_def, check_loggers(default_logger_defs, "@repository"))

    def decorate(function: Callable[[], Any]) -> RepositoryDefinition:
        title = f'repository "{name or name_of(function)}"'
        if parameters_of(function).required:
            raise CheckError(f"the function of {title} must take no parameters.")
        returned = function()
        jobs = _jobs_of(returned, title)
        made = RepositoryDefinition(
            name or name_of(function),
            jobs,
            description=description if description is not None else doc_of(function),
            metadata=metadata,
            bind=bind,
            left_alone=_left_alone(returned),
        )
        made.bind_jobs(name for name, job in jobs.items() if isinstance(job, JobDefinition | GraphDefinition))
        return made

    return decorate


def _jobs_of(returned: object, title: str) -> dict[str, Job | LazyJob]:
    if isinstance(returned, RepositoryData):
        return {name: partial(returned.get_job, name) for name in returned.get_job_names()}
    if isinstance(returned, dict):
        return _jobs_of_dict(returned, title)
    if not isinstance(returned, list | tuple):
        raise DagjobInvalidDefinitionError(
            f"the function of {title} must return a list of jobs, or a dict with the key jobs, not {brief(returned)}."
        )
    flat = _flat(returned)
    jobs = []
    ignored = 0
    for position, thing in enumerate(flat):
        if isinstance(thing, JobDefinition | GraphDefinition):
            jobs.append(thing)
        elif is_foreign(thing):
            ignored += 1
        else:
            raise DagjobInvalidDefinitionError(
                f"element {position} of what {title} returns is {thing!r} ({type(thing).__name__}); a repository holds "
                "jobs and graphs."
            )
    warn_of_ignored({"definitions": ignored})
    return dict(by_name(jobs, title))


def _flat(members: Iterable[Any]) -> list[Any]:
    return [thing for member in members for thing in (member if isinstance(member, list | tuple) else (member,))]


def _left_alone(returned: object) -> list[Any]:
    """What is not ours of what the function of a repository returned."""
    if isinstance(returned, dict):
        sections = [returned.get(section) or () for section in _FOREIGN_SECTIONS]
        things = [thing for one in sections for thing in (one.values() if isinstance(one, Mapping) else one)]
    else:
        things = _flat(returned) if isinstance(returned, list | tuple) else []
    return [thing for thing in things if is_foreign(thing)]


def _jobs_of_dict(returned: Mapping[str, Any], title: str) -> dict[str, Job | LazyJob]:
    unknown = [key for key in returned if key != "jobs" and key not in _FOREIGN_SECTIONS]
    if unknown:
        raise DagjobInvalidDefinitionError(
            f"the dict that {title} returns has unknown keys: {', '.join(map(repr, unknown))}; it may have "
            "the key jobs."
        )
    jobs = returned.get("jobs", {})
    for name, thing in jobs.items():
        if not (isinstance(thing, JobDefinition | GraphDefinition) or callable(thing)):
            raise DagjobInvalidDefinitionError(
                f'the job "{name}" that {title} returns is {thing!r}; it must be a job, a graph, or a function that '
                "returns one."
            )
        if isinstance(thing, JobDefinition | GraphDefinition):
            _check_key(name, thing, title)
        _check_reserved(name, title)
    warn_of_ignored({section.replace("_", " "): len(returned.get(section) or ()) for section in _FOREIGN_SECTIONS})
    return dict(jobs)


# -- names ---------------------------------------------------------------------------------------------------------

J = TypeVar("J", bound=Job)


def by_name(jobs: Iterable[J], title: str) -> dict[str, J]:
    """Jobs by their names; the same object twice is one. Raises `DagjobInvalidDefinitionError` for two of one name."""
    found: dict[str, J] = {}
    for job in jobs:
        _check_reserved(job.name, title)
        if found.setdefault(job.name, job) is not job:
            raise DagjobInvalidDefinitionError(
                f'there are two different jobs called "{job.name}" in {title}; give one of them another name.'
            )
    return found


def _check_reserved(name: str, title: str) -> None:
    if name.startswith("__"):
        raise DagjobInvalidDefinitionError(f'"{name}" in {title} cannot be the name of a job: it begins with "__".')


def _check_key(key: str, job: Job, title: str) -> None:
    if job.name != key:
        raise CheckError(f'the job under the key "{key}" in {title} is called "{job.name}"; they must be the same.')


def _as_job(given: Job | LazyJob, name: str, title: str) -> JobDefinition:
    if not isinstance(given, JobDefinition | GraphDefinition):
        given = given()
        if not isinstance(given, JobDefinition | GraphDefinition):
            raise DagjobInvariantViolationError(
                f'the function for the job "{name}" in {title} returned {brief(given)}, which is neither job nor graph.'
            )
        _check_key(name, given, title)
    return given if isinstance(given, JobDefinition) else given.to_job()


# -- what is not ours ----------------------------------------------------------------------------------------------


def warn_of_ignored(counts: Mapping[str, int]) -> None:
    ignored = ", ".join(
        f"{count} {what if count > 1 else what.removesuffix('s')}" for what, count in counts.items() if count
    )
    if ignored:
        warn_user(f"dagjob runs jobs; what else was defined here is left alone: {ignored}.", LeftAloneWarning)
