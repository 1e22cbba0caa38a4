from __future__ import annotations

import sys
from pathlib import Path

import pytest
from scripted_runs import START, Script, daily_sales, error, known, many_files, options

from dagjob.display.failure import Told, error_lines, failure_block
from dagjob.display.live import LiveView
from dagjob.display.style import Style
from dagjob.display.summary import summary
from dagjob.display.tails import Said
from dagjob.display.traceback import caret_line, is_users
from dagjob.engine.describe import HOUSE, STANDARD_LIBRARY, describe
from dagjob.engine.given import given_inputs
from dagjob.event_json import error_from_json, error_json
from dagjob.events import FailureData, Frame, GivenInput
from dagjob.executors import deaths
from dagjob.plan.steps import Port, Step, Wire
from dagjob.record import replace

PLAIN = Style()

OPS = (
    '''"""Ops."""
from sales.parse import parse_qty
'''
    + "\n" * 32
    + """

def clean_orders(orders):
    total = 0
    for row in orders:
        qty = row["qty"]
        total += parse_qty(qty)
    return total
"""
)
PARSE = (
    "\n" * 10
    + """def parse_qty(text):
    return int(text)


def parse_json(text):
    import json

    return json.loads(text)


def convert(text):
    try:
        return parse_qty(text)
    except ValueError as error:
        raise RuntimeError("cannot convert\\nsecond line") from error


def both(text):
    raise ExceptionGroup("two of them", [ValueError("a"), ValueError("a"), KeyError("b")])
"""
)


@pytest.fixture
def sales(tmp_path, monkeypatch):
    """A package of the user; `sales("parse", "parse_qty", "n/a")` calls into it and describes what it raised."""
    (tmp_path / "sales").mkdir()
    (tmp_path / "sales" / "__init__.py").touch()
    (tmp_path / "sales" / "ops.py").write_text(OPS)
    (tmp_path / "sales" / "parse.py").write_text(PARSE)
    monkeypatch.syspath_prepend(tmp_path)

    def call(module: str, function: str, argument: object):
        found = __import__(f"sales.{module}", fromlist=[function])
        try:
            getattr(found, function)(argument)
        except Exception as raised:
            raised.__traceback__ = raised.__traceback__.tb_next
            return describe(raised)
        raise AssertionError("nothing was raised")

    yield call
    for name in [name for name in sys.modules if name.partition(".")[0] == "sales"]:
        del sys.modules[name]


def state_of(script: Script) -> LiveView:
    state = LiveView()
    for event in script.events:
        state(event)
    return state


def failed(info, tmp_path, attempts: int = 1, **more) -> tuple[LiveView, object]:
    script = Script("7c3f9a2d-0000").begin().plan(clean_orders="")
    for attempt in range(1, attempts):
        script.starts(0, "clean_orders", attempt).retries(1, "clean_orders", info, attempt, 0, attempts)
    script.starts(8, "clean_orders", attempts).fails(16.7, "clean_orders", info, attempts, **more)
    state = state_of(script)
    return state, state.op("clean_orders")


HIDDEN = [
    *[Frame(f"{HOUSE}engine/step.py", 210 + n, "_do") for n in range(7)],
    *[Frame("/venv/lib/python3.12/site-packages/pandas/core/frame.py", 400 + n, "apply") for n in range(6)],
    *[Frame(f"{STANDARD_LIBRARY}functools.py", 90 + n, "wrapper") for n in range(3)],
]
"""What calls the user's code and is not theirs: 16 frames of dagjob, pandas and the standard library."""


def test_a_failure_looks_like_the_mock_up(sales, tmp_path, same_as_golden):
    info = sales("ops", "clean_orders", [{"qty": "n/a"}])
    given = (GivenInput("orders", "DataFrame 48,201 x 9", "extract_orders"),)
    info = replace(info, frames=(*HIDDEN[:7], info.frames[0], *HIDDEN[7:], *info.frames[1:]), inputs=given)
    _, op = failed(info, tmp_path, attempts=3)
    said = [Said(START + 53, "row 48,113: unexpected quantity 'n/a'", "warning")]
    block = failure_block(op, "7c3f9a2d", options(tmp_path), PLAIN, said)
    assert max(map(len, block)) <= 80
    same_as_golden("failure", "\n".join(block) + "\n")


