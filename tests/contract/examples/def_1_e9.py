"""def-1, E9: Async op and async generator in a job"""
import asyncio
from dagjob import Output, job, op
@op
async def fetch() -> int:
    await asyncio.sleep(0.01)
    return 5
@op
async def stream(x):
    await asyncio.sleep(0)
    yield Output(x + 1)
@job
def j(): stream(fetch())
print(j.execute_in_process().output_for_node("stream"))
