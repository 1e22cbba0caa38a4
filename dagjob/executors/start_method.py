"""Which of the three methods to start a worker fits what is loaded: *preloaded*, *lean*, *spawn*.

A fork copies one thread. Whatever other threads held or were about to do stays undone in the copy, so a process that
has some must not be the one that workers are forked from. Python does not know of threads that libraries made; the
kernel does.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable

FORKED = "preloaded"
LEAN = "lean"
SPAWN = "spawn"

NAMES = {
    "preloaded": FORKED,
    "fork": FORKED,
    "lean": LEAN,
    "forkserver": LEAN,
    "spawn": SPAWN,
}
"""What users may ask for, Dagster's words among them."""

UNSAFE = ("polars", "grpc", "jax", "tensorflow", "ray", "pyspark")
"""Packages that cannot live through a fork once they are imported, whether their threads run already or not."""

_POOLS = ("openblas", "libmkl", "libblis")
"""Libraries whose thread pool makes itself anew in a forked process."""


_HARMLESS = {"jemalloc_bg_thd"}
"""Names of threads that their library stops before a fork and starts again after it (pyarrow, so pandas, has one)."""


def choose(asked: str | None = None) -> tuple[str | None, str | None]:
    """The start method, and in one line why it is not the usual one (None: it is, or was asked for).

    The method is None where no process can be started as dagjob needs it (Windows): run in process there. Raises
    ValueError for a word that is no start method.
    """
    if asked is not None and asked not in NAMES:
        raise ValueError(f"no start method {asked!r} (there are: {', '.join(NAMES)})")
    if sys.platform == "win32":
        return None, "this platform cannot fork: ops run one after the other, in one process"
    if asked is not None:
        return NAMES[asked], None
    if sys.platform != "linux":
        return SPAWN, None
    why = what_forbids_forking()
    return (LEAN, f"each op imports the job's module again, because {why}") if why else (FORKED, None)


def what_forbids_forking() -> str | None:
    """What this process has that a fork would break, in words; None when it may be forked. Linux only."""
    for name in UNSAFE:
        if name in sys.modules:
            return f"{name} does not survive a fork"
    torch = sys.modules.get("torch")
    if torch is not None and torch.cuda.is_initialized():
        return "torch has opened a CUDA device"
    try:
        tasks = os.listdir("/proc/self/task")
    except OSError:
        return "without /proc nobody can say which threads there are"
    if len(tasks) == 1:
        return None
    return _threads_that_matter(tasks)


def _threads_that_matter(tasks: Iterable[str]) -> str | None:
    from threading import enumerate as python_threads

    known = {thread.native_id: thread.name for thread in python_threads() if thread.native_id != os.getpid()}
    if known:
        return f"its import has started the thread {sorted(known.values())[0]!r}"
    seen = [_name_of(task) for task in tasks if int(task) != os.getpid()]
    names = [name for name in seen if name is not None and name not in _HARMLESS]
    if len(names) <= _blas_threads() and set(names) <= {_name_of(str(os.getpid()))}:
        return None
    others = sorted(set(names)) or ["?"]
    return f"its import has started {len(names)} native threads ({', '.join(others[:3])})"


def _name_of(task: str) -> str | None:
    try:
        with open(f"/proc/self/task/{task}/comm") as file:
            return file.read().strip()
    except OSError:
        return None  # It has just ended.


def _blas_threads() -> int:
    """How many threads the pools of the loaded BLAS libraries may have: all processors but one, for each library."""
    with open("/proc/self/maps") as file:
        loaded = {line.rsplit("/", 1)[-1].strip() for line in file if any(pool in line for pool in _POOLS)}
    return len(loaded) * max(0, (os.cpu_count() or 1) - 1)
