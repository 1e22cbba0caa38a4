"""Small answers of objects that tests of job modules make by hand."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any

import pytest

from dagjob import (
    AssetMaterialization,
    AssetObservation,
    DagjobInvariantViolationError,
    EnvVar,
    Out,
    Output,
    build_init_resource_context,
    op,
    resource,
)


def test_an_op_that_is_called_misses_an_output() -> None:
    @op(out={"a": Out(), "b": Out()})
    def half() -> Iterator[Output[int]]:
        yield Output(1, "a")

    @op
    async def none() -> AsyncIterator[Any]:
        yield AssetMaterialization("x")

    async def all_of_it() -> list[Any]:
        return [each async for each in none()]

    with pytest.raises(DagjobInvariantViolationError, match='"b"'):
        list(half())
    with pytest.raises(DagjobInvariantViolationError, match='"result"'):
        asyncio.run(all_of_it())


def test_a_resource_context_without_config_has_an_empty_one() -> None:
    @resource
    def tells(context: Any) -> Any:
        return context.resource_config

    @resource(config_schema=int)
    def asks(context: Any) -> Any:
        return context.resource_config

    context = build_init_resource_context()
    assert context.resource_config == {}
    assert tells(context) is None
    with pytest.raises(Exception, match='missing key "config"'):
        asks(context)


def test_the_name_of_a_variable_that_holds_a_number() -> None:
    assert EnvVar.int("PORT").name == "PORT"


@pytest.mark.parametrize("tags, version", [(None, None), ({"dagster/data_version": "v1"}, "v1")])
def test_the_version_of_what_was_seen(tags: dict[str, str] | None, version: str | None) -> None:
    assert AssetObservation("table", tags=tags).data_version == version


def wrong_kinds() -> dict[str, Callable[[], object]]:
    import dagjob as d

    @d.op
    def one() -> None: ...

    @d.job
    def of_one() -> None:
        one()

    no: Any = 3
    return {
        "keys": lambda: d.StaticPartitionsDefinition(no),
        "partition_fn": lambda: d.DynamicPartitionsDefinition(no),
        "config_fn": lambda: d.ConfigMapping(no),
        "configured": lambda: d.configured(no),
        "default_value": lambda: d.Field(int, default_value=lambda: 3),
        "shape": lambda: d.Shape(no),
        "permissive": lambda: d.Permissive(no),
        "selector": lambda: d.Selector(no),
        "enum value": lambda: d.EnumValue(no),
        "scalar union": lambda: d.ScalarUnion(int, int),
        "logger": lambda: d.LoggerDefinition(no),
        "resource": lambda: d.ResourceDefinition(no),
        "executor": lambda: d.ExecutorDefinition("x", executor_creation_fn=no),
        "type": lambda: d.DagjobType(no, name="x"),
        "hook": lambda: d.HookDefinition(name="x", hook_fn=no),
        "run_config": lambda: of_one.execute_in_process(run_config=no),
        "partition_key": lambda: of_one.execute_in_process(partition_key=no),
        "resources": lambda: of_one.execute_in_process(resources=no),
        "run_id": lambda: of_one.execute_in_process(run_id=no),
        "input_values": lambda: of_one.execute_in_process(input_values=no),
    }


@pytest.mark.parametrize("name", wrong_kinds())
def test_an_argument_of_the_wrong_kind_is_a_parameter_error(name: str) -> None:
    from dagjob import ParameterCheckError

    with pytest.raises(ParameterCheckError):
        wrong_kinds()[name]()
