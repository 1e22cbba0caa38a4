"""What the run store costs: microseconds for each event, and milliseconds to make, open and leave a database.

Prints each figure beside that of a bare `sqlite3` loop which inserts rows of the same size with the same pragmas in the
same process, since absolute times say more about the machine. Run `python benchmarks/store.py`; nothing is asserted.
"""

from __future__ import annotations

import os
import sqlite3
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator

from dagjob import events as ev
from dagjob.storage import database
from dagjob.storage.history import History
from dagjob.storage.paths import StateDir
from dagjob.storage.runs import RunStore

STEPS = 2000
ROUNDS = 5


def run_of(steps: int, run_id: str) -> Iterator[ev.Event]:
    """A chain of trivial ops, six events each: what an op costs the store at least."""
    at = time.time()
    yield ev.RunStarted(at, run_id, "chain", "bench:chain", "in_process", 1, os.getpid())
    yield ev.PlanMade(at, tuple(ev.PlannedOp(f"s{n}", "s") for n in range(steps)))
    for n in range(steps):
        key = f"s{n}"
        yield ev.StepStarted(at, key, 1, 4242, f"/state/runs/{run_id}/logs/{key}.1.out")
        yield ev.InputLoaded(at, key, 1, "x", "io_manager", f"s{n - 1}", "result")
        yield ev.InputChecked(at, key, 1, "x", "Any")
        yield ev.OutputChecked(at, key, 1, "result", "Any")
        yield ev.OutputStored(
            at, key, 1, "result", "io_manager", path=f"/state/runs/{run_id}/out/{key}/result", bytes=5
        )
        yield ev.StepSucceeded(at, key, 1, 0.001, 0.001, 1 << 24)
    yield ev.RunEnded(at, "success", 1.0, {"success": steps})


def logs(count: int, run_id: str) -> Iterator[ev.Event]:
    """One op that logs a lot."""
    at = time.time()
    yield ev.RunStarted(at, run_id, "chatty", "bench:chatty", "in_process", 1, os.getpid())
    yield ev.PlanMade(at, (ev.PlannedOp("s", "s"),))
    for n in range(count):
        yield ev.LogWritten(at, "s", 1, "info", f"line {n} of a usual length, as people write them", offset=n * 50)


def store_run(state: StateDir, run_id: str, heard: list[ev.Event], batch: int) -> float:
    """Microseconds an event."""
    with RunStore.create(state, run_id) as store:
        begin = time.perf_counter()
        for number, event in enumerate(heard):
            store(event)
            if number % batch == batch - 1:
                store.flush()
        store.flush()
        return (time.perf_counter() - begin) / len(heard) * 1e6


def bare_inserts(path: str, rows: int, batch: int) -> float:
    """Microseconds a row: the floor under every store that writes one row an event."""
    fresh = not os.path.exists(path)
    connection = sqlite3.connect(path, isolation_level=None)
    if fresh:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("CREATE TABLE events (seq INTEGER PRIMARY KEY, at, kind, step, attempt, body)")
    connection.execute("PRAGMA synchronous = NORMAL")
    connection.execute("PRAGMA wal_autocheckpoint = 4000")
    row = (time.time(), "op.output", "s1000", 1, "x" * 130)
    begin = time.perf_counter()
    for _ in range(rows // batch):
        connection.execute("BEGIN IMMEDIATE")
        connection.executemany(
            "INSERT INTO events (at, kind, step, attempt, body) VALUES (?, ?, ?, ?, ?)", (row for _ in range(batch))
        )
        connection.execute("COMMIT")
    taken = (time.perf_counter() - begin) / rows * 1e6
    connection.close()
    return taken


def median_ms(act: Callable[[int], None], rounds: int = 25) -> float:
    """The median of several rounds, in milliseconds; `act` gets the number of the round."""
    taken = []
    for number in range(rounds):
        begin = time.perf_counter()
        act(number)
        taken.append((time.perf_counter() - begin) * 1e3)
    return statistics.median(taken)


def per_event(folder: str) -> None:
    """Chains and logs, in batches of one event, of one op, and of many."""
    print(f"{'microseconds an event':32}{'batch':>6}{'store':>9}{'bare':>9}{'ratio':>8}")
    streams = {"chain of ops, 6 events each": run_of, "log lines of one op": logs}
    for name, stream in streams.items():
        for batch in (1, 6, 100):
            ours, floor = [], []
            for turn in range(ROUNDS):
                state = StateDir(os.path.join(folder, f"{stream.__name__}-{batch}"))
                run_id = f"run-{turn}"
                heard = list(stream(STEPS if stream is run_of else STEPS * 6, run_id))
                ours.append(store_run(state, run_id, heard, batch))
                floor.append(bare_inserts(os.path.join(folder, f"bare-{batch}.db"), len(heard), batch))
            a, b = statistics.median(ours), statistics.median(floor)
            print(f"{name:32}{batch:6}{a:9.1f}{b:9.1f}{a / b:8.1f}")


def around_a_run(folder: str) -> None:
    """What every run pays once."""
    state = StateDir(os.path.join(folder, "used"))

    def small(state: StateDir, run_id: str) -> None:
        with RunStore.create(state, run_id) as store:
            for event in run_of(2, run_id):
                store(event)

    def bare(number: int) -> None:
        connection = sqlite3.connect(os.path.join(folder, "plain.db"))
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("CREATE TABLE IF NOT EXISTS events (seq INTEGER PRIMARY KEY, body)")
        connection.execute("INSERT INTO events (body) VALUES ('x')")
        connection.commit()
        connection.close()

    def look(number: int) -> None:
        history = History.open(state)
        assert history is not None
        history.find("latest")
        history.close()

    floor = median_ms(bare)
    figures = {
        "bare: open, insert, close with checkpoint": floor,
        "make a database": median_ms(lambda n: database.open_for_writing(os.path.join(folder, f"new{n}.db")).close()),
        "first run on a fresh directory, 14 events": median_ms(
            lambda n: small(StateDir(os.path.join(folder, f"fresh{n}")), f"fresh-{n}")
        ),
        "a further run, 14 events": median_ms(lambda n: small(state, f"further-{n}")),
        "a query: open, find latest, close": median_ms(look),
    }
    print(f"\n{'milliseconds':48}{'':>7}{'ratio':>8}")
    for name, taken in figures.items():
        print(f"{name:48}{taken:7.2f}{taken / floor:8.2f}")


def main() -> None:
    """Print all figures."""
    with tempfile.TemporaryDirectory() as folder:
        per_event(folder)
        around_a_run(folder)


if __name__ == "__main__":
    main()
