"""The containers of a module: `Definitions`, `@definitions`, and, from `repositories.py`, `@repository`.

A container holds jobs and what they share. Making one checks only kinds; asking it for its jobs binds each to what it
lacks (resources, executor, loggers) and checks names and requirements. What belongs to a server (assets, schedules,
sensors) is accepted, counted and left alone.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from dagjob.definitions.executors import ExecutorDefinition
from dagjob.definitions.graphs import GraphDefinition
from dagjob.definitions.jobs import JobDefinition
from dagjob.definitions.loggers import LoggerDefinition, check_loggers
from dagjob.definitions.parameters import is_foreign, name_of, parameters_of
from dagjob.definitions.repositories import (
    NAME_OF_DEFINITIONS,
    Binding,
    RepositoryDefinition,
    by_name,
    repository,
    warn_of_ignored,
)
from dagjob.definitions.resources import to_resource_definitions
from dagjob.errors import (
    CheckError,
    DagjobInvalidDefinitionError,
    DagjobInvariantViolationError,
    ParameterCheckError,
    did_you_mean,
)
from dagjob.values.checks import check_kind, check_member

if TYPE_CHECKING:
    from dagjob.values.metadata import MetadataValue

__all__ = [
    "BindResourcesToJobs", "Definitions", "LazyDefinitions", "RepositoryDefinition",
    "create_repository_using_definitions_args", "definitions", "repository", "with_resources",
]  # fmt: skip

_NONE = type(None)


class Definitions:
    """The jobs of a module, with the resources, executor and loggers for those that lack them.

    `resources` are given to each job that misses one; its own win. `executor` and `loggers` are used by jobs that named
    none. Raises `CheckError` for what is of the wrong kind; all else is found when a job is asked for.
    """

    def __init__(
        self,
        assets: Iterable[Any] | None = None,
        schedules: Iterable[Any] | None = None,
        sensors: Iterable[Any] | None = None,
        jobs: Iterable[JobDefinition] | None = None,
        resources: Mapping[str, Any] | None = None,
        executor: Any = None,
        loggers: Mapping[str, LoggerDefinition] | None = None,
        asset_checks: Iterable[Any] | None = None,
        metadata: Mapping[str, Any] | None = None,
        component_tree: Any = None,
    ) -> None:
        # As in Dagster, what was not given is None.
        self.assets = _listed(assets, "assets")
        self.schedules = _listed(schedules, "schedules")
        self.sensors = _listed(sensors, "sensors")
        self.asset_checks = _listed(asset_checks, "asset_checks")
        self.jobs: Sequence[JobDefinition] | None = _listed_jobs(jobs)
        self.own_jobs, foreign = _own_jobs(self.jobs or ())
        """Those of `jobs` that dagjob can run, each once."""
        check_kind(resources, (dict, Mapping, _NONE), "Definitions: resources")
        self.resources: Mapping[str, Any] | None = None if resources is None else dict(resources)
        self.executor = _executor(executor)
        self.loggers = check_loggers(loggers, "Definitions")
        check_kind(metadata, (dict, Mapping, _NONE), "Definitions: metadata")
        self.metadata: Mapping[str, MetadataValue] = _normalized(metadata)
        self.component_tree = component_tree
        self._repository: RepositoryDefinition | None = None
        warn_of_ignored(
            {
                "assets": len(self.assets or ()),
                "asset checks": len(self.asset_checks or ()),
                "asset jobs": foreign,
                "schedules": len(self.schedules or ()),
                "sensors": len(self.sensors or ()),
            }
        )

    def get_repository_def(self) -> RepositoryDefinition:
        """All jobs, bound and checked. Raises what is wrong with any of them."""
        repository = self._as_repository()
        repository.get_all_jobs()
        return repository

    def named_repository(self, name: str) -> RepositoryDefinition:
        """The same as a repository of another name."""
        repository = RepositoryDefinition(
            name,
            by_name(self.own_jobs, "these Definitions"),
            metadata=self.metadata,
            bind=Binding(to_resource_definitions(self.resources or {}, "Definitions"), self.executor, self.loggers),
            left_alone=(*(self.schedules or ()), *(self.sensors or ())),
        )
        repository.bound_jobs()
        return repository

    def bound_jobs(self) -> list[JobDefinition]:
        """All jobs, bound; their configs are not looked at."""
        return self._as_repository().bound_jobs()

    def _as_repository(self) -> RepositoryDefinition:
        if self._repository is None:
            self._repository = self.named_repository(NAME_OF_DEFINITIONS)
        return self._repository

    def resolve_all_job_defs(self) -> list[JobDefinition]:
        """All jobs, bound and checked."""
        return self.get_repository_def().get_all_jobs()

    def resolve_job_def(self, name: str) -> JobDefinition:
        """One job by its name, bound and checked."""
        check_kind(name, str, "the name of a job")
        return self.get_repository_def().get_job(name)

    def get_job_def(self, name: str) -> JobDefinition:
        """One job by its name; the older spelling of `resolve_job_def`."""
        return self.resolve_job_def(name)

    @staticmethod
    def validate_loadable(defs: Definitions) -> None:
        """Raise what loading would raise."""
        check_kind(defs, Definitions, "validate_loadable: defs")
        defs.get_repository_def()

    @staticmethod
    def merge(*def_sets: Definitions) -> Definitions:
        """One container with what several hold.

        Raises `DagjobInvariantViolationError` when two give one key different values, or both have an executor. Of
        metadata the last counts.
        """
        def_sets = tuple([one for one in def_sets if not is_foreign(one)])
        for one in def_sets:
            check_member(one, Definitions, "Definitions.merge: each argument")
        executors = list(dict.fromkeys(one.executor for one in def_sets if one.executor is not None))
        if len(executors) > 1:
            names = ", ".join(executor.name for executor in executors)
            raise DagjobInvariantViolationError(
                f"Definitions.merge: there can be one executor, but these come: {names}."
            )
        return Definitions(
            assets=[asset for one in def_sets for asset in one.assets or ()],
            schedules=[schedule for one in def_sets for schedule in one.schedules or ()],
            sensors=[sensor for one in def_sets for sensor in one.sensors or ()],
            asset_checks=[check for one in def_sets for check in one.asset_checks or ()],
            jobs=[job for one in def_sets for job in one.jobs or ()],
            resources=_merged([one.resources or {} for one in def_sets], "resource"),
            executor=executors[0] if executors else None,
            loggers=_merged([one.loggers or {} for one in def_sets], "logger") or None,
            metadata={key: value for one in def_sets for key, value in one.metadata.items()},
        )


class LazyDefinitions:
    """What `@definitions` makes: a function that is called, once, when the module's jobs are wanted."""

    def __init__(self, load_fn: Callable[[], Definitions]) -> None:
        if parameters_of(load_fn).required:
            raise DagjobInvariantViolationError(
                f"the @definitions function {name_of(load_fn)} must take no parameters."
            )
        self._load = load_fn
        self._made: Definitions | None = None

    def __call__(self) -> Definitions:
        """The `Definitions` that the function returns. Raises `DagjobInvariantViolationError` for anything else."""
        if self._made is None:
            made: object = self._load()
            if not isinstance(made, Definitions):
                raise DagjobInvariantViolationError(
                    f"the @definitions function {name_of(self._load)} must return Definitions, not {made!r}."
                )
            self._made = made
        return self._made


