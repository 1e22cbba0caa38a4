"""What the live board costs: CPU and bytes while 500 and 10,000 ops run, memory for each op, and what it adds to start-up.

A run is replayed as fast as possible against a clock of its own, drawn at 10 Hz into a string buffer as into a
terminal of 200x50, with all that a board may show: usual times, the log tail, memory. The CPU time is compared with the time
that the run would have taken.
"""

from __future__ import annotations

import functools
import io
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING

from measure import Figure, table

if TYPE_CHECKING:
    from dagjob.events import Event

sys.path.insert(0, str(Path(__file__).parent.parent / "tests" / "display"))

SHOWN_SECONDS = 30.0


def figures() -> list[Figure]:
    """The table of this file."""
    return [
        *_drawing("500 ops, 200x50, 10 Hz", copies=249, columns=200, lines=50),
        *_drawing("500 ops, 80x24, 10 Hz", copies=249, columns=80, lines=24, limit=1.0),
        *_drawing("10,000 ops, 200x50, 10 Hz", copies=4999, columns=200, lines=50),
        _for_each_op(),
        *_loading(),
    ]


def _drawing(what: str, copies: int, columns: int, lines: int, limit: float = 2.0) -> list[Figure]:
    from scripted_runs import START, Clock, known, options, until

    from dagjob.display import board

    events = _talking(copies)
    clock, stream = Clock(), io.StringIO()
    usual = known({"list_files": 1.0, "parse[?]": 2.0, "upload[?]": 2.0, "merge": 9.0})
    display = board.make(
        options(
            clock=clock, stderr=stream, color=True, width=lambda: columns, height=lambda: lines, usual=usual, utf8=True
        )
    )
    before = [event for event in events if event.at <= START + 1.0]
    during = [event for event in events if START + 1.0 < event.at <= START + 1.0 + SHOWN_SECONDS]
    for event in before:
        display(event)
    clock.now = START + 1.0
    display.tick(clock.now)
    begun, from_byte = time.process_time(), stream.tell()
    for event in during:
        until(display, event.at, clock)
        clock.now = event.at
        display(event)
        if display.next_refresh() == 0:
            display.tick(clock.now)
    cpu = time.process_time() - begun
    written = (stream.tell() - from_byte) / SHOWN_SECONDS / 1000
    share = 100 * cpu / SHOWN_SECONDS
    return [
        Figure(f"board, {what}: CPU of one core", share, "%", "of the time shown", limit=limit, reach=0.5),
        Figure("    to the terminal", written, "kB/s", limit=100.0, reach=100.0),
    ]


def _talking(copies: int) -> list[Event]:
    """The events of a run of so many files, each op with a process that lives, and with something to say."""
    from scripted_runs import many_files

    from dagjob import events as ev
    from dagjob.record import replace

    events: list[Event] = []
    for event in many_files(copies, slots=16, until=min(600, 2 * copies)).events:
        if isinstance(event, ev.RunStarted):
            event = replace(event, isolated=True)
        elif isinstance(event, ev.StepStarted):
            events.append(replace(event, pid=os.getpid()))
            event = ev.LogWritten(event.at, event.step, 1, "info", "reading page 33")
        events.append(event)
    return events


def _for_each_op() -> Figure:
    """Memory of a board for each op of a run, as Python counts it."""
    import tracemalloc

    from scripted_runs import Clock, options

    from dagjob.display import board

    def held(copies: int) -> int:
        events = _talking(copies)
        tracemalloc.start()
        display = board.make(options(clock=Clock(), stderr=io.StringIO()))
        for event in events:
            display(event)
        size, _ = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        return size

    each = (held(5000) - held(500)) / 9000
    return Figure("board: memory for each op", each, "B", "10,000 and 1,000 ops", limit=2000, reach=1000)


def _loading() -> list[Figure]:
    """CPU of loading the displays, on top of what a run has loaded anyway, in bare interpreters."""
    bare = _cpu("pass")
    run = _cpu("import dagjob.engine.loop, dagjob.event_json")
    found = []
    first = (
        "from dagjob.display import {name}\nfrom dagjob.display.options import DisplayOptions\nimport io\n"
        "from dagjob import events as ev\n"
        "d = {name}.make(DisplayOptions(stderr=io.StringIO(), color=True, clock=lambda: 1.0))\n"
        "d(ev.RunStarted(0.0, '7c3f9a2d', 'j', 'm:j', 'multiprocess', 2, 1))\n"
        "d(ev.PlanMade(0.0, (ev.PlannedOp('a', 'a'), ev.PlannedOp('b', 'b', ('a',)))))\nd.tick(1.0)\n"
    )
    for name in ("plain", "board"):
        cost = _cpu("import dagjob.engine.loop, dagjob.event_json\n" + first.format(name=name))
        added = (cost - run) / bare
        found.append(Figure(f"load {name} and show a first frame", added, "x", "bare interpreter", added))
    return found


@functools.cache
def _env() -> dict[str, str]:
    env = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    return env | {"PYTHONPYCACHEPREFIX": _CACHE.name}


_CACHE = tempfile.TemporaryDirectory(prefix="dagjob-bench-")


def _cpu(code: str, times: int = 9) -> float:
    """CPU seconds of a fresh interpreter, the median. Compiled modules are kept, as in an installed package."""
    costs = []
    for _ in range(times + 1):
        child = subprocess.Popen([sys.executable, "-c", code], env=_env())
        _, status, used = os.wait4(child.pid, 0)
        child.returncode = os.waitstatus_to_exitcode(status)
        if child.returncode:
            raise SystemExit(f"{code!r} ended with {child.returncode}")
        costs.append(used.ru_utime + used.ru_stime)
    return median(costs[1:])


if __name__ == "__main__":
    print(table(figures()))
