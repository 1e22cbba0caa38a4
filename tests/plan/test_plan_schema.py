"""The schema of a run config, as the definitions of a job make it."""

from dagjob.config.kind import check
from dagjob.config.schema import Field
from dagjob.definitions.executors import executor, in_process_executor
from dagjob.definitions.graphs import graph
from dagjob.definitions.inputs import In
from dagjob.definitions.iomanagers import IOManager, input_manager, io_manager
from dagjob.definitions.jobs import job
from dagjob.definitions.ops import op
from dagjob.definitions.outputs import Out
from dagjob.definitions.resources import resource
from dagjob.plan.schema import execution_schema, job_schema
from dagjob.values.results import Nothing


@op(config_schema={"n": int})
def needs(): ...


@op(config_schema={"n": Field(int, default_value=1)})
def may(): ...


@op
def plain(): ...


@op
def add(x: int, y: int = 10): ...


def missing(schema, value):
    """What a document lacks, as dotted paths."""
    return sorted(
        ".".join([*map(str, problem.path), *leaf])
        for problem in check(schema, value).problems
        for leaf, _ in problem.needs
    )


def fits(schema, value):
    return [problem.message for problem in check(schema, value).problems] == []


def test_what_must_be_given_is_what_has_a_required_field():
    @job
    def j():
        needs()
        may()
        plain()
        needs.alias("again")()

    schema = job_schema(j)
    assert missing(schema, {}) == ["ops.again.config.n", "ops.needs.config.n"]
    given = {"ops": {"needs": {"config": {"n": 1}}, "again": {"config": {"n": 1}}, "plain": {"config": [None]}}}
    assert check(schema, given).value["ops"] == {**given["ops"], "may": {"config": {"n": 1}}}


def test_nothing_need_be_given_for_a_job_without_config():
    @job
    def j():
        plain()

    assert check(job_schema(j), {}).value["ops"] == {}


def test_an_open_input_is_given_through_the_loader_of_its_type():
    @job
    def j():
        add()

    schema = job_schema(j)
    assert missing(schema, {}) == ["ops.add.inputs.x"]
    for x in (3, {"value": 3}, {"json": {"path": "p"}}):
        assert fits(schema, {"ops": {"add": {"inputs": {"x": x}}}})
    assert fits(schema, {"ops": {"add": {"inputs": {"x": 3, "y": 4}}}})
    assert not fits(schema, {"ops": {"add": {"inputs": {"x": "3"}}}})


def test_a_connected_input_has_no_entry():
    @op
    def one() -> int: ...

    @job
    def j():
        add(one(), one())

    schema = job_schema(j)
    assert missing(schema, {}) == []
    (problem,) = check(schema, {"ops": {"add": {"inputs": {"x": 3}}}}).problems
    assert problem.path == ("ops", "add", "inputs")


def test_an_order_only_input_is_never_given():
    @op(ins={"after": In(Nothing)})
    def last(): ...

    @job
    def j():
        last()

    assert missing(job_schema(j), {}) == []


def test_nested_graphs_nest():
    @graph
    def inner(x):
        needs()
        add(x)

    @graph
    def outer():
        inner()

    @job
    def j():
        outer()

    schema = job_schema(j)
    assert missing(schema, {}) == [
        "ops.outer.ops.inner.inputs.x",
        "ops.outer.ops.inner.ops.needs.config.n",
    ]
    inside = {"inner": {"inputs": {"x": 1}, "ops": {"needs": {"config": {"n": 1}}}}}
    assert fits(schema, {"ops": {"outer": {"ops": inside}}})


def test_a_config_mapping_hides_the_ops_of_its_graph():
    from dagjob.config.mapping import ConfigMapping

    @graph(config=ConfigMapping(lambda c: {"needs": {"config": {"n": c["m"]}}}, {"m": int}))
    def mapped():
        needs()

    @job
    def j():
        mapped()

    assert missing(job_schema(j), {}) == ["ops.mapped.config.m"]
    assert not fits(job_schema(j), {"ops": {"mapped": {"ops": {}}}})
    assert missing(job_schema(mapped.to_job()), {}) == ["ops.config.m"]


