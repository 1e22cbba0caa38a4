from __future__ import annotations

import io
import os
import re

import pytest
from scripted_runs import (
    START,
    TWELVE,
    TWELVE_USUAL,
    Clock,
    Script,
    daily_sales,
    error,
    five_hundred,
    known,
    many_files,
    options,
    play,
    twelve_running,
    until,
)
from terminal import Terminal

from dagjob.display import board
from dagjob.display.console import Console
from dagjob.display.failure import failure_block
from dagjob.display.layout import Scene, Size, layout
from dagjob.display.live import LiveView
from dagjob.display.options import reflows
from dagjob.display.rows import row_width
from dagjob.display.screen import Screen
from dagjob.display.style import Style
from dagjob.display.tails import Tails
from dagjob.events import EngineNoted, Frame, StepReused

SIZES = [(80, 24), (200, 50), (40, 10), (60, 8), (100, 30), (61, 9), (20, 3), (300, 100)]


class Keys(Console):
    """A terminal whose keys a test types."""

    def __init__(self) -> None:
        super().__init__(io.StringIO(), reads_keys=False)
        self.typed = ""

    has_keys = True  # type: ignore[assignment]

    @property
    def has_news(self) -> bool:
        return bool(self.typed)

    def keys(self) -> str:
        typed, self.typed = self.typed, ""
        return typed


class Shown:
    """A board on a terminal, and the clock that drives it."""

    def __init__(self, columns: int, lines: int, root="/project", *, keys: bool = False, **more) -> None:
        self.terminal = Terminal(columns, lines)
        self.clock = Clock()
        self.keys = Keys() if keys else None
        self.board = board.Board(
            options(
                root,
                self.clock,
                stderr=self.terminal,
                width=lambda: self.terminal.columns,
                height=lambda: self.terminal.lines,
                **{"proc": "/nowhere", **more},
            ),
            self.keys,
        )

    def type(self, keys: str) -> Shown:
        self.keys.typed += keys
        self.board.tick(self.clock.now)
        return self.wait(self.clock.now - START + 0.3)

    @property
    def drawn(self) -> str:
        """The board alone, without what was printed above it."""
        shown = self.terminal.shown
        return "\n".join(shown[next(n for n, line in enumerate(shown) if re.match(" [a-z_]+  ", line)) :]) + "\n"

    def play(self, script: Script, at: float | None = None) -> Shown:
        play(self.board, script.events, self.clock)
        if at is not None:
            self.wait(at)
        return self

    def wait(self, at: float) -> Shown:
        until(self.board, START + at, self.clock)
        return self

    @property
    def text(self) -> str:
        return "\n".join(self.terminal.shown)


# -- pictures ------------------------------------------------------------------------------------------------------


@pytest.fixture
def proc(tmp_path):
    """What Linux tells of memory, as in the mock-up."""
    page = os.sysconf("SC_PAGE_SIZE")
    for pid, mib in ((7001, 1.9 * 1024), (7002, 640), (7003, 20)):
        (tmp_path / str(pid)).mkdir()
        (tmp_path / str(pid) / "statm").write_text(f"999999 {int(mib * 2**20 / page)} 3 1 0 4 0\n")
    total, used = 24 * 2**20, int(3.1 * 2**20)
    (tmp_path / "meminfo").write_text(f"MemTotal: {total} kB\nMemFree: 1 kB\nMemAvailable: {total - used} kB\n")
    return str(tmp_path)


@pytest.mark.parametrize(("columns", "lines"), [(80, 24), (200, 50)])
def test_twelve_ops_look_like_the_mock_up(columns, lines, proc, same_as_golden):
    shown = Shown(columns, lines, keys=True, proc=proc, usual=known(TWELVE_USUAL)).play(twelve_running(), 72)
    same_as_golden(f"board_twelve_{columns}x{lines}", shown.drawn)


def test_five_hundred_ops_look_like_the_mock_up(same_as_golden):
    usual = known({"list_files": 1.0, "parse[?]": 12.0, "upload[?]": 20.0, "merge": 9.0})
    shown = Shown(80, 24, keys=True, usual=usual).play(five_hundred(), 271)
    same_as_golden("board_five_hundred_80x24", shown.drawn)


