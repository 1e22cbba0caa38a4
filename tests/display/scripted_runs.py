"""Runs as lists of events, and a clock that a test moves: what the displays are fed in these tests."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterable, Mapping
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from dagjob import events as ev
from dagjob.display.options import DisplayOptions
from dagjob.plan.forecast import Usual

START = 1_795_353_338.0
"""2026-11-22 13:15:38 UTC."""
RUN_ID = "f6d1c9ab-0f0e-4b1a-9d57-2f6f4a3c2b1d"


class Clock:
    """Says what time it is; a test moves it."""

    def __init__(self, now: float = START) -> None:
        self.now = now

    def __call__(self) -> float:
        return self.now


class Script:
    """Makes events, with times counted from the start of the run."""

    def __init__(self, run_id: str = RUN_ID, job: str = "daily_sales", start: float = START) -> None:
        self.start = start
        self.events: list[ev.Event] = []
        self._run_id = run_id
        self._job = job
        self._began: dict[str, float] = {}

    def begin(self, slots: int = 4, executor: str = "multiprocess", **more: Any) -> Script:
        target = f"sales/jobs.py:{self._job}"
        return self.add(ev.RunStarted(self.start, self._run_id, self._job, target, executor, slots, 4711, **more))

    def plan(self, **upstream: str) -> Script:
        """`plan(a="", b="a c")`: the ops and what each of them needs."""
        ops = tuple(ev.PlannedOp(key, key, tuple(needs.split())) for key, needs in upstream.items())
        return self.add(ev.PlanMade(self.start, ops))

    def add(self, event: ev.Event) -> Script:
        self.events.append(event)
        return self

    def starts(self, at: float, key: str, attempt: int = 1, log: str | None = None, pid: int = 4712) -> Script:
        self._began[key] = at
        return self.add(ev.StepStarted(self.start + at, key, attempt, pid, log))

    def ends(self, at: float, key: str, attempt: int = 1) -> Script:
        return self.add(ev.StepSucceeded(self.start + at, key, attempt, at - self._began[key], cpu=0.5))

    def notes(self, at: float, key: str, metadata: dict[str, Any], attempt: int = 1) -> Script:
        return self.add(ev.OutputStored(self.start + at, key, attempt, "result", "io_manager", metadata=metadata))

    def says(self, at: float, key: str, text: str, level: str = "info", attempt: int = 1) -> Script:
        return self.add(ev.LogWritten(self.start + at, key, attempt, level, text))

    def progresses(
        self, at: float, key: str, done: float, total: float | None, unit: str = "", text: str = ""
    ) -> Script:
        return self.add(ev.Progressed(self.start + at, key, 1, done, total, unit, text))

    def retries(self, at: float, key: str, error: ev.ErrorInfo, attempt: int, wait: float, most: int) -> Script:
        took = at - self._began[key]
        return self.add(ev.StepRetrying(self.start + at, key, attempt, error, took, wait, most))

    def fails(self, at: float, key: str, error: ev.ErrorInfo, attempt: int = 1, **more: Any) -> Script:
        return self.add(ev.StepFailed(self.start + at, key, attempt, error, at - self._began[key], **more))

    def not_run(self, at: float, key: str, *because: str, canceled: bool = False) -> Script:
        return self.add(ev.StepNotRun(self.start + at, key, because, "canceled" if canceled else "not_run"))

    def finish(self, at: float, status: Any = "success", **more: Any) -> Script:
        return self.add(ev.RunEnded(self.start + at, status, at, {}, **more))


def error(name: str, message: str, *frames: ev.Frame, **more: Any) -> ev.ErrorInfo:
    return ev.ErrorInfo(name, "builtins", message, frames, **more)


def known(steps: Mapping[str, float] | None = None, runs: int = 9, **more: Any) -> Callable[[], Usual]:
    """What earlier runs took, as `DisplayOptions.usual`."""
    usual = Usual(steps or {}, runs, **more)
    return lambda: usual


def options(root: Path | str = "/project", clock: Any = None, **more: Any) -> DisplayOptions:
    """Options that write into two buffers, in UTC-free terms: no colour, the fake clock."""
    return DisplayOptions(
        **{
            "stdout": io.StringIO(),
            "stderr": io.StringIO(),
            "root": str(root),
            "version": "0.1.0",
            "clock": clock or Clock(),
            **more,
        }
    )


def play(display: Any, events: Iterable[ev.Event], clock: Clock, step: float = 0.1) -> None:
    """Give the events at their times; in between, tick as the loop would: whenever the display asks for it."""
    for event in events:
        until(display, event.at, clock, step)
        clock.now = max(clock.now, event.at)
        display(event)
        if display.next_refresh() == 0:
            display.tick(clock.now)


def until(display: Any, at: float, clock: Clock, step: float = 0.1) -> None:
    """Let time pass, with the ticks that the display wants."""
    while (wish := display.next_refresh()) is not None and clock.now + wish < at:
        clock.now += max(wish, 0.001)
        display.tick(clock.now)


MODEL = '''"""The forecast."""
{filler}
def fit(seasons):
    for season in seasons:
        check(season)
        raise ValueError("bad season")
'''


def write_model(root: Path) -> ev.Frame:
    """A module of the user whose line 88 raises, and the frame for it."""
    path = root / "sales" / "model.py"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(MODEL.format(filler="\n" * 82))
    text = '        raise ValueError("bad season")'
    assert path.read_text().splitlines()[87] == text
    return ev.Frame(str(path), 88, "fit", text, 8, 38, 88)


def daily_sales(root: Path) -> Script:
    """The run of the plain mock-up: one retry, one failure, two ops that do not run."""
    unavailable = error("HTTPError", "503")
    return (
        Script()
        .begin(partition="2026-11-21", parent_run_id="b2e81f04-0000")
        .plan(
            extract_products="",
            extract_customers="",
            extract_orders="",
            clean_customers="extract_customers",
            clean_products="extract_products",
            clean_orders="extract_orders",
            fetch_fx_rates="",
            join_sales="clean_orders clean_customers clean_products",
            forecast="clean_orders",
            aggregate_regions="join_sales fetch_fx_rates",
            build_report="aggregate_regions forecast",
            publish="build_report",
        )
        .starts(0.0, "extract_products")
        .starts(0.0, "extract_customers")
        .starts(0.0, "extract_orders")
        .add(ev.StepReused(START + 0.1, "clean_customers"))
        .ends(0.9, "extract_products")
        .starts(0.9, "clean_products")
        .ends(1.4, "extract_customers")
        .starts(1.4, "fetch_fx_rates")
        .ends(2.0, "clean_products")
        .notes(2.1, "extract_orders", {"row_count": 48201})
        .ends(2.1, "extract_orders")
        .starts(2.1, "clean_orders")
        .retries(9.6, "fetch_fx_rates", unavailable, 1, 1.3, 3)
        .ends(10.8, "clean_orders")
        .starts(10.8, "join_sales")
        .starts(10.9, "fetch_fx_rates", 2)
        .ends(12.1, "fetch_fx_rates", 2)
        .starts(19.3, "forecast")
        .ends(52.0, "join_sales")
        .starts(52.0, "aggregate_regions")
        .fails(53.1, "forecast", error("ValueError", "bad season", write_model(root)))
        .not_run(53.1, "build_report", "forecast")
        .not_run(53.1, "publish", "build_report")
        .ends(56.4, "aggregate_regions")
        .finish(56.4, "failed", failed_steps=("forecast",))
    )


TWELVE = {
    "extract_orders": "",
    "extract_customers": "",
    "extract_products": "",
    "clean_orders": "extract_orders",
    "clean_customers": "extract_customers",
    "clean_products": "extract_products",
    "join_sales": "clean_orders clean_customers clean_products",
    "forecast": "clean_orders",
    "fetch_fx_rates": "",
    "aggregate_regions": "join_sales fetch_fx_rates",
    "build_report": "aggregate_regions forecast",
    "publish": "build_report",
}


TWELVE_USUAL = {
    "extract_orders": 1.9,
    "extract_customers": 1.5,
    "extract_products": 0.9,
    "clean_orders": 3.1,
    "clean_customers": 2.2,
    "clean_products": 1.0,
    "join_sales": 80.0,
    "forecast": 50.0,
    "fetch_fx_rates": 1.2,
    "aggregate_regions": 4.4,
    "build_report": 6.0,
    "publish": 2.5,
}


def twelve_running() -> Script:
    """The run of the first board mock-up, 72 seconds after its start."""
    script = (
        Script("5d2e81c4-0000", start=START)
        .begin(partition="2026-11-21", parent_run_id="b2e81f04-0000", isolated=True)
        .plan(**TWELVE)
        .add(ev.StepReused(START, "clean_customers"))
        .starts(0.0, "extract_orders")
        .starts(0.0, "extract_customers")
        .starts(0.0, "extract_products")
        .ends(0.9, "extract_products")
        .starts(0.9, "clean_products")
        .ends(1.4, "extract_customers")
        .ends(2.0, "clean_products")
        .notes(2.1, "extract_orders", {"rows": 48201})
        .ends(2.1, "extract_orders")
        .starts(2.1, "clean_orders")
        .ends(10.8, "clean_orders")
        .starts(30.8, "join_sales", pid=7001)
        .starts(38.2, "forecast", pid=7002)
        .starts(60.0, "fetch_fx_rates", pid=7003)
    )
    for at, number, size in ((60.0, 517, 18), (61.0, 518, 17), (61.5, 519, 18), (62.0, 520, 18)):
        script.says(at, "join_sales", f"chunk {number} done ({size} MB)")
    return (
        script.says(62.0, "forecast", "epoch 6/12 loss 0.201")
        .says(62.5, "forecast", "epoch 7/12 loss 0.184")
        .says(63.0, "fetch_fx_rates", "503 from rates.example, attempt 1", "warning")
        .says(69.0, "fetch_fx_rates", "503 from rates.example, attempt 2", "warning")
        .retries(69.0, "fetch_fx_rates", error("HTTPError", "503 Service Unavailable for a while"), 1, 6.0, 3)
        .progresses(70.0, "join_sales", 520, 1000, "chunks")
    )


def five_hundred() -> Script:
    """The run of the mock-up with five hundred ops, 4 minutes and 31 seconds after its start."""
    first = date(2026, 2, 10)
    days = [f"{first + timedelta(days=number):%Y_%m_%d}" for number in range(249)]
    script = Script("9d2a4e0c-0000", "reprocess_files").begin(slots=16, isolated=True)
    ops = (
        ev.PlannedOp("list_files", "list_files"),
        ev.PlannedOp("parse[?]", "parse", ("list_files",), True),
        ev.PlannedOp("upload[?]", "upload", ("parse[?]",), True),
        ev.PlannedOp("merge", "merge", ("upload[?]",)),
    )
    script.add(ev.PlanMade(START, ops)).starts(0.0, "list_files").ends(1.0, "list_files")
    for op in ("parse", "upload"):
        script.add(ev.StepsMapped(START + 1, f"{op}[?]", tuple(f"{op}[{day}]" for day in days)))
    bad, gone = ("2026_03_14", "2026_07_01"), "2026_02_11"
    slow, young = "2026_09_30", days[-15:]
    fine = [*[day for day in days[:-15] if day not in (*bad, slow, gone)][:147], gone]
    at = 1.0
    for number, day in enumerate(fine):
        script.starts(at, f"parse[{day}]").ends(at + 0.5, f"parse[{day}]")
        if number < 132:
            script.starts(at + 0.5, f"upload[{day}]").ends(at + 1.0, f"upload[{day}]")
        at += 1.0
    for day, took in zip(bad, (3.2, 2.9), strict=True):
        script.starts(at, f"parse[{day}]").fails(
            at + took, f"parse[{day}]", error("ValueError", "bad header"), attempt=3
        )
        script.not_run(at + took, f"upload[{day}]", f"parse[{day}]")
        at += 4.0
    script.starts(271 - 108.0, f"parse[{slow}]")
    for number, day in enumerate(young):
        script.starts(271 - (14.1 if not number else max(0.4, 12.0 - number)), f"parse[{day}]")
    script.says(269.0, f"parse[{slow}]", "reading page 412").says(269.5, f"parse[{young[0]}]", "reading page 33")
    script.starts(270.4, f"upload[{gone}]")
    script.retries(270.8, f"upload[{gone}]", error("ConnectionResetError", ""), 1, 4.0, 2)
    script.events = [*script.events[:5], *sorted(script.events[5:], key=lambda event: event.at)]
    return script


def many_files(copies: int = 249, slots: int = 16, until: int | None = None) -> Script:
    """A run of 2 * copies + 2 ops: listed, parsed, uploaded, merged; two fail, one is tried again."""
    script = Script("9d2a4e0c-0000", "reprocess_files").begin(slots=slots)
    ops = (
        ev.PlannedOp("list_files", "list_files"),
        ev.PlannedOp("parse[?]", "parse", ("list_files",), True),
        ev.PlannedOp("upload[?]", "upload", ("parse[?]",), True),
        ev.PlannedOp("merge", "merge", ("upload[?]",)),
    )
    script.add(ev.PlanMade(START, ops)).starts(0.0, "list_files").ends(1.0, "list_files")
    keys = [
        f"2026_{1 + n // 28 % 12:02d}_{1 + n % 28:02d}" + (f"_{n // 336}" if n >= 336 else "") for n in range(copies)
    ]
    script.add(ev.StepsMapped(START + 1, "parse[?]", tuple(f"parse[{key}]" for key in keys)))
    script.add(ev.StepsMapped(START + 1, "upload[?]", tuple(f"upload[{key}]" for key in keys)))
    bad = error("ValueError", "bad header")
    steps = [f"{op}[{key}]" for key in keys for op in ("parse", "upload")]
    open_steps: list[str] = []
    at = 1.0
    for number, step in enumerate(steps if until is None else steps[:until]):
        at += 0.11
        script.starts(at, step)
        open_steps.append(step)
        if len(open_steps) >= slots:
            ended = open_steps.pop(0)
            if number in (30, 60):
                script.fails(at, ended, bad, attempt=3)
            elif number == 90:
                script.retries(at, ended, error("ConnectionResetError", ""), 1, 60.0, 2)
            else:
                script.ends(at, ended)
    return script