def definitions(fn: Callable[[], Definitions]) -> LazyDefinitions:
    """Makes a function without parameters the module's `Definitions`, called when they are wanted."""
    return LazyDefinitions(fn)


# -- older spellings ------------------------------------------------------------------------------------------------


class BindResourcesToJobs(list[JobDefinition]):
    """A list of jobs; `Definitions` binds resources to all jobs anyway."""


def create_repository_using_definitions_args(
    name: str,
    assets: Iterable[Any] | None = None,
    schedules: Iterable[Any] | None = None,
    sensors: Iterable[Any] | None = None,
    jobs: Iterable[JobDefinition] | None = None,
    resources: Mapping[str, Any] | None = None,
    executor: Any = None,
    loggers: Mapping[str, LoggerDefinition] | None = None,
) -> RepositoryDefinition:
    """A repository of this name with what `Definitions` would hold; checked at once."""
    check_kind(name, str, "the name of a repository")
    made = Definitions(assets, schedules, sensors, jobs, resources, executor, loggers).named_repository(name)
    made.get_all_jobs()
    return made


def with_resources(
    definitions: Iterable[JobDefinition],
    resource_defs: Mapping[str, Any],
    resource_config_by_key: Mapping[str, Any] | None = None,
) -> list[JobDefinition]:
    """Jobs bound to these resources where they lack one. `resource_config_by_key` holds `{key: {"config": ...}}`.

    Raises `DagjobInvalidDefinitionError` when one is still missing.
    """
    resources = to_resource_definitions(resource_defs, "with_resources")
    for key, entry in (resource_config_by_key or {}).items():
        if key not in resources:
            raise DagjobInvalidDefinitionError(
                f'with_resources: there is config for "{key}", but no such resource.{did_you_mean(key, resources)}'
            )
        resources[key] = resources[key].configured(entry.get("config"))
    bind = Binding(resources, None, None)
    try:
        return [bind(job) for job in definitions]
    except DagjobInvariantViolationError as error:  # what resources lack of each other
        raise DagjobInvalidDefinitionError(str(error)) from error


