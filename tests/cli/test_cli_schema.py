"""`dagjob schema`: a JSON Schema that editors take, and that agrees with `dagjob validate`."""

from __future__ import annotations

import copy
import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml
from config_jobs import daily, judged, mapped, owned
from hypothesis import given, settings
from hypothesis import strategies as st

from dagjob import DagjobInvalidConfigError
from dagjob.cli.schema import job_json_schema
from dagjob.plan.resolve import resolve

Run = Callable[..., Any]
MODULE = Path(__file__).parent / "config_jobs.py"

GOOD: dict[str, Any] = {
    "ops": {
        "load": {"config": {"path": "a.csv", "limit": 3, "color": "BLUE", "tags": {"a": [1]}, "pet": {"dog": {"name": "rex"}}}},
        "inner": {
            "ops": {
                "shape": {
                    "config": {"n": 1, "where": {"file": "f"}, "rows": [{"x": 1}], "m": {"a": 1}, "free": {"k": 1, "z": 2}},
                    "inputs": {"title": "t"},
                }
            }
        },
    },
    "resources": {"db": {"config": {"url": {"env": "DB_URL"}, "port": 1}}},
    "inputs": {"top": {"value": 3}},
    "loggers": {"console": {"config": {"log_level": "INFO"}}},
    "execution": {"config": {"multiprocess": {"max_concurrent": 2}}},
}  # fmt: skip


class EverythingSet(dict[str, str]):
    """An environment in which every variable is 1: what a schema cannot know is not asked."""

    def get(self, name: str, default: Any = None) -> Any:
        return "1"


# -- documents, good and damaged -----------------------------------------------------------------------------------


def places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [path, *(place for at, item in inner for place in places(item, (*path, at)))]


ODD_VALUES = st.sampled_from(
    [
        None,
        True,
        0,
        -5,
        7,
        2.5,
        "",
        "text",
        "RED",
        [],
        [1],
        ["a"],
        {},
        {"x": 1},
        {"env": "SET"},
        {"value": 1},
        {"env": 3},
    ]
)


@st.composite
def damaged(draw: st.DrawFn) -> dict[str, Any]:
    """The good document with up to two places taken away, replaced, or joined by a key that is not known."""
    document: Any = copy.deepcopy(GOOD)
    for _ in range(draw(st.integers(0, 2))):
        path = draw(st.sampled_from(places(document)[1:] or [("ops",)]))
        above = document
        for at in path[:-1]:
            above = above[at]
        match draw(st.sampled_from(["remove", "replace", "add"])):
            case "remove":
                del above[path[-1]]
            case "replace":
                above[path[-1]] = copy.deepcopy(draw(ODD_VALUES))
            case _ if isinstance(above, dict):
                above["unknown"] = copy.deepcopy(draw(ODD_VALUES))
        if not document:
            document = copy.deepcopy(GOOD)
    return dict(document)


def test_a_resource_that_no_op_needs_is_judged_when_the_config_names_it() -> None:
    document = copy.deepcopy(GOOD)
    document["resources"]["db"]["config"]["port"] = None
    with pytest.raises(DagjobInvalidConfigError, match="port"):
        resolve(daily, document, environ=EverythingSet(), check_instances=True)
    del document["resources"]
    resolve(daily, document, environ=EverythingSet(), check_instances=True)


@settings(max_examples=400, deadline=None)
@given(damaged())
def test_the_schema_and_validate_agree_on_documents_of_a_whole_job(document: dict[str, Any]) -> None:
    accepted = jsonschema.Draft202012Validator(SCHEMA).is_valid(document)
    try:
        # What `dagjob validate` does, with every variable set.
        resolve(daily, document, environ=EverythingSet(), check_instances=True)
        fits = True
    except DagjobInvalidConfigError:
        fits = False
    assert accepted == fits, document


SCHEMA = job_json_schema(daily)


