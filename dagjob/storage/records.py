"""What a query of the history answers with: frozen records, each with the JSON that CLI.md 8 promises. No SQL."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any, Literal

from dagjob.event_json import iso
from dagjob.record import Record

Stream = Literal["log", "output"]


class RunRow(Record):
    """One run. Times are seconds since the epoch, durations are seconds; `ended` and `seconds` are None while it runs.

    `ops` counts the steps by status. `config_text` and `resolved_text` are JSON, read only when asked for.
    """

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
    ops: Mapping[str, int]
    pid: int | None
    host: str | None
    executor: str | None
    start_method: str | None
    slots: int | None
    failure_reason: str | None
    error: Mapping[str, Any] | None
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
        return {
            "id": self.id,
            "job": self.job,
            "target": self.target,
            "status": self.status,
            "started": iso(self.started),
            "ended": None if self.ended is None else iso(self.ended),
            "seconds": self.seconds,
            "partition": self.partition,
            "tags": dict(self.tags),
            "parent": self.parent,
            "root": self.root,
            "ops": dict(self.ops),
        }


class OutputRow(Record):
    """One output that a step yielded. `path`, `bytes`: where its IO manager says so; `stored`: False for Nothing."""

    step: str
    output: str
    mapping_key: str | None
    stored: bool
    manager: str | None
    path: str | None
    bytes: int | None
    type: str | None
    metadata: Mapping[str, Any]

    def to_json(self) -> dict[str, Any]:
        """The output as it stands in its step."""
        return {
            "name": self.output,
            "mapping_key": self.mapping_key,
            "type": self.type,
            "path": None if self.path is None else self.path.encode("utf-8", "backslashreplace").decode(),
            "bytes": self.bytes,
            "metadata": dict(self.metadata),
        }


class StepRow(Record):
    """How one op ended, or stands. `started` is the beginning of its first attempt, the rest is of its last one.

    `wait` is the sum of the waits before its retries. `mapped` marks a template whose copies are not known.
    """

    key: str
    op: str
    status: str
    attempts: int
    started: float | None
    ended: float | None
    seconds: float | None
    cpu: float | None
    max_rss: int | None
    wait: float | None
    error: Mapping[str, Any] | None
    outputs: tuple[OutputRow, ...]
    mapped: bool = False

    def to_json(self) -> dict[str, Any]:
        """The step as `runs show` prints it."""
        return {
            "key": self.key,
            "status": self.status,
            "attempts": self.attempts,
            "started": None if self.started is None else iso(self.started),
            "seconds": self.seconds,
            "cpu": self.cpu,
            "max_rss": self.max_rss,
            "error": self.error,
            "outputs": [output.to_json() for output in self.outputs],
        }


class LogLine(Record):
    """One line of what an attempt said: of `context.log`, or of what it printed (then nobody knows the time)."""

    step: str
    attempt: int
    stream: Stream
    text: str
    at: float | None = None
    level: str | None = None
    logger: str | None = None


def show_json(run: RunRow, steps: Sequence[StepRow]) -> dict[str, Any]:
    """One run as `runs show --format json` and `run --format json` print it. `config` is the one that the user gave."""
    return {**run.to_json(), "config": run.config, "steps": [step.to_json() for step in steps]}
