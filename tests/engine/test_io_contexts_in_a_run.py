"""What IO managers are told in a run, and what the events then say of inputs and outputs."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from dagjob import (
    DagjobInvalidConfigError,
    ExecuteInProcessResult,
    In,
    IOManager,
    build_input_context,
    fs_io_manager,
    graph,
    input_manager,
    io_manager,
    job,
    op,
)


@op
def one() -> int:
    return 1


@op
def use(x: Any) -> Any:
    return x


class Telling(IOManager):
    """Keeps what it was told. An input is what `load` says."""

    def __init__(self, added: Any = None) -> None:
        self.told: list[Any] = []
        self.added = added

    def handle_output(self, context: Any, obj: Any) -> None:
        self.told.append(context.resource_config)

    def load_input(self, context: Any) -> Any:
        self.told.append((context.has_input_name, context.resource_config))
        if self.added:
            context.add_input_metadata(self.added)


def metadata_of(result: ExecuteInProcessResult, kind: str) -> list[dict[str, Any]]:
    found = [e.event_specific_data.metadata for e in result.all_events if e.event_type.name == kind]
    return [{key: value.value for key, value in each.items()} for each in found]


@pytest.mark.parametrize("added", [{}, {"rows": 2}, {"unit": "g"}])
def test_the_metadata_of_an_input_is_in_the_event_of_its_loading(added: dict[str, Any]) -> None:
    with pytest.warns(DeprecationWarning, match="read_by"):
        described = In(metadata={"unit": "kg", "read_by": object()})

    @op(ins={"x": described})
    def weigh(x: Any) -> None:
        pass

    @job(resource_defs={"io_manager": Telling(added)})
    def j() -> None:
        weigh(one())

    assert metadata_of(j.execute_in_process(), "LOADED_INPUT") == [{"unit": "kg", **added}]


def test_without_a_schema_there_is_no_resource_config_and_an_input_always_has_a_name() -> None:
    bare, made = Telling(), Telling()

    @io_manager(config_schema={"a": int})
    def with_schema() -> IOManager:
        return made

    for manager, config in ((bare, {}), (with_schema, {"resources": {"io_manager": {"config": {"a": 1}}}})):

        @job(resource_defs={"io_manager": manager})
        def j() -> None:
            use(one())

        j.execute_in_process(run_config=config)

    assert bare.told == [None, (True, None), None]
    assert made.told == [{"a": 1}, (True, {"a": 1}), {"a": 1}]
    assert [build_input_context().has_input_name, build_input_context(name="x").has_input_name] == [False, True]


def test_the_event_of_a_stored_output_names_its_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)

    @job(resource_defs={"io_manager": fs_io_manager.configured({"base_dir": "here"})})
    def j() -> None:
        one()

    (metadata,) = metadata_of(j.execute_in_process(), "HANDLED_OUTPUT")
    assert os.path.isabs(metadata["path"])
    assert metadata["path"].startswith(str(tmp_path / "here"))
    assert os.path.isfile(metadata["path"])


# -- the config of input managers ----------------------------------------------------------------------------------


@op(ins={"x": In(input_manager_key="manager")})
def managed(x: Any) -> Any:
    return x


def told_of(manager: Any, config: Any, *, connected: bool, nested: bool = False) -> Any:
    """What `managed` gets: the config that its manager is told."""

    @graph
    def inner(x: Any) -> Any:
        return managed(x)

    @job(resource_defs={"manager": manager})
    def j() -> None:
        if nested:
            inner(one())
        elif connected:
            managed(one())
        else:
            managed()

    entry = {"managed": {"inputs": config}}
    given = {"ops": {"inner": {"ops": entry}} if nested else entry} if config is not None else {}
    return j.execute_in_process(run_config=given).output_for_node("inner.managed" if nested else "managed")


WAYS = pytest.mark.parametrize("way", [{"connected": False}, {"connected": True}, {"connected": True, "nested": True}])


@WAYS
def test_a_manager_without_a_schema_takes_any_config(way: dict[str, bool]) -> None:
    @input_manager
    def manager(context: Any) -> Any:
        return context.config

    class Manager(IOManager):
        def handle_output(self, context: Any, obj: Any) -> None:
            pass

        def load_input(self, context: Any) -> Any:
            return context.config

    for each in (manager, Manager()):
        assert [told_of(each, config, **way) for config in (None, {}, {"x": 5}, {"x": {"v": 1}})] == [
            None, None, 5, {"v": 1}
        ]  # fmt: skip
    with pytest.raises(DagjobInvalidConfigError, match='"y"'):
        told_of(manager, {"y": 1}, **way)


@WAYS
def test_the_schema_of_a_manager_counts_whatever_feeds_the_input(way: dict[str, bool]) -> None:
    @input_manager(input_config_schema={"v": int})
    def manager(context: Any) -> Any:
        return context.config

    assert told_of(manager, {"x": {"v": 1}}, **way) == {"v": 1}
    for wrong in (None, {"x": {}}, {"x": {"v": "one"}}):
        with pytest.raises(DagjobInvalidConfigError):
            told_of(manager, wrong, **way)


def test_each_member_of_a_list_is_loaded_with_the_config() -> None:
    told = []

    @input_manager(input_config_schema=int)
    def manager(context: Any) -> Any:
        told.append((context.upstream_output.step_key, context.config))

    @job(resource_defs={"manager": manager})
    def j() -> None:
        managed([one(), one.alias("two")()])

    j.execute_in_process(run_config={"ops": {"managed": {"inputs": {"x": 7}}}})
    assert told == [("one", 7), ("two", 7)]
