"""What a screen says about a config that does not fit."""

import pickle

from dagjob.config.kind import check, resolve
from dagjob.config.problems import fields
from dagjob.config.pydantic_config import Config
from dagjob.config.report import invalid_config, to_diagnostics
from dagjob.config.schema import ANY, Enum, EnumValue, Field, IntSource, Permissive, Selector, StringSource, to_schema
from dagjob.errors import Place


class Load(Config):
    limit: int = 3


EXTRACT = {
    "path": str,
    "limit": Field(int, default_value=10),
    "threshold": Field(float, default_value=0.5),
    "rows": Field([{"x": int}], default_value=[]),
}
JOB = to_schema(
    {
        "ops": {
            "extract": {"config": EXTRACT, "inputs": {"start": Field(int, default_value=1)}},
            "sub": {"ops": {"inner": {"config": {"k": Field(StringSource, is_required=False)}}}},
            "transform": {"config": Field(ANY, is_required=False)},
        },
        "resources": {"db": {"config": {"url": StringSource, "port": Field(IntSource, default_value=1)}}},
        "execution": {"config": Selector({"a": Permissive(), "b": Permissive()})},
        "loggers": Permissive(),
    }
)
GOOD = {
    "ops": {"extract": {"config": {"path": "p"}}},
    "resources": {"db": {"config": {"url": "u"}}},
    "execution": {"config": {"a": {}}},
    "loggers": {},
}


def config(**sections):
    return {**GOOD, **sections}


def said(value, environ=None, **how):
    found = resolve(JOB, value, environ or {}).problems
    return to_diagnostics(found, job="etl", value=value, **how)


def messages(value):
    return [diagnostic.message for diagnostic in said(value)]


def op_config(**options):
    return config(ops={"extract": {"config": {"path": "p", **options}}})


def test_a_good_config_has_nothing_to_say():
    assert said(GOOD) == []


def test_an_unknown_option_tells_the_op_and_its_options():
    (one,) = said(op_config(limitt=5))
    assert one.message == 'op "extract" has no option "limitt"'
    assert (one.code, one.label, one.suggestion) == ("DJ201", 'did you mean "limit"?', "limit")
    assert one.path == "root:ops:extract:config:limitt"
    assert one.notes == (
        "options: path (str, required), limit (int = 10), threshold (float = 0.5), rows ([{x: int}] = [])",
    )


def test_a_wrong_type_tells_the_option_what_it_must_be_and_what_it_is():
    assert messages(op_config(threshold="high")) == ['"threshold" must be a number, not text']
    assert messages(op_config(limit=1.5)) == ['"limit" must be an integer, not 1.5']
    assert messages(op_config(limit=None)) == ['"limit" must be an integer, not null']
    assert messages(op_config(path=False)) == ['"path" must be text, not false']
    assert messages(op_config(rows=[{"x": 1}, {"x": "y"}])) == ['"x" must be an integer, not text']
    assert messages(op_config(rows=[1])) == ['"rows[0]" must be a mapping, not 1']
    assert messages(config(ops=None)) == ['"ops" must be a mapping, not null']


def test_it_is_said_whose_key_is_unknown():
    assert messages(config(ops={**GOOD["ops"], "transfrom": {}})) == ['job "etl" has no op "transfrom"']
    assert messages(config(ops={**GOOD["ops"], "sub": {"ops": {"x": {}}}})) == ['graph "sub" has no op "x"']
    assert messages(config(solids={})) == ['job "etl" has no section "solids"']
    assert messages(config(resources={**GOOD["resources"], "bd": {}})) == ['job "etl" has no resource "bd"']
    assert messages(op_config(rows=[{"x": 1, "y": 2}])) == ['"rows[0]" of op "extract" has no option "y"']
    extract = GOOD["ops"]["extract"]
    assert messages(config(ops={"extract": {**extract, "confg": {}}})) == ['op "extract" has no section "confg"']
    assert messages(config(ops={"extract": {**extract, "inputs": {"x": 1}}})) == ['op "extract" has no input "x"']
    assert messages(config(resources={"db": {"config": {"url": "u", "p": 1}}})) == ['resource "db" has no option "p"']
    assert messages(config(execution={"config": {"c": {}}})) == ['the executor has no option "c"']


def test_what_is_missing_is_told_by_its_owner_with_the_yaml_to_write():
    one, two = said({"execution": {"config": {"a": {}}}, "loggers": {}})
    assert one.message == 'op "extract" needs the option "path"'
    assert one.notes == ("write  ops: {extract: {config: {path: <str>}}}",)
    assert two.message == 'resource "db" needs the option "url"'


