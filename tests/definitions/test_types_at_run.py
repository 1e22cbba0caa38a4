"""Types and loaders in a run: what passes, what fails the step, what comes from run config (contract def-6)."""

from __future__ import annotations

import json
import pickle
from collections import ChainMap
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from dagjob.definitions.dagjob_type import DagjobType
from dagjob.definitions.inputs import In
from dagjob.definitions.jobs import JobDefinition, job
from dagjob.definitions.ops import op
from dagjob.definitions.outputs import Out
from dagjob.definitions.type_loaders import dagster_type_loader
from dagjob.errors import (
    DagjobInvalidConfigError,
    DagjobInvalidDefinitionError,
    DagjobInvariantViolationError,
    DagjobTypeCheckDidNotPass,
)
from dagjob.values.failures import Failure
from dagjob.values.observations import TypeCheck


class A: ...


class B(A): ...


def returning(annotation: Any, value: Any) -> JobDefinition:
    """A job of one op that returns `value` under this annotation."""

    def f() -> Any:
        return value

    f.__annotations__ = {"return": annotation}
    made = op(f)

    @job(name="j")
    def j() -> None:
        made()

    return j


@pytest.mark.parametrize(
    ("annotation", "value"),
    [
        (Sequence, (1, 2)),
        (Sequence, "ab"),
        (Mapping, ChainMap({}, {})),
        (int, True),
        (A, B()),
        (list[int], []),
        (type(None), None),
        (dict[str, int], {"a": 1}),
    ],
)
def test_a_value_of_the_type_passes(annotation: Any, value: Any) -> None:
    assert returning(annotation, value).execute_in_process().success


@pytest.mark.parametrize(
    ("annotation", "value"),
    [
        (float, 1),
        (list[int], (1,)),
        (Sequence, {1}),
        (Sequence[int], (1,)),
        (Mapping, [1]),
        (list[int], [1, "a"]),
        (dict[str, int], {"a": "b"}),
        (tuple[int, str], (1,)),
        (type(None), 4),
    ],
)
def test_any_other_value_fails_the_step(annotation: Any, value: Any) -> None:
    with pytest.raises(DagjobTypeCheckDidNotPass, match=r'output "result" of step "f"') as caught:
        returning(annotation, value).execute_in_process()
    assert caught.value.dagster_type.display_name in str(caught.value)


def test_what_the_check_says_is_on_the_error() -> None:
    def even(_context: Any, value: Any) -> TypeCheck:
        return TypeCheck(value % 2 == 0, f"{value} is odd", {"value": value})

    with pytest.raises(DagjobTypeCheckDidNotPass) as caught:
        returning(DagjobType(name="Even", type_check_fn=even), 3).execute_in_process()
    assert caught.value.dagster_type.display_name == "Even"
    assert caught.value.description == "3 is odd"
    assert caught.value.metadata["value"].value == 3


def raising(error: Exception) -> Any:
    def check(_context: Any, _value: Any) -> bool:
        raise error

    return check


@pytest.mark.parametrize(
    ("check", "error", "raised"),
    [
        (raising(ValueError("kaboom")), "DagjobTypeCheckError", ValueError),
        (raising(Failure("no")), "DagjobTypeCheckError", Failure),
        (lambda _, v: 5, "DagjobInvariantViolationError", DagjobInvariantViolationError),
    ],
)
def test_a_check_that_misbehaves_fails_the_step(check: Any, error: str, raised: type[Exception]) -> None:
    made = returning(DagjobType(name="T", type_check_fn=check), 1)
    with pytest.raises(raised):  # the user's own exception comes out
        made.execute_in_process()
    result = made.execute_in_process(raise_on_error=False)
    (failed,) = [event for event in result.all_events if event.event_type_value == "STEP_FAILURE"]
    told = failed.event_specific_data.error
    assert told.cls_name == error
    assert (told.cause.cls_name if told.cause else error) == raised.__name__


def test_a_loader_makes_a_value_with_the_help_of_a_resource() -> None:
    @dagster_type_loader({"p": int}, required_resource_keys={"scale"})
    def load(context: Any, config: Any) -> Any:
        return config["p"] * context.resources.scale

    scaled = DagjobType(name="Scaled", type_check_fn=lambda _, v: isinstance(v, int), loader=load)

    @op(ins={"x": In(scaled)})
    def f(x: Any) -> Any:
        return x

    @job(resource_defs={"scale": 10})
    def j() -> None:
        f()

    config = {"ops": {"f": {"inputs": {"x": {"p": 2}}}}}
    assert j.execute_in_process(run_config=config).output_for_node("f") == 20
    with pytest.raises(DagjobInvalidDefinitionError, match=r'"scale".*"?k"?'):

        @job(resource_defs={"other": 1})
        def k() -> None:
            f()


def test_a_loader_that_raises_fails_the_step_with_its_cause() -> None:
    @dagster_type_loader(int)
    def load(context: Any, config: Any) -> Any:
        raise ValueError("kaboom")

    broken = DagjobType(name="Broken", type_check_fn=lambda _, v: True, loader=load)

    @op(ins={"x": In(broken)})
    def f(x: Any) -> None: ...

    @job
    def j() -> None:
        f()

    config = {"ops": {"f": {"inputs": {"x": 1}}}}
    with pytest.raises(ValueError, match="kaboom") as caught:
        j.execute_in_process(run_config=config)
    assert any('"x"' in note for note in caught.value.__notes__)
    failure = j.execute_in_process(run_config=config, raise_on_error=False).failure_data_for_node("f")
    assert failure is not None
    assert failure.error.cls_name == "DagjobTypeLoadingError"
    assert failure.error.cause is not None
    assert failure.error.cause.cls_name == "ValueError"


def test_every_builtin_type_has_its_form_in_run_config(tmp_path: Path) -> None:
    (tmp_path / "j").write_text(json.dumps({"value": [1, 2]}))
    (tmp_path / "p").write_bytes(pickle.dumps("pickled"))

    @op(ins={"any1": In(), "any2": In(Any)}, out=Out())
    def f(
        any1: Any,
        any2: Any,
        i: int,
        s: str,
        l: list[int],  # noqa: E741
        m: dict[str, int],
        o: int | None,
        t: tuple[int, str],
        u: set[int],
        free: dict,  # type: ignore[type-arg]
    ) -> Any:
        return i, s, l, m, o, t, u, free, any1, any2

    @job
    def j() -> None:
        f()

    inputs = {
        "i": 1,
        "s": {"value": "x"},
        "l": [1, {"value": 2}],
        "m": {"k": 3},
        "o": None,
        "t": [1, "z"],
        "u": [1, 1, 2],
        "free": {"q": [1]},
        "any1": {"json": {"path": str(tmp_path / "j")}},
        "any2": {"pickle": {"path": str(tmp_path / "p")}},
    }
    result = j.execute_in_process(run_config={"ops": {"f": {"inputs": inputs}}})
    assert result.output_for_node("f") == (
        1, "x", [1, 2], {"k": 3}, None, (1, "z"), {1, 2}, {"q": [1]}, [1, 2], "pickled",
    )  # fmt: skip
    with pytest.raises(DagjobInvalidConfigError):
        j.execute_in_process(run_config={"ops": {"f": {"inputs": {**inputs, "any1": 5}}}})