def test_inputs_of_the_job_are_given_at_the_top_or_as_objects():
    @job
    def j(top, other):
        add(top)
        add.alias("b")(other, other)

    assert missing(job_schema(j), {}) == ["inputs.other", "inputs.top"]
    assert missing(job_schema(j, input_values={"top", "other"}), {}) == []
    assert not fits(job_schema(j, input_values={"top", "other"}), {"inputs": {"top": 1}})
    assert fits(job_schema(j), {"inputs": {"top": {"value": 1}, "other": 2}})


def test_the_config_of_a_resource_is_required_only_where_something_needs_it():
    @resource(config_schema={"v": int}, required_resource_keys={"deeper"})
    def r(context): ...

    @resource(config_schema={"w": int})
    def deeper(context): ...

    @op(required_resource_keys={"r"})
    def uses(): ...

    resources = {"r": r, "deeper": deeper, "unused": r}

    @job(resource_defs=resources)
    def j():
        uses()

    @job(resource_defs=resources)
    def without():
        plain()

    assert missing(job_schema(j), {}) == ["resources.deeper.config.w", "resources.r.config.v"]
    assert missing(job_schema(without), {}) == []
    assert not fits(job_schema(without), {"resources": {"unused": {"config": {"v": "x"}}}})
    assert j.required_resource_keys >= {"r", "deeper", "io_manager"}


def test_managers_put_entries_on_inputs_and_outputs():
    class Memory(IOManager):
        def handle_output(self, context, obj): ...
        def load_input(self, context): ...

    @io_manager(output_config_schema={"path": str})
    def store():
        return Memory()

    @input_manager(input_config_schema={"p": str})
    def lake(context): ...

    @op(ins={"x": In(input_manager_key="lake")}, out={"a": Out(io_manager_key="store"), "b": Out()})
    def both(x):
        return 1, 2

    @job(resource_defs={"store": store, "lake": lake})
    def j():
        both()

    schema = job_schema(j)
    assert missing(schema, {}) == ["ops.both.inputs.x.p", "ops.both.outputs.a.path"]
    assert fits(schema, {"ops": {"both": {"inputs": {"x": {"p": "q"}}, "outputs": {"a": {"path": "z"}}}}})


def test_loggers_are_optional_and_checked():
    @job
    def j():
        plain()

    schema = job_schema(j)
    assert fits(schema, {"loggers": {"console": {"config": {"log_level": "ERROR"}}}})
    assert check(schema, {}).value["loggers"] == {}
    assert not fits(schema, {"loggers": {"other": {}}})


def test_execution_is_what_the_executor_of_the_job_takes():
    @executor(name="mine", config_schema={"n": Field(int, default_value=2)})
    def mine(context): ...

    @job(executor_def=mine)
    def j():
        plain()

    assert check(job_schema(j), {}).value["execution"] == {"config": {"n": 2}}
    assert not fits(job_schema(j), {"execution": {"config": {"in_process": {}}}})
    assert fits(job_schema(j, ignore_execution=True), {"execution": {"config": {"in_process": {}}}})
    assert check(execution_schema(in_process_executor), {}).success


def test_a_selection_leaves_the_rest_optional_and_opens_inputs():
    @op
    def one() -> int: ...

    @job
    def j():
        needs()
        add(one())

    schema = job_schema(j.get_subset(op_selection=["add"]))
    assert missing(schema, {}) == ["ops.add.inputs.x"]
    assert not fits(schema, {"ops": {"add": {"inputs": {"x": 1}}, "needs": {"config": {"n": "x"}}}})
    assert missing(job_schema(j.get_subset(op_selection=["*add"])), {}) == []


def test_ops_without_config_share_one_entry():
    @job
    def j():
        for _ in range(50):
            plain()

    entries = job_schema(j).fields["ops"].config_type.fields
    assert len(entries) == 50 and len({id(entry) for entry in entries.values()}) == 1
