"""`dagjob list`: the jobs of the project, or of the files and modules that are named."""

import os
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from dagjob import clock
from dagjob.cli import registry
from dagjob.cli.arguments import ParsedArguments
from dagjob.cli.discover import Broken, Found, jobs_at, locations_below, op_keys, project_jobs
from dagjob.cli.output import say, say_json, say_names, warn
from dagjob.cli.session import Session, open_session
from dagjob.cli.values import chosen, clauses, tag_filter
from dagjob.display.tables import BrokenFile, JobRow, job_lines, job_table
from dagjob.engine.target import LoadedJob
from dagjob.errors import DagjobError, DagjobUsageError, Diagnostic, ExitCode, did_you_mean
from dagjob.launch.settings import FILE as PYPROJECT
from dagjob.record import replace

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

    from dagjob.definitions.jobs import JobDefinition
    from dagjob.storage.records import RunRow


def list_jobs(args: ParsedArguments) -> int:
    """List the jobs."""
    session = open_session(args)
    named = chosen(registry.FORMAT_LIST, args.text(registry.FORMAT_LIST)) or ("names" if session.quiet else "human")
    if args.on(registry.ERRORS) and args.on(registry.NO_ERRORS):
        raise DagjobUsageError(
            f"{registry.ERRORS.long} and {registry.NO_ERRORS.long} contradict each other: leave one out"
        )
    places = args.many(registry.PLACES)
    found = _sound(jobs_at(session, locations(session, places)) if places else project_jobs(session))
    wanted = tag_filter(args.many(registry.TAG_FILTER))
    everything = found
    if wanted:
        fitting = tuple(each for each in found.jobs if _has(each.job.tags, wanted))
        found = Found(fitting, found.broken)
    chosen_jobs, unwanted = clauses(args.many(registry.SELECT_JOBS)), clauses(args.many(registry.EXCLUDE_JOBS))
    if chosen_jobs or unwanted:
        found = _selected(found, chosen_jobs, unwanted)
    broken = [(each, _masked(session, each.diagnostic)) for each in found.broken]
    if args.on(registry.NO_ERRORS):
        broken = []
    runs = last_runs(session, [loaded.job.name for loaded in found.jobs])
    with asking_for(session, [loaded.job for loaded in found.jobs]):
        rows = [_row(each, runs) for each in found.jobs] if named != "json" else []
        jobs = [_job_json(each, runs) for each in found.jobs] if named == "json" else []
    if named == "json":
        say_json({"jobs": jobs, "errors": [error_json(*each) for each in broken]})
    elif named == "human":
        looks = session.display(sys.stdout)
        style = session.style(sys.stdout)
        say(job_table(rows, [_broken_row(*each) for each in broken], clock.time(), style, looks.width()), style.color)
    else:
        say_names([row.target for row in rows] if named == "names" else job_lines(rows))
        _tell_broken(broken)
    if found.jobs:
        return ExitCode.LOAD if found.broken and args.on(registry.STRICT_LIST) else ExitCode.OK
    if wanted and everything.jobs:
        known = {f"{key}={value}" for each in everything.jobs for key, value in each.job.tags.items()}
        asked = [key if value is None else f"{key}={value}" for key, value in wanted.items()]
        near = known if any("=" in each for each in asked) else {each.partition("=")[0] for each in known}
        warn(f'no job has the tag "{asked[0]}".{did_you_mean(asked[0], sorted(near))}')
    if not (found.broken or places or wanted or session.settings.modules or session.settings.paths):
        warn("looked for jobs.py, definitions.py, *_jobs.py, jobs/ here and in src/*; name a file, folder or module")
    return ExitCode.LOAD if found.broken else ExitCode.EMPTY


def _selected(found: Found, wanted: Sequence[str], unwanted: Sequence[str]) -> Found:
    from dagjob.definitions.selection import select_jobs

    jobs = {loaded.target.text: loaded.job for loaded in found.jobs}
    left = select_jobs(jobs, wanted) if wanted else list(jobs)
    gone = select_jobs(jobs, unwanted) if unwanted else []
    fitting = [each for each in found.jobs if each.target.text in left and each.target.text not in gone]
    return Found(tuple(fitting), found.broken)


def locations(session: Session, places: list[str]) -> list[str]:
    """The files and modules that these words name; a folder stands for the files in it that import dagjob."""
    chosen_: list[str] = []
    for place in places:
        if os.path.isdir(place):
            chosen_ += [os.path.abspath(path) for path in locations_below(place)]
        else:
            chosen_.append(os.path.abspath(place) if place.endswith(".py") or os.sep in place else place)
    root = session.folder + os.sep
    return [place[len(root) :] if place.startswith(root) else place for place in chosen_]


