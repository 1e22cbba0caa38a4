from __future__ import annotations

import itertools
import json
import re

import pytest
from rich.cells import cell_len
from scripted_runs import error, options

from dagjob.display.errors import (
    concise,
    github,
    render_diagnostics,
    render_error,
    render_import_error,
    render_internal,
)
from dagjob.display.style import Style
from dagjob.display.tables import BrokenFile, JobRow, RunRow, job_lines, job_table, run_lines, run_table
from dagjob.errors import (
    DagjobConfigMappingFunctionError,
    DagjobImportError,
    DagjobUnknownTargetError,
    Diagnostic,
    Place,
)
from dagjob.events import Frame

NOW = 1_795_354_500.0  # 2026-11-22 13:35 UTC, a Sunday
YAML = """ops:

  extract:
    config:
      limitt: 5
      threshold: high
  transfrom: {}

x:
  country: NO
"""


@pytest.fixture
def prod_yaml(tmp_path, monkeypatch):
    """`config/prod.yaml` below the current folder."""
    (tmp_path / "config").mkdir()
    (tmp_path / "config" / "prod.yaml").write_text(YAML)
    monkeypatch.chdir(tmp_path)
    return "config/prod.yaml"


def test_all_mistakes_of_a_config_are_shown_at_once(prod_yaml, same_as_golden):
    found = [
        Diagnostic(
            "DJ201",
            'op "extract" has no option "limitt"',
            Place(prod_yaml, 5, 7, 6),
            suggestion="limit",
            notes=(
                "options: path (str, required), limit (int = 10), threshold (float = 0.5)",
                "defined in jobs.py:4, class LoadCfg",
            ),
        ),
        Diagnostic("DJ203", '"threshold" must be a number, not text', Place(prod_yaml, 6, 18, 4)),
        Diagnostic("DJ201", 'job "etl" has no op "transfrom"', Place(prod_yaml, 7, 3, 0), suggestion="transform"),
    ]
    same_as_golden("errors_config", render_diagnostics(found, options(), footer="nothing was run"))


def test_places_that_are_no_file_have_excerpts_of_their_own(prod_yaml, same_as_golden):
    found = [
        Diagnostic(
            "DJ203",
            '"limit" must be an integer, not text',
            Place("command line", 1, 21, 3, "--set extract.limit=ten"),
            label="in: Input should be a valid integer",
        ),
        Diagnostic(
            "DJ204",
            "environment variables are not set",
            notes=(
                "WAREHOUSE_URL  for resources.db.url   config/prod.yaml:14:12",
                "API_TOKEN      for resources.api.key  jobs.py:9",
            ),
        ),
        Diagnostic(
            "DJ209", '"country" must be text, but YAML 1.1 reads NO as false', Place(prod_yaml, 10, 12, 2), 'write "NO"'
        ),
    ]
    same_as_golden("errors_places", render_diagnostics(found, options()))


def test_a_wrong_target_is_one_short_block():
    wrong = DagjobUnknownTargetError('no job "dialy_sales" in this project').noting(
        'did you mean "daily_sales"? (sales/jobs.py)', "1 job: daily_sales   (dagjob list)"
    )
    assert render_error(wrong, options()) == (
        'error[DJ101]: no job "dialy_sales" in this project\n'
        '   = did you mean "daily_sales"? (sales/jobs.py)\n'
        "   = 1 job: daily_sales   (dagjob list)\n"
    )


def test_a_suggestion_without_a_place_becomes_a_note():
    text = render_diagnostics([Diagnostic("DJ101", "no such job", suggestion="daily")], options())
    assert text.endswith('\n   = did you mean "daily"?\n')
    told = render_diagnostics(
        [Diagnostic("DJ101", 'no such job. Did you mean "daily"?', suggestion="daily")], options()
    )
    assert told.count("daily") == 1


def test_a_file_that_cannot_be_read_leaves_its_place():
    text = render_diagnostics([Diagnostic("DJ203", "wrong", Place("gone.yaml", 3, 4, 2), "why")], options())
    assert text == "error[DJ203]: wrong\n  --> gone.yaml:3:4, why\n"


def test_line_numbers_of_any_length_are_aligned(tmp_path):
    path = tmp_path / "long.yaml"
    path.write_text("\n" * 98 + "a: 1\nb: 2\n")
    text = render_diagnostics([Diagnostic("DJ203", "wrong", Place(str(path), 100, 4, 1), notes=("why",))], options())
    walls = {line.index("|") for line in text.splitlines() if "|" in line and "-->" not in line}
    assert walls == {5}
    assert "  99 | a: 1" in text.replace("\n", "\n ")


def test_a_file_is_named_as_seen_from_the_project_or_from_here(prod_yaml, tmp_path):
    here = Diagnostic("DJ203", "wrong", Place(str(tmp_path / prod_yaml), 6, 18, 4))
    assert "--> config/prod.yaml:6:18" in render_diagnostics([here], options())
    assert "--> prod.yaml:6:18" in render_diagnostics([here], options(tmp_path / "config"))
    assert concise(here).startswith("config/prod.yaml:6:18: ")


