"""Everything that a run is asked for, as one value."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from dagjob.config.document import Document
from dagjob.config.secrets import REDACT
from dagjob.engine.target import Target
from dagjob.errors import DagjobError
from dagjob.record import Record

if TYPE_CHECKING:
    from dagjob.definitions.jobs import JobDefinition
    from dagjob.display.options import DisplayOptions
    from dagjob.storage.paths import StateDir


class RunRequest(Record):
    """One run, as asked for. `read_config` is called with the loaded job, whose graph the short paths of `--set`
    need; `hide` takes secrets out of an error about it.

    `jobs` is the most ops at a time (None: what the job says, else the usable processors); `op_timeout` and `grace` are
    seconds; `redact` are patterns of environment variables whose values are secret; `displays` are names of the table in
    `registries.py`; `state` None keeps the history in memory and the
    outputs in a temporary folder.
    """

    target: Target
    read_config: Callable[[JobDefinition], Document]
    hide: Callable[[DagjobError, JobDefinition, Document], DagjobError]
    display: DisplayOptions
    displays: tuple[str, ...] = ("plain",)
    state: StateDir | None = None
    tags: Mapping[str, str] = {}
    executor: str | None = None
    jobs: int | None = None
    fail_fast: bool = False
    dry_run: bool = False
    op_timeout: float | None = None
    grace: float = 5.0
    redact: tuple[str, ...] = REDACT
