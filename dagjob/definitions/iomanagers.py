"""IO managers: resources that store the outputs of ops and load their inputs.

Here are the classes that a user implements, the definitions that jobs hold, and the names of those that come with the
house; what these do is in `builtin`.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable
from typing import Any, ClassVar, overload

from dagjob.definitions.configurable import as_schema
from dagjob.definitions.parameters import awaited, doc_of, is_bare_decoration, parameters_of
from dagjob.definitions.resources import ResourceDefinition, ResourceLike
from dagjob.errors import CheckError
from dagjob.values.checks import brief


class InputManager(ResourceLike, ABC):
    """Loads the value of an input."""

    @abstractmethod
    def load_input(self, context: Any) -> Any:
        """The value of the input that `context`, an `InputContext`, tells of."""

    def to_resource_definition(self) -> ResourceDefinition:
        """The definition of a resource that is this object."""
        return InputManagerDefinition(lambda: self)


class IOManager(InputManager):
    """Stores the outputs of ops, and loads them again as inputs, possibly in another process."""

    keeps_in_memory: ClassVar[bool] = False
    """Whether what it stores is gone with its process."""

    @abstractmethod
    def handle_output(self, context: Any, obj: Any) -> Any:
        """Store `obj`, the output that `context`, an `OutputContext`, tells of.

        Returns nothing or an `AssetMaterialization`; as a generator it yields those, and dicts of metadata.
        """

    def to_resource_definition(self) -> ResourceDefinition:
        """The definition of a resource that is this object."""
        return IOManagerDefinition.hardcoded_io_manager(self)


class InputManagerDefinition(ResourceDefinition):
    """A resource that loads inputs. `input_config_schema` is the schema of `ops.<op>.inputs.<input>`."""

    def __init__(
        self,
        resource_fn: Callable[..., Any] | None = None,
        config_schema: object = None,
        description: str | None = None,
        input_config_schema: object = None,
        required_resource_keys: Iterable[str] | None = None,
        version: str | None = None,
        **ours: Any,
    ) -> None:
        super().__init__(resource_fn, config_schema, description, required_resource_keys, version, **ours)
        self.input_config_schema = as_schema(input_config_schema)

    def refusal_of(self, value: Any, key: str) -> CheckError | None:
        """The error for what loads no inputs."""
        return None if hasattr(value, "load_input") else _no_manager(key, value, "InputManager", "load_input")


class IOManagerDefinition(InputManagerDefinition):
    """A resource that stores outputs and loads inputs.

    `output_config_schema` is the schema of `ops.<op>.outputs.<output>`.
    """

    keeps_in_memory = False

    def __init__(
        self,
        resource_fn: Callable[..., Any] | None = None,
        config_schema: object = None,
        description: str | None = None,
        required_resource_keys: Iterable[str] | None = None,
        version: str | None = None,
        input_config_schema: object = None,
        output_config_schema: object = None,
        **ours: Any,
    ) -> None:
        super().__init__(
            resource_fn, config_schema, description, input_config_schema, required_resource_keys, version, **ours
        )
        self.output_config_schema = as_schema(output_config_schema)

    @staticmethod
    def hardcoded_io_manager(value: Any, description: str | None = None) -> IOManagerDefinition:
        """The IO manager itself."""
        if not _is_io_manager(value):
            raise CheckError(f"hardcoded_io_manager takes an IOManager, not {value!r}.")
        definition = IOManagerDefinition(lambda: value, description=description)
        definition.keeps_in_memory = isinstance(value, IOManager) and value.keeps_in_memory
        return definition

    def refusal_of(self, value: Any, key: str) -> CheckError | None:
        """The error for what does not both store outputs and load inputs."""
        return None if _is_io_manager(value) else _no_manager(key, value, "IOManager", "handle_output and load_input")


def _is_io_manager(value: Any) -> bool:
    return hasattr(value, "handle_output") and hasattr(value, "load_input")


def _no_manager(key: str, value: Any, kind: str, methods: str) -> CheckError:
    return CheckError(
        f'what was made for the resource "{key}" is {brief(value)} ({type(value).__name__}); it must be an {kind}: an '
        f"object with {methods}."
    )


# -- the decorators ------------------------------------------------------------------------------------------------


@overload
def io_manager(config_schema: Callable[..., Any], /) -> IOManagerDefinition: ...
@overload
def io_manager(
    config_schema: Any = None,
    description: str | None = None,
    output_config_schema: Any = None,
    input_config_schema: Any = None,
    required_resource_keys: Iterable[str] | None = None,
    version: str | None = None,
) -> Callable[[Callable[..., Any]], IOManagerDefinition]: ...
def io_manager(
    config_schema: Any = None,
    description: str | None = None,
    output_config_schema: Any = None,
    input_config_schema: Any = None,
    required_resource_keys: Iterable[str] | None = None,
    version: str | None = None,
) -> Any:
    """Makes an IO manager of a function, with or without context, that returns an `IOManager`."""
    if is_bare_decoration(config_schema):
        return io_manager()(config_schema)

    def decorate(function: Callable[..., Any]) -> IOManagerDefinition:
        return IOManagerDefinition(
            function,
            config_schema,
            description if description is not None else doc_of(function),
            required_resource_keys,
            version,
            input_config_schema,
            output_config_schema,
        )

    return decorate


@overload
def input_manager(config_schema: Callable[..., Any], /) -> InputManagerDefinition: ...
@overload
def input_manager(
    config_schema: Any = None,
    description: str | None = None,
    input_config_schema: Any = None,
    required_resource_keys: Iterable[str] | None = None,
    version: str | None = None,
) -> Callable[[Callable[..., Any]], InputManagerDefinition]: ...
def input_manager(
    config_schema: Any = None,
    description: str | None = None,
    input_config_schema: Any = None,
    required_resource_keys: Iterable[str] | None = None,
    version: str | None = None,
) -> Any:
    """Makes an input manager of a function, with or without an `InputContext`, that returns the value of an input.

    It may return an `InputManager` instead, which is then asked for the value.
    """
    if is_bare_decoration(config_schema):
        return input_manager()(config_schema)

    def decorate(function: Callable[..., Any]) -> InputManagerDefinition:
        return InputManagerDefinition(
            lambda: _FunctionInputManager(function),
            config_schema,
            description if description is not None else doc_of(function),
            input_config_schema,
            required_resource_keys,
            version,
        )

    return decorate


class _FunctionInputManager(InputManager):
    """What `@input_manager` makes of a function."""

    def __init__(self, function: Callable[..., Any]) -> None:
        self._function = function
        self._takes_context = bool(parameters_of(function).names)

    def load_input(self, context: Any) -> Any:
        value = awaited(self._function(context) if self._takes_context else self._function())
        return value.load_input(context) if isinstance(value, InputManager) else value


# -- those that come with the house --------------------------------------------------------------------------------


def _with_base_dir() -> object:
    from dagjob.config.schema import Field, StringSource

    return {"base_dir": Field(StringSource, is_required=False)}


def io_manager_of_files(makes: str, base_dir: str | None) -> IOManagerDefinition:
    """What an IO manager object with a `base_dir`, or the `EnvVar` of one, stands for: the run config may name another."""

    def make_schema() -> object:
        from dagjob.config.schema import Field

        return Field(_with_base_dir(), default_value={"base_dir": base_dir} if base_dir is not None else {})

    return IOManagerDefinition(makes=makes, make_schema=make_schema)


default_io_manager = IOManagerDefinition(
    makes="dagjob.builtin.fs_io:make_fs_io_manager",
    description="Pickles each output into a file of the run.",
)
"""What a job has when nobody says otherwise."""

fs_io_manager = IOManagerDefinition(
    makes="dagjob.builtin.fs_io:make_fs_io_manager",
    make_schema=_with_base_dir,
    description="Pickles each output into a file under base_dir.",
)
mem_io_manager = IOManagerDefinition(
    makes="dagjob.builtin.mem_io:make_mem_io_manager",
    description="Keeps outputs in memory: for ops of one process.",
)
mem_io_manager.keeps_in_memory = True
custom_path_fs_io_manager = IOManagerDefinition(
    makes="dagjob.builtin.path_io:make_custom_path_io_manager",
    make_schema=_with_base_dir,
    description="Pickles each output to the path in its metadata, under base_dir.",
)
