import os
import shutil
import subprocess
import sys

from dagjob.storage.runs import RunStore

PROCESSES = 20
STEPS = 15

RUN = """
import os, sys
from dagjob.storage.paths import StateDir
from dagjob.storage.runs import RunStore
sys.path.insert(0, sys.argv[3])
from recorded_runs import ended, planned, started, step
state, run_id, steps = StateDir(sys.argv[1]), sys.argv[2], int(sys.argv[4])
print("ready", flush=True)
sys.stdin.read()
with RunStore.create(state, run_id) as store:
    store(started(run_id))
    store(planned(*(f"s{n}" for n in range(steps))))
    for n in range(steps):
        for event in step(f"s{n}"):
            store(event)
        store.flush()
    store(ended(success=steps))
"""


def start_together(state, names):
    """All processes wait until all are ready: the first thing that they do at the same time is to make the database."""
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", RUN, state.root, name, os.path.dirname(__file__), str(STEPS)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for name in names
    ]
    for process in processes:
        assert process.stdout.readline() == "ready\n", process.stderr.read()
    for process in processes:
        process.stdin.close()
        process.stdin = None
    return [process.communicate()[1] for process in processes]


def test_twenty_runs_started_at_once_on_a_fresh_directory_all_succeed(state, look):
    names = [f"run-{number:02}" for number in range(PROCESSES)]
    assert start_together(state, names) == [""] * PROCESSES
    history = look(state)
    runs = history.runs(limit=None)
    assert {run.id: run.status for run in runs} == dict.fromkeys(names, "success")
    for run in runs:
        assert [event["seq"] for event in history.events(run.id)] == list(range(1, 4 * STEPS + 4))
        assert [op.status for op in history.view(run.id).in_order()] == ["success"] * STEPS


def test_the_history_is_whole_after_its_log_was_checkpointed(state, look):
    start_together(state, ["one", "two", "three"])
    with RunStore.create(state, "last") as store:
        store._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    history = look(state)
    assert history._connection.execute("PRAGMA integrity_check").fetchone()[0] == "ok"
    assert len(history.runs()) == 3


def test_a_copy_without_the_shared_files_of_readers_can_be_read(state, look, tmp_path):
    start_together(state, ["one"])
    with RunStore.create(state, "last") as store:
        store._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    copy = tmp_path / "copy"
    copy.mkdir()
    shutil.copy(state.db, copy / "dagjob.db")
    os.chmod(copy / "dagjob.db", 0o444)
    from dagjob.storage.paths import StateDir

    assert look(StateDir(str(copy))).find("one").status == "success"