def test_an_error_from_deep_in_a_library_names_the_library(sales, tmp_path):
    lines = error_lines(sales("parse", "parse_json", "{"), options(tmp_path), PLAIN)
    assert "sales/parse.py:18 in parse_json" in lines
    assert " " * 12 + "^" * 16 in [line.partition("│")[2] for line in lines if "│" in line]
    assert any(line.startswith("raised in json/decoder.py:") for line in lines)
    assert any(line.endswith("frames of the standard library hidden (--tb full)") for line in lines)


def test_causes_come_first_one_line_each(sales, tmp_path):
    lines = error_lines(sales("parse", "convert", "n/a"), options(tmp_path), PLAIN)
    assert lines[0] == "first ValueError: invalid literal for int() with base 10: 'n/a'  (sales/parse.py:12)"
    assert lines[1:3] == ["then  RuntimeError: cannot convert", "  second line"]
    assert sum("sales/parse.py:12 " in line for line in lines) == 0


def test_each_member_of_a_group_is_told_once(sales, tmp_path):
    lines = error_lines(sales("parse", "both", ""), options(tmp_path), PLAIN)
    assert [line for line in lines if line.startswith("·")] == ["· ValueError: a", "· KeyError: 'b'"]


def test_of_a_group_no_error_is_hidden_by_many_that_are_alike():
    group = ExceptionGroup("several", [*(ValueError("a") for _ in range(20)), KeyError("b")])
    assert [member.type for member in describe(group).members] == ["ValueError", "KeyError"]


def test_a_recursion_shows_its_ends(tmp_path):
    frames = [Frame(f"{tmp_path}/a.py", 3, "again", "again()") for _ in range(60)]
    lines = error_lines(error("RecursionError", "too deep", *frames), options(tmp_path), PLAIN)
    assert len(lines) < 25 and "… and more of your frames" in lines
    lines = error_lines(error("E", "deep", *frames[:12]), options(tmp_path), PLAIN)
    assert "… and 2 more of your frames" in lines


def test_an_error_of_ours_is_a_sentence_and_tells_its_cause_once(tmp_path):
    cause = error("AttributeError", "cannot pickle f")
    ours = replace(
        error("DagjobInvariantViolationError", "no pickle: cannot pickle f"), module="dagjob.errors", cause=cause
    )
    assert error_lines(ours, options(tmp_path), PLAIN) == ["no pickle: cannot pickle f"]
    place = Frame(f"{tmp_path}/db.py", 3, "connect", "    connect()", 4, 13, 3)
    framed = replace(ours, cause=replace(cause, frames=(place,), cause=error("OSError", "refused")))
    assert error_lines(framed, options(tmp_path), PLAIN) == [
        "first OSError: refused",
        "then  no pickle: cannot pickle f",
        "",
        "db.py:3 in connect",
        "  ❱ 3 │     connect()",
    ]
    theirs = replace(ours, module="sales.errors")
    assert error_lines(theirs, options(tmp_path), PLAIN)[0] == "first AttributeError: cannot pickle f"


def test_what_was_given_is_told_by_type_and_size_and_never_by_value():
    numpy = pytest.importorskip("numpy")
    values = {
        "rows": [1, 2],
        "table": numpy.zeros((3, 4)),
        "key": "secret",
        "n": 5,
        "none": None,
        "many": {n: n for n in range(1000)},
    }
    wires = [Wire(name, (Port("load", "result", None),)) for name in values]
    wires[3], wires[5] = Wire("n"), Wire("many", (Port("a", "result", None), Port("b", "result", None)))
    told = given_inputs(Step("s", ("s",), wires=tuple(wires)), values)
    assert [(one.name, one.kind, one.source) for one in told] == [
        ("rows", "list of 2", "load"),
        ("table", "ndarray 3 x 4", "load"),
        ("key", "str of 6 characters", "load"),
        ("n", "int", ""),
        ("none", "None", "load"),
        ("many", "dict of 1,000", "2 ops"),
    ]
    info = replace(error("E", "no"), inputs=told)
    assert error_from_json(error_json(info)) == info and "inputs" not in str(error_json(error("E", "no")))
    _, op = failed(info, "/")
    assert [line for line in failure_block(op, "x", options(), PLAIN, []) if "input n " in line or "more" in line] == [
        "  input n        int",
        "                 … and 1 more",
    ]


