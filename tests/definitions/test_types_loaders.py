"""Loaders: values of inputs from run config, in the forms of contract def-6."""

from __future__ import annotations

import json
import pickle
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from dagjob.config.kind import resolve
from dagjob.definitions.type_loaders import DagjobTypeLoader, dagster_type_loader
from dagjob.definitions.types import resolve_type
from dagjob.errors import (
    CheckError,
    DagjobInvalidConfigDefinitionError,
    DagjobInvalidDefinitionError,
    DagjobInvariantViolationError,
)


def load(annotation: Any, config: Any) -> Any:
    """The value that a loader makes of a config that fits; the problems when it does not."""
    loader = resolve_type(annotation).loader
    assert loader is not None
    found = resolve(loader.schema, config, {})
    if not found.success:
        return [problem.reason.name for problem in found.problems]
    return loader.construct_from_config_value(None, found.value)


@pytest.mark.parametrize(
    ("annotation", "config", "value"),
    [
        (int, 1, 1),
        (str, {"value": "x"}, "x"),
        (float, 1, 1.0),
        (bool, False, False),
        (list[int], [1, {"value": 2}], [1, 2]),
        (dict[str, int], {"k": 3, "l": {"value": 4}}, {"k": 3, "l": 4}),
        (int | None, None, None),
        (int | None, 5, 5),
        (list[int] | None, [5], [5]),
        (tuple[int, str], [1, "z"], (1, "z")),
        (set[int], [1, 1, 2], {1, 2}),
        (dict, {"q": [1]}, {"q": [1]}),
        (Any, {"value": [1]}, [1]),
        (list, [{"value": 1}], [1]),
        (list[list[int]], [[1], [{"value": 2}]], [[1], [2]]),
    ],
    ids=repr,
)
def test_values_from_config(annotation: Any, config: Any, value: Any) -> None:
    made = load(annotation, config)
    assert made == value
    assert type(made) is type(value)


@pytest.mark.parametrize(
    ("annotation", "config"),
    [
        (int, "1"),
        (int, None),
        (int, {"value": "x"}),
        (int, {"json": "x"}),
        (Any, 5),
        (Any, "text"),
        (list[int], [1, "x"]),
        (list[int], 1),
        (dict[str, int], {"k": "v"}),
        (set[int], {"a": 1}),
        (tuple[int, str], 5),
    ],
    ids=repr,
)
def test_config_that_does_not_fit(annotation: Any, config: Any) -> None:
    made = load(annotation, config)
    assert isinstance(made, list)
    assert made
    assert all(isinstance(reason, str) for reason in made)


def test_a_value_may_lie_in_a_json_file_or_a_pickle(tmp_path: Path) -> None:
    (tmp_path / "j").write_text(json.dumps({"value": [1, 2]}))
    (tmp_path / "p").write_bytes(pickle.dumps("pickled"))
    assert load(Any, {"json": {"path": str(tmp_path / "j")}}) == [1, 2]
    assert load(str, {"pickle": {"path": str(tmp_path / "p")}}) == "pickled"
    assert load(list[str], [{"pickle": {"path": str(tmp_path / "p")}}]) == ["pickled"]


def test_a_tuple_has_its_length() -> None:
    with pytest.raises(DagjobInvariantViolationError, match="2"):
        load(tuple[int, str], [1])


def test_a_function_becomes_a_loader() -> None:
    @dagster_type_loader({"p": int}, required_resource_keys={"scale"})
    def load_scaled(context: Any, config: Any) -> int:
        return int(config["p"] * context.resources.scale)

    assert isinstance(load_scaled, DagjobTypeLoader)
    assert load_scaled.required_resource_keys == {"scale"}
    assert resolve(load_scaled.schema, {"p": 2}, {}).value == {"p": 2}
    context = SimpleNamespace(resources=SimpleNamespace(scale=10))
    assert load_scaled.construct_from_config_value(context, {"p": 2}) == 20


@pytest.mark.parametrize("name", ["_", "_context", "context_", "context"])
def test_the_context_parameter_has_one_of_these_names(name: str) -> None:
    scope: dict[str, Any] = {}
    exec(f"def load({name}, value): return value", scope)
    assert dagster_type_loader(int)(scope["load"]).construct_from_config_value(None, 5) == 5


@pytest.mark.parametrize("function", [lambda value: value, lambda cfg, value: value, lambda: 1])
def test_a_loader_without_the_context_parameter_is_refused(function: Any) -> None:
    with pytest.raises(DagjobInvalidDefinitionError, match=r"lambda.*context"):
        dagster_type_loader(int)(function)


def test_a_schema_that_is_none_is_told_of_at_the_decorator() -> None:
    with pytest.raises(DagjobInvalidConfigDefinitionError):
        dagster_type_loader({"a": 5})(lambda context, value: value)


def test_a_class_may_be_a_loader() -> None:
    class Doubled(DagjobTypeLoader):
        schema_type = int

        def construct_from_config_value(self, context: Any, config_value: Any) -> Any:
            return config_value * 2

    assert resolve(Doubled().schema, 4, {}).value == 4
    assert Doubled().construct_from_config_value(None, 4) == 8
    with pytest.raises(CheckError, match="schema_type"):
        _ = DagjobTypeLoader().schema


def test_a_loader_has_a_parameter_for_the_value() -> None:
    with pytest.raises(DagjobInvalidDefinitionError, match="no parameter for the value"):

        @dagster_type_loader(str)
        def load(context: Any) -> None: ...  # type: ignore[arg-type]
