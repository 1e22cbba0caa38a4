"""What one isolated op costs, for each way to start a process, beside a bare fork + pipe + wait in the same run.

    python benchmarks/spawn_ways.py [--ops 100] [--rounds 5] [MODULE ...]

The modules are imported first, so that both sides fork an equally loaded interpreter. The op does nothing: what is
measured is the executor. Bare and ours take turns, since the machine may be busy; medians are shown.
"""

from __future__ import annotations

import argparse
import gc
import os
import resource
import statistics
import sys
import time
from collections.abc import Callable

from dagjob.engine.ports import Emit, StepCall, Work
from dagjob.events import StepStarted
from dagjob.executors.multiprocess import Multiprocess
from dagjob.plan.steps import Outcome, Port, Step, Succeeded
from dagjob.record import Record


class Idle:
    """An attempt that does nothing, or sleeps for as long as its key says."""

    def __init__(self, call: StepCall, emit: Emit) -> None:
        self.call, self.emit = call, emit

    def run(self) -> Outcome:
        step = self.call.step
        self.emit(StepStarted(time.time(), step.key, self.call.attempt, os.getpid()))
        if step.op:
            time.sleep(float(step.op))
        return Succeeded((Port(step.key),))

    def finish(self) -> None:
        pass


class IdleSource(Record):
    """Where fresh processes get it."""

    def open(self) -> Work:
        return Idle


def bare() -> None:
    """The least that a process for one op can cost."""
    read, write = os.pipe()
    pid = os.fork()
    if pid == 0:
        os.write(write, b"x")
        os._exit(0)
    os.close(write)
    os.read(read, 1)
    os.close(read)
    os.waitpid(pid, 0)


def timed(act: Callable[[], None], times: int) -> float:
    began = time.perf_counter()
    for _ in range(times):
        act()
    return (time.perf_counter() - began) / times * 1e6


def processor_time() -> float:
    own, below = resource.getrusage(resource.RUSAGE_SELF), resource.getrusage(resource.RUSAGE_CHILDREN)
    return own.ru_utime + own.ru_stime + below.ru_utime + below.ru_stime


def chain(executor: Multiprocess, ops: int) -> None:
    for number in range(ops):
        executor.submit(StepCall(Step(f"op_{number}", (f"op_{number}",)), 1))
        while not executor.wait(None):
            pass


def measure(way: str, ops: int, rounds: int) -> None:
    executor = Multiprocess(Idle, IdleSource(), lambda event: None, 1, way)
    executor.start()
    chain(executor, 3)
    floor, ours = [], []
    for _ in range(rounds):
        floor.append(timed(bare, ops))
        ours.append(timed(lambda: chain(executor, ops), 1) / ops)
    before = processor_time()
    executor.close()
    cpu = (processor_time() - before) / (ops * rounds) * 1e6
    low, high = statistics.median(floor), statistics.median(ours)
    print(f"{way:10} {high:8.0f} us an op  {high / low:5.2f} x bare ({low:.0f} us)  {cpu:6.0f} us of CPU in workers")


def fan_out(way: str, ops: int = 64, slots: int = 16, nap: float = 0.1) -> None:
    executor = Multiprocess(Idle, IdleSource(), lambda event: None, slots, way)
    began = time.perf_counter()
    executor.start()
    for number in range(ops):
        executor.submit(StepCall(Step(f"nap_{number}", (f"nap_{number}",), op=str(nap)), 1))
    done = 0
    while done < ops:
        done += len(executor.wait(None))
    executor.close()
    seconds = time.perf_counter() - began
    print(f"{way:10} {ops} naps of {nap:g}s, {slots} at a time: {seconds:.3f} s, best {ops * nap / slots}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--ops", type=int, default=100)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("modules", nargs="*")
    given = parser.parse_args()
    for module in given.modules:
        __import__(module)
    gc.freeze()
    sys.modules["spawn_ways"] = sys.modules["__main__"]  # Fresh processes import this file by its name.
    Idle.__module__ = IdleSource.__module__ = "spawn_ways"
    for way, share in (("preloaded", 1), ("lean", 1), ("spawn", 10)):
        measure(way, max(3, given.ops // share), given.rounds)
    for way in ("preloaded", "lean", "spawn"):
        fan_out(way)


if __name__ == "__main__":
    main()
