"""Contexts that a test of an IO manager builds."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from dagjob import (
    CheckError,
    DagjobInvalidInvocationError,
    DagjobInvariantViolationError,
    OpExecutionContext,
    ParameterCheckError,
    build_init_resource_context,
    build_input_context,
    build_op_context,
    build_output_context,
    job,
    op,
    resource,
)
from dagjob.partitions.base import PartitionKeyRange

BUILDERS = [build_op_context, build_init_resource_context, build_input_context, build_output_context]


@pytest.mark.parametrize("build", BUILDERS)
def test_a_resource_with_a_teardown_wants_a_block_and_is_torn_down_at_its_end(build: Callable[..., Any]) -> None:
    log: list[str] = []

    @resource
    def held(_: Any) -> Iterator[int]:
        yield 5
        log.append("closed")

    with build(resources={"held": held}) as context:
        assert context.resources.held == 5
        assert not log
    assert log == ["closed"]
    with pytest.raises(DagjobInvariantViolationError, match="with build_"):
        build(resources={"held": held}).resources


@pytest.mark.parametrize(
    ("build", "given"),
    [
        *((build_output_context, name) for name in ("step_key", "name", "run_id", "mapping_key", "version", "op_def")),
        *((build_output_context, name) for name in ("partition_key", "definition_metadata", "output_metadata")),
        *((build_input_context, name) for name in ("name", "upstream_output", "op_def", "definition_metadata")),
    ],
)
def test_what_is_given_is_of_its_kind(build: Callable[..., Any], given: str) -> None:
    with pytest.raises(ParameterCheckError, match=given):
        build(**{given: 5})


@pytest.mark.parametrize("build", [build_output_context, build_input_context])
def test_what_belongs_to_assets_may_be_none(build: Callable[..., Any]) -> None:
    context = build(name="x", asset_key=None, asset_partitions_def=None, asset_partition_key_range=None)
    assert (context.name, context.resource_config, dict(context.metadata)) == ("x", {}, {})
    with pytest.raises(DagjobInvalidInvocationError, match="asset_key"):
        build(asset_key="x")


def test_an_op_context_has_one_kind_of_partition() -> None:
    with pytest.raises(CheckError, match="partition_key_range"):
        build_op_context(partition_key="a", partition_key_range=PartitionKeyRange("a", "b"))


def test_an_op_in_a_job_has_no_assets_and_in_a_test_no_run_config() -> None:
    @op
    def f(context: OpExecutionContext) -> Any:
        return context.has_assets_def, context.selected_asset_keys, context.is_subset, context.run_config

    @job
    def j() -> None:
        f()

    assert j.execute_in_process().output_for_node("f") == (False, set(), False, {})
    assert f(build_op_context()) == (False, set(), False, {"resources": {}})
