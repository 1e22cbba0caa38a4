"""A config with several mistakes in several files: all are told at once, each with its place, and nothing is run."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

Run = Callable[..., Any]
Project = Callable[..., Path]

JOBS = """\
from pydantic import Field as PydanticField
from dagjob import Config, Enum, EnumValue, job, op

class Extract(Config):
    limit: int = PydanticField(10, gt=0)
    name: str

@op
def extract(config: Extract) -> int:
    open("ran", "w").close()
    return 1

@op(config_schema={"country": str, "mode": Enum("Mode", [EnumValue("fast"), EnumValue("slow")])})
def load(context, x): ...

@job
def etl():
    load(extract())
"""


def test_five_mistakes_in_two_files_are_five_errors(dagjob: Run, project: Project) -> None:
    project("jobs.py", JOBS)
    # The class judges its values when its keys are right, so the unknown key stands with the other op.
    project("base.yaml", "ops:\n  extract:\n    config:\n      limit: -4\n      name: x\n")
    project(
        "prod.yaml", "ops:\n  load:\n    config:\n      country: NO\n      mode: fsat\n      frsh: true\nloger: {}\n"
    )
    files = ("-c", "base.yaml", "-c", "prod.yaml")
    expected = [
        ("base.yaml:4:14", "greater than 0", "limit: -4"),
        ("prod.yaml:4:16", 'write "NO"', "country: NO"),
        ("prod.yaml:5:13", 'did you mean "fast"?', "mode: fsat"),
        ("prod.yaml:6:7", '"frsh"', "frsh: true"),
        ("prod.yaml:7:1", 'did you mean "loggers"?', "loger: {}"),
    ]
    validated = dagjob("validate", "jobs.py", *files)
    run = dagjob("run", "jobs.py", *files, "--format", "plain")
    assert (validated.code, run.code) == (1, 6)
    for text in (validated.stdout, run.stderr):
        blocks = text.split("error[")[1:]
        assert len(blocks) == 5, text
        for block, (place, words, excerpt) in zip(blocks, expected, strict=True):
            assert f"--> {place}\n" in block
            assert words in block
            assert excerpt in block
    assert not (project() / "ran").exists()
    assert "nothing was run" in run.stderr
    assert dagjob("runs", "list", "--format", "json").stdout.strip() in ("", '{\n  "runs": []\n}')


def test_the_same_for_programs(dagjob: Run, project: Project) -> None:
    project("jobs.py", JOBS)
    project(
        "base.yaml",
        "ops:\n  extract:\n    config:\n      limit: ten\n      nmae: x\n  load: {config: {country: x, mode: fast}}\n",
    )
    done = dagjob("validate", "jobs.py", "-c", "base.yaml", "-f", "json")
    problems = json.loads(done.stdout)["problems"]
    assert {(p["code"], p["line"], p["column"]) for p in problems} >= {("DJ203", 4, 14), ("DJ201", 5, 7)}
    assert next(p for p in problems if p["code"] == "DJ201")["suggestion"] == "name"
    concise = dagjob("validate", "jobs.py", "-c", "base.yaml", "-f", "concise").stdout
    assert "base.yaml:4:14: DJ203" in concise


RESOURCES = """\
from pydantic import Field as PydanticField, field_validator
from dagjob import ConfigurableResource, Definitions, ResourceDependency, job, op

class Database(ConfigurableResource):
    url: str
    port: int = PydanticField(5432, lt=65536)

    @field_validator("url")
    @classmethod
    def has_a_scheme(cls, value):
        if "://" not in value:
            raise ValueError("a url has a scheme")
        return value

class Store(ConfigurableResource):
    database: Database
    name: str = PydanticField("n", max_length=3)

@op
def load(database: Database, store: Store): open("ran", "w").close()

resources = {"database": Database.configure_at_launch(), "store": Store(database=Database(url="a://b"))}