def test_many_ops_are_folded(same_as_golden):
    shown = Shown(80, 24).play(many_files(until=300), 36)
    same_as_golden("board_many_80x24", shown.drawn)


def test_without_unicode_it_is_ascii(same_as_golden):
    shown = Shown(80, 24, utf8=False).play(twelve_running(), 72)
    same_as_golden("board_ascii_80x24", shown.drawn)
    assert shown.text.isascii()


def test_on_a_narrow_screen_it_is_one_line():
    shown = Shown(40, 10).play(twelve_running(), 72)
    assert shown.terminal.shown[-1].startswith("daily_…es 6/12 1m12s  2 running")


def ended(script: Script, columns: int = 80, lines: int = 24, **more) -> str:
    """What the board leaves on the screen at the end, from its summary on."""
    run_id = script.events[0].run_id[:8]
    shown = Shown(columns, lines, go_on=f"dagjob resume {run_id}", **more).play(script)
    shown.board.close()
    everything = shown.terminal.everything
    return "\n".join(everything[next(n for n, line in enumerate(everything) if f" {run_id}  " in line) :]) + "\n"


def test_the_summary_of_a_failed_run_looks_like_the_mock_up(tmp_path, same_as_golden):
    (tmp_path / "sales").mkdir()
    (tmp_path / "sales" / "ops.py").write_text("\n" * 40 + "total += parse_qty(qty)\n")
    frame = Frame(str(tmp_path / "sales" / "ops.py"), 41, "clean_orders", "total += parse_qty(qty)", 0, 23, 41)
    invalid = error("ValueError", "invalid literal for int() with base 10: 'n/a'", frame)
    busy = error("HTTPError", "503")
    script = Script("7c3f9a2d-0000").begin(partition="2026-11-21", parent_run_id="b2e81f04-0000").plan(**TWELVE)
    script.add(StepReused(START, "clean_customers"))
    for name in ("extract_orders", "extract_customers", "extract_products"):
        script.starts(0, name).ends(2, name)
    script.starts(2, "clean_products").ends(3.1, "clean_products")
    script.starts(3, "fetch_fx_rates").retries(7, "fetch_fx_rates", busy, 1, 1.0, 3)
    script.starts(8, "fetch_fx_rates", 2).retries(12, "fetch_fx_rates", busy, 2, 1.0, 3)
    script.starts(13, "fetch_fx_rates", 3).ends(17.9, "fetch_fx_rates", 3)
    script.starts(20, "clean_orders").fails(28.7, "clean_orders", invalid).starts(30, "forecast").ends(81, "forecast")
    for name, above in (
        ("join_sales", "clean_orders"),
        ("aggregate_regions", "join_sales"),
        ("build_report", "aggregate_regions"),
        ("publish", "build_report"),
    ):
        script.not_run(28.7, name, above)
    usual = known({"clean_orders": 8.0}, 8, flaky={"fetch_fx_rates": 3})
    text = ended(script.finish(118, "failed"), root=tmp_path, usual=usual)
    same_as_golden("summary_mock_up_failed", text)


def test_the_summary_of_a_success_looks_like_the_mock_up(same_as_golden):
    script = Script("5d2e81c4-0000").begin().plan(**TWELVE).add(StepReused(START, "clean_customers"))
    for name in TWELVE:
        if name != "clean_customers":
            script.starts(2, name).ends(2 + (8.7 if name == "clean_orders" else 1), name)
    usual = known({"clean_orders": 3.1}, 9, seconds=95.0)
    same_as_golden("summary_mock_up_success", ended(script.finish(101), usual=usual))


