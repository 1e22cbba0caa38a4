"""What ops hand on and say: a large array from one op to three, 100,000 log lines from one op, a resource at start-up.

The array is held against the same pickle written and read by a plain script with as many processes' work in it: one dump
and three loads. CPU time, since the machine is shared; files in memory (TMPDIR=/dev/shm) show the cost that is ours.
"""

from __future__ import annotations

import contextlib
import subprocess
import sys
import time
from pathlib import Path
from statistics import median

from measure import DAGJOB, IN_PROCESS, Cost, Figure, project, python, quietest, run, table
from startup import TWO_OPS, compiled

MB = 1_000_000
SIZE = 200 * MB

ARRAY = f"""
from dagjob import job, op

@op
def make() -> bytes:
    return bytes({SIZE})

@op
def use(x: bytes) -> None:
    assert len(x) == {SIZE}

@op
def nothing() -> None:
    pass

@job
def fan():
    value = make()
    for number in range(3):
        use.alias(f"use_{{number}}")(value)

@job
def empty():
    for number in range(4):
        nothing.alias(f"nothing_{{number}}")()

"""

PLAIN = f"""
import os, pickle, resource, sys, tempfile
value = bytes({SIZE})
before = resource.getrusage(resource.RUSAGE_SELF)
with tempfile.TemporaryDirectory() as folder:
    path = os.path.join(folder, "value")
    with open(path, "wb") as file:
        pickle.dump(value, file, protocol=5)
    for _ in range(3):
        with open(path, "rb") as file:
            assert len(pickle.load(file)) == {SIZE}
after = resource.getrusage(resource.RUSAGE_SELF)
print(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)
"""

LINES = 100_000
TALK = f"""
from dagjob import job, op

@op
def talk(context) -> None:
    for number in range({LINES}):
        context.log.info("line %d of many", number)

@job
def talks():
    talk()
"""
LOGGING = f"""
import logging, tempfile, time
start = time.process_time()
with tempfile.NamedTemporaryFile("w") as file:
    log = logging.Logger("plain", logging.INFO)
    log.addHandler(logging.StreamHandler(file))
    for number in range({LINES}):
        log.info("line %d of many", number)
print(time.process_time() - start)
"""

WITH_RESOURCE = (
    TWO_OPS.replace("import job, op", "import ResourceParam, job, op, resource")
    .replace(
        "@op\ndef one() -> int:",
        "@resource\ndef held(_):\n    return 1\n\n@op\ndef one(held: ResourceParam[int]) -> int:",
    )
    .replace("@job", '@job(resource_defs={"held": held})')
)


def figures() -> list[Figure]:
    """What values, log lines and a resource cost."""
    compiled()
    return [*_array(), *_lines(), _resource()]


def _array() -> list[Figure]:
    with project({"jobs.py": ARRAY, "how.yaml": IN_PROCESS}) as root:
        plain = min(python(PLAIN, root) for _ in range(3))
        bare = quietest(lambda: _run(root, "jobs.py:empty"), 3)
        figures = []
        for name, more in (("isolated", ()), ("in process", ("-c", "how.yaml"))):
            whole = quietest(lambda more=more: _run(root, "jobs.py:fan", *more), 3)
            cost = max(whole.cpu - bare.cpu, 0.0)
            beside = f"plain pickle: {plain:.2f} s"
            figures += [
                Figure(f"200 MB from one op to three, {name}", cost, "s CPU", beside, cost / plain, 1.3, 1.1, "ratio"),
                Figure(f"200 MB, the largest process, {name}", whole.max_rss / MB, "MB", "", None, 300, 260),
            ]
        main = _main_process(root)
    return [*figures, Figure("200 MB, the main process, isolated", main / MB, "MB", "", None, 60, 50)]


def _main_process(root: Path) -> int:
    """The most that the main process ever held, in bytes: it never sees the value."""
    argv = [*DAGJOB, "run", "jobs.py:fan", "--format", "plain"]
    child = subprocess.Popen(argv, cwd=root, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    highest = 0
    while child.poll() is None:
        with contextlib.suppress(OSError, ValueError, StopIteration):
            text = Path(f"/proc/{child.pid}/status").read_text()
            highest = max(highest, *(int(line.split()[1]) * 1024 for line in text.splitlines() if "VmHWM" in line))
        time.sleep(0.02)
    return highest


def _lines() -> list[Figure]:
    with project({"jobs.py": TALK, "how.yaml": IN_PROCESS}) as root:
        plain = min(python(LOGGING, root) for _ in range(3))
        beside = f"a file of Python's logging: {plain:.2f} s"
        figures = []
        for name, more in (("isolated", ()), ("in process", ("-c", "how.yaml"))):
            cost = quietest(lambda more=more: _run(root, "jobs.py", "--log-level", "error", *more), 2)
            what = f"{LINES:,} log lines of one op, {name}"
            # Isolated, the op and the main process work side by side: the limit is one of time, on two free cores.
            at_once = 2 if not more else 1
            figures.append(Figure(what, cost.cpu / at_once, "s CPU/core", beside, cost.cpu / plain, 6, 3))
    return figures


def _resource() -> Figure:
    with project({"plain.py": TWO_OPS, "with_it.py": WITH_RESOURCE}) as root:
        bare = [sys.executable, "-c", "pass"]
        _run(root, "plain.py"), _run(root, "with_it.py")
        rounds = [(_run(root, "with_it.py").cpu, _run(root, "plain.py").cpu, run(bare, root).cpu) for _ in range(60)]
        # Of turns that follow each other: the difference is smaller than what the least of many runs scatters by.
        more = median(a - b for a, b, _ in rounds)
        base = median(c for _, _, c in rounds)
    beside = f"a bare interpreter: {base * 1000:.1f} ms"
    return Figure("a resource in memory, on top", more * 1000, "ms CPU", beside, more / base, 0.3, 0.2, "ratio")


def _run(root: Path, *args: str) -> Cost:
    return run([*DAGJOB, "run", *args, "--format", "plain"], root)


if __name__ == "__main__":
    print(table(figures()))
