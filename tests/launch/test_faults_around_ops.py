"""A failure in each thing that stands around the body of an op, under every executor: who fails, with what, and what goes on.

Resources, IO managers, input managers, hooks, loggers, types, config mappings: the op that needs it fails with its class,
all others run, every teardown does, and the run says where in the user's file it was.
"""

from __future__ import annotations

import json
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

JOBS = """
    import logging, os, signal, time
    from dagjob import *

    def note(text):
        with open("closed.txt", "a") as file:
            file.write(text + "\\n")

    @resource
    def good(_):
        yield "good"
        note("good")

    @resource(required_resource_keys={"good"})
    def broken(_):
        raise ValueError("no database")  # in broken

    @resource(required_resource_keys={"good"})
    def leaves(_):
        raise SystemExit(3)  # in leaves

    @resource(required_resource_keys={"good"})
    def interrupted(_):
        os.kill(os.getpid(), signal.SIGINT)
        time.sleep(30)

    @resource
    def untidy(_):
        yield 1
        raise ValueError("cannot close")  # in untidy

    class Store(IOManager):
        def __init__(self, dump=None, load=None):
            self.dump, self.load = dump, load

        def handle_output(self, context, obj):
            if self.dump:
                raise KeyError(self.dump)  # in handle_output

        def load_input(self, context):
            raise OSError(self.load)  # in load_input

    @input_manager
    def reads(context):
        raise LookupError("no file")  # in reads

    @success_hook(required_resource_keys={"good"})
    def ok_hook(context):
        raise RuntimeError("hook")  # in ok_hook

    def check(_, value):
        raise ArithmeticError("check")  # in check

    Checked = DagjobType(check, "Checked")

    @logger
    def broken_logger(_):
        raise ValueError("no logger")  # in broken_logger

    @logger
    def broken_handler(_):
        class Handler(logging.Handler):
            def emit(self, record):
                raise ValueError("no log")  # in emit
        made = logging.Logger("broken", 35)
        made.addHandler(Handler())
        return made

    @op(required_resource_keys={"good"}, out=Out(list))
    def fine(context): return [1]

    @op(required_resource_keys={"good"}, out=Out(io_manager_key="dumps"))
    def dumped(context): return [1]

    @op(required_resource_keys={"good"}, out=Out(io_manager_key="loads"))
    def stored(context): return [1]

    @op(required_resource_keys={"good"})
    def loaded(context, x): return [1]

    @op(required_resource_keys={"good"}, ins={"x": In(input_manager_key="reads")})
    def read(context, x): return [1]

    @op(required_resource_keys={"good", "untidy"})
    def closing(context): return [1]

    @op(required_resource_keys={"good"}, out=Out(Checked))
    def typed(context): return [1]

    @op(required_resource_keys={"good"})
    def logs(context): context.log.error("to a broken handler")

    @op(required_resource_keys={"good"})
    def below(context, x): return [1]

    RESOURCES = {
        "good": good, "untidy": untidy, "dumps": Store(dump="full"), "loads": Store(load="gone"), "reads": reads,
        "broken": broken, "leaves": leaves, "interrupted": interrupted,
    }

    @job(resource_defs=RESOURCES, logger_defs={"broken": broken_handler}, config={"loggers": {"broken": {}}})
    def around():
        below.alias("below_dumped")(dumped())
        loaded(stored())
        read()
        closing()
        below.alias("below_typed")(typed())
        logs()
        fine.with_hooks({ok_hook})()

    def using(key):
        @op(name="uses", required_resource_keys={"good", key})
        def uses(context): return [1]
        @job(name=key, resource_defs=RESOURCES)
        def made():
            uses()
            fine()
        return made

    broken_job, leaves_job, interrupted_job = using("broken"), using("leaves"), using("interrupted")

    @job(resource_defs=RESOURCES, logger_defs={"broken": broken_logger}, config={"loggers": {"broken": {}}})
    def logged():
        fine()

    @config_mapping(config_schema={"n": int})
    def mapping(value):
        raise ValueError("no mapping")  # in mapping

    @job(resource_defs=RESOURCES, config=mapping)
    def mapped():
        fine()
"""
WAYS = {
    "in_process": "in_process: {}",
    "multiprocess": "multiprocess: {max_concurrent: 2}",
    "warm": "multiprocess: {max_concurrent: 1, workers: warm}",
}
FAILED = {
    "dumped": ("DagjobExecutionHandleOutputError", "KeyError", "in handle_output"),
    "loaded": ("DagjobExecutionLoadInputError", "OSError", "in load_input"),
    "read": ("DagjobExecutionLoadInputError", "LookupError", "in reads"),
    "typed": ("DagjobTypeCheckError", "ArithmeticError", "in check"),
    "logs": ("ValueError", "ValueError", "in emit"),
}


