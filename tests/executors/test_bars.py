"""Bars that ops draw with the real tqdm and Rich: they become progress, and one line of the log, wherever the op runs."""

from __future__ import annotations

import json
import multiprocessing
import re
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import pytest

Run = Callable[..., Any]
Project = Callable[..., Path]

EXAMPLE = Path(__file__).parents[2] / "examples" / "extending" / "subprocess_executor.py"

JOBS = """
    import asyncio
    import sys

    import tqdm as tqdm_package
    from tqdm import tqdm, trange

    from dagjob import Field, executor, graph, job, op

    EAGER = {"mininterval": 0, "miniters": 1}
    KEPT = []

    @op
    def loop():
        for _ in tqdm(range(5), desc="rows", unit="row", **EAGER):
            pass
        print("after")

    @op
    def nested():
        for _ in trange(2, desc="epoch", **EAGER):
            for _ in tqdm(range(4), desc="batch", leave=False, **EAGER):
                pass

    @op
    def at_once():
        first, second = tqdm(total=4, desc="first", **EAGER), tqdm(total=8, desc="second", position=1, **EAGER)
        for _ in range(4):
            first.update()
            second.update()
        first.close()
        second.update(4)
        second.close()

    @op
    def endless():
        for _ in tqdm(iter("abc"), **EAGER):
            pass

    @op
    def in_bytes():
        with tqdm(total=2048, unit="B", unit_scale=True, unit_divisor=1024, file=sys.stdout, **EAGER) as bar:
            bar.set_postfix(part=1)
            bar.update(1024)
            bar.update(1024)

    @op
    def stops_early():
        for number in tqdm(range(10), **EAGER):
            if number == 4:
                break

    @op
    def raises():
        for number in tqdm(range(10), **EAGER):
            if number == 3:
                raise ValueError("in the loop")

    @op
    def left_open():
        KEPT.append(tqdm(total=10, **EAGER))
        KEPT[0].update(3)

    @op
    def writes():
        for number in tqdm(range(2), leave=False, **EAGER):
            tqdm.write(f"line {number}")

    @op
    def own_file():
        with open("bar.txt", "w") as file:
            for _ in tqdm(range(3), file=file, **EAGER):
                pass

    @op
    def disabled():
        for _ in tqdm(range(3), disable=True):
            pass

    @op
    def only_on_terminals():
        for _ in tqdm(range(3), None, None, True, sys.stderr, disable=None, **EAGER):
            pass

    @op
    def asynchronous():
        from tqdm.auto import tqdm as auto

        async def one(number):
            return number

        asyncio.run(auto.gather(*map(one, range(4)), desc="gathered", **EAGER))

    @op
    def says(context):
        context.progress(1, 2, "steps", "by itself")
        for _ in tqdm(range(5), **EAGER):
            pass

    @op
    def rich_track():
        from rich.progress import track

        for _ in track(range(6), "Rich [bold]work[/bold]"):
            pass
        print("after")

    @op
    def rich_tasks():
        from rich.console import Console
        from rich.progress import DownloadColumn, Progress

        with Progress(DownloadColumn(), console=Console(force_terminal=True, width=60)) as progress:
            one, two = progress.add_task("one", total=10), progress.add_task("two", total=20)
            progress.advance(one, 4)
            progress.refresh()
            progress.advance(one, 6)
            progress.advance(two, 20)
        print("after")

    @op
    def rich_live():
        from rich.console import Console
        from rich.live import Live

        with Live("state 0", console=Console(force_terminal=True, color_system=None), auto_refresh=False) as live:
            for number in range(3):
                live.update(f"state {number}", refresh=True)
        print("after")

    @job
    def bars():
        loop(), nested(), at_once(), endless(), in_bytes(), stops_early(), raises(), left_open(), writes(), own_file()
        disabled(), only_on_terminals(), asynchronous(), says(), rich_track(), rich_tasks(), rich_live()

    @job
    def few():
        loop(), rich_track()
"""


