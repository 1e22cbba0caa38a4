"""What the signature of an op's function says: context, config, resources, inputs, and how its body hands things back.

Read from the code object, without `inspect`, which costs more to import than a small job costs to define. Annotations
that are strings (`from __future__ import annotations`, or written so) are evaluated where the function was written; that
is the only thing here that can go wrong because of code elsewhere, and then the message says which name and why.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping, Sequence
from types import FunctionType, MethodType, SimpleNamespace
from typing import Any, Literal

from dagjob.config.config_class import is_config_class
from dagjob.definitions.inputs import ABSENT
from dagjob.definitions.parameters import CONTEXT_NAMES
from dagjob.definitions.resources import is_resource_annotation
from dagjob.errors import DagjobInvalidDefinitionError, DagjobInvalidPythonicConfigDefinitionError, Place, warn_user
from dagjob.record import Record

BodyKind = Literal["plain", "generator", "async", "async_generator"]

_POSITIONAL_STAR, _KEYWORD_STAR = 0x04, 0x08
_GENERATOR, _COROUTINE, _ASYNC_GENERATOR = 0x20, 0x80, 0x200
_OF_ASSETS = ("AssetExecutionContext", "AssetCheckExecutionContext")


class Parameter(Record):
    """A parameter that is an input. `positional` is False for one that can only be given by name."""

    name: str
    annotation: Any
    default: Any
    positional: bool = True


class ConfigParameter(Record):
    """The parameter `config`: its annotation, and its default if it has one."""

    name: str
    annotation: Any
    default: Any

    def build(self, config: Any) -> Any:
        """What the body gets for a resolved config: an instance of the annotated `Config` class, or the plain value."""
        if is_config_class(self.annotation):
            from dagjob.config.pydantic_build import build_instance

            return build_instance(self.annotation, config)  # type: ignore[arg-type]
        return config


class Signature(Record):
    """What a function's parameters mean. `returns` is the annotation of what it returns, `ABSENT` without one."""

    context: str | None
    config: ConfigParameter | None
    resources: Mapping[str, str]
    """Parameter to resource key."""
    inputs: tuple[Parameter, ...]
    takes_kwargs: bool
    returns: Any
    body: BodyKind


class _Shape(Record):
    """The parameters of a function that can be passed: those that a method or a partial has bound are left out."""

    positional: tuple[str, ...]
    by_name: tuple[str, ...]
    defaults: Mapping[str, Any]


def read_signature(function: Callable[..., Any], op: str) -> Signature:
    """The signature of the function of the op named `op`.

    Raises `DagjobInvalidDefinitionError` for `*args`, a parameter that is positional-only, a context in the wrong place
    or of the wrong class, or an annotation that cannot be evaluated.
    """
    plain = underlying(function)
    code = plain.__code__
    if code.co_flags & _POSITIONAL_STAR:
        star = code.co_varnames[code.co_argcount + code.co_kwonlyargcount]
        raise DagjobInvalidDefinitionError(
            f'op "{op}" takes *{star}, but inputs are passed by name. Name each input, or take **kwargs and declare '
            f"them with ins={{...}}."
        )
    annotations = evaluated_annotations(plain, f'op "{op}"')
    shape = _shape(function, plain)
    names = [*shape.positional, *shape.by_name]
    context = _context(names, annotations, op)
    refuse_positional_only(plain, [name for name in shape.positional if name != context], f'op "{op}"')
    config: ConfigParameter | None = None
    resources: dict[str, str] = {}
    inputs = []
    for name in names if context is None else names[1:]:
        annotation, default = annotations.get(name, ABSENT), shape.defaults.get(name, ABSENT)
        if name == "config":
            config = _config(annotation, default, op)
        elif is_resource_annotation(annotation):
            _refuse_factory(name, annotation, op)
            resources[name] = name
        else:
            _warn_of_config_elsewhere(name, annotation, op)
            inputs.append(Parameter(name, annotation, default, name in shape.positional))
    return Signature(
        context,
        config,
        resources,
        tuple(inputs),
        bool(code.co_flags & _KEYWORD_STAR),
        annotations.get("return", ABSENT),
        _body(code.co_flags),
    )


