"""A module with every kind of config, for the tests of `config`, `schema` and `validate`."""

import enum
from typing import Dict, List, Literal, Optional, Union  # noqa: UP035

from pydantic import Field as PydanticField
from pydantic import field_validator

from dagjob import (
    Config,
    ConfigMapping,
    ConfigurableResource,
    EnvVar,
    Field,
    Noneable,
    Permissive,
    Selector,
    graph,
    job,
    op,
)


class Color(enum.Enum):
    RED = "r"
    BLUE = "b"


class Cat(Config):
    kind: Literal["cat"] = "cat"
    lives: int = PydanticField(9, ge=0, le=9)


class Dog(Config):
    kind: Literal["dog"] = "dog"
    name: str


class Load(Config):
    """How to load."""

    path: str = PydanticField(description="the file to read", examples=["a.csv"])
    limit: int = PydanticField(10, gt=0, description="at most so many rows")
    ratio: Optional[float] = None  # noqa: UP045
    color: Color = Color.RED
    mode: Literal["fast", "slow"] = "fast"
    tags: Dict[str, List[int]] = {}  # noqa: UP006
    pet: Union[Cat, Dog] = PydanticField(discriminator="kind")  # noqa: UP007


class Checked(Config):
    """Judged by code."""

    low: int = 1
    high: int = 2

    @field_validator("low")
    @classmethod
    def is_even(cls, value: int) -> int:
        if value % 2 == 0:
            raise ValueError("must be odd")
        return value


class Database(ConfigurableResource):
    """Where the rows are."""

    url: str
    password: str = PydanticField("hunter2-default", json_schema_extra={"dagster__is_secret": True})
    port: int = 5432


@op
def load(config: Load) -> List[int]:  # noqa: UP006
    """Reads the rows."""
    return [1]


@op(
    config_schema={
        "n": Field(int, description="how many"),
        "text": Field(Noneable(str), default_value=None),
        "where": Selector({"file": str, "table": {"name": str}}),
        "free": Field(Permissive({"k": int}), is_required=False),
        "rows": [{"x": int}],
        "m": {str: int},
    }
)
def shape(context, rows: List[int], title: str):  # noqa: UP006
    """Gives them a shape."""


@op
def plain(x):
    return x


@op
def checked(config: Checked):
    return config.low


@graph
def inner(rows):
    """Two ops in one."""
    plain(rows)
    shape(rows)


@job(resource_defs={"db": Database(url=EnvVar("DB_URL"))})
def daily(top: int):
    """Sales of a day.

    And more.
    """
    rows = load()
    inner(rows)
    plain(top)


@job(config={"ops": {"load": {"config": {"path": "own.csv", "pet": {"cat": {}}}}}})
def owned():
    plain(load())


@job(
    config=ConfigMapping(
        lambda given: {
            "ops": {"load": {"config": {"path": given["path"], "limit": given["size"], "pet": {"cat": {}}}}}
        },
        config_schema={"path": str, "size": Field(int, default_value=3)},
    )
)
def mapped():
    load()


@job
def judged():
    checked()


@op
def load_nothing():
    return 1


@job
def needs_nothing():
    plain.alias("once")(load_nothing())
