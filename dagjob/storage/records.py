"""What a query of the history answers with: frozen records, each with the JSON that `--format json` prints. No SQL."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Literal

from dagjob.events import ErrorInfo
from dagjob.record import Record
from dagjob.run_json import listed_run

Stream = Literal["log", "output", "error"]


class RunRow(Record):
    """One run. Times are seconds since the epoch, durations are seconds; `ended` and `seconds` are None while it runs.

    `number` counts the runs of a history, `ops` the steps by status. `config_text` and `resolved_text` are JSON, read only
    when asked for.
    """

    number: int
    id: str
    job: str
    target: str
    status: str
    started: float
    ended: float | None
    seconds: float | None
    partition: str | None
    parent: str | None
    root: str | None
    tags: Mapping[str, str]
    selection: tuple[str, ...]
    excluded: tuple[str, ...]
    selected: tuple[str, ...]
    ops: Mapping[str, int]
    pid: int | None
    host: str | None
    executor: str | None
    start_method: str | None
    slots: int | None
    failure_reason: str | None
    error: ErrorInfo | None
    version: str | None
    config_text: str
    resolved_text: str

    @property
    def config(self) -> dict[str, Any]:
        """The run config that the user gave."""
        given: dict[str, Any] = json.loads(self.config_text)
        return given

    @property
    def resolved(self) -> dict[str, Any]:
        """The run config that was used, with defaults; values from the environment are in it."""
        resolved: dict[str, Any] = json.loads(self.resolved_text)
        return resolved

    def to_json(self) -> dict[str, Any]:
        """The run as `runs list` prints it."""
        return listed_run(
            id=self.id,
            job=self.job,
            target=self.target,
            status=self.status,
            started=self.started,
            ended=self.ended,
            seconds=self.seconds,
            partition=self.partition,
            tags=self.tags,
            parent=self.parent,
            root=self.root,
            selection=self.selection,
            excluded=self.excluded,
            ops=self.ops,
        )


class LogLine(Record):
    """What an attempt said: a record of `context.log`, a line that it printed (nobody knows when), or how it failed.

    `text` of a log record, and the traceback of an error, may have several lines; `level` of an error is the status
    that the step got by it: `retrying`, `failed`, `timeout`, `canceled`.
    """

    step: str
    attempt: int
    stream: Stream
    text: str
    at: float | None = None
    level: str | None = None
    logger: str | None = None
    error: ErrorInfo | None = None
