"""Statements of the contract's page def-2 (graphs) that no example shows."""

import typing

import pytest
from small_ops import gather, job_of, many, one, pair, run, up

from dagjob import (
    DagjobError,
    DagjobInvalidDefinitionError,
    GraphDefinition,
    GraphIn,
    GraphOut,
    In,
    NodeInvocation,
    Nothing,
    Out,
    ParameterCheckError,
    RetryPolicy,
    config_mapping,
    graph,
    job,
    op,
    success_hook,
)

pytestmark = pytest.mark.filterwarnings("ignore")  # deprecated names are used on purpose


def test_a_second_use_gets_a_number():
    assert [n.name for n in job_of(lambda: gather([one() for _ in range(3)])).nodes] == [
        "one",
        "one_2",
        "one_3",
        "gather",
    ]


def test_tags_merge_definition_first_tag_later_tag():
    @op(tags={"a": "0", "c": "c"})
    def f(): ...

    g = graph(name="g")(lambda: f.tag({"a": "1"}).tag({"b": 3})())

    assert g.node_named("f").tags == {"a": "1", "b": "3", "c": "c"}


def test_a_mapping_without_a_schema_gets_an_empty_dict_when_nothing_is_given():
    seen = []

    @config_mapping
    def m(val):
        seen.append(val)
        return {"ops": {}}

    @job(config=m)
    def j():
        one()

    assert j.execute_in_process().success
    assert seen[-1] == {}


def test_an_input_of_the_graph_may_be_a_member_of_a_list_from_wherever_it_comes():
    @op
    def tot(xs: typing.List[int]):
        return sum(xs)

    @op
    def n1():
        return 1

    @graph
    def fan(x):
        return tot([x, n1()])

    @graph
    def deep(x):
        return fan(x)

    @job
    def fed():
        fan(n1())

    @job
    def in_ops():
        fan()

    assert [
        fan.execute_in_process(input_values={"x": 100}).output_value(),
        fan.execute_in_process({"inputs": {"x": 100}}).output_value(),
        fan.execute_in_process({"inputs": {"x": {"value": 100}}}).output_value(),
        deep.execute_in_process(input_values={"x": 100}).output_value(),
        deep.execute_in_process({"inputs": {"x": 100}}).output_value(),
        in_ops.execute_in_process({"ops": {"fan": {"inputs": {"x": 100}}}}).output_for_node("fan"),
        fed.execute_in_process().output_for_node("fan"),
    ] == [101] * 6 + [2]


def test_a_member_of_a_list_must_be_given_and_is_checked():
    @op
    def tot(xs: typing.List[int]):
        return sum(xs)

    @op
    def n1():
        return 1

    @graph
    def fan(x):
        return tot([x, n1()])

    @graph
    def deep(x):
        return fan(x)

    def kind(call):
        try:
            call()
        except DagjobError as error:
            return type(error).__name__

    assert kind(lambda: fan.execute_in_process()) == "DagjobInvalidConfigError"
    assert kind(lambda: fan.execute_in_process(input_values={"x": "s"})) == "DagjobTypeCheckDidNotPass"
    assert kind(lambda: fan.execute_in_process({"inputs": {"x": [1]}})) == "DagjobInvalidConfigError"


def test_members_keep_their_order_without_those_that_were_never_made():
    @op(out=Out(is_required=False))
    def maybe():
        if False:
            yield

    @graph
    def g(x, y):
        return gather([maybe(), x, one(), maybe.alias("b")(), y, one()])

    @graph
    def alone(x):
        return gather([x])

    @graph
    def starves(x):
        return gather([maybe(), x])

    assert g.execute_in_process(input_values={"x": 9, "y": 8}).output_value() == [9, 1, 8, 1]
    assert alone.execute_in_process(input_values={"x": 9}).output_value() == [9]
    assert starves.execute_in_process(input_values={"x": 9}).is_node_skipped("gather")


def test_an_input_may_be_a_member_of_a_list_and_more():
    @op
    def both(xs: typing.List[int], y: int):
        return sum(xs) + y

    @op
    def n1():
        return 1

    @graph
    def g(x):
        return both([x, n1()], x)

    assert g.execute_in_process(input_values={"x": 100}).output_value() == 201
    assert g.execute_in_process({"inputs": {"x": 100}}).output_value() == 201


def test_outputs_come_in_the_order_of_out_however_they_are_returned():
    @op(out={"a": Out(), "b": Out()})
    def two():
        return (1, 10)

    @op
    def inc(x):
        return x + 1

    @graph(out={"p": GraphOut(), "q": GraphOut()})
    def g():
        a, b = two()
        return {"q": b, "p": a}

    @job
    def j():
        p, q = g()
        inc.alias("P")(p)
        inc.alias("Q")(q)

    @graph(out={"x": GraphOut(), "y": GraphOut()})
    def outer():
        return g()

    r, o = (j.execute_in_process(), outer.execute_in_process())

    assert r.output_for_node("P") == 2
    assert r.output_for_node("Q") == 11
    assert o.output_value("x") == 1
    assert o.output_value("y") == 10
    assert [d.name for d in g.output_defs] == ["p", "q"]


