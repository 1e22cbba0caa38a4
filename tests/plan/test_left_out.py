"""Config and selection: what is given to ops that do not run, and inputs that lost their source."""

import pytest

from dagjob import (
    ConfigMapping,
    DagjobInvalidConfigError,
    DagjobInvalidSubsetError,
    Field,
    StringSource,
    graph,
    job,
    op,
    resource,
)
from dagjob.config.document import as_document
from dagjob.plan.left_out import ignored_config
from dagjob.plan.resolve import resolve


@op(config_schema={"n": int})
def number(context):
    return context.op_config["n"]


@op(config_schema={"path": Field(StringSource, default_value={"env": "NOT_SET_ANYWHERE"})})
def reads(context, x: int):
    return context.op_config["path"]


@op
def add(x: int, y: int):
    return x + y


@graph
def inside(x: int):
    return add(number.alias("deep")(), x)


@job
def whole():
    start = number()
    reads(start)
    inside(start)


def values(subset, config):
    return resolve(subset, config, environ={}).ops


def diagnostics(subset, config):
    with pytest.raises(DagjobInvalidConfigError) as caught:
        resolve(subset, config, environ={})
    return [(one.message, *one.notes) for one in caught.value.diagnostics]


OF_NUMBER = {"number": {"config": {"n": 1}}}
NUMBER = whole.get_subset(op_selection=["number"])


@pytest.mark.parametrize(
    "others",
    [
        {"reads": {"config": {"path": {"env": "NOT_SET_ANYWHERE"}}}},
        {"reads": {"config": {"path": "p"}, "inputs": {"x": 1}}},
        {"reads": {}},
        {"inside": {"ops": {"deep": {"config": {"n": 1}}}}},
        {"inside": {"inputs": {"x": 1}, "ops": {"add": {"inputs": {"y": 2}}}}},
    ],
)
def test_config_of_ops_that_are_not_selected_is_ignored_and_nothing_is_read_for_it(others):
    assert set(values(NUMBER, {"ops": {**OF_NUMBER, **others}})) == {("number",)}


def test_it_is_told_what_was_ignored():
    given = {"reads": {"config": {"path": "x"}}, "inside": {"ops": {"add": {"inputs": {"y": 2}}}}}
    subset = whole.get_subset(op_selection=["number", "inside.deep"])
    (said,) = ignored_config(subset, as_document({"ops": {**OF_NUMBER, **given}})).others
    assert said.endswith(": reads, inside.add")
    assert ignored_config(NUMBER, as_document({"ops": OF_NUMBER})).others == ()


def test_what_is_ignored_must_be_there_and_fit():
    (unknown,) = diagnostics(NUMBER, {"ops": {**OF_NUMBER, "raeds": {"config": {"path": "x"}}}})
    assert "raeds" in unknown[0] and "reads" in str(unknown)
    (wrong,) = diagnostics(NUMBER, {"ops": {**OF_NUMBER, "reads": {"config": {"path": 5}}}})
    assert '"path" must be' in wrong[0]


@pytest.mark.parametrize(
    ("clauses", "path", "by", "hint"),
    [
        (["reads"], "ops.reads.inputs.x", '"number" feeds it', '-s "+reads"'),
        (["inside"], "ops.inside.inputs.x", '"number" feeds it', '-s "+inside"'),
        (["inside.add", "number"], "ops.inside.ops.add.inputs.x", '"inside.deep" feeds it', "select that too"),
    ],
)
def test_an_input_that_lost_its_source_is_told_with_the_ways_out(clauses, path, by, hint):
    config = {
        "ops": {"reads": {"config": {"path": "x"}}, "inside": {"ops": {"deep": {"config": {"n": 1}}}}, **OF_NUMBER}
    }
    (told,) = diagnostics(whole.get_subset(op_selection=clauses), config)
    assert told[0].endswith('needs the input "x"') and by in told[1] and hint in told[1]
    assert told[2] == f"or give it:  --set {path}=..."


def test_an_input_that_no_config_can_give_is_an_error_of_the_selection():
    class Row: ...

    @op
    def first() -> Row: ...

    @op
    def last(x: Row): ...

    @job
    def rows():
        last(first())

    with pytest.raises(DagjobInvalidSubsetError, match="last") as caught:
        rows.get_subset(op_selection=["last"])
    assert any("select what feeds it too" in note for note in caught.value.notes)


# -- config of the job ---------------------------------------------------------------------------------------------


def test_the_config_of_the_job_stays_in_force_and_need_not_give_what_the_selection_leaves_open():
    @op(config_schema={"n": int})
    def more(context, x: int):
        return x + context.op_config["n"]

    @job(config={"ops": {"number": {"config": {"n": 3}}, "more": {"config": {"n": 4}}}})
    def configured():
        more(number())

    assert configured.execute_in_process(op_selection=["number"]).output_for_node("number") == 3
    given = {"ops": {"more": {"config": {"n": 5}, "inputs": {"x": 1}}}}
    done = configured.execute_in_process(given, op_selection=["more"])
    assert done.output_for_node("more") == 6
    with pytest.raises(DagjobInvalidConfigError, match="inputs"):
        configured.execute_in_process(op_selection=["more"])


def test_a_config_mapping_may_give_config_to_all_ops():
    def fill(config):
        return {"ops": {"number": {"config": {"n": config["n"]}}, "inside": {"ops": {"deep": {"config": {"n": 2}}}}}}

    made = whole.graph.to_job(config=ConfigMapping(fill, config_schema={"n": int}))
    assert made.execute_in_process({"n": 7}, op_selection=["number"]).output_for_node("number") == 7


def test_a_config_mapping_of_a_graph_may_too():
    def fill(config):
        return {"add": {"inputs": {"y": config["y"]}}, "deep": {"config": {"n": config["y"]}}}

    @graph(config=ConfigMapping(fill, config_schema={"y": int}))
    def mapped(x: int):
        number.alias("deep")()
        return add.alias("add")(x)

    @job
    def outer():
        mapped(number())

    done = outer.execute_in_process({"ops": {"mapped": {"config": {"y": 5}}}}, op_selection=["mapped.deep"])
    assert done.output_for_node("mapped.deep") == 5


def test_inputs_of_the_job_that_nothing_selected_reads_are_ignored():
    @graph
    def takes(x: int, z: int):
        add(x, z)
        add.alias("other")(x, x)

    made = takes.to_job()
    config = {"inputs": {"x": 1, "z": {"value": 5}}}
    assert made.execute_in_process(config, op_selection=["other"]).output_for_node("other") == 2
    assert made.execute_in_process(op_selection=["other"], input_values={"x": 2, "z": 1}).output_for_node("other") == 4


def test_resources_that_nothing_selected_needs_are_neither_asked_for_nor_read():
    @resource(config_schema={"url": StringSource})
    def db(context):
        raise AssertionError("opened")

    @op(required_resource_keys={"db"})
    def query(): ...

    @job(resource_defs={"db": db})
    def both():
        query()
        number()

    for resources in ({}, {"db": {"config": {"url": {"env": "NOT_SET_ANYWHERE"}}}}):
        done = both.execute_in_process({"ops": OF_NUMBER, "resources": resources}, op_selection=["number"])
        assert done.success
