"""What the commands that run ops share: what their options ask for, and the run itself, which `launch` does."""

from __future__ import annotations

import gc
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any

from dagjob.cli import registry
from dagjob.cli.arguments import ParsedArguments
from dagjob.cli.entries import Option
from dagjob.cli.session import Session
from dagjob.cli.terminal import is_terminal
from dagjob.cli.values import (
    ConfigOptions,
    at_least_one,
    chosen,
    clauses,
    pools,
    seconds,
    tags,
    workers,
)
from dagjob.config.document import Document
from dagjob.engine.run_info import new_run_id
from dagjob.errors import (
    DagjobConfigMappingFunctionError,
    DagjobError,
    DagjobInvalidConfigError,
    DagjobPartitionFunctionError,
    DagjobUnmetExecutorRequirementsError,
    DagjobUsageError,
    ExitCode,
    did_you_mean,
)
from dagjob.launch.registries import DISPLAYS, EXECUTORS, SINKS, SinkRequest, load
from dagjob.record import Record, replace

if TYPE_CHECKING:
    from dagjob.definitions.jobs import JobDefinition
    from dagjob.display.options import DisplayOptions
    from dagjob.launch.request import PreparedRun, RunRequest

GRACE = 5.0


class Wanted(Record):
    """What the options of a run ask for, besides its config. `asked` are fields of its request."""

    keep: bool
    displays: tuple[str, ...]
    options: DisplayOptions
    pools: Mapping[str, int]
    asked: Mapping[str, Any]


def wanted_of(args: ParsedArguments, session: Session) -> Wanted:
    """What the options ask for."""
    keep = not args.on(registry.NO_STATE) and session.environ.get("DAGJOB_NO_STATE", "") in ("", "0", "false")
    displays = shown_as(session, named_format(args, session), args.on(registry.DRY_RUN))
    options = session.display(sys.stderr, **looks(args, session, keep=keep))
    given_pools = pools(registry.POOL, args.many(registry.POOL))
    asked = asked_for(args, session, given_pools)
    if args.on(registry.PDB):
        displays = _for_debugger(args, asked, displays)
    return Wanted(keep, displays, options, given_pools, asked)


def for_job(
    given: ParsedArguments, session: Session, job: JobDefinition, wanted: Wanted, *, anew: bool = True
) -> tuple[ParsedArguments, Wanted]:
    """The arguments and what they ask for, now that the job is known, for which the settings may say more.

    `anew`: it is no run that goes on from another one, whose tags and executor count.
    """
    args = given
    if job.name in session.settings.jobs:
        args = session.filled(given, job.name)
        wanted = wanted_of(args, session)
    elif session.settings.options or session.profile is not None:
        args = session.filled(given)
    asked = {**wanted.asked, "pools": {**session.pools(job.name), **wanted.pools}}
    return args, replace(wanted, asked={**asked, **(by_settings(asked, session, job) if anew else {})})


def by_settings(asked: Mapping[str, Any], session: Session, job: JobDefinition) -> dict[str, Any]:
    """What the settings say of the fields of a request where nothing else does: tags, and the executor."""
    found: dict[str, Any] = {"tags": {**session.tags(job.name, job.run_tags), **asked["tags"]}}
    executor = session.settings.options.get("executor")
    if asked["executor"] is None and executor is not None and not job.has_specified_executor:
        found["executor"] = executor
    return found