def test_the_summary_after_ctrl_c_looks_like_the_mock_up(same_as_golden):
    script = Script("a5c3d8e1-0000").begin().plan(**TWELVE)
    for number, name in enumerate(TWELVE):
        script.starts(2, name)
        if number < 6:
            script.ends(8, name)
        elif number >= 8:
            script.events.pop()
    text = "stopping: 2 ops were told to end, waiting up to 5s (ctrl-c again kills)"
    script.add(EngineNoted(START + 40, text, level="warning", stopping=True))
    for number, name in enumerate(TWELVE):
        if number in (6, 7):
            script.fails(44, name, error("Interrupted", "stopped"), status="canceled")
        elif number > 7:
            script.not_run(40, name)
    shown = Shown(80, 24, go_on="dagjob resume a5c3d8e1").play(script.finish(44, "canceled"))
    shown.board.close()
    same_as_golden("summary_mock_up_canceled", "\n".join(shown.terminal.everything) + "\n")


def test_a_failure_stands_above_the_board_as_it_is_told_everywhere(tmp_path):
    script = _until(daily_sales(tmp_path), 53.1)
    shown = Shown(80, 40, tmp_path).play(script)
    state = LiveView()
    for event in script.events:
        state(event)
    block = failure_block(state.op("forecast"), "f6d1c9ab", options(tmp_path), Style(), ())
    everything = [line.rstrip() for line in shown.terminal.everything]
    first = everything.index(block[0].rstrip())
    assert everything[first : first + len(block)] == [line.rstrip() for line in block]
    assert everything[first + len(block)].startswith(" daily_sales  f6d1c9ab")


# -- keys ----------------------------------------------------------------------------------------------------------


@pytest.fixture
def steered():
    """The twelve ops, one of which has failed, on a board with keys."""
    script = twelve_running()
    script.fails(71.0, "forecast", error("ValueError", "bad season"))
    return Shown(160, 40, keys=True, stack_of=lambda pid: f"asked {pid}").play(script, 72)


def test_t_and_enter_print_how_the_run_stands(steered):
    steered.type("t").type("\r")
    assert (
        sum("6/12 done, 1 running, 1 to retry, 1 failed, 3 waiting" in line for line in steered.terminal.everything)
        == 2
    )
    assert steered.text.count("ctrl-c stop") == 1


def test_l_takes_the_log_tail_away_and_brings_it_back(steered):
    assert "log tail (l hides)" in steered.text
    assert "log tail (l hides)" not in steered.type("l").text
    assert "log tail (l hides)" in steered.type("l").text


def test_f_leaves_only_what_failed_or_waits_for_another_attempt(steered):
    rows = [line.split()[1] for line in steered.type("f").drawn.splitlines() if re.match(" [^ t] [a-z]", line)]
    assert rows == ["forecast", "fetch_fx_rates"]
    assert "join_sales" in steered.type("f").drawn


def test_s_prints_where_the_ops_are(steered):
    assert any("join_sales  41.0s  no stack: asked 7001" in line for line in steered.type("s").terminal.everything)


def test_a_question_mark_shows_what_the_keys_do_and_others_do_nothing(steered):
    before = steered.drawn
    assert "ctrl-z" in steered.type("?").text
    assert "ctrl-z" not in steered.type("?xyz ").text
    assert len(steered.drawn.splitlines()) == len(before.splitlines())


def test_with_keys_and_all_that_they_show_no_frame_is_too_large():
    for columns, lines in SIZES:
        shown = Shown(columns, lines, keys=True, usual=known(TWELVE_USUAL)).play(twelve_running(), 72)
        for key in "l?f\rlf":
            shown.type(key)
            assert sum("daily_" in line and "5d2e81c4  running" not in line for line in shown.terminal.shown) <= 1


# -- bounds --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("columns", "lines"), SIZES)
@pytest.mark.parametrize("script", [twelve_running(), many_files(until=200), many_files(copies=2000, until=300)])
def test_no_frame_is_wider_or_taller_than_the_screen(columns, lines, script):
    state, tails = LiveView(known(TWELVE_USUAL)), Tails(lambda path, most: (0, b""))
    for number, event in enumerate(script.events):
        state(event)
        tails(event)
        if number % 50 == 0 or number == len(script.events) - 1:
            rows = layout(Scene(state, tails, Style(), event.at, "about 5m left"), Size(columns, lines))
            assert len(rows) <= min(lines - 1, 60)
            assert all(row_width(row) < columns for row in rows)


