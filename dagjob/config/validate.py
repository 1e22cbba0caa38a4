"""(schema, value) to (value, problems): one walk that never raises and never stops at the first problem.

`check` says whether a value fits, fills in defaults and keeps `{"env": ...}` as it stands. `resolve` does the same and
then what is only done for a run: it reads the environment that it is given, turns names of enum members into Python
values and ints into floats, and calls `configured` functions.

What fits is known to the kinds (`Schema.accept`); the walk knows where it is and what it has found. The work is linear
in the size of value and schema.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Literal

from dagjob.record import Record

if TYPE_CHECKING:
    from dagjob.config.kind import Schema
    from dagjob.config.problems import Problem

Relation = Literal["field", "item", "key", "value"]
"""What stands at the end of a step down: a field, an item of a list, a key or a value of a map."""


class Checked(Record):
    """What a check found. `value` means something only when there are no problems."""

    value: Any
    problems: tuple[Problem, ...] = ()

    @property
    def success(self) -> bool:
        """Whether the value fits."""
        return not self.problems


def check(schema: Schema, value: object) -> Checked:
    """Whether `value` fits, and the value with its defaults filled in. Nothing is read from the environment."""
    walk = Walk(None)
    return Checked(schema.accept(value, walk), tuple(walk.problems))


def resolve(schema: Schema, value: object, environ: Mapping[str, str]) -> Checked:
    """What the run gets: `check`, and then environment, enums, floats and `configured` functions.

    `value` may be as given or as `check` left it. Raises only `DagjobConfigMappingFunctionError`, when a `configured`
    function raises.
    """
    walk = Walk(environ)
    return Checked(schema.accept(value, walk), tuple(walk.problems))


class Walk:
    """One walk down a value: where it is, and what it has found so far."""

    __slots__ = ("environ", "problems", "resolving", "secrets", "trail")

    def __init__(self, environ: Mapping[str, str] | None) -> None:
        self.environ = environ
        """The environment variables; None while only checking."""
        self.resolving = environ is not None
        """Whether values are wanted as ops get them, or as the user wrote them."""
        self.problems: list[Problem] = []
        self.trail: list[tuple[str, Any]] = []
        """The steps from the top: ("field", name), ("item", index), ("key", map key) or ("value", map key)."""
        self.secrets = 0
        """How many secret fields it is inside of."""

    def inside(self, relation: Relation, at: object, schema: Schema, value: object) -> object:
        """What `schema` makes of `value`, which stands one step further down."""
        self.trail.append((relation, at))
        result = schema.accept(value, self)
        self.trail.pop()
        return result

    def add(self, problem: Problem) -> None:
        """Add a problem: of `problems.py`, which whoever has one imports when there is one."""
        self.problems.append(problem)

    def mismatch(self, schema: Schema, value: object, why: Exception | None = None) -> object:
        """Add that the value, which is returned, does not fit `schema`. `why` is what reading it raised."""
        from dagjob.config.problems import mismatch

        self.problems.append(mismatch(tuple(self.trail), schema, value, self.secrets > 0, why=why))
        return value
