"""`runs tag`, `rm` and `prune`, and what they never touch."""

from __future__ import annotations

import gc
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from dagjob import clock
from dagjob import events as ev
from dagjob.__main__ import main
from dagjob.storage.backfills import BackfillRecord, Backfills
from dagjob.storage.edits import Edits
from dagjob.storage.history import History
from dagjob.storage.paths import StateDir
from dagjob.storage.pruning import Limits, choose
from dagjob.storage.runs import RunStore

Run = Callable[..., Any]
DAY = 86400.0


@pytest.fixture
def state(project: Callable[..., Path]) -> StateDir:
    return StateDir(str(project() / ".dagjob"))


class Finished(NamedTuple):
    """How a command ended."""

    code: int
    stdout: str
    stderr: str


@pytest.fixture
def dagjob(
    project: Callable[..., Path], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> Iterator[Run]:
    """The command in this process: it does nothing that outlives it."""
    monkeypatch.chdir(project())

    def run(*words: str) -> Finished:
        capsys.readouterr()
        code = main(words)
        return Finished(code, *capsys.readouterr())

    yield run
    gc.enable()


def record(
    state: StateDir, name: str, status: str = "success", age: float = 0.0, parent: str | None = None, **tags: str
) -> str:
    """A run of that name, and a file of 1000 bytes in its folder."""
    run_id = f"{name:0<8}-0000-4000-8000-000000000000"
    at = clock.time() - age
    with RunStore.create(state, run_id) as store:
        store(ev.RunStarted(at, run_id, "daily", "jobs:daily", "in_process", 1, 1, tags, parent_run_id=parent))
        store(ev.RunEnded(at + 1, status, 1.0, {status: 1}))  # type: ignore[arg-type]
    out = Path(state.out(run_id))
    out.mkdir(parents=True)
    (out / "load.result").write_bytes(b"x" * 1000)
    return run_id


def ids(state: StateDir) -> list[str]:
    history = History.open(state)
    assert history is not None
    with history:
        return [run.id[:2] for run in history.runs(None)]


def test_rm_removes_the_runs_that_are_named_when_a_person_has_agreed(state: StateDir, dagjob: Run) -> None:
    a, b, c = (record(state, name) for name in ("a1", "b2", "c3"))
    asked = dagjob("runs", "rm", a, "b2")
    assert (asked.code, "agree with --yes" in asked.stderr) == (2, True)
    dry = dagjob("runs", "rm", a, "b2", "-n")
    assert (dry.code, "2.0 kB would be removed" in dry.stderr) == (0, True)
    assert dagjob("runs", "rm", a, "nonsense", "-y").code == 5
    assert ids(state) == ["c3", "b2", "a1"]
    done = dagjob("runs", "rm", a, "b2", "latest:success", "-y", "-f", "json")
    assert json.loads(done.stdout) == {"dry_run": False, "removed": [a, b, c], "bytes": 3000}
    assert ids(state) == []
    assert not any(Path(state.runs).iterdir())


def test_prune_says_what_goes_and_what_it_frees(state: StateDir, dagjob: Run) -> None:
    for name, age in (("a1", 50 * DAY), ("b2", 20 * DAY), ("c3", 0.0)):
        record(state, name, age=age)
    assert dagjob("runs", "prune").code == 2
    assert dagjob("runs", "prune", "--max-size", "lots").code == 2
    dry = dagjob("runs", "prune", "--max-age", "30d", "-n")
    assert "a1000000" in dry.stdout and "b2000000" not in dry.stdout
    assert ids(state) == ["c3", "b2", "a1"]
    done = dagjob("runs", "prune", "--max-age", "30d", "--keep", "2", "-y")
    assert (done.code, done.stderr) == (0, "removed 1 run, freed 1.0 kB\n")
    assert dagjob("runs", "prune", "--keep", "2", "-y").stderr == "nothing to remove\n"
    assert dagjob("runs", "prune", "--max-size", "1.5kB", "-y").code == 0
    assert ids(state) == ["c3"]


def test_what_is_needed_to_resume_another_run_stays(state: StateDir) -> None:
    first = record(state, "a1", "failed")
    second = record(state, "b2", "failed", parent=first)
    record(state, "c3")
    record(state, "d4", "failed", parent=second)
    gone = record(state, "e5", "failed")
    record(state, "f6", parent=gone)
    with History.open(state) as history:  # type: ignore[union-attr]
        rows = history.runs(None)
    chosen = choose(rows, Limits(runs=3), {}, clock.time())
    assert [row.id[:2] for row in chosen.going] == ["c3"]
    assert [row.id[:2] for row in chosen.needed] == ["b2", "a1"]
    chosen = choose(rows, Limits(runs=1), {}, clock.time())
    assert [row.id[:2] for row in chosen.going] == ["e5", "d4", "c3", "b2", "a1"]


def test_what_is_going_on_is_never_removed(state: StateDir, dagjob: Run) -> None:
    parent = record(state, "a1", "failed")
    child = "b2000000-0000-4000-8000-000000000000"
    with RunStore.create(state, child) as store:
        store(ev.RunStarted(clock.time(), child, "daily", "jobs:daily", "in_process", 1, 1, {}, parent_run_id=parent))
        store.flush()
        for words in (("rm", "b2", "-y"), ("rm", "a1", "-y"), ("rm", "a1", "b2", "-y")):
            done = dagjob("runs", *words)
            assert (done.code, "nothing was removed" in done.stderr) == (7, True), done.stderr
        assert dagjob("runs", "prune", "--max-age", "0s", "--max-size", "1", "-y").code == 0
        assert ids(state) == ["b2", "a1"]


def test_the_record_of_a_backfill_goes_with_its_last_run(state: StateDir) -> None:
    one = record(state, "a1", **{"dagster/backfill": "ffff"})
    two = record(state, "b2", **{"dagster/backfill": "ffff"})
    backfills = Backfills(state)
    Path(state.folder("backfills")).mkdir()
    for name in ("ffff", "eeee"):
        backfills.write(BackfillRecord(name, "daily", "jobs:daily", ("k",), "", {}, {}, 1.0, 2.0))
    with Edits.open(state) as edits:  # type: ignore[union-attr]
        edits.delete(one)
        assert backfills.find("ffff").id == "ffff"
        edits.delete(two)
    assert [path.name for path in Path(state.folder("backfills")).iterdir()] == ["eeee.json"]


def test_tags_are_added_to_a_run_that_has_ended(state: StateDir, dagjob: Run) -> None:
    run_id = record(state, "a1", team="data")
    assert dagjob("runs", "tag", "a1", "team=ops", "seen=yes=no").code == 0
    assert json.loads(dagjob("runs", "show", "-f", "json").stdout)["tags"] == {"team": "ops", "seen": "yes=no"}
    for words in ((), ("a1",), ("a1", "novalue"), ("a1", "dagster/partition=x")):
        assert dagjob("runs", "tag", *words).code == 2
    assert dagjob("runs", "tag", "zz", "a=b").code == 5
    assert run_id.startswith("a1")
