"""Functions that turn one config into another."""

import pytest

from dagjob.config.kind import check, resolve
from dagjob.config.mapping import ConfigMapping, as_mapping, config_mapping, configured, configured_schema
from dagjob.config.pydantic_config import Config
from dagjob.config.runconfig import EnvVar, RunConfig
from dagjob.config.schema import Field, StringSource, to_field, to_schema
from dagjob.errors import CheckError, DagjobConfigMappingFunctionError, DagjobInvalidConfigError

INNER = to_schema({"n": int})


class Outer(Config):
    base: int = 1


def test_a_fixed_value_takes_the_place_of_any_config():
    schema = configured_schema(INNER, {"n": 7}, name="fixed")
    assert not to_field(schema).is_required
    assert resolve(schema, None, {}).value == {"n": 7}
    assert resolve(schema, {"whatever": 1}, {}).value == {"n": 7}
    assert resolve(to_schema({"config": schema}), {}, {}).value == {"config": {"n": 7}}


def test_a_function_turns_outer_config_into_inner():
    schema = configured_schema(INNER, lambda config: {"n": len(config["s"])}, {"s": StringSource})
    assert resolve(schema, {"s": {"env": "S"}}, {"S": "four"}).value == {"n": 4}
    assert check(schema, {"s": "x"}).value == {"s": "x"}
    assert [p.path for p in check(schema, {"s": 1}).problems] == [("s",)]


def test_a_function_on_a_config_class_gets_an_instance():
    def plus_one(config: Outer):
        return {"n": config.base + 1}

    schema = configured_schema(INNER, plus_one)
    assert resolve(to_schema({"config": schema}), {}, {}).value == {"config": {"n": 2}}
    assert resolve(schema, {"base": 4}, {}).value == {"n": 5}


def test_an_annotation_that_is_text_is_understood():
    def plus_one(config: "Outer"):
        return {"n": config.base + 1}

    class Local(Config):
        base: int = 10

    def local(config: "Local"):
        return {"n": config.base}

    assert resolve(configured_schema(INNER, plus_one), {}, {}).value == {"n": 2}
    assert resolve(configured_schema(INNER, local), {}, {}).value == {"n": 10}


def test_configured_definitions_chain():
    once = configured_schema(INNER, lambda c: {"n": c["a"]}, {"a": int})
    twice = configured_schema(once, lambda c: {"a": c["b"] * 2}, {"b": Field(int, default_value=3)})
    assert resolve(to_field(twice), {}, {}).value == {"n": 6}


def test_what_a_function_returns_is_checked_and_the_message_names_the_function():
    def wrong(config):
        return {"n": "text", "m": 1}

    unknown, mismatch = resolve(configured_schema(INNER, wrong, {"a": int}), {"a": 1}, {}).problems
    assert (unknown.code, mismatch.code) == ("DJ201", "DJ203")
    assert any("wrong" in note for note in unknown.notes)


def test_a_function_that_raises_is_told_with_its_cause():
    def broken(config):
        raise KeyError("k")

    with pytest.raises(DagjobConfigMappingFunctionError, match="broken") as raised:
        resolve(configured_schema(INNER, broken, {"a": int}), {"a": 1}, {})
    assert isinstance(raised.value.__cause__, KeyError)


def test_a_mapping_has_a_schema_and_returns_plain_config():
    mapping = ConfigMapping(lambda c: {"ops": {"a": {"config": Outer(base=c["x"])}}}, {"x": int})
    assert mapping.apply({"x": 3}) == {"ops": {"a": {"config": {"base": 3}}}}
    assert mapping.config_schema.is_required


def test_a_mapping_without_schema_accepts_anything_and_nothing():
    mapping = ConfigMapping(lambda c: {"ops": {}})
    assert mapping.config_schema.default_value == {}
    assert check(mapping.config_schema, {"x": [1]}).success


def test_the_decorator_is_used_bare_or_with_arguments():
    @config_mapping
    def bare(val: Outer) -> RunConfig:
        return RunConfig(ops={"a": {"config": {"n": val.base * 2}}})

    @config_mapping(config_schema={"x": int}, receive_processed_config_values=False)
    def full(val):
        return {}

    assert bare.apply({"base": 3})["ops"] == {"a": {"config": {"n": 6}}}
    assert set(bare.config_schema.config_type.fields) == {"base"}
    assert full.receive_processed_config_values is False


@pytest.mark.parametrize("fn", [lambda: None, lambda a, b: {}, lambda a, *, b: {}])
def test_a_mapping_function_has_one_parameter(fn):
    with pytest.raises(CheckError, match="one parameter"):
        ConfigMapping(fn)
    with pytest.raises(CheckError, match="one parameter"):
        configured_schema(INNER, fn)


def test_methods_and_callable_objects_are_functions_too():
    class Maker:
        def method(self, config: Outer):
            return {"n": config.base}

        def __call__(self, config: Outer):
            return {"n": config.base + 100}

    assert resolve(configured_schema(INNER, Maker().method), {}, {}).value == {"n": 1}
    assert resolve(configured_schema(INNER, Maker()), {}, {}).value == {"n": 101}


def test_a_mapping_must_return_a_dict():
    with pytest.raises(DagjobInvalidConfigError, match="dict"):
        ConfigMapping(lambda c: [1]).apply({})


def test_a_dict_as_graph_config_is_a_mapping_that_ignores_its_input():
    assert as_mapping({"a": {"config": EnvVar("X")}}).apply(None) == {"a": {"config": {"env": "X"}}}
    assert as_mapping(None) is None
    with pytest.raises(CheckError):
        as_mapping(5)


def test_configured_hands_over_the_name_of_the_function_where_definitions_have_names():
    class Named:
        name = "original"

        def configured(self, config_or_fn, **kwargs):
            return config_or_fn, kwargs

    @configured(Named(), {"a": int})
    def new(config): ...

    fn, kwargs = new
    assert fn.__name__ == "new"
    assert kwargs == {"config_schema": {"a": int}, "name": "new"}
    with pytest.raises(CheckError):
        configured(5)


@pytest.mark.parametrize("made", [[], 5, None, "text"])
def test_a_mapping_that_makes_no_config_has_one_error(made: object) -> None:
    with pytest.raises(DagjobInvalidConfigError, match=r"mapping .* must return a dict or a RunConfig, not") as caught:
        ConfigMapping(lambda _: made).apply({})
    (problem,) = caught.value.errors
    assert problem.reason.name == "RUNTIME_TYPE_MISMATCH"
    (shown,) = caught.value.diagnostics
    assert "must return a dict or a RunConfig" in shown.message