def test_the_ops_that_are_not_shown_are_counted():
    state = LiveView()
    names = [f"op{chr(97 + n % 26)}{n}" for n in range(100)]
    script = Script().begin().plan(**dict.fromkeys(names, ""))
    for name in names[:40]:
        script.starts(1, name).ends(2, name)
    for name in names[40:44]:
        script.starts(2, name)
    for event in script.events:
        state(event)
    rows = layout(Scene(state, Tails(lambda p, m: (0, b"")), Style(), START + 3, ""), Size(80, 24))
    text = ["".join(span for span, _ in row) for row in rows]
    shown_waiting = sum(" ○ " in line for line in text)
    shown_done = sum(" ✓ " in line for line in text)
    assert shown_done == 3  # They have ended just now.
    assert f"   … and {56 - shown_waiting} more waiting, {40 - shown_done} more done" in text


def test_failed_and_retrying_ops_have_rows_of_their_own_in_at_most_half_of_the_height():
    shown = Shown(80, 24).play(many_files(until=300), 36)
    single = [line for line in shown.terminal.shown if re.match(" [✗↻⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏] ", line)]
    assert sum("✗" in line for line in single) == 2
    assert sum("↻" in line for line in single) == 1
    assert 4 <= len(single) <= 9


def test_wide_characters_and_escapes_of_ops_do_not_break_the_rows():
    script = Script().begin().plan(a="", b="").starts(0, "a").starts(0, "b")
    script.progresses(1, "a", 1, 2, "", "\x1b[2J売上売上売上" * 30).says(1, "b", "\x1b[10A\r\rgone\x07" + "x" * 500)
    shown = Shown(80, 24).play(script, 3)
    assert shown.text.count("daily_sales") == 1
    assert "売上売上" in shown.text.replace(" ", "")
    assert "\x1b[2J" not in shown.terminal.written


# -- what stays ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("columns", "lines"), [(80, 24), (200, 50), (40, 10)])
def test_a_failure_is_told_once_when_it_happens_and_stays(tmp_path, columns, lines):
    shown = Shown(columns, lines, tmp_path)
    script = daily_sales(tmp_path)
    shown.play(Script()).play(_until(script, 53.1))
    assert sum("forecast failed" in line for line in shown.terminal.everything) == 1
    shown.play(_after(script, 53.1))
    shown.board.close()
    everything = shown.terminal.everything
    assert sum("forecast failed" in line for line in everything) == 1
    assert sum("FAILED" in line for line in everything) == 1
    assert not any("ctrl-c" in line for line in everything)
    assert shown.terminal.cursor_is_visible


def test_many_failures_scroll_up_and_each_is_there_once():
    script = Script().begin().plan(**{f"op{n}": "" for n in range(30)})
    for n in range(30):
        script.starts(n, f"op{n}").fails(n + 0.5, f"op{n}", error("ValueError", f"number {n}"))
    shown = Shown(80, 24).play(script.finish(31, "failed"))
    shown.board.close()
    everything = shown.terminal.everything
    titles = [line for line in everything if re.search(r"op\d+ failed", line)]
    assert [title.split()[1] for title in titles] == [f"op{n}" for n in range(30)]
    assert not any("ctrl-c stop" in line for line in everything)


def test_the_same_failure_of_copies_is_told_once_and_counted_at_the_end():
    shown = Shown(80, 24).play(many_files(until=300).finish(40, "failed"))
    shown.board.close()
    everything = shown.terminal.everything
    assert sum("failed after 3 attempts" in line for line in everything) == 1
    assert any("and in 1 more: upload[2026_01_23]" in line for line in everything)


def test_warnings_are_printed_above_and_other_log_lines_only_with_v():
    script = Script().begin().plan(a="").starts(0, "a").says(1, "a", "quiet").says(2, "a", "loud", "warning")
    script.add(EngineNoted(START + 3, "stopping: 1 op was told to end", level="warning")).ends(4, "a").finish(4)
    for verbosity, given, above in ((0, False, 0), (1, False, 1), (0, True, 1)):
        shown = Shown(80, 24, verbosity=verbosity, log_level_given=given).play(script)
        assert sum("INFO quiet" in line for line in shown.terminal.everything) == above
        shown.board.close()
        # What no frame need have shown is told at the end, and nothing twice.
        assert sum("quiet" in line for line in shown.terminal.everything) == 1
        assert sum("loud" in line for line in shown.terminal.everything) == 1
        assert sum("stopping: 1 op" in line for line in shown.terminal.everything) == 1