def test_a_whole_config_that_is_missing_is_named():
    schema = to_schema({"ops": {"f": {"config": int}}})
    (one,) = to_diagnostics(check(schema, {"ops": {}}).problems, job="j")
    assert one.message == 'op "f" needs "config"'
    assert one.notes == ("write  ops: {f: {config: <int>}}",)


def test_a_selector_says_which_keys_there_are():
    (one,) = said(config(execution={"config": {}}))
    assert one.message == '"config" must be a mapping with exactly one of a, b, not an empty one'
    (one,) = said(config(execution={"config": {"a": {}, "b": {}}}))
    assert one.message == '"config" must be a mapping with exactly one of a, b, not both a, b'


def test_an_enum_suggests_the_nearest_name():
    schema = to_schema({"color": Enum("Color", [EnumValue("RED"), EnumValue("BLUE")])})
    (problem,) = check(schema, {"color": "BLEU"}).problems
    (one,) = to_diagnostics([problem])
    assert one.message == '"color" must be one of RED, BLUE, not "BLEU"'
    assert one.label == 'did you mean "BLUE"?'


def test_several_unknown_keys_are_told_line_by_line_in_the_order_of_the_document():
    value = op_config(zz=1, threshold="x", aa=2)
    assert messages(value) == [
        'op "extract" has no option "zz"',
        '"threshold" must be a number, not text',
        'op "extract" has no option "aa"',
    ]


def test_unset_variables_are_one_diagnostic_at_the_end():
    value = config(
        ops={**GOOD["ops"], "sub": {"ops": {"inner": {"config": {"k": {"env": "API_TOKEN"}}}}}},
        resources={"db": {"config": {"url": {"env": "WAREHOUSE_URL"}, "x": 1}}},
    )
    unknown, unset = said(value)
    assert unknown.code == "DJ201"
    assert (unset.code, unset.message) == ("DJ204", "environment variables are not set")
    assert unset.notes == (
        "API_TOKEN      for ops.sub.ops.inner.config.k",
        "WAREHOUSE_URL  for resources.db.url",
    )


def test_one_unset_variable_is_named_in_the_message():
    (one,) = said(config(resources={"db": {"config": {"url": {"env": "WAREHOUSE_URL"}}}}))
    assert one.message == "environment variable WAREHOUSE_URL is not set"
    assert one.notes == ("for resources.db.url",)


def test_a_variable_that_holds_no_integer_is_named():
    value = config(resources={"db": {"config": {"url": "u", "port": {"env": "PORT"}}}})
    (one,) = said(value, {"PORT": "http"})
    assert one.message == 'environment variable PORT, for "port", must hold an integer'


def test_places_come_from_the_caller_and_decide_the_order():
    lines = {("ops", "extract", "config", "zz"): 9, ("ops", "extract", "config", "threshold"): 4}

    def locate(path, at):
        assert at == ("key" if path[-1] == "zz" else "value")
        return Place("prod.yaml", lines[path], 3)

    first, second = said(op_config(zz=1, threshold="x"), locate=locate)
    assert (first.place.line, second.place.line) == (4, 9)


def test_it_is_said_where_the_class_was_written_that_has_the_options():
    (problem,) = check(to_schema({"load": Load}), {"load": {"limitt": 1}}).problems
    options, defined = to_diagnostics([problem])[0].notes
    assert options == "options: limit (int = 3)"
    assert defined.endswith("class Load") and "test_config_report.py:" in defined


def test_a_config_that_is_no_run_config_is_just_the_config():
    (problem,) = check(to_schema({"a": int}), {"a": 1, "b": 2}).problems
    assert to_diagnostics([problem])[0].message == 'the config has no key "b"'
    (problem,) = check(to_schema(int), "x").problems
    assert to_diagnostics([problem])[0].message == "the config must be an integer, not text"


def test_the_error_tells_everything_and_pickles():
    value = op_config(zz=1, threshold="x")
    error = invalid_config("It does not fit.", resolve(JOB, value, {}).problems, value, "etl")
    assert error.error_messages == [problem.message for problem in error.errors]
    assert len(error.diagnostics) == 2 and error.config_value is value
    assert str(error).startswith("It does not fit.\n    Error 1: At root:ops:extract:config: unknown key")
    again = pickle.loads(pickle.dumps(error))
    assert again.errors == error.errors and str(again) == str(error)


def test_a_problem_found_below_can_be_placed_in_the_whole():
    (problem,) = check(to_schema({"a": int}), {"a": "x"}).problems
    placed = problem.under(fields(("ops", "f", "config")))
    assert placed.path == ("ops", "f", "config", "a")
    assert "root:ops:f:config:a" in placed.message
