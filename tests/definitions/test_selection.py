"""Which ops the clauses of a selection name, and the job that is left of them: contract exe-2."""

import json
from pathlib import Path

import pytest

from dagjob import (
    DagjobExecutionStepNotFoundError,
    DagjobInvalidConfigError,
    DagjobInvalidDefinitionError,
    DagjobInvalidSubsetError,
    DagjobInvariantViolationError,
    DynamicOut,
    DynamicOutput,
    In,
    JobDefinition,
    Nothing,
    ParameterCheckError,
    graph,
    job,
    op,
)
from dagjob.definitions.selection import select_ops, select_steps
from dagjob.plan.build import build_plan
from dagjob.plan.resolve import resolve

VECTORS = json.loads((Path(__file__).parents[1] / "vectors" / "selection.json").read_text())

# -- the jobs of the vectors ---------------------------------------------------------------------------------------


@op(ins={"after": In(Nothing)})
def gives_nothing() -> Nothing: ...


def fill(spec, outside=None):
    """Call the nodes of a spec in a graph body; all edges are Nothing."""
    made = {}
    for name, above in spec["nodes"].items():
        sources = [outside if one == "@in0" else made[one] for one in above]
        inner = spec.get("graphs", {}).get(name)
        call = nested(name, inner) if inner else gives_nothing.alias(name)
        made[name] = call(*sources) if inner else call(after=sources) if sources else call()
    return made


def nested(name, spec):
    @graph(name=name)
    def made(in0):
        return fill(spec, in0)[spec["out"]]

    return made


def dyn():
    @op(out=DynamicOut(int), ins={"after": In(Nothing)})
    def gen():
        yield DynamicOutput(1, "one")

    @op
    def m1(x: int) -> int:
        return x

    @op(ins={"xs": In(Nothing)})
    def after(): ...

    @op
    def gen_src():
        return 1

    @op
    def coll(xs: list[int]):
        return 1

    after(coll(gen(gen_src()).map(m1).map(m1.alias("m2")).collect()))


def aliased():
    start = gives_nothing.alias("start")()
    gives_nothing.alias("left")(start)
    gives_nothing.alias("step")(gives_nothing.alias("right")(start))


def job_of(name) -> JobDefinition:
    spec = VECTORS["graphs"][name]
    body = {"dyn": dyn, "aliased": aliased}.get(name) or (lambda: fill(spec) and None)
    return job(name=name)(body)


JOBS = {name: job_of(name) for name in VECTORS["graphs"]}
OURS = {
    # The edge a -> g is dropped with the input of g that it fed.
    ("nested", ("a", "g.c")): {"selected": ["a", "g.c"], "step_keys": ["a", "g.c"]},
    ("dyn", ("+coll",)): {"error": "DagjobInvalidSubsetError"},
}


@pytest.mark.parametrize("case", VECTORS["cases"], ids=lambda case: f"{case['graph']} {case['selection']}")
def test_the_vectors(case):
    whole, clauses = JOBS[case["graph"]], case["selection"]
    case = {**case, **OURS.get((case["graph"], tuple(clauses)), {})}
    if case.get("error") == "DagjobInvalidSubsetError" and "step_keys" not in case:
        with pytest.raises(DagjobInvalidSubsetError) as caught:
            whole.get_subset(op_selection=clauses)
        assert ", ".join(clauses) in str(caught.value) or isinstance(
            caught.value.__cause__, DagjobInvalidDefinitionError
        )
        return
    subset = whole.get_subset(op_selection=clauses)
    assert (list(subset.selection.names) if subset.selection else None) == case["selected"]
    if case.get("error") == "DagjobInvalidConfigError":
        with pytest.raises(DagjobInvalidConfigError):
            resolve(subset, {}, environ={})
    else:
        assert [step.key for step in build_plan(subset, resolve(subset, {}, environ={})).steps] == case["step_keys"]


# -- what dagjob adds to the grammar -------------------------------------------------------------------------------


@op
def load() -> int:
    return 1


@op(tags={"team": "a"})
def add(x: int) -> int:
    return x + 1


@op
def double(x: int) -> int:
    return x * 2


@graph
def inner(x: int):
    return double(add(x))


@graph
def outer(x: int):
    return double(inner(x))


@job
def everything():
    outer(add.alias("first").tag({"team": "b.c"})(load.alias("load_one")()))
    double.alias("last")(load.alias("load_two")())


def names(*clauses, exclude=()):
    return list(select_ops("j", everything.graph, clauses, exclude).names)


@pytest.mark.parametrize(
    ("clauses", "expected"),
    [
        (["1+first"], ["first", "load_one"]),
        (["2+outer"], ["first", "load_one", "outer"]),
        (["load_one+2"], ["first", "load_one", "outer"]),
        (["0+first"], ["first"]),
        (["1+first+1"], ["first", "load_one", "outer"]),
        (["name:load_*"], ["load_one", "load_two"]),
        (["name:outer.inner.*"], ["outer.inner.add", "outer.inner.double"]),
        (["tag:team"], ["first", "outer.inner.add"]),
        (["tag:team=b.c", "load_one+"], ["first", "load_one"]),
        (["tag:team=a", "first"], ["first", "outer.inner.add"]),
    ],
)
def test_numbers_of_levels_names_with_wildcards_and_tags(clauses, expected):
    assert names(*clauses) == expected


