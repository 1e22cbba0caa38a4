"""The "Errors" table of contract def-1: what `@op` refuses, when it is made, run, and called directly."""

from __future__ import annotations

from pathlib import Path

import pytest
from mistakes import Mistake, ids, make

from dagjob import (
    CheckError,
    DagjobInvalidConfigError,
    DagjobInvalidDefinitionError,
    DagjobInvalidInvocationError,
    DagjobInvalidPythonicConfigDefinitionError,
    DagjobInvariantViolationError,
    DagjobStepOutputNotFoundError,
    DagjobTypeCheckDidNotPass,
    DagjobUnknownResourceError,
    job,
    op,
)

BAD = DagjobInvalidDefinitionError
WRONG = DagjobInvariantViolationError
CALL = DagjobInvalidInvocationError

AT_DEFINITION = [
    Mistake("name", BAD, ("my-op",), "op(name='my-op')(lambda: None)"),
    Mistake("name", BAD, ("class",), "op(name='class')(lambda: None)"),
    Mistake(
        "name",
        BAD,
        ("bad in", "loads"),
        """
        @op(ins={"bad in": In()})
        def loads(**kw): ...
        """,
    ),
    Mistake(
        "name",
        BAD,
        ("input", "loads"),
        """
        @op
        def loads(input): ...
        """,
    ),
    Mistake(
        "name",
        BAD,
        ("bad out", "loads"),
        """
        @op(out={"bad out": Out()})
        def loads(): ...
        """,
    ),
    Mistake("name", BAD, ("a key",), "DynamicOutput(1, mapping_key='a key')"),
    Mistake(
        "context later",
        BAD,
        ("context", "loads"),
        """
        @op
        def loads(x, context): ...
        """,
    ),
    Mistake(
        "in without parameter",
        BAD,
        ("loads", "extra"),
        """
        @op(ins={"extra": In(int)})
        def loads(x): ...
        """,
    ),
    Mistake(
        "star args",
        BAD,
        ("loads", "args"),
        """
        @op
        def loads(*args): ...
        """,
    ),
    Mistake(
        "nothing",
        BAD,
        ("loads", "start"),
        """
        @op(ins={"start": In(Nothing)})
        def loads(start): ...
        """,
    ),
    Mistake(
        "nothing",
        BAD,
        ("loads", "start"),
        """
        @op
        def loads(start: None): ...
        """,
    ),
    Mistake(
        "nothing",
        BAD,
        ("start",),
        """
        @op(ins={"start": In(Nothing, default_value=1)})
        def loads(): ...
        """,
    ),
    Mistake(
        "context annotation",
        BAD,
        ("InitResourceContext", "OpExecutionContext"),
        """
        @op
        def loads(context: InitResourceContext): ...
        """,
    ),
    Mistake(
        "annotation",
        BAD,
        ("loads", "x", "Literal", "In("),
        """
        import typing

        @op
        def loads(x: typing.Literal["a"]): ...
        """,
    ),
    Mistake(
        "annotation",
        BAD,
        ("loads", "x", "Union", "In("),
        """
        import typing

        @op
        def loads(x: typing.Union[int, str]): ...
        """,
    ),
    Mistake(
        "annotation",
        BAD,
        ("loads", "x", "Callable", "In("),
        """
        import typing

        @op
        def loads(x: typing.Callable[[], int]): ...
        """,
    ),
    Mistake(
        "annotation",
        BAD,
        ("loads", "Iterator", "Out("),
        """
        import typing

        @op
        def loads() -> typing.Iterator[int]:
            return iter([])
        """,
    ),
    Mistake(
        "string annotation",
        BAD,
        ("loads", "Missing"),
        """
        @op
        def loads(x: "Missing"): ...
        """,
    ),
    Mistake(
        "string annotation",
        BAD,
        ("loads", "Missing"),
        """
        @op
        def loads() -> "Missing": ...
        """,
    ),
    Mistake(
        "default",
        BAD,
        ("x", "Int", "'a'"),
        """
        @op
        def loads(x: int = "a"): ...
        """,
    ),
    Mistake(
        "default",
        BAD,
        ("x", "Int", "None"),
        """
        @op
        def loads(x: int = None): ...
        """,
    ),
    Mistake(
        "default",
        BAD,
        ("x", "String", "3"),
        """
        @op(ins={"x": In(str, default_value=3)})
        def loads(x): ...
        """,
    ),
    Mistake(
        "several outputs",
        WRONG,
        ("loads", "2", "a, b", "int"),
        """
        @op(out={"a": Out(), "b": Out()})
        def loads() -> int: ...
        """,
    ),
    Mistake(
        "several outputs",
        WRONG,
        ("loads", "2", "3"),
        """
        @op(out={"a": Out(), "b": Out()})
        def loads() -> tuple[int, int, int]: ...
        """,
    ),
    Mistake(
        "several outputs",
        WRONG,
        ("loads", "DynamicOutput"),
        """
        @op
        def loads() -> DynamicOutput: ...
        """,
    ),
    Mistake(
        "config annotation",
        DagjobInvalidPythonicConfigDefinitionError,
        ("Thing",),
        """
        class Thing: ...

        @op
        def loads(config: Thing): ...
        """,
    ),
    Mistake(
        "config annotation",
        DagjobInvalidPythonicConfigDefinitionError,
        ("config", "loads"),
        """
        @op
        def loads(config): ...
        """,
    ),
    Mistake(
        "config twice",
        CheckError,
        ("loads", "config_schema"),
        """
        class C(Config):
            n: int

        @op(config_schema={"n": int})
        def loads(config: C): ...
        """,
    ),
    Mistake(
        "config default",
        CheckError,
        ("loads", "config"),
        """
        class C(Config):
            n: int = 1

        @op
        def loads(config: C = C()): ...
        """,
    ),
    Mistake(
        "pool",
        BAD,
        ("my pool",),
        """
        @op(pool="my pool")
        def loads(): ...
        """,
    ),
    Mistake(
        "pool",
        BAD,
        ("mine", "other"),
        """
        @op(pool="mine", tags={"dagster/concurrency_key": "other"})
        def loads(): ...
        """,
    ),
    Mistake(
        "tag",
        BAD,
        ("t",),
        """
        @op(tags={"t": object()})
        def loads(): ...
        """,
    ),
    Mistake(
        "kinds",
        CheckError,
        ("loads", "x"),
        """
        @op(ins={"x": int})
        def loads(x): ...
        """,
    ),
    Mistake(
        "kinds",
        CheckError,
        ("code_version", "version"),
        """
        @op(code_version="1", version="2")
        def loads(): ...
        """,
    ),
    Mistake("kinds", TypeError, ("x",), "op('x')"),
    Mistake(
        "both styles",
        CheckError,
        ("loads",),
        """
        class R(ConfigurableResource):
            n: int = 1

        @op(required_resource_keys={"a"})
        def loads(r: R): ...
        """,
    ),
]


