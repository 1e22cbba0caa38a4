"""`dagjob list`, bare names and targets: where jobs are looked for, what is found, and what a broken file does."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Run = Callable[..., Any]
Project = Callable[..., Path]


def a_job(name: str, says: str = "") -> str:
    """A module with one job of one op."""
    body = f'@job\ndef {name}():\n    """{says}"""\n    one()\n'
    return f"from dagjob import job, op\n\n@op\ndef one():\n    return 1\n\n{body}"


def names(done: Any) -> list[str]:
    return str(done.stdout).split()


# -- where jobs are looked for -------------------------------------------------------------------------------------


def test_files_with_the_usual_names_are_found(dagjob: Run, project: Project) -> None:
    for path in ("jobs.py", "sales_jobs.py", "jobs/deep/daily.py", "src/shop/definitions.py", "src/shop/jobs/x.py"):
        project(path, a_job(f"from_{Path(path).stem}"))
    project("other.py", a_job("hidden"))
    project("more_jobs.py", "raise SystemExit('never imported: it does not import us')\n")
    project("fake_jobs.py", "# dagjob is only spoken of\nraise SystemExit('nor is this')\n")
    done = dagjob("list", "-f", "names")
    assert names(done) == [
        "jobs.py:from_jobs",
        "sales_jobs.py:from_sales_jobs",
        "jobs/deep/daily.py:from_daily",
        "src/shop/definitions.py:from_definitions",
        "src/shop/jobs/x.py:from_x",
    ]
    assert (done.code, done.stderr) == (0, "")


def test_settings_say_where_to_look(dagjob: Run, project: Project) -> None:
    project("jobs.py", a_job("usual"))
    project("src/shop/__init__.py")
    project("src/shop/work.py", a_job("inside"))
    project("more/a.py", a_job("a"))
    project("pyproject.toml", '[tool.dagjob]\nmodules = ["shop.work"]\npaths = ["more/*.py"]\npython-path = ["src"]\n')
    assert names(dagjob("list", "-f", "names")) == ["shop.work:inside", "more/a.py:a"]
    assert dagjob("run", "inside").code == 0


def test_a_project_of_dagsters_tools_works_as_it_is(dagjob: Run, project: Project) -> None:
    project("shop/__init__.py")
    project("shop/definitions.py", a_job("inside"))
    project("pyproject.toml", '[tool.dagster]\nmodule_name = "shop.definitions"\n')
    assert names(dagjob("list", "-f", "names")) == ["shop.definitions:inside"]


def test_places_can_be_named(dagjob: Run, project: Project) -> None:
    project("work/a.py", a_job("a"))
    project("work/b.py", a_job("b"))
    project(".venv/lib/c.py", a_job("c"))
    assert names(dagjob("list", "work", "-f", "names")) == ["work/a.py:a", "work/b.py:b"]
    assert names(dagjob("list", "work/b.py", "-f", "names")) == ["work/b.py:b"]
    assert names(dagjob("list", "work.a", "-f", "names")) == ["work.a:a"]
    assert names(dagjob("list", ".", "-f", "names")) == ["work/a.py:a", "work/b.py:b"]
    assert names(dagjob("list", "a.py", "-f", "names", cwd=project() / "work")) == ["work/a.py:a"]


# -- broken files --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "code", "line", "words"),
    [
        ("import dagjob\nimport not_there_xyz\n", "DJ103", 2, "not_there_xyz"),
        ("import dagjob\n\nraise ValueError('boom')\n", "DJ103", 3, "ValueError: boom"),
        ("import dagjob\ndef broken(:\n", "DJ103", 2, "SyntaxError"),
        ("import dagjob, sys\nsys.exit(3)\n", "DJ103", 2, "exits"),
    ],
)
def test_a_broken_file_is_one_row(text: str, code: str, line: int, words: str, dagjob: Run, project: Project) -> None:
    project("jobs.py", a_job("good", "Does good."))
    project("bad_jobs.py", text)
    done = dagjob("list")
    assert done.code == 0
    assert "good" in done.stdout
    assert "Traceback" not in done.stdout + done.stderr
    (row,) = [row for row in done.stdout.splitlines() if code in row]
    assert words in row
    assert f"line {line}" in row
    (error,) = json.loads(dagjob("list", "-f", "json").stdout)["errors"]
    assert (error["code"], error["line"], Path(error["file"]).name) == (code, line, "bad_jobs.py")


def test_exit_codes_of_list(dagjob: Run, project: Project) -> None:
    assert dagjob("list").code == 5
    project("bad_jobs.py", "import dagjob\nraise ValueError\n")
    assert dagjob("list").code == 4
    project("jobs.py", a_job("good"))
    assert dagjob("list").code == 0


def test_a_module_that_prints_spoils_nothing(dagjob: Run, project: Project) -> None:
    noisy = "import os\nprint('noise')\nos.write(1, b'from below\\n')\n"
    project("jobs.py", noisy + a_job("quiet"))
    done = dagjob("list", "--format", "json")
    assert [each["name"] for each in json.loads(done.stdout)["jobs"]] == ["quiet"]
    assert "noise" in done.stderr
    assert "from below" in done.stderr


# -- what is told --------------------------------------------------------------------------------------------------


def test_the_json_of_list(dagjob: Run, project: Project) -> None:
    project("jobs.py", a_job("daily", "Sales mart.").replace("@job", "@job(tags={'team': 'x'})"))
    assert dagjob("run", "daily").code == 0
    (found,) = json.loads(dagjob("list", "-f", "json").stdout)["jobs"]
    last = found.pop("last_run")
    assert found == {
        "target": "jobs.py:daily",
        "name": "daily",
        "file": str(project() / "jobs.py"),
        "line": 7,
        "description": "Sales mart.",
        "ops": ["one"],
        "partitions": None,
        "tags": {"team": "x"},
        "owners": [],
    }
    assert (last["status"], last["job"]) == ("success", "daily")
    assert names(dagjob("list", "-t", "team=x", "-f", "names")) == ["jobs.py:daily"]
    assert dagjob("list", "-t", "team=y", "-f", "names").code == 5


def test_a_job_that_a_definitions_holds_is_told_once(dagjob: Run, project: Project) -> None:
    project("jobs.py", a_job("daily"))
    project(
        "definitions.py", "from dagjob import Definitions\nfrom jobs import daily\ndefs = Definitions(jobs=[daily])\n"
    )
    assert names(dagjob("list", "-f", "names")) == ["definitions.py:daily"]
    assert dagjob("run", "daily").code == 0


def test_the_index_is_written_only_where_there_is_a_state_directory(dagjob: Run, project: Project) -> None:
    project("jobs.py", a_job("daily"))
    assert dagjob("list").code == 0
    assert not (project() / ".dagjob").exists()
    (project() / ".dagjob").mkdir()
    assert dagjob("list").code == 0
    assert (project() / ".dagjob" / "index.json").exists()
    assert "daily" in dagjob().stdout


# -- bare names ----------------------------------------------------------------------------------------------------


def test_a_bare_name_and_no_name_at_all(dagjob: Run, project: Project) -> None:
    project("jobs.py", a_job("daily"))
    assert dagjob("run").code == 0
    project("more_jobs.py", a_job("weekly"))
    for _ in range(2):  # the second time from the index
        assert dagjob("run", "weekly").code == 0
        assert dagjob("list").code == 0
    done = dagjob("run")
    assert done.code == 4
    assert "jobs.py:daily" in done.stderr
    assert "more_jobs.py:weekly" in done.stderr
    project("pyproject.toml", '[tool.dagjob]\ndefault-job = "weekly"\n')
    assert json.loads(dagjob("run", "-f", "json").stdout)["job"] == "weekly"


def test_an_index_is_not_trusted_once_a_file_has_changed(dagjob: Run, project: Project) -> None:
    (project() / ".dagjob").mkdir()
    project("jobs.py", a_job("daily"))
    assert dagjob("list").code == 0
    project("jobs.py", a_job("renamed_job"))
    assert dagjob("run", "renamed_job").code == 0
    assert dagjob("run", "daily").code == 5


def test_a_name_that_is_unknown_or_ambiguous(dagjob: Run, project: Project) -> None:
    project("jobs.py", a_job("daily_sales"))
    done = dagjob("run", "dialy_sales")
    assert done.code == 5
    assert 'no job "dialy_sales"' in done.stderr
    assert '"daily_sales"' in done.stderr
    project("more_jobs.py", a_job("daily_sales"))
    done = dagjob("run", "daily_sales")
    assert done.code == 4
    assert "more_jobs.py:daily_sales" in done.stderr


@pytest.mark.parametrize(
    ("target", "code", "words"),
    [
        ("jobs.py:nope", 5, "nope"),
        ("jobs.py", 4, "2 jobs"),
        ("nofile.py:x", 5, "nofile.py"),
        ("no.such.module", 5, "no.such"),
        ("jobs.py:one", 4, "op"),
        ("bad.py:x", 4, "ValueError: boom"),
    ],
)
def test_a_target_that_leads_nowhere(target: str, code: int, words: str, dagjob: Run, project: Project) -> None:
    project("jobs.py", a_job("daily") + a_job("weekly"))
    project("bad.py", "raise ValueError('boom')\n")
    done = dagjob("run", target)
    assert done.code == code
    assert words in done.stderr
    assert "Traceback" not in done.stderr
    assert not (project() / ".dagjob").exists()


def test_files_are_named_from_here_and_kept_from_the_root(dagjob: Run, project: Project) -> None:
    project("work/a.py", a_job("a"))
    assert dagjob("run", "a.py", cwd=project() / "work").code == 0
    assert dagjob("-C", "work", "run", "a.py:a").code == 0
    runs = json.loads(dagjob("runs", "-f", "json").stdout)["runs"]
    assert [run["target"] for run in runs] == ["work/a.py:a", "work/a.py:a"]
    assert not (project() / "work" / ".dagjob").exists()
