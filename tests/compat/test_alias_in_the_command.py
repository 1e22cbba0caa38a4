"""The command runs modules that import `dagster` where Dagster is not installed, in every process, and says so once."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

JOBS = """
    import logging
    import dagster as dg
    from dagster import Definitions, In, job, op, schedule, sensor
    from dagster._core.errors import DagsterInvariantViolationError

    @op
    def one() -> int:
        return 1

    @op(ins={"number": In(int)})
    def two(context, number):
        import importlib
        context.log.info("%s %s", number, importlib.import_module("dagster").__version__)
        dg.get_dagster_logger("mine").warning("of the shared logger")
        logging.getLogger("dagster").warning("of dagster's by name")
        assert (context.log.name, dg.get_dagster_logger().name) == ("dagster", "dagster")

    @job(tags={"dagster/priority": "3"})
    def daily():
        two(one())

    @dg.asset
    def raw(): ...

    @schedule(job=daily, cron_schedule="0 0 * * *")
    def nightly(context): ...
"""
DEFINITIONS = """
    import jobs
    from dagster import Definitions, load_assets_from_modules

    defs = Definitions(assets=load_assets_from_modules([jobs]), jobs=[jobs.daily], schedules=[jobs.nightly])
"""
TOLD = '"import dagster" means dagjob'
Dagjob = Callable[..., Any]
Project = Callable[..., Path]


@pytest.mark.parametrize("method", ["preloaded", "lean", "spawn", "in_process"])
def test_a_module_that_imports_dagster_runs_in_every_kind_of_process(
    project: Project, dagjob: Dagjob, method: str
) -> None:
    project("jobs.py", JOBS + "\n    defs = Definitions(jobs=[daily], assets=[raw], schedules=[nightly])\n")
    execution = (
        f'{{"multiprocess": {{"start_method": {{"{method}": {{}}}}}}}}'
        if method != "in_process"
        else '{"in_process": {}}'
    )
    done = dagjob(
        "run", "jobs.py", "--show-output", "all", "--config-json", f'{{"execution": {{"config": {execution}}}}}'
    )
    assert done.code == 0, done.stderr
    assert done.stderr.count(TOLD) == done.stderr.count("left alone: 1 asset, 1 schedule") == 1
    for line in ("1 1.13.29", "of the shared logger", "of dagster's by name"):
        assert line in done.stderr


def test_nothing_is_said_where_the_project_says_always_or_only_ids_are_wanted(project: Project, dagjob: Dagjob) -> None:
    project("jobs.py", JOBS)
    assert TOLD not in dagjob("list", "-q", "jobs.py").stderr
    assert TOLD not in dagjob("list", "jobs.py", "--dagster-alias").stderr
    project("pyproject.toml", '[tool.dagjob]\ndagster-alias = "always"\n')
    assert dagjob("list", "jobs.py").stderr == ""
    project("pyproject.toml", '[tool.dagjob]\ndagster-alias = "never"\n')
    refused = dagjob("list", "jobs.py")
    assert refused.code == 4
    assert "No module named 'dagster'" in refused.stdout
    assert "says never" in dagjob("show", "jobs.py").stderr


@pytest.mark.parametrize("where", ["pyproject", "variable"])
def test_a_word_that_is_none_of_the_three_is_told(project: Project, dagjob: Dagjob, where: str) -> None:
    if where == "pyproject":
        project("pyproject.toml", '[tool.dagjob]\ndagster-alias = "allways"\n')
    done = dagjob("list", env={"DAGJOB_DAGSTER_ALIAS": "allways"} if where == "variable" else {})
    assert done.code == 2
    assert 'Did you mean "always"?' in done.stderr
    assert ("pyproject.toml:2" in done.stderr) == (where == "pyproject")


def test_an_installed_dagster_is_left_alone_unless_the_alias_is_asked_for(
    project: Project, dagjob: Dagjob, tmp_path: Path
) -> None:
    (tmp_path / "site" / "dagster").mkdir(parents=True)
    (tmp_path / "site" / "dagster" / "__init__.py").write_text("from dagjob import job, op\nprint('the real one')\n")
    project("jobs.py", "from dagster import job, op\n@op\ndef a(): ...\n@job\ndef j(): a()\n")
    installed = {"PYTHONPATH": str(tmp_path / "site")}
    real = dagjob("list", "jobs.py", env=installed)
    assert "the real one" in real.stderr and TOLD not in real.stderr
    for args, env in [(("--dagster-alias",), {}), ((), {"DAGJOB_DAGSTER_ALIAS": "always"})]:
        asked = dagjob("list", "jobs.py", *args, env=installed | env)
        assert asked.code == 0 and "the real one" not in asked.stderr


@pytest.mark.parametrize("package", [False, True])
def test_a_folder_called_dagster_is_not_dagster(project: Project, dagjob: Dagjob, package: bool) -> None:
    (project() / "dagster").mkdir()
    if package:
        project("dagster/__init__.py", "")
    project("dagster/jobs.py", JOBS)
    done = dagjob("list", "dagster/jobs.py", "-f", "names")
    assert (done.code, done.stdout) == (0, "dagster/jobs.py:daily\n")


def test_validate_lists_what_is_ignored(project: Project, dagjob: Dagjob) -> None:
    project("jobs.py", JOBS)
    project("definitions.py", DEFINITIONS)
    done = dagjob("validate")
    assert done.code == 0, done.stdout
    assert "ignored, since dagjob runs jobs only:" in done.stdout
    assert 'schedule "nightly"' in done.stdout and "jobs.py:26" in done.stdout
    as_json = dagjob("validate", "jobs.py", "-f", "json")
    assert json.loads(as_json.stdout)["ignored"] == [
        {"kind": "asset", "name": "raw", "file": "jobs.py", "line": 23},
        {"kind": "schedule", "name": "nightly", "file": "jobs.py", "line": 26},
    ]


def test_a_module_without_jobs_says_what_it_has(project: Project, dagjob: Dagjob) -> None:
    project("assets.py", "from dagster import asset\n@asset\ndef raw(): ...\n")
    done = dagjob("run", "assets.py")
    assert done.code == 4
    assert 'left alone: asset "raw"' in done.stderr
    assert "dagjob leaves alone" in dagjob("run", "assets.py:raw").stderr


@pytest.mark.parametrize(
    ("statement", "told"),
    [
        (
            "from dagster_aws.s3 import s3_resource",
            "dagster_aws is a library of Dagster's, and works with Dagster only",
        ),
        ("from dagster import jobb", 'did you mean "job"?'),
        ("import dagster\ndagster.materialize([])", "error[DJ304]: materialize of Dagster cannot be called"),
    ],
)
def test_what_cannot_be_had_is_the_module_s_mistake_with_its_line(
    project: Project, dagjob: Dagjob, statement: str, told: str
) -> None:
    project("jobs.py", statement + "\n")
    done = dagjob("run", "jobs.py")
    assert done.code == 4
    assert told in done.stderr
    assert f"jobs.py:{statement.count(chr(10)) + 1}" in done.stderr


def test_an_op_that_calls_into_one_fails_with_what_to_do(project: Project, dagjob: Dagjob) -> None:
    project(
        "jobs.py",
        """
        import dagster as dg

        @dg.op
        def talk(context, pipes: dg.ResourceParam[dg.PipesSubprocessClient]):
            return pipes.run(command=["true"], context=context).get_results()

        @dg.job(resource_defs={"pipes": dg.PipesSubprocessClient()})
        def j():
            talk()
        """,
    )
    done = dagjob("run", "jobs.py", "-e", "in_process")
    assert done.code == 1
    assert "dagjob runs jobs, and has no Pipes. Instead, start the program in the op itself" in done.stderr


SCRIPT = """
import dagjob.compat.dagster
from dagster import DagsterInstance, execute_job, job, op, reconstructable, multiprocess_executor

