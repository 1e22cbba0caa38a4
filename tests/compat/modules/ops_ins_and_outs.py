from dagster import In, Int, List, Nothing, Out, String, job, op


@op(ins={"start": In(Nothing)}, out=Out(List[Int], description="numbers"), description="reads", tags={"kind": "sql"})
def read():
    return [1, 2]


@op(ins={"rows": In(List[Int]), "name": In(String, default_value="all")}, out=Out(String))
def write(context, rows, name):
    return f"{name}: {len(rows)}"


@op(out=Out(Nothing))
def prepare():
    pass


@job
def etl():
    write(read(start=prepare()))
