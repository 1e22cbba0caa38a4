"""Resources and IO managers as definitions: what stands for one, what is refused (contract def-5)."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import contextmanager
from functools import partial
from typing import Any
from unittest.mock import MagicMock

import pytest

from dagjob.builtin.mem_io import InMemoryIOManager, make_mem_io_manager
from dagjob.config.kind import resolve
from dagjob.definitions.iomanagers import (
    InputManager,
    InputManagerDefinition,
    IOManager,
    IOManagerDefinition,
    default_io_manager,
    fs_io_manager,
    input_manager,
    io_manager,
    mem_io_manager,
)
from dagjob.definitions.resources import (
    ResourceDefinition,
    ResourceLike,
    ResourceParam,
    is_resource_annotation,
    make_values_resource,
    resource,
    to_resource_definition,
    to_resource_definitions,
)
from dagjob.errors import (
    CheckError,
    DagjobInvalidConfigDefinitionError,
    DagjobInvalidDefinitionError,
    ParameterCheckError,
)


class Context:
    """What a resource function is told, as far as these tests go."""

    def __init__(self, config: Any = None) -> None:
        self.resource_config = config


def made(definition: ResourceDefinition, config: Any = None) -> Any:
    """What the function of a definition makes."""
    assert definition.resource_fn is not None
    return definition.resource_fn(Context(config)) if definition.takes_context else definition.resource_fn()


# -- @resource -----------------------------------------------------------------------------------------------------


def test_a_bare_function_is_a_resource_that_accepts_any_config() -> None:
    @resource
    def db() -> str:
        """The database."""
        return "db"

    assert isinstance(db, ResourceDefinition)
    assert (db.config_schema, db.required_resource_keys, db.description) == (None, frozenset(), "The database.")
    assert (made(db), db.takes_context, db.__name__) == ("db", False, "db")  # type: ignore[attr-defined]


def test_a_resource_says_what_it_needs() -> None:
    @resource(config_schema={"a": int}, required_resource_keys={"x"}, description="other", version="2")
    def db(init: Any) -> Any:
        """Not this."""
        return init.resource_config["a"]

    assert db.config_schema is not None
    assert resolve(db.config_schema, {"a": 1}, {}).value == {"a": 1}
    assert (db.required_resource_keys, db.description, db.version) == ({"x"}, "other", "2")
    assert made(db, {"a": 4}) == 4


def test_a_schema_may_be_the_first_argument() -> None:
    @resource(str)
    def text(init: Any) -> Any:
        return init.resource_config

    assert made(text, "x") == "x"
    assert text.config_schema is not None


class Maker:
    def method(self) -> str:
        return "method"

    def with_context(self, init: Any) -> Any:
        return init.resource_config


@contextmanager
def managed(init: Any) -> Any:
    yield init.resource_config


@pytest.mark.parametrize(
    ("function", "takes_context"),
    [
        (lambda: 1, False),
        (lambda _: 1, True),
        (lambda anything, more=1: 1, True),
        (lambda *args: 1, True),
        (Maker().method, False),
        (Maker().with_context, True),
        (managed, True),
        (partial(lambda a, b: 1, 2), True),
        (Maker, False),
    ],
)
def test_the_function_takes_nothing_or_the_context(function: Callable[..., Any], takes_context: bool) -> None:
    assert ResourceDefinition(function).takes_context is takes_context


@pytest.mark.parametrize("function", [lambda a, b: 1, lambda a, *, key: 1])
def test_a_second_required_parameter_is_refused_by_name(function: Callable[..., Any]) -> None:
    with pytest.raises(DagjobInvalidDefinitionError, match=r"a, (b|key)"):
        resource(function)


@pytest.mark.parametrize(
    ("make", "error"),
    [
        (lambda: ResourceDefinition(5), CheckError),
        (lambda: ResourceDefinition(lambda: 1, description=5), CheckError),
        (lambda: ResourceDefinition(lambda: 1, required_resource_keys="abc"), ParameterCheckError),
        (lambda: ResourceDefinition(lambda: 1, required_resource_keys={1}), CheckError),
        (lambda: ResourceDefinition(lambda: 1, config_schema={"a": 5}), DagjobInvalidConfigDefinitionError),
    ],
)
def test_arguments_of_the_wrong_kind_are_refused(make: Callable[[], object], error: type[Exception]) -> None:
    with pytest.raises(error):
        make()


def test_ready_made_resources() -> None:
    thing = object()
    assert made(ResourceDefinition.hardcoded_resource(thing)) is thing
    assert made(ResourceDefinition.none_resource()) is None
    assert made(ResourceDefinition.string_resource(), "x") == "x"
    assert isinstance(made(ResourceDefinition.mock_resource()), MagicMock)
    values = make_values_resource(a=int, b=str)
    assert values.config_schema is not None
    assert made(values, resolve(values.config_schema, {"a": 1, "b": "x"}, {}).value) == {"a": 1, "b": "x"}
    assert make_values_resource().config_schema is None


def test_a_configured_resource_has_its_config_and_keeps_the_rest() -> None:
    @resource(config_schema={"a": int}, required_resource_keys={"x"})
    def db(init: Any) -> Any:
        return init.resource_config["a"]

    fixed = db.configured({"a": 9})
    halved = db.configured(lambda config: {"a": config // 2}, config_schema=int)
    assert fixed.config_schema is not None
    assert halved.config_schema is not None
    assert resolve(fixed.config_schema, None, {}).value == {"a": 9}
    assert resolve(halved.config_schema, 8, {}).value == {"a": 4}
    assert (fixed.required_resource_keys, type(fixed)) == ({"x"}, ResourceDefinition)
    assert resolve(db.config_schema, {"a": 1}, {}).value == {"a": 1}  # type: ignore[arg-type]


def test_a_configured_io_manager_is_one() -> None:
    configured = fs_io_manager.configured({"base_dir": "/x"})
    assert isinstance(configured, IOManagerDefinition)
    assert configured.makes == fs_io_manager.makes
    assert configured.config_schema is not None
    assert resolve(configured.config_schema, {}, {}).value == {"base_dir": "/x"}


# -- what may stand for a resource ---------------------------------------------------------------------------------


class Configurable(ResourceLike):
    """What a configurable resource looks like from here."""

    def to_resource_definition(self) -> ResourceDefinition:
        return ResourceDefinition(lambda: "made", description="of a class")


class Store(IOManager):
    def handle_output(self, context: Any, obj: Any) -> None: ...

    def load_input(self, context: Any) -> Any: ...


def test_a_definition_is_itself() -> None:
    definition = ResourceDefinition(lambda: 1)
    assert to_resource_definition(definition) is definition


def test_a_configurable_resource_says_what_it_is() -> None:
    assert to_resource_definition(Configurable()).description == "of a class"


def test_an_io_manager_becomes_the_definition_of_one() -> None:
    store = Store()
    definition = to_resource_definition(store)
    assert isinstance(definition, IOManagerDefinition)
    assert made(definition) is store


@pytest.mark.parametrize("value", [None, 5, [1], dict, len, "text", lambda: 1], ids=lambda value: type(value).__name__)
def test_anything_else_is_a_constant(value: object) -> None:
    assert made(to_resource_definition(value)) is value


def test_the_class_of_a_configurable_resource_is_a_constant_with_a_warning() -> None:
    with pytest.warns(UserWarning, match="Configurable"):
        definition = to_resource_definition(Configurable)
    assert made(definition) is Configurable


def test_keys_are_names_that_can_be_read_from_the_context() -> None:
    assert list(to_resource_definitions({"a": 1, "b_2": None}, "job")) == ["a", "b_2"]
    assert to_resource_definitions(None, "job") == {}


@pytest.mark.parametrize("key", ["a-b", "", "1a", "class", "_private", 5])
def test_other_keys_are_refused(key: Any) -> None:
    with pytest.raises(CheckError, match="job"):
        to_resource_definitions({key: 1}, "job")


@pytest.mark.parametrize(
    ("annotation", "expected"),
    [
        (ResourceParam[dict], True),
        (ResourceParam[object], True),
        (ResourceDefinition, True),
        (IOManagerDefinition, True),
        (Configurable, True),
        (int, False),
        (None, False),
        (list[int], False),
    ],
    ids=repr,
)
def test_annotations_that_ask_for_a_resource(annotation: Any, expected: bool) -> None:
    assert is_resource_annotation(annotation) is expected


# -- IO managers ---------------------------------------------------------------------------------------------------


def test_a_function_makes_an_io_manager() -> None:
    @io_manager
    def bare() -> Store:
        return Store()

    @io_manager(
        config_schema={"a": int},
        output_config_schema={"o": str},
        input_config_schema={"i": str},
        required_resource_keys={"r"},
    )
    def full(init: Any) -> Store:
        return Store()

    assert isinstance(made(bare), Store)
    assert (bare.input_config_schema, bare.output_config_schema) == (None, None)
    assert full.output_config_schema is not None
    assert full.input_config_schema is not None
    assert resolve(full.output_config_schema, {"o": "x"}, {}).success
    assert resolve(full.input_config_schema, {"i": "x"}, {}).success
    assert full.required_resource_keys == {"r"}


def test_what_is_no_io_manager_is_refused_with_its_key() -> None:
    @io_manager
    def wrong() -> int:
        return 5

    assert wrong.refusal_of(Store(), "io_manager") is None
    told = str(wrong.refusal_of(made(wrong), "io_manager"))
    assert '"io_manager"' in told
    assert "5 (int)" in told
    with pytest.raises(CheckError):
        IOManagerDefinition.hardcoded_io_manager(5)


def test_a_plain_resource_may_be_anything() -> None:
    assert ResourceDefinition(lambda: 1).refusal_of(object(), "any") is None


def test_an_io_manager_has_both_methods() -> None:
    class Half(IOManager):
        def load_input(self, context: Any) -> Any: ...

    with pytest.raises(TypeError, match="handle_output"):
        Half()  # type: ignore[abstract]


def test_a_function_makes_an_input_manager_that_returns_its_value() -> None:
    @input_manager(input_config_schema={"p": str})
    def from_path(context: Any) -> Any:
        return context.config["p"]

    @input_manager
    def constant() -> int:
        return 4

    @input_manager
    def delegating() -> InputManager:
        return constant_manager

    constant_manager = made(constant)

    class Input:
        config = {"p": "file"}

    assert made(from_path).load_input(Input()) == "file"
    assert constant_manager.load_input(Input()) == 4
    assert made(delegating).load_input(Input()) == 4
    assert from_path.input_config_schema is not None
    assert isinstance(from_path, InputManagerDefinition)
    assert from_path.refusal_of(made(from_path), "lake") is None
    assert "lake" in str(from_path.refusal_of(5, "lake"))


def test_the_default_io_manager_is_told_apart_from_the_one_of_files() -> None:
    assert default_io_manager is not fs_io_manager
    assert default_io_manager.makes == fs_io_manager.makes
    assert fs_io_manager.config_schema is not None
    assert resolve(fs_io_manager.config_schema, {}, {}).value == {}
    assert resolve(fs_io_manager.config_schema, {"base_dir": {"env": "D"}}, {"D": "/d"}).value == {"base_dir": "/d"}


def test_outputs_in_memory_are_the_same_objects() -> None:
    class Output:
        def get_identifier(self) -> list[str]:
            return ["run", "step", "result"]

    class Input:
        upstream_output = Output()

    manager = make_mem_io_manager(Context())
    assert isinstance(manager, InMemoryIOManager)
    assert mem_io_manager.makes == "dagjob.builtin.mem_io:make_mem_io_manager"
    value = object()
    manager.handle_output(Output(), value)
    assert manager.load_input(Input()) is value
