"""Statements of the contract's page def-1 (ops) that no example shows."""

import asyncio
import collections
import enum
import functools
import typing

import pytest
from small_ops import gather, one, run

from dagjob import (
    AssetObservation,
    Config,
    ConfigurableResource,
    DagjobInvalidDefinitionError,
    DagjobInvalidInvocationError,
    DataVersion,
    DynamicOut,
    In,
    Nothing,
    OpDefinition,
    OpExecutionContext,
    Out,
    Output,
    ResourceDefinition,
    ResourceParam,
    build_op_context,
    op,
)

pytestmark = pytest.mark.filterwarnings("ignore")  # deprecated names are used on purpose


def test_an_op_copies_its_functions_names():
    @op
    def f(context, x: int) -> int:
        """Doc."""

    assert f.__name__ == "f"
    assert f.__doc__ == "Doc."
    assert f.__wrapped__ == f.compute_fn.decorated_fn


def test_an_empty_name_falls_back_to_the_functions():
    @op(name="")
    def f(): ...

    assert f.name == "f"


def test_an_op_built_by_hand_yields_outputs_from_any_iterator():
    f = OpDefinition(
        name="f", compute_fn=lambda c, i: iter([Output(i["x"] + 1)]), ins={"x": In(int)}, outs={"result": Out(int)}
    )

    assert run(lambda: f(one())).output_for_node("f") == 2


def test_an_empty_out_means_no_outputs():
    @op(out={})
    def f(): ...

    assert f.outs == {}


def test_keys_of_resources_may_be_a_list():
    @op(required_resource_keys=["a"])
    def f(context): ...

    assert f.required_resource_keys == {"a"}


def test_version_is_the_old_name_of_code_version():
    @op(version="3")
    def f(): ...

    assert f.outs["result"].code_version == "3"


def test_a_first_parameter_annotated_with_the_context_is_the_context():
    @op
    def f(ctx: OpExecutionContext, x: int): ...

    assert list(f.ins) == ["x"]


def test_kwargs_takes_declared_inputs():
    @op(ins={"a": In(int), "b": In(int)})
    def f(**kw):
        return kw

    assert run(lambda: f(a=one(), b=one())).output_for_node("f") == {"a": 1, "b": 1}


def test_declared_inputs_come_first_by_name():
    @op(ins={"z": In(), "a": In()})
    def f(q, z, a, *, k=1): ...

    assert list(f.ins) == ["a", "z", "q", "k"]


def test_the_one_nothing_input_may_be_the_last_positional():
    @op(ins={"after": In(Nothing)})
    def f(x): ...

    assert run(lambda: f(one(), one())).success


def test_a_default_in_in_wins_over_the_signatures():
    @op(ins={"x": In(default_value=5)})
    def f(x: int = 3):
        return x

    assert run(lambda: f()).output_for_node("f") == 5


def test_none_returned_for_an_output_that_is_not_required_is_a_value():
    @op(out=Out(is_required=False))
    def f():
        return None

    @op
    def g(x):
        return "ran"

    assert run(lambda: g(f())).output_for_node("g") == "ran"


def test_an_empty_dynamic_output_collects_to_nothing():
    @op(out=DynamicOut())
    def f():
        return []

    assert run(lambda: gather(f().collect())).output_for_node("gather") == []


def test_an_empty_dynamic_output_that_is_not_required_skips_the_collecting_step():
    @op(out=DynamicOut(is_required=False))
    def f():
        return []

    assert run(lambda: gather(f().collect())).is_node_skipped("gather")


def test_a_named_tuple_is_a_tuple():
    P = collections.namedtuple("P", "a b")

    @op(out={"a": Out(), "b": Out()})
    def f():
        return P(1, 2)

    assert run(lambda: f()).output_for_node("f", "b") == 2


def test_a_returned_generator_is_a_yielding_body():
    @op
    def f():

        def g():
            yield Output(4)

        return g()

    assert run(lambda: f()).output_for_node("f") == 4


def test_a_returned_observation_is_the_value():
    @op
    def f():
        return AssetObservation("a")

    assert isinstance(run(lambda: f()).output_for_node("f"), AssetObservation)


def test_a_returned_output_takes_the_name_of_its_place_and_keeps_the_rest():
    @op(out={"a": Out(), "b": Out()})
    def f():
        return (Output(1, metadata={"m": 1}, data_version=DataVersion("7")), Output(2))

    assert [
        (e.step_output_data.output_name, sorted(e.step_output_data.metadata))
        for e in run(lambda: f()).all_events
        if e.event_type_value == "STEP_OUTPUT"
    ] == [("a", ["m"]), ("b", [])]


def test_an_op_called_in_a_body_is_a_function_call():
    @op
    def f():
        return one() + 1

    assert run(lambda: f()).output_for_node("f") == 2


def test_config_as_an_open_dict_may_be_left_out():
    @op
    def f(config: dict):
        return config

    assert run(lambda: f()).output_for_node("f") == {}


def test_config_with_a_default_may_be_left_out():
    @op
    def f(config: int = 3):
        return config

    assert run(lambda: f()).output_for_node("f") == 3


