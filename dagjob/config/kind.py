"""What a kind of config is: the class `Schema`. Every kind is one subclass of it, and one of your own can be.

A schema is a tree of kinds that says what a value may be, and holds no value. All that is done with a config asks the
methods of its kinds, so a kind needs no entry in any table. One of your own has at least `read`:

    class Duration(Schema):
        def read(self, value: object) -> object: ...

    @op(config_schema={"wait": Field(Duration(), default_value="90s")})

method           what it says                                                  when it is not defined
read             what the op gets for a value; raises where it does not fit    must be, unless `accept` is
accept           the same with the walk at hand, for values that have parts    calls `read`
type_name        the name in `dagjob show` and in messages                     the name of the class
expectation      the end of the sentence "must be ..."                         "a" and the type name
choices          texts of which a misspelt one gets the nearest suggested      none
example          a value that fits, for `dagjob config new`                    "..."
json_schema      what `dagjob schema` writes for editors                       {}: anything
is_secret        whether values are masked wherever they would be shown        False
parts            the schemas of what stands inside a value                     none
implied_default  what a field that is absent holds                             it must be there

`check` and `resolve` are one walk down a value that never stops at the first problem; its work is linear in the size of
value and schema. Defining a schema happens at the import of every job module that has one, so what only explains a
mistake or draws JSON Schema is loaded when there is a mistake or something to draw.
"""

from __future__ import annotations

import typing
from collections.abc import Callable, Iterator, Mapping
from types import MappingProxyType

from dagjob.config.config_class import is_config_class
from dagjob.errors import DagjobError, DagjobInvalidDefinitionError
from dagjob.record import Record

if typing.TYPE_CHECKING:
    from dagjob.config.json_schema import Drawing, JsonSchema
    from dagjob.config.problems import Problem

Where = tuple[str, ...]
"""The names that lead to something in a dict schema, for messages."""


class _Mark:
    """A value that is none of the user's, so that None can be one."""

    __slots__ = ("name", "shown")

    def __init__(self, name: str, shown: str) -> None:
        self.name = name
        self.shown = shown

    def __repr__(self) -> str:
        return self.shown

    def __bool__(self) -> bool:
        return False

    def __reduce__(self) -> str:
        return self.name


NO_DEFAULT = _Mark("NO_DEFAULT", "<no default>")
EACH = _Mark("EACH", "<each>")
"""The key of `Schema.parts` for all elements of a list, or all values of a mapping, alike."""
ITSELF = _Mark("ITSELF", "<itself>")
"""The key of `Schema.parts` for another schema of the same value, as in a field or in `Noneable`. It stands alone."""

Parts = Mapping[typing.Any, "Schema"]
"""Schemas by the key or index of what they are for, or by `EACH` or `ITSELF`."""

_NO_PARTS: Parts = MappingProxyType({})


class Schema:
    """One kind of config value; see the head of this file. Instances do not change."""

    __slots__ = ()

    description: str | None = None
    config_class: type | None = None
    """The `Config` class that the schema was made from."""

    @property
    def is_secret(self) -> bool:
        """Whether values are secrets, to be masked wherever they would be shown."""
        return False

    def read(self, value: object) -> object:
        """What the op gets for `value`. Any exception says that it does not fit; the text of a ValueError says why.

        Called for the check and again for the run, with the value as the user wrote it.
        """
        raise NotImplementedError(f"{type(self).__name__} is a Schema without the method read(value)")

    def accept(self, value: object, walk: Walk) -> object:
        """`value` with its defaults filled in and, if `walk.resolving`, as the op gets it.

        Problems are added to the walk. What was accepted is accepted again.
        """
        try:
            meant = self.read(value)
        except NotImplementedError:
            raise
        except Exception as error:
            return walk.mismatch(self, value, why=error)
        return meant if walk.resolving else value

    def type_name(self, depth: int = 3) -> str:
        """The schema as a user would write it: `int`, `[str]`, `{path: str, limit?: int}`, at most `depth` dicts deep."""
        return type(self).__name__.lower()

    def expectation(self) -> str:
        """What a value must be, as the end of a sentence: `an integer`, `one of RED, BLUE`."""
        name = self.type_name()
        return f"{'an' if name[0] in 'aeiou' else 'a'} {name}"

    def choices(self) -> tuple[str, ...]:
        """The texts that fit, where these are few: the nearest is suggested for one that does not."""
        return ()

    def example(self) -> object:
        """A smallest value that fits, to paste and change."""
        return "..."

    def json_schema(self, drawing: Drawing) -> JsonSchema:
        """The schema as JSON Schema; `drawing.of` gives that of a part."""
        return {}

    def parts(self) -> Parts:
        """The schemas of what stands inside a value, for all that looks for something in a config, as for secrets."""
        return _NO_PARTS

    def implied_default(self) -> object:
        """What an absent field of this kind holds when it says nothing itself; `NO_DEFAULT`: it must be there."""
        return NO_DEFAULT

    def empty(self) -> object:
        """The empty value, of a kind that has one: what is meant where a selector names only its key."""
        return None

    def core(self) -> Schema:
        """What a value is when it is not null, seen through fields, `Noneable` and `configured`."""
        return self

    def needs(self, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], str]]:
        """The leaves that a value at `path` must at least have, with their types: `(("config", "n"), "int")`."""
        yield path, self.type_name(1)

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.type_name()}>"