def test_after_a_success_only_the_summary_is_left():
    script = Script().begin().plan(a="").starts(0, "a").ends(4, "a").finish(4)
    shown = Shown(80, 24).play(script)
    shown.board.close()
    shown.board.close()
    assert shown.terminal.everything == ["", " daily_sales  f6d1c9ab  SUCCESS  in 4.0s  1 op"]
    assert shown.terminal.cursor_is_visible


def test_the_output_of_running_ops_is_seen_while_they_run(tmp_path):
    log = tmp_path / "a.out"
    script = Script().begin().plan(a="").starts(0, "a", log=str(log))
    shown = Shown(80, 24).play(script, 1)
    log.write_bytes(b"first\nsecond\r50%\r100%\nhalf")
    shown.wait(2)
    assert " a  half" in shown.text
    with log.open("ab") as file:
        file.write(b" a line\nthird\n")
    assert " a  third" in shown.wait(3).text


# -- drawing -------------------------------------------------------------------------------------------------------


def test_a_resize_in_the_middle_leaves_one_board():
    shown = Shown(100, 30).play(twelve_running(), 72)
    for columns, lines in ((120, 40), (80, 24), (200, 50)):
        shown.terminal.resize(columns, lines)
        shown.wait(shown.clock.now - START + 1)
        assert sum("daily_sales" in line for line in shown.terminal.shown) == 1
        assert sum("ctrl-c stop" in line for line in shown.terminal.shown) == 1


def test_a_run_that_ends_as_it_goes_on_after_a_stop_gives_the_cursor_back(steered):
    steered.keys.returned = True  # It did not stop by itself: somebody has sent SIGSTOP and SIGCONT.
    steered.keys.typed = "x"
    steered.board.tick(steered.clock.now)
    steered.board.close()
    assert steered.terminal.cursor_is_visible


def test_a_row_drawn_before_the_terminal_says_that_it_got_narrower_moves_no_other():
    terminal = Terminal(100, 30)
    screen = Screen(terminal, color=False)
    screen.draw([[("x" * 99, "")], [("second", "")]], 100, 30)
    terminal.resize(70, 30)
    screen.draw([[("y" * 99, "")], [("second", "")]], 100, 30)
    assert [line[:6] for line in terminal.shown] == ["y" * 6, "second"]
    screen.leave(70, 30)
    assert terminal.shown == [""]


def test_what_is_typed_into_the_terminal_does_not_stay():
    shown = Shown(80, 24).play(twelve_running(), 72)
    before = shown.terminal.shown[:1]
    shown.terminal.write("^C")
    shown.wait(73)
    assert "^C" not in shown.text
    assert shown.terminal.shown[:1] == before
    assert sum(re.match(" [⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏] join_sales  ", line) is not None for line in shown.terminal.shown) == 1


def test_only_lines_that_changed_are_written():
    shown = Shown(80, 24).play(twelve_running(), 72)
    before = len(shown.terminal.written)
    shown.wait(73)
    frames = shown.terminal.written[before:]
    assert "extract_orders" not in frames
    assert "join_sales" in frames


def test_it_draws_at_most_as_often_as_it_may():
    for fps, most in ((10, 52), (2, 12)):
        script = Script().begin().plan(a="").starts(0, "a")
        for n in range(100, 2000):
            script.progresses(n / 400, "a", n, 2000)
        shown = Shown(80, 24, fps=fps).play(script, 5)
        assert shown.terminal.writes <= most


def test_it_rests_when_nothing_happens():
    shown = Shown(80, 24)
    assert shown.board.next_refresh() is None
    shown.play(Script().begin().plan(a="").starts(0, "a"), 1)
    assert 0.2 < shown.board.next_refresh() <= 0.25
    shown.wait(70)
    assert 0.5 < shown.board.next_refresh() <= 1.0
    shown.board.close()
    assert shown.board.next_refresh() is None


