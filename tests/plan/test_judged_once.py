"""How often the config of a run is looked at: the schema is built once, and the config walked at most twice."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

JOBS = """
    from dagjob import Definitions, job, op

    @op(config_schema={"limit": int, "name": str})
    def load(context):
        print("limit", context.op_config["limit"])

    @job(config={"ops": {"load": {"config": {"limit": 1, "name": "own"}}}})
    def daily():
        load()

    defs = Definitions(jobs=[daily])
"""

COUNTING = """
import json, os, sys

me, leave, counts = os.getpid(), os._exit, {"schemas": 0, "walks": 0}

def count(frame, event, arg):
    if event != "call":
        return
    code = frame.f_code
    file = code.co_filename.replace(os.sep, "/")
    if file.endswith("/dagjob/plan/schema.py") and code.co_name == "job_schema":
        counts["schemas"] += 1
    elif file.endswith("/dagjob/config/kind.py") and code.co_name in ("check", "resolve"):
        value = frame.f_locals["value"]
        counts["walks"] += isinstance(value, dict) and "ops" in value

def tell(code=0):
    if os.getpid() == me:
        with open(os.environ["COUNTS_FILE"], "w") as file:
            json.dump(counts, file)
    leave(code)

os._exit = tell
sys.argv = ["dagjob", *json.loads(os.environ["COUNTED"])]
from dagjob.__main__ import main
sys.setprofile(count)
code = 0
try:
    code = main() or 0
except SystemExit as end:
    code = end.code or 0
sys.setprofile(None)
tell(code)
"""


@pytest.mark.parametrize(
    ("given", "walks"),
    [((), 1), (("-c", "run.yaml"), 2), (("--set", "load.config={limit: 3, name: given}"), 2)],
    ids=["nothing", "a file", "an argument"],
)
def test_a_run_builds_the_schema_once_and_walks_the_config_at_most_twice(
    given: tuple[str, ...], walks: int, project: Callable[..., Path], clean_env: dict[str, str], tmp_path: Path
) -> None:
    """The second walk is over the job's own config alone, which must fit without what the run adds."""
    project("jobs.py", JOBS)
    project("run.yaml", "ops: {load: {config: {limit: 2, name: given}}}\n")
    file = tmp_path / "counts"
    done = subprocess.run(
        [sys.executable, "-c", COUNTING],
        cwd=project(),
        env={**clean_env, "COUNTS_FILE": str(file), "COUNTED": json.dumps(["run", "jobs.py:daily", *given])},
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    assert json.loads(file.read_text()) == {"schemas": 1, "walks": walks}