def refuse_positional_only(plain: FunctionType, names: Sequence[str], subject: str) -> None:
    """Raise `DagjobInvalidDefinitionError` if one of these parameters of a function stands before a `/`."""
    code = plain.__code__
    for name in code.co_varnames[: code.co_posonlyargcount]:
        if name in names:
            raise DagjobInvalidDefinitionError(
                f'{subject}: the parameter "{name}" is positional-only, but it is passed by name. Leave the / away.'
            )


def underlying(function: Callable[..., Any]) -> FunctionType:
    """The plain function behind a method, a partial, a callable object, and decorators that used `functools.wraps`.

    Raises `TypeError` for what has none, such as a class or a builtin.
    """
    found: Any = function
    while True:
        if isinstance(found, FunctionType):
            if not hasattr(found, "__wrapped__"):
                return found
            found = found.__wrapped__
        elif isinstance(found, MethodType):
            found = found.__func__
        elif _is_partial(found):
            found = found.func
        elif hasattr(found, "__wrapped__"):
            found = found.__wrapped__
        elif not isinstance(found, type) and isinstance(getattr(type(found), "__call__", None), FunctionType):  # noqa: B004  it must be a plain function
            found = type(found).__call__
        else:
            raise TypeError(f"a function is needed here, not {function!r}")


def place_of(function: Callable[..., Any] | None) -> Place | None:
    """Where a function stands; None where that is not known."""
    if function is None:
        return None
    try:
        code = underlying(function).__code__
    except TypeError:
        return None
    return Place(code.co_filename, code.co_firstlineno, 1, 0)


def _is_partial(thing: Any) -> bool:
    # functools may be there already, but need not be loaded to know that something is no partial.
    return type(thing).__name__ == "partial" and hasattr(thing, "func") and hasattr(thing, "keywords")


def _shape(function: Any, plain: FunctionType) -> _Shape:
    code = plain.__code__
    positional = code.co_varnames[: code.co_argcount]
    by_name = code.co_varnames[code.co_argcount : code.co_argcount + code.co_kwonlyargcount]
    defaults: dict[str, Any] = dict(zip(reversed(positional), reversed(plain.__defaults__ or ()), strict=False))
    defaults.update(plain.__kwdefaults__ or {})
    bound, given = _bound(function)
    defaults.update(given)
    return _Shape(positional[bound:], by_name, defaults)


def _bound(function: Any) -> tuple[int, dict[str, Any]]:
    """How many leading parameters are bound already, and what others have been given."""
    if isinstance(function, MethodType):
        return 1, {}
    if _is_partial(function):
        bound, given = _bound(function.func)
        return bound + len(function.args), {**given, **function.keywords}
    return (0, {}) if isinstance(function, FunctionType) or hasattr(function, "__wrapped__") else (1, {})


def _body(flags: int) -> BodyKind:
    if flags & _ASYNC_GENERATOR:
        return "async_generator"
    if flags & _COROUTINE:
        return "async"
    return "generator" if flags & _GENERATOR else "plain"


# -- context and config --------------------------------------------------------------------------------------------


def _context(names: list[str], annotations: Mapping[str, Any], op: str) -> str | None:
    """The first parameter, when it is the context."""
    for name in names[1:]:
        if name == "context":
            raise DagjobInvalidDefinitionError(f'op "{op}": the context must be the first parameter.')
    if not names:
        return None
    first, annotation = names[0], annotations.get(names[0], ABSENT)
    is_context = _is_context_class(annotation)
    if first not in CONTEXT_NAMES:
        return first if is_context else None
    if annotation is not ABSENT and annotation is not Any and not is_context:
        shown = getattr(annotation, "__name__", None) or repr(annotation)
        raise DagjobInvalidDefinitionError(
            f'op "{op}": the context parameter "{first}" is annotated with {shown}. Annotate it with '
            f"OpExecutionContext, or not at all; or give the parameter another name to make it an input."
        )
    return first


def _is_context_class(annotation: Any) -> bool:
    """Told by name, because the class lives on a floor above; a string is one that could not be evaluated."""
    if isinstance(annotation, str):
        return annotation.rpartition(".")[2] in ("OpExecutionContext", *_OF_ASSETS)
    name = getattr(annotation, "__name__", "")
    module = str(getattr(annotation, "__module__", ""))
    return (name == "OpExecutionContext" and module.startswith("dagjob")) or (
        name in _OF_ASSETS and module == "dagster"
    )