@pytest.mark.parametrize(
    ("document", "fits"),
    [
        ({}, True),
        ({"ops": {}}, True),
        ({"ops": {"load": {}}}, False),
        ({"ops": {"load": {"config": {"path": "x"}}}}, False),
    ],
)
def test_what_the_job_s_own_config_has_need_not_be_said_again(document: dict[str, Any], fits: bool) -> None:
    assert jsonschema.Draft202012Validator(job_json_schema(owned)).is_valid(document) == fits
    try:
        resolve(owned, document, check_instances=True)
    except DagjobInvalidConfigError:
        assert not fits
    else:
        assert fits


def test_behind_a_mapping_the_schema_is_the_mapping_s() -> None:
    made = job_json_schema(mapped)
    assert sorted(made["properties"]) == ["path", "size"]
    assert made["required"] == ["path"]


def test_a_validator_in_python_is_what_a_schema_cannot_say() -> None:
    document = {"ops": {"checked": {"config": {"low": 2}}}}
    assert jsonschema.Draft202012Validator(job_json_schema(judged)).is_valid(document)
    with pytest.raises(DagjobInvalidConfigError, match="odd"):
        resolve(judged, document, check_instances=True)


# -- the command ---------------------------------------------------------------------------------------------------


def test_check_jsonschema_takes_it_and_judges_files_with_it(dagjob: Run, project: Callable[..., Path]) -> None:
    project("config_jobs.py", MODULE.read_text(encoding="utf-8"))
    done = dagjob("schema", "config_jobs.py:daily", "-o", "daily.schema.json")
    assert (done.code, done.stdout) == (0, "")
    assert "# yaml-language-server: $schema=daily.schema.json" in done.stderr

    def check(*arguments: str) -> int:
        argv = [sys.executable, "-m", "check_jsonschema", *arguments]
        return subprocess.run(argv, cwd=project(), capture_output=True).returncode

    assert check("--check-metaschema", "daily.schema.json") == 0
    project("good.yaml", yaml.safe_dump(GOOD))
    project("bad.yaml", "ops: {load: {config: {path: 3}}}\n")
    assert check("--schemafile", "daily.schema.json", "good.yaml") == 0
    assert check("--schemafile", "daily.schema.json", "bad.yaml") == 1
    assert dagjob("validate", "config_jobs.py:daily", "-c", "good.yaml", env={"DB_URL": "x"}).code == 0
    assert dagjob("validate", "config_jobs.py:daily", "-c", "bad.yaml", env={"DB_URL": "x"}).code == 1


def test_the_schema_goes_to_stdout_with_the_words_of_the_job(dagjob: Run, project: Callable[..., Path]) -> None:
    project("config_jobs.py", MODULE.read_text(encoding="utf-8"))
    done = dagjob("schema", "config_jobs.py:daily")
    made = json.loads(done.stdout)
    assert made["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    assert "daily" in made["title"]
    assert made["description"].startswith("Sales of a day.")
    ops = made["properties"]["ops"]["properties"]
    assert ops["load"]["description"] == "Reads the rows."
    assert ops["inner"]["description"] == "Two ops in one."
    assert ops["inner"]["properties"]["ops"]["properties"]["shape"]["description"] == "Gives them a shape."
    assert made["properties"]["resources"]["properties"]["db"]["description"] == "Where the rows are."
    assert "hunter2-default" not in done.stdout


def test_the_modeline_names_the_file(dagjob: Run, project: Callable[..., Path]) -> None:
    project("config_jobs.py", MODULE.read_text(encoding="utf-8"))
    done = dagjob("schema", "config_jobs.py:daily", "-o", "s.json", "--modeline")
    assert done.stdout == "# yaml-language-server: $schema=s.json\n"
    assert dagjob("schema", "config_jobs.py:daily", "--modeline").code == 2
    assert dagjob("schema", "config_jobs.py:daily", "-o", "no/such/folder/s.json").code == 2
