"""Runtime types: what an annotation stands for, what passes, registered classes, refusals (contract def-6)."""

from __future__ import annotations

import collections.abc
import typing
from collections.abc import Callable
from typing import Any, NamedTuple, Protocol, TypedDict

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dagjob.config.schema import Array
from dagjob.definitions import types as dagjob_types
from dagjob.definitions.dagjob_type import DagjobType, PythonObjectDagsterType
from dagjob.definitions.types import (
    ANY,
    NOTHING,
    check_dagster_type,
    is_nothing,
    make_python_type_usable_as_dagster_type,
    resolve_type,
    usable_as_dagster_type,
)
from dagjob.errors import (
    CheckError,
    DagjobInvalidDefinitionError,
    DagjobInvariantViolationError,
    ParameterCheckError,
)
from dagjob.values.observations import TypeCheck


class My: ...


class Child(My): ...


class Kind(NamedTuple):
    annotation: Any
    name: str
    key: str
    has_loader: bool


KINDS = [
    Kind(None, "Any", "Any", True),
    Kind(Any, "Any", "Any", True),
    Kind(int, "Int", "Int", True),
    Kind(float, "Float", "Float", True),
    Kind(str, "String", "String", True),
    Kind(bool, "Bool", "Bool", True),
    Kind(type(None), "Nothing", "Nothing", False),
    Kind(list, "[Any]", "List.Any", True),
    Kind(typing.List, "[Any]", "List.Any", True),  # noqa: UP006
    Kind(collections.abc.Sequence, "Sequence", "_TypeHintInferred[collections.abc.Sequence]", False),
    Kind(collections.abc.Mapping, "Mapping", "_TypeHintInferred[collections.abc.Mapping]", False),
    Kind(typing.List[int], "[Int]", "List.Int", True),  # noqa: UP006
    Kind(list[int], "[Int]", "List.Int", True),
    Kind(typing.Sequence[int], "[Int]", "List.Int", True),
    Kind(list[My], "[My]", f"List._TypeHintInferred[{__name__}.My]", False),
    Kind(dict, "dict", "dict", True),
    Kind(typing.Dict, "dict", "dict", True),  # noqa: UP006
    Kind(typing.Mapping, "dict", "dict", True),
    Kind(dict[str, int], "Dict[String,Int]", "TypedPythonDict.String.Int", True),
    Kind(collections.abc.Mapping[str, int], "Dict[String,Int]", "TypedPythonDict.String.Int", True),
    Kind(dict[int, int], "Dict[Int,Int]", "TypedPythonDict.Int.Int", False),
    Kind(set, "set", "set", False),
    Kind(set[int], "Set[Int]", "TypedPythonSet.Int", True),
    Kind(tuple, "tuple", "tuple", False),
    Kind(tuple[int, str], "Tuple[Int,String]", "TypedPythonTuple.Int.String", True),
    Kind(typing.Optional[int], "Int?", "Optional.Int", True),  # noqa: UP045
    Kind(int | None, "Int?", "Optional.Int", True),
    Kind(None | list[int], "[Int]?", "Optional.List.Int", True),
    Kind(typing.Optional[My], "My?", f"Optional._TypeHintInferred[{__name__}.My]", False),  # noqa: UP045
    Kind(list[list[int]], "[[Int]]", "List.List.Int", True),
    Kind(My, "My", f"_TypeHintInferred[{__name__}.My]", False),
    Kind(dagjob_types.List, "[Any]", "List.Any", True),
    Kind(dagjob_types.Dict, "dict", "dict", True),
    Kind(dagjob_types.List[int], "[Int]", "List.Int", True),
    Kind(dagjob_types.Optional[dagjob_types.List[int]], "[Int]?", "Optional.List.Int", True),
    Kind(dagjob_types.Dict[str, int], "Dict[String,Int]", "TypedPythonDict.String.Int", True),
    Kind(dagjob_types.Set[int], "Set[Int]", "TypedPythonSet.Int", True),
    Kind(dagjob_types.Tuple[int, str], "Tuple[Int,String]", "TypedPythonTuple.Int.String", True),
]


def shown(value: object) -> str:
    """The name of a case: without an address, which differs in each process that runs tests."""
    text = repr(value)
    return type(value).__name__ if " at 0x" in text else text


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: repr(kind.annotation))
def test_every_annotation_has_a_name_a_key_and_perhaps_a_loader(kind: Kind) -> None:
    made = resolve_type(kind.annotation)
    assert (made.display_name, made.key, made.loader is not None) == kind[1:]