def test_carets_stand_under_wide_characters(tmp_path):
    path = tmp_path / "wide.yaml"
    path.write_text("売上: x\n")
    lines = render_diagnostics([Diagnostic("DJ203", "wrong", Place(str(path), 1, 5, 1))], options()).splitlines()
    assert lines[-1] == "   |       ^"


def test_colour_is_only_added(prod_yaml):
    found = [Diagnostic("DJ203", "wrong", Place(prod_yaml, 6, 18, 4), "label", ("note",), severity="warning")]
    colored = render_diagnostics(found, options(color=True))
    assert "\x1b[1;33mwarning[DJ203]" in colored
    assert re.sub("\x1b\\[[0-9;]*m", "", colored) == render_diagnostics(found, options())


def test_an_import_error_shows_only_the_users_frames(tmp_path):
    path = tmp_path / "sales" / "jobs.py"
    path.parent.mkdir()
    path.write_text("import os\nimport pyarrow\n")
    broken = DagjobImportError("cannot import sales/jobs.py")
    broken.info = error(
        "ModuleNotFoundError",
        "No module named 'pyarrow'",
        Frame("<frozen importlib._bootstrap>", 1, "_find"),
        Frame(str(path), 2, "<module>", "import pyarrow", 0, 14, 2),
    )
    assert render_error(broken, options(tmp_path)) == render_import_error(broken, options(tmp_path))
    assert render_error(broken, options(tmp_path)).splitlines() == [
        "error[DJ103]: cannot import sales/jobs.py",
        "",
        "  ModuleNotFoundError: No module named 'pyarrow'",
        "",
        "  sales/jobs.py:2 in <module>",
        "      1 │ import os",
        "    ❱ 2 │ import pyarrow",
        "  1 frame of the standard library hidden (--tb full)",
    ]


def test_what_a_function_of_the_user_raised_is_shown_with_it(tmp_path):
    source = tmp_path / "mapping.py"
    source.write_text("def mapped(value):\n    return 1 / value\n")
    namespace: dict = {}
    exec(compile(source.read_text(), str(source), "exec"), namespace)
    try:
        namespace["mapped"](0)
    except ZeroDivisionError as raised:
        text = render_error(DagjobConfigMappingFunctionError("the mapping of etl raised", raised), options(tmp_path))
    assert text.startswith("error[DJ401]: the mapping of etl raised\n\n  ZeroDivisionError: division by zero\n")
    assert "mapping.py:2 in mapped" in text


def test_a_bug_of_ours_is_two_lines():
    text = render_internal(error("TypeError", "oops\nmore"), ".dagjob/crash/1.txt", options())
    assert text.count("\n") == 2
    assert ".dagjob/crash/1.txt" in text


def test_one_line_forms():
    one = Diagnostic("DJ301", 'op "load" needs the resource "warehouse"', Place("sales/etl.py", 23))
    assert concise(one) == 'sales/etl.py:23:1: DJ301 op "load" needs the resource "warehouse"'
    assert github(one) == '::error file=sales/etl.py,line=23,title=DJ301::op "load" needs the resource "warehouse"'
    assert github(Diagnostic("DJ1", "50%\nof", severity="info")) == "::notice title=DJ1::50%25%0Aof"


def test_a_message_cannot_steer_the_terminal():
    assert "\x1b" not in render_diagnostics([Diagnostic("DJ1", "a\x1b[2Jb", notes=("\x1b[H",))], options())


# -- tables --------------------------------------------------------------------------------------------------------


def job(module: str, name: str, *more: object) -> JobRow:
    return JobRow(f"sales/{module}.py", name, f"sales/{module}.py:{name}", *more)


JOBS = [
    job("jobs", "daily_sales", 12, "daily, 325 keys", "Sales mart", "7c3f9a2d", "failed", NOW - 200),
    job("jobs", "backfill_fx", 3, "monthly, 11 keys", "FX rates", "d4a8e2c6", "success", NOW - 2 * 86400),
    job("etl", "etl", 3, "", "", "e9b2c7fd", "success", NOW - 4000),
]
BROKEN = [BrokenFile("tools/broken.py", "DJ103", "ModuleNotFoundError: No module named 'pyarrow'", 3)]
RUNS = [
    RunRow("8b1f6e3c-1", "daily_sales", "success", NOW - 240, 62, 5, 5, parent="7c3f9a2d-1"),
    RunRow("7c3f9a2d-1", "daily_sales", "failed", NOW - 1200, 118, 7, 12, partition="2026-11-21"),
    RunRow("e9b2c7fd-1", "etl", "success", NOW - 4000, 46.1, 6, 6),
    RunRow("d4a8e2c6-1", "backfill_fx", "success", NOW - 2 * 86400, 12.4, 3, 3, partition="2026-10"),
    RunRow(
        "a5c3d8e1-1", "daily_sales", "canceled", NOW - 3 * 86400, 44.0, 6, 12, partition="2026-11-18", note="-s load"
    ),
    RunRow("b0000000-1", "daily_sales", "running", NOW - 5, None, 0, 12),
]


