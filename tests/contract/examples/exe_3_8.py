"""exe-3, 8: Async ops"""
import asyncio
from dagjob import AssetMaterialization, Output, job, op
@op
async def fetch():
    await asyncio.sleep(0)
    return 4
@op
async def stream():
    yield AssetMaterialization("s")
    yield Output(5)
@job
def j():
    fetch(); stream()
r = j.execute_in_process()
print(r.output_for_node("fetch"), r.output_for_node("stream"))
