from __future__ import annotations

import io

from scripted_runs import START, Clock, Script, daily_sales, error, known, many_files, options, play, until

from dagjob.display import plain
from dagjob.events import EngineNoted, HookRan, StepReused


def shown(script: Script, root="/project", **more) -> list[str]:
    clock = Clock()
    stream = io.StringIO()
    display = plain.make(options(root, clock, stderr=stream, **more))
    play(display, script.events, clock)
    display.close()
    return stream.getvalue().split("\n")[:-1]


USUAL = {
    **dict.fromkeys(
        ("extract_products", "extract_customers", "extract_orders", "clean_products", "fetch_fx_rates"), 2.0
    ),
    "clean_orders": 3.1,
    "join_sales": 70.0,
    "forecast": 40.0,
    "aggregate_regions": 4.4,
    "build_report": 0.4,
    "publish": 0.2,
}


def test_the_whole_run_looks_like_the_mock_up(tmp_path, same_as_golden):
    lines = shown(daily_sales(tmp_path), tmp_path, usual=known(USUAL), go_on="dagjob resume f6d1c9ab")
    assert max(map(len, lines)) <= 80
    same_as_golden("plain_run", "\n".join(lines) + "\n")


def test_many_ops_that_are_reused_are_one_line():
    script = Script().begin(parent_run_id="b2e81f04-0000").plan(**{f"op_{n}": "" for n in range(13)})
    for n in range(13):
        script.add(StepReused(START + 0.1, f"op_{n}"))
    clock, stream = Clock(), io.StringIO()
    display = plain.make(options(clock=clock, stderr=stream))
    display.hear(script.events)
    assert stream.getvalue().split("\n")[1:-1] == ["    0.1s  reuse   13 ops                      from b2e81f04"]


def test_nothing_moves_the_cursor_and_nothing_is_coloured_unless_allowed(tmp_path):
    assert "\x1b" not in "\n".join(shown(daily_sales(tmp_path), tmp_path))
    assert "\x1b[31mFAILED" in "\n".join(shown(daily_sales(tmp_path), tmp_path, color=True))


def test_no_line_is_padded(tmp_path):
    assert all(line == line.rstrip() for line in shown(daily_sales(tmp_path), tmp_path))


def test_a_stream_without_unicode_gets_ascii(tmp_path):
    raw = io.BytesIO()
    stream = io.TextIOWrapper(raw, encoding="ascii")
    clock = Clock()
    display = plain.make(options(tmp_path, clock, stderr=stream, utf8=False))
    script = daily_sales(tmp_path)
    play(display, script.says(57, "forecast", "Zürich ✓").events, clock)
    assert b"Z\\xfcrich \\u2713" in raw.getvalue()


def test_starts_are_told_only_with_v():
    script = Script().begin().plan(a="").starts(0.1, "a").ends(0.2, "a").finish(0.2)
    assert not any("start" in line for line in shown(script))
    assert any("start   a" in line for line in shown(script, verbosity=1))


def test_a_heartbeat_comes_only_when_nothing_else_was_printed():
    clock = Clock()
    stream = io.StringIO()
    display = plain.make(options(clock=clock, stderr=stream, heartbeat=30.0))
    script = Script().begin().plan(a="", b="").starts(0, "a").starts(0, "b").ends(20, "b")
    play(display, script.events, clock)
    assert display.next_refresh() == 30.0
    until(display, START + 115, clock)
    beats = [line for line in stream.getvalue().split("\n") if " ... " in line]
    assert beats == [
        "   50.0s  ...     1/2 done; a 50s",
        "   1m20s  ...     1/2 done; a 1m20s",
        "   1m50s  ...     1/2 done; a 1m50s",
    ]
    display(Script().finish(116).events[-1])
    assert display.next_refresh() is None


def test_the_same_error_in_many_copies_is_told_once():
    bad = error("ValueError", "bad header")
    script = many_files(copies=3, until=0)
    for n in (1, 2, 3):
        script.starts(1, f"parse[2026_01_0{n}]").fails(2, f"parse[2026_01_0{n}]", bad)
    lines = shown(script.finish(3, "failed"))
    assert sum("FAILED  parse" in line for line in lines) == 3
    assert sum(line.endswith("same error as parse[2026_01_01] (DJ401)") for line in lines) == 2
    assert "ValueError: bad header  (and in 2 more: parse[2026_01_02], parse[2026_01_03])" in lines[-2]


