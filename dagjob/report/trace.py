"""`--trace FILE`: when which attempt ran, as the trace events that chrome://tracing and ui.perfetto.dev show.

The format: "Trace Event Format", Google, 2016. Times are in microseconds from the start of the run; each thread is a lane, about
what a worker did.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dagjob.engine.ports import Sink
from dagjob.event_json import dumps, error_json, iso
from dagjob.report.output_file import OutputFile
from dagjob.report.timeline import WAITS, lanes, ready_at, spans
from dagjob.run_view import RunView

if TYPE_CHECKING:
    from dagjob import events as ev
    from dagjob.display.options import DisplayOptions


def make(options: DisplayOptions, file: str) -> Trace:
    """The trace of a run. Raises `DagjobUsageError` for a file that cannot be written."""
    return Trace(options, file)


class Trace(Sink):
    """Takes events in, and writes the file when it is closed."""

    answer = "the file of --trace"

    def __init__(self, options: DisplayOptions, file: str) -> None:
        self._clock = options.clock
        self._view = RunView()
        self._file = OutputFile("--trace", file)
        self._file.write('{"traceEvents": []}\n')

    def __call__(self, event: ev.Event) -> None:
        """Take in one event."""
        self._view(event)

    def close(self) -> None:
        """Write the file. Raises OSError."""
        if self._view.run is not None:
            self._file.write(f"{dumps(trace(self._view, self._clock()), strict=True)}\n")


def trace(view: RunView, now: float) -> dict[str, Any]:
    """The run as one object; the view must have its first event."""
    run = view.run
    assert run is not None
    found = [
        (op, span) for op in view.in_order() for span in spans(op, now, ready_at(view, op)) if span.kind not in WAITS
    ]
    chosen = lanes([span for _, span in found])
    told: list[dict[str, Any]] = [_name("process_name", 0, f"{run.job} {view.run_id}")]
    told += [_name("thread_name", lane, f"lane {lane + 1}") for lane in sorted(set(chosen))]
    for (op, span), lane in zip(found, chosen, strict=True):
        last = span.attempt == op.attempt and not any(tried.attempt == span.attempt for tried in op.tries)
        error = op.error if last else next((each.error for each in op.tries if each.attempt == span.attempt), None)
        facts = {"attempt": span.attempt, "status": span.kind, "error": error_json(error)}
        if last:
            facts |= {"cpu": op.cpu, "max_rss": op.max_rss}
        told.append(
            {
                "name": op.key,
                "cat": span.kind,
                "ph": "X",
                "ts": round((span.start - run.at) * 1e6),
                "dur": round(span.seconds * 1e6),
                "pid": 1,
                "tid": lane,
                "args": facts,
            }
        )
    return {
        "traceEvents": told,
        "displayTimeUnit": "ms",
        "otherData": {"run": run.run_id, "job": run.job, "status": view.status, "started": iso(run.at)},
    }


def _name(what: str, lane: int, name: str) -> dict[str, Any]:
    return {"name": what, "ph": "M", "pid": 1, "tid": lane, "args": {"name": name}}
