"""A user's own kind of config: one class in the user's module, and every command knows it."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from dagjob.config.kind import EACH, Parts, Walk, check, resolve
from dagjob.config.schema import INT, Field, Schema, to_schema
from dagjob.config.secret_text import field_names
from dagjob.config.secrets import MASK, holds_secrets, masked, secrets_in
from dagjob.errors import DagjobInvalidConfigError

Run = Callable[..., Any]
Project = Callable[..., Path]

DURATION = '''
import re

from dagjob.config.schema import Schema

FORM = re.compile("([0-9]+)([smh])")
SECONDS = {"s": 1, "m": 60, "h": 3600}


class Duration(Schema):
    """A length of time such as "90s" or "5m"; the op gets seconds."""

    def read(self, value):
        found = FORM.fullmatch(value)
        if found is None:
            raise ValueError("write a number and s, m or h")
        return int(found[1]) * SECONDS[found[2]]

    def expectation(self):
        return 'a duration such as "90s"'

    def example(self):
        return "30s"

    def json_schema(self, drawing):
        return {"type": "string", "pattern": f"^{FORM.pattern}$"}
'''

JOB = """
from dagjob import Field, job, op
from durations import Duration

@op(config_schema={"wait": Duration(), "pause": Field(Duration(), default_value="5m"), "steps": Field([Duration()], [])})
def nap(context):
    with open("slept.txt", "w") as file:
        print(context.op_config, file=file)

@job
def night():
    nap()
