"""Resources: objects that are made for a run and handed to ops, hooks, types and other resources by key.

A definition says what makes the object, from which config, with the help of which other resources. Opening and closing
is the engine's. What is ours is named as text (`makes`): it lives on a floor above and costs nothing until used.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from contextlib import AbstractContextManager, ContextDecorator, ExitStack
from keyword import iskeyword
from types import GeneratorType, TracebackType
from typing import Annotated, Any, Self, TypeVar, get_origin, overload

from dagjob.definitions.configurable import Configurable, function_named
from dagjob.definitions.parameters import doc_of, is_bare_decoration, name_of, parameters_of
from dagjob.errors import (
    CheckError,
    DagjobInvalidDefinitionError,
    DagjobInvariantViolationError,
    DagjobResourceFunctionError,
    ParameterCheckError,
    warn_user,
)
from dagjob.values.checks import check_kind, check_member

T = TypeVar("T")
ResourceFunction = Callable[..., Any]

_RESOURCE_PARAMETER = "dagjob resource parameter"
ResourceParam = Annotated[T, _RESOURCE_PARAMETER]
"""`def my_op(db: ResourceParam[Database])`: the parameter gets the resource `db`; its type is for the reader."""


class ResourceDefinition(Configurable):
    """What makes a resource: a function of nothing or of one `InitResourceContext`.

    A generator function yields the object once; what follows the yield is its teardown. `config_schema` None accepts
    any config. `required_resource_keys` are the other resources that the function uses. A function of ours is named by
    `makes`, as `module:function`, and its schema is made when it is asked for.
    """

    def __init__(
        self,
        resource_fn: ResourceFunction | None = None,
        config_schema: object = None,
        description: str | None = None,
        required_resource_keys: Iterable[str] | None = None,
        version: str | None = None,
        *,
        makes: str | None = None,
        make_schema: Callable[[], object] | None = None,
    ) -> None:
        if makes is None and not callable(resource_fn):
            raise ParameterCheckError(f"ResourceDefinition: resource_fn must be a function, not {resource_fn!r}.")
        check_kind(description, (str, type(None)), "ResourceDefinition: description")
        check_kind(version, (str, type(None)), "ResourceDefinition: version")
        self.resource_fn = resource_fn
        self.makes = makes
        self.takes_context = resource_fn is None or _takes_context(resource_fn)
        self.description = description
        self.required_resource_keys = check_resource_keys(required_resource_keys, "required_resource_keys")
        self.version = version
        self._set_schema(config_schema, make_schema)

    def configured(
        self, config_or_config_fn: Any, config_schema: object = None, description: str | None = None
    ) -> Self:
        """The same resource with its config given here, or made here by a function from another config."""
        made = self._with_config(config_or_config_fn, config_schema, "a resource")
        made.description = self.description if description is None else description
        return made

    has_teardown = True
    """False: nothing has to be done when what the function made is no longer needed, though it is a generator."""

    def make(self, context: Any, key: str) -> Any:
        """Call the function. Returns the resource; a `ResourceWithTeardown`, where the function has more to do after it.

        What it gave is read by what it is: a generator, or what `contextlib.contextmanager` makes (any
        `ContextDecorator`, as in Dagster). Another object that can be entered or iterated is the resource itself.
        Raises what the function raises.
        """
        if self.makes is not None:
            return function_named(self.makes)(context)
        function: Any = self.resource_fn
        made = function(context) if self.takes_context else function()
        return ResourceWithTeardown(made, key) if isinstance(made, (GeneratorType, ContextDecorator)) else made

    def refusal_of(self, value: Any, key: str) -> CheckError | None:
        """The error for what the function made, when it cannot be what the definition promises."""
        return None

    def bind(self, definitions: Mapping[str, ResourceDefinition]) -> None:
        """Learn from all resources of the job what this one needs to know of them; most need nothing."""

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Make the resource directly, for a test."""
        from dagjob.definitions.direct_calls import call_directly

        return call_directly(self, args, kwargs)

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.makes or name_of(self.resource_fn)}>"

    # -- ready-made ones -------------------------------------------------------------------------------------------

    @staticmethod
    def hardcoded_resource(value: Any, description: str | None = None) -> ResourceDefinition:
        """The object itself."""
        return ResourceDefinition(lambda _init_context: value, description=description)

    @staticmethod
    def none_resource(description: str | None = None) -> ResourceDefinition:
        """None."""
        return ResourceDefinition.hardcoded_resource(None, description)

    @staticmethod
    def string_resource(description: str | None = None) -> ResourceDefinition:
        """The text that its config is."""
        return ResourceDefinition(_its_config, config_schema=str, description=description)

    @staticmethod
    def mock_resource(description: str | None = None) -> ResourceDefinition:
        """A `MagicMock`, for tests."""
        return ResourceDefinition(_mock, description=description)


class ResourceWithTeardown(AbstractContextManager[Any]):
    """What a resource function gave that has more to do: entered, it is the resource; left, the resource is torn down.

    The code after the `yield` of a generator runs also when the block around it raised, and does not see the exception.
    """

    def __init__(self, made: Any, key: str) -> None:
        self._made = made
        self._key = key
        self._teardown = ExitStack()

    def __enter__(self) -> Any:
        """Raises `DagjobResourceFunctionError` for a generator that never yields."""
        try:
            if isinstance(self._made, GeneratorType):
                self._teardown.callback(self._finish, self._made)  # First: a signal may raise wherever it likes.
                value = next(self._made, _NOTHING)
                if value is _NOTHING:
                    raise DagjobResourceFunctionError(
                        f'resource "{self._key}" never yielded: a generator resource yields its object once'
                    )
            else:
                value = self._teardown.enter_context(self._made)
        except BaseException:
            self._teardown.close()
            raise
        return value

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._teardown.close()

    def _finish(self, generator: GeneratorType[Any, None, Any]) -> None:
        """What follows the `yield`. Raises `DagjobInvariantViolationError` where that is another one."""
        if not generator.gi_suspended:  # It never came to its `yield`, or has ended.
            return
        if next(generator, _NOTHING) is not _NOTHING:
            generator.close()
            raise DagjobInvariantViolationError(
                f'resource "{self._key}" yielded a second time: a generator resource yields its object once, and what '
                "follows is its teardown"
            )