class Told(NamedTuple):
    """What one op has told."""

    progress: list[tuple[float, float | None, str, str]]
    log: list[str]


def told(dagjob: Run, *args: str, env: dict[str, str] | None = None) -> dict[str, Told]:
    """Run it, and collect the progress and the log of each op."""
    lines = [json.loads(line) for line in dagjob("run", *args, "--format", "jsonl", env=env).stdout.splitlines()]
    found: dict[str, Told] = defaultdict(lambda: Told([], []))
    for line in lines:
        if line["event"] == "op.progress":
            found[line["op"]].progress.append((line["done"], line["total"], line["unit"], line["text"]))
        elif line["event"] == "op.start" and line["log"] and Path(line["log"]).exists():
            found[line["op"]].log.extend(Path(line["log"]).read_text(encoding="utf-8").split("\n"))
    return found


def without_times(lines: list[str]) -> list[str]:
    return [re.sub(r"\[\d\d:\d\d.*?\]", "[..]", line) for line in lines]


FULL = "█" * 10


@pytest.mark.parametrize("way", ["in_process", "preloaded", "warm"])
def test_bars_of_an_op_are_read_and_leave_a_line(dagjob: Run, project: Project, way: str) -> None:
    project("jobs.py", JOBS)
    if way == "warm":
        project("how.yaml", "execution: {config: {multiprocess: {workers: warm, max_concurrent: 1}}}")
    found = told(
        dagjob, "jobs.py:bars", *(("-c", "how.yaml") if way == "warm" else ("-e", "in_process") * (way == "in_process"))
    )
    logs = {op: without_times(one.log) for op, one in found.items()}

    assert found["loop"].progress[0] == (0, 5, "row", "rows")
    assert found["loop"].progress[-1] == (5, 5, "row", "")
    assert logs["loop"] == [f"rows: 100%|{FULL}| 5/5 [..]", "after", ""]

    assert (0, 2, "", "epoch  batch 3/4") in found["nested"].progress
    assert found["nested"].progress[-1] == (2, 2, "", "")
    assert logs["nested"] == [f"epoch: 100%|{FULL}| 2/2 [..]", ""]

    assert (2, 4, "", "first  second 1/8") in found["at_once"].progress
    assert found["at_once"].progress[-1] == (8, 8, "", "")
    assert logs["at_once"] == [f"first: 100%|{FULL}| 4/4 [..]", f"second: 100%|{FULL}| 8/8 [..]", ""]

    assert found["endless"].progress[-1] == (3, None, "", "")
    assert logs["endless"] == ["3it [..]", ""]

    assert (1024, 2048, "B", "part=1") in found["in_bytes"].progress
    assert logs["in_bytes"] == [f"100%|{FULL}| 2.00k/2.00k [..]", ""]

    assert found["stops_early"].progress[-1] == (4, 10, "", "")
    assert logs["stops_early"] == [" 40%|████      | 4/10 [..]", ""]
    assert found["raises"].progress[-1] == (3, 10, "", "")
    assert logs["raises"] == [" 30%|███       | 3/10 [..]", ""]
    assert logs["left_open"] == [" 30%|███       | 3/10 [..]", ""]
    assert logs["writes"] == ["line 0", "line 1", ""]
    assert found["writes"].progress[-1] == (2, 2, "", "")

    assert [*found["own_file"].progress, *found["disabled"].progress] == []
    assert [*filter(None, found["own_file"].log), *filter(None, found["disabled"].log)] == []
    assert "| 3/3 [" in (project() / "bar.txt").read_text(encoding="utf-8")
    assert found["only_on_terminals"].progress[-1] == (3, 3, "", "")
    assert found["asynchronous"].progress[-1] == (4, 4, "", "")
    assert logs["asynchronous"] == [f"gathered: 100%|{FULL}| 4/4 [..]", ""]
    assert found["says"].progress == [(1, 2, "steps", "by itself")]

    assert found["rich_track"].progress[-1] == (6, 6, "", "")
    assert [line[:12] for line in found["rich_track"].log] == ["Rich work ━━", "after", ""]
    assert (4, 10, "B", "one  two 0/20 B") in found["rich_tasks"].progress
    assert found["rich_tasks"].progress[-1][:3] == (20, 20, "B")
    assert len(found["rich_tasks"].log) == 4
    assert "\x1b[1A" not in "".join(found["rich_tasks"].log)
    assert found["rich_live"].log == ["state 2", "after", ""]


