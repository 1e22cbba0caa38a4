"""`DagjobInstance`: the run store and its state directory as Python code asks for them, under Dagster's names.

A thin view. Nothing is kept here: each question opens the history, and each run writes through the run store, so that
`dagjob runs` and other processes see the same.
"""

from __future__ import annotations

import enum
import os
import shutil
import weakref
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from tempfile import mkdtemp
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from dagjob.errors import DagjobRunNotFoundError
from dagjob.launch.run_records import (
    RunRecord,
    RunsFilter,
    RunStats,
    RunStepStats,
    record_of,
    run_stats,
    step_stats,
)
from dagjob.storage.paths import StateDir, find_state_dir
from dagjob.values.checks import check_kind
from dagjob.values.names import normalize_tags

if TYPE_CHECKING:
    from dagjob.engine.dagster_events import DagjobEventType
    from dagjob.engine.event_log import EventLogEntry
    from dagjob.engine.run_record import DagjobRun
    from dagjob.launch.event_records import EventLogConnection, EventRecordsResult, RunStatusChangeRecordsFilter
    from dagjob.storage.history import History
    from dagjob.storage.records import RunRow


class DagjobInstance:
    """Where runs are kept. Made by `get`, `ephemeral` or `local_temp`; all of them can be used with `with`."""

    def __init__(self, state: StateDir, *, ephemeral: bool = False, temporary: bool = False) -> None:
        self._state = state
        self._remove = weakref.finalize(self, _remove, state.root, os.getpid()) if temporary else None
        self.is_ephemeral = ephemeral
        self.capture_loggers: tuple[str, ...] = ()
        """Python's own loggers whose lines are kept, in runs that are started from Python with this instance."""
        self.log_level: int | None = None
        """The lowest level of them that is kept, and of the lines of ops."""

    @staticmethod
    def get() -> DagjobInstance:
        """The instance that `dagjob` uses here: `DAGJOB_HOME`, else that of the project, else the user's own."""
        from dagjob.launch.settings import find_project

        project = find_project(os.getcwd())
        root, home = (project.root, project.settings.home) if project is not None else (None, None)
        return DagjobInstance(find_state_dir(None, os.environ, root, home))

    @staticmethod
    def ephemeral(tempdir: str | None = None) -> DagjobInstance:
        """One of its own, in a temporary directory, which is gone when nobody has the instance any more."""
        return DagjobInstance(StateDir(mkdtemp(prefix="dagjob-", dir=tempdir)), ephemeral=True, temporary=True)

    @staticmethod
    def local_temp(tempdir: str | None = None, overrides: Mapping[str, Any] | None = None) -> DagjobInstance:
        """One on the directory `tempdir`; without it, on a temporary one. Other processes may use it, too.

        Of `overrides`, which in Dagster are all settings of an instance, `python_logs` counts.
        """
        if tempdir is not None:
            made = DagjobInstance(StateDir(os.path.abspath(tempdir)))
        else:
            made = DagjobInstance(StateDir(mkdtemp(prefix="dagjob-")), temporary=True)
        logs = (overrides or {}).get("python_logs") or {}
        made.capture_loggers = tuple(logs.get("managed_python_loggers", ()))
        if "python_log_level" in logs:
            from dagjob.builtin.loggers import level_number

            made.log_level = level_number(logs["python_log_level"])
        return made

    # -- itself ----------------------------------------------------------------------------------------------------

    @property
    def state(self) -> StateDir:
        """The state directory (dagjob's own)."""
        return self._state

    @property
    def is_persistent(self) -> bool:
        """Will it still be there for others?"""
        return not self.is_ephemeral

    @property
    def root_directory(self) -> str:
        """The state directory as text."""
        return self._state.root

    def storage_directory(self) -> str:
        """The folder that holds a folder for each run."""
        return self._state.runs

    def dispose(self) -> None:
        """Remove what was temporary."""
        if self._remove is not None:
            self._remove()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None) -> None:
        self.dispose()

    def __repr__(self) -> str:
        return f"<DagjobInstance {self._state.root}>"

    # -- runs ------------------------------------------------------------------------------------------------------

    def get_run_by_id(self, run_id: str) -> DagjobRun | None:
        """A run; None for an id that is not known."""
        record = self.get_run_record_by_id(run_id)
        return record.dagster_run if record is not None else None

    def get_run_record_by_id(self, run_id: str) -> RunRecord | None:
        """A run with its times."""
        with self.open_history() as history:
            row = history.run(run_id) if history is not None else None
            return _record(history, row) if history is not None and row is not None else None

    def has_run(self, run_id: str) -> bool:
        """Is there a run of that id?"""
        return self.get_run_by_id(run_id) is not None

    def get_runs(
        self, filters: RunsFilter | None = None, cursor: str | None = None, limit: int | None = None
    ) -> list[DagjobRun]:
        """Runs that fit, newest first; after the run whose id is the `cursor`."""
        return [record.dagster_run for record in self.get_run_records(filters, limit, cursor=cursor)]

    def get_run_ids(
        self, filters: RunsFilter | None = None, cursor: str | None = None, limit: int | None = None
    ) -> list[str]:
        """The ids of the same."""
        return [run.run_id for run in self.get_runs(filters, cursor, limit)]

    def get_runs_count(self, filters: RunsFilter | None = None) -> int:
        """How many there are."""
        return len(self.get_run_records(filters))

    def get_run_records(
        self,
        filters: RunsFilter | None = None,
        limit: int | None = None,
        order_by: str | None = None,
        ascending: bool = False,
        cursor: str | None = None,
    ) -> list[RunRecord]:
        """Runs that fit, with their times; newest first, or oldest first if `ascending`."""
        with self.open_history() as history:
            if history is None:
                return []
            rows = history.runs(None, job=filters.job_name if filters is not None else None)
            records = [_record(history, row) for row in (reversed(rows) if ascending else rows)]
        if order_by == "update_timestamp":
            records.sort(key=lambda record: record.update_timestamp, reverse=not ascending)
        if cursor is not None:
            places = [place for place, record in enumerate(records) if record.dagster_run.run_id == cursor]
            records = records[places[0] + 1 :] if places else []
        fitting = [record for record in records if filters is None or filters.fits(record)]
        return fitting if limit is None else fitting[:limit]

    def get_run_tags(
        self, tag_keys: Sequence[str] | None = None, value_prefix: str | None = None, limit: int | None = None
    ) -> list[tuple[str, set[str]]]:
        """All tags of all runs, each with the values that it has; sorted."""
        values: dict[str, set[str]] = {}
        for run in self.get_runs():
            for key, value in run.tags.items():
                if (tag_keys is None or key in tag_keys) and value.startswith(value_prefix or ""):
                    values.setdefault(key, set()).add(value)
        return sorted(values.items())[:limit]

    def get_run_tag_keys(self) -> Sequence[str]:
        """The keys of all tags of all runs, sorted."""
        return [key for key, _ in self.get_run_tags()]

    def get_run_group(self, run_id: str) -> tuple[str, Sequence[DagjobRun]] | None:
        """The id of the first of the runs that were made of each other, and all of them, that one at the front."""
        run = self.get_run_by_id(run_id)
        if run is None:
            raise _not_found(run_id)
        root = run.root_run_id or run_id
        again = [one for one in self.get_runs() if one.root_run_id == root]
        first = self.get_run_by_id(root)
        return (root, [first, *again]) if first is not None else None

    def get_run_stats(self, run_id: str) -> RunStats:
        """How many steps of a run ended how, and when it ran."""
        with self.open_history() as history:
            if history is None:
                raise _not_found(run_id)
            return run_stats(history.known(run_id), history.recorded(run_id))

    def get_run_step_stats(self, run_id: str, step_keys: Sequence[str] | None = None) -> list[RunStepStats]:
        """Each step of a run with its attempts."""
        with self.open_history() as history:
            return step_stats(run_id, history.recorded(run_id), step_keys) if history is not None else []

    def all_logs(self, run_id: str, of_type: Any = None) -> list[EventLogEntry]:
        """Every event of a run and every line of `context.log`, in order; of an unknown run there are none.

        `of_type` is a `DagjobEventType`, or a set of them.
        """
        from dagjob.engine.event_log import event_log

        with self.open_history() as history:
            row = history.run(run_id) if history is not None else None
            if history is None or row is None:
                return []
            return event_log(history.recorded(run_id), row.job, run_id, of_type)

    def get_records_for_run(
        self,
        run_id: str,
        cursor: str | None = None,
        of_type: Any = None,
        limit: int | None = None,
        ascending: bool = True,
    ) -> EventLogConnection:
        """The entries of `all_logs` in pages: at most `limit`, after the cursor of an earlier page."""
        from dagjob.launch.event_records import EventLogConnection, numbered, page

        wanted = {of_type} if isinstance(of_type, enum.Enum) else of_type
        records = numbered(self.all_logs(run_id))
        fitting = [record for record in records if not wanted or record.event_type in wanted]
        return EventLogConnection(*page(fitting, cursor, limit, ascending))

    def fetch_run_status_changes(
        self,
        records_filter: DagjobEventType | RunStatusChangeRecordsFilter,
        limit: int,
        cursor: str | None = None,
        ascending: bool = False,
    ) -> EventRecordsResult:
        """The events of one type by which runs have changed their status, newest first, or oldest if `ascending`.

        `records_filter` is that `DagjobEventType`, or a `RunStatusChangeRecordsFilter`.
        """
        from dagjob.launch.event_records import EventRecordsResult, RunStatusChangeRecordsFilter, numbered, page

        if isinstance(records_filter, RunStatusChangeRecordsFilter):
            wanted = records_filter
        else:
            wanted = RunStatusChangeRecordsFilter(records_filter)
        entries = [entry for run in self.get_runs() for entry in self.all_logs(run.run_id, wanted.event_type)]
        records = filter(wanted.fits, numbered(sorted(entries, key=lambda entry: entry.timestamp)))
        return EventRecordsResult(*page(list(records), cursor, limit, ascending))

    # -- dynamic partitions ----------------------------------------------------------------------------------------

    def get_dynamic_partitions(self, partitions_def_name: str) -> Sequence[str]:
        """The keys of the dynamic partitions of that name, in the order in which they were added."""
        from dagjob.storage.dynamic_keys import keys_of

        return keys_of(self._state, partitions_def_name)

    def has_dynamic_partition(self, partitions_def_name: str, partition_key: str) -> bool:
        """Is there such a key?"""
        from dagjob.storage.dynamic_keys import has_key

        return has_key(self._state, partitions_def_name, partition_key)

    def add_dynamic_partitions(self, partitions_def_name: str, partition_keys: Sequence[str]) -> None:
        """Add keys at the end; one that is there stays where it is. Raises `DagjobInvalidDefinitionError` for what is no key."""
        from dagjob.partitions.base import check_key_list
        from dagjob.partitions.static import check_key
        from dagjob.storage.dynamic_keys import add_keys

        what = "add_dynamic_partitions: partition_keys"
        check_kind(partitions_def_name, str, "add_dynamic_partitions: partitions_def_name")
        keys = [check_key(key, what) for key in check_key_list(partition_keys, what)]
        add_keys(self._state, partitions_def_name, keys)

    def delete_dynamic_partition(self, partitions_def_name: str, partition_key: str) -> None:
        """Forget a key; one that is not there is no mistake."""
        from dagjob.storage.dynamic_keys import delete_key

        delete_key(self._state, partitions_def_name, partition_key)

    # -- changes ---------------------------------------------------------------------------------------------------

    def add_run_tags(self, run_id: str, new_tags: Mapping[str, str]) -> None:
        """Add tags to a run. Raises `DagjobRunNotFoundError`."""
        from dagjob.storage.edits import Edits

        edits = Edits.open(self._state)
        if edits is None:
            raise _not_found(run_id)
        try:
            edits.add_tags(run_id, normalize_tags(new_tags, f"tags of run {run_id}"))
        finally:
            edits.close()

    def delete_run(self, run_id: str) -> None:
        """Forget a run, with its logs and outputs; an unknown one is no mistake."""
        self._delete([run_id])

    def wipe(self) -> None:
        """Forget all runs that have ended."""
        self._delete([run.run_id for run in self.get_runs() if run.is_finished])

    def _delete(self, run_ids: Sequence[str]) -> None:
        from dagjob.storage.edits import Edits

        edits = Edits.open(self._state)
        if edits is None:
            return
        try:
            for run_id in run_ids:
                with suppress(DagjobRunNotFoundError):
                    edits.delete(run_id)
        finally:
            edits.close()

    @contextmanager
    def open_history(self) -> Iterator[History | None]:
        """The queries of dagjob itself (dagjob's own); None where nothing was kept yet."""
        from dagjob.storage.history import History

        history = History.open(self._state)
        try:
            yield history
        finally:
            if history is not None:
                history.close()