T = typing.TypeVar("T")


@pytest.mark.parametrize(
    "bad",
    [
        typing.Union[int, str],  # noqa: UP007
        int | str | None,
        typing.Literal["a"],
        typing.Callable,
        typing.Callable[[], int],
        collections.abc.Iterator[int],
        type[int],
        T,
        typing.NewType("N", int),
        typing.Annotated[int, 3],
        tuple[int, ...],
        typing.Awaitable[int],
        typing.List["My"],  # noqa: UP006
        "int",
        5,
        [int],
        {"a": int},
        Array(int),
        Array,
    ],
    ids=shown,
)
def test_what_cannot_be_checked_is_refused_with_the_place_and_what_is_allowed(bad: Any) -> None:
    with pytest.raises(DagjobInvalidDefinitionError, match=r'input "x" of op "f".*Allowed are') as caught:
        resolve_type(bad, 'input "x" of op "f"')
    shown = "ForwardRef('My')" if "ForwardRef" in repr(bad) else repr(bad)
    assert shown in str(caught.value)


@pytest.mark.parametrize(
    "bad",
    [
        lambda: dagjob_types.List[type(None)],
        lambda: dagjob_types.Optional[type(None)],
        lambda: dagjob_types.Tuple[int, type(None)],
        lambda: dagjob_types.Set[type(None)],
        lambda: resolve_type(list[None]),
        lambda: resolve_type(tuple[int, None]),
    ],
)
def test_nothing_cannot_stand_inside_another_type(bad: Callable[[], object]) -> None:
    with pytest.raises(DagjobInvalidDefinitionError, match="Nothing"):
        bad()


def test_a_constructor_takes_as_many_types_as_it_has_parts() -> None:
    with pytest.raises(DagjobInvalidDefinitionError, match=r"Dict\[\.\.\.\] takes 2"):
        dagjob_types.Dict[str]


def test_one_type_is_made_for_each_class_and_reused() -> None:
    assert resolve_type(My) is resolve_type(My)
    assert resolve_type(Child) is not resolve_type(My)


def test_a_type_of_ours_is_itself() -> None:
    even = DagjobType(lambda _, v: v % 2 == 0, name="Even")
    assert resolve_type(even) is even
    assert dagjob_types.List[even].display_name == "[Even]"


def test_only_nothing_is_nothing() -> None:
    assert is_nothing(NOTHING)
    assert not is_nothing(ANY)
    assert not is_nothing(resolve_type(int | None))


# -- what passes ---------------------------------------------------------------------------------------------------


class Point(TypedDict):
    x: int


class Sized(Protocol):
    def __len__(self) -> int: ...


@pytest.mark.parametrize(
    ("annotation", "value", "expected"),
    [
        (Any, object(), True),
        (int, 1, True),
        (int, True, True),
        (int, 1.0, False),
        (int, None, False),
        (float, 1.0, True),
        (float, 1, False),
        (str, "", True),
        (bool, 1, False),
        (type(None), None, True),
        (type(None), 4, False),
        (My, Child(), True),
        (Child, My(), False),
        (list, (1,), False),
        (list[int], [], True),
        (list[int], (1,), False),
        (list[int], [1, "a"], False),
        (list[Any], [1, "a"], True),
        (dict, {1: 2}, True),
        (dict[str, int], {"a": 1}, True),
        (dict[str, int], {"a": "b"}, False),
        (dict[str, int], {1: 1}, False),
        (dict[str, type(None)], {"a": None}, True),
        (dict[str, type(None)], {"a": 1}, False),
        (set[int], {1}, True),
        (set[int], {"a"}, False),
        (set[int], frozenset({1}), False),
        (tuple[int, str], (1, "a"), True),
        (tuple[int, str], (1,), False),
        (tuple[int, str], (1, 2), False),
        (tuple[int, str], [1, "a"], False),
        (int | None, None, True),
        (int | None, "a", False),
        (list[list[int]], [[1], [2]], True),
        (list[list[int]], [[1], ["x"]], False),
        (Point, {"x": 1}, True),
        (Point, 1, False),
        (Sized, 5, True),  # a protocol that Python cannot check: everything passes
    ],
    ids=shown,
)
def test_what_passes(annotation: Any, value: Any, expected: bool) -> None:
    kind = resolve_type(annotation)
    assert kind.passes(value) is expected
    assert kind.type_check(None, value).success is expected