def running(body: str, returns: str = "", of_op: str = "@op", below: str = "") -> str:
    """A job of one op with this body, run."""
    return f"{of_op}\ndef loads(){returns}:\n  {body}\n{below}@job\ndef daily(): loads()\ndaily.execute_in_process()"


TWO = "@op(out={'a': Out(), 'b': Out()})"
MANY = "@op(out=DynamicOut())"
AT_RUN = [
    Mistake("bare yield", WRONG, ("loads", "int"), running("yield 3")),
    Mistake("wrong tuple", WRONG, ("loads", "a, b", "list"), running("return [1, 2]", of_op=TWO)),
    Mistake("wrong tuple", WRONG, ("loads", "a, b", "3"), running("return 1, 2, 3", of_op=TWO)),
    Mistake("wrong tuple", WRONG, ("loads", "a, b", "NoneType"), running("return None", of_op=TWO)),
    Mistake("unknown output", WRONG, ("loads", "c", "a, b"), running("yield Output(1, 'c')", of_op=TWO)),
    Mistake("repeated output", WRONG, ("loads", "result"), running("yield Output(1)\n  yield Output(2)")),
    Mistake(
        "misnamed output", WRONG, ("loads", '"a"', '"b"'), running("return Output(1, 'b'), Output(2, 'a')", of_op=TWO)
    ),
    Mistake("mixed up", WRONG, ("loads", "DynamicOutput", "result"), running("yield DynamicOutput(1, 'k')")),
    Mistake("mixed up", WRONG, ("loads", "DynamicOutput", "result"), running("return DynamicOutput(1, 'k')")),
    Mistake("mixed up", WRONG, ("loads", "DynamicOutput", "Output"), running("yield Output(1)", of_op=MANY)),
    Mistake("mixed up", WRONG, ("loads", "DynamicOutput", "int"), running("return [1]", of_op=MANY)),
    Mistake("mixed up", WRONG, ("loads", "DynamicOutput", "int"), running("return 1", of_op=MANY)),
    Mistake("mixed up", WRONG, ("loads", "Output", "Int"), running("return Output(1)", " -> int")),
    Mistake("mixed up", WRONG, ("loads", "Output", "int"), running("return 1", " -> Output[int]")),
    Mistake(
        "repeated key",
        WRONG,
        ("loads", "k"),
        running("yield DynamicOutput(1, 'k')\n  yield DynamicOutput(2, 'k')", of_op=MANY),
    ),
    Mistake("returned event", WRONG, ("loads", "AssetMaterialization"), running("return AssetMaterialization('a')")),
    Mistake("returned event", WRONG, ("loads", "ExpectationResult"), running("return ExpectationResult(True)")),
    Mistake(
        "missing output", DagjobStepOutputNotFoundError, ("loads", "b"), running("yield Output(1, 'a')", of_op=TWO)
    ),
    Mistake("type", DagjobTypeCheckDidNotPass, ("loads", "result", "Int", "str"), running("return 'x'", " -> int")),
    Mistake(
        "type",
        DagjobTypeCheckDidNotPass,
        ("shows", "x", "Int", "str"),
        """
        @op
        def loads(): return 'x'
        @op
        def shows(x: int): ...
        @job
        def daily(): shows(loads())
        daily.execute_in_process()
        """,
    ),
    Mistake("body", ValueError, ("boom",), running("raise ValueError('boom')")),
    Mistake(
        "resource",
        DagjobUnknownResourceError,
        ("db", "loads"),
        """
        @op
        def loads(context): context.resources.db
        @job(resource_defs={'db': ResourceDefinition.hardcoded_resource(1)})
        def daily(): loads()
        daily.execute_in_process()
        """,
    ),
]

