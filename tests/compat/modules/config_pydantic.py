from typing import Literal, Optional

from dagster import Config, RunConfig, job, op
from pydantic import Field, field_validator


class Source(Config):
    url: str
    timeout: float = 3.0


class LoadConfig(Config):
    table: str = Field(description="where to")
    rows: int = Field(default=10, ge=1)
    mode: Literal["append", "replace"] = "append"
    source: Source
    tags: dict[str, str] = {}
    since: Optional[str] = None

    @field_validator("table")
    @classmethod
    def lower(cls, value):
        return value.lower()


@op
def load(config: LoadConfig) -> str:
    return f"{config.table} {config.rows} {config.mode} {config.source.url} {config.tags} {config.since}"


@job
def loading():
    load()


RUN_CONFIG = RunConfig(ops={"load": LoadConfig(table="ORDERS", source=Source(url="x"), tags={"a": "b"})})
