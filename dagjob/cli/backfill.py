"""`dagjob backfill TARGET` and `dagjob resume BACKFILL`: which partitions, with which config; `launch` does them."""

from __future__ import annotations

import gc
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from dagjob import clock
from dagjob.cli import registry
from dagjob.cli.arguments import ParsedArguments
from dagjob.cli.output import say, say_json, warn
from dagjob.cli.partition import asking, telling
from dagjob.cli.partitions import bounds, known_runs
from dagjob.cli.running import (
    asked_for,
    by_settings,
    document_of,
    looks,
    named_format,
    shown_as,
    warn_of_pools,
    warn_of_unused,
)
from dagjob.cli.session import Session, open_session
from dagjob.cli.targets import find_target
from dagjob.cli.terminal import is_terminal
from dagjob.cli.values import at_least_one, config_options, pools
from dagjob.config.document import Document, as_document
from dagjob.config.secrets import MASK
from dagjob.engine.run_info import new_run_id
from dagjob.engine.target import LoadedJob, load_job, split_target
from dagjob.errors import (
    DagjobConfigMappingFunctionError,
    DagjobInvalidConfigError,
    DagjobUsageError,
    ExitCode,
)
from dagjob.event_json import dumps
from dagjob.launch.in_a_child import in_a_child
from dagjob.launch.registries import DISPLAYS, SINKS, SinkRequest
from dagjob.partitions.choice import Wish, as_they_stand, in_range
from dagjob.partitions.progress import PartitionRun, standing, usual_seconds
from dagjob.plan.forecast import FEWEST_RUNS, MOST_RUNS, Usual
from dagjob.record import Record, replace
from dagjob.storage.backfills import BackfillRecord, Backfills

if TYPE_CHECKING:
    from collections.abc import Mapping

    from dagjob.definitions.jobs import JobDefinition
    from dagjob.display.options import DisplayOptions
    from dagjob.display.overall import PartitionRuns
    from dagjob.engine.ports import Sink
    from dagjob.launch.prepared_partitions import PreparedPartitions
    from dagjob.launch.request import PreparedRun, RunRequest

ASKS_ABOVE = 20
"""More partitions than these are not begun on a terminal without being asked for."""
_KEPT = (
    "tags",
    "selection",
    "excluded",
    "executor",
    "slots",
    "max_failures",
    "retries",
    "pools",
    "timeout",
    "op_timeout",
)
"""What of a request is written down, to go on with."""


class _Plan(Record):
    """A backfill that could begin: which partitions of which job, and what is kept of it."""

    loaded: LoadedJob
    document: Document
    record: BackfillRecord
    keys: tuple[str, ...]
    asked: Mapping[str, Any]
    parallel: int
    most: int | None
    runs: Sequence[PartitionRun]
    total: int
    """Of how many partitions these are what is to be done."""
    again: bool = False
    """Whether it goes on with one that was begun."""


def run_backfill(args: ParsedArguments) -> int:
    """Run a job for many of its partitions."""
    session = open_session(args)
    wish = _wish(args)
    _asked(session.filled(args), session)  # what is wrong with it is told before the job is loaded
    loaded = load_job(find_target(session, args.text(registry.TARGET)))
    args = session.filled(args, loaded.job.name)
    asked, parallel, most = _asked(args, session, loaded.job)
    config = config_options(args, session.base_config(loaded.job.name))
    document = document_of(loaded.job, config, session)
    job = loaded.job
    with asking(session) as now, telling(job):
        there = in_range(job.partitions(), wish, now)
    known = in_a_child(lambda: _look_up(session, loaded, document, asked, there, wish))
    runs, before, left = known.runs, known.before, known.left
    if before is not None:
        warn(f"going on with backfill {before.id[:8]}: {len(left)} of {_many(len(before.keys))} left")
        plan = _Plan(loaded, document, before, left, asked, parallel, most, runs, len(before.keys), again=True)
    else:
        keys = tuple(as_they_stand(there, wish, standing(there, runs)))
        if not keys:
            state = " or ".join(word for word, on in (("missing", wish.missing), ("failed", wish.failed)) if on)
            warn(f"nothing to do: none of {_many(len(there))} is {state}")
            return ExitCode.OK
        kept = {name: asked[name] for name in _KEPT} | {"parallel": parallel, "most": most}
        record = BackfillRecord(
            new_run_id(), job.name, loaded.target.text, keys, known.digest, {}, kept, started=clock.time()
        )
        plan = _Plan(loaded, document, record, keys, asked, parallel, most, runs, len(there))
    return _begin(args, session, plan)