"""

assert len((DURATION + JOB).splitlines()) < 60


@pytest.fixture
def night(project: Project) -> Path:
    project("durations.py", DURATION)
    return project("jobs.py", JOB)


def config(project: Project, text: str) -> str:
    project("run.yaml", f"ops: {{nap: {{config: {text}}}}}\n")
    return "run.yaml"


def test_an_op_gets_what_the_kind_reads_and_defaults_are_read_too(night: Path, project: Project, dagjob: Run) -> None:
    done = dagjob("run", "jobs.py", "-c", config(project, "{wait: 90s, steps: [1s, 1h]}"))
    assert done.code == 0, done.stderr
    assert (project() / "slept.txt").read_text() == "{'wait': 90, 'pause': 300, 'steps': [1, 3600]}\n"


@pytest.mark.parametrize(
    ("text", "column", "message"),
    [
        ("{wait: soon}", 28, '"wait" must be a duration such as "90s", not text'),
        ("{wait: 5}", 28, '"wait" must be a duration such as "90s", not 5'),
        ("{wait: 1s, steps: [1s, 2d]}", 44, '"steps[1]" must be a duration such as "90s", not text'),
    ],
)
def test_what_the_kind_does_not_read_is_told_at_its_place(
    text: str, column: int, message: str, night: Path, project: Project, dagjob: Run
) -> None:
    done = dagjob("validate", "jobs.py", "-c", config(project, text))
    told = done.stdout + done.stderr
    assert done.code == 1
    assert f"run.yaml:1:{column}" in told
    assert message in told


def test_the_text_of_a_value_error_is_the_hint(night: Path, project: Project, dagjob: Run) -> None:
    done = dagjob("validate", "jobs.py", "-c", config(project, "{wait: soon}"))
    assert "write a number and s, m or h" in done.stdout + done.stderr


def test_config_new_writes_its_example_and_validate_takes_it(night: Path, project: Project, dagjob: Run) -> None:
    done = dagjob("config", "new", "jobs.py", "-o", "new.yaml")
    assert done.code == 0, done.stderr
    text = (project() / "new.yaml").read_text()
    assert 'wait: "30s"' in text
    assert 'pause: "5m"' in text
    assert dagjob("validate", "jobs.py", "-c", "new.yaml").code == 0


def test_the_json_schema_has_its_form(night: Path, dagjob: Run) -> None:
    made = json.loads(dagjob("schema", "jobs.py").stdout)
    options = made["properties"]["ops"]["properties"]["nap"]["properties"]["config"]["properties"]
    form = {"type": "string", "pattern": "^([0-9]+)([smh])$"}
    assert options["wait"] == form
    assert options["pause"] == {**form, "default": "5m"}
    assert options["steps"]["items"] == form


def test_show_names_the_kind(night: Path, dagjob: Run) -> None:
    shown = dagjob("show", "jobs.py").stdout
    assert "duration" in shown
    assert "5m" in shown


# -- what a kind may say, one method at a time ---------------------------------------------------------------------


class Even(Schema):
    """An even integer; has nothing but `read`."""

    def read(self, value: object) -> object:
        if not isinstance(value, int) or value % 2:
            raise ValueError
        return value // 2


def test_a_kind_with_nothing_but_read_has_a_name_and_an_expectation():
    assert repr(to_schema({"n": Even()})) == "<Shape {n: even}>"
    (problem,) = check(to_schema([Even()]), [2, 3]).problems
    assert problem.message == "At root[1]: expected even, got 3 of type int"
    assert problem.must == "an even"


def test_what_is_checked_stays_as_written_and_can_be_resolved():
    schema = to_schema({"n": Field(Even(), default_value=8)})
    assert check(schema, {}).value == {"n": 8}
    assert resolve(schema, check(schema, {}).value, {}).value == {"n": 4}


def test_a_default_is_checked_by_the_kind():
    with pytest.raises(DagjobInvalidConfigError, match="expected even, got 3"):
        Field(Even(), default_value=3)


def test_a_mistake_in_read_is_told_with_its_name_and_not_raised():
    class Broken(Schema):
        def read(self, value: object) -> object:
            return {}["nothing"]

    (problem,) = check(Broken(), 1).problems
    assert problem.notes == ("Broken.read raised KeyError: 'nothing'",)


def test_no_hint_says_what_a_secret_is():
    class Pin(Schema):
        def read(self, value: object) -> object:
            raise ValueError(f"{value} is short")

    (problem,) = check(to_schema({"pin": Field(Pin(), is_secret=True)}), {"pin": "1234"}).problems
    assert problem.notes == ()
    assert "1234" not in problem.message


def test_choices_are_suggested():
    class Planet(Schema):
        def read(self, value: object) -> object:
            return {"venus": 2, "earth": 3}[str(value)]

        def choices(self) -> tuple[str, ...]:
            return ("venus", "earth")

    (problem,) = check(Planet(), "erth").problems
    assert problem.suggestion == "earth"


class Token(Schema):
    """A kind that is always a secret."""

    is_secret = True

    def read(self, value: object) -> object:
        return value


class AtLeastOne(Schema):
    """A kind with parts."""

    def __init__(self, inner: object) -> None:
        self.inner = to_schema(inner)

    def accept(self, value: object, walk: Walk) -> object:
        if not isinstance(value, list) or not value:
            return walk.mismatch(self, value)
        return [walk.inside("item", index, self.inner, item) for index, item in enumerate(value)]

    def parts(self) -> Parts:
        return {EACH: self.inner}


def test_a_kind_can_be_a_secret_by_itself():
    schema = to_schema({"tokens": [Token()], "one": Token(), "n": int})
    value = {"tokens": ["aaaa", "bbbb"], "one": "cccc", "n": 1}
    assert masked(schema, value) == {"tokens": [MASK, MASK], "one": MASK, "n": 1}
    assert list(secrets_in(schema, value)) == ["aaaa", "bbbb", "cccc"]


def test_a_kind_with_parts_is_looked_into_by_everything_that_looks_for_something():
    schema = to_schema({"users": AtLeastOne({"name": str, "key": Field(str, is_secret=True)})})
    value = {"users": [{"name": "a", "key": "kkkk"}]}
    assert masked(schema, value) == {"users": [{"name": "a", "key": MASK}]}
    assert holds_secrets(schema)
    assert field_names(schema) == ({"key"}, {"users", "name"})
    (empty,) = check(schema, {"users": []}).problems
    assert empty.path == ("users",)
    (inside,) = check(schema, {"users": [{"name": 1, "key": "k"}]}).problems
    assert inside.path == ("users", 0, "name")


def test_a_kind_can_extend_one_that_is_there():
    class Port(type(INT)):
        def accept(self, value: object, walk: Walk) -> object:
            if isinstance(value, int) and not 0 < value < 65536:
                return walk.mismatch(self, value)
            return super().accept(value, walk)

        def expectation(self) -> str:
            return "a port from 1 to 65535"

    assert check(Port(), 80).success
    (problem,) = check(Port(), 0).problems
    assert problem.must == "a port from 1 to 65535"
