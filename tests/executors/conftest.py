"""Executors of every kind."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from stages import WAYS, Make, Stage
from worklike import SmallAttempt, SmallSource

from dagjob.definitions.executors import InitExecutorContext
from dagjob.engine.ports import Executor
from dagjob.events import Event
from dagjob.executors.in_process import InProcess
from dagjob.executors.multiprocess import Multiprocess


def on_dask(address: str, emit: Any, slots: int, grace: float, source: SmallSource) -> Executor:
    """The executor on a cluster."""
    from dagjob.definitions.executors import dask_executor
    from dagjob.launch.executors import dask

    config = {"cluster": {"existing": {"address": address}}}
    job: Any = None
    return dask(InitExecutorContext(job, dask_executor, config, SmallAttempt, source, emit, slots=slots, grace=grace))


@pytest.fixture
def open_stage(request: pytest.FixtureRequest) -> Iterator[Make]:
    """Make executors of any kind; they are closed at the end. `warm preloaded` does many ops in a process."""
    opened: list[Stage] = []

    def make(way: str, slots: int = 2, **more: Any) -> Stage:
        heard: list[Event] = []
        more = {"grace": 5.0, "source": SmallSource(), **more}
        if way == "in_process":
            executor: Any = InProcess(SmallAttempt, heard.append, grace=more["grace"])
        elif way == "dask":
            cluster = request.getfixturevalue("dask_cluster")
            executor = on_dask(cluster.address, heard.append, slots, more["grace"], more["source"])
        else:
            warm, _, start_method = way.rpartition(" ")
            more = {"most": 100, **more} if warm else more
            executor = Multiprocess(SmallAttempt, emit=heard.append, slots=slots, start_method=start_method, **more)
        executor.start()
        opened.append(Stage(executor, heard))
        return opened[-1]

    yield make
    for stage in opened:
        stage.executor.interrupt(0)
        stage.executor.close()


@pytest.fixture(params=WAYS)
def way(request: pytest.FixtureRequest) -> str:
    """Each way to start a process."""
    return str(request.param)


@pytest.fixture
def stage(way: str, open_stage: Make) -> Stage:
    """A multiprocess executor with two slots."""
    return open_stage(way)
