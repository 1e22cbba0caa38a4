from dagster import DynamicOut, DynamicOutput, graph, job, op


@op(out=DynamicOut())
def shards():
    yield from (DynamicOutput(number, str(number)) for number in range(3))


@op
def extract(shard):
    return shard + 1


@op
def load(rows):
    return rows * 10


@graph
def pipeline(shard):
    return load(extract(shard))


@op
def done(rows):
    return sorted(rows)


@job
def sharded():
    done(shards().map(pipeline).collect())
