"""What one more op costs: a chain of 100, in process and in a process each, started in three ways.

The cost is (chain of 102 ops - chain of 2 ops) / 100 by the clock, so start-up falls out. Beside it, in the same run:
a plain loop of function calls, a bare fork + pipe + wait of an interpreter that has imported the very modules that an
op process has, and a pool of `concurrent.futures`.

Twice: for a job module that imports nothing, and for one that imports the five packages of PERFORMANCE's table of
physical limits (46 MB), which is what its budget for the *preloaded* way was measured against. The lean process is
faster in both, but its bare fork is so cheap that the ratio is larger.
"""

from __future__ import annotations

from pathlib import Path

from measure import DAGJOB, IN_PROCESS, Figure, isolated, project, python, quietest, run, table

PACKAGES = "import networkx, pydantic, rich.live, sqlite3, typer, yaml\n"

CHAIN = """
from dagjob import job, op

@op
def begin() -> int:
    return 0

@op
def step(x: int) -> int:
    return x + 1

@job
def short():
    step(begin())

@job
def long():
    value = begin()
    for _ in range(101):
        value = step(value)
"""

MODULES = """
import sys
from dagjob import job, op

@op
def tell() -> str:
    names = sorted(sys.modules)
    open("modules.txt", "w").write(" ".join(names))
    return "done"

@job
def modules():
    tell()
"""

LOOP = """
import time
def step(x): return x + 1
def chain():
    value = 0
    for _ in range(100): value = step(value)
start = time.perf_counter()
for _ in range(100): chain()
print((time.perf_counter() - start) / 10_000)
"""

FORKS = """
import gc, importlib, os, pickle, time
for name in open("modules.txt").read().split():
    if name != "__main__":
        try: importlib.import_module(name)
        except ImportError: pass
gc.collect(); gc.freeze()
def one(value):
    read, write = os.pipe()
    pid = os.fork()
    if pid == 0:
        os.write(write, pickle.dumps(value + 1))
        os._exit(0)
    os.close(write)
    answer = os.read(read, 100)
    os.close(read)
    os.waitpid(pid, 0)
    return pickle.loads(answer)
one(0)
start = time.perf_counter()
value = 0
for _ in range(100): value = one(value)
print((time.perf_counter() - start) / 100)
"""

POOL = """
import time
from concurrent.futures import ProcessPoolExecutor
from steps import step
if __name__ == "__main__":
    with ProcessPoolExecutor(1) as pool:
        value = pool.submit(step, 0).result()
        start = time.perf_counter()
        for _ in range(100): value = pool.submit(step, value).result()
        print((time.perf_counter() - start) / 100)
"""

WAYS = ("preloaded", "lean", "spawn")
WARM = "execution: {config: {multiprocess: {workers: warm}}}\n"


def bare_fork(root: Path, modules: str) -> float:
    """Seconds of one fork + pipe + wait in a process that has loaded what an op of the job in `modules` has."""
    run([*DAGJOB, "run", modules], root)
    return min(python(FORKS, root) for _ in range(3))


def per_op(root: Path, config: str, times: int, module: str = "chain.py") -> float:
    """Seconds that one more op of the chain takes."""
    (root / "how.yaml").write_text(config)
    ends = {}
    for name in ("short", "long"):
        argv = [*DAGJOB, "run", f"{module}:{name}", "-c", "how.yaml", "--format", "plain"]
        ends[name] = quietest(lambda argv=argv: run(argv, root), times).wall
    return (ends["long"] - ends["short"]) / 100


def figures(times: int = 5) -> list[Figure]:
    files = {
        "chain.py": CHAIN,
        "loaded.py": PACKAGES + CHAIN,
        "modules.py": MODULES,
        "loaded_modules.py": PACKAGES + MODULES,
        "steps.py": "def step(x): return x + 1\n",
    }
    with project(files) as root:
        fork, loaded_fork = bare_fork(root, "modules.py"), bare_fork(root, "loaded_modules.py")
        loop, pool = python(LOOP, root), python(POOL, root)
        rows = [
            Figure("a plain function call in a loop", loop * 1e6, "us"),
            Figure("a bare fork + pipe + wait, dagjob alone", fork * 1e3, "ms"),
            Figure("the same, five packages preloaded", loaded_fork * 1e3, "ms"),
            Figure("one call in a process pool that is warm", pool * 1e3, "ms"),
        ]
        here = per_op(root, IN_PROCESS, times)
        rows.append(
            Figure("per op, in process", here * 1e3, "ms", f"pool call {pool * 1e3:.2f} ms", here / pool, 0.5, 0.35)
        )
        for way in WAYS:
            cost = per_op(root, isolated(way), times if way != "spawn" else 1)
            rows.append(Figure(f"per op, {way}", cost * 1e3, "ms", f"bare fork {fork * 1e3:.2f} ms", cost / fork))
        cost = per_op(root, WARM, times)
        rows.append(
            Figure(
                "per op, warm", cost * 1e3, "ms", f"pool call {pool * 1e3:.2f} ms", cost / pool, limit=2.0, reach=0.8
            )
        )
        cost = per_op(root, isolated("preloaded"), times, "loaded.py")
        beside, budget = f"bare fork {loaded_fork * 1e3:.2f} ms", {"limit": 2.0, "reach": 1.3, "judged_by": "ratio"}
        rows.append(
            Figure("per op, preloaded with five packages", cost * 1e3, "ms", beside, cost / loaded_fork, **budget)
        )
    return rows


if __name__ == "__main__":
    print(table(figures()))