def test_what_is_excluded_is_taken_off_afterwards_also_inside_of_graphs():
    assert names("*outer", exclude=["load_one"]) == ["first", "outer"]
    assert names("outer", exclude=["outer.inner.add"]) == ["outer.double", "outer.inner.double"]
    assert names(exclude=["outer", "*last"]) == ["first", "load_one"]
    with pytest.raises(DagjobInvalidSubsetError, match="nothing is left"):
        names("first", exclude=["*outer"])
    with pytest.raises(DagjobInvalidSubsetError, match='"frist"'):
        names("first", exclude=["frist"])


# -- errors --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("clauses", "told"),
    [
        (["frist"], 'there is no op "frist". Did you mean "first"?'),
        (["first", "lats+"], 'there is no op "lats". Did you mean "last"?'),
        (["outer.inne"], 'there is no "inne" in the graph "outer". Did you mean "inner"?'),
        (["first.x"], '"first" is an op, which holds no ops of its own'),
        (["*outer.inner"], '"*outer.inner" mixes a marker with paths'),
        (["outer.inner+"], '"outer.inner+" mixes a marker with paths'),
        (["outer.*"], '"outer.*" mixes a marker with paths'),
        (["first+", "outer.inner"], '"first+" mixes a marker with paths'),
        (["*", "first"], '"*" alone is everything'),
        (["+*first"], '"+*first" is no clause'),
        (["first,last"], '"first,last" is no clause'),
        (["add[k]"], 'there is no op "add[k]"'),
        (["last[k]"], 'select "last"'),
        (["last[*]"], 'select "last"'),
        (["tag:team=b"], "no op has what"),
        (["name:x*"], 'no op fits "name:x*"'),
        (["*tag:team"], '"*tag:team" is no clause'),
        (["frist", "lats"], 'there is no op "lats"'),
    ],
)
def test_an_error_tells_the_clause_that_is_wrong_and_what_is_near(clauses, told):
    with pytest.raises(DagjobInvalidSubsetError) as caught:
        everything.get_subset(op_selection=clauses)
    assert told in str(caught.value) and ", ".join(clauses) in str(caught.value)
    assert any("load_one, first, outer" in note for note in caught.value.notes)


def test_a_selection_is_a_list_of_texts():
    for wrong in ("first", {"first": 1}, 5, [1]):
        with pytest.raises(ParameterCheckError):
            everything.get_subset(op_selection=wrong)


def test_a_collect_without_what_it_collects_is_told():
    with pytest.raises(DagjobInvalidSubsetError) as caught:
        JOBS["dyn"].get_subset(op_selection=["+coll"])
    assert '"coll" collects what there is for each element of "gen", which is not selected' in caught.value.notes


# -- the smaller job -----------------------------------------------------------------------------------------------


def test_a_subset_knows_what_it_was_made_by():
    subset = everything.get_subset(op_selection=["first", "outer.inner.add"])
    assert subset.is_subset and not everything.is_subset
    assert subset.op_selection == subset.resolved_op_selection == {"first", "outer.inner.add"}
    assert [node.name for node in subset.nodes] == ["first", "outer"] and subset.name == "everything"
    assert everything.get_subset(op_selection=[]) is everything
    again = subset.get_subset(op_selection=["first"])
    assert [node.name for node in again.nodes] == ["first"]


def test_a_graph_becomes_a_smaller_job():
    made = outer.to_job(op_selection=["inner"])
    assert made.op_selection == {"inner"} and [node.name for node in made.nodes] == ["inner"]
    assert outer.execute_in_process(op_selection=["inner.add"], input_values={"x": 1}).output_for_node("inner.add") == 2


def test_a_result_tells_an_op_that_was_not_selected_from_one_that_there_is_not():
    result = everything.execute_in_process(op_selection=["load_one", "first", "outer.inner.add"])
    assert result.is_node_untouched("last") and result.is_node_untouched("outer.double")
    for name, told in {"last": "not selected", "outer.double": "not selected", "lsat": "no node"}.items():
        with pytest.raises(DagjobInvariantViolationError, match=told) as caught:
            result.output_for_node(name)
        assert ("not selected" in str(caught.value)) == (told == "not selected")


# -- steps ---------------------------------------------------------------------------------------------------------

STEPS = {
    "gen": [],
    "work[a]": ["gen"],
    "work[b]": ["gen"],
    "gather": ["work[a]", "work[b]"],
    "g.one": [],
    "g.two": ["g.one"],
}


@pytest.mark.parametrize(
    ("clauses", "expected"),
    [
        (["gen"], {"gen"}),
        (["*gather"], {"gen", "work[a]", "work[b]", "gather"}),
        (["work[a]*"], {"work[a]", "gather"}),
        (["work[?]"], {"work[a]", "work[b]"}),
        (["work[*]+"], {"work[a]", "work[b]", "gather"}),
        (["1+gather"], {"work[a]", "work[b]", "gather"}),
        (["g.one*", "gen"], {"g.one", "g.two", "gen"}),
    ],
)
def test_steps_are_selected_by_their_keys_in_the_same_grammar(clauses, expected):
    assert select_steps(STEPS, clauses) == expected


def test_steps_that_there_are_not_are_all_told():
    with pytest.raises(DagjobExecutionStepNotFoundError) as caught:
        select_steps(STEPS, ["gen", "wrok[a]", "*work", "work[c]"])
    assert caught.value.step_keys == ["wrok[a]", "work", "work[c]"]
    with pytest.raises(DagjobInvalidSubsetError):
        select_steps(STEPS, ["*"])
