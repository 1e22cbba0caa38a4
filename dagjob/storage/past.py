"""What a run and those before it have left for one that goes on from them: how each step ended, and the outputs it stored.

Read from the rows and the few events that say so, not by a replay: a thousand steps cost as much as a screen.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from dagjob.errors import DagjobExecutionLoadInputError
from dagjob.plan.again import Past, PastStep
from dagjob.plan.steps import TEMPLATE_SUFFIX, Port
from dagjob.record import Record
from dagjob.run_view import DONE, OutputView

if TYPE_CHECKING:
    from dagjob.storage.history import History
    from dagjob.storage.records import RunRow

_STARVED = f'"{DagjobExecutionLoadInputError.code}"'
Rows = Callable[[str, Iterable[object]], Iterator[Any]]
"""Asks the database."""


class Earlier(Record):
    """A run, and what it and the runs before it have made: the outputs of each step that succeeded, by its key.

    `starved` are the steps that failed in the run itself as one of their inputs could not be loaded.
    """

    row: RunRow
    past: Past
    outputs: Mapping[str, tuple[OutputView, ...]]
    starved: frozenset[str] = frozenset()


def read_earlier(history: History, row: RunRow) -> Earlier:
    """All that can be gone on with from a run: each step as it ended the last time that it ran, there or before."""
    steps: dict[str, PastStep] = {}
    outputs: dict[str, tuple[OutputView, ...]] = {}
    plans: dict[str, frozenset[str]] = {}
    own = starved = frozenset[str]()
    for run in chain_of(history, row):
        left = history.left_by(run)
        ran = {key: status for key, status in left.statuses.items() if status != "reused"}
        if run is row:
            own, starved = frozenset(ran), left.starved
        if left.upstream:
            plans[run.id] = frozenset(left.upstream)
        for key, status in ran.items():
            if key in steps:
                continue
            made = left.outputs.get(key, ()) if status == "success" else ()
            ports = tuple(Port(key, output.name, output.mapping_key) for output in made)
            upstream = left.upstream.get(_template_key(key), ())
            steps[key] = PastStep(status, run.id, ports, upstream)  # type: ignore[arg-type]
            outputs[key] = made
    return Earlier(row, Past(row.id, steps, own, plans), outputs, starved)


def chain_of(history: History, row: RunRow) -> Iterator[RunRow]:
    """The run, its parent, and so on; one that was deleted is the end."""
    seen: set[str] = set()
    run: RunRow | None = row
    while run is not None and run.id not in seen:
        seen.add(run.id)
        yield run
        run = history.run(run.parent) if run.parent is not None else None


def gone_on_from(history: History, row: RunRow) -> RunRow:
    """The latest of the runs that have gone on from a run: one that is going on, or that had all that was left of it.

    The run itself, where there is none. A re-execution of some chosen steps has not gone on with the rest.
    """
    while True:
        left = {_template_key(key) for key, status in history.statuses(row.id).items() if status not in DONE}
        for child in history.children(row.id):
            if child.status == "running" or left <= set(map(_template_key, history.statuses(child.id))):
                row = child
                break
        else:
            return row


def _template_key(key: str) -> str:
    return f"{key.partition('[')[0]}{TEMPLATE_SUFFIX}" if "[" in key else key


class Left(Record):
    """What one run has left: the status of each step, the outputs of its last attempt, and what it depended on.

    `starved` are the steps that failed as an input could not be loaded.
    """

    statuses: Mapping[str, str]
    outputs: Mapping[str, tuple[OutputView, ...]]
    upstream: Mapping[str, tuple[str, ...]]
    starved: frozenset[str]


def read_left(rows: Rows, run: int) -> Left:
    """What the run of that number has left."""
    statuses = dict(rows("SELECT key, status FROM steps WHERE run = ? ORDER BY pos, copy", [run]))
    attempts: dict[str, int] = {}
    outputs: dict[str, dict[tuple[str, str | None], OutputView]] = {}
    upstream: dict[str, tuple[str, ...]] = {}
    for kind, step, attempt, body in rows(
        "SELECT kind, step, attempt, body FROM events WHERE run = ? "
        "AND kind IN ('run.plan', 'op.output', 'op.output_check') ORDER BY seq",
        [run],
    ):
        said = json.loads(body)
        if kind == "run.plan":
            upstream = {op["key"]: tuple(op["upstream"]) for op in said["ops"]}
            continue
        if attempts.get(step, 0) != attempt:
            attempts[step] = attempt
            outputs[step] = {}
        name, mapping_key = said["output"], said.get("mapping_key")
        if kind == "op.output":
            made = OutputView(
                name, mapping_key, None, True, said.get("manager_key"), said.get("path"), said.get("bytes")
            )
        else:
            made = OutputView(name, mapping_key)
        outputs[step][name, mapping_key] = made
    starved = rows("SELECT step FROM events WHERE run = ? AND kind = 'op.end' AND body LIKE ?", [run, f"%{_STARVED}%"])
    kept = {step: tuple(made.values()) for step, made in outputs.items()}
    return Left(statuses, kept, upstream, frozenset(step for (step,) in starved))
