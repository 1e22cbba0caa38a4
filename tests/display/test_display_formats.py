from __future__ import annotations

import io
import json

import pytest
from scripted_runs import START, Clock, Script, daily_sales, error, options, play, until

from dagjob.display import json_summary, jsonl, run_id


def played(module, script: Script, root="/project", **more):
    clock = Clock()
    chosen = options(root, clock, **more)
    display = module.make(chosen)
    play(display, script.events, clock)
    display.close()
    return chosen.stdout.getvalue(), chosen.stderr.getvalue()


def test_each_event_is_one_json_line_in_order(tmp_path):
    script = daily_sales(tmp_path)
    out, err = played(jsonl, script, tmp_path)
    lines = [json.loads(line) for line in out.splitlines()]
    events = [line for line in lines if line["event"] != "run.heartbeat"]
    assert [line["seq"] for line in events] == list(range(1, len(script.events) + 1))
    assert {line["run"] for line in lines} == {"f6d1c9ab"}
    assert err == "error[DJ401]: forecast failed (33.8s): ValueError: bad season  sales/model.py:88\n"


def test_a_heartbeat_line_tells_what_runs_and_has_no_number():
    clock = Clock()
    chosen = options(clock=clock)
    display = jsonl.make(chosen)
    play(display, Script().begin().plan(a="").starts(0, "a").events, clock)
    until(display, START + 40, clock)
    last = json.loads(chosen.stdout.getvalue().splitlines()[-1])
    assert last == {
        "v": 1,
        "ts": "2026-11-22T13:16:08.000Z",
        "run": "f6d1c9ab",
        "event": "run.heartbeat",
        "running": ["a"],
    }


def test_a_closed_pipe_comes_out_as_broken_pipe():
    class Closed(io.StringIO):
        def write(self, text: str) -> int:
            raise BrokenPipeError

    display = jsonl.make(options(stdout=Closed()))
    with pytest.raises(BrokenPipeError):
        display(Script().begin().events[0])


def test_the_id_is_on_stdout_and_only_failures_on_stderr(tmp_path):
    out, err = played(run_id, daily_sales(tmp_path).says(57, "forecast", "careful", "warning"), tmp_path)
    assert out == "f6d1c9ab-0f0e-4b1a-9d57-2f6f4a3c2b1d\n"
    assert err.count("\n") == 1


def test_one_object_tells_the_whole_run(tmp_path):
    out, err = played(json_summary, daily_sales(tmp_path), tmp_path)
    run = json.loads(out)
    assert (run["job"], run["status"], run["seconds"], run["partition"]) == (
        "daily_sales",
        "failed",
        56.4,
        "2026-11-21",
    )
    assert run["ops"] == {"success": 8, "reused": 1, "failed": 1, "not_run": 2}
    steps = {step["key"]: step for step in run["steps"]}
    assert steps["fetch_fx_rates"]["attempts"] == 2
    assert steps["fetch_fx_rates"]["error"] is None
    assert steps["forecast"]["error"]["type"] == "ValueError"
    assert steps["publish"]["started"] is None
    assert steps["extract_orders"]["outputs"][0]["metadata"] == {"row_count": 48201}
    assert err == ""


def test_without_a_run_there_is_no_object():
    display = json_summary.make(chosen := options())
    display.close()
    assert chosen.stdout.getvalue() == ""


def test_a_run_that_failed_before_any_op_is_told():
    script = Script().begin().plan(a="").finish(1, "failed", error=error("OSError", "no database"))
    assert played(jsonl, script)[1] == "error[DJ401]: OSError: no database\n"
