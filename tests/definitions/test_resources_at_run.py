"""Resources in a run: order, teardown, overriding, failures (contract def-5)."""

from __future__ import annotations

from contextlib import contextmanager
from typing import Any

import pytest

from dagjob.config.schema import Field
from dagjob.definitions.collection import Definitions
from dagjob.definitions.dagjob_type import DagjobType
from dagjob.definitions.inputs import In
from dagjob.definitions.jobs import JobDefinition, job
from dagjob.definitions.ops import op
from dagjob.definitions.resources import ResourceDefinition, ResourceParam, resource
from dagjob.definitions.type_loaders import dagster_type_loader
from dagjob.errors import (
    DagjobInvalidDefinitionError,
    DagjobInvariantViolationError,
    DagjobResourceFunctionError,
)


@op(required_resource_keys={"r"})
def use(context: Any) -> Any:
    return context.resources.r


def using(resources: dict[str, Any]) -> JobDefinition:
    @job(name="j", resource_defs=resources)
    def j() -> None:
        use()

    return j


def test_what_is_needed_is_opened_first_closed_last_and_once() -> None:
    log: list[str] = []

    def make(name: str, needs: tuple[str, ...] = ()) -> ResourceDefinition:
        @resource(required_resource_keys=set(needs))
        def made(_: Any) -> Any:
            log.append("open " + name)
            yield name
            log.append("close " + name)

        return made

    @op(required_resource_keys={"x"})
    def f(context: Any) -> None:
        log.append("op " + context.resources.x)
        raise ValueError

    @job(resource_defs={"z": make("z"), "y": make("y", ("z",)), "x": make("x", ("y",)), "unused": make("unused")})
    def j() -> None:
        f()
        f.alias("g")()

    assert not j.execute_in_process(raise_on_error=False).success
    assert log == ["open z", "open y", "open x", "op x", "op x", "close x", "close y", "close z"]


def test_resources_open_level_by_level_by_name() -> None:
    log: list[str] = []

    def make(name: str, *needs: str) -> ResourceDefinition:
        @resource(required_resource_keys=set(needs))
        def made(_: Any) -> Any:
            log.append("open " + name)
            yield name
            log.append("close " + name)

        return made

    @op(required_resource_keys={"a", "b", "d"})
    def f() -> None:
        pass

    @job(resource_defs={"a": make("a", "c"), "b": make("b"), "c": make("c"), "d": make("d", "a", "b")})
    def j() -> None:
        f()

    j.execute_in_process()
    order = ["b", "c", "a", "d"]
    assert log == [f"open {key}" for key in order] + [f"close {key}" for key in reversed(order)]


def test_a_teardown_that_raises_keeps_no_other_from_closing() -> None:
    log: list[str] = []

    def make(name: str, *needs: str) -> Any:
        @resource(required_resource_keys=set(needs))
        def generator(_: Any) -> Any:
            yield name
            log.append("close " + name)
            raise ValueError(name)

        @resource(required_resource_keys=set(needs))
        @contextmanager
        def manager(_: Any) -> Any:
            yield name
            log.append("close " + name)

        return manager if name.startswith("cm") else generator

    @op(required_resource_keys={"cm2", "gen2"})
    def f() -> None:
        pass

    @job(
        resource_defs={
            "cm": make("cm"),
            "gen": make("gen"),
            "cm2": make("cm2", "cm", "gen"),
            "gen2": make("gen2", "cm2"),
        }
    )
    def j() -> None:
        f()

    assert j.execute_in_process().success
    assert log == ["close gen2", "close cm2", "close gen", "close cm"]


def test_a_run_may_bring_its_own_objects() -> None:
    @resource(config_schema={"a": int, "b": Field(int, default_value=2)})
    def r(init: Any) -> Any:
        return init.resource_config

    def f(r: Any, plain: Any, none: Any) -> Any:
        return r, plain, none

    f.__annotations__ = {"r": ResourceParam[dict], "plain": ResourceParam[list], "none": ResourceParam[object]}
    uses = op(f)

    @job(resource_defs={"r": r, "plain": [1], "none": ResourceDefinition.none_resource()})
    def j() -> None:
        uses()

    config = {"resources": {"r": {"config": {"a": 1}}}}
    assert j.execute_in_process(run_config=config).output_for_node("f") == ({"a": 1, "b": 2}, [1], None)
    given = {"r": {}, "plain": "other"}
    assert j.execute_in_process(resources=given).output_for_node("f") == ({}, "other", None)


def test_a_resource_that_cannot_be_made_fails_the_run() -> None:
    @resource
    def broken(_: Any) -> Any:
        raise ValueError("no db")

    with pytest.raises(DagjobResourceFunctionError, match='"r"') as caught:
        using({"r": broken}).execute_in_process()
    assert isinstance(caught.value.__cause__, ValueError)
    assert not using({"r": broken}).execute_in_process(raise_on_error=False).success


def test_resources_do_not_require_each_other_in_a_circle() -> None:
    @resource(required_resource_keys={"b"})
    def a(_: Any) -> None: ...

    @resource(required_resource_keys={"a"})
    def b(_: Any) -> None: ...

    with pytest.raises(DagjobInvariantViolationError, match=r"a -> b|b -> a"):
        using({"r": 1, "a": a, "b": b})


def test_a_missing_key_is_told_with_who_needs_it() -> None:
    with pytest.raises(DagjobInvalidDefinitionError, match=r'op "use".*"r"'):
        using({"q": 1})


def test_a_teardown_that_raises_changes_nothing() -> None:
    @resource
    def bad_down(_: Any) -> Any:
        yield 1
        raise ValueError("teardown")

    result = using({"r": bad_down}).execute_in_process()
    assert result.success
    assert result.output_for_node("use") == 1


def test_a_job_runs_with_what_its_container_gave_it() -> None:
    @job
    def bare() -> None:
        use()

    defs = Definitions(jobs=[bare], resources={"r": "shared"})
    assert defs.get_job_def("bare").execute_in_process().output_for_node("use") == "shared"


def test_what_a_loader_needs_is_opened_where_it_loads() -> None:
    opened = []

    @resource
    def a() -> None:
        opened.append("a")

    @dagster_type_loader(str, required_resource_keys={"a"})
    def load(context: Any, text: str) -> str:
        return text

    kind = DagjobType(name="Text", type_check_fn=lambda _, value: True, loader=load)

    @op
    def source() -> str:
        return "made"

    @op(ins={"x": In(kind)})
    def read(x: Any) -> Any:
        return x

    @job(resource_defs={"a": a})
    def connected() -> None:
        read(source())

    @job(resource_defs={"a": a})
    def from_config() -> None:
        read()

    assert connected.execute_in_process().output_for_node("read") == "made"
    assert opened == []
    given = {"ops": {"read": {"inputs": {"x": "given"}}}}
    assert from_config.execute_in_process(run_config=given).output_for_node("read") == "given"
    assert opened == ["a"]
