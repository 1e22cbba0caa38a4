"""How partitions are shown: calendars, grids, rows of cells, ops by keys; and many runs told as one."""

from __future__ import annotations

import io
from collections.abc import Callable, Sequence
from datetime import date, timedelta

import pytest

from dagjob import events as ev
from dagjob.display import plain
from dagjob.display.layout import Scene, Size, layout
from dagjob.display.live import LiveView
from dagjob.display.options import DisplayOptions, read_tail
from dagjob.display.overall import BackfillJson, OnePartition, PartitionRuns, beginning
from dagjob.display.partition_pictures import Pictured, picture
from dagjob.display.rows import row_width
from dagjob.display.style import Style
from dagjob.display.tails import Tails
from dagjob.display.words import width

STYLE = Style()


def days(first: str, many: int) -> tuple[str, ...]:
    return tuple(str(date.fromisoformat(first) + timedelta(days=n)) for n in range(many))


def stands(keys: Sequence[str], failed: Sequence[str] = (), missing: Sequence[str] = ()) -> dict[str, str]:
    return {key: "failed" if key in failed else "missing" if key in missing else "success" for key in keys}


def test_days_are_a_calendar_of_months() -> None:
    keys = days("2026-09-29", 35)
    shown = Pictured(
        "sales", "daily", keys, stands(keys, ["2026-10-09"], ["2026-10-31", "2026-11-01"]), usual=60.0, target="sales"
    )
    assert picture(shown, STYLE, 80) == [
        "sales, 35 daily keys      ✓ done 32   ✗ failed 1   · missing 2",
        "",
        "           1    5    10   15   20   25   30",
        "2026-09                                ✓✓",
        "2026-10    ✓✓✓✓✓✓✓✓✗✓✓✓✓✓✓✓✓✓✓✓✓✓✓✓✓✓✓✓✓✓·",
        "2026-11    ·✓",
        "",
        " dagjob backfill sales --missing --failed        3 runs, about 3m",
    ]


def test_hours_are_a_calendar_of_days_and_months_one_of_years() -> None:
    hours = ("2026-03-01-22:00", "2026-03-01-23:00", "2026-03-02-00:00")
    assert picture(Pictured("j", "hourly", hours, stands(hours)), STYLE, 80)[2:] == [
        "           0     6     12    18",
        "2026-03-01                       ✓✓",
        "2026-03-02 ✓",
    ]
    months = ("2025-11-01", "2025-12-01", "2026-01-01")
    assert picture(Pictured("j", "monthly", months, stands(months)), STYLE, 80)[2:] == [
        "           1  4  7  10",
        "2025                 ✓✓",
        "2026       ✓",
    ]


def test_an_hour_that_comes_twice_is_no_calendar() -> None:
    keys = ("2024-11-03-01:00", "2024-11-03-01:00-0500")
    assert picture(Pictured("j", "hourly", keys, stands(keys)), STYLE, 80)[2:] == [f" ✓ {key}" for key in keys]


def test_two_dimensions_are_a_grid_with_the_longer_one_down() -> None:
    pairs = {f"{region}|{day}": (region, day) for region in ("eu", "us") for day in ("01", "02", "03")}
    shown = Pictured("j", "multi", tuple(pairs), stands(tuple(pairs), ["us|02"]), dimensions=pairs)
    assert picture(shown, STYLE, 80)[2:6] == [
        "           eu  us",
        "01         ✓   ✓",
        "02         ✓   ✗",
        "03         ✓   ✓",
    ]


def test_many_keys_are_rows_of_cells_and_ops_a_matrix() -> None:
    keys = tuple(f"k{n:03}" for n in range(120))
    assert picture(Pictured("j", "static", keys, stands(keys)), STYLE, 80)[2:] == [
        f"k000       {'✓' * 50}",
        f"k050       {'✓' * 50}",
        f"k100       {'✓' * 20}",
    ]
    steps = {key: {"load": "success", "a_longer_name": "missing"} for key in keys}
    assert picture(Pictured("j", "static", keys, stands(keys), steps=steps), STYLE, 80)[2:] == [
        "                k056 to k119",
        f"load            {'✓' * 64}",
        f"a_longer_name   {'·' * 64}",
        "the last 64 of 120 keys; others with  --from KEY --to KEY",
    ]


@pytest.mark.parametrize("columns", [40, 80, 200])
@pytest.mark.parametrize("utf8", [True, False])
def test_no_picture_is_wider_than_the_screen(columns: int, utf8: bool) -> None:
    keys = tuple(f"customer-with-a-very-long-name-{n}" for n in range(90))
    pairs = {key: (key, key[-1]) for key in keys}
    steps = {key: {"an_op_with_a_name_that_is_long_indeed": "failed"} for key in keys}
    for shown in (
        Pictured("j", "static", keys, stands(keys)),
        Pictured("j", "multi", keys, stands(keys), dimensions=pairs),
        Pictured("j", "static", keys, stands(keys), steps=steps),
    ):
        for line in picture(shown, Style(utf8=utf8), columns):
            assert width(line) <= columns
            assert utf8 or line.isascii()


# -- many runs as one ----------------------------------------------------------------------------------------------


