"""What an op costs on a Dask cluster: thousands of 10 ms on two workers, beside the same futures with a subprocess each.

The scheduler and the workers are processes of their own, with one thread each. Plain Dask starts the smallest program there is
for each future, `python -S -c`; an op of ours is a process too, and its value is stored, its events are kept. Both are told in
seconds of a worker for each op, less the 10 ms. Not part of `run_all.py`: it needs the extra `dask`, and takes minutes.

    python benchmarks/dask_ops.py [OPS]
"""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path

from measure import DAGJOB, Figure, project, run, table

NAP = 0.01
WORKERS = 2
JOBS = f"""
import time
from dagjob import DynamicOut, DynamicOutput, job, op

@op(out=DynamicOut(), config_schema=int)
def numbers(context):
    for number in range(context.op_config):
        yield DynamicOutput(number, str(number))

@op
def nap(number):
    time.sleep({NAP})
    return number

@job
def naps():
    numbers().map(nap)
"""


def program(number: int) -> int:
    """What a future of plain Dask does."""
    subprocess.run([sys.executable, "-S", "-c", f"import time; time.sleep({NAP})"], check=True)
    return number


@contextlib.contextmanager
def cluster() -> Iterator[str]:
    """A scheduler and workers; where the scheduler is."""
    command = [sys.executable, "-m"]
    started: list[subprocess.Popen[str]] = []

    def start(*words: str, until: str) -> str:
        environ = {**os.environ, "PYTHONPATH": str(Path(__file__).parent)}
        pipe = subprocess.PIPE
        process = subprocess.Popen([*command, *words], stdout=pipe, stderr=subprocess.STDOUT, text=True, env=environ)
        started.append(process)
        assert process.stdout is not None
        found = next(line for line in process.stdout if until in line)
        threading.Thread(target=process.stdout.read, daemon=True).start()  # or it would wait when the pipe is full
        return found

    with tempfile.TemporaryDirectory() as folder:
        try:
            local = ("--host", "127.0.0.1", "--no-dashboard")
            line = start("distributed.cli.dask_scheduler", *local, "--port", "0", until="Scheduler at:")
            address = line.split()[-1]
            for _ in range(WORKERS):
                options = ("--no-nanny", "--nthreads", "1", "--local-directory", folder)
                start("distributed.cli.dask_worker", address, *options, *local, until="Registered to:")
            yield address
        finally:
            for process in started:
                process.kill()
                process.wait()


def plainly(address: str, ops: int) -> float:
    """Seconds for as many futures of plain Dask."""
    import dask_ops  # so that the workers find the function
    from distributed import Client

    with Client(address) as client:
        client.submit(dask_ops.program, -1).result()
        began = time.perf_counter()
        client.gather(client.map(dask_ops.program, range(ops)))
        return time.perf_counter() - began


def with_dagjob(address: str, ops: int, folder: Path) -> tuple[float, int]:
    """Seconds from the first op to the last, and the peak memory of the command in bytes."""
    existing = f"execution.config.cluster.existing.address={address}"
    command = [*DAGJOB, "run", "jobs.py:naps", "-e", "dask", "-f", "json"]
    command += ["--set", existing, "--set", f"ops.numbers.config={ops}"]
    cost = run(command, cwd=folder)
    return cost.wall, cost.max_rss


def figures(ops: int = 5000) -> list[Figure]:
    """The cost of an op, and the memory of the driver."""
    with cluster() as address, project({"jobs.py": JOBS}) as folder:
        few, small = with_dagjob(address, 10, folder)
        many, large = with_dagjob(address, ops, folder)
        print(f"{many:.1f} s for {ops} ops", file=sys.stderr)
        plain = plainly(address, ops)
        print(f"{plain:.1f} s for {ops} futures of plain Dask", file=sys.stderr)
    each = (many - few) / (ops - 10) * WORKERS - NAP
    beside = plain / ops * WORKERS - NAP
    text = f"plain Dask, a subprocess each: {beside * 1000:.1f} ms"
    return [
        Figure(f"an op of 10 ms on Dask ({ops} ops)", each * 1000, "ms", text, each / beside, 1.5, 1.0, "ratio"),
        Figure("memory of the driver for each op", (large - small) / ops / 1024, "KiB", limit=16.0),
    ]


if __name__ == "__main__":
    print(table(figures(*map(int, sys.argv[1:]))))
