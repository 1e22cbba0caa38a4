"""The event loop of async ops. While async resources are open it is theirs, so that a pool can be used where it was opened.

Loads asyncio; it is loaded where something is async.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Iterator
from contextlib import contextmanager, nullcontext, suppress
from contextvars import Context, copy_context
from typing import Any


class _Here(threading.local):
    """What runs in a thread: the loop of its open resources."""

    loop: asyncio.AbstractEventLoop | None = None


_here = _Here()


@contextmanager
def held_loop() -> Iterator[None]:
    """While it is entered all that is async in this thread runs on one loop. Who is first makes it, and closes it."""
    if _here.loop is not None:
        yield
        return
    with _own_loop() as loop:
        _here.loop = loop
        try:
            yield
        finally:
            _here.loop = None


@contextmanager
def given_loop(loop: asyncio.AbstractEventLoop) -> Iterator[None]:
    """The same with a loop of somebody else's, who closes it."""
    before, _here.loop = _here.loop, loop
    try:
        yield
    finally:
        _here.loop = before


def done(awaited: Awaitable[Any]) -> Any:
    """Wait for something: on the loop that is held, or on one of its own."""
    with nullcontext(_here.loop) if _here.loop is not None else _own_loop() as loop:
        return _wait(loop, awaited, copy_context())


def each(items: AsyncIterator[Any]) -> Iterator[Any]:
    """Wait for one item after the other, in the same way. What is left early is closed."""
    context, item = copy_context(), None
    with nullcontext(_here.loop) if _here.loop is not None else _own_loop() as loop:
        try:
            while (item := _wait(loop, _next(items), context)) is not _END:
                yield item
        finally:
            if item is not _END and isinstance(items, AsyncGenerator) and not loop.is_running():
                with suppress(Exception):
                    _wait(loop, items.aclose(), context)


def _wait(loop: asyncio.AbstractEventLoop, awaited: Awaitable[Any], context: Context) -> Any:
    task = loop.create_task(_coroutine(awaited), context=context)
    try:
        return loop.run_until_complete(task)
    except BaseException:  # A signal may have raised in the loop itself.
        if not task.done():
            task.cancel()
            with suppress(BaseException):
                loop.run_until_complete(task)
        raise


@contextmanager
def _own_loop() -> Iterator[asyncio.AbstractEventLoop]:
    loop = asyncio.new_event_loop()
    try:
        yield loop
    finally:
        _close(loop)


_END = object()


async def _next(items: AsyncIterator[Any]) -> Any:
    try:
        return await items.__anext__()
    except StopAsyncIteration:
        return _END


async def _coroutine(awaited: Awaitable[Any]) -> Any:
    return await awaited


def _close(loop: asyncio.AbstractEventLoop) -> None:
    try:
        left = asyncio.all_tasks(loop)
        for task in left:
            task.cancel()
        if left:
            loop.run_until_complete(asyncio.gather(*left, return_exceptions=True))
        loop.run_until_complete(loop.shutdown_asyncgens())
        loop.run_until_complete(loop.shutdown_default_executor())
    finally:
        loop.close()
