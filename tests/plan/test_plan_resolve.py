"""What a run will use of every config value."""

import pytest
from pydantic import SecretStr, field_validator

from dagjob.builtin.yaml_files import config_from_yaml_strings
from dagjob.config.mapping import ConfigMapping, config_mapping
from dagjob.config.pydantic_config import Config
from dagjob.config.runconfig import RunConfig
from dagjob.config.schema import Field, IntSource, StringSource
from dagjob.definitions.graphs import graph
from dagjob.definitions.jobs import job
from dagjob.definitions.ops import op
from dagjob.definitions.resources import resource
from dagjob.errors import (
    CheckError,
    DagjobConfigMappingFunctionError,
    DagjobInvalidConfigError,
    DagjobInvalidInvocationError,
)
from dagjob.plan.resolve import resolve, run_config_schema, validate_run_config
from dagjob.record import replace


@op(config_schema={"n": int, "m": Field(int, default_value=0)})
def a(): ...


@op
def plain(): ...


@resource(config_schema={"v": int})
def r(context): ...


@op(config_schema={"n": int}, required_resource_keys={"r"})
def f(x: int): ...


@op
def g(y: str): ...


class Small(Config):
    n: int = 3

    @field_validator("n")
    @classmethod
    def positive(cls, v):
        if v < 0:
            raise ValueError("negative")
        return v


@op
def classy(config: Small): ...


def reasons(error):
    return [problem.reason.name for problem in error.value.errors]


def test_the_whole_document_is_resolved():
    @job(resource_defs={"r": r})
    def j(top):
        f()
        g(top)

    document = {
        "ops": {"f": {"config": {"n": 1}, "inputs": {"x": 2}}},
        "resources": {"r": {"config": {"v": 3}}},
        "inputs": {"top": {"value": "t"}},
        "loggers": {"console": {"config": {"log_level": "ERROR"}}},
        "execution": {"config": {"multiprocess": {"max_concurrent": 2}}},
    }
    resolved = resolve(j, document, environ={})
    assert resolved.given == document
    assert resolved.op(("f",)).config == {"n": 1}
    assert resolved.op(("f",)).inputs == {"x": 2}
    assert resolved.op(("g",)).config is None
    assert resolved.resources["r"] == {"v": 3}
    assert resolved.inputs == {"top": {"value": "t"}}
    assert resolved.loggers["console"]["log_level"] == "ERROR"
    assert resolved.execution == {"multiprocess": {"max_concurrent": 2, "retries": {"enabled": {}}}}

    valid = validate_run_config(j, document)
    assert valid["ops"]["f"] == {"config": {"n": 1}, "inputs": {"x": 2}, "outputs": None}
    assert valid["ops"]["g"] == {"config": None, "inputs": {}, "outputs": None}
    assert valid["resources"]["r"] == {"config": {"v": 3}}
    assert valid["loggers"] == {"console": {"config": {"log_level": "ERROR", "name": "dagjob"}}}
    assert valid["execution"] == {
        "multi_or_in_process_executor": {"multiprocess": {"max_concurrent": 2, "retries": {"enabled": {}}}}
    }


@pytest.mark.parametrize(
    ("extra", "expected"),
    [
        ({"solids": {}}, ["FIELD_NOT_DEFINED"]),
        ({"ops": {"zz": {}}}, ["FIELD_NOT_DEFINED", "MISSING_REQUIRED_FIELD"]),
        ({"ops": None}, ["RUNTIME_TYPE_MISMATCH"]),
        ({"execution": {"config": {}}}, ["SELECTOR_FIELD_ERROR"]),
        ({"execution": {"config": {"in_process": {}, "multiprocess": {}}}}, ["SELECTOR_FIELD_ERROR"]),
        ({"execution": {"config": {"multiprocess": {"max_concurrent": "2"}}}}, ["RUNTIME_TYPE_MISMATCH"]),
    ],
)
def test_what_does_not_fit_is_told_with_the_name_of_the_job(extra, expected):
    @job
    def named():
        a()

    with pytest.raises(DagjobInvalidConfigError, match="named") as error:
        validate_run_config(named, {"ops": {"a": {"config": {"n": 1}}}, **extra})
    assert reasons(error) == expected
    assert error.value.diagnostics