def begin(args: ParsedArguments, session: Session, request: RunRequest, document: Document, wanted: Wanted) -> int:
    """Prepare the run and do it, or show its plan; the exit code."""
    # Everything that was imported until here stays: collecting it again and again would only cost time.
    gc.freeze()
    gc.enable()
    with refusals_told(args):
        prepared = _as_before(request, args, session, document)
    if document.sources:
        warn_of_unused(prepared, document, session, args.on(registry.STRICT))
    warn_of_pools(prepared, wanted.pools, session)
    _check_printed(args, prepared, wanted.displays)
    if args.on(registry.DRY_RUN):
        from dagjob.cli.cost import planned
        from dagjob.display.dry_run import show_plan

        notes = (*prepared.warnings, *prepared.notes)
        show_plan(planned(prepared, session), wanted.options, wanted.displays[0], notes)
        return ExitCode.OK
    again, continued = request.again, prepared.continued
    if again is not None and again.is_all_that_is_left and continued is not None and not continued.why:
        from dagjob.cli.output import warn

        warn(f"nothing to do: all that run {again.earlier.row.id[:8]} of {request.job.name} has made holds")
        return ExitCode.OK
    from dagjob.launch.launch import launch

    sinks = [
        *(SinkRequest(DISPLAYS[name]) for name in wanted.displays),
        *_other_sinks(args, session, wanted.displays, request.job.name),
    ]
    run_id = new_run_id()
    options = wanted.options
    if wanted.keep:
        options = replace(options, go_on=f"dagjob resume {run_id[:8]}")
    code = launch(
        prepared,
        sinks,
        options,
        state=session.state if wanted.keep else None,
        redact=session.settings.redact,
        lock=args.text(registry.LOCK),
        retention=session.settings.retention,
        run_id=run_id,
    )
    said = session.quiet or {"board", "plain"} & set(wanted.displays)
    ended_well = (ExitCode.OK, ExitCode.SIGPIPE, ExitCode.STATE)  # the last: but something was not written
    if code not in ended_well and options.go_on and not said:
        from dagjob.cli.output import warn

        warn(f"go on with: {options.go_on}")
    return code


@contextmanager
def refusals_told(args: ParsedArguments) -> Iterator[None]:
    """Tell the sinks that want to know it of what keeps the run from beginning."""
    try:
        yield
    except DagjobError as error:
        for option, kind in registry.SINK_OPTIONS:
            file = args.text(option) if kind.refused else None
            if file is not None:
                with suppress(DagjobUsageError):  # A file that cannot be written is not what is wrong here.
                    load(kind.refused)(file, args.text(registry.TARGET) or "dagjob", error)
        raise


def _as_before(request: RunRequest, args: ParsedArguments, session: Session, document: Document) -> PreparedRun:
    """The run as it could start; one that goes on from another one has the executor that `-e` chose there."""
    before = request.again.earlier.row.executor if request.again is not None and request.executor is None else None
    if before not in EXECUTORS:
        return _ready(request, args, session, document)
    with suppress(DagjobUnmetExecutorRequirementsError, DagjobInvalidConfigError):  # It may be the other one's.
        prepared = _ready(request, args, session, document)
        if prepared.executor.name == before:
            return prepared
    return _ready(replace(request, executor=before), args, session, document)


def _ready(request: RunRequest, args: ParsedArguments, session: Session, document: Document) -> PreparedRun:
    """The run as it could start."""
    try:
        return _prepared(request, args, session)
    except (DagjobInvalidConfigError, DagjobConfigMappingFunctionError, DagjobPartitionFunctionError) as error:
        from dagjob.cli.hiding import hide

        raise hide(error, (request.job,), document, session.settings.redact) from error.__cause__


def _prepared(request: RunRequest, args: ParsedArguments, session: Session) -> PreparedRun:
    """The run as it could start, of the partition that is named."""
    from dagjob.launch.request import prepare

    named = (args.text(registry.PARTITION), args.text(registry.PARTITION_RANGE))
    if request.job.partitions_def is None and named == (None, None):
        return prepare(request)
    from dagjob.cli.partition import asking, of_partition

    with asking(session):
        return prepare(of_partition(request, *named))


def named_format(args: ParsedArguments, session: Session) -> str | None:
    """The display that is named, on the command line or in the environment."""
    return chosen(registry.RUN_FORMAT, args.text(registry.RUN_FORMAT), session.environ, "DAGJOB_FORMAT")


