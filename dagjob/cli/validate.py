"""`dagjob validate`: everything that is wrong with definitions and config, at once. Nothing is run."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from dagjob import clock
from dagjob.builtin.yaml_files import STDIN, matching_files
from dagjob.cli import registry
from dagjob.cli.arguments import ParsedArguments
from dagjob.cli.discover import Found, project_jobs
from dagjob.cli.hiding import hidden_in, hide
from dagjob.cli.output import say, say_commands, say_json
from dagjob.cli.overrides import read_document
from dagjob.cli.session import Session, open_session
from dagjob.cli.targets import find_target
from dagjob.cli.validate_looks import edges, silent_loggers, unset
from dagjob.cli.values import ConfigOptions, chosen, clauses, config_options
from dagjob.config.document import Document
from dagjob.engine.importing import import_target, users_place
from dagjob.engine.target import LoadedJob, jobs_in, load_job, split_target
from dagjob.errors import (
    DagjobAmbiguousTargetError,
    DagjobError,
    DagjobInvalidSubsetError,
    DagjobUnknownTargetError,
    DagjobUsageError,
    DagjobUserCodeExecutionError,
    Diagnostic,
    ExitCode,
    Place,
    did_you_mean,
)
from dagjob.record import Record, replace

if TYPE_CHECKING:
    from dagjob.compat.inert import Ignored
    from dagjob.definitions.jobs import JobDefinition
    from dagjob.plan.steps import Plan

MOST_NEEDS = 5
_NAMES_A_JOB = "# dagjob:"
_FIRST_LINES = 5

_ARGUMENTS = (DagjobUsageError, DagjobUnknownTargetError, DagjobAmbiguousTargetError, DagjobInvalidSubsetError)
"""Errors that are about the command's own arguments: these end it, with their own exit code."""


class Chosen(Record):
    """What of the jobs is checked: the clauses of `--select` and of `--exclude`, and the partition."""

    selected: tuple[str, ...] = ()
    excluded: tuple[str, ...] = ()
    partition: str | None = None
    env: bool = False
    """Whether the variables are looked for that are needed without a config, too."""


class CheckedTarget(Record):
    """What was found out about one job, or about a file that could not be loaded (then `steps` is None)."""

    target: str
    problems: tuple[Diagnostic, ...] = ()
    steps: int | None = None
    resources: int = 0
    config: tuple[str, ...] = ()
    """The config files that were checked with it."""
    needs: tuple[str, ...] = ()
    """What a run needs of a config, where none was given to be checked."""
    job: str | None = None

    @property
    def ok(self) -> bool:
        """Whether it has no error; warnings do not count."""
        return all(problem.severity != "error" for problem in self.problems)


def validate(args: ParsedArguments) -> int:
    """Check definitions and config."""
    session = open_session(args)
    args = session.filled(args)
    named = chosen(registry.FORMAT_VALIDATE, args.text(registry.FORMAT_VALIDATE)) or "human"
    started = clock.monotonic()
    targets, with_config = args.many(registry.TARGETS), config_options(args, session.base_config())
    selection = Chosen(
        clauses(args.many(registry.SELECT)),
        clauses(args.many(registry.EXCLUDE)),
        args.text(registry.PARTITION),
        args.on(registry.NEEDS_ENV),
    )
    by_file = _targets_in_files(with_config, session.folder) if not targets else []
    strays: list[Diagnostic] = []
    if targets or by_file:
        named_targets = by_file or [(target, with_config) for target in targets]
        checked = [each for target, given in named_targets for each in _named(session, target, given, selection)]
    else:
        checked = _project(session, project_jobs(session), with_config, selection)
        strays = _strays(session, checked)
    if args.on(registry.STRICT):
        checked = [_strictly(each) for each in checked]
        strays = [replace(each, severity="error") for each in strays]
    _tell(session, named, checked, clock.monotonic() - started, strays)
    bad = any(each.severity == "error" for each in strays)
    return ExitCode.OK if all(each.ok for each in checked) and not bad else ExitCode.FAILED


