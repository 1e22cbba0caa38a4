from dagster import (DagsterType, In, Out, PythonObjectDagsterType, TypeCheck, dagster_type_loader, job, op,
                     usable_as_dagster_type)

Even = DagsterType(
    name="Even", description="even numbers",
    type_check_fn=lambda _, value: TypeCheck(success=value % 2 == 0, description="parity", metadata={"value": value}),
)


class Row:
    def __init__(self, cells):
        self.cells = cells

    def __repr__(self):
        return f"Row({self.cells})"


@dagster_type_loader(config_schema={"cells": [int]})
def row_loader(_, config):
    return Row(config["cells"])


RowType = PythonObjectDagsterType(Row, name="RowType", loader=row_loader)


@usable_as_dagster_type(name="Named")
class Named(str):
    pass


@op(ins={"row": In(RowType)}, out=Out(Even))
def count(row):
    return len(row.cells)


@op
def name(n: int) -> Named:
    return Named(n)


@job
def typed():
    name(count())


RUN_CONFIG = {"ops": {"count": {"inputs": {"row": {"cells": [1, 2]}}}}}