ONE = "@op\ndef adds(context, x, y=1): return x + y\n"
CONFIGURED = "@op(config_schema={'n': int})\ndef loads(context): ...\n"
NEEDS = "@op(required_resource_keys={'db'})\ndef loads(context): ...\n"
CALLED = [
    Mistake("context missing", CALL, ("adds",), ONE + "adds(1)"),
    Mistake("context missing", CALL, ("loads", "context"), CONFIGURED + "loads()"),
    Mistake("too many", CALL, ("adds",), ONE + "adds(build_op_context(), 1, 2, 3)"),
    Mistake("missing", CALL, ("adds", "x"), ONE + "adds(build_op_context())"),
    Mistake("duplicate", CALL, ("adds", "x"), ONE + "adds(build_op_context(), 1, x=2)"),
    Mistake(
        "nothing",
        CALL,
        ("cleans", "start"),
        """
        @op(ins={"start": In(Nothing)})
        def cleans(): ...

        cleans(start=1)
        """,
    ),
    Mistake("config", DagjobInvalidConfigError, ("loads", "n"), CONFIGURED + "loads(build_op_context())"),
    Mistake(
        "config", DagjobInvalidConfigError, ("n", "'x'"), CONFIGURED + "loads(build_op_context(op_config={'n': 'x'}))"
    ),
    Mistake("resource", BAD, ("db", "loads"), NEEDS + "loads(build_op_context())"),
]


@pytest.mark.parametrize("mistake", AT_DEFINITION, ids=ids(AT_DEFINITION))
def test_a_mistake_in_a_definition(mistake: Mistake) -> None:
    make(mistake)


@pytest.mark.parametrize("mistake", AT_RUN, ids=ids(AT_RUN))
def test_a_mistake_in_a_body(mistake: Mistake) -> None:
    make(mistake)


@pytest.mark.parametrize("mistake", CALLED, ids=ids(CALLED))
def test_a_mistake_in_a_direct_call(mistake: Mistake) -> None:
    make(mistake)


# -- what the errors carry -----------------------------------------------------------------------------------------


def test_a_missing_output_is_told_by_its_step_and_name() -> None:
    error = make(next(each for each in AT_RUN if each.row == "missing output"))
    assert isinstance(error, DagjobStepOutputNotFoundError)
    assert (error.step_key, error.output_name) == ("loads", "b")


def test_a_type_that_does_not_fit_is_on_the_error() -> None:
    error = make(next(each for each in AT_RUN if each.row == "type"))
    assert isinstance(error, DagjobTypeCheckDidNotPass)
    assert error.dagster_type.display_name == "Int"
    assert "int" in (error.description or "")
    assert error.metadata == {}


def test_an_unknown_resource_is_also_an_attribute_error() -> None:
    assert issubclass(DagjobUnknownResourceError, AttributeError)


def test_an_exception_of_the_body_is_the_cause_of_the_step_s_failure() -> None:
    @op
    def loads() -> None:
        raise KeyError("user_id")

    @job
    def daily() -> None:
        loads()

    failure = daily.execute_in_process(raise_on_error=False).failure_data_for_node("loads")
    assert failure is not None
    assert failure.error.cls_name == "DagjobExecutionStepExecutionError"
    assert failure.error.cause is not None
    assert failure.error.cause.cls_name == "KeyError"
    assert "user_id" in failure.error.cause.message
    assert any("loads" in line for line in failure.error.cause.stack)


def test_a_mistake_in_a_definition_knows_its_place() -> None:
    with pytest.raises(DagjobInvalidDefinitionError) as caught:

        @op
        def loads(x: int, context: object) -> None: ...

    place = caught.value.place
    assert place is not None
    assert place.file == __file__
    assert "@op" in Path(__file__).read_text().splitlines()[place.line - 1]
