from dagster import Definitions, job, op


def build_job(table: str, depth: int):
    @op(name=f"read_{table}")
    def read():
        return depth

    @op(name=f"write_{table}")
    def write(rows):
        return rows + 1

    @job(name=f"sync_{table}", tags={"table": table})
    def sync():
        write(read())

    return sync


defs = Definitions(jobs=[build_job(table, depth) for depth, table in enumerate(["orders", "customers", "lines"])])