def _strays(session: Session, checked: Sequence[CheckedTarget]) -> list[Diagnostic]:
    """The settings of jobs that there are not, each a warning; where a file could not be loaded nobody knows."""
    jobs = {each.job for each in checked}
    if not session.settings.jobs or None in jobs:
        return []
    from dagjob.launch.settings import place_of_setting

    found = []
    for name in session.settings.jobs:
        if name not in jobs:
            message = f'[tool.dagjob.jobs.{name}]: there is no job "{name}".{did_you_mean(name, filter(None, jobs))}'
            place = place_of_setting(session.folder, "jobs", inner=name)
            found.append(Diagnostic("DJ100", message, replace(place, file=_from_here(place.file)), severity="warning"))
    return found


def _strictly(checked: CheckedTarget) -> CheckedTarget:
    return replace(checked, problems=tuple(replace(each, severity="error") for each in checked.problems))


def _targets_in_files(given: ConfigOptions, root: str) -> list[tuple[str, ConfigOptions]]:
    """The jobs that the `-c` files name themselves (`# dagjob: TARGET` on one of the first lines), each with its file.

    Nothing where no file names one. Raises `DagjobUsageError` where only some do.
    """
    files = [file for pattern in given.files if pattern != STDIN for file in matching_files(pattern)]
    found = [(file, _target_in(file)) for file in files]
    if not any(target for _, target in found):
        return []
    silent = [file for file, target in found if target is None]
    if silent:
        raise DagjobUsageError(f'"{silent[0]}" names no job: begin it with  {_NAMES_A_JOB} TARGET, or give a TARGET')
    return [
        (_target_from_root(root, target), replace(given, files=(file,))) for file, target in found if target is not None
    ]


def _target_from_root(root: str, target: str) -> str:
    """A target in a file is meant from the project's root, where it is not one from here."""
    location, name = split_target(target)
    if location is None or not location.endswith(".py") or os.path.exists(location):
        return target
    path = os.path.relpath(os.path.join(root, location))
    return f"{path}:{name}" if name else path


def _target_in(file: str) -> str | None:
    try:
        with open(file, encoding="utf-8", errors="replace") as lines:
            for _, line in zip(range(_FIRST_LINES), lines, strict=False):
                if line.startswith(_NAMES_A_JOB):
                    return line.removeprefix(_NAMES_A_JOB).strip() or None
    except OSError:
        pass  # whoever reads the file reports it
    return None


def _named(session: Session, text: str, given: ConfigOptions, selection: Chosen) -> list[CheckedTarget]:
    """The job of that name; of a file or module without a name, every job."""
    target = find_target(session, text)
    try:
        found = [load_job(target)] if target.name is not None else jobs_in(import_target(target), target)
        if not found:
            load_job(target)  # which says what was looked for
    except _ARGUMENTS:
        raise
    except DagjobError as error:
        return [CheckedTarget(target.text, _diagnostics(error))]
    return [_check(session, loaded, given, selection, found) for loaded in found]


def _project(session: Session, found: Found, given: ConfigOptions, selection: Chosen) -> list[CheckedTarget]:
    if not found.jobs and not found.broken:
        raise DagjobUnknownTargetError("no job in this project").noting(
            "looked for jobs.py, definitions.py, *_jobs.py, jobs/ here and in src/*; name a file or module"
        )
    broken = [CheckedTarget(each.location, _diagnostics(each.error)) for each in found.broken]
    return [*(_check(session, loaded, given, selection, found.jobs) for loaded in found.jobs), *broken]


# -- one job -------------------------------------------------------------------------------------------------------


