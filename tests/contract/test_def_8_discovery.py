"""Contract def-8: what a target leads to (examples E1 and E2), and the "Errors" table.

`load` is the helper that the page speaks of: it loads a file with our loader. Where dagjob means to answer otherwise
than Dagster's loader did, a comment says why.
"""

from __future__ import annotations

import itertools
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from mistakes import Mistake, code, ids, make

from dagjob import (
    CheckError,
    DagjobImportError,
    DagjobInvalidDefinitionError,
    DagjobInvariantViolationError,
    build_reconstructable_job,
    job,
    op,
    reconstructable,
)
from dagjob.engine.importing import Target, import_target
from dagjob.engine.target import jobs_in, load_job

BAD = DagjobInvalidDefinitionError
NUMBERS = itertools.count()
Load = Callable[..., list[str] | str]

BASE = "from dagjob import *\n@op\ndef a(): ...\n"
J = "@job\ndef j(): a()\n"
K = "@job\ndef k(): a()\n"
G = "@graph\ndef g(): a()\n"


@pytest.fixture
def load(tmp_path: Path) -> Iterator[Load]:
    """`load(source)`: the names of the jobs that the file holds; `load(source, name)`: of the one job of that name."""
    path = list(sys.path)

    def run(source: str, name: str | None = None) -> list[str] | str:
        file = tmp_path / f"loaded_{next(NUMBERS)}.py"
        file.write_text(source, encoding="utf-8")
        target = Target(file.name, name, str(tmp_path))
        try:
            if name is None:
                return [each.job.name for each in jobs_in(import_target(target), target)]
            return [load_job(target).job.name]
        except Exception as error:
            return type(error).__name__

    yield run
    sys.path[:] = path
    for module in [name for name in sys.modules if name.startswith("loaded_")]:
        del sys.modules[module]


# Two jobs without a container can be listed, and the same job under two names is one: a relaxation that the page asks
# for. A module that holds nothing has no jobs; to run it is an error. What the module raised is told with its place
# and its own traceback under one class of ours, so that it never looks like a fault of dagjob.
SCANS: dict[str, tuple[str, list[str] | str]] = {
    "one job": (BASE + J, ["j"]),
    "two jobs": (BASE + J + K, ["j", "k"]),
    "two names": (BASE + J + "k = j\n", ["j"]),
    "graph": (BASE + G, ["g"]),
    "graph and job": (BASE + G + J, ["j"]),
    "Definitions": (BASE + J + K + "defs = Definitions(jobs=[j, k])\n", ["j", "k"]),
    "two Definitions": (BASE + J + "d1 = Definitions(jobs=[j])\nd2 = Definitions(jobs=[j])\n", "DagjobTargetError"),
    "repositories": (BASE + J + K + "@repository\ndef r(): return [j]\n@repository\ndef s(): return [[j], k]\n", ["j", "j", "k"]),
    "lazy": (BASE + J + "@definitions\ndef defs(): return Definitions(jobs=[j])\n", ["j"]),
    "ops only": (BASE, []),
    "import error": ("import not_there_xyz\n", "DagjobImportError"),
    "raises": ("raise ValueError('x')\n", "DagjobImportError"),
    "relative": ("from .x import y\n", "DagjobImportError"),
}  # fmt: skip


@pytest.mark.parametrize("name", SCANS)
def test_a_module_is_scanned_for_its_jobs(load: Load, name: str) -> None:
    source, found = SCANS[name]
    assert load(source) == found


ATTRIBUTES = """
from dagjob import *
@op
def a(): ...
@op(required_resource_keys={"x"})
def b(context): ...
@graph
def g(): a()
@job
def j(): b()
def make(): return g.to_job(name="made")
def make_defs(): return Definitions(jobs=[g.to_job(name="one"), g.to_job(name="two")])
def with_arg(x=1): return g.to_job()
def wrong(): return 3
defs = Definitions(jobs=[j], resources={"x": 1})
value = 5
class Group:
    inner = g
"""


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("g", ["g"]),
        ("make", ["made"]),
        ("make_defs", "DagjobAmbiguousTargetError"),  # a run needs one job; the page lists what the object holds
        ("with_arg", "DagjobTargetError"),
        ("wrong", "DagjobTargetError"),
        ("value", "DagjobTargetError"),
        ("nope", "DagjobUnknownTargetError"),
        ("defs", ["j"]),
        ("j", ["j"]),  # bound to the module's Definitions, as the page asks; the release takes the bare job and fails
        ("a", "DagjobTargetError"),  # an op is callable, and is not called
        ("Group.inner", ["g"]),
    ],
)
def test_a_target_names_an_attribute(load: Load, name: str, found: list[str] | str) -> None:
    assert load(ATTRIBUTES, name) == found


