"""`dagjob doctor`: what is fine, what is wrong and what to do, also where nearly everything is broken."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from planted_history import NOW, Ask, Plant, run_events

from dagjob import events as ev

Project = Callable[..., Path]
RUN = "7c3f9a2d-0000-4000-8000-000000000000"


@pytest.fixture
def found(
    ask: Ask, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> Callable[..., tuple[int, dict[str, list[dict[str, Any]]]]]:
    """`found()` asks the doctor in this process: the exit code, and what it found by subject."""
    monkeypatch.setenv("HOME", str(tmp_path))
    for name in [name for name in os.environ if name.startswith("DAGJOB_")]:
        monkeypatch.delenv(name)

    def look(*words: str) -> tuple[int, dict[str, list[dict[str, Any]]]]:
        answer = ask("doctor", "-f", "json", *words)
        told = json.loads(answer.out)
        assert told["ok"] is (answer.code == 0) and answer.err == ""
        by_subject: dict[str, list[dict[str, Any]]] = {}
        for each in told["checks"]:
            by_subject.setdefault(each["check"], []).append(each)
        return answer.code, by_subject

    return look


def test_where_all_is_well_each_thing_has_a_line(
    found, ask: Ask, plant: Plant, project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    project("pyproject.toml", "[tool.dagjob]\nconfig = []\n[tool.dagjob.pools]\ndb = 2\n")
    state = plant(run_events(RUN))
    os.chmod(state.root, 0o700)
    code, checks = found()
    assert code == 0
    assert checks["history"][0]["data"]["runs"] == 1
    assert checks["settings"][0]["data"]["settings"] == ["config", "pools"]
    assert checks["pools"][0]["data"] == {"db": {"slots": 2, "taken": 0}}
    assert checks["state"][0]["data"]["from"] == "of this project"
    always = (
        "dagjob Python bytecode project settings state history runs leftovers pools CPUs terminal dagster completion"
    )
    assert set(always.split()) <= set(checks)
    monkeypatch.setenv("DAGJOB_HOME", str(project("elsewhere/x").parent))
    assert found()[1]["state"][0]["data"]["from"] == "DAGJOB_HOME"
    shown = ask("doctor", "--color", "never").out
    assert "project" in shown and ("all is well" in shown or "warning" in shown)


def test_a_run_that_died_and_one_of_the_future_are_warned_of(found, plant: Plant) -> None:
    [started, plan, begun, *_] = run_events(RUN, at=NOW + 5000)
    assert isinstance(started, ev.RunStarted)
    plant([started, plan, begun])
    code, checks = found()
    assert code == 0 and checks["runs"][0]["data"]["died"] == ["7c3f9a2d"]
    assert checks["runs"][0]["hints"] == [
        "the next  dagjob runs  says so in the history; go on with:  dagjob resume 7c3f9a2d"
    ]
    assert checks["clock"][0]["status"] == "warning" and "set back" in checks["clock"][0]["hints"][0]


def test_a_damaged_history_is_a_problem_with_what_to_do(found, plant: Plant) -> None:
    state = plant(run_events(RUN))
    with open(state.db, "r+b") as file:
        file.write(b"no database, for sure")
    code, checks = found()
    assert code == 1 and checks["history"][0]["status"] == "problem"
    assert "damaged" in checks["history"][0]["text"] and "move it away" in checks["history"][0]["hints"][0]
    assert checks["dagjob"][0]["status"] == "ok"  # the rest is looked at all the same


def test_a_wrong_setting_is_a_problem_and_the_rest_goes_on(found, project: Project) -> None:
    project("pyproject.toml", '[tool.dagjob]\nmoduls = ["a"]\n')
    code, checks = found()
    assert code == 1 and 'pyproject.toml:2: [tool.dagjob] has no setting "moduls"' in checks["project"][0]["text"]
    assert len(checks) > 10


def test_a_variable_that_nobody_reads_is_told(found, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DAGJOB_EXECUTER", "in_process")
    monkeypatch.setenv("DAGJOB_PROFILE", "prod")
    monkeypatch.setenv("DAGJOB_TB", "usr")
    monkeypatch.setenv("DAGJOB_JOBS", "many")
    monkeypatch.setenv("DAGJOB_FPS", "fast")
    settings = found()[1]["settings"]
    assert [each["status"] for each in settings] == ["ok", "warning", "problem", "problem", "warning", "problem"]
    assert settings[2]["text"].endswith('not "usr". Did you mean "user"?') and "DAGJOB_JOBS" in settings[3]["text"]
    assert 'Did you mean "DAGJOB_EXECUTOR"?' in settings[1]["text"]


def test_what_is_no_state_directory_is_a_problem(found, project: Project) -> None:
    (project() / ".dagjob").write_text("a file")
    code, checks = found()
    assert code == 1 and checks["state"][0]["status"] == "problem" and "move it away" in checks["state"][0]["hints"][0]


def test_crash_files_and_drafts_of_the_dead_are_found(found, plant: Plant) -> None:
    state = plant(run_events(RUN))
    draft = Path(state.root, "dagjob.db.999999999.ab.new")
    draft.touch()
    os.utime(draft, (1, 1))
    crash = Path(state.folder("crash"), "dagjob-x.txt")
    crash.parent.mkdir()
    crash.touch()
    _, checks = found()
    assert [each["status"] for each in checks["leftovers"]] == ["warning", "ok"]
    assert checks["leftovers"][0]["data"] == {"left": [str(draft)], "crashes": [str(crash)]}
    assert draft.exists()  # it only looks


def test_completion_is_found_in_the_start_file(found, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SHELL", "/bin/zsh")
    assert found()[1]["completion"][0]["data"] == {"shell": "zsh", "found": None}
    (tmp_path / ".zshrc").write_text('eval "$(dagjob completions zsh)"\n')
    assert found()[1]["completion"][0]["data"]["found"] == str(tmp_path / ".zshrc")


def test_without_a_home_a_folder_and_a_stdout_it_still_ends(project: Project, clean_env: dict[str, str]) -> None:
    env = {"PATH": clean_env["PATH"], "PYTHONIOENCODING": "ascii"}
    call = f'"{sys.executable}" -m dagjob doctor'
    script = f'mkdir gone && cd gone && rmdir ../gone; {call}; echo "exit $?"; {call} >&-; echo "exit $?"'
    done = subprocess.run(["sh", "-c", script], cwd=project(), env=env, capture_output=True, text=True, timeout=60)
    assert done.stdout.count("exit 1") == 2 and "Traceback" not in done.stdout + done.stderr, done
    assert "XX project     problem: the current folder cannot be found" in done.stdout and "\n1 problem" in done.stdout