class Whole:
    """Hears of all partitions."""

    def __init__(self, hear: Callable[[ev.Event], None]) -> None:
        self._hear = hear

    def __call__(self, event: ev.Event) -> None:
        self._hear(event)

    def turn(self) -> float | None:
        return None

    def pause(self) -> None:
        return None

    def go_on(self) -> None:
        return None


def one_run(sink: OnePartition, run_id: str, at: float, error: ev.ErrorInfo | None = None) -> None:
    """A run of the ops a and b, the second of which may fail."""
    sink(ev.RunStarted(at, run_id, "daily", "jobs.py:daily", "multiprocess", 2, 1))
    sink(ev.PlanMade(at, (ev.PlannedOp("a", "a"), ev.PlannedOp("b", "b", ("a",)))))
    sink(ev.StepStarted(at, "a", 1, 2))
    sink(ev.StepSucceeded(at + 1, "a", 1, 1.0))
    sink(ev.StepStarted(at + 1, "b", 1, 3))
    sink(ev.LogWritten(at + 1, "b", 1, "warning", "look out"))
    sink(ev.StepSucceeded(at + 2, "b", 1, 1.0) if error is None else ev.StepFailed(at + 2, "b", 1, error, 1.0))
    sink(ev.RunEnded(at + 2, "success" if error is None else "failed", 2.0, {}))


def test_a_partition_is_a_line_as_an_op_of_a_run_is() -> None:
    said, runs, clock = io.StringIO(), PartitionRuns(), 100.0
    options = DisplayOptions(
        stderr=said,
        whole="backfill",
        unit="partition",
        logs_of=runs.logs_of,
        go_on="dagjob resume 0a1b2c3d",
        clock=lambda: clock,
    )
    display, answer = plain.make(options), io.StringIO()
    as_json = BackfillJson(DisplayOptions(stdout=answer), runs)

    def hear(event: ev.Event) -> None:
        display(event)
        as_json(event)

    whole = Whole(hear)
    for event in beginning(
        100.0, "0a1b2c3d-4e5f", "daily", "jobs.py:daily", ["k1", "k2", "k3", "k4", "k5"], 2, "2 workers", 1
    ):
        whole(event)
    bad2, bad3 = (ev.ErrorInfo("ValueError", "builtins", f"bad k{n}", code="DJ401") for n in (2, 3))
    one_run(OnePartition("k1", runs, whole), "11111111-1", 101.0)
    one_run(OnePartition("k2", runs, whole), "22222222-2", 103.0, bad2)
    one_run(OnePartition("k3", runs, whole), "33333333-3", 105.0, bad3)
    stopped = OnePartition("k4", runs, whole)
    stopped(ev.RunStarted(107.0, "44444444-4", "daily", "jobs.py:daily", "multiprocess", 2, 1))
    by = ev.ErrorInfo("DagjobExecutionInterruptedError", "dagjob.errors", "stopped with the run, by Ctrl-C (SIGINT)")
    stopped(ev.StepFailed(107.5, "a", 1, by, 0.5, "canceled"))
    stopped(ev.RunEnded(107.5, "canceled", 0.5, {}))
    whole(ev.RunEnded(108.0, "failed", 8.0, {}))
    as_json.close()
    assert said.getvalue().splitlines() == [
        "dagjob  daily  backfill 0a1b2c3d  5 partitions, 2 at a time, 2 workers",
        "    2.0s  log     k1                          WARNING b: look out",
        "    3.0s  ok      k1                   2.0s",
        "    4.0s  log     k2                          WARNING b: look out",
        "    5.0s  FAILED  k2                   2.0s   ValueError: bad k2 (DJ401)",
        "  |   in the op b",
        "    6.0s  log     k3                          WARNING b: look out",
        "    7.0s  FAILED  k3                   2.0s   same error as k2 (DJ401)",
        "    7.5s  stopped k4                   0.5s   stopped with the backfill",
        "FAILED in 8.0s: 1 done, 2 failed, 1 canceled, 1 not begun",
        "  failed  k2                 ValueError: bad k2  (and in 1 more: k3)",
        "logs with: dagjob runs logs 22222222 b",
        "go on with: dagjob resume 0a1b2c3d",
    ]
    assert '"key":"k2","status":"failed","run":"22222222-2"' in answer.getvalue().replace(", ", ",").replace(": ", ":")


@pytest.mark.parametrize("size", [Size(80, 24), Size(200, 50), Size(59, 10)])
def test_more_partitions_than_rows_are_folded(size: Size) -> None:
    view, runs = LiveView(), PartitionRuns()
    whole = Whole(view)
    keys = days("2026-01-01", 365)
    for event in beginning(0.0, "0a1b2c3d", "daily", "jobs.py:daily", keys, 2, "2 workers", 1):
        whole(event)
    for key in keys[:200]:
        one_run(OnePartition(key, runs, whole), "11111111", 1.0)
    begun = OnePartition(keys[200], runs, whole)
    begun(ev.RunStarted(3.0, "22222222", "daily", "jobs.py:daily", "multiprocess", 2, 1))
    rows = layout(Scene(view, Tails(read_tail), STYLE, 5.0, "", "backfill", "partition"), size)
    text = "\n".join("".join(span for span, _ in row) for row in rows)
    assert len(rows) < size.lines
    assert all(row_width(row) < size.columns for row in rows)
    assert "200/365" in text or "200 of 365" in text
    assert keys[200] in text
    if size.lines > 20:
        assert "more waiting" in text
        assert "more done" in text
