"""What it costs to look at a history of 10,000 runs: CPU time of the query commands, as multiples of a bare interpreter.

One run of two ops is recorded, and copied with SQL.
"""

from __future__ import annotations

import sqlite3
import sys
from pathlib import Path
from statistics import median

from measure import DAGJOB, IN_PROCESS, Figure, project, run, table
from startup import TWO_OPS, compiled

RUNS = 10_000
TIMES = 9

COPIES = """
WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {more})
INSERT INTO {table} ({columns}) SELECT {values} FROM {table}, n WHERE run = 1
"""
MADE_ANEW = {
    "run": "run + i",
    "id": "lower(hex(randomblob(4))) || substr(id, 9)",
    "started": "started + i",
    "ended": "ended + i",
    "tags": """'{"number":"' || i || '"}'""",
    '"partition"': "CASE WHEN i % 3 THEN '2026-01-' || (i % 28 + 1) END",
}


def filled(folder: Path) -> None:
    """Make the history."""
    run([*DAGJOB, "run", "-c", "in_process.yaml"], folder)
    connection = sqlite3.connect(folder / ".dagjob" / "dagjob.db")
    with connection:
        for name in ("runs", "steps", "events"):
            known = [column for _, column, *_ in connection.execute(f"PRAGMA table_info({name})")]
            columns = [f'"{column}"' if column == "partition" else column for column in known]
            values = [
                MADE_ANEW.get(column, column) if name == "runs" or column == "run" else column for column in columns
            ]
            script = COPIES.format(more=RUNS - 1, table=name, columns=", ".join(columns), values=", ".join(values))
            connection.execute(script)
    connection.close()


def figures() -> list[Figure]:
    """The figures of the history."""
    compiled()
    with project({"jobs.py": TWO_OPS, "in_process.yaml": IN_PROCESS}) as folder:
        filled(folder)
        asked = (
            ("runs list, of 10,000 runs", (), 6.0, 4.5),
            ("runs list, all ids of 10,000 runs", ("-f", "ids"), 6.0, 5.0),
            ("runs list -t number=5, of 10,000 runs", ("-t", "number=5"), 6.0, 5.0),
        )
        return [_figure(what, words, folder, limit, reach) for what, words, limit, reach in asked]


def _figure(what: str, words: tuple[str, ...], folder: Path, limit: float, reach: float) -> Figure:
    bare = [sys.executable, "-c", "pass"]
    pairs = [(run([*DAGJOB, "runs", "list", *words], folder).cpu, run(bare, folder).cpu) for _ in range(TIMES)]
    cpu, base = (median(times) for times in zip(*pairs, strict=True))
    beside = f"a bare interpreter {base * 1000:.1f} ms"
    return Figure(what, cpu * 1000, "ms CPU", beside, cpu / base, limit, reach, judged_by="ratio")


if __name__ == "__main__":
    print(table(figures()))
