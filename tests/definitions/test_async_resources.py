"""Async resources live on the loop of the async ops that use them, as a pool of connections must."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from contextvars import ContextVar
from typing import Any

import pytest

from dagjob import ConfigurableResource, OpExecutionContext, Output, ResourceParam, build_op_context, job, op


class Pool:
    """As asyncpg's: made on a loop, with a task of its own there, and of no use on any other."""

    def __init__(self, log: list[str]) -> None:
        self._log = log
        self._loop = asyncio.get_running_loop()
        self._wanted: asyncio.Queue[asyncio.Future[int]] = asyncio.Queue()
        self._task = self._loop.create_task(self._serve())

    async def _serve(self) -> None:
        number = 0
        while True:
            future = await self._wanted.get()
            number += 1
            future.set_result(number)

    async def fetch(self) -> int:
        assert asyncio.get_running_loop() is self._loop
        future: asyncio.Future[int] = self._loop.create_future()
        await self._wanted.put(future)
        return await future

    async def close(self) -> None:
        assert asyncio.get_running_loop() is self._loop
        self._task.cancel()
        self._log.append("closed")


LOG: list[str] = []


class Database(ConfigurableResource):
    size: int = 1

    @asynccontextmanager
    async def yield_for_execution(self, context: Any) -> AsyncIterator[Pool]:
        pool = Pool(LOG)
        yield pool
        await pool.close()


@op
async def fetch(db: ResourceParam[Pool]) -> int:
    return await db.fetch()


@op
async def fetch_twice(db: ResourceParam[Pool]) -> AsyncIterator[Output[int]]:
    await db.fetch()
    yield Output(await db.fetch())


@op
async def fails(db: ResourceParam[Pool]) -> None:
    await db.fetch()
    raise ValueError


@op
async def breaks_off(db: ResourceParam[Pool]) -> AsyncIterator[Any]:
    try:
        yield "no output"
    finally:
        LOG.append(f"left with {await db.fetch()}")


@pytest.fixture(autouse=True)
def empty_log() -> None:
    LOG.clear()


def test_ops_of_every_kind_use_a_pool_where_it_was_opened() -> None:
    @job(resource_defs={"db": Database()})
    def j() -> None:
        fetch.alias("a")()
        fetch_twice.alias("b")()
        fetch.alias("c")()

    result = j.execute_in_process()
    assert [result.output_for_node(name) for name in "abc"] == [1, 3, 4]
    assert LOG == ["closed"]


def test_a_pool_is_closed_there_after_a_failure_too() -> None:
    @job(resource_defs={"db": Database(), "other": Database()})
    def j() -> None:
        fails()
        breaks_off()
        fetch()

    result = j.execute_in_process(raise_on_error=False)
    assert sorted(each.step_key or "" for each in result.get_step_failure_events()) == ["breaks_off", "fails"]
    assert LOG[-1] == "closed"
    assert any(text.startswith("left with") for text in LOG)


JOBS = """
    import asyncio
    from contextlib import asynccontextmanager
    from dagjob import ConfigurableResource, ResourceParam, job, op

    class Database(ConfigurableResource):
        @asynccontextmanager
        async def yield_for_execution(self, context):
            yield asyncio.get_running_loop()

    @op
    async def same(db: ResourceParam[object]):
        return asyncio.get_running_loop() is db

    @job(resource_defs={"db": Database()})
    def pooled():
        same()
"""


def test_a_process_of_its_own_has_a_loop_of_its_own(project: Any, dagjob: Any) -> None:
    project("pools.py", JOBS)
    assert dagjob("run", "pools.py").code == 0
    assert dagjob("runs", "output", "latest", "same").stdout.strip() == "true"


def test_a_test_may_say_on_which_loop() -> None:
    loop = asyncio.new_event_loop()
    try:
        with build_op_context(resources={"db": Database()}, event_loop=loop) as context:
            assert loop.run_until_complete(fetch(context)) == 1
        assert LOG == ["closed"]
    finally:
        loop.close()


def test_an_async_op_sees_its_context_and_may_leave_tasks_behind() -> None:
    seen: list[str] = []
    local: ContextVar[str] = ContextVar("local", default="unset")

    async def forgotten() -> None:
        try:
            await asyncio.sleep(60)
        finally:
            seen.append("forgotten")

    @op
    async def sees() -> AsyncIterator[Output[str]]:
        left = asyncio.get_running_loop().create_task(forgotten())
        await asyncio.sleep(0)
        assert not left.done()
        local.set(OpExecutionContext.get().op.name)
        yield Output(local.get())
        seen.append(local.get())

    @job
    def j() -> None:
        sees()

    assert j.execute_in_process().output_for_node("sees") == "sees"
    assert seen == ["sees", "forgotten"]
    assert local.get() == "unset"
