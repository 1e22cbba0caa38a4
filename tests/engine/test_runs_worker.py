"""Workers of several runs of one job, which share what was opened before they were forked: here in this process."""

from __future__ import annotations

import os
import pickle
from pathlib import Path
from typing import Any

import pytest

from dagjob import fs_io_manager, job, op
from dagjob.engine.ports import RunCall
from dagjob.engine.run_info import RunInfo
from dagjob.engine.worker import RunsWorker
from dagjob.events import Event, OutputStored
from dagjob.plan.build import build_plan
from dagjob.plan.resolve import resolve
from dagjob.plan.steps import Succeeded


@op
def told(context: Any) -> tuple[str, str, str]:
    return context.run_id, context.partition_key, os.environ["DAGJOB_RUN_ID"]


@job(resource_defs={"io_manager": fs_io_manager})
def each() -> None:
    told()


def run_of(number: int, folder: Path, resources: Any) -> RunInfo:
    out = str(folder / f"out{number}")
    return RunInfo(f"r{number}", "each", resources=resources, partition_key=f"k{number}", out_dir=out)


@pytest.mark.parametrize("ahead", [True, False])
def test_each_call_is_done_for_its_run(ahead: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("RUN_ID", "JOB", "RUN_DIR", "PARTITION"):
        monkeypatch.setenv(f"DAGJOB_{name}", "")
    there = resolve(each, {"resources": {"io_manager": {"config": {"base_dir": str(tmp_path / "there")}}}})
    here = resolve(each, {})
    work = RunsWorker(each, run_of(0, tmp_path, here.resources))
    if ahead:
        work.open_ahead()
    for number, resolved in ((1, here), (2, there), (3, here), (3, here)):
        run = run_of(number, tmp_path, resolved.resources)
        (step,) = build_plan(each, resolved).steps
        call = RunCall(step, 1, run_id=run.run_id, differs=work.differs(run))
        assert len(pickle.dumps(call)) < 2000
        events: list[Event] = []
        attempt = work(pickle.loads(pickle.dumps(call)), events.append)
        assert isinstance(attempt.run(), Succeeded)
        attempt.finish()
        (stored,) = [event for event in events if isinstance(event, OutputStored)]
        folder = "there" if resolved is there else f"out{number}"
        assert stored.path is not None
        assert os.path.relpath(stored.path, tmp_path).split(os.sep)[0] == folder
        assert pickle.loads(Path(stored.path).read_bytes()) == (run.run_id, run.partition_key, run.run_id)
