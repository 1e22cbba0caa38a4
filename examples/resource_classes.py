"""A resource as a class: its config as fields, a part that is a resource itself, and a pool for async ops.

dagjob run examples/resource_classes.py
dagjob run examples/resource_classes.py --set resources.shop.pause=0.5
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from pydantic import PrivateAttr

from dagjob import ConfigurableResource, InitResourceContext, ResourceParam, job, op


class Session(ConfigurableResource):
    """Opened before the shop that uses it, closed after it."""

    user: str = "guest"
    _token: str = PrivateAttr(default="")

    def setup_for_execution(self, context: InitResourceContext) -> None:
        self._token = f"token of {self.user}"

    def teardown_after_execution(self, context: InitResourceContext) -> None:
        self._token = ""


class Shop(ConfigurableResource):
    session: Session
    pause: float = 0.0

    def price(self, item: str) -> str:
        return f"{item}: {len(item)}.00 ({self.session._token})"


class Pool(ConfigurableResource):
    """Ops get what is yielded. It lives on the event loop of the async ops that use it."""

    size: int = 2

    @asynccontextmanager
    async def yield_for_execution(self, context: InitResourceContext) -> AsyncIterator[asyncio.Semaphore]:
        yield asyncio.Semaphore(self.size)


@op
def ask(shop: Shop) -> list[str]:
    return [shop.price(item) for item in ("tea", "salt")]


@op
async def count(lines: list[str], pool: ResourceParam[Any]) -> int:
    async def length(line: str) -> int:
        async with pool:
            return len(line)

    return sum(await asyncio.gather(*map(length, lines)))


@job(resource_defs={"shop": Shop(session=Session(user="ada")), "pool": Pool()})
def prices():
    count(ask())