def test_the_errors_of_targets_are_of_the_contract_s_class() -> None:
    import dagjob.errors as errors

    for name in ("DagjobTargetError", "DagjobUnknownTargetError", "DagjobAmbiguousTargetError"):
        assert issubclass(getattr(errors, name), DagjobInvariantViolationError)
    assert issubclass(DagjobImportError, errors.DagjobError)


# -- the command ---------------------------------------------------------------------------------------------------

COMMANDS = {
    "several jobs": (BASE + J + K, "", 4, ("jobs.py", "j", "k")),
    "several Definitions": (BASE + J + "d1 = Definitions(jobs=[j])\nd2 = Definitions(jobs=[j])\n", "", 4, ("d1", "d2")),
    "nothing": (BASE, "", 4, ("jobs.py", "Definitions", "@job")),
    "attribute missing": (BASE + J, ":jj", 5, ("jj", "jobs.py", "1 job: j")),
    "wrong kind": (BASE + J + "value = 5\n", ":value", 4, ("jobs.py:value", "int")),
    "with parameters": (BASE + J + "def make(x=1): ...\n", ":make", 4, ("jobs.py:make", "parameters")),
    "returns something else": (BASE + J + "def make(): return 3\n", ":make", 4, ("jobs.py:make", "int")),
    "import fails": ("import dagjob\nimport not_there_xyz\n", "", 4, ("jobs.py:2", "ModuleNotFoundError", "not_there_xyz")),
    "relative import": ("import dagjob\nfrom .x import y\n", "", 4, ("jobs.py:2", "relative import", "module:job")),
    "raises": (BASE + "def deep():\n  raise ValueError('boom')\ndeep()\n", "", 4, ("jobs.py:5", "ValueError", "boom", "in deep")),
}  # fmt: skip


@pytest.mark.parametrize("name", COMMANDS)
def test_the_command_tells_what_is_wrong_with_a_target(
    dagjob: Callable[..., Any], project: Callable[..., Path], name: str
) -> None:
    source, attribute, code, tells = COMMANDS[name]
    project("jobs.py", source)
    done = dagjob("run", f"jobs.py{attribute}")
    assert done.code == code, done.stderr
    assert [word for word in tells if word not in done.stderr] == [], done.stderr
    assert "engine/target.py" not in done.stderr


def test_a_file_that_is_not_there_is_told_with_where_it_was_looked_for(
    dagjob: Callable[..., Any], project: Callable[..., Path]
) -> None:
    done = dagjob("run", "lost/jobs.py:j")
    assert done.code == 5
    assert "lost/jobs.py" in done.stderr
    assert str(project()) in done.stderr


# -- containers ----------------------------------------------------------------------------------------------------

JOBS = BASE + J + K + "@op(required_resource_keys={'db'})\ndef b(context): ...\n@job\ndef needs(): b()\n"
CONTAINERS = [
    Mistake(
        "unknown job",
        DagjobInvariantViolationError,
        ("x", "j", "k"),
        JOBS + "Definitions(jobs=[j, k]).get_job_def('x')",
    ),
    Mistake(
        "unknown job",
        DagjobInvariantViolationError,
        ("x", "j", "r"),
        JOBS
        + code(
            """
        @repository
        def r():
            return [j]

        r.get_job("x")
        """
        ),
    ),
    Mistake("two of one name", BAD, ("j",), JOBS + "one = j\n" + J + "Definitions(jobs=[one, j]).get_repository_def()"),
    Mistake(
        "two of one name",
        BAD,
        ("j", "r"),
        JOBS
        + "one = j\n"
        + J
        + code(
            """
        @repository
        def r():
            return [one, j]
        """
        ),
    ),
    Mistake(
        "reserved name",
        BAD,
        ("__j",),
        """
        @op
        def a(): ...
        @job(name="__j")
        def j():
            a()

        Definitions(jobs=[j]).get_repository_def()
        """,
    ),
    Mistake("missing resource", BAD, ("db", "b", "needs"), JOBS + "Definitions(jobs=[needs]).get_job_def('needs')"),
    Mistake(
        "repository returns",
        BAD,
        ("r", "3"),
        """
        @repository
        def r():
            return 3
        """,
    ),
    Mistake(
        "repository returns",
        BAD,
        ("r", "1", "'x'"),
        JOBS
        + code(
            """
        @repository
        def r():
            return [j, "x"]
        """
        ),
    ),
    Mistake(
        "repository returns",
        BAD,
        ("r", "jobz"),
        JOBS
        + code(
            """
        @repository
        def r():
            return {"jobz": {}}
        """
        ),
    ),
    Mistake(
        "repository returns",
        BAD,
        ("r", "j", "3"),
        JOBS
        + code(
            """
        @repository
        def r():
            return {"jobs": {"j": 3}}
        """
        ),
    ),
    Mistake(
        "key and name",
        CheckError,
        ("x", "j"),
        JOBS
        + code(
            """
        @repository
        def r():
            return {"jobs": {"x": j}}
        """
        ),
    ),
    Mistake(
        "key and name",
        CheckError,
        ("x", "j"),
        JOBS
        + code(
            """
        @repository
        def r():
            return {"jobs": {"x": lambda: j}}

        r.get_job("x")
        """
        ),
    ),
    Mistake(
        "merge",
        DagjobInvariantViolationError,
        ("db",),
        "Definitions.merge(Definitions(resources={'db': 1}), Definitions(resources={'db': 2}))",
    ),
    Mistake(
        "merge",
        DagjobInvariantViolationError,
        ("executor",),
        "Definitions.merge(Definitions(executor=in_process_executor), Definitions(executor=multiprocess_executor))",
    ),
    Mistake("wrong kind", CheckError, ("jobs", "g"), JOBS + G + "Definitions(jobs=[g])"),
    Mistake("wrong kind", CheckError, ("jobs", "j"), JOBS + "Definitions(jobs=j)"),
    Mistake("wrong kind", CheckError, ("resources", "3"), "Definitions(resources=3)"),
    Mistake("wrong kind", CheckError, ("executor", "3"), "Definitions(executor=3)"),
    Mistake("wrong kind", CheckError, ("console", "3"), "Definitions(loggers={'console': 3})"),
]


