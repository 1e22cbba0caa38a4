"""An op server, without anybody between: orders into its stdin, events and outcomes from its stdout."""

from __future__ import annotations

import marshal
import os
import pickle
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from dask_cluster import await_end_of
from worklike import SmallSource

from dagjob.engine.ports import StepCall
from dagjob.events import LogWritten
from dagjob.executors import served
from dagjob.executors.frames import DONE, END, EVENT, HELLO, PRINTED, Inbox
from dagjob.plan.steps import Step, Succeeded

HERE = Path(__file__).parent


class Talk:
    """A server that was started, and what it says."""

    def __init__(self, **told: Any) -> None:
        beginning: Any = {
            "version": served.VERSION,
            "source": pickle.dumps(SmallSource()),
            "grace": 2.0,
            "most": 1,
            "start_method": None,
            "preload": (),
            "modules": {},
            "folder": None,
            "outputs_there": (),
            "environment": {},
        }
        environ = {**os.environ, "PYTHONPATH": str(HERE)}
        pipe = subprocess.PIPE
        self.process = subprocess.Popen((*served.COMMAND, "2"), stdin=pipe, stdout=pipe, env=environ, bufsize=0)
        self.write(served.beginning({**beginning, **told}))
        self._frames: list[tuple[int, bytes]] = []
        self._inbox = Inbox()
        self.hello: served.Hello = marshal.loads(self.until(HELLO)[-1][1])

    def write(self, data: bytes) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(data)

    def until(self, kind: int) -> list[tuple[int, bytes]]:
        """The frames up to the first of this kind."""
        assert self.process.stdout is not None
        while kind not in [each for each, _ in self._frames]:
            data = self.process.stdout.read(65536)
            assert data, "it said no more"
            self._frames += self._inbox.feed(data)
        at = [each for each, _ in self._frames].index(kind) + 1
        found, self._frames = self._frames[:at], self._frames[at:]
        return found

    def end(self) -> None:
        assert self.process.stdin is not None and self.process.stdout is not None
        self.process.stdin.close()
        self.process.wait(20)
        self.process.stdout.close()


@pytest.fixture
def talk() -> Iterator[Callable[..., Talk]]:
    started: list[Talk] = []

    def start(**told: Any) -> Talk:
        started.append(Talk(**told))
        return started[-1]

    yield start
    for each in started:
        each.end()


def test_what_belongs_to_an_order_bears_its_number_and_the_log_comes_in_place(talk: Callable[..., Talk]) -> None:
    server = talk()
    assert (server.hello["problem"], server.hello["pid"]) == ("", server.process.pid)
    server.write(served.order(7, StepCall(Step("prints", ("prints",)), 1, "/not/here/prints.out")))
    said = server.until(END)
    assert {served.split(payload)[0] for _, payload in said} == {7}
    printed = b"".join(served.split(payload)[1] for kind, payload in said if kind == PRINTED)
    assert printed == b"to stdout\nto stderr\nfrom a program\nto stdout again\n"
    (done,) = [pickle.loads(served.split(payload)[1]) for kind, payload in said if kind == DONE]
    assert isinstance(done.outcome, Succeeded)


def test_it_ends_with_all_ops_when_nobody_gives_orders_any_more(talk: Callable[..., Talk]) -> None:
    server = talk()
    server.write(served.order(1, StepCall(Step("leaves_children_and_sleeps", ("x",)), 1)))
    pids: list[int] = []
    while len(pids) < 2:
        event = pickle.loads(served.split(server.until(EVENT)[-1][1])[1])
        pids += [int(event.text)] if isinstance(event, LogWritten) else []
    server.end()
    await_end_of(pids)


@pytest.mark.parametrize(
    "told, problem",
    [
        ({"version": "0.0.1"}, "it has dagjob"),
        ({"source": pickle.dumps(SmallSource(broken=True))}, "no module named 'the_users_module'"),
        ({"folder": "/not/here", "outputs_there": ("io_manager",)}, "does not see the folder /not/here"),
    ],
)
def test_what_does_not_fit_the_run_is_said_at_once(
    talk: Callable[..., Talk], told: dict[str, Any], problem: str
) -> None:
    server = talk(**told)
    assert problem in server.hello["problem"]
    assert server.process.wait(20) == 0


def test_other_code_of_the_user_is_told_by_module(talk: Callable[..., Talk], tmp_path: Path) -> None:
    from dagjob.engine.importing import Target
    from dagjob.engine.run_info import RunInfo
    from dagjob.engine.worker import JobSource

    module = tmp_path / "small_jobs.py"
    module.write_text("from dagjob import job, op\n\n@op\ndef one(): ...\n\n@job\ndef small(): one()\n")
    source = JobSource(Target("small_jobs.py", "small", str(tmp_path)), RunInfo("1", "small"))
    server = talk(source=pickle.dumps(source), modules={"small_jobs": 1})
    assert f"small_jobs ({module})" in server.hello["problem"]
    assert any("same version" in note for note in server.hello["notes"])