def _config(annotation: Any, default: Any, op: str) -> ConfigParameter:
    if annotation is ABSENT:
        raise DagjobInvalidPythonicConfigDefinitionError(
            f'op "{op}": the parameter "config" has no annotation. Annotate it with a Config class, or with dict, str, '
            f"int, float, bool, list[...] or dict[str, ...]."
        )
    return ConfigParameter("config", annotation, default)


def _refuse_factory(name: str, annotation: Any, op: str) -> None:
    """A class whose product is something else says nothing about what the parameter gets."""
    bases = getattr(annotation, "__mro__", ())
    if hasattr(annotation, "__dagjob_resource__") and not any(b.__name__ == "ConfigurableResource" for b in bases):
        raise DagjobInvalidDefinitionError(
            f'op "{op}": the parameter "{name}" is annotated with {annotation.__name__}, a class that makes something '
            f"else for ops to use. Annotate it with what it makes: {name}: ResourceParam[...]."
        )


def _warn_of_config_elsewhere(name: str, annotation: Any, op: str) -> None:
    if is_config_class(annotation):
        from dagjob.errors import ConfigArgumentWarning

        warn_user(
            f'op "{op}": the parameter "{name}" is annotated with the Config class {annotation.__name__}, but only a '
            f'parameter called "config" gets the op\'s config; this one is an input.',
            ConfigArgumentWarning,
        )


# -- annotations ---------------------------------------------------------------------------------------------------


def evaluated_annotations(function: FunctionType, subject: str, only: str | None = None) -> dict[str, Any]:
    """The annotations of a function (`only` one of them), with strings turned into what they mean.

    A `None` as written means the type of None. `subject` says whose function it is, for messages.
    """
    found: dict[str, Any] = {}
    for name, annotation in function.__annotations__.items():
        if only is not None and name != only:
            continue
        if isinstance(annotation, str) or _quotes(annotation):
            annotation = _evaluated(annotation, function, subject, name)
        found[name] = type(None) if annotation is None else annotation
    return found


def _quotes(annotation: Any) -> bool:
    """Does a type in quotes stand inside, as in `list["Row"]`?"""
    inner = getattr(annotation, "__args__", None)
    if not isinstance(inner, tuple) or getattr(annotation, "__origin__", None) is Literal:
        return False
    return any(isinstance(one, str) or type(one).__name__ == "ForwardRef" or _quotes(one) for one in inner)


def _value_of(annotation: Any, names: Mapping[str, Any], local: Mapping[str, Any]) -> Any:
    """An annotation without quotes, around it or inside."""
    found = annotation
    while isinstance(found, str):
        found = eval(found, dict(names), local)
    if not _quotes(found):
        return found
    import typing

    holder = SimpleNamespace(__annotations__={"it": found})
    return typing.get_type_hints(holder, dict(names), dict(local), include_extras=True)["it"]


def _evaluated(annotation: Any, function: FunctionType, subject: str, parameter: str) -> Any:
    cells = zip(function.__code__.co_freevars, function.__closure__ or (), strict=True)
    local = {name: cell.cell_contents for name, cell in cells if _is_filled(cell)}
    try:
        return _value_of(annotation, function.__globals__, local)
    except Exception as error:
        first = error
    # A class of the function around: not in the closure, because under the future import nothing refers to it.
    frame = sys._getframe(1)
    while frame.f_back is not None:
        frame = frame.f_back
        try:
            return _value_of(annotation, function.__globals__, frame.f_locals)
        except Exception:
            continue
    if isinstance(annotation, str) and _is_context_class(annotation):
        return annotation
    what = "of what it returns" if parameter == "return" else f'of the parameter "{parameter}"'
    raise DagjobInvalidDefinitionError(
        f'{subject}: the annotation "{_shown(annotation)}" {what} (function {function.__qualname__}) cannot be evaluated: '
        f"{type(first).__name__}: {first}. A name that is imported under TYPE_CHECKING only, defined later, or local to "
        f"another function is not there at run time: import it, or leave the annotation out and give the type with "
        f"In(...) or Out(...)."
    ) from first


def _shown(annotation: Any) -> str:
    return annotation if isinstance(annotation, str) else repr(annotation).replace("typing.", "")


def _is_filled(cell: Any) -> bool:
    try:
        cell.cell_contents  # noqa: B018
    except ValueError:
        return False
    return True