def _check(
    session: Session, loaded: LoadedJob, given: ConfigOptions, selection: Chosen, among: Sequence[LoadedJob] = ()
) -> CheckedTarget:
    given = replace(given, base=session.base_config(loaded.job.name))
    loaded = replace(loaded, job=loaded.job.get_subset(op_selection=selection.selected, exclude=selection.excluded))
    document: Document | None = None
    problems: list[Diagnostic] = []
    plan: Plan | None = None
    jobs = (loaded.job, *(each.job for each in among if each is not loaded))
    try:
        if given.given:
            document = read_document(loaded.job, given, session.folder, session.settings.redact, jobs[1:])
        key = _partition_of(session, loaded.job, selection.partition)
        plan = _planned(loaded.job, document, key)
    except _ARGUMENTS:
        raise
    except DagjobError as error:
        if document is not None or not given.given:  # else it could not be read, and its secrets are hidden already
            error = hide(error, jobs, document or Document(), session.settings.redact)
        problems += _diagnostics(error)
    if selection.env and document is None and plan is not None:
        problems += unset(loaded.job, selection.partition)
    problems += edges(loaded.job)
    problems += silent_loggers(loaded.job, document)
    if document is not None:
        from dagjob.config.located import surprises
        from dagjob.plan.schema import given_schema

        known = {problem.place for problem in problems}
        from dagjob.plan.unused import unused

        warnings = [*unused(loaded.job, document), *surprises(document, given_schema(loaded.job))]
        found = hidden_in(warnings, jobs, document, session.settings.redact)
        problems += [warning for warning in found if warning.place not in known]
    at = [_placed(problem, loaded) for problem in problems]
    steps = len(plan.steps) if plan is not None else None
    made_by_key = loaded.job.partitions_def is not None and loaded.job.config is not None
    needs = _needs(loaded.job) if not given.given and steps is not None and not made_by_key else ()
    files = (*given.base, *given.files)
    return CheckedTarget(
        loaded.target.text, tuple(at), steps, _resource_count(loaded.job), files, needs, loaded.job.name
    )


def _needs(job: JobDefinition) -> tuple[str, ...]:
    """The config that a run of the job cannot do without, in the words of the hints."""
    from dagjob.config.kind import check
    from dagjob.config.report import to_diagnostics
    from dagjob.plan.schema import document_schema

    missing = [one for one in check(document_schema(job), {}).problems if one.is_missing]
    notes = [note for one in to_diagnostics(missing, job=job.name) for note in one.notes]
    return tuple(note.removeprefix("write  ") for note in notes if note.startswith("write  "))


def _partition_of(session: Session, job: JobDefinition, named: str | None) -> str | None:
    """The key whose config is checked: the one that is named, else the last, where the job has a config for each."""
    if job.partitions_def is None and named is None:
        return None
    from dagjob.cli.partition import asking, key_of, last_key
    from dagjob.definitions.partitioned_config import PartitionedConfig

    with asking(session):
        if named is not None:
            return key_of(job, named)
        return last_key(job) if isinstance(job.config, PartitionedConfig) else None


def _planned(job: JobDefinition, document: Document | None, partition: str | None) -> Plan:
    """The plan of the job with this config; without one, what its definition alone allows to check."""
    from dagjob.plan.build import build_plan
    from dagjob.plan.resolve import ResolvedConfig, resolve, run_config_schema

    job.check_requirements()
    if document is not None or (partition is not None and job.config is not None):
        return build_plan(job, resolve(job, document, partition_key=partition, check_instances=True))
    run_config_schema(job)
    return build_plan(job, ResolvedConfig())


def _from_here(path: str) -> str:
    here = os.getcwd() + os.sep
    return path.removeprefix(here)


def _resource_count(job: JobDefinition) -> int:
    return len(job.required_resource_keys - {"io_manager"})


def _diagnostics(error: DagjobError) -> tuple[Diagnostic, ...]:
    raised = error.user_exception if isinstance(error, DagjobUserCodeExecutionError) else None
    place = users_place(raised) if raised is not None else None
    return tuple(replace(one, place=one.place or place) for one in error.diagnostics)


def _placed(problem: Diagnostic, loaded: LoadedJob) -> Diagnostic:
    """A problem without a place is that of the job's definition. Files are named from here."""
    place = problem.place
    if place is None and problem.code == "DJ204":
        return problem
    if place is None:
        place = loaded.job.place or Place(loaded.file)
    if place.text is None:
        place = replace(place, file=_from_here(place.file))
    return replace(problem, place=place)


# -- telling -------------------------------------------------------------------------------------------------------


