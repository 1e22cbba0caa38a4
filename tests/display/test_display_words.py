from __future__ import annotations

import pytest
from scripted_runs import START

from dagjob.display import words
from dagjob.display.sanitize import clean_line, clean_lines, one_line
from dagjob.display.tails import Said, last_output


@pytest.mark.parametrize(
    ("seconds", "told"),
    [
        (0.04, "0.0s"),
        (8.71, "8.7s"),
        (59.94, "59.9s"),
        (59.96, "1m00s"),
        (118.2, "1m58s"),
        (3720, "1h02m"),
        (183600, "2d03h"),
        (-1, "0.0s"),
    ],
)
def test_a_duration_has_at_most_two_units(seconds, told):
    assert words.duration(seconds) == told


@pytest.mark.parametrize(("seconds", "told"), [(47, "45s"), (1, "5s"), (386, "6m30s"), (1000, "17m"), (3600, "1h")])
def test_an_estimate_does_not_pretend_to_be_exact(seconds, told):
    assert words.about(seconds) == told


def test_a_long_name_keeps_its_beginning_and_its_end():
    assert words.middle_cut("aggregate_regions_2026_daily", 20) == "aggregate_reg…_daily"
    assert words.middle_cut("short", 20) == "short"
    assert len(words.middle_cut("x" * 100, 3)) == 3


def test_a_mapped_key_is_quoted_for_the_shell():
    assert words.shell_word("outer.load_2") == "outer.load_2"
    assert words.shell_word("parse[2026]") == "'parse[2026]'"


def test_wide_characters_count_as_two_columns():
    assert words.width("売上") == 4
    assert words.width(words.cut("売上売上売上", 6)) <= 6
    assert words.pad("売上", 6) == "売上  "


def test_a_time_is_told_as_short_as_it_can_be_told_apart():
    assert words.moment(START - 60, START) == "today 13:14"
    assert words.moment(START - 2 * 86400, START) == "Fri 13:15"
    assert words.moment(START - 30 * 86400, START) == "2026-10-23"
    assert [words.ago(s) for s in (5, 200, 4000, 200000)] == ["just now", "3m ago", "1h ago", "2d ago"]


@pytest.mark.parametrize(
    ("raw", "shown"),
    [
        ("plain", "plain"),
        ("\x1b[31mred\x1b[0m", "red"),
        ("\x1b]0;title\x07text", "text"),
        ("half \x1b[3", "half "),
        ("10%\r50%\r100%", "100%"),
        ("done\r", "done"),
        ("a\tb", "a    b"),
        ("bell\x07 null\x00", "bell\ufffd null\ufffd"),
        ("\x9b2Jc1", "c1"),
        ("right\u202eto left", "right\ufffdto left"),
        ("lone \udcff surrogate", "lone \ufffd surrogate"),
    ],
)
def test_no_line_of_an_op_steers_the_terminal(raw, shown):
    assert clean_line(raw) == shown


def test_a_very_long_line_is_cut_before_it_costs_anything():
    assert len(clean_line("x" * 10_000_000)) == 2000


def test_windows_line_ends_are_line_ends():
    assert clean_lines("a\r\nb\r\n") == ["a", "b", ""]
    assert one_line("\n  first that says something \nmore") == "first that says something"


def test_the_last_output_has_log_lines_where_they_were_said():
    file = b"one\ntwo\nthree\xff\n"
    said = [Said(START, "in between", "warning", offset=8)]
    lines = last_output("log", said, lambda path, most: (0, file), 10)
    assert lines == ["one", "two", "13:15:38 WARNING in between", "three\ufffd"]


def test_of_a_long_file_only_the_whole_last_lines_are_shown():
    lines = last_output("log", [], lambda path, most: (5000, b"torn line\nwhole\nlast\n"), 2)
    assert lines == ["whole", "last"]