def _record(history: History, row: RunRow) -> RunRecord:
    again = None
    if row.parent is not None:
        again = [key for key, status in history.statuses(row.id).items() if status != "reused"]
    return record_of(row, row.number, again)


def _remove(folder: str, pid: int) -> None:
    """Remove what was temporary: only in the process that has made it, which forks others."""
    if os.getpid() == pid:
        shutil.rmtree(folder, ignore_errors=True)


def _not_found(run_id: str) -> DagjobRunNotFoundError:
    return DagjobRunNotFoundError(f'there is no run "{run_id}".')


def instance_on(state: StateDir | None) -> DagjobInstance:
    """What contexts get: the instance on the state directory of their run, else one of their own.

    Named in `engine/instances.py`.
    """
    return DagjobInstance(state) if state is not None else DagjobInstance.ephemeral()


@contextmanager
def instance_for_test(
    overrides: Mapping[str, Any] | None = None, set_dagster_home: bool = True, temp_dir: str | None = None
) -> Iterator[DagjobInstance]:
    """An instance for a `with` block, on a temporary directory, which `DagjobInstance.get()` gives meanwhile.

    With `set_dagster_home=False` the environment stays as it is.
    """
    with DagjobInstance.local_temp(temp_dir, overrides) as instance:
        before = os.environ.get("DAGJOB_HOME")
        if set_dagster_home:
            os.environ["DAGJOB_HOME"] = instance.root_directory
        try:
            yield instance
        finally:
            if set_dagster_home:
                os.environ.pop("DAGJOB_HOME")
                if before is not None:
                    os.environ["DAGJOB_HOME"] = before
