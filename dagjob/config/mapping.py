"""Functions of the user that turn one config into another: `ConfigMapping`, and `configured`.

A mapping stands before a graph or a job: its schema is what the user sees, what it returns is config for the ops
inside, and is checked by `plan/resolve.py`. `configured` stands before one definition: `configured_schema` puts a
schema in the place of the definition's own, and the walk of `kind.py` does the rest.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, overload

from dagjob.config.annotations import config_class_of, only_parameter
from dagjob.config.config_class import is_config_class
from dagjob.config.runconfig import RunConfig, as_config
from dagjob.config.schema import ANY, ConfiguredSchema, Field, Permissive, Schema, to_field
from dagjob.errors import (
    CheckError,
    DagjobConfigMappingFunctionError,
    DagjobInvalidConfigError,
    Diagnostic,
    ParameterCheckError,
)
from dagjob.values.checks import brief

ConfigFn = Callable[[Any], Any]


class ConfigMapping:
    """One config for a whole graph or job, and the function that makes the config of its ops from it.

    `config_fn` takes one parameter. Annotated with a `Config` class, that class is the schema and the function gets
    an instance. It returns a dict or a `RunConfig`: of a job the whole run config, of a graph the config by op name.
    `receive_processed_config_values=False` (jobs only) passes values from the environment as `{"env": NAME}`.
    The function may be called several times in one run.
    """

    def __init__(
        self,
        config_fn: ConfigFn,
        config_schema: object = None,
        receive_processed_config_values: bool | None = None,
    ) -> None:
        if not callable(config_fn):
            raise ParameterCheckError(f"ConfigMapping: config_fn must be a function, not {config_fn!r}")
        _, annotation = only_parameter(config_fn, f"The config mapping {_name(config_fn)}")
        self.config_fn = config_fn
        _refuse_both(config_schema, annotation, f"The config mapping {_name(config_fn)}")
        self.config_class = config_class_of(annotation)
        schema = config_schema if config_schema is not None else self.config_class
        self.config_schema: Field = Field(ANY, default_value={}) if schema is None else to_field(schema)
        self.receive_processed_config_values = receive_processed_config_values

    def apply(self, config: Any, of: str = "") -> Mapping[str, object]:
        """What the function makes of a config that has been checked and, if it wants so, resolved.

        `of` says for messages whose mapping this is, as in `job "daily"`.
        """
        what = f"The config mapping {_name(self.config_fn)}" + (f" of {of}" if of else "")
        made = _called(self.config_fn, self.config_class, config, what)
        if not isinstance(made, dict):
            raise _no_config(what, made)
        return made

    def resolve_from_validated_config(self, config: Any) -> Mapping[str, object]:
        """Dagster's name for `apply`."""
        return self.apply(config)


def as_mapping(config: object) -> ConfigMapping | None:
    """What `@graph(config=...)` was given, as a mapping: a dict or `RunConfig` is one that ignores its input."""
    if config is None or isinstance(config, ConfigMapping):
        return config
    if isinstance(config, dict | RunConfig):
        fixed = as_config(config)
        return ConfigMapping(lambda _: fixed)
    raise ParameterCheckError(f"config must be a dict, a RunConfig or a ConfigMapping, not {config!r}")


@overload
def config_mapping(config_fn: ConfigFn) -> ConfigMapping: ...
@overload
def config_mapping(
    *, config_schema: object = None, receive_processed_config_values: bool | None = None
) -> Callable[[ConfigFn], ConfigMapping]: ...
def config_mapping(
    config_fn: ConfigFn | None = None,
    *,
    config_schema: object = None,
    receive_processed_config_values: bool | None = None,
) -> ConfigMapping | Callable[[ConfigFn], ConfigMapping]:
    """Make a function a `ConfigMapping`; used bare or with arguments."""
    if config_fn is not None:
        return ConfigMapping(config_fn)
    return lambda fn: ConfigMapping(fn, config_schema, receive_processed_config_values)


