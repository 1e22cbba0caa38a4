"""A run that was started from Python: a prepared one, kept in an instance, with its events handed back."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, nullcontext
from typing import TYPE_CHECKING, Any

from dagjob import clock
from dagjob.config.document import as_document
from dagjob.definitions.executors import in_process_executor
from dagjob.engine.dagster_events import RunFailureReason
from dagjob.engine.describe import describe
from dagjob.engine.interrupts import Interrupts, NoSignals, in_user_code
from dagjob.engine.run_info import RunInfo, new_run_id
from dagjob.errors import CheckError, DagjobInvalidInvocationError
from dagjob.events import RunEnded, RunStarted
from dagjob.launch.execute import execute
from dagjob.launch.instance_at import InstanceAt
from dagjob.launch.keeping_worker import KeepingWorker
from dagjob.launch.kept_events import KeptEvents
from dagjob.launch.sharing import shared_slots
from dagjob.record import Record, replace
from dagjob.values.checks import check_kind

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dagjob.engine.ports import Signals
    from dagjob.errors import DagjobError
    from dagjob.events import Event
    from dagjob.launch.instance import DagjobInstance
    from dagjob.launch.masking import Masking
    from dagjob.launch.request import PreparedRun, RunRequest


def prepare_for_python(request: RunRequest, instance: DagjobInstance | None) -> PreparedRun:
    """Prepare a run of a partition: what a function of the user raises for its key comes out as it is."""
    from dagjob.errors import DagjobPartitionFunctionError
    from dagjob.launch.partition import NoStore
    from dagjob.launch.request import prepare
    from dagjob.partitions.base import partition_loading_context

    with partition_loading_context(dynamic_partitions_store=instance or NoStore()):
        try:
            return prepare(request)
        except DagjobPartitionFunctionError as error:
            if error.user_exception is None:
                raise
            raise error.user_exception from None


class Ran(Record):
    """How a run went: what it was, its events, and the values of its outputs by step, where they were to be kept."""

    run: RunInfo
    events: Sequence[Event]
    values: Mapping[str, Mapping[str, Any]]


class _MadeWhenAsked:
    """The instance of a run that was given none: an ephemeral one, made when user code asks for it.

    The same of a folder for the outputs of an IO manager that was told no place. It is gone when the run is over.
    """

    def __init__(self, kept: KeptEvents) -> None:
        self._kept = kept
        self._made: DagjobInstance | None = None
        self._out_dir: str | None = None

    def open(self) -> DagjobInstance:
        if self._made is None:
            from dagjob.launch.instance import DagjobInstance

            self._made = DagjobInstance.ephemeral()
            self._kept.record_in(self._made)
        return self._made

    def out_dir(self) -> str:
        if self._out_dir is None:
            from tempfile import mkdtemp

            self._out_dir = mkdtemp(prefix="dagjob-")
        return self._out_dir

    def close(self) -> None:
        if self._out_dir is not None:
            from shutil import rmtree

            rmtree(self._out_dir, ignore_errors=True)


def execute_for_python(
    prepared: PreparedRun,
    run: RunInfo,
    instance: DagjobInstance | None,
    *,
    keep_values: bool,
    heeds_signals: bool = False,
) -> Ran:
    """Do the run. Raises what keeps it from starting or from being kept and, where the request says so, what an op raised.

    With `heeds_signals` a signal that would end the process stops the run first, which is kept as canceled.
    """
    kept = KeptEvents(run.run_id, _masking(prepared, instance))
    passing = _MadeWhenAsked(kept)
    if instance is None:
        run = replace(run, instance=passing)
    else:
        run = replace(run, instance=InstanceAt(instance.state, instance.is_ephemeral))

    def open_sinks() -> KeptEvents:
        if instance is not None:
            kept.record_in(instance)
        return kept

    request = prepared.request
    direct = request.input_values
    worker = KeepingWorker(prepared.job, run, direct, values=keep_values, raises=request.raise_on_error)
    with (
        shared_slots(prepared, run.state, run.run_id) if run.state is not None else nullcontext() as pools,
        _signals(prepared) if heeds_signals else nullcontext(NoSignals()) as signals,
    ):
        try:
            done = execute(prepared, run, open_sinks, signals, worker=worker, pools=pools)
        finally:
            kept.close()
            passing.close()
    if signals.signum is not None:
        from signal import raise_signal

        raise_signal(signals.signum)  # its handler is the caller's again: by default KeyboardInterrupt, or the end
    failure = worker.exception_of_run(done)
    if failure is not None:
        raise failure
    return Ran(run, kept.events, worker.values_by_step() if keep_values else {})


def keep_failed_start(
    request: RunRequest, instance: DagjobInstance, error: DagjobError
) -> tuple[RunInfo, Sequence[Event]]:
    """Keep a run that could not start, and why: the run, and its only event."""
    job, config = request.job, as_document(request.config).value
    tags = {**job.run_tags, **request.tags}
    run = RunInfo(new_run_id(), job.name, tags, config, selection=request.selection, state=instance.state)
    target = request.target.text if request.target is not None else ""
    now, executor = clock.time(), job.executor_def.name
    ended = RunEnded(now, "failed", 0.0, {}, RunFailureReason.JOB_INITIALIZATION_FAILURE.value, describe(error))
    kept = KeptEvents(run.run_id)
    kept.record_in(instance)
    kept(RunStarted(now, run.run_id, run.job, target, executor, 0, os.getpid(), tags, config, selection=run.selection))
    kept(ended)
    kept.close()
    return run, [ended]


@contextmanager
def _signals(prepared: PreparedRun) -> Iterator[Signals]:
    """Hear the signals of this process, where they can be heard, and nobody does so already."""
    from threading import current_thread, main_thread

    if current_thread() is not main_thread() or in_user_code():
        yield NoSignals()
        return
    with Interrupts(prepared.request.grace) as interrupts:
        yield _Guest(interrupts) if prepared.executor.makes == in_process_executor.makes else interrupts


class _Guest:
    """The signals of a process that the run does not own: what else runs in it is left alone."""

    fd: int | None = None

    def __init__(self, interrupts: Interrupts) -> None:
        self._interrupts = interrupts

    @property
    def count(self) -> int:
        return self._interrupts.count

    @property
    def signum(self) -> int | None:
        return self._interrupts.signum


def _masking(prepared: PreparedRun, instance: DagjobInstance | None) -> Masking | None:
    if instance is None:
        return None
    from dagjob.config.secrets import REDACT
    from dagjob.launch.masking import masking_of

    return masking_of(prepared.job, prepared.resolved, REDACT)


def checked_run_id(run_id: str | None, instance: DagjobInstance | None) -> str | None:
    """The id that a caller has chosen. Raises `CheckError` for one that is no UUID or is taken."""
    import re

    if run_id is None:
        return None
    check_kind(run_id, str, "run_id")
    if not re.fullmatch(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}", run_id):
        raise CheckError(f"run_id must be a UUID, not {run_id!r}")
    if instance is not None and instance.has_run(run_id):
        raise DagjobInvalidInvocationError(f'there is a run "{run_id}" already: an id is used once')
    return run_id
