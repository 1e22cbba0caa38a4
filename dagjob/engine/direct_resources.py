"""Make resources outside of a run, for tests and scripts: config is checked, nothing is recorded."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from dagjob.config.report import invalid_config
from dagjob.config.validate import resolve as resolve_value
from dagjob.engine.contexts import InitResourceContext
from dagjob.engine.resources import make
from dagjob.errors import DagjobInvalidDefinitionError, DagjobInvalidInvocationError

if TYPE_CHECKING:
    from dagjob.definitions.resources import ResourceDefinition


def invoke_resource(definition: ResourceDefinition, *args: Any, **kwargs: Any) -> Any:
    """Make a resource: its object, or a context manager of it where it has a teardown."""
    given = (*args, *kwargs.values())
    if not definition.takes_context:
        if given:
            raise DagjobInvalidInvocationError("this resource function takes no context: call it without arguments")
        return _opened(make(definition, InitResourceContext(resource_config=None, resources={})))
    if len(given) != 1:
        raise DagjobInvalidInvocationError(
            "this resource function takes a context, and none was given: pass build_init_resource_context(...), or None"
        )
    context = given[0] if given[0] is not None else InitResourceContext(resource_config=None, resources={})
    config = checked_config(definition.config_schema, context.resource_config, "resource")
    resources = context.resources._asdict()
    for key in sorted(definition.required_resource_keys):
        if key not in resources:
            raise DagjobInvalidDefinitionError(
                f'the resource function requires the resource "{key}", which its context does not have: '
                f"build_init_resource_context(resources={{{key!r}: ...}})"
            )
    ready = InitResourceContext(
        resource_config=config, resources=resources, resource_def=definition, run=context._run, key="resource"
    )
    return _opened(make(definition, ready))


def _opened(value: Any) -> Any:
    """A generator becomes a context manager; anything else is the resource."""
    if hasattr(value, "__next__") and hasattr(value, "send"):
        return closing(value)
    return value


def checked_config(schema: Any, given: Any, told: str) -> Any:
    """The config with defaults, or `DagjobInvalidConfigError`."""
    if schema is None:
        return given
    from dagjob.config.schema import Field, Shape

    wrapped = Shape({"config": schema if isinstance(schema, Field) else Field(schema)})
    checked = resolve_value(wrapped, {} if given is None else {"config": given}, os.environ)
    if checked.problems:
        raise invalid_config(f"The config for the {told} does not fit it.", checked.problems, given)
    return checked.value.get("config")


@contextmanager
def closing(generator: Iterator[Any]) -> Iterator[Any]:
    """What a generator resource yields, as a context manager that runs its teardown."""
    value = next(generator)
    try:
        yield value
    finally:
        next(generator, None)


def has_teardown(value: Any) -> bool:
    """Is anything to be done when this resource is no longer needed? Of a configurable one its class tells."""
    kind = type(value)
    if not hasattr(kind, "__dagjob_resource__"):
        return True
    own = [base for base in kind.__mro__ if not base.__module__.startswith("dagjob.")]
    return any(name in base.__dict__ for base in own for name in ("teardown_after_execution", "yield_for_execution"))
