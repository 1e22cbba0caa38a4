"""Databases as each version has left them are read and brought up to date; what a later one has left is refused.

`formats/N.sql` is what the dagjob of format N has written of a run with a retry, mapped copies and a failure. A file here is
never changed: a new format gets a new one.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from recorded_runs import good_run

from dagjob.storage import database, migrations
from dagjob.storage.edits import Edits
from dagjob.storage.history import History
from dagjob.storage.paths import StateDir, prepare
from dagjob.storage.runs import RunStore

FORMATS = Path(__file__).parent / "formats"
OLDER = range(1, migrations.FORMAT)


def left_by(state: StateDir, number: int) -> None:
    prepare(state)
    connection = sqlite3.connect(state.db, isolation_level=None)
    connection.execute("PRAGMA journal_mode = WAL")
    connection.executescript((FORMATS / f"{number}.sql").read_text(encoding="utf-8"))
    connection.close()


def shown(history: History) -> dict[str, Any]:
    run = history.runs()[-1]
    view = history.view(run.id)
    return {
        "run": (run.job, run.status, run.ops, run.tags, history.statuses(run.id)),
        "steps": {op.key: (op.status, op.attempt, [each.label for each in op.outputs]) for op in view.in_order()},
        "error": view.ops["part[b]"].error and view.ops["part[b]"].error.message,
        "events": [event["event"] for event in history.events(run.id)],
        "log": [line.text for line in history.logs(run.id, stream="log")],
    }


def layout(path: str) -> list[tuple[str, ...]]:
    connection = sqlite3.connect(path)
    rows = connection.execute("SELECT type, name, tbl_name FROM sqlite_master ORDER BY type, name").fetchall()
    columns = [row for (_, name, _) in rows for row in connection.execute(f"PRAGMA table_info({name})").fetchall()]
    connection.close()
    return rows + columns


def test_there_is_a_database_of_each_format_that_was_ever_left() -> None:
    assert sorted(int(path.stem) for path in FORMATS.iterdir()) == list(OLDER)


@pytest.mark.parametrize("number", OLDER)
def test_what_an_older_version_has_left_reads_the_same_before_and_after_it_is_brought_up_to_date(
    number: int, state: StateDir, look: Callable[[StateDir], History], tmp_path: Path
) -> None:
    left_by(state, number)
    before = shown(look(state))
    assert before["steps"]["part[b]"] == ("failed", 1, [])
    assert before["steps"]["load"][:2] == ("success", 2)
    assert before["steps"]["split"][2] == ["result[a]", "result[b]"]
    assert (before["error"], before["log"]) == ("bad part", ["loading", "loading"])
    with RunStore.create(state, "later") as store:
        for event in good_run("later", "other"):
            store(event)
    assert shown(look(state)) == before
    assert look(state).find("latest").id == "later"
    fresh = StateDir(str(tmp_path / "fresh"))
    prepare(fresh)
    database.open_for_writing(fresh.db).close()
    assert layout(state.db) == layout(fresh.db)


@pytest.mark.parametrize("wrote", ["0.9.1", ""])
@pytest.mark.parametrize("use", [lambda state: RunStore.create(state, "other"), History.open, Edits.open])
def test_a_newer_format_is_refused_with_what_to_install(
    use: Callable[[StateDir], object], wrote: str, state: StateDir
) -> None:
    with RunStore.create(state, "one", wrote) as store:
        for event in good_run("one"):
            store(event)
    connection = sqlite3.connect(state.db)
    connection.execute("PRAGMA user_version = 99")
    connection.close()
    before = os.stat(state.db)
    with pytest.raises(database.DagjobStateError, match="format 99") as caught:
        use(state)
    assert caught.value.code == "DJ502"
    install = 'install it:  pip install "dagjob>=0.9.1"' if wrote else "install a newer dagjob"
    assert caught.value.notes[0] == install
    assert os.stat(state.db).st_mtime_ns == before.st_mtime_ns


def test_a_migration_that_fails_leaves_the_database_as_it_was(state: StateDir) -> None:
    left_by(state, 1)
    connection = sqlite3.connect(state.db, isolation_level=None)
    with pytest.raises(sqlite3.OperationalError), database.transaction(connection):
        migrations.upgrade(connection, (*migrations.STEPS[:2], "CREATE TABLE half (a);\nCREATE nonsense;\n"))
    assert connection.execute("PRAGMA user_version").fetchone() == (1,)
    assert "half" not in [name for (name,) in connection.execute("SELECT name FROM sqlite_master")]
    connection.close()
