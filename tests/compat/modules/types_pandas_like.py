from typing import Any, Dict, List, NamedTuple, Tuple

from dagster import Any as DagsterAny, In, job, op


class Result(NamedTuple):
    name: str
    rows: List[Dict[str, Any]]


@op
def query() -> Result:
    return Result("orders", [{"id": 1}])


@op(ins={"anything": In(DagsterAny)})
def names(anything) -> Tuple[str, int]:
    return (anything.name, len(anything.rows))


@job
def tables():
    names(query())
