"""A module that is edited while a run goes on: an op runs the code that the run began with, or fails and says why."""

from __future__ import annotations

import json

import pytest

JOBS = """
    import os
    from pathlib import Path

    from dagjob import In, Nothing, Out, job, op

    after = {"after": In(Nothing)}


    @op(out=Out(Nothing))
    def touches():
        os.utime(__file__, (1, 1))


    @op(ins=after, out=Out(Nothing))
    def edits():
        text = Path(__file__).read_text()
        Path(__file__).write_text(text.replace("def " + "last", "def " + "renamed").replace("OLD", "NEW"))


    @op(ins=after)
    def last():
        return "OLD"


    @job
    def changing():
        last(edits(touches()))
"""


@pytest.mark.parametrize("start_method", ["preloaded", "lean", "spawn"])
def test_a_module_that_changes_during_the_run_is_never_run_silently(start_method, project, dagjob):
    project("jobs.py", JOBS)
    project("way.yaml", f"execution: {{config: {{multiprocess: {{start_method: {{{start_method}: {{}}}}}}}}}}")
    done = dagjob("run", "jobs.py:changing", "-c", "way.yaml", "--format", "jsonl")
    ends = {e["op"]: e for e in map(json.loads, done.stdout.splitlines()) if e["event"] == "op.end"}
    assert [ends[op]["status"] for op in ("touches", "edits")] == ["success", "success"]
    if start_method == "preloaded":
        assert done.code == 0
        assert dagjob("runs", "output", "latest", "last", "--yes").stdout.strip() in ("OLD", '"OLD"')
    else:
        assert done.code == 1
        assert "jobs.py has changed since the run began" in ends["last"]["error"]["message"]