def test_an_input_of_a_graph_may_be_declared_with_in():
    @op(ins={"d": In(Nothing)})
    def f():
        return 5

    @graph(ins={"d": In(Nothing)})
    def g(d):
        return f(d)

    assert g.execute_in_process().output_value() == 5


def test_a_graph_may_take_its_declared_inputs_with_kwargs():
    @graph(ins={"x": GraphIn(), "y": GraphIn()})
    def g(y, **rest):
        return pair(rest["x"], y)

    assert g.execute_in_process(input_values={"x": "a", "y": "b"}).output_value() == "ab"


def test_a_function_among_the_nodes_has_lost_its_decorator():
    def plain(): ...

    with pytest.raises(DagjobInvalidDefinitionError) as caught:
        GraphDefinition("g", node_defs=[plain])
    message = str(caught.value)

    assert "plain" in message
    assert "@op" in message


def test_a_single_output_for_two_declared_ones_is_refused_naming_both():
    with pytest.raises(DagjobInvalidDefinitionError) as caught:
        graph(name="g", out={"a": GraphOut(), "b": GraphOut()})(lambda: one())
    message = str(caught.value)

    assert "a, b" in message
    assert "2" in message


def test_the_alias_of_a_graph_names_its_job():
    g = graph(name="g")(lambda: one())

    assert g.alias("other").to_job().name == "other"


def test_items_of_a_returned_tuple_beyond_out_are_ignored():
    @graph(out={"a": GraphOut(), "b": GraphOut()})
    def g():
        return (one(), one(), one())

    assert [g.execute_in_process().output_value(n) for n in "ab"] == [1, 1]


def test_without_out_the_first_item_of_a_returned_tuple_is_the_output():
    @op
    def two():
        return 2

    @graph
    def g():
        return (two(), one())

    assert g.execute_in_process().output_value() == 2


def test_the_output_of_a_nested_graph_is_that_of_its_op():
    g = graph(name="g")(lambda: one())

    assert [run(lambda: g.alias("o")()).output_for_node(n) for n in ("o", "o.one")] == [1, 1]


def test_an_empty_list_is_a_fan_in():
    assert run(lambda: gather([])).output_for_node("gather") == []


def test_a_mapped_function_may_use_outputs_from_outside():
    def body():
        o = one()
        gather(many().map(lambda x: pair(up(x), o)).collect())

    assert run(body).output_for_node("gather") == ["a11", "b11"]


def test_maps_chain():
    def body():
        many().map(up).map(up.alias("again"))

    assert run(body).output_for_node("again") == {"a": "a11", "b": "b11"}


def test_a_mapped_function_may_return_a_tuple():
    def body():
        both = many().map(lambda x: (up(x), up.alias("other")(x)))
        gather(both[0].collect())

    assert run(body).output_for_node("gather") == ["a1", "b1"]


def test_a_collected_list_may_be_used_several_times():
    def body():
        c = many().collect()
        gather(c)
        gather.alias("again")(c)

    assert run(body).output_for_node("again") == ["a", "b"]


def test_steps_of_a_mapped_graph_have_the_key_at_the_end():
    g = graph(name="g")(lambda x: up(x))

    def body():
        many().map(g)

    assert {"g.up[a]", "g.up[b]"} <= {e.step_key for e in run(body).all_events}


def test_hooks_of_a_graph_invocation_reach_every_op_inside():
    seen = []

    @success_hook
    def h(context):
        seen.append(context.op.name)

    g = graph(name="g")(lambda: one())

    assert run(lambda: g.with_hooks({h})()).success
    assert seen == ["one"]


def test_a_retry_policy_on_a_graph_that_is_a_node_counts_for_nothing_and_is_warned_of():
    """As in Dagster (def-2, def-3), where it is silent; exe-5 would have it refused, which would keep modules from loading."""

    @op
    def f():
        raise ValueError

    g = graph(name="g")(lambda: f())
    derived = g.alias("h").with_retry_policy(RetryPolicy(max_retries=2)).tag({"a": "b"})
    with pytest.warns(UserWarning, match='the retry policy of the graph "h" counts for nothing') as warned:
        result = job_of(lambda: derived()).execute_in_process(raise_on_error=False)
    assert result.retry_attempts_for_node("h.f") == 0
    assert warned[0].filename == __file__
    with pytest.warns(UserWarning, match='the retry policy of the graph "g" counts for nothing'):
        GraphDefinition("outer", node_defs=[g], dependencies={NodeInvocation("g", retry_policy=RetryPolicy()): {}})
    with pytest.raises(ParameterCheckError, match="NodeInvocation: retry_policy must be a RetryPolicy"):
        NodeInvocation("g", retry_policy=3)

    assert derived.execute_in_process(raise_on_error=False).retry_attempts_for_node("f") == 2