def looks(args: ParsedArguments, session: Session, *, keep: bool) -> dict[str, Any]:
    """What the options say about how a run is shown, as fields of `DisplayOptions`."""
    environ = session.environ

    def choice(option: Option, variable: str = "") -> str | None:
        return chosen(option, args.text(option), environ, variable)

    return {
        "tb": choice(registry.TRACEBACK, "DAGJOB_TB") or "user",
        "show_output": choice(registry.SHOW_OUTPUT) or "failed",
        "log_level": choice(registry.LOG_LEVEL, "DAGJOB_LOG_LEVEL") or "info",
        "log_level_given": bool(args.text(registry.LOG_LEVEL) or environ.get("DAGJOB_LOG_LEVEL")),
        "kept": keep,
    }


def asked_for(args: ParsedArguments, session: Session, given_pools: Mapping[str, int]) -> dict[str, Any]:
    """What the options ask for, as fields of `RunRequest`."""
    environ = session.environ
    grace = seconds(registry.GRACE, args.text(registry.GRACE))
    return {
        "tags": tags(args.many(registry.TAG)),
        "selection": clauses(args.many(registry.SELECT)),
        "excluded": clauses(args.many(registry.EXCLUDE)),
        "executor": chosen(registry.EXECUTOR, args.text(registry.EXECUTOR), environ, "DAGJOB_EXECUTOR"),
        "slots": workers(args.text(registry.JOBS), environ.get("DAGJOB_JOBS")),
        "max_failures": most_failures(args),
        "retries": not args.on(registry.NO_RETRIES),
        "pools": {**session.pools(), **given_pools},
        "wait": not args.on(registry.NO_WAIT),
        "capture_loggers": session.settings.capture_loggers,
        "variables_without": session.settings.redact if args.on(registry.LOCALS) else None,
        "timeout": seconds(registry.TIMEOUT, args.text(registry.TIMEOUT)),
        "op_timeout": seconds(registry.OP_TIMEOUT, args.text(registry.OP_TIMEOUT)),
        "grace": GRACE if grace is None else grace,
    }


def most_failures(args: ParsedArguments) -> int | None:
    """After how many failures to stop; None: go on with what can run."""
    most = at_least_one(registry.MAX_FAILURES, args.text(registry.MAX_FAILURES))
    rules = (registry.FAIL_FAST, registry.KEEP_GOING, registry.MAX_FAILURES)
    given = [rule for rule in rules if args.on(rule) or args.text(rule) is not None]
    if len(given) > 1:
        raise DagjobUsageError(f"{given[0].long} and {given[1].long} contradict each other: leave one out")
    return 1 if registry.FAIL_FAST in given else most


def _for_debugger(args: ParsedArguments, asked: dict[str, Any], displays: tuple[str, ...]) -> tuple[str, ...]:
    """Let the ops run in this process, where they may stop; the displays for that."""
    from dagjob.engine.terminal import has_terminal

    executor = args.text(registry.EXECUTOR)
    if executor not in (None, "in_process"):
        raise DagjobUsageError(
            f"--pdb runs the ops in this process, which {registry.EXECUTOR.long} {executor} does not"
        )
    if not has_terminal():
        raise DagjobUsageError("--pdb needs a terminal to talk to")
    asked |= {"executor": "in_process", "debug": True}
    return tuple("plain" if name == "board" else name for name in displays)


def document_of(
    job: JobDefinition, config: ConfigOptions, session: Session, base: Mapping[str, Any] | None = None
) -> Document:
    """The run config that the command line gives, over that of an earlier run; the short paths of `--set` need the job."""
    under = Document(base or {})
    if not config.given:
        return under
    from dagjob.cli.overrides import read_document

    return read_document(job, config, session.folder, session.settings.redact, base=under)


def warn_of_unused(prepared: PreparedRun, document: Document, session: Session, strict: bool) -> None:
    """Tell of config that nobody declares. Raises `DagjobInvalidConfigError` if `strict`."""
    from dagjob.plan.unused import unused

    job = prepared.job
    found = unused(job, document, prepared.resolved.schema)
    if not found or (session.quiet and not strict):
        return
    from dagjob.cli.hiding import hidden_in

    shown = hidden_in(found, (job,), document, session.settings.redact)
    if strict:
        errors = [replace(each, severity="error") for each in shown]
        raise DagjobInvalidConfigError(errors[0].message, [], diagnostics=errors)
    from dagjob.cli.output import tell
    from dagjob.display.errors import render_diagnostics

    options = session.display(sys.stderr)
    tell(render_diagnostics(shown, options).removesuffix("\n").split("\n"), options.color)