@pytest.fixture(params=WAYS)
def way(request: pytest.FixtureRequest, project: Callable[..., Path]) -> str:
    project("how.yaml", f"execution: {{config: {{{WAYS[request.param]}}}}}\n")
    project("jobs.py", JOBS)
    return str(request.param)


def run(dagjob: Any, job: str) -> tuple[int, dict[str, Any], str]:
    done = dagjob("run", f"jobs.py:{job}", "-c", "how.yaml", "--format", "plain", "--events", "events.jsonl")
    shown = dagjob("runs", "show", "latest", "--format", "json")
    return done.code, json.loads(shown.stdout), done.stdout + done.stderr


def line_of(mark: str) -> int:
    return next(number for number, line in enumerate(JOBS.splitlines(), 1) if line.endswith(f"# {mark}"))


def closed(project: Callable[..., Path]) -> list[str]:
    file = project() / "closed.txt"
    return file.read_text().split() if file.exists() else []


def test_the_op_that_needs_it_fails_and_the_rest_goes_on(dagjob: Any, project: Any, way: str) -> None:
    code, shown, said = run(dagjob, "around")
    steps = {step["key"]: step for step in shown["steps"]}
    assert code == 1
    assert {key: step["status"] for key, step in steps.items()} == {
        **dict.fromkeys(FAILED, "failed"),
        "below_dumped": "not_run", "below_typed": "not_run",
        "stored": "success", "closing": "success", "fine": "success",
    }  # fmt: skip
    for key, (outer, inner, mark) in FAILED.items():
        error = steps[key]["error"]
        assert (error["type"], (error["cause"] or error)["type"]) == (outer, inner)
        assert f"jobs.py:{line_of(mark)}" in said, key
    untidy = f"ValueError: cannot close  (jobs.py:{line_of('in untidy')})"
    assert f'the resource "untidy" could not be closed: {untidy}' in said
    assert f"hook ok_hook raised: RuntimeError: hook  (jobs.py:{line_of('in ok_hook')})" in said
    assert len(closed(project)) == (1 if way == "in_process" else 8)


@pytest.mark.parametrize(("job", "inner"), [("broken_job", "ValueError"), ("leaves_job", "SystemExit")])
def test_a_resource_that_cannot_be_made(dagjob: Any, project: Any, way: str, job: str, inner: str) -> None:
    code, shown, said = run(dagjob, job)
    statuses = {step["key"]: step["status"] for step in shown["steps"]}
    assert code == 1
    assert f"jobs.py:{line_of('in ' + job.removesuffix('_job'))}" in said
    assert f'resource "{job.removesuffix("_job")}"' in said
    assert inner in said
    if way == "in_process":
        assert statuses == {"uses": "not_run", "fine": "not_run"}
        assert closed(project) == ["good"]
    else:
        assert statuses == {"uses": "failed", "fine": "success"}
        assert closed(project) == ["good", "good"]


def test_a_run_that_is_stopped_while_its_resources_open_closes_them(dagjob: Any, project: Any) -> None:
    project("how.yaml", "execution: {config: {in_process: {}}}\n")
    project("jobs.py", JOBS)
    code, shown, said = run(dagjob, "interrupted_job")
    assert (code, shown["status"]) == (128 + signal.SIGINT, "canceled"), said
    assert closed(project) == ["good"]


def test_a_logger_that_cannot_be_made(dagjob: Any, project: Any, way: str) -> None:
    code, shown, said = run(dagjob, "logged")
    assert code == 1
    assert [step["status"] for step in shown["steps"]] == ["not_run" if way == "in_process" else "failed"]
    assert f"jobs.py:{line_of('in broken_logger')}" in said
    assert 'logger "broken"' in said


def test_a_config_mapping_that_raises_keeps_the_run_from_starting(dagjob: Any, project: Any) -> None:
    project("jobs.py", JOBS)
    done = dagjob("run", "jobs.py:mapped", "--set", "n=1")
    assert done.code != 0
    assert "no mapping" in done.stderr
    assert f"jobs.py:{line_of('in mapping')}" in done.stderr
    assert closed(project) == []