def test_config_may_be_a_list_or_a_dict_of_a_type():
    @op
    def f(config: typing.Dict[str, int]):
        return config

    assert run(lambda: f(), {"ops": {"f": {"config": {"a": 1}}}}).output_for_node("f") == {"a": 1}


def test_op_config_is_the_dict_also_beside_a_config_argument():
    class C(Config):
        n: int = 1

    @op
    def f(context, config: C):
        return context.op_config

    assert run(lambda: f()).output_for_node("f") == {"n": 1}


def test_op_config_is_none_without_config():
    @op
    def f(context):
        return context.op_config

    assert run(lambda: f()).output_for_node("f") is None


def test_none_may_stand_for_a_context_in_a_direct_call():
    @op
    def f(context, x: int):
        return x

    assert f(None, 3) == 3


def test_a_context_may_be_passed_to_an_op_that_has_none():
    assert one(build_op_context()) == 1


def test_an_async_generator_called_directly_can_be_iterated():
    @op
    async def f(n: int):
        yield Output(n)

    async def values():
        return [o.value async for o in f(3)]

    assert asyncio.run(values()) == [3]


def test_an_async_op_called_directly_can_be_awaited():
    @op
    async def f(n: int):
        return n

    assert asyncio.run(f(3)) == 3


def test_a_resource_may_be_passed_to_a_direct_call_by_name_or_place():
    class R(ConfigurableResource):
        n: int = 1

    @op
    def f(r: R):
        return r.n

    assert f(r=R(n=4)) == 4
    assert f(R(n=5)) == 5


def test_a_resource_passed_to_a_direct_call_is_opened_for_it_and_closed():
    seen = []

    class H(ConfigurableResource):
        url: str
        _c: str = ""

        def setup_for_execution(self, context):
            self._c = "conn"
            seen.append("setup")

        def teardown_after_execution(self, context):
            seen.append("down")

    @op
    def f(h: H):
        return h._c

    assert f(h=H(url="1")) == "conn"
    assert f(H(url="1")) == "conn"
    assert seen == ["setup", "down"] * 2


def test_a_resource_passed_to_a_direct_call_stays_open_while_a_body_yields():
    seen = []

    class H(ConfigurableResource):
        url: str
        _c: str = ""

        def setup_for_execution(self, context):
            self._c = "conn"
            seen.append("setup")

        def teardown_after_execution(self, context):
            seen.append("down")

    @op
    def f(h: H):
        yield Output(h._c + seen[-1])

    assert [o.value for o in f(h=H(url="1"))] == ["connsetup"]
    assert seen == ["setup", "down"]


def test_a_resource_passed_to_a_direct_call_is_closed_when_the_body_raises():
    seen = []

    class H(ConfigurableResource):
        url: str
        _c: str = ""

        def setup_for_execution(self, context):
            self._c = "conn"
            seen.append("setup")

        def teardown_after_execution(self, context):
            seen.append("down")

    @op
    def f(h: H):
        raise KeyError

    with pytest.raises(KeyError):
        f(h=H(url="1"))

    assert seen == ["setup", "down"]


def test_what_makes_a_resource_is_asked_for_it():
    class F(ConfigurableResource):
        def create_resource(self, context):
            return 7

    @op
    def f(r: ResourceParam[int]):
        return r

    assert f(r=F()) == 7
    assert f(3) == 3
    assert f(r=ResourceDefinition.hardcoded_resource(8)) == 8


def test_a_context_serves_again_after_a_body_that_raised():
    @op
    def f(context, n: int):
        return 1 / n

    c = build_op_context()
    with pytest.raises(ZeroDivisionError):
        f(c, 0)

    assert f(c, 1) == 1


def test_a_context_serves_again_after_a_call_that_was_wrong():
    @op
    def f(context, n: int):
        return n

    c = build_op_context()
    with pytest.raises(DagjobInvalidInvocationError):
        f(c)

    assert f(c, 1) == 1


def test_op_config_has_the_values_of_enums_the_object_has_the_members():
    class M(enum.Enum):
        A = "aa"
        B = "bb"

    class C(Config):
        m: M = M.A

    @op
    def f(context, config: C):
        return (context.op_config["m"], config.m.name)

    assert run(lambda: f()).output_for_node("f") == ("aa", "A")
    assert f(build_op_context(), C(m=M.B)) == ("bb", "B")
    assert f(build_op_context(op_config={"m": "B"})) == ("bb", "B")


def test_an_op_lists_what_goes_in_and_comes_out():
    @op(out={"b": Out(), "a": Out()})
    def f(x, y: int): ...

    assert [i.name for i in f.input_defs] == ["x", "y"]
    assert [o.name for o in f.output_defs] == ["b", "a"]


def test_an_op_answers_for_its_inputs_and_outputs_by_name():
    @op(out={"b": Out()})
    def f(x): ...

    assert f.has_input("x")
    assert f.has_output("b")
    assert not f.has_output("x")
    assert f.input_def_named("x").name == "x"
    assert f.output_def_named("b").name == "b"
    assert list(f.input_dict) == ["x"]
    assert list(f.output_dict) == ["b"]


def test_what_has_no_name_is_asked_for_one():
    with pytest.raises(DagjobInvalidDefinitionError) as caught:
        op(functools.partial(lambda x: x, 1))
    message = str(caught.value)

    assert "name=" in message
