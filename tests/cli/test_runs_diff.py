"""`dagjob runs diff`: what two runs recorded of their surroundings, and what of it differs."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from planted_history import Ask, Plant, run_events

from dagjob.cli.run_compare import MISSING, changes, package_changes

Run = Callable[..., Any]
Project = Callable[..., Path]

JOBS = """
import functools
from dagjob import graph, job, op

@op(
    config_schema={"limit": int},
)
def load(
    context,
) -> list:
    # hunter22 is a secret
    return sorted(
        [1, 2],
    )

def traced(function):
    @functools.wraps(function)
    def inner(*args, **kwargs):
        return function(*args, **kwargs)
    return inner

@op
@traced
def clean(rows):
    return rows

def made(name):
    @op(name=name)
    def any_name(rows):
        return len(rows)
    return any_name

@graph
def inside(rows):
    made("one")(rows)
    made("two")(rows)

@job
def daily():
    inside(clean(load()))
"""


def test_two_runs_differ_in_what_was_changed_between_them(project: Project, dagjob: Run, ask: Ask) -> None:
    project("jobs.py", JOBS)
    config = ("-e", "in_process", "--set", "load.limit=3")
    assert dagjob("run", "jobs.py", *config, env={"API_TOKEN": "hunter22"}).code == 0
    [folder] = (project() / ".dagjob" / "runs").iterdir()
    kept = json.loads((folder / "surroundings.json").read_text())
    assert set(kept["ops"]) == {"load", "clean", "inside.one", "inside.two"}
    source = {op: kept["sources"][number] for op, number in kept["ops"].items()}
    assert source["load"].startswith("@op(\n    config_schema") and source["load"].endswith("        [1, 2],\n    )")
    assert source["clean"] == "@op\n@traced\ndef clean(rows):\n    return rows"
    assert source["inside.one"] == source["inside.two"] and len(kept["sources"]) == 3
    assert "API_TOKEN" in kept["env"] and "hunter22" not in (folder / "surroundings.json").read_text()
    assert any(name.startswith("pytest-") for name in kept["packages"])

    (folder / "surroundings.json").write_text(json.dumps({**kept, "packages": [*kept["packages"], "no_such-1.0"]}))
    changed = JOBS.replace("        [1, 2],", "        [1, 2, 3],").replace('    made("two")(rows)\n', "")
    project("jobs.py", changed)
    more = {"API_TOKEN": "hunter22", "NEW_NAME": "plain-value"}
    assert dagjob("run", "jobs.py", *config, "--set", "load.limit=5", "-t", "team=data", env=more).code == 0
    second, first = ask("runs", "-f", "ids").out.split()
    found = json.loads(ask("runs", "diff", first, second, "-f", "json").out)
    assert (found["a"]["id"], found["b"]["id"]) == (first, second)
    assert found["config"] == [{"path": "ops.load.config.limit", "a": 3, "b": 5}]
    assert found["facts"] == [{"path": "tags.team", "b": "data"}]
    assert [(each["op"], each["change"]) for each in found["code"]["ops"]] == [
        ("load", "changed"),
        ("inside.two", "removed"),
    ]
    assert found["packages"] == [{"path": "no_such", "a": "1.0"}]
    assert found["env"] == [{"path": "NEW_NAME", "b": ""}]
    assert found["plan"] == [{"path": "inside.two", "a": ["clean"]}]
    assert [each["op"] for each in found["durations"]] == ["load", "clean", "inside.one", "inside.two"]

    page = ask("runs", "diff", first, second).out
    for line in (
        "tags.team",
        "+ NEW_NAME",
        "-        [1, 2],",
        "+        [1, 2, 3],",
        "3 -> 5",
        "inside.two  removed",
    ):
        assert line in page, line
    assert "plain-value" not in page
    assert (
        ask("runs", "diff", second, second)
        .out.splitlines()[-1]
        .startswith(" the same: run, config, code of ops, packages")
    )


def test_what_a_run_has_not_recorded_is_no_difference(plant: Plant, ask: Ask) -> None:
    state = plant(
        run_events("aaaa", ops=("load",), seconds=1.0), run_events("bbbb", ops=("load", "clean"), seconds=9.0)
    )
    for text in ("{", "[]", '{"python": 3}'):
        Path(state.surroundings("aaaa")).write_text(text)
        done = ask("runs", "diff", "a", "b", "-f", "json")
        found = json.loads(done.out)
        assert (done.code, found["code"], found["packages"], found["env"]) == (0, None, None, None)
    page = ask("runs", "diff", "a", "b").out
    assert "not recorded for both runs" in page and "+ clean" in page and "1.0s ->    4.5s  +3.5s" in page
    assert ask("runs", "diff", "a").code == 2
    assert ask("runs", "diff", "a", "cccc").code == 5


def test_values_are_compared_leaf_by_leaf() -> None:
    def found(a: object, b: object) -> list[tuple[str, object, object]]:
        return [(each.path, each.a, each.b) for each in changes(a, b)]

    assert found({"x": {"y": [1, {"z": 2}]}}, {"x": {"y": [1, {"z": 3}]}}) == [("x.y[1].z", 2, 3)]
    assert found({"x": 1}, {"x": True}) == [("x", 1, True)]
    assert found({"x": {}}, {"x": {"y": 1}}) == [("x.y", MISSING, 1)]
    assert found({"x": {}}, {}) == [("x", {}, MISSING)]
    assert found({"x": [1]}, {"x": []}) == [("x[0]", 1, MISSING)]
    assert found({}, {}) == []
    packages = package_changes(["a_b-1.0", "c-2"], ["a_b-1.1", "d-3"])
    assert [(each.path, each.a, each.b) for each in packages] == [
        ("a_b", "1.0", "1.1"),
        ("c", "2", MISSING),
        ("d", MISSING, "3"),
    ]