def test_the_errors_of_a_document_come_in_the_order_of_dagster():
    @op(config_schema={"n": int, "rows": [{"x": int}], "m": {str: int}})
    def deep(): ...

    @job
    def j():
        deep()
        deep.alias("g")()

    config = {"ops": {"deep": {"config": {"n": "s", "zz": 1, "rows": [{"x": 1}, {}], "m": {"k": "v"}}}}}
    with pytest.raises(DagjobInvalidConfigError) as error:
        validate_run_config(j, config)
    assert [(problem.reason.name, problem.stack.levels) for problem in error.value.errors] == [
        ("MISSING_REQUIRED_FIELD", ["ops"]),
        ("FIELD_NOT_DEFINED", ["ops", "deep", "config"]),
        ("RUNTIME_TYPE_MISMATCH", ["ops", "deep", "config", "m"]),
        ("RUNTIME_TYPE_MISMATCH", ["ops", "deep", "config", "n"]),
        ("MISSING_REQUIRED_FIELD", ["ops", "deep", "config", "rows"]),
    ]
    assert "root:ops:deep:config:rows[1]" in str(error.value)


def test_a_run_config_replaces_what_the_job_says_child_by_child():
    @job(
        resource_defs={"r": r},
        config={
            "ops": {"a": {"config": {"n": 1, "m": 1}}, "b": {"config": {"n": 2, "m": 2}}},
            "resources": {"r": {"config": {"v": 7}}},
        },
    )
    def j():
        a()
        a.alias("b")()

    def seen(run_config):
        resolved = resolve(j, run_config, environ={})
        return resolved.op(("a",)).config, resolved.op(("b",)).config, resolved.resources["r"], resolved.given

    assert seen(None) == ({"n": 1, "m": 1}, {"n": 2, "m": 2}, {"v": 7}, {})
    given = RunConfig(ops={"a": {"config": {"n": 10}}})
    assert seen(given) == ({"n": 10, "m": 0}, {"n": 2, "m": 2}, {"v": 7}, given.to_config_dict())
    assert resolve(j, {"resources": {}}, environ={}).merged["resources"] == {"r": {"config": {"v": 7}}}


def test_a_job_whose_own_config_does_not_fit_says_so_before_it_is_merged():
    @job(config={"ops": {"a": {"config": {"n": 1}}, "c": {}}})
    def partial():
        a()
        a.alias("b")()

    with pytest.raises(DagjobInvalidConfigError, match="partial") as error:
        run_config_schema(partial)
    assert reasons(error) == ["FIELD_NOT_DEFINED", "MISSING_REQUIRED_FIELD"]
    with pytest.raises(DagjobInvalidConfigError, match="partial"):
        resolve(partial, {"ops": {"b": {"config": {"n": 2}}}}, environ={})


def test_early_checks_run_validators_but_read_no_environment():
    @op(config_schema={"e": StringSource})
    def env(): ...

    @job(config={"ops": {"classy": {"config": {"n": -1}}}})
    def negative():
        classy()

    @job(config={"ops": {"env": {"config": {"e": {"env": "DAGJOB_TEST_UNSET"}}}}})
    def later():
        env()

    with pytest.raises(DagjobInvalidConfigError) as error:
        run_config_schema(negative)
    (problem,) = error.value.errors
    assert problem.path == ("ops", "classy", "config", "n") and "negative" in problem.message
    assert "ops" in run_config_schema(later).fields


def test_validators_run_before_a_run_only_when_asked():
    @job
    def j():
        classy()

    bad = {"ops": {"classy": {"config": {"n": -1}}}}
    assert resolve(j, bad, environ={}).op(("classy",)).config == {"n": -1}
    assert validate_run_config(j, bad)["ops"]["classy"]["config"] == {"n": -1}
    with pytest.raises(DagjobInvalidConfigError, match="negative"):
        resolve(j, bad, environ={}, check_instances=True)
    assert resolve(j, {}, environ={}, check_instances=True).op(("classy",)).config == {"n": 3}