def last_runs(session: Session, names: list[str]) -> dict[str, "RunRow"]:
    """The last run of each job, where there is a history."""
    if not os.path.exists(session.state.db):
        return {}
    from dagjob.storage.admission import is_admitted
    from dagjob.storage.history import History

    history = History.open(session.state) if is_admitted(session.state) else None
    if history is None:
        return {}
    with history:
        return history.last_run_of(names)


def _sound(found: Found) -> Found:
    """The same, with the jobs whose own config does not fit them among what is broken."""
    sound, broken = [], []
    for loaded in found.jobs:
        try:
            loaded.job.check_own_config()
            sound.append(loaded)
        except DagjobError as error:
            error.with_diagnostics([replace(one, place=one.place or loaded.job.place) for one in error.diagnostics])
            broken.append(Broken(loaded.target.text, error))
    return Found(tuple(sound), (*found.broken, *broken))


def _masked(session: Session, diagnostic: Diagnostic) -> Diagnostic:
    """Without the values of secret variables, which a module may have put into what it raised."""
    return diagnostic.reworded(session.masker().text)


def error_json(broken: Broken, diagnostic: Diagnostic) -> dict[str, Any]:
    """A broken file as `list` prints it."""
    file = diagnostic.place.file if diagnostic.place else broken.location
    return {
        "file": file,
        "line": diagnostic.place.line if diagnostic.place else None,
        "code": diagnostic.code,
        "message": diagnostic.message,
    }


def line_of(loaded: LoadedJob) -> int | None:
    """The line where a job is defined, in the file that holds it; None where that is not known."""
    place = loaded.job.place
    return place.line if place is not None and place.file == loaded.file else None


# -- rows ----------------------------------------------------------------------------------------------------------


def _has(tags: Any, wanted: dict[str, str | None]) -> bool:
    return all(key in tags and value in (None, tags[key]) for key, value in wanted.items())


def partitions_text(job: "JobDefinition") -> str | None:
    """What the partitions of a job are, in a few words."""
    if job.partitions_def is None:
        return None
    from dagjob.partitions.base import loading

    return job.partitions_def.overview(loading().effective_dt)


def partitions_json(job: "JobDefinition") -> dict[str, Any] | None:
    """What the partitions of a job are: kind, first and last key, count."""
    if job.partitions_def is None:
        return None
    from dagjob.cli.partition import as_json
    from dagjob.partitions.base import loading

    return as_json(job.partitions_def, loading().effective_dt)


def asking_for(session: Session, jobs: Sequence["JobDefinition"]) -> "AbstractContextManager[object]":
    """What stands around questions about partitions, where some of the jobs have any."""
    if all(job.partitions_def is None for job in jobs):
        from contextlib import nullcontext

        return nullcontext()
    from dagjob.cli.partition import asking

    return asking(session)


def _row(loaded: LoadedJob, runs: dict[str, "RunRow"]) -> JobRow:
    job = loaded.job
    last = runs.get(job.name)
    return JobRow(
        file=loaded.target.location,
        name=job.name,
        target=loaded.target.text,
        ops=sum(1 for _ in op_keys(job)),
        partitions=partitions_text(job) or "",
        description=(job.description or "").strip(),
        last_run=last.id if last else "",
        last_status=last.status if last else "",
        last_at=last.started if last else None,
    )


def _job_json(loaded: LoadedJob, runs: dict[str, "RunRow"]) -> dict[str, Any]:
    job = loaded.job
    last = runs.get(job.name)
    return {
        "target": loaded.target.text,
        "name": job.name,
        "file": loaded.file,
        "line": line_of(loaded),
        "description": job.description,
        "ops": list(op_keys(job)),
        "partitions": partitions_json(job),
        "tags": dict(job.tags),
        "owners": list(job.owners or ()),
        "last_run": last.to_json() if last else None,
    }


def _broken_row(broken: Broken, diagnostic: Diagnostic) -> BrokenFile:
    message = diagnostic.message
    for before in (f"cannot import {broken.location}: ", f"cannot load {broken.location}: "):
        message = message.removeprefix(before)
    message, place = message.split("\n")[0], diagnostic.place
    if place is not None and os.path.basename(place.file) == PYPROJECT:
        return BrokenFile(broken.location, diagnostic.code, f"{message}  ({place.file} line {place.line})", 0)
    return BrokenFile(broken.location, diagnostic.code, message, place.line if place else 0)


def _tell_broken(broken: list[tuple[Broken, Diagnostic]]) -> None:
    if broken:
        from dagjob.display.errors import concise

        for each, diagnostic in broken:
            warn(f"warning: {each.location}: {concise(diagnostic)}")
