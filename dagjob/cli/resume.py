"""`dagjob resume [RUN]`, `dagjob run --resume RUN` and `--from-failure`: which run, of which job, with which config.

What of it runs again is found by `launch`. A backfill is gone on with in `backfill.py`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING

from dagjob.builtin.private_files import make_private_folder
from dagjob.cli import registry
from dagjob.cli.arguments import ParsedArguments
from dagjob.cli.entries import Option
from dagjob.cli.output import warn
from dagjob.cli.running import Wanted, begin, document_of, for_job, refusals_told, wanted_of
from dagjob.cli.session import Session, open_session
from dagjob.cli.targets import find_target
from dagjob.cli.values import clauses, config_options
from dagjob.config.secrets import MASK
from dagjob.definitions.selection import select_ops
from dagjob.engine.importing import Target
from dagjob.engine.target import LoadedJob, load_job, split_target
from dagjob.errors import (
    DagjobBusyError,
    DagjobInvalidInvocationError,
    DagjobRunNotFoundError,
    DagjobTargetError,
    DagjobUsageError,
    ExitCode,
)
from dagjob.launch.in_a_child import in_a_child
from dagjob.launch.partition import OF_PARTITION, PARTITION_TAG
from dagjob.record import Record, replace
from dagjob.storage.backfills import Backfills
from dagjob.storage.locks import RunLock
from dagjob.storage.paths import unwritable

if TYPE_CHECKING:
    from dagjob.config.document import Document
    from dagjob.launch.request import RunRequest
    from dagjob.storage.past import Earlier
    from dagjob.storage.records import RunRow

LOCK = "resume.lock"
"""The file, in the folder of a run, that is locked while it or a run that goes on from it is gone on with."""
_OF_RUNS = (
    registry.CONFIG,
    registry.SET,
    registry.SET_STR,
    registry.SET_FILE,
    registry.CONFIG_JSON,
    registry.STRICT,
    registry.PARTITION,
    registry.TAG,
    *(option for option, _ in registry.SINK_OPTIONS),
)
"""Options of `dagjob resume` that say nothing to a backfill."""
_OF_BACKFILLS = (registry.PARALLEL, registry.YES_MANY)


class _Found(Record):
    """The run that is named, and the latest of those that have gone on from it: itself, where there is none."""

    named: RunRow
    tip: RunRow


def resume(args: ParsedArguments) -> int:
    """Go on with a run, or with a backfill."""
    session = open_session(args)
    ref = args.text(registry.RUN_OR_BACKFILL)
    if ref is not None and (ids := Backfills(session.state).beginning(ref)):
        runs = in_a_child(lambda: _runs_beginning(session, ref))
        if runs and ref.lower() not in ids:
            names = ", ".join([each[:13] for each in ids[:3]] + [each[:13] for each in runs])
            raise DagjobRunNotFoundError(f'"{ref}" is the beginning of a backfill and of a run: {names}').noting(
                "give more characters of the id"
            )
        _refuse(args, _OF_RUNS, "a backfill, which goes on as it was begun")
        from dagjob.cli import backfill

        return backfill.resume(args, session, ref)
    _refuse(args, _OF_BACKFILLS, "a run")
    with refusals_told(args):
        found = in_a_child(lambda: _find(session, ref or "latest"))
    return _go_on(args, session, found, None)


def resume_target(args: ParsedArguments, session: Session) -> int:
    """`dagjob run` with `--resume` or `--from-failure`."""
    ref = args.text(registry.RESUME)
    if ref is not None and args.on(registry.FROM_FAILURE):
        raise DagjobUsageError(f"{registry.RESUME.long} and {registry.FROM_FAILURE.long} both say which run")
    _refuse(
        args,
        (registry.SELECT, registry.EXCLUDE, registry.INPUTS_FROM, registry.PARTITION_RANGE, registry.NO_STATE),
        "a run that goes on from an earlier one",
    )
    text = args.text(registry.TARGET)
    with refusals_told(args):
        given = load_job(find_target(session, text)) if text is not None or ref is None else None
        if ref is not None:
            found = in_a_child(lambda: _find(session, ref))
        else:
            assert given is not None
            name, key = given.job.name, args.text(registry.PARTITION)
            found = in_a_child(lambda: _latest_of(session, name, key))
    return _go_on(args, session, found, given)


def run_with_inputs(args: ParsedArguments, session: Session) -> int:
    """`dagjob run` with `--inputs-from`: the ops that are selected, on what an earlier run of the job has stored."""
    option = registry.INPUTS_FROM.long
    selected, excluded = clauses(args.many(registry.SELECT)), clauses(args.many(registry.EXCLUDE))
    if not selected and not excluded:
        raise DagjobUsageError(
            f"{option} feeds what a selection leaves open: say with -s or --exclude which ops to run"
        )
    _refuse(args, (registry.PARTITION, registry.PARTITION_RANGE, registry.NO_STATE), f"a run with {option}")
    given, args = args, session.filled(args)
    wanted = wanted_of(args, session)
    with refusals_told(args):
        loaded = load_job(find_target(session, args.text(registry.TARGET)))
        args, wanted = for_job(given, session, loaded.job, wanted, anew=False)
        selection = select_ops(loaded.job.name, loaded.job.graph, selected, excluded)
        earlier = in_a_child(lambda: _read_one(session, args.text(registry.INPUTS_FROM) or "latest"))
        if loaded.job.name != earlier.row.job:
            raise DagjobInvalidInvocationError(f'{_called(earlier.row)} is none of job "{loaded.job.name}"')
        document = document_of(loaded.job, config_options(args), session, earlier.row.config)
        _refuse_masks(earlier.row, document.value)
    from dagjob.launch.continued import GoOn
    from dagjob.launch.reexecution import Parent, as_asked_for
    from dagjob.launch.request import RunRequest

    request = RunRequest(loaded.job, document, loaded.target, **{**wanted.asked, "selection": (), "excluded": ()})
    parent = Parent(earlier.row, GoOn(earlier, session.state, aside=in_a_child, ops=selection.paths))
    whole = replace(as_asked_for(request, parent, config_given=True), selection=(), excluded=())
    return begin(args, session, whole, document, wanted)


def _read_one(session: Session, ref: str) -> Earlier:
    """What that very run has made, with those before it."""
    from dagjob.cli.runs import history_of
    from dagjob.storage.past import read_earlier

    with history_of(session) as history:
        return read_earlier(history, history.find(ref))


def _refuse(args: ParsedArguments, options: Sequence[Option], what: str) -> None:
    for option in options:
        if option.key in args.values:
            raise DagjobUsageError(f"{option.long} says nothing to {what}: leave it out")


# -- which run -----------------------------------------------------------------------------------------------------


def _runs_beginning(session: Session, ref: str) -> list[str]:
    from dagjob.storage.history import History

    history = History.open(session.state)
    if history is None:
        return []
    with history:
        return [row.id for row in history.beginning(ref.lower(), 3)]


def _find(session: Session, ref: str) -> _Found:
    from dagjob.cli.runs import history_of
    from dagjob.storage.past import gone_on_from

    with history_of(session) as history:
        row = history.find(ref)
        return _Found(row, gone_on_from(history, row))


def _latest_of(session: Session, job: str, partition: str | None) -> _Found:
    from dagjob.cli.runs import history_of
    from dagjob.storage.past import gone_on_from

    with history_of(session) as history:
        rows = history.runs(1, job=job, partition=partition)
        if not rows:
            of = f' for the partition "{partition}"' if partition is not None else ""
            raise DagjobRunNotFoundError(f'no run of job "{job}"{of} is recorded')
        return _Found(rows[0], gone_on_from(history, rows[0]))


def _read(session: Session, run_id: str) -> Earlier:
    """What there is to go on with, as it is by now."""
    from dagjob.cli.runs import history_of
    from dagjob.storage.past import gone_on_from, read_earlier

    with history_of(session) as history:
        return read_earlier(history, gone_on_from(history, history.known(run_id)))


def _called(row: RunRow) -> str:
    of = f" ({row.partition})" if row.partition else ""
    return f"run {row.id[:8]} of {row.job}{of}"


def _refuse_running(row: RunRow) -> None:
    if row.status == "running":
        raise DagjobBusyError(f"{_called(row)} is still going on").noting(
            f"wait for it, or stop it:  dagjob runs cancel {row.id[:8]}"
        )


# -- going on ------------------------------------------------------------------------------------------------------


class _Asked(Record):
    """What is asked for: all that `begin` takes."""

    args: ParsedArguments
    request: RunRequest
    document: Document
    wanted: Wanted


def _go_on(given: ParsedArguments, session: Session, found: _Found, loaded: LoadedJob | None) -> int:
    """Go on with the run that was found; `loaded` is its job, where the command line names it."""
    with ExitStack() as alone:
        args = given
        with refusals_told(args):
            _refuse_running(found.tip)
            args = session.filled(given, found.named.job)
            wanted = wanted_of(args, session)
            config = config_options(args)
            changes = config.given or (args.text(registry.PARTITION) is not None and not args.on(registry.FROM_FAILURE))
            if found.tip.status == "success" and not changes:
                warn(_nothing_to_do(found))
                return ExitCode.OK
            if loaded is not None and loaded.job.name != found.named.job:
                raise DagjobInvalidInvocationError(f'{_called(found.named)} is none of job "{loaded.job.name}"')
            alone.enter_context(_alone(session, found.named, args.on(registry.DRY_RUN)))
            loaded = loaded or _load(session, found.named)
            earlier = in_a_child(lambda: _read(session, found.named.id))
            _refuse_running(earlier.row)
            if earlier.row.status == "success" and not changes:  # another process has just been faster
                warn(_nothing_to_do(_Found(found.named, earlier.row)))
                return ExitCode.OK
            asked = _asked(given, session, wanted, earlier, loaded)
        return begin(asked.args, session, asked.request, asked.document, asked.wanted)


def _asked(given: ParsedArguments, session: Session, wanted: Wanted, earlier: Earlier, loaded: LoadedJob) -> _Asked:
    args, wanted = for_job(given, session, loaded.job, wanted, anew=False)
    document = document_of(loaded.job, config_options(args), session, earlier.row.config)
    _refuse_masks(earlier.row, document.value)
    from dagjob.launch.continued import GoOn
    from dagjob.launch.reexecution import Parent, as_asked_for
    from dagjob.launch.request import RunRequest

    request = RunRequest(loaded.job, document, loaded.target, **wanted.asked)
    parent = Parent(earlier.row, GoOn(earlier, session.state, aside=in_a_child))
    request = as_asked_for(request, parent, config_given=True)
    if args.text(registry.PARTITION) is not None:
        tags = {key: value for key, value in request.tags.items() if not _is_of_partition(key)}
        request = replace(request, tags=tags, partition_key=None)
    return _Asked(args, request, document, wanted)


def _is_of_partition(tag: str) -> bool:
    return tag in OF_PARTITION or tag.startswith(f"{PARTITION_TAG}/")


def _nothing_to_do(found: _Found) -> str:
    completed = f" was completed by run {found.tip.id[:8]}" if found.tip.id != found.named.id else " was successful"
    return f"nothing to do: {_called(found.named)}{completed}"


@contextmanager
def _alone(session: Session, row: RunRow, dry_run: bool) -> Iterator[None]:
    """Keep others from going on with the same run, or with one that goes on from it, meanwhile."""
    if dry_run:
        yield
        return
    root = row.root or row.id
    lock = RunLock(f"{session.state.run(root)}/{LOCK}")
    try:
        make_private_folder(session.state.run(root))
        taken = lock.acquire()
    except OSError as error:
        raise unwritable(lock.path, error) from error
    if not taken:
        raise DagjobBusyError(f"{_called(row)} is being resumed by another process").noting("dagjob runs  shows it")
    try:
        yield
    finally:
        lock.release()


def _load(session: Session, row: RunRow) -> LoadedJob:
    """The job of a run, where it was then."""
    try:
        if not row.target:  # it was begun from Python
            return load_job(find_target(session, row.job))
        location, name = split_target(row.target)
        return load_job(Target(location or row.target, name, session.folder, session.python_path))
    except DagjobTargetError as error:
        where = f"{_called(row)} was begun with the target {row.target}" if row.target else f"it is for {_called(row)}"
        raise error.noting(where, f"where its job is now:  dagjob run TARGET --resume {row.id[:8]}") from error


def _refuse_masks(row: RunRow, config: Mapping[str, object]) -> None:
    paths = list(_masks(config, ()))
    if paths:
        names = ", ".join(f'"{path}"' for path in paths[:3])
        error = DagjobInvalidInvocationError(
            f"the config of {_called(row)} has secrets in it, which are not kept: {names}"
        )
        error.exit_code = ExitCode.CONFIG
        raise error.noting(f"give {'it' if len(paths) == 1 else 'them'} again:  --set {paths[0]}=..., or -c FILE")


def _masks(value: object, path: tuple[str, ...]) -> Iterator[str]:
    if isinstance(value, Mapping):
        for key, each in value.items():
            yield from _masks(each, (*path, str(key)))
    elif isinstance(value, list):
        for number, each in enumerate(value):
            yield from _masks(each, (*path[:-1], f"{path[-1] if path else ''}[{number}]"))
    elif isinstance(value, str) and MASK in value:
        yield ".".join(path)
