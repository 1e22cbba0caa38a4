"""A run as one JSON object: what `run --format json` and `runs show --format json` print. Keys are only ever added."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from dagjob.event_json import error_json, iso
from dagjob.run_view import OpView, OutputView, RunView


def run_json(view: RunView) -> dict[str, Any]:
    """The run with its config and its steps; the view must have its first event."""
    run, ended = view.run, view.ended
    assert run is not None
    return {
        **listed_run(
            id=run.run_id,
            job=run.job,
            target=run.target,
            status=view.status,
            started=run.at,
            ended=ended.at if ended else None,
            seconds=ended.seconds if ended else None,
            partition=run.partition,
            tags=run.tags,
            parent=run.parent_run_id,
            root=run.root_run_id,
            selection=run.selection,
            excluded=run.excluded,
            ops=view.counts(),
        ),
        "selected": list(run.selected),
        "config": run.config,
        "error": error_json(ended.error) if ended else None,
        "steps": [_step(op) for op in view.in_order()],
    }


def listed_run(
    *,
    id: str,
    job: str,
    target: str,
    status: str,
    started: float,
    ended: float | None,
    seconds: float | None,
    partition: str | None,
    tags: Mapping[str, str],
    parent: str | None,
    root: str | None,
    selection: Sequence[str],
    excluded: Sequence[str],
    ops: Mapping[str, int],
) -> dict[str, Any]:
    """A run as lists of runs have it. Times are given in seconds since the epoch, `ops` counts steps by status."""
    return {
        "id": id,
        "job": job,
        "target": target,
        "status": status,
        "started": iso(started),
        "ended": None if ended is None else iso(ended),
        "seconds": _rounded(seconds),
        "partition": partition,
        "tags": dict(tags),
        "parent": parent,
        "root": root,
        "selection": list(selection),
        "excluded": list(excluded),
        "ops": dict(ops),
    }


def _rounded(seconds: float | None) -> float | None:
    return None if seconds is None else round(seconds, 6)


def _step(op: OpView) -> dict[str, Any]:
    return {
        "key": op.key,
        "status": op.status,
        "attempts": op.attempt,
        "started": None if op.first is None else iso(op.first),
        "seconds": _rounded(op.seconds),
        "cpu": _rounded(op.cpu),
        "max_rss": op.max_rss,
        "error": error_json(op.error),
        "outputs": [_output(output) for output in op.outputs],
    }


def _output(output: OutputView) -> dict[str, Any]:
    return {
        "name": output.name,
        "mapping_key": output.mapping_key,
        "type": output.type,
        "path": None if output.path is None else output.path.encode("utf-8", "backslashreplace").decode(),
        "bytes": output.bytes,
        "metadata": dict(output.metadata),
    }