def warn_of_pools(prepared: PreparedRun, given: Mapping[str, int], session: Session) -> None:
    """Tell of a pool without slots, and of one that was given slots and is used by no op."""
    from dagjob.plan.build import pools_of

    used = pools_of(prepared.job)
    if session.quiet or not (used or given):
        return
    lines = []
    for pool, key in used.items():
        if pool not in prepared.request.pools:
            hint = did_you_mean(pool, prepared.request.pools)
            hint = hint or f" Give it some: {registry.POOL.long} {pool}=2, or [tool.dagjob.pools]."
            lines.append(f'warning: nothing says how many slots the pool "{pool}" of "{key}" has: no limit.{hint}')
    for pool in given:
        if pool not in used:
            hint = did_you_mean(pool, list(used))
            lines.append(f'warning: {registry.POOL.long}: no op of this job uses the pool "{pool}".{hint}')
    if lines:
        from dagjob.cli.output import tell

        tell(lines)


def _other_sinks(args: ParsedArguments, session: Session, displays: Sequence[str], job: str) -> Iterator[SinkRequest]:
    """The sinks that have an option of their own, and those that pyproject names.

    A CI system is told of the run unasked; GitHub Actions only where stdout is not the answer for a program.
    """
    kinds = []
    for option, kind in registry.SINK_OPTIONS:
        if not kind.value:
            asked = [SinkRequest(kind)] if args.on(option) else []
        else:
            values = args.many(option) if kind.many else [args.text(option)]
            usual = "auto" if kind is SINKS["annotations"] else None
            asked = [SinkRequest(kind, (value,)) for value in values if value not in (None, usual)]
        kinds += [request.kind for request in asked]
        yield from asked
    yield from (SinkRequest(SINKS["sink"], (text,)) for text in session.sinks(job))
    system = _ci_system(session)
    shown = displays in (("plain",), ("board",)) and (system != "github" or SINKS["print-output"] not in kinds)
    if system and shown and SINKS["annotations"] not in kinds:
        yield SinkRequest(SINKS["annotations"], (system,))


def _ci_system(session: Session) -> str:
    """The CI system that this runs in, of those that are told of a run in their own way; nothing if it is none."""
    for system, variable in (("github", "GITHUB_ACTIONS"), ("gitlab", "GITLAB_CI"), ("buildkite", "BUILDKITE")):
        if session.environ.get(variable) == "true":
            return system
    return ""


def _check_printed(args: ParsedArguments, prepared: PreparedRun, displays: Sequence[str]) -> None:
    """Raise for a value that is to be printed and cannot be: because of its name, or because stdout is somebody else's."""
    [option] = [option for option, kind in registry.SINK_OPTIONS if kind is SINKS["print-output"]]
    names = args.many(option)
    if not names:
        return
    other = next((name for name in displays if name in ("json", "jsonl", "id")), None)
    if other is not None:
        raise DagjobUsageError(
            f"{option.long} and {registry.RUN_FORMAT.long} {other} both print on stdout: leave one out"
        )
    from dagjob.launch.printed_outputs import check

    check(names, [step.key for step in prepared.plan.steps], prepared.job.name)


def shown_as(session: Session, named: str | None, dry_run: bool = False) -> tuple[str, ...]:
    """The displays of a run: the one that was named, `id` for `-q`, the board where a person looks on, else lines.

    `json` is one object on stdout at the end; who waits for it sees the run on stderr meanwhile.
    """
    watched = is_terminal(sys.stderr) and not session.environ.get("CI") and session.environ.get("TERM") != "dumb"
    usual = "board" if watched and not dry_run else "plain"
    if named == "json":
        return ("json",) if session.quiet else ("json", usual)
    if named is not None and named != "auto":
        return (named,)
    return ("id",) if session.quiet else (usual,)
