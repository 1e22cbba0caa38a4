import asyncio

from dagster import Output, job, op


@op
async def fetch():
    await asyncio.sleep(0)
    return 3


@op
async def stream(x):
    yield Output(x + 1)


@job
def asynchronous():
    stream(fetch())
