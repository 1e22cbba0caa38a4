"""Loaders: how the value of an unconnected input is made from run config.

Every builtin type has one, so a loader is a small object whose schema is built when somebody asks for it: an op whose
inputs are all connected pays nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

from dagjob.definitions.parameters import CONTEXT_NAMES, name_of, parameters_of
from dagjob.errors import CheckError, DagjobInvalidDefinitionError, DagjobInvariantViolationError

if TYPE_CHECKING:
    from dagjob.config.schema import Schema


class DagjobTypeLoader:
    """Makes a value from run config. A subclass has `schema_type` and `construct_from_config_value`."""

    required_resource_keys: frozenset[str] = frozenset()
    """The resources that `context.resources` holds while a value is made."""

    @property
    def schema_type(self) -> Any:
        """What the config may be: anything that stands for a schema (contract def-4)."""
        raise CheckError(f"{type(self).__name__} is a loader without a schema_type: say what its config may be.")

    @property
    def schema(self) -> Schema:
        """`schema_type` as a schema."""
        from dagjob.config.schema import to_schema

        return to_schema(self.schema_type)

    def construct_from_config_value(self, context: Any, config_value: Any) -> Any:
        """The value that the config stands for."""
        return config_value


class FunctionLoader(DagjobTypeLoader):
    """What `@dagster_type_loader` makes of a function."""

    def __init__(self, function: Callable[[Any, Any], Any], config_schema: Any, keys: Iterable[str] | None) -> None:
        _check_context_parameter(function)
        self.function = function
        self._config_schema = config_schema
        self.required_resource_keys = frozenset(keys or ())
        self.__doc__ = function.__doc__
        self.schema  # noqa: B018  (a schema that is none is told of at the decorator)

    @property
    def schema_type(self) -> Any:
        return self._config_schema

    def construct_from_config_value(self, context: Any, config_value: Any) -> Any:
        return self.function(context, config_value)


def dagster_type_loader(
    config_schema: Any, required_resource_keys: Iterable[str] | None = None
) -> Callable[[Callable[[Any, Any], Any]], DagjobTypeLoader]:
    """Makes a loader of `fn(context, config_value)`. Raises `DagjobInvalidDefinitionError` without the context."""
    return lambda function: FunctionLoader(function, config_schema, required_resource_keys)


class BuiltinLoader(DagjobTypeLoader):
    """The loader of a builtin type. `shape` says which, `inner` are the Python class or the loaders of the parts."""

    def __init__(self, shape: str, *inner: Any) -> None:
        self.shape = shape
        self.inner = inner
        self.required_resource_keys = frozenset().union(*(getattr(i, "required_resource_keys", ()) for i in inner))

    @property
    def schema_type(self) -> Any:
        return _SCHEMAS[self.shape](*self.inner)

    def construct_from_config_value(self, context: Any, config_value: Any) -> Any:
        return _CONSTRUCT[self.shape](context, config_value, *self.inner)


# -- what the config of a builtin type may be ----------------------------------------------------------------------


def _forms(value: Any) -> Any:
    """The three ways to name a value: as it is, in a JSON file, in a pickle."""
    from dagjob.config.schema import Selector

    return Selector({"value": value, "json": {"path": str}, "pickle": {"path": str}})


def _scalar_schema(kind: type) -> Any:
    from dagjob.config.schema import ScalarUnion

    return ScalarUnion(kind, _forms(kind))


def _list_schema(element: DagjobTypeLoader) -> Any:
    from dagjob.config.schema import Array

    return Array(element.schema)


def _dict_schema(value: DagjobTypeLoader) -> Any:
    from dagjob.config.schema import Map

    return Map(str, value.schema)


def _optional_schema(inner: DagjobTypeLoader) -> Any:
    from dagjob.config.schema import Noneable

    return Noneable(inner.schema)


_SCHEMAS: dict[str, Callable[..., Any]] = {
    "any": lambda: _forms(Any),
    "scalar": _scalar_schema,
    "dict": lambda: dict,
    "list": _list_schema,
    "set": _list_schema,
    "tuple": lambda *_: [Any],  # each element follows a rule of its own, which is asked when the value is made
    "map": _dict_schema,
    "optional": _optional_schema,
}


# -- how the value is made -----------------------------------------------------------------------------------------


def _from_form(_context: Any, config: Any) -> Any:
    ((form, inner),) = config.items()
    if form == "value":
        return inner
    if form == "json":
        import json

        with open(inner["path"], encoding="utf-8") as file:
            return json.load(file)["value"]
    import pickle

    with open(inner["path"], "rb") as file:
        return pickle.load(file)


def _scalar(context: Any, config: Any, _kind: type) -> Any:
    return _from_form(context, config) if isinstance(config, dict) else config


def _list(context: Any, config: Any, element: DagjobTypeLoader) -> list[Any]:
    return [element.construct_from_config_value(context, item) for item in config]


def _tuple(context: Any, config: Any, *elements: DagjobTypeLoader) -> tuple[Any, ...]:
    if len(config) != len(elements):
        raise DagjobInvariantViolationError(f"a list of {len(elements)} was expected for a tuple, got {len(config)}.")
    return tuple(
        loader.construct_from_config_value(context, item) for loader, item in zip(elements, config, strict=True)
    )


def _map(context: Any, config: Any, value: DagjobTypeLoader) -> dict[Any, Any]:
    return {key: value.construct_from_config_value(context, item) for key, item in config.items()}


def _optional(context: Any, config: Any, inner: DagjobTypeLoader) -> Any:
    return None if config is None else inner.construct_from_config_value(context, config)


_CONSTRUCT: dict[str, Callable[..., Any]] = {
    "any": _from_form,
    "scalar": _scalar,
    "dict": lambda _context, config: config,
    "list": _list,
    "set": lambda context, config, element: set(_list(context, config, element)),
    "tuple": _tuple,
    "map": _map,
    "optional": _optional,
}


def _check_context_parameter(function: Callable[..., Any]) -> None:
    parameters = parameters_of(function)
    first = parameters.first
    if first not in CONTEXT_NAMES:
        got = f"its first parameter is called {first!r}" if first else "it has no parameter"
        raise DagjobInvalidDefinitionError(
            f"the type loader {name_of(function)} takes the context first, in a parameter called context, _context, "
            f"context_ or _, and the config value second; {got}."
        )
    if not parameters.open and len(parameters.names) < 2:
        raise DagjobInvalidDefinitionError(
            f"the type loader {name_of(function)} takes the context and the config value; it has no parameter for the value."
        )
