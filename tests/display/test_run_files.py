"""The folder of a run says what was run: its config, without secrets, and its plan."""

from __future__ import annotations

import json

import yaml

from dagjob.display.run_files import RunFiles
from dagjob.events import PlanMade, PlannedOp, RunStarted

JOBS = """
    from dagjob import Config, job, op
    from pydantic import SecretStr


    class Login(Config):
        user: str
        password: SecretStr


    @op
    def load(config: Login):
        return 1


    @op
    def clean(x):
        return x


    @job
    def etl():
        clean(load())
"""


def test_the_folder_of_a_run_holds_its_config_without_secrets_and_its_plan(project, dagjob):
    project("jobs.py", JOBS)
    config = {"ops": {"load": {"config": {"user": "no", "password": "hunter2x"}}}}
    project("run.yaml", json.dumps(config))
    done = dagjob("run", "jobs.py", "-c", "run.yaml")
    assert done.code == 0, done.stderr
    (folder,) = (project() / ".dagjob" / "runs").iterdir()
    kept = yaml.safe_load((folder / "config.yaml").read_text())
    assert kept["ops"]["load"]["config"] == {"user": "no", "password": "******"}
    plan = json.loads((folder / "plan.json").read_text())
    assert plan["job"] == "etl"
    assert [(op["key"], op["needs"]) for op in plan["ops"]] == [("load", []), ("clean", ["load"])]
    assert {oct((folder / name).stat().st_mode & 0o777) for name in ("config.yaml", "plan.json")} == {"0o600"}
    assert "hunter2x" not in "".join(path.read_text(errors="replace") for path in folder.rglob("*") if path.is_file())


def test_a_run_without_config_has_an_empty_one_and_what_cannot_be_written_is_tried_again_at_the_end(tmp_path):
    files = RunFiles(str(tmp_path / "run" / "config.yaml"), str(tmp_path / "run" / "plan.json"))
    files(RunStarted(1.0, "one", "etl", "jobs:etl", "in_process", 1, 1))
    files(PlanMade(1.0, (PlannedOp("load", "load"),)))
    (tmp_path / "run").touch()  # a file in the way
    files.flush()
    (tmp_path / "run").unlink()
    files.close()
    assert yaml.safe_load((tmp_path / "run" / "config.yaml").read_text()) == {}
    assert json.loads((tmp_path / "run" / "plan.json").read_text())["ops"][0]["key"] == "load"