@pytest.mark.parametrize(
    ("status", "peak", "told"),
    [
        (
            9,
            7_900_000_000,
            "was killed by SIGKILL (signal 9); peak memory 7.36 GiB of 7.45 GiB: probably out of memory",
        ),
        (9, 10_000_000, "of 7.45 GiB. If nobody killed it, memory ran out: run fewer ops at a time (-j)"),
        (11, 10_000_000, "was killed by SIGSEGV (signal 11); peak memory 9.54 MiB"),
    ],
)
def test_a_process_that_died_is_explained(status, peak, told, tmp_path):
    _, op = failed(deaths.crashed("clean_orders", status, 8.7, peak, limit=8_000_000_000).error, tmp_path)
    block = failure_block(op, "7c3f9a2d", options(tmp_path), PLAIN, [])
    assert block[0].endswith("DJ402") and block[2].startswith("  clean_orders was killed") and told in block[2]


def test_the_style_of_traceback_can_be_chosen(sales, tmp_path):
    info = sales("parse", "parse_qty", "n/a")
    full = error_lines(info, options(tmp_path, tb="full"), PLAIN)
    assert full[0] == "Traceback (most recent call last):"
    short = error_lines(info, options(tmp_path, tb="short"), PLAIN)
    assert short == ["ValueError: invalid literal for int() with base 10: 'n/a'", "sales/parse.py:12"]
    assert error_lines(info, options(tmp_path, tb="none"), PLAIN) == short[:1]


def test_without_a_frame_of_the_user_the_last_three_are_shown(tmp_path):
    frames = [Frame(f"/usr/lib/site-packages/lib/m{n}.py", n, f"f{n}") for n in range(1, 6)]
    lines = error_lines(error("E", "no", *frames), options(tmp_path), PLAIN)
    assert lines[2:] == [
        "lib/m3.py:3 in f3",
        "lib/m4.py:4 in f4",
        "lib/m5.py:5 in f5",
        "2 frames of lib hidden (--tb full)",
    ]


def test_installed_packages_inside_the_project_are_not_the_users(tmp_path):
    chosen = options("/p", python_paths=("/elsewhere/src",))
    users = [
        "/p/jobs.py",
        "/elsewhere/src/a.py",
        "/p/.venv/lib/python3.12/site-packages/x/y.py",
        "/other/z.py",
        "<string>",
    ]
    assert [is_users(Frame(file, 1, "f"), chosen) for file in users] == [True, True, False, False, False]


def test_carets_count_characters_not_bytes():
    text = '    größe = int("ü")'
    start = len("    größe = ".encode())
    frame = Frame("f.py", 1, "f", text, start, start + len('int("ü")'.encode()), 1)
    assert caret_line(frame) == " " * 12 + "^" * 8


def test_different_attempts_are_told_apart(tmp_path):
    script = Script().begin().plan(a="").starts(0, "a").retries(1, "a", error("OSError", "down"), 1, 0, 2)
    script.starts(2, "a", 2).retries(3, "a", error("E", "no"), 2, 0, 2).starts(4, "a", 3).fails(
        5, "a", error("E", "no"), 3
    )
    block = failure_block(state_of(script).op("a"), "x", options(tmp_path), PLAIN, [])
    assert "  attempt 2: same error" in block
    assert "  attempt 1: OSError: down" in block


def test_what_the_user_added_to_a_failure_is_shown(tmp_path):
    _, op = failed(error("Failure", "bad file"), tmp_path, failure=FailureData("bad file", {"line": 3}))
    assert "  line           3" in failure_block(op, "x", options(tmp_path), PLAIN, [])


def test_a_message_of_a_thousand_lines_is_cut(tmp_path):
    lines = error_lines(error("E", "\n".join(map(str, range(1000)))), options(tmp_path), PLAIN)
    assert len(lines) < 30
    assert "and 979 more lines" in lines[-1]


def test_a_message_cannot_steer_the_terminal(tmp_path):
    lines = error_lines(error("E", "\x1b[2J\x1b]0;owned\x07gone"), options(tmp_path), PLAIN)
    assert lines == ["E: gone"]