def test_the_environment_is_an_argument():
    @op(config_schema={"n": IntSource, "s": Field(StringSource, default_value="q")})
    def env(): ...

    @job
    def j():
        env()

    config = {"ops": {"env": {"config": {"n": {"env": "N"}}}}}
    assert resolve(j, config, environ={"N": "42"}).op(("env",)).config == {"n": 42, "s": "q"}
    with pytest.raises(DagjobInvalidConfigError) as error:
        resolve(j, config, environ={})
    assert reasons(error) == ["FAILED_POST_PROCESSING"]
    assert [d.code for d in error.value.diagnostics] == ["DJ204"]


def test_a_mapping_stands_before_the_whole_job():
    @config_mapping
    def mapping(val: Small) -> RunConfig:
        return RunConfig(ops={"a": {"config": {"n": val.n * 2}}})

    @job(config=mapping)
    def j():
        a()

    assert resolve(j, environ={}).op(("a",)).config == {"n": 6, "m": 0}
    assert resolve(j, {"n": 10}, environ={}).op(("a",)).config == {"n": 20, "m": 0}
    with pytest.raises(DagjobInvalidConfigError):
        resolve(j, {"ops": {"a": {"config": {"n": 1}}}}, environ={})


def test_a_mapping_may_ask_for_what_is_not_yet_resolved():
    seen = []

    def note(config):
        seen.append(config)
        return {"ops": {"a": {"config": {"n": 1}}}}

    for receive in (None, True, False):

        @job(config=ConfigMapping(note, {"s": StringSource, "d": Field(int, default_value=1)}, receive))
        def j():
            a()

        resolve(j, {"s": {"env": "S"}}, environ={"S": "x"})
    assert seen == [{"s": "x", "d": 1}, {"s": "x", "d": 1}, {"s": {"env": "S"}, "d": 1}]


def test_a_mapping_that_returns_what_does_not_fit_is_named():
    def wrong(config):
        return {"ops": {"a": {"config": {"n": "x"}}}}

    @job(config=ConfigMapping(wrong, {}))
    def j():
        a()

    with pytest.raises(DagjobInvalidConfigError) as error:
        resolve(j, environ={})
    assert any("wrong" in note for note in error.value.errors[0].notes)


def test_a_mapping_that_raises_is_told_with_its_cause():
    def broken(config):
        raise KeyError("k")

    @job(config=ConfigMapping(broken, {}))
    def j():
        a()

    with pytest.raises(DagjobConfigMappingFunctionError) as error:
        resolve(j, environ={})
    assert isinstance(error.value.__cause__, KeyError)


def test_mappings_of_graphs_nest():
    @graph(config=ConfigMapping(lambda c: {"a": {"config": {"n": c["k"] + 1}}}, {"k": int}))
    def low():
        a()

    @graph(config=ConfigMapping(lambda c: {"low": {"config": {"k": c["h"] * 10}}}, {"h": Field(int, default_value=2)}))
    def high():
        low()

    @job
    def j():
        high()
        plain()

    assert resolve(j, environ={}).op(("high", "low", "a")).config == {"n": 21, "m": 0}
    given = {"ops": {"high": {"config": {"h": 3}}}}
    assert resolve(j, given, environ={}).op(("high", "low", "a")).config == {"n": 31, "m": 0}
    assert set(validate_run_config(j, given)["ops"]) == {"high", "high.low", "high.low.a", "plain"}
    top = high.to_job()
    assert resolve(top, {"ops": {"config": {"h": 1}}}, environ={}).op(("low", "a")).config == {"n": 11, "m": 0}


def test_what_a_graph_mapping_returns_has_its_path():
    @graph(config=ConfigMapping(lambda c: {"a": {"config": {"n": "x"}}}, {}))
    def bad():
        a()

    @job
    def j():
        bad()

    with pytest.raises(DagjobInvalidConfigError, match="root:ops:bad:ops:a:config:n"):
        resolve(j, environ={})


def test_inputs_of_graphs_are_kept_by_path():
    @graph
    def sub(x):
        g(x)

    @job
    def j():
        sub()

    resolved = resolve(j, {"ops": {"sub": {"inputs": {"x": "s"}}}}, environ={})
    assert resolved.op(("sub",)).inputs == {"x": "s"}


