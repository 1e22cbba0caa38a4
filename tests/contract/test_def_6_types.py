"""The "Errors" table of contract def-6: what is no type, what does not pass one, and what a loader does wrong."""

from __future__ import annotations

from typing import Any

import pytest
from mistakes import Mistake, ids, make

from dagjob import (
    CheckError,
    DagjobInvalidConfigError,
    DagjobInvalidDefinitionError,
    DagjobInvariantViolationError,
    DagjobTypeCheckDidNotPass,
    Failure,
)

BAD = DagjobInvalidDefinitionError
WRONG = DagjobInvariantViolationError


def takes(kind: str, value: str = "1", above: str = "", then: str = "daily.execute_in_process()") -> str:
    """A job that hands `value` to an input of the type `kind`."""
    return f"""
import typing, collections.abc
{above}
@op
def gives(): return {value}
@op(ins={{'x': In({kind})}})
def takes(x): ...
@job
def daily(): takes(gives())
{then}
"""


def checked(body: str, value: str = "1") -> str:
    """The same with a type `Even` whose check has this body."""
    return takes("Even", value, f"def check(context, value):\n  {body}\nEven = DagjobType(check, name='Even')")


def loaded(loader: str, config: str = "{'path': 'p'}") -> str:
    """A job whose only input is made from run config by this loader."""
    return f"""
{loader}
Words = DagjobType(lambda c, v: True, name='Words', loader=load)
@op(ins={{'words': In(Words)}})
def reads(words): return words
@job
def daily(): reads()
daily.execute_in_process({{'ops': {{'reads': {{'inputs': {{'words': {config}}}}}}}}})
"""


NO_TYPES = {
    "typing.Union[int, str]": "Union",
    "int | str": "int | str",
    "typing.Literal['a']": "Literal",
    "typing.Callable[[], int]": "Callable",
    "typing.Iterator[int]": "Iterator",
    "typing.Type[int]": "Type",
    "typing.TypeVar('T')": "T",
    "typing.NewType('Metres', int)": "Metres",
    "typing.Annotated[int, 1]": "Annotated",
    "typing.Tuple[int, ...]": "...",
    "typing.Awaitable[int]": "Awaitable",
    "typing.List['Later']": "Later",
    "Array(int)": "Array",
    "3": "3",
    "'int'": "int",
    "List[Nothing]": "Nothing",
    "typing.Optional[typing.List[None]]": "Nothing",
}

