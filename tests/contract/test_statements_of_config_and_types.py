"""Statements of the contract's pages def-4 (config), def-5 (resources) and def-6 (types) that no example shows."""

import typing

import pytest
from small_ops import one, run

from dagjob import (
    CheckError,
    Config,
    ConfigurableResource,
    DagjobInvalidConfigError,
    DagjobType,
    Dict,
    Float,
    In,
    Int,
    PythonObjectDagsterType,
    ResourceDefinition,
    RunConfig,
    String,
    build_input_context,
    build_output_context,
    check_dagster_type,
    configured,
    dagster_type_loader,
    graph,
    make_python_type_usable_as_dagster_type,
    op,
    validate_run_config,
)

pytestmark = pytest.mark.filterwarnings("ignore")  # deprecated names are used on purpose


def test_whose_fault_a_wrong_config_is_stands_in_the_message():
    @op(config_schema={"n": int})
    def f(context): ...
    @configured(f)
    def made(_):
        return {"n": "x"}

    with pytest.raises(DagjobInvalidConfigError) as caught:
        run(lambda: made())
    message = str(caught.value)

    assert "in what" in message
    assert "made" in message


def test_a_run_config_leaves_out_what_is_none_by_default():
    class C(Config):
        n: typing.Optional[int] = None
        m: typing.Optional[int] = 3
        xs: typing.List[int] = []

    assert RunConfig(ops={"f": C()}).to_config_dict()["ops"] == {"f": {"config": {"m": 3, "xs": []}}}
    assert RunConfig(ops={"f": C(n=1, m=None)}).to_config_dict()["ops"] == {
        "f": {"config": {"n": 1, "m": None, "xs": []}}
    }


def test_only_a_job_has_a_run_config_to_validate():
    g = graph(name="g")(lambda: one())
    with pytest.raises(CheckError) as caught:
        validate_run_config(g, {})
    message = str(caught.value)

    assert "job_def" in message


def test_each_part_of_a_resource_sees_its_own_config():
    seen = {}

    class A(ConfigurableResource):
        url: str

        def setup_for_execution(self, context):
            seen["a"] = context.resource_config

    class B(ConfigurableResource):
        a: A
        n: int = 1

        def setup_for_execution(self, context):
            seen["b"] = context.resource_config

    @op
    def f(b: B): ...

    assert run(lambda: f(), resource_defs={"b": B(a=A(url="u"))}).success
    assert seen == {"a": {"url": "u"}, "b": {"n": 1}}


def test_contexts_for_tests_of_io_managers_have_a_log():
    build_output_context(name="o").log.info("%s", 1)
    build_input_context().log.info("x")

    assert True


def test_a_hardcoded_resource_is_a_function_of_the_context():
    assert ResourceDefinition.hardcoded_resource(3).resource_fn(None) == 3
    assert ResourceDefinition.none_resource().resource_fn(None) is None


def test_a_loader_knows_the_run():
    seen = {}

    @dagster_type_loader(int)
    def load(context, value):
        seen.update(
            job=context.job_name,
            tag=context.get_tag("a"),
            has=context.has_tag("b"),
            config=context.op_config,
            step=context.step_key,
            given=context.run_config["ops"]["f"]["inputs"],
        )
        return value

    T = DagjobType(lambda _, v: True, name="T", loader=load)

    @op(ins={"x": In(T)}, config_schema={"n": int})
    def f(context, x):
        return x

    assert (
        run(lambda: f(), {"ops": {"f": {"inputs": {"x": 3}, "config": {"n": 1}}}}, tags={"a": "b"}).output_for_node("f")
        == 3
    )
    assert seen == {"job": "daily", "tag": "b", "has": False, "config": {"n": 1}, "step": "f", "given": {"x": 3}}


def test_an_int_is_no_float():
    assert not check_dagster_type(Float, 1).success


def test_a_bool_is_an_int():
    assert check_dagster_type(Int, True).success


def test_a_subclass_passes():
    class A: ...

    class B(A): ...

    assert check_dagster_type(A, B()).success


def test_names_of_typed_containers():
    @op(ins={"x": In(typing.Optional[typing.List[int]]), "y": In(Dict[String, Int])})
    def f(x, y): ...

    assert [i.dagster_type.display_name for i in f.ins.values()] == ["[Int]?", "Dict[String,Int]"]


def test_types_are_equal_by_key():
    A, B = (DagjobType(lambda c, v: True, key="k", name=n) for n in "ab")

    assert A == B
    assert hash(A) == hash(B)


def test_a_tuple_of_classes_is_a_union():
    T = PythonObjectDagsterType((int, str))

    assert T.display_name == "Union[int, str]"
    assert check_dagster_type(T, "a").success
    assert not check_dagster_type(T, 1.5).success


def test_the_same_registration_twice_is_fine():
    class A: ...

    T = DagjobType(lambda c, v: True, name="T")
    for _ in "ab":
        make_python_type_usable_as_dagster_type(A, T)

    @op
    def f(x: A): ...

    assert f.ins["x"].dagster_type is T


def test_a_fan_in_is_checked_as_the_whole_list():
    @op
    def f(xs: typing.List[int]):
        return xs

    assert run(lambda: f([one(), one()])).output_for_node("f") == [1, 1]


def test_an_untyped_input_takes_only_the_forms():
    @op
    def f(x):
        return x

    assert run(lambda: f(), {"ops": {"f": {"inputs": {"x": {"value": 3}}}}}).output_for_node("f") == 3