def _tell(
    session: Session, named: str, checked: Sequence[CheckedTarget], took: float, strays: Sequence[Diagnostic] = ()
) -> None:
    masker = session.masker()
    found = dict.fromkeys([*(problem for each in checked for problem in each.problems), *strays])
    problems = [one.reworded(masker.text) for one in found] if masker else list(found)
    if named == "json":
        jobs = [
            {"target": each.target, "ok": each.ok, **({"needs": list(each.needs)} if each.needs else {})}
            for each in checked
        ]
        from dagjob.display.errors import in_one

        told = [problem_json(in_one(problem)) for problem in problems]
        say_json({"jobs": jobs, "problems": told, "ignored": [_ignored_json(each) for each in _ignored()]})
    elif named in ("concise", "github"):
        from dagjob.display import errors

        if named == "concise":
            say(errors.concise(problem) for problem in problems)
        else:
            say_commands(errors.github(problem) for problem in problems)
    else:
        _tell_people(session, checked, problems, took)


def _ignored() -> Sequence[Ignored]:
    """What the modules define beside jobs, and dagjob leaves alone."""
    if "dagjob.compat.alias" not in sys.modules:
        return ()
    from dagjob.compat.alias import ignored

    return ignored()


def _ignored_json(each: Ignored) -> dict[str, Any]:
    place = each.place
    return {
        "kind": each.kind,
        "name": each.name,
        "file": _from_here(place.file) if place else None,
        "line": place.line if place else None,
    }


def _ignored_lines() -> list[str]:
    found = [(each.told, each.place) for each in _ignored()]
    wide = max((len(told) for told, _ in found), default=0)
    lines = [
        f"  {told:<{wide}}  {_from_here(place.file)}:{place.line}" if place else f"  {told}" for told, place in found
    ]
    return ["", "ignored, since dagjob runs jobs only:", *lines] if lines else []


def problem_json(problem: Diagnostic) -> dict[str, Any]:
    """One problem as `validate --format json` prints it."""
    place = problem.place
    return {
        "code": problem.code,
        "severity": problem.severity,
        "message": problem.message,
        "file": place.file if place else None,
        "line": place.line or None if place else None,
        "column": place.column or None if place else None,
        "path": problem.path or None,
        "suggestion": problem.suggestion,
    }


def _tell_people(session: Session, checked: Sequence[CheckedTarget], problems: list[Diagnostic], took: float) -> None:
    from dagjob.display.errors import render_diagnostics
    from dagjob.display.output import write_block
    from dagjob.display.words import count

    style, looks = session.style(sys.stdout), session.display(sys.stdout)
    wide = max((len(each.target) for each in checked), default=0)
    lines = []
    for each in checked:
        mark = style.mark("success" if each.ok else "failed")
        facts = [count(each.steps, "op")] if each.steps is not None else []
        facts += [count(each.resources, "resource")] if each.steps is not None and each.resources else []
        facts += [f"{name} ok" for name in each.config] if each.ok else []
        facts += ["config not checked: it needs some"] if each.needs else []
        lines.append(f"{mark} {each.target:<{wide}}  {', '.join(facts)}".rstrip())
        lines += [f"    {need}" for need in each.needs[:MOST_NEEDS]]
        lines += [f"    and {len(each.needs) - MOST_NEEDS} more"] if len(each.needs) > MOST_NEEDS else []
    if problems:
        shown = render_diagnostics(problems, looks)
        if len(problems) > 1:
            shown = shown.rpartition("\n\n")[0]  # without its count: ours follows
        lines += ["", shown.rstrip("\n")]
    lines += _ignored_lines()
    good = sum(each.ok for each in checked)
    counts = f"{good} of {count(len(checked), 'job')} valid"
    open_configs = sum(bool(each.needs) for each in checked)
    counts += f", the config of {open_configs} not checked (give it with -c)" if open_configs else ""
    for severity in ("error", "warning"):
        found = sum(problem.severity == severity for problem in problems)
        counts += f", {count(found, severity)}" if found else ""
    write_block(sys.stdout, "\n".join([*lines, "", f"{counts}, {took:.1f}s"]), style.color)