def test_the_same_error_of_copies_differs_only_in_their_own_key():
    script = many_files(copies=3, until=0)
    for n, what in ((1, "bad header in 2026_01_01"), (2, "bad header in 2026_01_02"), (3, "empty")):
        script.starts(1, f"parse[2026_01_0{n}]").fails(2, f"parse[2026_01_0{n}]", error("ValueError", what))
    state, told = state_of(script), Told()
    again = [told.again(state.op(f"parse[2026_01_0{n}]")) for n in (1, 2, 3)]
    assert [first and first.key for first in again] == [None, "parse[2026_01_01]", None]


# -- the summary ---------------------------------------------------------------------------------------------------


def test_the_summary_of_a_failed_run(tmp_path, same_as_golden):
    lines = summary(state_of(daily_sales(tmp_path)), options(tmp_path), PLAIN)
    same_as_golden("summary_failed", "\n".join(lines) + "\n")
    assert max(map(len, lines)) <= 80


def test_a_success_is_one_line():
    script = Script("5d2e81c4-0").begin().plan(a="", b="").starts(0, "a").ends(1, "a").starts(0, "b").ends(101, "b")
    lines = summary(state_of(script.finish(101)), options(), PLAIN)
    assert lines == ["", " daily_sales  5d2e81c4  SUCCESS  in 1m41s  2 ops"]


def test_slow_and_flaky_ops_are_told_if_there_are_any():
    script = Script("5d2e81c4-0").begin().plan(a="").starts(0, "a").retries(1, "a", error("E", ""), 1, 0, 1)
    script.starts(1, "a", 2).ends(9.7, "a", 2).finish(9.7)
    state = LiveView(known({"a": 3.1}))
    for event in script.events:
        state(event)
    assert summary(state, options(), PLAIN)[2:] == [
        " slow: a 8.7s, 2.8x its median of 9 runs",
        " flaky: a (attempt 2; 1 of last 10 runs)",
    ]


def test_a_canceled_run_is_one_line():
    script = Script("a5c3d8e1-0").begin().plan(a="", b="a", c="a").starts(0, "a")
    script.not_run(44, "b").not_run(44, "c").fails(44, "a", error("Interrupted", ""), status="canceled")
    lines = summary(state_of(script.finish(44, "canceled")), options(), PLAIN)
    assert lines == ["", " daily_sales  a5c3d8e1  CANCELED  after 44.0s   1 canceled, 2 not run"]


def test_failures_that_are_alike_are_one_row():
    script = many_files(copies=9, until=0)
    told = Told()
    for n in range(1, 6):
        script.starts(1, f"parse[2026_01_0{n}]").fails(2, f"parse[2026_01_0{n}]", error("ValueError", "bad"))
    state = state_of(script.finish(3, "failed"))
    for op in state.by_status["failed"].values():
        told.again(op)
    lines = summary(state, options(), PLAIN, told)
    assert sum("✗" in line for line in lines) == 1
    assert any("and in 4 more: parse[2026_01_02], parse[2026_" in line for line in lines)


def test_five_hundred_ops_that_did_not_run_are_a_few_rows():
    script = many_files(copies=249, until=0).starts(1, "merge").fails(2, "merge", error("E", "no"))
    for op in [*state_of(script).by_status["waiting"]]:
        script.not_run(2, op, "merge")
    lines = summary(state_of(script.finish(3, "failed")), options(), PLAIN)
    assert len(lines) < 25
    assert "   … and 486 more not run" in lines


@pytest.mark.parametrize("columns", [40, 60, 80, 200])
def test_no_line_of_the_summary_is_wider_than_the_screen(tmp_path, columns):
    lines = summary(state_of(daily_sales(tmp_path)), options(tmp_path, width=lambda: columns), PLAIN)
    assert max(map(len, lines)) <= max(columns, 56)


def test_a_run_that_failed_before_any_op_shows_why(tmp_path):
    path = Path(tmp_path) / "jobs.py"
    info = error("OSError", "no database", Frame(str(path), 3, "db", "    connect()", 4, 13, 3))
    lines = summary(state_of(Script().begin().plan(a="").finish(1, "failed", error=info)), options(tmp_path), PLAIN)
    assert "  OSError: no database" in lines
    assert "  jobs.py:3 in db" in lines