def test_an_input_that_no_config_can_give_must_be_an_object():
    class Thing: ...

    @op
    def takes(t: Thing): ...

    @job
    def j(t):
        takes(t)

    with pytest.raises(DagjobInvalidInvocationError) as error:
        resolve(j, environ={})
    assert all(word in str(error.value) for word in ("j", "t", "takes"))
    assert resolve(j, environ={}, input_values=["t"]).inputs == {}


def test_an_ignored_execution_is_open():
    @job
    def j():
        plain()

    config = {"execution": {"config": {"anything": 1}}}
    assert resolve(j, config, environ={}, ignore_execution=True).execution is None
    with pytest.raises(DagjobInvalidConfigError):
        resolve(j, config, environ={})


def test_a_selection_needs_only_its_own_config_and_keeps_only_that():
    @job(config={"ops": {"a": {"config": {"n": 1}}, "b": {"config": {"n": 2}}}})
    def j():
        a()
        a.alias("b")()

    resolved = resolve(j.get_subset(op_selection=["b"]), environ={})
    assert set(resolved.ops) == {("b",)}


def test_a_run_config_is_a_dict():
    @job
    def j():
        plain()

    with pytest.raises(CheckError):
        resolve(j, [1], environ={})


def test_a_resolved_config_pickles():
    import pickle

    @job
    def j():
        a()

    resolved = resolve(j, {"ops": {"a": {"config": {"n": 1}}}}, environ={})
    again = pickle.loads(pickle.dumps(resolved))
    assert replace(again, schema=resolved.schema) == resolved  # schemas are equal to themselves only


def test_a_problem_is_told_at_its_place_in_the_text_that_said_it():
    @job
    def j():
        a()

    config = config_from_yaml_strings(["ops:\n  a:\n    config:\n      n: 1", "ops: {a: {config: {n: x}}}"])
    with pytest.raises(DagjobInvalidConfigError) as error:
        resolve(j, config, environ={})
    (told,) = error.value.diagnostics
    assert told.place is not None and (told.place.file, told.place.column) == ("YAML text 2", 23)
    assert told.notes[-1] == "overrides YAML text 1:4"


def test_an_error_shows_no_secret_that_a_validator_speaks_of():
    class Door(Config):
        key: SecretStr

        @field_validator("key")
        @classmethod
        def long(cls, key):
            raise ValueError(f"{key.get_secret_value()} is no key")

    @op
    def opens(config: Door): ...

    @job
    def j():
        opens()

    config = {"ops": {"opens": {"config": {"key": "open-sesame"}}}}
    with pytest.raises(DagjobInvalidConfigError) as error:
        resolve(j, config, environ={}, check_instances=True)
    (told,) = error.value.diagnostics
    assert "open-sesame" not in told.message and "****** is no key" in told.message
    assert set(error.value.secrets.texts) == {"open-sesame"}


def test_a_variable_that_is_not_set_may_be_allowed():
    @op(config_schema={"e": StringSource, "n": int})
    def env(): ...

    @job
    def j():
        env()

    config = {"ops": {"env": {"config": {"e": {"env": "E"}, "n": 1}}}}
    assert resolve(j, config, environ={}, allow_unset=True).merged == config
    config["ops"]["env"]["config"]["n"] = "x"
    with pytest.raises(DagjobInvalidConfigError) as error:
        resolve(j, config, environ={}, allow_unset=True)
    assert reasons(error) == ["RUNTIME_TYPE_MISMATCH"]


def test_a_config_can_be_judged_without_the_objects_that_a_run_needs() -> None:
    class Model: ...

    @op(config_schema={"n": int})
    def fit(model: Model): ...

    @job
    def j(model):
        fit(model)

    given = {"ops": {"fit": {"config": {"n": 1}}}}
    assert validate_run_config(j, given)["ops"]["fit"]["config"] == {"n": 1}
    with pytest.raises(DagjobInvalidConfigError):
        validate_run_config(j, {})
    with pytest.raises(DagjobInvalidInvocationError, match="input_values"):
        j.execute_in_process(run_config=given)
