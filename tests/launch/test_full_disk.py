"""A disk that is full for a moment: nothing is lost that there is room for later, and no op fails for what it prints.

Real disks of 600 kB, filled up by the first op and freed by the second.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from subprocess import PIPE

import pytest

from dagjob.errors import DagjobStateError
from dagjob.events import EngineNoted, LogWritten, PlanMade, PlannedOp, RunEnded, RunStarted, StepStarted
from dagjob.storage import runs
from dagjob.storage.history import History
from dagjob.storage.paths import StateDir
from dagjob.storage.runs import RunStore

JOBS = """
    from pathlib import Path

    from dagjob import In, Nothing, Out, job, op

    BALLAST = Path("{disk}") / "ballast"
    GATE = Path("{disk}").with_name("gate")


    @op(out=Out(Nothing))
    def fills():
        print("before", flush=True)
        with open(BALLAST, "wb", buffering=0) as file:
            try:
                while file.write(bytes(4096)):
                    pass
            except OSError:
                pass
        for number in range(3000):
            print("line", number)


    @op(ins={{"after": In(Nothing)}}, out=Out(Nothing))
    def frees():
        if GATE.exists():
            GATE.read_text()
        BALLAST.unlink()


    @op(ins={{"after": In(Nothing)}}, out=Out(Nothing))
    def last():
        print("after")


    @job
    def moment():
        last(frees(fills()))
"""


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of 600 kB."""
    folder = tmp_path / "disk"
    folder.mkdir()
    if os.geteuid() != 0:
        pytest.skip("only root may mount a disk")
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=600k", "tmpfs", str(folder)], capture_output=True)
    if mounted.returncode != 0:
        pytest.skip("this machine lets nobody mount a disk")
    yield folder
    subprocess.run(["umount", "--lazy", str(folder)], check=True)


def fill(disk: Path) -> None:
    """Leave no byte free."""
    with open(disk / "ballast", "wb", buffering=0) as file:
        try:
            while True:
                file.write(bytes(4096))
        except OSError:
            pass


@pytest.mark.parametrize("executor", ["multiprocess", "in_process"])
def test_a_disk_that_is_full_for_a_moment_costs_neither_history_nor_events_nor_an_op(
    executor, disk, project, dagjob, clean_env, tmp_path
):
    project("jobs.py", JOBS.format(disk=disk))
    home = ("--home", str(disk / "state"))
    words = ["run", "jobs.py", "-e", executor, "--events", str(disk / "events.jsonl"), "--format", "jsonl", *home]
    gate = tmp_path / "gate"
    if executor == "multiprocess":  # The disk stays full until the main process has noticed it.
        os.mkfifo(gate)
    command = [sys.executable, "-m", "dagjob", *words]
    with (
        open(tmp_path / "shown", "w") as stdout,
        subprocess.Popen(command, cwd=project(), env=clean_env, stdout=stdout, stderr=PIPE, text=True) as process,
    ):
        assert process.stderr is not None
        told = []
        try:
            for line in process.stderr:
                told.append(line)
                if "kept in memory and tried again" in line and gate.exists():
                    gate.write_text("")
        except BaseException:  # The time limit of a test: nobody is to wait at the gate for ever.
            process.kill()
            raise
    assert process.returncode == 0, told
    assert sum("kept in memory and tried again" in line for line in told) == 1
    assert not any("Traceback" in line for line in told)

    shown = [json.loads(line) for line in (tmp_path / "shown").read_text().splitlines()]
    events = [json.loads(line) for line in (disk / "events.jsonl").read_text().splitlines()]
    assert events == [event for event in shown if event["event"] != "run.heartbeat"]
    (run,) = json.loads(dagjob("runs", "list", "--format", "json", *home).stdout)["runs"]
    assert run["status"] == "success"
    assert run["ops"] == {"success": 3}


def test_an_op_does_not_fail_because_what_it_prints_cannot_be_kept(disk, project, dagjob):
    project("jobs.py", JOBS.format(disk=disk))
    fill_first = JOBS.replace('print("before", flush=True)', "")
    project("jobs.py", fill_first.format(disk=disk))
    done = dagjob("run", "jobs.py", "--home", str(disk / "state"))
    assert done.code == 0, done.stderr


# -- the store -----------------------------------------------------------------------------------------------------


@pytest.fixture
def store(disk: Path) -> Iterator[RunStore]:
    store = RunStore.create(StateDir(str(disk / "state")), "one")
    store(RunStarted(1.0, "one", "etl", "jobs:etl", "multiprocess", 2, 1))
    store(PlanMade(1.0, (PlannedOp("load", "load"),)))
    store.flush()
    fill(disk)
    yield store
    (disk / "ballast").unlink(missing_ok=True)
    with suppress(DagjobStateError):
        store.close()


def until_it_fails(store: RunStore) -> int:
    """Store lines until the disk takes no more; how many."""
    number = 0
    while not store.behind:
        number += 1
        try:
            store(LogWritten(2.0, "load", 1, "info", "x" * 5000))
            store.flush()
        except DagjobStateError:
            pass
        assert number < 1000
    return number


def kept(disk: Path) -> History:
    history = History.open(StateDir(str(disk / "state")))
    assert history is not None
    return history


def test_what_could_not_be_written_is_written_with_what_comes_when_there_is_room(store, disk, monkeypatch):
    lines = until_it_fails(store)
    store(EngineNoted(3.0, "while it was full"))
    (disk / "ballast").unlink()
    store.flush()
    assert store.behind, "tried again too soon"
    monkeypatch.setattr(store, "_again", 0.0)
    store.flush()
    assert not store.behind
    store(RunEnded(4.0, "success", 3.0, {"success": 1}))
    store.close()
    with kept(disk) as history:
        assert [event["seq"] for event in history.events("one")] == list(range(1, lines + 5))


def test_beyond_a_bound_only_what_changes_a_status_is_kept_and_the_end_says_so(store, disk, monkeypatch):
    monkeypatch.setattr(runs, "MOST_HELD", 0)
    until_it_fails(store)
    for _ in range(10):
        store(LogWritten(3.0, "load", 1, "info", "too much"))
    store(StepStarted(3.0, "load", 1, 7))
    (disk / "ballast").unlink()
    with pytest.raises(DagjobStateError, match=r"incomplete.* 10 events"):
        store.close()
    with kept(disk) as history:
        events = list(history.events("one"))
        assert events[-1]["event"] == "op.start"
        assert not any(event.get("text") == "too much" for event in events)