class Wrapper(Schema):
    """A kind that says something about the values of another kind, which `wrapped` gives."""

    __slots__ = ()

    def wrapped(self) -> Schema:
        """The schema that it stands around."""
        raise NotImplementedError

    @property
    def is_secret(self) -> bool:
        return self.wrapped().is_secret

    def type_name(self, depth: int = 3) -> str:
        return self.wrapped().type_name(depth)

    def expectation(self) -> str:
        return self.wrapped().expectation()

    def choices(self) -> tuple[str, ...]:
        return self.wrapped().choices()

    def example(self) -> object:
        return self.wrapped().example()

    def json_schema(self, drawing: Drawing) -> JsonSchema:
        return drawing.of(self.wrapped())

    def parts(self) -> Parts:
        return {ITSELF: self.wrapped()}

    def implied_default(self) -> object:
        return self.wrapped().implied_default()

    def core(self) -> Schema:
        return self.wrapped().core()

    def needs(self, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], str]]:
        return self.wrapped().needs(path)


# -- checking ------------------------------------------------------------------------------------------------------


Relation = typing.Literal["field", "item", "key", "value"]
"""What stands at the end of a step down: a field, an item of a list, a key or a value of a map."""


class Checked(Record):
    """What a check found. `value` means something only when there are no problems."""

    value: typing.Any
    problems: tuple[Problem, ...] = ()
    read: tuple[tuple[str, str], ...] = ()
    """The environment variables that were read, each behind the field that it is for."""

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
    return Checked(schema.accept(value, walk), tuple(walk.problems), tuple(walk.read))


class Walk:
    """One walk down a value: where it is, and what it has found so far."""

    __slots__ = ("environ", "problems", "read", "resolving", "secrets", "trail")

    def __init__(self, environ: Mapping[str, str] | None) -> None:
        self.environ = environ
        """The environment variables; None while only checking."""
        self.resolving = environ is not None
        """Whether values are wanted as ops get them, or as the user wrote them."""
        self.problems: list[Problem] = []
        self.read: list[tuple[str, str]] = []
        """The environment variables that were read, each behind the field that it is for."""
        self.trail: list[tuple[str, typing.Any]] = []
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


# -- questions about a whole schema --------------------------------------------------------------------------------


def part_at(schema: Schema, key: object) -> Schema | None:
    """The schema of what stands under a key or index of a value; None where the schema says nothing about that."""
    parts = schema.parts()
    while ITSELF in parts:
        parts = parts[ITSELF].parts()
    return parts.get(key) or parts.get(EACH)


def parts_of(schema: Schema, value: object) -> Iterator[tuple[typing.Any, Schema, object]]:
    """The parts of a value that the schema knows: (key or index, schema, value)."""
    parts = schema.parts()
    while ITSELF in parts:
        parts = parts[ITSELF].parts()
    each = parts.get(EACH)
    entries = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in entries:
        part = parts.get(key, each)
        if part is not None:
            yield key, part, inner


def walk(schema: Schema) -> Iterator[Schema]:
    """The schema and all that stands in it, each once."""
    seen: set[int] = set()
    waiting = [schema]
    while waiting:
        here = waiting.pop()
        if id(here) not in seen:
            seen.add(id(here))
            yield here
            waiting += here.parts().values()


# -- what a user may write for a schema ----------------------------------------------------------------------------


PYTHON_TYPES: dict[object, Schema] = {}
"""What stands for a Python type such as `int`; filled where the kinds are defined."""
SHORT_FORMS: dict[type, Callable[[typing.Any, Where], Schema]] = {}
"""How a dict and a list are read as schemas; filled where the kinds are defined."""


def to_schema(thing: object, where: Where = ()) -> Schema:
    """The schema that `thing` stands for: a type, a dict of fields, `[T]`, a `Config` class, a schema itself.

    None is Any. A `Field` stays a field, for the sake of its default. `where` leads to `thing` in a larger schema.
    """
    return PYTHON_TYPES[typing.Any] if thing is None else convert(thing, where)


def convert(thing: object, where: Where) -> Schema:
    """`to_schema` of something that is not None."""
    read = SHORT_FORMS.get(type(thing))
    if read is not None:
        return read(thing, where)
    known = known_type(thing)
    if known is not None:
        return known
    if is_config_class(thing):
        return thing.__dagjob_schema__()
    for form, read in SHORT_FORMS.items():  # a subclass of dict or list
        if isinstance(thing, form):
            return read(thing, where)
    raise _refusal(thing, where)


def known_type(thing: object) -> Schema | None:
    """The schema that stands for a Python type, or a schema itself."""
    if isinstance(thing, Schema):
        return thing
    try:
        return PYTHON_TYPES.get(thing)
    except TypeError:  # not hashable
        return None


def at(where: Where) -> str:
    """` at outer:inner`, for messages; nothing at the top."""
    return f" at {':'.join(where)}" if where else ""


def _refusal(thing: object, where: Where) -> DagjobError:
    if isinstance(thing, type) and issubclass(thing, Schema):
        name = thing.__name__
        return DagjobInvalidDefinitionError(
            f"{name} is the class of a schema{at(where)}: write {name}(...) to make one."
        )
    from dagjob.config.refusals import refusal

    return refusal(thing, where)