@pytest.mark.parametrize("mistake", CONTAINERS, ids=ids(CONTAINERS))
def test_a_mistake_in_a_container(mistake: Mistake) -> None:
    make(mistake)


# -- reconstructable -----------------------------------------------------------------------------------------------


@op
def a() -> int:
    return 1


@job
def at_the_top() -> None:
    a()


def made() -> Any:
    return at_the_top.graph.to_job(name="made")


def made_of(name: str, *, size: int) -> Any:
    return at_the_top.graph.to_job(name=f"{name}_{size}")


def with_parameter(x: int) -> Any:
    return x


def returns_a_number() -> Any:
    return 3


FROM_TO_JOB = made()
SHORT = lambda: at_the_top  # noqa: E731


def test_a_job_at_the_top_and_a_function_can_be_found_again() -> None:
    assert reconstructable(at_the_top).get_definition() is at_the_top
    assert reconstructable(made).get_definition().name == "made"
    pointer = build_reconstructable_job(__name__, "made_of", ("daily",), {"size": 3})
    assert pointer.get_definition().name == "daily_3"


def test_what_cannot_be_found_again_is_refused_with_the_reason() -> None:
    @job
    def nested() -> None:
        a()

    refused: dict[str, Any] = {
        "lambda": SHORT,
        "nested": nested,
        "made": FROM_TO_JOB,
        "at_the_top": at_the_top.graph,
        "5": 5,
        "with_parameter": with_parameter,
    }
    for name, thing in refused.items():
        with pytest.raises(DagjobInvariantViolationError, match=name):
            reconstructable(thing)


def test_a_function_that_returns_no_job_is_refused() -> None:
    with pytest.raises(DagjobInvariantViolationError, match="returns_a_number"):
        reconstructable(returns_a_number)


def test_arguments_of_a_factory_must_be_like_json() -> None:
    with pytest.raises(CheckError, match="object"):
        build_reconstructable_job(__name__, "made_of", (object(),))


# -- whole files, and modules elsewhere ----------------------------------------------------------------------------


def test_validate_checks_every_job_of_a_file(dagjob: Callable[..., Any], project: Callable[..., Path]) -> None:
    project("jobs.py", BASE + J + K)
    done = dagjob("validate", "jobs.py")
    assert done.code == 0, done.stderr
    assert "jobs.py:j" in done.stdout
    assert "jobs.py:k" in done.stdout
    project("none.py", BASE)
    assert dagjob("validate", "none.py").code == 1


def test_several_graphs_without_a_choice_are_listed(dagjob: Callable[..., Any], project: Callable[..., Path]) -> None:
    project("jobs.py", BASE + G + G.replace("g()", "h()"))
    done = dagjob("run", "jobs.py")
    assert done.code == 4
    assert "g, h" in done.stderr


def test_a_module_that_is_missing_is_told_with_where_was_looked(
    dagjob: Callable[..., Any], project: Callable[..., Path]
) -> None:
    project("jobs.py", "import dagjob\nimport not_there_xyz\n")
    done = dagjob("run", "jobs.py")
    assert str(project()) in done.stderr
    assert "python-path" in done.stderr


def test_a_module_in_src_is_found_by_a_hint(dagjob: Callable[..., Any], project: Callable[..., Path]) -> None:
    project("src/shop/jobs.py", BASE + J)
    done = dagjob("run", "shop.jobs:j")
    assert done.code == 5
    assert 'python-path = ["src"]' in done.stderr
    (project() / "pyproject.toml").write_text('[tool.dagjob]\npython-path = ["src"]\n')
    assert dagjob("run", "shop.jobs:j").code == 0
