"""Executors as definitions: names, config schemas, demands (contract exe-6, def-4)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from dagjob.config.kind import resolve
from dagjob.config.schema import Field
from dagjob.definitions.executor_requirements import ExecutorRequirement, multiple_process_executor_requirements
from dagjob.definitions.executors import (
    ExecutorDefinition,
    InitExecutorContext,
    check_executor,
    executor,
    in_process_executor,
    multi_or_in_process_executor,
    multiprocess_executor,
)
from dagjob.errors import CheckError, ParameterCheckError


def resolved(definition: ExecutorDefinition, config: Any) -> Any:
    """What the run gets from a config; the reasons when it does not fit."""
    assert definition.config_schema is not None
    found = resolve(definition.config_schema, config, {})
    return found.value if found.success else [(problem.reason.name, problem.path) for problem in found.problems]


def defaults(definition: ExecutorDefinition) -> Any:
    """What the run gets from no config."""
    schema = definition.config_schema
    assert isinstance(schema, Field)
    return schema.default_value


RETRIES = {"retries": {"enabled": {}}}


def test_the_default_executor_chooses_one_of_the_others() -> None:
    default = multi_or_in_process_executor
    assert defaults(default) == {"multiprocess": {"max_concurrent": None, **RETRIES}}
    assert resolved(default, {"in_process": {}}) == {"in_process": RETRIES}
    assert resolved(default, {"in_process": None}) == {"in_process": RETRIES}
    assert resolved(default, {"multiprocess": {"max_concurrent": 2}}) == {
        "multiprocess": {"max_concurrent": 2, **RETRIES}
    }


@pytest.mark.parametrize("config", [{}, {"in_process": {}, "multiprocess": {}}])
def test_none_or_both_is_an_error(config: dict[str, Any]) -> None:
    ((reason, _),) = resolved(multi_or_in_process_executor, config)
    assert reason == "SELECTOR_FIELD_ERROR"


@pytest.mark.parametrize(
    "config",
    [
        {"max_concurrent": None},
        {"max_concurrent": 0},
        {"retries": {"disabled": {}}},
        {"retries": {"disabled": None}},
        {"start_method": {"spawn": {}}},
        {"start_method": {"forkserver": {"preload_modules": ["numpy"]}}},
        # Dagster refuses fork; lean and preloaded are ours.
        {"start_method": {"fork": {}}},
        {"start_method": {"lean": {}}},
        {"start_method": {"preloaded": {}}},
        {"tag_concurrency_limits": [{"key": "db", "limit": 1}, {"key": "db", "value": "x", "limit": 1}]},
        {"tag_concurrency_limits": [{"key": "db", "value": {"applyLimitPerUniqueValue": True}, "limit": 1}]},
        {"tag_concurrency_limits": None},
        {"step_dependency_config": {"require_upstream_step_success": False}},
    ],
    ids=repr,
)
def test_what_multiprocess_can_be_told(config: dict[str, Any]) -> None:
    assert isinstance(resolved(multiprocess_executor, config), dict)


@pytest.mark.parametrize(
    ("config", "reason", "path"),
    [
        ({"max_concurrent": "2"}, "RUNTIME_TYPE_MISMATCH", ("max_concurrent",)),
        # Dagster hangs.
        ({"max_concurrent": -1}, "RUNTIME_TYPE_MISMATCH", ("max_concurrent",)),
        ({"start_method": {"threads": {}}}, "FIELD_NOT_DEFINED", ("start_method", "threads")),
        ({"start_method": {"spawn": {}, "fork": {}}}, "SELECTOR_FIELD_ERROR", ("start_method",)),
        ({"retries": {"deferred": {}}}, "FIELD_NOT_DEFINED", ("retries", "deferred")),
        ({"tag_concurrency_limits": [{"limit": 1}]}, "MISSING_REQUIRED_FIELD",
         ("tag_concurrency_limits", 0)),
        ({"tag_concurrency_limits": [{"key": "a", "limit": -1}]}, "RUNTIME_TYPE_MISMATCH",
         ("tag_concurrency_limits", 0, "limit")),
        # Dagster waits for ever.
        ({"tag_concurrency_limits": [{"key": "a", "limit": 0}]}, "RUNTIME_TYPE_MISMATCH",
         ("tag_concurrency_limits", 0, "limit")),
        ({"start_method": "spawn"}, "RUNTIME_TYPE_MISMATCH", ("start_method",)),
        ({"retries": {}}, "SELECTOR_FIELD_ERROR", ("retries",)),
        ({"other": 1}, "FIELD_NOT_DEFINED", ("other",)),
    ],
    ids=repr,
)  # fmt: skip
def test_what_multiprocess_cannot_be_told(config: dict[str, Any], reason: str, path: tuple[str | int, ...]) -> None:
    assert resolved(multiprocess_executor, config) == [(reason, path)]


def test_what_in_process_can_be_told() -> None:
    given = {"retries": {"disabled": {}}, "marker_to_close": "x"}
    assert resolved(in_process_executor, given) == given
    assert resolved(in_process_executor, {"max_concurrent": 1}) == [("FIELD_NOT_DEFINED", ("max_concurrent",))]


def test_names() -> None:
    names = [e.name for e in (in_process_executor, multiprocess_executor, multi_or_in_process_executor)]
    assert names == ["in_process", "multiprocess", "multi_or_in_process_executor"]


def test_a_configured_executor_keeps_its_name_and_what_makes_it() -> None:
    two = multiprocess_executor.configured({"max_concurrent": 2})
    named = multiprocess_executor.configured({"max_concurrent": 2}, name="two")
    assert (two.name, named.name, named.makes) == ("multiprocess", "two", multiprocess_executor.makes)
    assert resolved(two, {}) == {"max_concurrent": 2, **RETRIES}
    assert two.get_requirements({}) == multiple_process_executor_requirements()
    assert resolved(multiprocess_executor, {})["max_concurrent"] is None


# -- demands -------------------------------------------------------------------------------------------------------


def test_executors_with_processes_demand_all_three() -> None:
    names = [requirement.name for requirement in multiple_process_executor_requirements()]
    assert names == ["RECONSTRUCTABLE_PIPELINE", "NON_EPHEMERAL_INSTANCE", "PERSISTENT_OUTPUTS"]
    assert ExecutorRequirement.RECONSTRUCTABLE_JOB is ExecutorRequirement.RECONSTRUCTABLE_PIPELINE
    assert multiprocess_executor.get_requirements({}) == multiple_process_executor_requirements()
    assert in_process_executor.get_requirements({}) == []


def test_the_default_executor_demands_what_it_chose_demands() -> None:
    assert multi_or_in_process_executor.get_requirements({"in_process": {}}) == []
    assert len(multi_or_in_process_executor.get_requirements({"multiprocess": {}})) == 3


# -- custom ones ---------------------------------------------------------------------------------------------------


def test_a_function_makes_an_executor() -> None:
    @executor(
        name="mine",
        config_schema={"n": Field(int, default_value=2)},
        requirements=[ExecutorRequirement.RECONSTRUCTABLE_JOB],
    )
    def mine(init_context: InitExecutorContext) -> Any:
        return init_context.executor_config["n"]

    @executor
    def bare(init_context: InitExecutorContext) -> Any: ...

    assert (mine.name, bare.name, bare.config_schema) == ("mine", "bare", None)
    assert resolved(mine, {}) == {"n": 2}
    assert [requirement.name for requirement in mine.get_requirements({})] == ["RECONSTRUCTABLE_PIPELINE"]
    assert bare.get_requirements({}) == []
    assert mine.executor_creation_fn is not None


def test_demands_may_depend_on_the_config() -> None:
    wants = ExecutorDefinition(
        "wants", requirements=lambda config: [ExecutorRequirement.PERSISTENT_OUTPUTS] if config.get("far") else []
    )
    assert wants.get_requirements({"far": True}) == [ExecutorRequirement.PERSISTENT_OUTPUTS]
    assert wants.get_requirements({}) == []


@pytest.mark.parametrize(
    "make", [lambda: ExecutorDefinition(5), lambda: ExecutorDefinition("a", executor_creation_fn=5)]
)
def test_arguments_of_the_wrong_kind_are_refused(make: Callable[[], object]) -> None:
    with pytest.raises(CheckError):
        make()


def test_another_object_is_no_executor() -> None:
    assert check_executor(in_process_executor, "executor_def") is in_process_executor
    assert check_executor(None, "executor_def") is None
    with pytest.raises(ParameterCheckError, match="executor_def"):
        check_executor("in_process", "executor_def")