SIMPLE = st.sampled_from([int, str, float, bool, Any, list, dict])
ANNOTATIONS = st.recursive(
    SIMPLE,
    lambda inner: st.one_of(
        inner.map(lambda t: list[t]),
        st.tuples(st.just(str), inner).map(lambda kv: dict[kv]),
        st.tuples(inner, inner).map(lambda ts: tuple[ts]),
        inner.map(lambda t: t | None if t is not Any else t),
    ),
    max_leaves=4,
)
VALUES = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.text(max_size=3)),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3), st.dictionaries(st.text(max_size=2), inner, max_size=2), st.tuples(inner, inner)
    ),
    max_leaves=6,
)


@given(ANNOTATIONS, VALUES)
def test_the_quick_answer_is_that_of_the_whole_check(annotation: Any, value: Any) -> None:
    kind = resolve_type(annotation)
    assert kind.passes(value) is kind.type_check(None, value).success


def test_a_value_that_does_not_pass_is_told_with_its_python_type_and_its_place() -> None:
    answer = resolve_type(list[int]).type_check(None, [1, "abc"])
    assert answer.description is not None
    assert all(word in answer.description for word in ("[1]", "'abc'", "str", "int"))


def test_a_long_value_is_cut() -> None:
    answer = resolve_type(int).type_check(None, "x" * 10_000)
    assert len(answer.description or "") < 400


# -- types of the user ---------------------------------------------------------------------------------------------


def test_a_check_function_answers_with_a_bool_or_a_type_check() -> None:
    seen: list[Any] = []

    def even(context: Any, value: Any) -> Any:
        seen.append(context)
        return TypeCheck(value % 2 == 0, f"{value} is odd", {"value": value}) if value else False

    kind = DagjobType(name="Even", type_check_fn=even, description="even ints", required_resource_keys={"r"})
    assert kind.passes(2) is None, "only the check knows"
    assert kind.type_check("context", 2).success
    assert kind.type_check("context", 3).metadata["value"].value == 3
    assert kind.type_check("context", 0) == TypeCheck(False)
    assert seen == ["context"] * 3
    assert (kind.display_name, kind.unique_name, kind.has_unique_name, kind.key) == ("Even", "Even", True, "Even")
    assert (kind.description, kind.required_resource_keys) == ("even ints", {"r"})


def test_a_container_asks_the_check_of_its_elements() -> None:
    even = DagjobType(lambda _, v: v % 2 == 0, name="Even", required_resource_keys={"r"})
    kind = dagjob_types.List[even]
    assert kind.passes([2]) is None
    assert kind.type_check(None, [2, 4]).success
    assert "[1]" in (kind.type_check(None, [2, 3]).description or "")
    assert kind.required_resource_keys == {"r"}


@pytest.mark.parametrize("answer", [5, None, "yes"])
def test_any_other_answer_is_an_error_that_names_the_type(answer: Any) -> None:
    with pytest.raises(DagjobInvariantViolationError, match="Odd"):
        DagjobType(name="Odd", type_check_fn=lambda _, v: answer).type_check(None, 1)


def test_what_the_check_raises_comes_out() -> None:
    def boom(_context: Any, _value: Any) -> bool:
        raise ValueError("kaboom")

    with pytest.raises(ValueError, match="kaboom"):
        DagjobType(name="T", type_check_fn=boom).type_check(None, 1)


class Checker:
    def method(self, context: Any, value: Any) -> bool:
        return True

    def too_many(self, context: Any, value: Any, more: Any) -> bool:
        return True


@pytest.mark.parametrize("fn", [lambda v: True, lambda: True, lambda a, b, c: True, Checker().too_many])
def test_a_check_function_takes_two_parameters(fn: Any) -> None:
    with pytest.raises(DagjobInvalidDefinitionError, match="Named"):
        DagjobType(name="Named", type_check_fn=fn)


def test_self_is_not_counted() -> None:
    assert DagjobType(name="T", type_check_fn=Checker().method).type_check(None, 1).success


@pytest.mark.parametrize(
    "make",
    [
        lambda: DagjobType(type_check_fn=lambda _, v: True),
        lambda: DagjobType(name=5, type_check_fn=lambda _, v: True),
        lambda: DagjobType(name="T", type_check_fn=5),
        lambda: DagjobType(name="T", type_check_fn=lambda _, v: True, loader=5),
        lambda: PythonObjectDagsterType("int"),
        lambda: PythonObjectDagsterType((int, "str")),
    ],
)
def test_arguments_of_the_wrong_kind_are_refused(make: Callable[[], object]) -> None:
    with pytest.raises(CheckError):
        make()


