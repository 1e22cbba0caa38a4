from typing import Optional

from dagster import job, op


@op
def maybe() -> Optional[str]:
    return None


@op
def show(x: Optional[str] = None) -> str:
    return x or "nothing"


@job
def optional():
    show(maybe())
