"""What `show` tells of a job."""

from __future__ import annotations

import json
from typing import Any

JOBS = """
from typing import List, Optional
from dagjob import (
    Backoff, Field, Jitter, Out, RetryPolicy, failure_hook, graph, job, mem_io_manager, op, resource
)

@failure_hook
def alert(context): ...

@resource(config_schema={"url": str, "n": Field(int, default_value=3)})
def db(_): return 1

@op(required_resource_keys={"db"}, tags={"team": "x"}, config_schema={"limit": int, "other": str})
def a(context) -> int: return 1

@op(out=Out(io_manager_key="parquet"),
    retry_policy=RetryPolicy(max_retries=3, delay=10, backoff=Backoff.EXPONENTIAL, jitter=Jitter.FULL))
def b(x: int, y: List[str], z: Optional[float] = 2.0) -> List[int]: return [1]

@graph
def inner(x): return b(x)

@graph
def outer(x): return inner(x)

@op
def last(v): ...

@job(
    hooks={alert},
    resource_defs={"db": db, "parquet": mem_io_manager},
    config={"ops": {"a": {"config": {"limit": 1}}}, "resources": {"db": {"config": {"url": "x"}}}},
)
def whole():
    last(outer(a()))
"""


def test_show_tells_where_values_come_from_and_what_is_still_to_be_given(project: Any, dagjob: Any) -> None:
    project("jobs.py", JOBS.replace('config={"ops"', '# config={"ops"').replace("def last(v)", "def last(v)"))
    open_ = dagjob("show", "jobs.py:whole").stdout
    assert "config limit: int (required)" in open_
    assert "config url: str (required)" in open_
    project("jobs.py", JOBS)
    shown = dagjob("show", "jobs.py:whole").stdout
    for line in (
        "  hooks       alert",
        "    tags team=x",
        "    config limit: int (given by the job)",
        "    config other: str (required)",
        "    in   x: int  from a",
        "    in   y: list[str]  from the run config",
        "    in   z: float | None = 2.0",
        "    out  result: list[int]  stored by parquet",
        "    retry 3 times, after 10s, exponential backoff, jitter full",
        "    in   v: Any  from outer.inner.b",
        "    config url: str (given by the job)",
        "    config n: int = 3",
    ):
        assert line in shown.splitlines(), line
    told = json.loads(dagjob("show", "jobs.py:whole", "-f", "json").stdout)
    a, b, last = told["ops"]
    assert (told["hooks"], a["tags"]) == (["alert"], {"team": "x"})
    assert b["retry"] == {"max_retries": 3, "delay": 10, "backoff": "exponential", "jitter": "full"}
    assert (b["inputs"][0]["from"], b["outputs"][0]["io_manager"], last["inputs"][0]["from"]) == (
        "a",
        "parquet",
        "outer.inner.b",
    )
