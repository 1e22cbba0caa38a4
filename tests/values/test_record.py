"""Records: a class acts the same before and after its methods are compiled."""

from __future__ import annotations

import pickle

import pytest

from dagjob.record import _OFTEN, Record, replace


class Point(Record):
    x: int
    y: int = 2


class Deep(Point):
    z: tuple[int, ...] = ()


class Checked(Record):
    word: str

    def __post_init__(self) -> None:
        if not self.word:
            raise ValueError("empty")


class Loose(Record):
    """Equal to any of its class, and without a hash."""

    name: str

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Loose)

    __hash__ = None  # type: ignore[assignment]


@pytest.fixture(params=[0, _OFTEN], ids=["new", "compiled"])
def uses(request: pytest.FixtureRequest) -> int:
    """How often each class was used before."""
    for _ in range(request.param):
        Point(1), Deep(1), Checked("a"), Loose("a")
    return int(request.param)


@pytest.mark.usefixtures("uses")
class TestARecord:
    def test_takes_its_fields_by_position_and_by_name(self) -> None:
        assert (Point(1), Point(1, 3), Point(y=5, x=4)) == (Point(1, 2), Point(1, y=3), Point(4, 5))
        assert repr(Deep(1, z=(3,))) == "Deep(x=1, y=2, z=(3,))"

    def test_refuses_wrong_arguments_as_any_call_does(self) -> None:
        with pytest.raises(TypeError, match="missing 1 required positional argument: 'x'"):
            Point()  # type: ignore[call-arg]
        with pytest.raises(TypeError, match="unexpected keyword argument 'w'"):
            Point(1, w=2)  # type: ignore[call-arg]
        with pytest.raises(TypeError, match="multiple values for argument 'x'"):
            Point(1, x=1)  # type: ignore[misc]
        with pytest.raises(TypeError, match="from 2 to 3 positional arguments but 4 were given"):
            Point(1, 2, 3)  # type: ignore[call-arg]

    def test_is_equal_by_class_and_fields(self) -> None:
        assert Point(1) == Point(1, 2) != Point(2)
        assert Point(1) != Deep(1) and Deep(1) == Deep(1, 2, ()) and Deep(1) != Deep(1, 2, (3,))
        assert len({Point(1), Point(1, 2), Deep(1), Deep(1, 2, (3,))}) == 3

    def test_checks_itself(self) -> None:
        with pytest.raises(ValueError, match="empty"):
            Checked("")

    def test_keeps_the_methods_of_its_class(self) -> None:
        assert Loose("a") == Loose("b")
        with pytest.raises(TypeError, match="unhashable"):
            hash(Loose("a"))

    def test_is_frozen_copied_and_pickled(self) -> None:
        with pytest.raises(AttributeError, match="frozen"):
            Point(1).x = 2  # type: ignore[misc]
        assert replace(Deep(1), z=(4,)) == pickle.loads(pickle.dumps(Deep(1, z=(4,))))