@job(resource_defs=resources)
def etl(): load()
"""


def test_the_class_of_a_resource_refuses_its_config_before_anything_runs(dagjob: Run, project: Project) -> None:
    project("jobs.py", RESOURCES)
    project("conf.yaml", "resources:\n  database:\n    config:\n      url: nowhere\n      port: 70000\n")
    for command, code in (("validate", 1), ("run", 6)):
        done = dagjob(command, "jobs.py", "-c", "conf.yaml")
        told = done.stdout + done.stderr
        assert done.code == code
        assert "conf.yaml:4:12" in told
        assert "a url has a scheme" in told
        assert "conf.yaml:5:13" in told
        assert "less than 65536" in told
    assert not (project() / "ran").exists()


def test_what_cannot_be_read_does_not_hide_the_rest(dagjob: Run, project: Project) -> None:
    project("jobs.py", JOBS)
    project("twice.yaml", "ops:\n  load:\n    config: {country: a, country: b}\n")
    project("tab.yaml", "ops:\n\tload: 1\n")
    project("good.yaml", "ops:\n  extract:\n    config: {limt: 3}\n")
    files = [word for name in ("twice", "tab", "good") for word in ("-c", f"{name}.yaml")]
    more = ["--set", "lod.country=x", "--set", "load.mode=["]
    for command in ("validate", "run"):
        done = dagjob(command, "jobs.py", *files, *more)
        told = done.stdout + done.stderr
        assert done.code == (1 if command == "validate" else 6)
        places = ("twice.yaml:3:26", "tab.yaml:2:1", "--set lod.country=x", "--set load.mode=[", "good.yaml:3:14")
        assert [place for place in places if place not in told] == []
        assert "needs" not in told, "what is missing may stand in what cannot be read"
    missing = dagjob("run", "jobs.py", "-c", "lost.yaml", "-c", "tab.yaml", "-c", "gone.yaml")
    assert missing.code == 2
    assert [name for name in ("lost.yaml", "tab.yaml", "gone.yaml") if name not in missing.stderr] == []


def test_a_file_that_says_nothing_is_the_place_of_what_it_lacks(dagjob: Run, project: Project) -> None:
    project("jobs.py", JOBS)
    project("empty.yaml", "")
    project("other.yaml", "loggers: {}\n")
    for name in ("empty.yaml", "other.yaml"):
        done = dagjob("validate", "jobs.py", "-c", name, "-f", "json")
        problems = json.loads(done.stdout)["problems"]
        assert {(problem["file"], problem["line"]) for problem in problems} == {(name, None)}


def test_a_file_and_an_argument_that_are_no_utf_8(dagjob: Run, project: Project) -> None:
    project("jobs.py", JOBS)
    (project() / "latin.yaml").write_bytes(b"ops:\n  extract:\n    config: {name: caf\xe9}\n")
    done = dagjob("validate", "jobs.py", "-c", "latin.yaml", "-f", "concise")
    assert done.stdout.startswith("latin.yaml:3:23: DJ206")
    for words in (["--set", "extract.name=caf\udce9"], ["--config-json", '{"ops": "\udce9"}']):
        run = dagjob("run", "jobs.py", *words)
        assert run.code == 6
        assert "UTF-8" in run.stderr


def test_a_log_level_that_there_is_not_is_found_before_the_run(dagjob: Run, project: Project) -> None:
    project("jobs.py", "from dagjob import job, op\n@op\ndef a(): ...\n@job\ndef j(): a()\n")
    for level, codes in (("LOUD", (1, 6)), ("debug", (0, 0))):
        level = f"loggers.console.log_level={level}"
        assert tuple(dagjob(command, "jobs.py", "--set", level).code for command in ("validate", "run")) == codes


def test_the_choice_of_a_union_beside_the_rest_is_told_how_to_write_it(dagjob: Run, project: Project) -> None:
    project(
        "jobs.py",
        "from typing import Literal, Union\nfrom pydantic import Field as F\nfrom dagjob import *\n"
        "class Cat(Config):\n  kind: Literal['cat'] = 'cat'\n  lives: int = 9\n"
        "class Dog(Config):\n  kind: Literal['dog'] = 'dog'\n  name: str\n"
        "class C(Config):\n  pet: Union[Cat, Dog] = F(discriminator='kind')\n  mail: str = ''\n"
        "@op\ndef o(config: C): ...\n@job\ndef j(): o()\n",
    )
    done = dagjob("validate", "jobs.py", "--set", "o.pet={kind: cat, lives: 3}", "--set", "o.mail={a: 1}")
    assert "write  {cat: {lives: ...}}" in done.stdout
    assert '"mail" must be text or {env: NAME}, not a mapping' in done.stdout


def test_of_thousands_of_mistakes_a_person_is_shown_the_first(dagjob: Run, project: Project) -> None:
    project("jobs.py", JOBS)
    keys = "".join(f"      key_{number}: 1\n" for number in range(2000))
    project("many.yaml", f"ops:\n  extract:\n    config:\n      name: x\n{keys}")
    shown = dagjob("validate", "jobs.py", "-c", "many.yaml").stdout
    assert shown.count("error[") == 100
    assert "2,000 errors" in shown or "2,001 errors" in shown
    assert dagjob("validate", "jobs.py", "-c", "many.yaml", "-f", "concise").stdout.count("key_") == 2000


JUDGES = """\
from dagjob import Config, job, op
from pydantic import field_validator, model_validator

