"""From the text of a TARGET to the `Target` that is loaded: a file, a module, the name of a job, or no text at all."""

from __future__ import annotations

import os

from dagjob.cli.session import Session
from dagjob.engine.importing import Target
from dagjob.engine.target import LoadedJob, load_job, split_target
from dagjob.errors import DagjobAmbiguousTargetError, DagjobTargetError, DagjobUnknownTargetError, did_you_mean
from dagjob.launch.settings import Settings, place_of_setting

NAMES_SHOWN = 20


def find_target(session: Session, text: str | None) -> Target:
    """What TARGET means in this project.

    Raises `DagjobUnknownTargetError` (exit 5) where there is no such job, and `DagjobAmbiguousTargetError` (exit 4)
    where there are several. A location is not loaded yet: that may still fail.
    """
    if not text and session.settings.default_job:
        return _default_job(session, session.settings.default_job)
    location, name = split_target(text) if text else (None, None)
    if location is None:
        return _by_name(session, name)
    return _at(session, _from_root(session, location), name)


def _default_job(session: Session, text: str) -> Target:
    """What the setting `default-job` means. It counts from the project's root, and is loaded here: it may be wrong."""
    location, name = split_target(text)
    try:
        target = _by_name(session, name) if location is None else _at(session, location, name)
        load_job(target)
    except DagjobTargetError as error:
        error.place = error.place or place_of_setting(session.folder, "default-job")
        raise error.noting(f'"default-job" in [tool.dagjob] is "{text}"') from error.__cause__
    return target


def _at(session: Session, location: str, name: str | None) -> Target:
    target = session.target(location, name)
    if target.file is not None and os.path.isdir(target.file) and not _is_package(target.file):
        return _in_folder(session, target.file, name)
    return target


def _from_root(session: Session, location: str) -> str:
    """A file is typed from here, and named from the project's root, in the history as well."""
    is_file = location.endswith(".py") or os.sep in location or "/" in location or location in (".", "..")
    if not is_file:
        return location
    path = os.path.abspath(location)
    inside = os.path.relpath(path, session.folder)
    return path if inside.startswith("..") else inside


def _is_package(folder: str) -> bool:
    return os.path.isfile(os.path.join(folder, "__init__.py"))


def _by_name(session: Session, name: str | None) -> Target:
    """A job of the project by its name, or its only job. A fresh index saves importing every file."""
    from dagjob.cli.discover import index_files, project_jobs, project_locations
    from dagjob.cli.index import read_index

    index = read_index(session.state)
    if index is not None:
        locations = project_locations(session)
        if len(index_files(session, locations)) == len(locations) and index.is_fresh(index_files(session, locations)):
            known = [entry.target for entry in index.jobs if name in (None, entry.name)]
            if len(known) == 1:
                location, job = split_target(known[0])
                return session.target(location or "", job)
    found = project_jobs(session)
    return _chosen(session, name, found.jobs, [broken.error for broken in found.broken])


def _in_folder(session: Session, folder: str, name: str | None) -> Target:
    from dagjob.cli.discover import jobs_at, locations_below

    found = jobs_at(session, [_from_root(session, path) for path in locations_below(folder)])
    return _chosen(session, name, found.jobs, [broken.error for broken in found.broken])


def _chosen(session: Session, name: str | None, jobs: tuple[LoadedJob, ...], broken: list[Exception]) -> Target:
    fitting = [loaded for loaded in jobs if name is None or name in (loaded.job.name, loaded.attribute)]
    if len(fitting) == 1:
        return fitting[0].target
    names = [loaded.job.name for loaded in jobs]
    if len(fitting) > 1:
        what = f'"{name}" is the name of' if name is not None else "this project has"
        error = DagjobAmbiguousTargetError(f"{what} {len(fitting)} jobs: name one of them")
        shown = [loaded.target.text for loaded in fitting[:NAMES_SHOWN]]
        raise error.noting(*shown, *_more(len(fitting)))
    if name is not None and os.path.isfile(os.path.join(session.folder, f"{name}.py")):
        return session.target(f"{name}.py")
    if not jobs and len(broken) == 1:
        raise broken[0]
    missing = f'no job "{name}" in this project.{did_you_mean(name, names)}' if name else "no job in this project"
    unknown = DagjobUnknownTargetError(missing)
    if names:
        unknown.noting(
            f"{len(names)} job{'s' if len(names) > 1 else ''}: {', '.join(names[:NAMES_SHOWN])}   (dagjob list)"
        )
    else:
        unknown.noting(_where_looked(session.settings))
    if broken:
        unknown.noting(f"{len(broken)} file{'s' if len(broken) > 1 else ''} could not be imported   (dagjob list)")
    raise unknown


def _where_looked(settings: Settings) -> str:
    if settings.modules or settings.paths:
        return f"looked where [tool.dagjob] says: {', '.join((*settings.modules, *settings.paths))}"
    if settings.dagster_module:
        return f"looked in the module {settings.dagster_module}, which pyproject.toml names"
    return "looked for jobs.py, definitions.py, *_jobs.py, jobs/ here and in src/*; name a file or module"


def _more(count: int) -> tuple[str, ...]:
    return (f"and {count - NAMES_SHOWN} more   (dagjob list)",) if count > NAMES_SHOWN else ()