MISTAKES = [
    *(
        Mistake("no type", BAD, (said, "In(" if "Not" not in said else ""), takes(kind))
        for kind, said in NO_TYPES.items()
    ),
    Mistake(
        "no type",
        BAD,
        ("Out(", "3"),
        """
        @op(out=Out(3))
        def gives(): ...
        """,
    ),
    Mistake("check function", BAD, ("Even", "1"), "DagjobType(lambda value: True, name='Even')"),
    Mistake("check function", BAD, ("Even", "3"), "DagjobType(lambda a, b, c: True, name='Even')"),
    Mistake("no name", CheckError, ("name", "key"), "DagjobType(lambda c, v: True)"),
    Mistake(
        "second registration",
        BAD,
        ("Thing",),
        """
        class Thing: ...

        for name in "ab":
            make_python_type_usable_as_dagster_type(Thing, DagjobType(lambda c, v: True, name=name))
        """,
    ),
    Mistake(
        "registration after inference",
        BAD,
        ("Thing",),
        """
        class Thing: ...

        @op
        def f(x: Thing): ...

        make_python_type_usable_as_dagster_type(Thing, DagjobType(lambda c, v: True, name="T"))
        """,
    ),
    Mistake(
        "two types",
        BAD,
        ("Same", "daily"),
        """
        A, B = (DagjobType(lambda c, v: True, name="Same") for _ in "ab")

        @op(out=Out(A))
        def gives(): ...
        @op(ins={"x": In(B)})
        def takes(x): ...
        @job
        def daily():
            takes(gives())
        """,
    ),
    Mistake(
        "resource of a type",
        BAD,
        ("db", "Even", "daily"),
        takes("Even", above="Even = DagjobType(lambda c, v: True, name='Even', required_resource_keys={'db'})"),
    ),
    Mistake(
        "resource of a loader",
        BAD,
        ("db", "Words", "daily"),
        loaded("@dagster_type_loader({'path': str}, required_resource_keys={'db'})\ndef load(context, config): ..."),
    ),
    Mistake("value", DagjobTypeCheckDidNotPass, ("takes", "x", "Int", "'a'", "str"), takes("int", "'a'")),
    Mistake("value", DagjobTypeCheckDidNotPass, ("takes", "x", "Float"), takes("float", "1")),
    Mistake("value", DagjobTypeCheckDidNotPass, ("takes", "x", "[Int]", "tuple"), takes("typing.List[int]", "(1,)")),
    Mistake(
        "value",
        DagjobTypeCheckDidNotPass,
        ("takes", "x", "Even", "odd"),
        checked("return TypeCheck(False, 'it is odd', {'n': value})"),
    ),
    Mistake(
        "value",
        DagjobTypeCheckDidNotPass,
        ("gives", "result", "Int", "str"),
        """
        @op(out=Out(int))
        def gives():
            return "a"

        @job
        def daily():
            gives()

        daily.execute_in_process()
        """,
    ),
    Mistake("check returns", WRONG, ("Even", "str"), checked("return 'yes'")),
    Mistake("check returns", WRONG, ("Even", "None"), checked("return None")),
    Mistake(
        "loader's config",
        DagjobInvalidConfigError,
        ("root:ops:reads:inputs:words", "path"),
        loaded("@dagster_type_loader({'path': str})\ndef load(context, config): ...", "{}"),
    ),
    Mistake(
        "loader without context",
        BAD,
        ("load", "config"),
        loaded("@dagster_type_loader({'path': str})\ndef load(config): ..."),
    ),
    Mistake(
        "unconnected input",
        BAD,
        ("takes", "thing", "daily"),
        """
        class Thing: ...

        @op
        def takes(thing: Thing): ...
        @job
        def daily():
            takes()
        """,
    ),
    Mistake(
        "outside of a run",
        WRONG,
        ("List",),
        """
        import typing

        check_dagster_type(typing.List[int], [1])
        """,
    ),
]


@pytest.mark.parametrize("mistake", MISTAKES, ids=ids(MISTAKES))
def test_a_mistake_with_a_type(mistake: Mistake) -> None:
    make(mistake)


def the(row: str, number: int = 0) -> Mistake:
    return [each for each in MISTAKES if each.row == row][number]


def test_what_a_check_says_is_on_the_error() -> None:
    error = make(the("value", 3))
    assert isinstance(error, DagjobTypeCheckDidNotPass)
    assert error.description == "it is odd"
    assert error.metadata["n"].value == 1
    assert error.dagster_type.display_name == "Even"


# What the user's own code raises comes out as it is where errors are raised, and is the cause of the step's error.
RAISED = [
    ("DagjobTypeCheckError", ValueError, ("takes", "x", "Even", "int", "boom"), checked("raise ValueError('boom')")),
    ("DagjobTypeCheckError", Failure, ("takes", "x", "Even", "int"), checked("raise Failure('no')")),
    (
        "DagjobTypeLoadingError",
        ValueError,
        ("reads", "words", "boom"),
        loaded("@dagster_type_loader({'path': str})\ndef load(context, config): raise ValueError('boom')"),
    ),
]


@pytest.mark.parametrize(("error", "raised", "tells", "code"), RAISED)
def test_an_exception_of_the_user_is_the_cause(
    error: str, raised: type[Exception], tells: tuple[str, ...], code: str
) -> None:
    assert [word for word in tells if word not in "".join(make(Mistake("raises", raised, (), code)).__notes__)] == []
    names: dict[str, Any] = {"__name__": "jobs"}
    quiet = (
        code.replace("execute_in_process(", "execute_in_process(raise_on_error=False, run_config=")
        if "{'ops'" in code
        else code.replace("execute_in_process()", "execute_in_process(raise_on_error=False)")
    )
    exec("from dagjob import *\n" + quiet.replace("\ndaily.execute", "\nresult = daily.execute"), names)
    (failed,) = [event for event in names["result"].all_events if event.event_type_value == "STEP_FAILURE"]
    told = failed.event_specific_data.error
    assert told.cls_name == error
    assert told.cause.cls_name == raised.__name__
    assert [word for word in tells if word not in told.message] == []
