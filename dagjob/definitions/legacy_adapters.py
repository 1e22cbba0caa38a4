"""Classes with config around resources and IO managers that are functions. Loads pydantic."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Generator
from contextlib import contextmanager
from typing import Any

from dagjob.definitions.iomanagers import IOManagerDefinition
from dagjob.definitions.pydantic_resources import ConfigurableIOManagerFactory, ConfigurableResource
from dagjob.definitions.resources import ResourceDefinition, ResourceWithTeardown


class ConfigurableLegacyResourceAdapter(ConfigurableResource):
    """A resource that is made by an `@resource` function, from the fields of the subclass as its config."""

    @property
    @abstractmethod
    def wrapped_resource(self) -> ResourceDefinition:
        """What makes it."""

    @contextmanager
    def yield_for_execution(self, context: Any) -> Generator[Any, None, None]:
        """What the function makes, and its teardown."""
        with _made(self.wrapped_resource, context) as made:
            yield made

    def to_resource_definition(self) -> ResourceDefinition:
        """The definition that a job holds; it needs what the function needs."""
        return _needing(super().to_resource_definition(), self.wrapped_resource)


class ConfigurableLegacyIOManagerAdapter(ConfigurableIOManagerFactory):
    """An IO manager that is made by an `@io_manager` function, from the fields of the subclass as its config."""

    @property
    @abstractmethod
    def wrapped_io_manager(self) -> IOManagerDefinition:
        """What makes it."""

    def create_io_manager(self, context: Any) -> Any:
        """The IO manager, without its teardown; a run uses `yield_for_execution`."""
        made = self.wrapped_io_manager.make(context, "io_manager")
        return made.__enter__() if isinstance(made, ResourceWithTeardown) else made

    @contextmanager
    def yield_for_execution(self, context: Any) -> Generator[Any, None, None]:
        """What the function makes, and its teardown."""
        with _made(self.wrapped_io_manager, context) as made:
            yield made

    def to_resource_definition(self) -> ResourceDefinition:
        """The definition that a job holds; it needs what the function needs."""
        return _needing(super().to_resource_definition(), self.wrapped_io_manager)


@contextmanager
def _made(definition: ResourceDefinition, context: Any) -> Generator[Any, None, None]:
    made = definition.make(context, "the wrapped resource")
    if isinstance(made, ResourceWithTeardown):
        with made as value:
            yield value
    else:
        yield made


def _needing(made: ResourceDefinition, wrapped: ResourceDefinition) -> ResourceDefinition:
    made.required_resource_keys = made.required_resource_keys | wrapped.required_resource_keys
    return made