_NOTHING = object()


@overload
def resource(config_schema: ResourceFunction, /) -> ResourceDefinition: ...
@overload
def resource(
    config_schema: Any = None,
    description: str | None = None,
    required_resource_keys: Iterable[str] | None = None,
    version: str | None = None,
) -> Callable[[ResourceFunction], ResourceDefinition]: ...
def resource(
    config_schema: Any = None,
    description: str | None = None,
    required_resource_keys: Iterable[str] | None = None,
    version: str | None = None,
) -> Any:
    """Makes a resource of a function; used bare or with arguments. A schema may be the first of them."""
    if is_bare_decoration(config_schema):
        return _decorated(ResourceDefinition(config_schema, description=doc_of(config_schema)), config_schema)

    def decorate(function: ResourceFunction) -> ResourceDefinition:
        text = description if description is not None else doc_of(function)
        return _decorated(ResourceDefinition(function, config_schema, text, required_resource_keys, version), function)

    return decorate


def make_values_resource(**kwargs: Any) -> ResourceDefinition:
    """A resource that is its config: `make_values_resource(a=int)`; without arguments, any config."""
    return ResourceDefinition(_its_config, config_schema=kwargs or None)


# -- what may stand where a resource is wanted ---------------------------------------------------------------------


class ResourceLike:
    """An object that says which definition it stands for: a configurable resource, an IO manager."""

    __slots__ = ()

    def to_resource_definition(self) -> ResourceDefinition:
        """The definition that a job holds."""
        raise NotImplementedError


def to_resource_definition(value: Any) -> ResourceDefinition:
    """What a value in `resource_defs` stands for.

    A definition is itself; configurable resources and IO managers say what they are; anything else, a mock too, is a
    constant.
    """
    if isinstance(value, ResourceDefinition):
        return value
    if isinstance(value, ResourceLike):
        return value.to_resource_definition()
    if isinstance(value, type) and issubclass(value, ResourceLike):
        warn_user(
            f"the class {value.__name__} was given as a resource: ops will get the class, not an instance. Write "
            f"{value.__name__}(...), or {value.__name__}.configure_at_launch() to configure it in the run config.",
            UserWarning,
        )
    return ResourceDefinition.hardcoded_resource(value)


def to_resource_definitions(resources: Mapping[str, Any] | None, what: str) -> dict[str, ResourceDefinition]:
    """All of `resource_defs`, as definitions. Raises `CheckError` for a key that cannot be a resource's."""
    if resources is None:
        return {}
    check_kind(resources, (dict, Mapping), f"resource_defs of the {what}")
    made = {check_key(key, what): to_resource_definition(value) for key, value in resources.items()}
    for definition in made.values():
        definition.bind(made)
    return made


def check_key(key: str, what: str) -> str:
    """`key`, when it can be read as `context.resources.key`. Raises `CheckError`."""
    check_member(key, str, f"a resource key of the {what}")
    if not key.isidentifier() or iskeyword(key) or key.startswith("_"):
        raise CheckError(
            f'"{key}" cannot be a resource key of the {what}: a key is a Python name, no keyword, and does not begin '
            "with an underscore."
        )
    return key


def check_resource_keys(keys: Iterable[str] | None, what: str) -> frozenset[str]:
    """`required_resource_keys` as a set. Raises `ParameterCheckError` when it is no set or list of text."""
    if keys is None:
        return frozenset()
    check_kind(keys, (set, frozenset, list, tuple), what)
    for key in keys:
        check_member(key, str, f"a member of {what}")
    return frozenset(keys)


TREATED_AS_RESOURCE = "__dagjob_as_resource__"
"""The mark of classes that are no resources of ours, and whose objects are: clients of Pipes, `TreatAsResourceParam`."""


def is_resource_annotation(annotation: Any) -> bool:
    """Does a parameter with this annotation get a resource? `ResourceParam[T]`, or the class of one."""
    if get_origin(annotation) is Annotated:
        return _RESOURCE_PARAMETER in annotation.__metadata__
    if not isinstance(annotation, type):
        return False
    return issubclass(annotation, (ResourceDefinition, ResourceLike)) or hasattr(annotation, TREATED_AS_RESOURCE)


D = TypeVar("D", bound=ResourceDefinition)


def _decorated(definition: D, function: Any) -> D:
    """What `functools.wraps` would do, and no more: the name, the doc and the module are the function's."""
    for name in ("__name__", "__qualname__", "__doc__", "__module__"):
        if hasattr(function, name):
            setattr(definition, name, getattr(function, name))
    return definition


def _takes_context(function: ResourceFunction) -> bool:
    parameters = parameters_of(function)
    if parameters.required > 1 or parameters.keywords:
        names = (*parameters.names[: parameters.required], *parameters.keywords)
        raise DagjobInvalidDefinitionError(
            f"the resource function {name_of(function)} has the required parameters {', '.join(names)}; it takes "
            "nothing, or one parameter for the context. Give the others defaults."
        )
    return bool(parameters.names) or parameters.open


def _its_config(init_context: Any) -> Any:
    return init_context.resource_config


def _mock() -> Any:
    from unittest.mock import MagicMock

    return MagicMock()