class Inner(Config):
    x: int = 1
    @field_validator("x")
    @classmethod
    def odd(cls, value):
        if value % 2 == 0: raise ValueError("must be odd")
        return value

class Outer(Config):
    inner: Inner = Inner()
    n: int = 1
    @model_validator(mode="after")
    def crash(self):
        return {}[self.n] if self.n == 2 else self

@op
def o(config: Outer): ...

@job
def j(): o()
"""


def test_a_validator_is_named_by_its_class_and_one_that_crashes_by_its_line(dagjob: Run, project: Project) -> None:
    project("jobs.py", JUDGES)
    assert "must be odd (checked by Inner)" in dagjob("validate", "jobs.py", "--set", "o.inner.x=2").stdout
    crashed = dagjob("validate", "jobs.py", "--set", "o.n=2").stdout
    assert "Outer raised KeyError: 2" in crashed
    assert "in jobs.py:17, crash" in crashed


def test_json_that_is_too_much_is_told_in_words_of_ours(dagjob: Run, project: Project) -> None:
    project("jobs.py", JUDGES)
    for text in ('{"a": ' + "9" * 5000 + "}", '{"a": ' + "[" * 3000 + "]" * 3000 + "}"):
        done = dagjob("run", "jobs.py", "--config-json", text)
        assert done.code == 6
        assert [word for word in ("sys.", "recursion", "unicode") if word in done.stderr] == []


def test_a_required_key_that_is_misspelt_is_one_mistake(dagjob: Run, project: Project) -> None:
    project("jobs.py", JOBS)
    good = ["--set", "load.country=a", "--set", "load.mode=fast"]
    for wrong in ("extract={nam: x}", "ops.extract={confg: {name: x}}"):
        done = dagjob("validate", "jobs.py", *good, "--set", wrong, "-f", "json")
        assert done.code == 1
        (problem,) = json.loads(done.stdout)["problems"]
        assert problem["suggestion"] in ("name", "config")
    both = dagjob("validate", "jobs.py", *good, "--set", "extract={other: x}", "-f", "json")
    assert [problem["code"] for problem in json.loads(both.stdout)["problems"]] == ["DJ202", "DJ201"]


def test_a_config_file_that_is_too_large_is_refused_at_once(dagjob: Run, project: Project) -> None:
    project("jobs.py", ONE_JOB_OF_TEXT)
    (project() / "big.yaml").write_text("pad:\n" + "- {k: text, v: 12345}\n" * 1_000_000)
    done = dagjob("run", "jobs.py:j", "-c", "big.yaml")
    assert done.code == 6
    assert "a config has at most 5 MB, and this is 22 MB" in done.stderr


ONE_JOB_OF_TEXT = """
from dagjob import job, op

class Shy:
    def __repr__(self):
        raise ValueError("no repr")

@op
def shy() -> int:
    return Shy()

@op
def large() -> int:
    return LARGE()

class LARGE(list):
    def __init__(self):
        super().__init__(range(100_000))

@job
def j():
    shy()
    large()
"""


def test_the_repr_of_a_value_hides_no_mismatch_and_is_bounded(dagjob: Run, project: Project) -> None:
    project("jobs.py", ONE_JOB_OF_TEXT)
    done = dagjob("run", "jobs.py:j")
    assert done.code == 1
    assert "<Shy> is of the Python type Shy" in done.stderr
    assert "[0, 1, 2, 3" in done.stderr
    assert len(done.stderr) < 5000


GREETS = """
from dagjob import Config, Map, graph, job, op

class Greet(Config):
    name: str = "x"
    on: str = "id"
    no: int = 0

@op(config_schema={"flags": Map(bool, int), "levels": {str: int}})
def flagged(context):
    print(context.op_config)

@op
def greet(config: Greet):
    print(config.name, config.on, config.no)

@op
def quiet(x):
    print(x)

@graph
def inner():
    greet.alias("deep")()

@job
def j():
    greet()
    quiet()
    inner()

@job
def flags():
    flagged()
