"""Resources as pydantic classes: `ConfigurableResource` and what is built on it. Loads pydantic.

A resource in `resource_defs` is a template: its constructor's values are the default of its config. The run makes a
copy from the resolved config (`_opened`), sets it up, hands it out and tears it down. Fields that hold other resources
are parts, not config: a part that is fully configured is opened before its owner and closed after it.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Awaitable, Generator, Iterator, Mapping
from contextlib import AbstractContextManager, ExitStack, contextmanager
from types import AsyncGeneratorType, CoroutineType, GeneratorType, UnionType
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Generic, TypeGuard, TypeVar, Union, get_args, get_origin

from pydantic import ConfigDict, PrivateAttr, ValidationError
from pydantic.fields import FieldInfo
from pydantic_core import InitErrorDetails, PydanticCustomError

from dagjob.config.kind import resolve
from dagjob.config.pydantic_build import PART, build_instance, fields_by_key
from dagjob.config.pydantic_config import Config
from dagjob.config.pydantic_fields import allows_none, as_config_value, schema_of, with_defaults
from dagjob.config.runconfig import with_enum_values
from dagjob.config.schema import Field
from dagjob.definitions.configurable import as_schema
from dagjob.definitions.iomanagers import IOManager, IOManagerDefinition
from dagjob.definitions.parameters import awaited
from dagjob.definitions.resources import (
    ResourceDefinition,
    ResourceLike,
    ResourceWithTeardown,
    to_resource_definition,
)
from dagjob.errors import CheckError

T = TypeVar("T")

if TYPE_CHECKING:
    from typing_extensions import TypeVar as _TypeVar

    Product = _TypeVar("Product", default=Any)

    class _WithProduct(Config, Generic[Product]):
        """A class that may say in brackets what it makes, for type checkers: `class Store(ConfigurableResource[Db])`."""

    class ResourceDependency(Generic[T]):
        """A field that takes another resource: an instance, an `@resource` function, or any object."""

        def __get__(self, owner: object, cls: type | None = None) -> T: ...
        def __set__(self, owner: object, value: Any) -> None: ...

else:
    Product = TypeVar("Product")

    class _WithProduct(Config):
        """A class that may say in brackets what it makes. Here the brackets mean nothing: there is one class."""

        def __class_getitem__(cls, item):
            return cls

    class ResourceDependency:
        """A field that takes another resource: an instance, an `@resource` function, or any object."""

        def __class_getitem__(cls, item):
            return Annotated[Any, PART]


class ConfigurableResourceFactory(_WithProduct[Product], ResourceLike):
    """A class with config whose product, made by `create_resource`, is what ops get."""

    model_config = ConfigDict(arbitrary_types_allowed=True)
    __dagjob_resource__: ClassVar[bool] = True
    _context: Any = PrivateAttr(default=None)

    def __init__(self, **values: Any) -> None:
        super().__init__(**{name: _part_or_value(type(self), name, value) for name, value in values.items()})

    # -- what a subclass may say -----------------------------------------------------------------------------------

    @abstractmethod
    def create_resource(self, context: Any) -> Product:
        """The object that ops get."""

    def setup_for_execution(self, context: Any) -> Awaitable[None] | None:
        """Called in each process that uses the resource, before its first use. It may be asynchronous."""

    def teardown_after_execution(self, context: Any) -> Awaitable[None] | None:
        """Called after the last use, also when an op failed. It may be asynchronous."""

    @contextmanager
    def yield_for_execution(self, context: Any) -> Generator[Any, None, None]:
        """Everything around the use of the resource; replaces the three above when a subclass has its own."""
        with ExitStack() as stack:
            opening: Any = self.setup_for_execution(context)
            if isinstance(opening, CoroutineType):
                stack.enter_context(_awaited_on_held_loop(opening))
            try:
                yield self.create_resource(context)
            finally:
                awaited(self.teardown_after_execution(context))

    # -- what a user may ask ---------------------------------------------------------------------------------------

    def get_resource_context(self) -> Any:
        """The `InitResourceContext` of the run that uses this object."""
        if self._context is None:
            raise CheckError(
                f"{type(self).__name__} is not in use by a run, so it has no resource context. "
                "Ask for it from setup_for_execution on."
            )
        return self._context

    @classmethod
    def configure_at_launch(cls, **defaults: Any) -> PartialResource:
        """A resource whose fields come from the run config; `defaults` need not be given there."""
        return PartialResource(cls, defaults)

    def process_config_and_initialize(self) -> Any:
        """The object as a run would hand it out, with the environment read now; for use outside of a run.

        It is torn down when the process ends.
        """
        return _never_left(self.process_config_and_initialize_cm())

    def process_config_and_initialize_cm(self) -> AbstractContextManager[Any]:
        """The same as a context manager, which tears it down."""
        opening: AbstractContextManager[Any] = self.to_resource_definition()(None)
        return opening

    @classmethod
    def from_resource_context(cls, context: Any) -> Any:
        """What the `@resource` function of this class returns: the object for the config in `context`.

        It is torn down when the process ends.
        """
        return _never_left(cls.from_resource_context_cm(context))

    @classmethod
    def from_resource_context_cm(cls, context: Any) -> AbstractContextManager[Any]:
        """The same as a context manager, which tears it down."""
        return contextmanager(_opened)(cls, context.resource_config, {}, context)

    # -- what the house asks ---------------------------------------------------------------------------------------

    @classmethod
    def _parts(cls) -> frozenset[str]:
        return frozenset(name for name, info in cls.model_fields.items() if _is_part(info))

    @classmethod
    def _define(cls, config: Field, parts: dict[str, Any]) -> ResourceDefinition:
        def open_resource(init_context: Any) -> Iterator[Any]:
            given = init_context.resource_config
            yield from _opened(cls, _read(config) if given is None else given, parts, init_context)

        description = cls.__doc__ if "__doc__" in cls.__dict__ else None
        made = cls._definition_class()(open_resource, config_schema=config, description=description)
        made.declare(cls)
        made.parts = parts
        made.late = tuple(_late(parts, cls.__name__))
        made.has_teardown = _has_teardown(cls, parts)
        return made

    @classmethod
    def __dagjob_definition__(cls) -> ResourceDefinition:
        return cls.configure_at_launch().to_resource_definition()

    @classmethod
    def _is_built_anew(cls) -> bool:
        return True

    @classmethod
    def _definition_class(cls) -> type[_WithParts]:
        return _WithParts

    def to_resource_definition(self) -> ResourceDefinition:
        """The definition that a job holds."""
        return self._define(_config_field(self), _parts_of(self))


class ConfigurableResource(ConfigurableResourceFactory[Product]):
    """A resource with config: ops get a resolved copy of the instance in `resource_defs`."""

    def create_resource(self, context: Any) -> Product:
        """The object that ops get: this one, unless a subclass makes another."""
        made: Any = self
        return made  # type: ignore[no-any-return]


class PartialResource(ResourceLike):
    """What `configure_at_launch` makes: a resource class, and defaults for some of its fields."""

    def __init__(self, cls: type[ConfigurableResourceFactory], defaults: dict[str, Any]) -> None:
        self.resource_cls = cls
        self._parts = {name: value for name, value in defaults.items() if name in cls._parts()}
        fields = fields_by_key(cls)
        self._defaults = {
            name: as_config_value(value, fields[name].discriminator if name in fields else None)
            for name, value in defaults.items()
            if name not in self._parts and not _says_nothing(value, fields.get(name))
        }
        self._made: ResourceDefinition | None = None

    def to_resource_definition(self) -> ResourceDefinition:
        """The definition that a job holds; the same one each time, so that owners can be told which it is."""
        if self._made is None:
            schema = with_defaults(schema_of(self.resource_cls), self._defaults, given=True)
            self._made = self.resource_cls._define(Field(schema), self._parts)
        return self._made


def _says_nothing(value: object, info: FieldInfo | None) -> bool:
    """Whether a default is None where there must be a value, so that the run config still has to give it."""
    return value is None and info is not None and info.is_required() and not allows_none(info.annotation)


class _SaysSchemas:
    """What the class of an IO manager may say of the config of inputs and outputs."""

    @classmethod
    def input_config_schema(cls) -> Any:
        """The schema of `ops.<op>.inputs.<input>`; None: anything."""
        return None

    @classmethod
    def output_config_schema(cls) -> Any:
        """The schema of `ops.<op>.outputs.<output>`; None: it takes none."""
        return None


class ConfigurableIOManagerFactory(ConfigurableResourceFactory[Product], _SaysSchemas):
    """A class with config that makes an IO manager."""

    @abstractmethod
    def create_io_manager(self, context: Any) -> Product:
        """The IO manager."""

    def create_resource(self, context: Any) -> Product:
        """The IO manager."""
        return self.create_io_manager(context)

    @classmethod
    def _definition_class(cls) -> type[_WithParts]:
        return _IOManagerWithParts


class ConfigurableIOManager(ConfigurableResource, IOManager, _SaysSchemas):
    """An IO manager with config: the class is the manager."""

    @classmethod
    def _definition_class(cls) -> type[_WithParts]:
        return _IOManagerWithParts


class IAttachDifferentObjectToOpContext:
    """A resource of which `context.resources` shows another object than a parameter gets."""

    @abstractmethod
    def get_object_to_set_on_execution_context(self) -> Any:
        """What `context.resources` shows."""


# -- definitions ---------------------------------------------------------------------------------------------------


class _WithParts(ResourceDefinition):
    """A definition whose resource may have parts that the run config configures.

    Such a part is a resource of the job, under any key: `bind` finds out which, once all are definitions. So is, where it
    has a key, the definition that an `@resource` function is; without one it is made with its default config.
    """

    parts: Mapping[str, Any] = {}
    late: tuple[tuple[str, PartialResource | ResourceDefinition], ...] = ()
    """Each with the field that it is in."""
    keys_of_late: Mapping[int, str] = {}

    def declare(self, cls: type[ConfigurableResourceFactory]) -> None:
        """Learn from the class what a definition says beside its config; most classes say nothing."""

    def bind(self, definitions: Mapping[str, ResourceDefinition]) -> None:
        """Learn the keys of the parts. Raises `CheckError` for one that `definitions` do not have."""
        keys = {id(definition): key for key, definition in definitions.items()}
        found = {}
        needed: set[str] = set()
        for field, part in self.late:
            key = keys.get(id(to_resource_definition(part)))
            if key is not None:
                found[id(part)] = key
            elif isinstance(part, PartialResource):
                raise _not_at_top(part, field)
            else:
                needed |= part.required_resource_keys
        self.keys_of_late = found
        self.required_resource_keys = self.required_resource_keys | needed | set(found.values())


class _IOManagerWithParts(_WithParts, IOManagerDefinition):
    """The definition of a `ConfigurableIOManager`."""

    def declare(self, cls: type[ConfigurableResourceFactory]) -> None:
        if issubclass(cls, _SaysSchemas):
            self.input_config_schema = as_schema(cls.input_config_schema())
            self.output_config_schema = as_schema(cls.output_config_schema())


def _not_at_top(part: PartialResource, field: str) -> CheckError:
    return CheckError(
        f"{field} is made by {part.resource_cls.__name__}.configure_at_launch(), and is not itself in resource_defs. "
        "Provide it there at top level, under any key, so that the run config can reach it."
    )


def _late(parts: Mapping[str, Any], owner: str) -> Iterator[tuple[str, PartialResource | ResourceDefinition]]:
    """The parts, at any depth, that may be resources of the job, too, and the fields that they are in."""
    for name, part in parts.items():
        if isinstance(part, (PartialResource, ResourceDefinition)):
            yield f"{owner}.{name}", part
        elif isinstance(part, ConfigurableResourceFactory):
            yield from _late(_parts_of(part), type(part).__name__)


# -- config and parts ----------------------------------------------------------------------------------------------


def _config_field(resource: ConfigurableResourceFactory) -> Field:
    """The schema with the constructor's values as its default: an entry in the run config replaces them all."""
    return Field(schema_of(type(resource)), default_value=resource._convert_to_config_dictionary())