def test_the_list_of_jobs(same_as_golden):
    same_as_golden("list", "\n".join(job_table(JOBS, BROKEN, NOW, Style(), 80)) + "\n")


def test_the_list_of_jobs_for_scripts():
    assert job_lines(JOBS)[0] == "sales/jobs.py:daily_sales\t12\tdaily, 325 keys\tfailed\t7c3f9a2d"


def test_the_list_of_runs_is_a_tree(same_as_golden):
    same_as_golden("runs_list", "\n".join(run_table(RUNS, NOW, Style(), 80)) + "\n")
    assert run_lines(RUNS)[0].split("\t")[0] == "8b1f6e3c-1"


@pytest.mark.parametrize("columns", [60, 80, 200])
def test_descriptions_are_cut_to_the_screen(columns):
    long = JobRow("j.py", "j", "j.py:j", 1, "", "x" * 300 + "\nsecond")
    assert max(map(len, job_table([long], [], NOW, Style(), columns))) <= columns


def test_a_parent_that_is_not_listed_makes_no_tree():
    lines = run_table([RunRow("a" * 8, "j", "success", NOW, 1, 1, 1, parent="gone")], NOW, Style(), 80)
    assert "└" not in "".join(lines)


def test_a_loop_of_parents_ends():
    loop = [
        RunRow("a", "j", "success", NOW, 1, 1, 1, parent="b"),
        RunRow("b", "j", "success", NOW, 1, 1, 1, parent="a"),
    ]
    assert len(run_table(loop, NOW, Style(), 80)) <= 3


def test_no_jobs_is_said():
    assert job_table([], [], NOW, Style(), 80) == ["no jobs"]
    assert json.dumps(job_table([], BROKEN, NOW, Style(), 80)[-1]) == '"no jobs, 1 file could not be imported"'


@pytest.mark.parametrize("column", [1, 5, 70, 150, 290, 300])
@pytest.mark.parametrize("length", [1, 4, 500])
def test_a_line_that_is_too_long_is_cut_around_its_carets(column: int, length: int) -> None:
    text = "".join(chr(ord("a") + number % 26) for number in range(300))
    place = Place("a.yaml", 1, column, min(length, 301 - column), text)
    looks = options(width=lambda: 80, on_terminal=True)
    shown = render_diagnostics([Diagnostic("DJ203", "wrong", place)], looks).splitlines()
    line, carets = next((a, b) for a, b in itertools.pairwise(shown) if "^" in b)
    assert max(map(len, shown)) <= 80
    first = carets.index("^")
    assert line[first] == text[column - 1]
    marked = line[first : first + carets.count("^")].removesuffix("…")
    assert text[column - 1 :].startswith(marked)


def test_on_a_terminal_notes_break_between_words() -> None:
    note = "options: " + ", ".join(f"name_{number} (int)" for number in range(12))
    told = Diagnostic("DJ201", "unknown", Place("a.yaml", 1, 1, 1, "x"), notes=(note,))
    narrow = render_diagnostics([told], options(width=lambda: 60, on_terminal=True)).splitlines()
    assert max(map(len, narrow)) <= 60
    assert " ".join(line.strip(" =") for line in narrow[narrow.index("   |", 4) + 1 :]) == note
    assert f"= {note}" in render_diagnostics([told], options(width=lambda: 60))


def test_wide_characters_before_a_mistake_count_as_two_columns() -> None:
    text = "日本" * 30 + "x" + "語" * 80
    place = Place("a.yaml", 1, 61, 1, text)
    for looks in (options(), options(width=lambda: 80, on_terminal=True)):
        shown = render_diagnostics([Diagnostic("DJ203", "wrong", place)], looks).splitlines()
        line, carets = next((a, b) for a, b in itertools.pairwise(shown) if "^" in b)
        assert cell_len(line[: line.index("x")]) == carets.index("^")


def test_what_was_said_of_a_class_is_not_said_again() -> None:
    notes = ("options: a (int)", "defined in jobs.py:3, class C", "write  {a: 1}")
    told = [Diagnostic("DJ201", f"unknown {number}", notes=notes) for number in range(3)]
    shown = render_diagnostics(told, options())
    assert [shown.count(note) for note in notes] == [1, 1, 3]


def test_a_long_message_breaks_between_words_on_a_terminal() -> None:
    told = [Diagnostic("DJ201", "word " * 30 + "end", Place("a.yaml", 1, 1, 1, "x"))]
    shown = render_diagnostics(told, options(width=lambda: 60, on_terminal=True)).splitlines()
    assert max(map(len, shown)) <= 60
    assert " ".join(line.strip() for line in shown[: shown.index(next(x for x in shown if "-->" in x))]).endswith(
        "word end"
    )


def test_a_concise_line_is_one_line() -> None:
    assert concise(Diagnostic("DJ201", 'no option "a\nb"')) == 'DJ201 no option "a b"'