def test_log_lines_come_from_their_level_on():
    script = Script().begin().plan(a="").starts(0, "a").says(1, "a", "hidden", "debug")
    script.says(2, "a", "first\nsecond", "warning")
    lines = shown(script)
    assert lines[-2:] == ["    2.0s  log     a                           WARNING first", "  | second"]


def test_warnings_of_the_engine_and_broken_hooks_are_told():
    script = Script().begin().plan(a="").starts(0, "a")
    script.add(EngineNoted(START + 1, "stopping: 1 op was told to end", level="warning"))
    script.add(EngineNoted(START + 1, "a child was forked"))
    script.add(HookRan(START + 2, "a", 1, "tell_slack", "errored", error("OSError", "no route")))
    assert shown(script)[1:] == [
        "    1.0s  note    stopping: 1 op was told to end",
        "    2.0s  note    a: hook tell_slack raised: OSError: no route",
    ]


def test_the_output_of_a_failed_op_is_shown_with_its_failure(tmp_path):
    log = tmp_path / "a.out"
    log.write_bytes(b"reading\n\x1b[2Jrow 7\n")
    script = Script().begin().plan(a="").starts(0, "a", log=str(log)).fails(1, "a", error("E", "no"))
    lines = shown(script, tmp_path)
    assert "  | last output    reading" in lines
    assert "  |                row 7" in lines
    assert "  | log            dagjob runs logs f6d1c9ab a" in lines
    assert not any("row 7" in line for line in shown(script, tmp_path, show_output="none"))
    assert not any("runs logs" in line for line in shown(script, tmp_path, kept=False))


def test_of_a_line_of_a_megabyte_the_end_is_shown(tmp_path):
    log = tmp_path / "a.out"
    log.write_bytes(b"x" * 1_000_000 + b"the end\n")
    script = Script().begin().plan(a="").starts(0, "a", log=str(log)).fails(1, "a", error("E", "no"))
    [line] = [line for line in shown(script, tmp_path) if "last output" in line]
    assert line.startswith("  | last output    ...xxx") and line.endswith("the end") and len(line) < 230


def test_all_output_can_be_shown(tmp_path):
    log = tmp_path / "a.out"
    log.write_text("one\ntwo\n")
    script = Script().begin().plan(a="").starts(0, "a", log=str(log)).ends(1, "a")
    assert shown(script, show_output="all")[-2:] == ["  | one", "  | two"]
    assert shown(script)[-1].startswith("    1.0s  ok")


def test_many_failures_are_listed_once_more_at_the_end(tmp_path):
    keys = [f"load_{number}" for number in range(12)]
    script = Script().begin().plan(**dict.fromkeys([*keys, "fine"], ""))
    for number, key in enumerate(keys):
        script.starts(number, key).fails(number + 1, key, error("ValueError", f"bad row {number}"))
    script.starts(20, "fine").ends(21, "fine").finish(22, "failed")
    lines = shown(script, tmp_path)
    last = lines[next(number for number, line in enumerate(lines) if line.startswith("FAILED in")) :]
    assert last[1] == f"  failed  {'load_0':<17}  ValueError: bad row 0"
    assert last[11] == "  failed  and 2 more"
    assert last[12].startswith("logs with: dagjob runs logs")
    assert len(last) == 13


def test_show_output_all_says_how_much_it_leaves_out(tmp_path):
    log = tmp_path / "a.out"
    log.write_text("".join(f"line {number:>12,}\n" for number in range(100_000)))
    script = Script().begin().plan(a="").starts(0, "a", log=str(log)).ends(2, "a").finish(3)
    lines = shown(script, tmp_path, show_output="all")
    [told] = [line for line in lines if "left out" in line]
    printed = [line for line in lines if line.startswith("  | line ")]
    left_out = 100_000 - len(printed)
    assert left_out > 0
    assert told == f"  | {left_out:,} lines before these are left out: dagjob runs logs f6d1c9ab a"