def resume(args: ParsedArguments, session: Session, ref: str) -> int:
    """Go on with a backfill."""
    asked, parallel, most = _asked(args, session)
    record = Backfills(session.state).find(ref)
    if MASK in dumps([record.config, record.options]):
        raise DagjobUsageError(
            f"config or tags of backfill {record.id[:8]} have secrets in them, which are not kept: type its command again"
        )
    location, name = split_target(record.target)
    loaded = load_job(session.target(location or record.target, name))
    partitions = loaded.job.partitions()
    left, runs = in_a_child(lambda: (_left(session, record), known_runs(session, record.job)))
    with asking(session) as now, telling(loaded.job):
        still = tuple(key for key in left if partitions.has(key, now))
    if len(still) < len(left):
        warn(
            f"note: {_many(len(left) - len(still))} of backfill {record.id[:8]} {_are(len(left) - len(still))} no more"
        )
    if not still:
        warn(f"nothing to do: all partitions of backfill {record.id[:8]} are done")
        return ExitCode.OK
    if args.on(registry.KEEP_GOING):
        most, given = None, {"max_failures": None}
    else:
        given = {}
    given |= {key: value for key, value in asked.items() if _says(args, key)}
    options = {**record.options}
    parallel = parallel if args.text(registry.PARALLEL) else int(options.pop("parallel", 1))
    most = most if most is not None or args.on(registry.KEEP_GOING) else options.pop("most", None)
    kept = {key: tuple(value) if isinstance(value, list) else value for key, value in options.items() if key in _KEPT}
    plan = _Plan(
        loaded,
        as_document(record.config),
        replace(record, ended=None),
        still,
        {**asked, **kept, **given},
        parallel,
        most,
        runs,
        len(record.keys),
        again=True,
    )
    return _begin(args, session, plan)


# -- what is asked for ---------------------------------------------------------------------------------------------


def _wish(args: ParsedArguments) -> Wish:
    """The partitions that the options name: by one of the ways, or by how they stand."""
    start, end, last = bounds(args)
    between = args.text(registry.KEY_RANGE)
    listed = args.many(registry.THESE_PARTITIONS)
    missing, failed = args.on(registry.MISSING), args.on(registry.FAILED)
    ways = {
        registry.ALL_PARTITIONS.long: args.on(registry.ALL_PARTITIONS),
        f"{registry.FROM.long}, {registry.TO.long}": start is not None or end is not None,
        registry.LAST.long: last is not None,
        registry.THESE_PARTITIONS.long: bool(listed),
        registry.KEY_RANGE.long: between is not None,
    }
    given = [name for name, on in ways.items() if on]
    if len(given) > 1:
        raise DagjobUsageError(f"{given[0]} and {given[1]} both say which partitions: leave one out")
    if not given and not missing and not failed:
        raise DagjobUsageError(
            "say which partitions: --all, --last N, --from KEY --to KEY, --partitions KEY,KEY, --missing or --failed"
        )
    if between is not None:
        start, dots, end = between.partition("...")
        if not dots or not start or not end:
            raise DagjobUsageError(f'{registry.KEY_RANGE.long} takes A...B, not "{between}"')
    if any(not key.strip() for text in listed for key in text.split(",")):
        raise DagjobUsageError(f"{registry.THESE_PARTITIONS.long} has an empty key")
    return Wish(start, end, last, tuple(listed) or None, missing, failed, args.on(registry.REVERSE))


def _asked(
    args: ParsedArguments, session: Session, job: JobDefinition | None = None
) -> tuple[dict[str, Any], int, int | None]:
    """The fields of each run's request, how many partitions at a time, and after how many that failed to stop."""
    asked = asked_for(args, session, pools(registry.POOL, args.many(registry.POOL)))
    if job is not None:
        asked |= by_settings(asked, session, job)
    most = asked["max_failures"]
    asked["max_failures"] = 1 if args.on(registry.FAIL_FIRST) else None
    return asked, at_least_one(registry.PARALLEL, args.text(registry.PARALLEL)) or 1, most