"""


def test_a_key_that_stands_too_high_gets_the_right_form_as_a_hint(dagjob: Run, project: Project) -> None:
    project("jobs.py", GREETS)
    project(
        "c.yaml", "greet: {name: x}\nops: {greet: {name: x}, quiet: {inputs: {x: 5}}, inner: {deep: {config: {}}}}\n"
    )
    told = dagjob("run", "jobs.py:j", "-c", "c.yaml").stderr
    assert told.count("= write  ops: {greet: {config: ...}}") == 2
    assert "= write  ops: {inner: {ops: {deep: ...}}}" in told
    assert "= write  {value: 5}" in told


def test_config_for_an_op_that_declares_none_is_warned_of_and_refused_under_strict(
    dagjob: Run, project: Project
) -> None:
    project("jobs.py", GREETS)
    project("c.yaml", "ops: {quiet: {inputs: {x: {value: 5}}, config: {a: 1}}}\n")
    done = dagjob("run", "jobs.py:j", "-c", "c.yaml")
    assert done.code == 0, done.stderr
    assert 'warning[DJ210]: op "quiet" declares no config' in done.stderr
    assert "c.yaml:1:40" in done.stderr
    strict = dagjob("run", "jobs.py:j", "-c", "c.yaml", "--strict")
    assert strict.code == 6
    assert 'error[DJ210]: op "quiet" declares no config' in strict.stderr
    assert dagjob("validate", "jobs.py:j", "-c", "c.yaml").code == 0
    assert dagjob("validate", "jobs.py:j", "-c", "c.yaml", "--strict").code == 1


def test_options_called_on_and_no_need_no_quotes(dagjob: Run, project: Project) -> None:
    project("jobs.py", GREETS)
    project("c.yaml", "ops: {greet: {config: {on: customer, no: 4}}, quiet: {inputs: {x: {value: 5}}}}\n")
    done = dagjob("run", "jobs.py:j", "-c", "c.yaml", "--show-output", "all")
    assert done.code == 0, done.stderr
    assert "x customer 4" in done.stderr
    project("f.yaml", "ops: {flagged: {config: {flags: {on: 1, 'No': 2}, levels: {off: 3}}}}\n")
    done = dagjob("run", "jobs.py:flags", "-c", "f.yaml", "--show-output", "all")
    assert done.code == 0, done.stderr
    assert "{'flags': {True: 1, False: 2}, 'levels': {'off': 3}}" in done.stderr


IN_CODE = """
from dagjob import ConfigurableResource, EnvVar, IntSource, job, op

class Db(ConfigurableResource):
    url: str
    port: int

@op(config_schema={"n": IntSource})
def a(context, db: Db): ...

@job(resource_defs={"db": Db(url=EnvVar("DB_URL"), port=EnvVar.int("DB_PORT"))})
def j():
    a()
"""


def test_variables_that_the_code_names_are_placed_at_the_code_and_all_named(dagjob: Run, project: Project) -> None:
    project("jobs.py", IN_CODE)
    project("dev.yaml", "resources: {io_manager: {}}\nops: {a: {config: {n: {env: COUNT}}}}\n")
    line = (
        IN_CODE.splitlines().index('@job(resource_defs={"db": Db(url=EnvVar("DB_URL"), port=EnvVar.int("DB_PORT"))})')
        + 1
    )
    told = dagjob("validate", "jobs.py", "-c", "dev.yaml").stdout
    assert f"DB_URL   for resources.db.url   default in the code, jobs.py:{line}" in told
    assert "COUNT    for ops.a.n   dev.yaml:2:" in told
    for form in ("concise", "github", "json"):
        told = dagjob("validate", "jobs.py", "-c", "dev.yaml", "-f", form).stdout
        assert all(name in told for name in ("DB_URL", "DB_PORT", "COUNT"))
    told = dagjob("run", "jobs.py", "-c", "dev.yaml", env={"DB_URL": "u", "DB_PORT": "x", "COUNT": "y"}).stderr
    assert 'environment variable COUNT, for "n", must hold an integer' in told
    assert 'environment variable DB_PORT, for "port", must hold an integer' in told
    assert "= for ops.a.n" in told
    assert "= for resources.db.port" in told
    assert f"jobs.py:{line}" in told


def test_what_is_told_about_lists_that_lead_nowhere(dagjob: Run, project: Project) -> None:
    """Patterns are counted apart from files, and a job without runs gets the name that was meant."""
    project(
        "jobs.py", "from dagjob import job, op\n@op\ndef say(): print('the only line')\n@job\ndef mapped(): say()\n"
    )
    project("broken.py", "import nosuchmodule\n")
    listed = dagjob("list", "nope/*.py", "broken.py").stdout
    assert "1 file could not be imported" in listed and "1 pattern led to no file" in listed
    assert dagjob("run", "mapped").code == 0
    assert 'Did you mean "mapped"?' in dagjob("runs", "list", "--job", "maped").stderr
    assert dagjob("run", "broken.py:x").stderr.count("No module named 'nosuchmodule'") == 1


def test_all_output_of_a_failed_op_is_shown_once(dagjob: Run, project: Project) -> None:
    text = "from dagjob import job, op\n@op\ndef bad():\n    print('the only line')\n    raise ValueError\n"
    project("jobs.py", text + "@job\ndef j(): bad()\n")
    done = dagjob("run", "j", "--show-output", "all")
    assert (done.stdout + done.stderr).count("the only line") == 1
