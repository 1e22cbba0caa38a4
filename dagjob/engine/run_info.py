"""What every worker of a run knows about it: plain data that can be pickled."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from dagjob.record import Record

if TYPE_CHECKING:
    from dagjob.engine.ports import InstanceSource
    from dagjob.storage.paths import StateDir


class RunInfo(Record):
    """One run, as user code may ask about it and as workers need it.

    `config` is what the user gave; `resources` and `loggers` are resolved config by key. `out_dir` is where the default IO
    manager keeps outputs (None: nowhere on disk); `out_dirs` the same of the other runs whose outputs are read, by run id.
    `output_config` is that of the outputs of each op that has any, by the path of its node.
    """

    run_id: str
    job: str
    tags: Mapping[str, str] = {}
    config: Mapping[str, object] = {}
    resources: Mapping[str, object] = {}
    loggers: Mapping[str, object] = {}
    partition_key: str | None = None
    partition_range: tuple[str, str] | None = None
    """First and last key of a run over several partitions."""
    parent_run_id: str | None = None
    root_run_id: str | None = None
    selection: tuple[str, ...] = ()
    """The clauses that say which ops of the job are meant, as they were written; none: all."""
    excluded: tuple[str, ...] = ()
    """Those that take ops off again."""
    selected: tuple[str, ...] = ()
    """The names that these come to."""
    out_dir: str | None = None
    run_dir: str | None = None
    out_dirs: Mapping[str, str] = {}
    output_config: Mapping[tuple[str, ...], Mapping[str, object]] = {}
    capture_loggers: tuple[str, ...] = ()
    """Python's own loggers whose lines are kept with the op that is running."""
    log_level: int | None = None
    """The lowest level of them that is kept, and of the op's own lines; None: what the loggers let through."""
    variables_without: tuple[str, ...] | None = None
    """The variables of frames that failed are wanted, but for those whose name matches; None: they are not."""
    made_by: Mapping[str, str] = {}
    """Of steps that are not run again: the run whose outputs theirs are, by step key."""
    state: StateDir | None = None
    """Where the run is kept."""
    instance: InstanceSource | None = None
    """The same for user code that asks, in a run that was started from Python."""

    @property
    def variables(self) -> Mapping[str, str]:
        """Environment variables by which programs that ops start may know the run."""
        found = {"DAGJOB_RUN_ID": self.run_id, "DAGJOB_JOB": self.job, "DAGJOB_RUN_DIR": self.run_dir or ""}
        return found if self.partition is None else {**found, "DAGJOB_PARTITION": self.partition}

    @property
    def partition(self) -> str | None:
        """The partition of the run as it is shown: its key, or `first...last`."""
        return "...".join(self.partition_range) if self.partition_range is not None else self.partition_key

    def out_dir_of(self, run_id: str) -> str | None:
        """Where the outputs of a run are kept: of this one, or of one that it reads from."""
        if run_id != self.run_id:
            return self.out_dirs.get(run_id)
        return self.instance.out_dir() if self.out_dir is None and self.instance is not None else self.out_dir


def new_run_id() -> str:
    """A random UUID (version 4), without the price of importing `uuid`."""
    import os

    digits = bytearray(os.urandom(16))
    digits[6] = digits[6] & 0x0F | 0x40
    digits[8] = digits[8] & 0x3F | 0x80
    text = digits.hex()
    return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"
