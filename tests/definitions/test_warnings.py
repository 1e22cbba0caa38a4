"""A warning of a definition stands at the line of the user that caused it, not somewhere in the house."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any

import pytest

from dagjob import (
    BetaWarning,
    Config,
    ConfigArgumentWarning,
    ConfigurableResource,
    In,
    graph,
    job,
    op,
)


@op
def one() -> None: ...


class Size(Config):
    n: int = 1


class Database(ConfigurableResource[Any]):
    url: str = ""


def owners() -> None:
    job(name="owned", owners=["ada@example.org"])(lambda: None)


def odd_tag() -> None:
    op(name="tagged", tags={"bad key": "x"})(lambda: None)


def config_elsewhere() -> None:
    def sized(size: Size) -> None: ...

    op(sized)


def never_called() -> None:
    @graph
    def outer() -> None:
        one.alias("x")
        one()


def a_class() -> None:
    job(name="stored", resource_defs={"db": Database})(lambda: None)


def old_version() -> None:
    op(name="old", version="1")(lambda: None)


def odd_metadata() -> None:
    In(metadata={"a": object()}, dagster_type=int)
    op(name="odd", ins={"x": In(metadata={"a": object()})})(lambda x: None)


@pytest.mark.parametrize(
    ("define", "category"),
    [
        (owners, BetaWarning),
        (odd_tag, DeprecationWarning),
        (config_elsewhere, ConfigArgumentWarning),
        (never_called, UserWarning),
        (a_class, UserWarning),
        (old_version, DeprecationWarning),
        (odd_metadata, DeprecationWarning),
    ],
)
def test_a_warning_stands_at_the_line_of_the_user(define: Callable[[], None], category: type[Warning]) -> None:
    with warnings.catch_warnings(record=True) as heard:
        warnings.simplefilter("always")
        define()
    assert heard
    first = define.__code__.co_firstlineno
    for warning in heard:
        assert warning.category is category
        assert warning.filename == __file__
        assert first < warning.lineno < first + 6
