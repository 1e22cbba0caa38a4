"""A mock answers to everything. It is handed out as the object that it stands for, wherever a user may give one."""

from __future__ import annotations

from typing import Any
from unittest.mock import MagicMock

import pytest

from dagjob.config.runconfig import RunConfig
from dagjob.definitions.hooks import HookDefinition, success_hook
from dagjob.definitions.iomanagers import io_manager
from dagjob.definitions.jobs import job
from dagjob.definitions.ops import op
from dagjob.definitions.resources import ResourceDefinition, resource
from dagjob.engine.direct import build_init_resource_context, build_op_context, build_resources
from dagjob.errors import DagjobInvalidConfigError


@op(required_resource_keys={"db"})
def use(context: Any) -> bool:
    context.resources.db.query("all")
    return context.resources.db is MOCK


MOCK = MagicMock()


@resource
def of_function() -> Any:
    return MOCK


@resource
def of_context(_: Any) -> Any:
    return MOCK


@resource
def of_generator() -> Any:
    yield MOCK


GIVEN = pytest.mark.parametrize(
    "given", [MOCK, of_function, of_context, of_generator], ids=["itself", "function", "with context", "generator"]
)


@GIVEN
def test_a_run_hands_out_a_mock(given: Any) -> None:
    @job(resource_defs={"db": given})
    def j() -> None:
        use()

    assert j.execute_in_process().output_for_node("use") is True
    assert j.execute_in_process(resources={"db": MOCK}).output_for_node("use") is True


@GIVEN
def test_a_direct_call_hands_out_a_mock(given: Any) -> None:
    with build_op_context(resources={"db": given}) as context:
        assert use(context) is True


@GIVEN
def test_build_resources_hands_out_a_mock(given: Any) -> None:
    with build_resources({"db": given}) as opened:
        assert opened.db is MOCK


def test_a_resource_function_that_is_called_hands_out_a_mock() -> None:
    assert of_function() is MOCK
    assert of_context(None) is MOCK
    with of_generator() as made:
        assert made is MOCK


def test_an_io_manager_may_be_a_mock() -> None:
    manager = MagicMock()
    manager.handle_output.return_value = None
    manager.load_input.return_value = 7

    @io_manager
    def store() -> Any:
        return manager

    @op
    def one() -> int:
        return 1

    @op
    def same(x: int) -> int:
        return x

    @job(resource_defs={"io_manager": store})
    def j() -> None:
        same(one())

    assert j.execute_in_process().output_for_node("same") == 7
    assert manager.handle_output.call_count == 2
    assert store() is manager


def test_an_open_config_may_be_a_mock() -> None:
    mock = MagicMock()

    @op
    def config_of(context: Any) -> Any:
        return context.op_config

    assert config_of(build_op_context(op_config=mock)) is mock

    @resource
    def given(context: Any) -> Any:
        return context.resource_config

    assert given(build_init_resource_context(config=mock)) is mock
    assert RunConfig(ops={"config_of": {"config": mock}}).to_config_dict()["ops"] == {"config_of": {"config": mock}}


def test_a_mock_that_does_not_fit_a_config_schema_is_refused_as_any_other_value() -> None:
    @op(config_schema={"n": int})
    def f(context: Any) -> None: ...

    with pytest.raises(DagjobInvalidConfigError):
        f(build_op_context(op_config=MagicMock()))


def test_a_hook_may_be_called_with_a_mock() -> None:
    seen = []

    @success_hook
    def hook(context: Any) -> None:
        seen.append(context)

    mock = MagicMock()
    assert isinstance(hook, HookDefinition)
    hook(mock)
    assert seen == [mock]


def test_the_mock_resource_is_one() -> None:
    with build_resources({"m": ResourceDefinition.mock_resource()}) as opened:
        assert isinstance(opened.m, MagicMock)