@pytest.mark.parametrize("start_method", ["lean", "spawn"])
def test_bars_are_read_in_workers_that_are_not_forked_from_the_run(
    dagjob: Run, project: Project, start_method: str
) -> None:
    project("jobs.py", JOBS)
    project("how.yaml", f"execution: {{config: {{multiprocess: {{start_method: {{{start_method}: {{}}}}}}}}}}")
    found = told(dagjob, "jobs.py:few", "-c", "how.yaml")
    assert found["loop"].progress[-1] == (5, 5, "row", "")
    assert without_times(found["loop"].log) == [f"rows: 100%|{FULL}| 5/5 [..]", "after", ""]
    assert found["rich_track"].progress[-1] == (6, 6, "", "")


def test_bars_are_read_in_a_process_at_the_other_end_of_two_pipes(dagjob: Run, project: Project) -> None:
    project("subprocess_executor.py", EXAMPLE.read_text(encoding="utf-8"))
    project(
        "jobs.py",
        f"""{JOBS}
    from subprocess_executor import subprocess_executor

    @job(executor_def=subprocess_executor)
    def far():
        loop(), rich_track()
    """,
    )
    found = told(dagjob, "jobs.py:far")
    assert found["loop"].progress[-1] == (5, 5, "row", "")
    assert without_times(found["loop"].log) == [f"rows: 100%|{FULL}| 5/5 [..]", "after", ""]
    assert found["rich_track"].progress[-1] == (6, 6, "", "")


def test_tqdm_is_read_where_the_op_is_the_first_to_load_it(dagjob: Run, project: Project) -> None:
    project(
        "jobs.py",
        """
        import sys

        from dagjob import job, op

        @op
        def late():
            assert "tqdm" not in sys.modules and "dagjob.engine.bars_tqdm" not in sys.modules
            from tqdm.auto import tqdm

            for _ in tqdm(range(3), mininterval=0):
                pass

        @op
        def never(late):
            assert "tqdm" not in sys.modules or sys.argv
            print("rich" in sys.modules)

        @job
        def bars():
            never(late())
        """,
    )
    for args in ((), ("-e", "in_process")):
        assert told(dagjob, "jobs.py:bars", *args)["late"].progress[-1] == (3, 3, "", "")


@pytest.mark.skipif(
    multiprocessing.get_start_method() != "fork", reason="a lock of tqdm starts the process of a resource tracker here"
)
def test_a_warm_worker_stays_when_its_op_has_drawn_a_bar(dagjob: Run, project: Project) -> None:
    project(
        "jobs.py",
        """
        from tqdm import tqdm

        from dagjob import graph, job, op

        @op
        def loop(one):
            return sum(tqdm(range(3)))

        @op
        def first():
            return 1

        @job
        def bars():
            loop(loop.alias("again")(first()))
        """,
    )
    project("how.yaml", "execution: {config: {multiprocess: {workers: warm, max_concurrent: 1}}}")
    stdout = dagjob("run", "jobs.py:bars", "-c", "how.yaml", "--format", "jsonl").stdout
    starts = [event["pid"] for event in map(json.loads, stdout.splitlines()) if event["event"] == "op.start"]
    assert len(starts) == 3
    assert len(set(starts)) == 1