def test_every_frame_is_between_the_marks_of_a_synchronized_update():
    shown = Shown(80, 24).play(twelve_running(), 72)
    assert shown.terminal.written.count("\x1b[?2026h") == shown.terminal.writes
    assert shown.terminal.written.count("\x1b[?2026l") == shown.terminal.writes


def test_it_can_be_taken_down_and_put_up_again():
    shown = Shown(80, 24).play(twelve_running(), 72)
    shown.board.pause()
    assert "daily_sales" not in shown.text
    assert shown.terminal.cursor_is_visible
    assert shown.board.next_refresh() is None
    shown.board.go_on()
    shown.wait(73)
    assert "daily_sales" in shown.text


def test_without_colour_there_is_none_and_with_it_the_picture_is_the_same():
    plain = Shown(80, 24).play(twelve_running(), 72)
    colored = Shown(80, 24, color=True).play(twelve_running(), 72)
    assert not re.search("\x1b\\[[0-9;]*m", plain.terminal.written)
    assert re.search("\x1b\\[32m ✓", colored.terminal.written)
    assert colored.text == plain.text


def test_nothing_of_rich_but_its_table_of_widths_is_loaded():
    import subprocess
    import sys

    code = (
        "import io, sys\nfrom dagjob.display import board\nfrom dagjob.display.options import DisplayOptions\n"
        "from dagjob import events as ev\n"
        "d = board.make(DisplayOptions(stderr=io.StringIO(), color=True, clock=lambda: 1.0))\n"
        "d(ev.RunStarted(0.0, 'x', 'j', 'm:j', 'multiprocess', 2, 1))\n"
        "d(ev.PlanMade(0.0, (ev.PlannedOp('売上', '売上'),)))\nd.tick(1.0)\n"
        "d(ev.RunEnded(1.0, 'success', 1.0, {}))\nd.close()\n"
        "heavy = ('rich', 'dataclasses', 'inspect', 'logging', 'enum')\n"
        "print(sorted(m for m in sys.modules if m.split('.')[0] in heavy))"
    )
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    names = {name for name in re.findall(r"'([^']+)'", loaded) if not name.startswith("rich._")}
    assert "rich.cells" in names
    assert names <= {"rich", "rich.cells", "enum"}


def test_a_run_that_is_over_at_once_shows_only_its_summary():
    script = Script().begin().plan(a="").starts(0, "a").ends(0.05, "a").finish(0.06)
    shown = Shown(80, 24).play(script)
    assert shown.terminal.written == ""
    shown.board.close()
    assert shown.terminal.everything == ["", " daily_sales  f6d1c9ab  SUCCESS  in 0.1s  1 op"]


def _until(script: Script, at: float) -> Script:
    part = Script()
    part.events = [event for event in script.events if event.at <= START + at]
    return part


def _after(script: Script, at: float) -> Script:
    part = Script()
    part.events = [event for event in script.events if event.at > START + at]
    return part


def test_a_board_that_is_stopping_says_what_ctrl_c_does_then():
    script = Script().begin().plan(a="").starts(0, "a")
    assert any("ctrl-c stop" in line for line in Shown(80, 24).play(script, at=0.9).terminal.shown)
    script.add(EngineNoted(START + 1, "stopping: 1 op was told to end", level="warning", stopping=True))
    shown = Shown(80, 24).play(script, at=1.9).terminal.shown
    assert any(line.strip() == "stopping, ctrl-c again: kill" for line in shown)
    assert not any("ctrl-c stop" in line for line in shown)


@pytest.mark.parametrize(
    ("env", "known"),
    [
        ({"TMUX": "x"}, True),
        ({"TERM_PROGRAM": "vscode"}, True),
        ({"TERM_PROGRAM": "Apple_Terminal"}, True),
        ({"TERM": "foot-extra"}, True),
        ({"TERMINAL_EMULATOR": "JetBrains-JediTerm"}, True),
        ({"TERM": "xterm"}, False),
    ],
)
def test_terminals_that_wrap_old_lines_anew_are_known(env, known):
    assert reflows(env) is known
