"""A database that ops use without opening it: a resource, made before an op and closed after it.

    dagjob run examples/resources.py --set resources.database.file=/tmp/shop.db

Open connections here, never at the top of a module: with processes, what a module opens at import is shared by all of
them, and that does not end well.
"""

import sqlite3
from collections.abc import Iterator

from dagjob import In, InitResourceContext, Nothing, OpExecutionContext, job, op, resource


@resource(config_schema={"file": str})
def database(context: InitResourceContext) -> Iterator[sqlite3.Connection]:
    """An open connection; what stands after `yield` runs when the op has ended, well or not."""
    connection = sqlite3.connect(context.resource_config["file"])
    try:
        yield connection
    finally:
        connection.close()


@op(required_resource_keys={"database"})
def load(context: OpExecutionContext) -> None:
    with context.resources.database as transaction:
        transaction.execute("drop table if exists sales")
        transaction.execute("create table sales (item text, amount real)")
        transaction.executemany("insert into sales values (?, ?)", [("tea", 12.5), ("salt", 3), ("tea", 7)])


@op(ins={"loaded": In(Nothing)}, required_resource_keys={"database"})
def total(context: OpExecutionContext) -> dict[str, float]:
    """Waits for `load`, although it gets its data from the database."""
    rows = context.resources.database.execute("select item, sum(amount) from sales group by item order by item")
    totals = dict(rows.fetchall())
    print(totals)
    return totals


@job(resource_defs={"database": database})
def shop():
    total(load())