def _read(config: Field) -> Any:
    """The default of a config field, with the environment read now."""
    import os

    resolved = resolve(config, config.default_value, os.environ)
    if resolved.problems:
        from dagjob.config.report import invalid_config

        raise invalid_config("The config of a resource cannot be read.", resolved.problems)
    return resolved.value


def _parts_of(resource: ConfigurableResourceFactory) -> dict[str, Any]:
    return {name: getattr(resource, name) for name in type(resource).model_fields if name in resource._parts()}


def _has_teardown(cls: type[ConfigurableResourceFactory], parts: Mapping[str, Any]) -> bool:
    """Does the class, or that of a part, say what is to be done when its object is no longer needed?"""
    base = ConfigurableResourceFactory
    return (
        cls.teardown_after_execution is not base.teardown_after_execution
        or cls.yield_for_execution is not base.yield_for_execution
        or any(part.to_resource_definition().has_teardown for part in parts.values() if isinstance(part, ResourceLike))
    )


def _is_part(info: FieldInfo) -> bool:
    if PART in info.metadata:
        return True
    return any(map(_is_factory, (info.annotation, *get_args(info.annotation))))


def _part_or_value(cls: type[ConfigurableResourceFactory], name: str, value: Any) -> Any:
    """A part may be given as a dict, from which its class makes it. Raises `ValidationError` for what is none of its class."""
    if isinstance(value, _OpenPart):
        return value.value
    if name not in cls._parts():
        return value
    annotation = cls.model_fields[name].annotation
    kind = next((each for each in (annotation, *get_args(annotation)) if _is_factory(each)), None)
    if kind is None or get_origin(annotation) not in (None, Union, UnionType):
        return value
    if isinstance(value, dict):
        return kind(**value)
    given = value.resource_cls if isinstance(value, PartialResource) else type(value)
    if not (issubclass(given, kind) or isinstance(value, kind) or (value is None and annotation is not kind)):
        told = f"a {kind.__name__} is wanted here, or {kind.__name__}.configure_at_launch(); this is a {given.__name__}"
        detail = InitErrorDetails(
            type=PydanticCustomError("resource_part", "{told}", {"told": told}), loc=(name,), input=value
        )
        raise ValidationError.from_exception_data(cls.__name__, [detail])
    return value