# -- configured ----------------------------------------------------------------------------------------------------


def configured_schema(
    inner: Schema | None, value_or_fn: object, config_schema: object = None, name: str | None = None
) -> Schema:
    """The schema of `definition.configured(value_or_fn, config_schema)`, where `inner` is the definition's own.

    A value: any config is accepted and ignored. A function: its `config_schema`, or the `Config` class that its
    parameter is annotated with, is what the user gives; what it returns is checked against `inner` at run.
    """
    own = inner if inner is not None else Field(ANY, is_required=False)
    if not callable(value_or_fn):
        return ConfiguredSchema(
            own, _outer(None), None, as_config(value_or_fn), f"configured() of {name or 'a definition'}"
        )
    fn = value_or_fn
    what = f"the configured function {name or _name(fn)}"
    _, annotation = only_parameter(fn, what[0].upper() + what[1:])
    _refuse_both(config_schema, annotation, what[0].upper() + what[1:])
    config_class = config_class_of(annotation)
    outer = _outer(config_schema if config_schema is not None else config_class)
    return ConfiguredSchema(own, outer, lambda config: _called(fn, config_class, config, what), made_by=what)


def configured_mapping(
    mapping: ConfigMapping, value_or_fn: object, config_schema: object = None, name: str | None = None
) -> ConfigMapping:
    """The mapping of a graph whose own config is given here, or made here by a function from another config."""
    made = object.__new__(ConfigMapping)
    made.__dict__.update(mapping.__dict__)
    made.config_schema = to_field(configured_schema(mapping.config_schema, value_or_fn, config_schema, name))
    return made


def configured(configurable: Any, config_schema: object = None, **kwargs: Any) -> Callable[[Any], Any]:
    """Make a definition of its own of a function that returns the config of `configurable`, or of that config.

    It takes the name of the function, unless `name` is given.
    """
    if is_config_class(configurable):
        configurable = configurable.__dagjob_definition__()
    if not hasattr(configurable, "configured"):
        raise ParameterCheckError(
            f"configured: {configurable!r} cannot be configured; give it an op, a graph, a resource, ..."
        )

    def decorate(fn: ConfigFn) -> Any:
        if getattr(configurable, "name", None) is not None:
            kwargs.setdefault("name", getattr(fn, "__name__", None))
        return configurable.configured(fn, config_schema=config_schema, **kwargs)

    return decorate


# -- shared --------------------------------------------------------------------------------------------------------


def _outer(schema: object) -> Field:
    """The field that the user fills; no schema accepts anything, also nothing."""
    return Field(ANY, default_value=None) if schema is None else to_field(schema)


def _refuse_both(config_schema: object, annotation: object, what: str) -> None:
    """A schema, or a class that is one: with both, nobody would know which one counts."""
    if config_schema is not None and is_config_class(annotation):
        raise CheckError(
            f"{what} has a config_schema, and a parameter annotated with {annotation.__name__}, which is one too. "
            "Leave out config_schema."
        )


def _called(fn: ConfigFn, config_class: Any, config: Any, what: str) -> Any:
    """What the function returns, as plain config."""
    try:
        made = fn(_instance(config_class, config) if config_class is not None else config)
    except Exception as error:
        raise DagjobConfigMappingFunctionError(f"{what} raised {type(error).__name__}: {error}", error) from error
    return as_config(made)


def _instance(config_class: Any, config: Any) -> Any:
    from dagjob.config.pydantic_build import build_instance

    return build_instance(config_class, config)


def _no_config(what: str, made: object) -> DagjobInvalidConfigError:
    from dagjob.config.problems import mismatch

    told = f"{what} must return a dict or a RunConfig, not {brief(made)}."
    return DagjobInvalidConfigError(told, [mismatch((), Permissive(), made)], made, [Diagnostic("DJ201", told)])


def _name(fn: object) -> str:
    return getattr(fn, "__name__", None) or repr(fn)