def _says(args: ParsedArguments, name: str) -> bool:
    """Whether the command line itself says this about the request."""
    option = {
        "executor": registry.EXECUTOR,
        "slots": registry.JOBS,
        "timeout": registry.TIMEOUT,
        "op_timeout": registry.OP_TIMEOUT,
        "max_failures": registry.FAIL_FIRST,
        "retries": registry.NO_RETRIES,
        "pools": registry.POOL,
    }.get(name)
    return option is not None and option.key in args.values


class _Known(Record):
    """What is known before a backfill begins: the one that it goes on with, and what is left of that."""

    digest: str
    runs: Sequence[PartitionRun]
    before: BackfillRecord | None
    left: tuple[str, ...]


def _look_up(
    session: Session,
    loaded: LoadedJob,
    document: Document,
    asked: Mapping[str, Any],
    there: Sequence[str],
    wish: Wish,
) -> _Known:
    digest = _digest(loaded, document, asked, there, wish)
    before = Backfills(session.state).unfinished(digest)
    left = () if before is None else _left(session, before)
    return _Known(digest, known_runs(session, loaded.job.name), before, left)


def _digest(loaded: LoadedJob, document: Document, asked: Mapping[str, Any], there: Sequence[str], wish: Wish) -> str:
    """What makes two commands the same: job, config, and partitions; not how many workers there are."""
    from hashlib import blake2b

    same = [asked[name] for name in ("tags", "selection", "excluded")]
    text = dumps([loaded.target.text, document.value, same, list(there), [wish.missing, wish.failed, wish.reverse]])
    return blake2b(text.encode("utf-8", "backslashreplace"), digest_size=16).hexdigest()


def _left(session: Session, record: BackfillRecord) -> tuple[str, ...]:
    """The partitions of a backfill that have not succeeded in it."""
    done = {run.key for run in known_runs(session, record.job, record.id) if run.status == "success"}
    return tuple(key for key in record.keys if key not in done)


# -- doing it ------------------------------------------------------------------------------------------------------


def _begin(args: ParsedArguments, session: Session, plan: _Plan) -> int:
    """Prepare all of it, ask if it is much, do it."""
    gc.freeze()
    gc.enable()
    from dagjob.launch.backfill import backfill
    from dagjob.launch.prepared_partitions import BackfillRequest

    args = session.filled(args, plan.loaded.job.name)
    names = shown_as(session, named_format(args, session), args.on(registry.DRY_RUN))
    options = session.display(sys.stderr, **looks(args, session, keep=True), **_usual(plan))
    job = plan.loaded.job
    of_each = [SinkRequest(DISPLAYS["jsonl"])] if "jsonl" in names else []
    of_each += [SinkRequest(SINKS["sink"], (text,)) for text in session.sinks(job.name)]
    request = BackfillRequest(
        _request(plan),
        plan.record,
        plan.keys,
        plan.parallel,
        plan.most,
        args.text(registry.LOCK),
        tuple(of_each),
        tuple(session.settings.redact),
        session.settings.retention,
    )
    prepared = _prepared(request, plan, session)
    if plan.document.sources:
        warn_of_unused(prepared.first, plan.document, session, args.on(registry.STRICT))
    warn_of_pools(prepared.first, pools(registry.POOL, args.many(registry.POOL)), session)
    if args.on(registry.DRY_RUN):
        _show(plan, names[0], session, prepared.first)
        return ExitCode.OK
    if not plan.again and not args.on(registry.YES_MANY) and not _agreed(len(plan.keys), job.name, session):
        warn("nothing was run")
        return ExitCode.OK
    if (plan.document.value or plan.asked["tags"]) and not plan.record.config:
        request = request.recorded(_masked(prepared, plan, session))

    def displays(looks: DisplayOptions, runs: PartitionRuns) -> list[Sink]:
        from dagjob.display.overall import BackfillJson

        shown = [name for name in names if name != "jsonl"]
        return [
            BackfillJson(looks, runs) if name == "json" else SinkRequest(DISPLAYS[name]).make(looks) for name in shown
        ]

    code = backfill(request, prepared, displays, options, session.state)
    if code != ExitCode.OK and not session.quiet and not {"board", "plain"} & set(names):
        warn(f"go on with: dagjob resume {plan.record.id[:8]}")
    return code