def _is_factory(kind: Any) -> TypeGuard[type[ConfigurableResourceFactory]]:
    return isinstance(kind, type) and issubclass(kind, ConfigurableResourceFactory)


class _OpenPart:
    """What a part has become for a run: any object, whatever the field says."""

    __slots__ = ("value",)

    def __init__(self, value: Any) -> None:
        self.value = value


# -- opening -------------------------------------------------------------------------------------------------------


def _opened(cls: type[ConfigurableResourceFactory], config: Any, parts: dict[str, Any], context: Any) -> Iterator[Any]:
    """Open the parts, make the object from its resolved config, and hand out what it yields."""
    with ExitStack() as stack:
        made = {name: _OpenPart(_opened_part(name, part, context, stack)) for name, part in parts.items()}
        instance = build_instance(cls, config, made)
        if context is not None:
            context = context.replace_config(with_enum_values(config or {}))
        instance._context = context
        yield stack.enter_context(_entered(instance.yield_for_execution(context), cls.__name__))


def _opened_part(name: str, part: Any, context: Any, stack: ExitStack) -> Any:
    if isinstance(part, ConfigurableResourceFactory):
        opening = contextmanager(_opened)(type(part), _read(_config_field(part)), _parts_of(part), context)
        return stack.enter_context(opening)
    if isinstance(part, (PartialResource, ResourceDefinition)):
        owner = context.resource_def
        key = owner.keys_of_late.get(id(part)) if isinstance(owner, _WithParts) else None
        if key is not None:
            return getattr(context.resources, key)
    if isinstance(part, PartialResource):
        raise _not_at_top(part, name)
    if isinstance(part, ResourceDefinition):
        made = part.make(context.replace_config(_default_config(part, name)), name)
        return stack.enter_context(made) if isinstance(made, ResourceWithTeardown) else made
    return part