@op
def one():
    import dagster
    return dagster.__version__

@job(executor_def=multiprocess_executor)
def j():
    one()

if __name__ == "__main__":
    config = {"execution": {"config": {"start_method": {"spawn": {}}}}}
    with DagsterInstance.local_temp() as instance:
        with execute_job(reconstructable(j), instance, run_config=config) as result:
            print(result.success, result.output_for_node("one"))
"""


def test_a_script_says_so_by_an_import(tmp_path: Path, clean_env: dict[str, str]) -> None:
    (tmp_path / "script.py").write_text(SCRIPT)
    ended: Any = subprocess.run(
        [sys.executable, "script.py"], cwd=tmp_path, env=clean_env, capture_output=True, text=True, timeout=60
    )
    assert ended.stdout == "True 1.13.29\n", ended.stderr
    assert TOLD not in ended.stderr


def test_who_never_imports_dagster_never_loads_the_alias(project: Project, clean_env: dict[str, str]) -> None:
    project("jobs.py", "from dagjob import job, op\n@op\ndef a(): ...\n@job\ndef j(): a()\n")
    code = (
        "import sys; from dagjob.__main__ import main; main(['run', 'jobs.py', '-e', 'in_process', '-q']);"
        "print([name for name in sys.modules if 'compat' in name and 'dagjob' in name])"
    )
    ended = subprocess.run(
        [sys.executable, "-c", code], cwd=project(), env=clean_env, capture_output=True, text=True, timeout=60
    )
    assert ended.stdout.splitlines()[-1] == "[]", ended.stderr