# -- arguments -----------------------------------------------------------------------------------------------------


def _listed_jobs(jobs: Iterable[Any] | None) -> list[JobDefinition] | None:
    if jobs is None:
        return None
    if isinstance(jobs, JobDefinition | GraphDefinition) or not isinstance(jobs, Iterable):
        raise ParameterCheckError(f"Definitions: jobs must be a list of jobs, not {jobs!r}. Write jobs=[...].")
    return list(jobs)


def _own_jobs(jobs: Iterable[Any]) -> tuple[list[JobDefinition], int]:
    """Those that are ours, and how many others there are."""
    own: dict[int, JobDefinition] = {}
    foreign = 0
    for job in jobs:
        if isinstance(job, JobDefinition):
            own[id(job)] = job
        elif is_foreign(job):
            foreign += 1
        else:
            hint = " Write graph.to_job()." if isinstance(job, GraphDefinition) else ""
            raise CheckError(f"Definitions: jobs may hold only jobs, not {job!r} ({type(job).__name__}).{hint}")
    return list(own.values()), foreign


def _executor(executor: Any) -> ExecutorDefinition | None:
    if executor is None or isinstance(executor, ExecutorDefinition):
        return executor
    if callable(getattr(executor, "submit", None)) and callable(getattr(executor, "wait", None)):
        return ExecutorDefinition(type(executor).__name__, executor_creation_fn=lambda _: executor)
    raise ParameterCheckError(f"Definitions: executor must be an executor, not {executor!r}.")


def _normalized(metadata: Mapping[str, Any] | None) -> Mapping[str, MetadataValue]:
    if not metadata:
        return {}
    from dagjob.values.metadata import normalize_metadata

    return normalize_metadata(metadata)


def _listed(things: Iterable[Any] | None, what: str) -> list[Any] | None:
    if things is None:
        return None
    if is_foreign(things):
        return [things]
    if not isinstance(things, Iterable):
        raise ParameterCheckError(f"Definitions: {what} must be a list, not {things!r}.")
    return list(things)


def _merged(mappings: Iterable[Mapping[str, Any]], what: str) -> dict[str, Any]:
    merged: dict[str, Any] = {}
    for mapping in mappings:
        for key, value in mapping.items():
            if key in merged and not _same(merged[key], value):
                raise DagjobInvariantViolationError(
                    f'Definitions.merge: the {what} "{key}" has two different values: {merged[key]!r} and {value!r}.'
                )
            merged[key] = value
    return merged


def _same(one: Any, other: Any) -> bool:
    if one is other:
        return True
    try:
        return bool(one == other)
    except Exception:  # arrays and their like cannot be compared as a whole
        return False
