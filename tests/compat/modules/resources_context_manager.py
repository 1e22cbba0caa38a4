from contextlib import contextmanager

from dagster import ConfigurableResource, job, op

order = []


class Pool(ConfigurableResource):
    size: int = 2

    @contextmanager
    def yield_for_execution(self, context):
        order.append("open")
        yield self
        order.append("close")


@op
def use(pool: Pool):
    return (pool.size, list(order))


@job(resource_defs={"pool": Pool.configure_at_launch()})
def pooled():
    use()


RUN_CONFIG = {"resources": {"pool": {"config": {"size": 5}}}}