def test_types_are_equal_by_key() -> None:
    one = DagjobType(name="A", type_check_fn=lambda _, v: True)
    same = DagjobType(key="A", type_check_fn=lambda _, v: False)
    assert one == same
    assert hash(one) == hash(same)
    assert one != DagjobType(name="B", type_check_fn=lambda _, v: True)
    assert (same.display_name, same.has_unique_name) == ("A", False)


def test_metadata_of_a_type_is_wrapped_and_checked() -> None:
    kind = DagjobType(name="A", type_check_fn=lambda _, v: True, metadata={"n": 1})
    assert kind.metadata["n"].value == 1
    with pytest.raises(Exception, match="object"):
        DagjobType(name="A", type_check_fn=lambda _, v: True, metadata={"n": object()})


# -- classes -------------------------------------------------------------------------------------------------------


def test_a_class_may_bring_its_own_type() -> None:
    @usable_as_dagster_type(name="Point", description="a point")
    class Pt: ...

    @usable_as_dagster_type
    class Bare: ...

    kind = resolve_type(Pt)
    assert (kind.display_name, kind.description) == ("Point", "a point")
    assert kind.passes(Pt())
    assert not kind.passes(3)
    assert resolve_type(Bare).display_name == "Bare"
    assert resolve_type(list[Pt]).display_name == "[Point]"


def test_a_foreign_class_may_be_given_a_type_once_before_its_first_use() -> None:
    class Foreign: ...

    class Late: ...

    alien = PythonObjectDagsterType(Foreign, name="Alien")
    make_python_type_usable_as_dagster_type(Foreign, alien)
    make_python_type_usable_as_dagster_type(Foreign, alien)
    assert resolve_type(Foreign) is alien
    with pytest.raises(DagjobInvalidDefinitionError, match=r"Foreign.*Alien"):
        make_python_type_usable_as_dagster_type(Foreign, PythonObjectDagsterType(Foreign, name="Again"))
    resolve_type(Late)
    with pytest.raises(DagjobInvalidDefinitionError, match=r"Late.*before"):
        make_python_type_usable_as_dagster_type(Late, PythonObjectDagsterType(Late, name="Again"))
    with pytest.raises(DagjobInvalidDefinitionError, match="int"):
        make_python_type_usable_as_dagster_type(int, PythonObjectDagsterType(int, name="Mine"))
    with pytest.raises(ParameterCheckError):
        make_python_type_usable_as_dagster_type(5, alien)  # type: ignore[arg-type]


def test_a_type_of_several_classes() -> None:
    both = PythonObjectDagsterType((int, str), name="IntOrStr")
    assert check_dagster_type(both, 1).success
    assert not check_dagster_type(both, 1.5).success
    assert PythonObjectDagsterType((int, str)).display_name == "Union[int, str]"
    assert PythonObjectDagsterType(My).display_name == "My"


def test_a_value_can_be_checked_outside_of_a_run() -> None:
    told = check_dagster_type(int, "abc").description
    assert told is not None
    assert all(word in told for word in ("abc", "str", "int"))
    assert check_dagster_type(dagjob_types.List[int], [1]).success
    with pytest.raises(DagjobInvariantViolationError, match="List"):
        check_dagster_type(list[int], [1])


def test_a_check_outside_of_a_run_may_log() -> None:
    def check(context: Any, value: Any) -> bool:
        context.log.info("checked %s", value)
        return isinstance(context.run_id, str)

    assert check_dagster_type(DagjobType(name="T", type_check_fn=check), 1).success


@pytest.mark.parametrize(
    ("annotation", "typing_type"),
    [
        (list, typing.List[typing.Any]),  # noqa: UP006
        (list[My], typing.List[My]),  # noqa: UP006
        (dict, dict),
        (dict[str, int], typing.Dict[str, int]),  # noqa: UP006
        (set[int], typing.Set[int]),  # noqa: UP006
        (tuple[int, str], typing.Tuple[int, str]),  # noqa: UP006
        (int | None, typing.Optional[int]),  # noqa: UP045
        (PythonObjectDagsterType((int, str), name="Either"), typing.Union[int, str]),  # noqa: UP007
    ],
    ids=shown,
)
def test_a_type_knows_the_annotation_that_stands_for_it(annotation: Any, typing_type: Any) -> None:
    assert resolve_type(annotation).typing_type == typing_type