def _request(plan: _Plan) -> RunRequest:
    from dagjob.launch.request import RunRequest

    return RunRequest(plan.loaded.job, plan.document, plan.loaded.target, **plan.asked)


def _prepared(request: Any, plan: _Plan, session: Session) -> PreparedPartitions:
    from dagjob.launch.prepared_partitions import PreparedPartitions

    try:
        return PreparedPartitions(request, lambda: asking(session))
    except (DagjobInvalidConfigError, DagjobConfigMappingFunctionError) as error:
        from dagjob.cli.hiding import hide

        raise hide(error, (plan.loaded.job,), plan.document, session.settings.redact) from error.__cause__


def _masked(prepared: PreparedPartitions, plan: _Plan, session: Session) -> BackfillRecord:
    """What is kept, with the run config that was given, and without its secrets."""
    from dagjob.events import Event, RunStarted
    from dagjob.launch.masking import masking_of

    masking = masking_of(plan.loaded.job, prepared.first.resolved, session.settings.redact)
    event: Event = RunStarted(0.0, "", "", "", "", 0, 0, plan.asked["tags"], dict(plan.document.value))
    if masking is not None:
        event = masking(event)
    assert isinstance(event, RunStarted)
    return replace(plan.record, config=event.config, options={**plan.record.options, "tags": event.tags})


def _usual(plan: _Plan) -> dict[str, Any]:
    """What a partition takes usually, as fields of `DisplayOptions`."""
    seconds = usual_seconds(plan.runs)
    if seconds is None:
        return {}
    many = sum(run.status == "success" for run in plan.runs)
    known = Usual({f"{plan.loaded.job.name}[?]": seconds}, min(many, MOST_RUNS)) if many >= FEWEST_RUNS else None
    return {"usual": lambda: known}


def _agreed(many: int, job: str, session: Session) -> bool:
    """Whether so many runs are wanted: a person is asked."""
    if (
        many <= ASKS_ABOVE
        or session.quiet
        or session.no_input
        or not (is_terminal(sys.stderr) and is_terminal(sys.stdin))
    ):
        return True
    from dagjob.display.output import write_text

    write_text(sys.stderr, f"{many} runs of {job}: begin? [y/N] ")
    return sys.stdin.readline().strip().lower() in ("y", "yes")


def _show(plan: _Plan, named: str, session: Session, first: PreparedRun) -> None:
    """`-n`: what would be done, and what it costs."""
    from dagjob.cli.cost import expected
    from dagjob.display.cost import cost_json, cost_lines
    from dagjob.display.words import about

    together = max(1, min(plan.parallel, len(plan.keys)))
    turns = -(-len(plan.keys) // together)
    cost = expected(first, session, together)
    cost = replace(cost, seconds=cost.seconds * turns if cost.seconds is not None else None)
    cost = replace(cost, least=cost.least * turns if cost.least is not None else None)
    if named == "json":
        keys = [{"key": key} for key in plan.keys]
        told: dict[str, Any] = {"job": plan.loaded.job.name, "target": plan.loaded.target.text, "partitions": keys}
        say_json({**told, "forecast": {**cost_json(cost), "parallel": plan.parallel}})
        return
    seconds = usual_seconds(plan.runs) if cost.seconds is None else None
    took = f", about {about(seconds * len(plan.keys) / plan.parallel)}" if seconds is not None else ""
    of = f" of {plan.total:,}" if plan.total != len(plan.keys) else ""
    say(plan.keys)
    warn(f"{plan.loaded.job.name}: {len(plan.keys):,}{of} partitions{took}; nothing is run (-n)")
    for line in cost_lines(cost, f", {together} at a time," if together > 1 else ""):
        warn(line)


def _many(count: int) -> str:
    return f"{count:,} partition{'' if count == 1 else 's'}"


def _are(count: int) -> str:
    return "is" if count == 1 else "are"
