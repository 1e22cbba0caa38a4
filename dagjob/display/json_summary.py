"""`--format json`: one object on stdout when the run has ended, the same as `runs show --format json`.

What people see meanwhile is another display's business. Keys are only ever added (CLI.md 8).
"""

from __future__ import annotations

from typing import Any

from dagjob import events as ev
from dagjob.display.options import DisplayOptions
from dagjob.display.output import write_text
from dagjob.display.state import STATUSES, OpState, RunState
from dagjob.engine.ports import Sink
from dagjob.event_json import dumps, error_json, iso


def make(options: DisplayOptions) -> JsonSummary:
    """One JSON object on stdout."""
    return JsonSummary(options)


class JsonSummary(Sink):
    """Hears events and prints one object when it is closed."""

    def __init__(self, options: DisplayOptions) -> None:
        self._options = options
        self._state = RunState()

    def __call__(self, event: ev.Event) -> None:
        """Hear one event."""
        self._state(event)

    def close(self) -> None:
        """Print the object, if there was a run."""
        if self._state.run is not None:
            write_text(self._options.stdout, dumps(as_json(self._state), strict=True) + "\n")


def as_json(state: RunState) -> dict[str, Any]:
    """The run as an object: what `runs list` has of it, its config and its steps."""
    run, ended = state.run, state.ended
    assert run is not None
    return {
        "id": run.run_id,
        "job": run.job,
        "target": run.target,
        "status": ended.status if ended else "running",
        "started": iso(run.at),
        "ended": iso(ended.at) if ended else None,
        "seconds": _rounded(ended.seconds) if ended else None,
        "partition": run.partition,
        "tags": dict(run.tags),
        "parent": run.parent_run_id,
        "root": run.root_run_id,
        "ops": {status: state.count(status) for status in STATUSES if state.count(status)},
        "config": run.config,
        "error": error_json(ended.error) if ended else None,
        "steps": [_step(op) for op in state.in_order()],
    }


def _rounded(seconds: float | None) -> float | None:
    return None if seconds is None else round(seconds, 6)


def _step(op: OpState) -> dict[str, Any]:
    return {
        "key": op.key,
        "status": op.status,
        "attempts": op.attempt,
        "started": iso(op.first) if op.first is not None else None,
        "seconds": _rounded(op.seconds),
        "cpu": _rounded(op.cpu),
        "max_rss": op.max_rss,
        "error": error_json(op.error) if op.status not in ("success", "reused") else None,
        "outputs": [_output(output) for output in op.outputs],
    }


def _output(output: ev.OutputStored) -> dict[str, Any]:
    return {
        "name": output.output,
        "mapping_key": output.mapping_key,
        "path": output.path,
        "bytes": output.bytes,
        "metadata": {key: getattr(value, "value", value) for key, value in output.metadata.items()},
    }
