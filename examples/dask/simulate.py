"""A job that needs more than one machine: run it here, or with `-e dask` on the workers of a cluster.

dagjob run examples/dask/simulate.py
dagjob run examples/dask/simulate.py -e dask -c examples/dask/local.yaml
"""

import random

from dagjob import DynamicOut, DynamicOutput, OpExecutionContext, RetryPolicy, fs_io_manager, job, op


@op(out=DynamicOut(int))
def seeds():
    for seed in range(4):
        yield DynamicOutput(seed, mapping_key=str(seed))


@op(
    retry_policy=RetryPolicy(max_retries=2),  # also when the worker that does it is lost
    tags={"dagjob/cpus": "1", "dagjob/memory": "200MB", "dagster/priority": "1"},
)
def simulate(context: OpExecutionContext, seed: int) -> float:
    chance = random.Random(seed)
    inside = sum(chance.random() ** 2 + chance.random() ** 2 < 1 for _ in range(100_000))
    context.log.info(f"{inside} inside")
    return 4 * inside / 100_000


@op
def mean(found: list[float]) -> float:
    return sum(found) / len(found)


@job(resource_defs={"io_manager": fs_io_manager})  # so that a run config may say where all machines reach values
def pi():
    mean(seeds().map(simulate).collect())
