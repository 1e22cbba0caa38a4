from dagster import In, Nothing, Out, graph, job, op


@op(out=Out(Nothing))
def create_table():
    ...


@op(ins={"after": In(Nothing)}, out=Out(Nothing))
def load_table():
    ...


@op(ins={"after": In(Nothing)})
def vacuum():
    return "done"


@job
def nightly():
    vacuum(after=[load_table(create_table()), create_table.alias("create_other")()])