def _default_config(part: ResourceDefinition, name: str) -> Any:
    """The config of a part that has no key in the run config."""
    schema = part.config_schema
    if schema is None:
        return None
    field = schema if isinstance(schema, Field) else Field(schema)
    if field.is_required:
        raise CheckError(
            f'The resource in the field "{name}" needs config, and is not itself in resource_defs. Provide it there at top '
            "level, under any key, so that the run config can reach it, or give it its config with .configured(...)."
        )
    return _read(field)


def _never_left(manager: AbstractContextManager[Any]) -> Any:
    """Enter, and leave when the process ends. Dropped, a generator would be closed at once, and tear down its resource."""
    from atexit import register

    register(manager.__exit__, None, None, None)
    return manager.__enter__()


@contextmanager
def _awaited_on_held_loop(opening: Any) -> Iterator[None]:
    """Wait for an `async` set-up, and hold its loop as long as the resource is open."""
    from dagjob.definitions.event_loop import held_loop

    with held_loop():
        awaited(opening)
        yield


@contextmanager
def _entered(manager: Any, owner: str) -> Iterator[Any]:
    """A context manager, which may be an asynchronous one."""
    if isinstance(manager, (GeneratorType, AsyncGeneratorType)):
        kind = "contextmanager" if isinstance(manager, GeneratorType) else "asynccontextmanager"
        raise CheckError(f"{owner}.yield_for_execution is a mere generator: write @contextlib.{kind} above it")
    if not hasattr(manager, "__aenter__"):
        with manager as value:
            yield value
        return
    from dagjob.definitions.event_loop import done, held_loop

    with held_loop():
        value = done(manager.__aenter__())
        try:
            yield value
        finally:
            done(manager.__aexit__(None, None, None))
