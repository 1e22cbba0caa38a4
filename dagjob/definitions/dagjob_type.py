"""A runtime type: a name, a check of values, and perhaps a loader that makes a value from run config.

Values are checked whenever they leave an op or enter one, so a type may offer `passes`, which answers at once for
builtin types and says None where the check function of the user must be asked.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any, Union

from dagjob.definitions.parameters import parameters_of
from dagjob.definitions.type_loaders import BuiltinLoader, DagjobTypeLoader
from dagjob.errors import CheckError, DagjobInvalidDefinitionError, DagjobInvariantViolationError, ParameterCheckError
from dagjob.values.checks import brief, check_kind, check_member

if TYPE_CHECKING:
    from dagjob.values.metadata import MetadataValue
    from dagjob.values.observations import TypeCheck

    Passes = Callable[[Any], bool | None]


INFERRED = "_TypeHintInferred["
"""How the key of a type begins that was made of a class in an annotation."""


class DagjobType:
    """What the values of an input or output must be.

    `type_check_fn(context, value)` returns a bool or a `TypeCheck`. `name` or `key` must be given; types are equal when
    their keys are. `required_resource_keys` are those that the check uses.
    """

    __slots__ = (
        "_metadata", "_name", "description", "is_builtin", "is_nothing", "key", "loader", "parts", "passes",
        "required_resource_keys", "type_check_fn", "typing_type",
    )  # fmt: skip

    parts: tuple[DagjobType, ...]
    """The types of the elements of a container."""

    passes: Passes
    """Whether a value is of this type: True, False, or None when only `type_check` knows."""

    def __init__(
        self,
        type_check_fn: Callable[[Any, Any], Any],
        key: str | None = None,
        name: str | None = None,
        is_builtin: bool = False,
        description: str | None = None,
        loader: DagjobTypeLoader | None = None,
        required_resource_keys: Iterable[str] | None = None,
        kind: object = None,
        typing_type: Any = Any,
        metadata: Mapping[str, Any] | None = None,
    ) -> None:
        check_kind(key, (str, type(None)), "DagjobType: key")
        check_kind(name, (str, type(None)), "DagjobType: name")
        if key is None and name is None:
            raise CheckError("DagjobType: a type needs a name or a key.")
        check_kind(loader, (DagjobTypeLoader, type(None)), f"DagjobType {name or key}: loader")
        self._name = name
        self.key = key if key is not None else str(name)
        self.type_check_fn = type_check_fn
        self.is_builtin = is_builtin
        self.is_nothing = False
        self.description = description
        self.loader = loader
        self.required_resource_keys = frozenset(required_resource_keys or ())
        self.typing_type = typing_type
        self.passes = _only_the_check_knows
        self.parts: tuple[DagjobType, ...] = ()
        self._metadata = metadata
        if not is_builtin:
            _check_parameters(type_check_fn, self.display_name)
            if metadata:
                self.metadata  # noqa: B018  (a value that cannot be kept is told of now)

    @property
    def display_name(self) -> str:
        """What a person reads: `Int`, `[Int]`, `My?`."""
        return self._name if self._name is not None else self.key

    @property
    def unique_name(self) -> str:
        """The name, or the key where there is none."""
        return self.display_name

    @property
    def has_unique_name(self) -> bool:
        """Whether a name was given. That of a container, and of a type inferred from a class, need not be its own."""
        return self._name is not None and not self.parts and not self.key.startswith(INFERRED)

    @property
    def metadata(self) -> Mapping[str, MetadataValue]:
        """What was attached to the type."""
        if not self._metadata:
            return {}
        from dagjob.values.metadata import normalize_metadata

        return normalize_metadata(self._metadata)

    def type_check(self, context: Any, value: Any) -> TypeCheck:
        """Check `value`. Raises what the check function raises; `DagjobInvariantViolationError` for an odd answer."""
        from dagjob.values.observations import TypeCheck

        answer = self.type_check_fn(context, value)
        if isinstance(answer, TypeCheck):
            return answer
        if isinstance(answer, bool):
            return TypeCheck(success=answer)
        raise DagjobInvariantViolationError(
            f"the check of the type {self.display_name} answered {brief(answer)} ({type(answer).__name__}); "
            "it returns a bool or a TypeCheck."
        )

    def __eq__(self, other: object) -> bool:
        return isinstance(other, DagjobType) and other.key == self.key

    def __hash__(self) -> int:
        return hash(self.key)

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.display_name}>"


class PythonObjectDagsterType(DagjobType):
    """A type whose values are the instances of a Python class, or of any in a tuple of classes."""

    __slots__ = ("python_type", "type_str")

    def __init__(
        self,
        python_type: type | tuple[type, ...],
        key: str | None = None,
        name: str | None = None,
        **kwargs: Any,
    ) -> None:
        if isinstance(python_type, tuple):
            for one in python_type:
                check_member(one, type, "PythonObjectDagsterType: each of python_type")
            self.type_str = f"Union[{', '.join(one.__name__ for one in python_type)}]"
        else:
            check_kind(python_type, type, "PythonObjectDagsterType: python_type")
            self.type_str = python_type.__name__
        self.python_type = python_type
        name = name or self.type_str
        kwargs.setdefault("typing_type", Union[python_type])  # noqa: UP007  one class or several: of one it is the class
        kwargs["is_builtin"] = True  # the check is ours: nothing to look at
        super().__init__(self._check, key=key or name, name=name, **kwargs)
        self.is_builtin = False
        self.passes = instance_check(python_type)

    def _check(self, _context: Any, value: Any) -> TypeCheck:
        return check_instance(self.python_type, self.type_str, value)


# -- the builtin types ---------------------------------------------------------------------------------------------


def builtin(
    key: str,
    passes: Callable[[Any], bool],
    *,
    name: str | None = None,
    wanted: str,
    loader: DagjobTypeLoader | None = None,
    typing_type: Any = Any,
) -> DagjobType:
    """A type of ours: its fast check, and `wanted`, the words for what a value should have been."""

    def check(_context: Any, value: Any) -> TypeCheck:
        from dagjob.values.observations import TypeCheck

        return TypeCheck(True) if passes(value) else refusal(value, wanted)

    made = DagjobType(check, key=key, name=name, is_builtin=True, loader=loader, typing_type=typing_type)
    made.passes = passes
    return made


def instance_check(kind: type | tuple[type, ...]) -> Callable[[Any], bool]:
    """The fast check for instances of a class."""
    return lambda value: isinstance(value, kind)


def check_instance(kind: type | tuple[type, ...], name: str, value: Any) -> TypeCheck:
    """Passed, or refused with the value and its Python type."""
    from dagjob.values.observations import TypeCheck

    return TypeCheck(True) if isinstance(value, kind) else refusal(value, f"an instance of {name}")


def refusal(value: Any, wanted: str) -> TypeCheck:
    """A value is not what was wanted."""
    from dagjob.values.observations import TypeCheck

    return TypeCheck(False, f"{brief(value)} is of the Python type {type(value).__name__}, expected {wanted}")


def _is_none(value: Any) -> bool:
    return value is None


def _anything(_value: Any) -> bool:
    return True


def _only_the_check_knows(_value: Any) -> None:
    return None


def _scalar(kind: type, name: str) -> DagjobType:
    loader = BuiltinLoader("scalar", kind)
    wanted = "an int" if kind is int else f"a {kind.__name__}"
    return builtin(name, instance_check(kind), name=name, wanted=wanted, loader=loader, typing_type=kind)


ANY = builtin("Any", _anything, name="Any", wanted="anything", loader=BuiltinLoader("any"))
NOTHING = builtin("Nothing", _is_none, name="Nothing", wanted="None", typing_type=type(None))
NOTHING.is_nothing = True
INT = _scalar(int, "Int")
FLOAT = _scalar(float, "Float")
STRING = _scalar(str, "String")
BOOL = _scalar(bool, "Bool")


def _check_parameters(function: Callable[..., Any], name: str) -> None:
    """A check function takes the context and the value; `self` of a bound method is not counted."""
    if not callable(function):
        raise ParameterCheckError(f"DagjobType {name}: type_check_fn must be a function, not {function!r}.")
    parameters = parameters_of(function)
    if not parameters.open and len(parameters.names) != 2:
        raise DagjobInvalidDefinitionError(
            f"the check function of the type {name} has {len(parameters.names)} parameter(s); it takes two: "
            "the context and the value."
        )


def element_of(kind: DagjobType) -> DagjobType:
    """The type of the members of a list that an input of this type gets; Any where it says nothing about them."""
    if kind.is_nothing:
        return kind
    return kind.parts[0] if kind.key.startswith("List.") and kind.parts else ANY
