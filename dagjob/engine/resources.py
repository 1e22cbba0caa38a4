"""Open the resources that are needed, in order of need, and close them in reverse.

In one process they are opened once for the run, in a worker once for the step that it does. A resource that cannot be made
is told by key; what was open by then is closed again. A teardown that raises is noted and changes nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from importlib import import_module
from typing import TYPE_CHECKING, Any

from dagjob import clock
from dagjob.engine.contexts import InitResourceContext
from dagjob.engine.describe import describe
from dagjob.engine.interrupts import user_code
from dagjob.engine.ports import Emit
from dagjob.errors import DagjobInvariantViolationError, DagjobResourceFunctionError
from dagjob.events import EngineNoted, ResourceFailed, ResourcesOpened, ResourcesOpening

if TYPE_CHECKING:
    from dagjob.definitions.resources import ResourceDefinition
    from dagjob.engine.run_info import RunInfo


class OpenResources:
    """The resources that are open now, by key."""

    def __init__(self) -> None:
        self.by_key: dict[str, Any] = {}
        self._stack = ExitStack()

    def open(
        self,
        keys: Iterable[str],
        definitions: Mapping[str, ResourceDefinition],
        run: RunInfo,
        emit: Emit,
        *,
        log: Callable[[], Any] | None = None,
        step: str | None = None,
        in_worker: bool = False,
    ) -> None:
        """Open `keys` and what they require. Raises `DagjobResourceFunctionError` after all were closed again."""
        if in_worker and self._furnish(keys, definitions, run, log):
            return
        order = in_order_of_need(keys, definitions)
        told = tuple(sorted(order))
        if not told:
            return
        emit(ResourcesOpening(clock.time(), told, step))
        seconds: dict[str, float] = {}
        for key in order:
            started = clock.monotonic()
            definition = definitions[key]
            context = InitResourceContext(
                resource_config=run.resources.get(key),
                resources={k: self.by_key[k] for k in definition.required_resource_keys},
                resource_def=definition,
                run=run,
                log=log,
                key=key,
            )
            try:
                if definition.makes is not None:  # ours: nothing to close, and on the path of every op
                    self.by_key[key] = make(definition, context)
                else:
                    with user_code():
                        self.by_key[key] = self._stack.enter_context(_made(key, definition, context))
            except Exception as error:
                failed = error if isinstance(error, DagjobResourceFunctionError) else _failed(key, error)
                emit(ResourceFailed(clock.time(), key, describe(failed), step))
                self.close(emit, step)
                raise failed from (failed.__cause__ or error if failed is not error else failed.__cause__)
            seconds[key] = clock.monotonic() - started
        emit(ResourcesOpened(clock.time(), seconds, step))

    def _furnish(
        self,
        keys: Iterable[str],
        definitions: Mapping[str, ResourceDefinition],
        run: RunInfo,
        log: Callable[[], Any] | None,
    ) -> bool:
        """In a worker that needs only furniture of the house (an IO manager): there is nothing to tell of, and to close."""
        if not all(key in definitions and definitions[key].makes is not None for key in keys):
            return False
        for key in keys:
            definition = definitions[key]
            context = InitResourceContext(
                resource_config=run.resources.get(key), resources={}, resource_def=definition, run=run, log=log, key=key
            )
            self.by_key[key] = make(definition, context)
        return True

    def close(self, emit: Emit, step: str | None = None) -> None:
        """Close all, last opened first. What raises is noted."""
        stack, self._stack, self.by_key = self._stack, ExitStack(), {}
        while True:
            try:
                with user_code():
                    stack.close()
                return
            except Exception as error:
                # ExitStack has run the other exits all the same; only the last error comes out.
                text = f"a resource could not be closed: {type(error).__name__}: {error}"
                emit(EngineNoted(clock.time(), text, step, describe(error), "warning"))
                return


def in_order_of_need(keys: Iterable[str], definitions: Mapping[str, ResourceDefinition]) -> list[str]:
    """`keys` and all they require: what is required first, by name where the order is free."""
    order: list[str] = []
    state: dict[str, bool] = {}

    def visit(key: str, trail: tuple[str, ...]) -> None:
        if state.get(key):
            return
        if key in state:
            circle = " -> ".join([*trail[trail.index(key) :], key])
            raise DagjobInvariantViolationError(f"resources require each other in a circle: {circle}")
        if key not in definitions:
            needed_by = f'resource "{trail[-1]}"' if trail else "the job"
            raise DagjobInvariantViolationError(
                f'{needed_by} requires the resource "{key}", which the job does not have'
            )
        state[key] = False
        for needed in sorted(definitions[key].required_resource_keys):
            visit(needed, (*trail, key))
        state[key] = True
        order.append(key)

    for key in sorted(keys):
        visit(key, ())
    return order


_makers: dict[str, Callable[[Any], Any]] = {}
"""Makers of ours by their names, found once."""


def make(definition: ResourceDefinition, context: InitResourceContext) -> Any:
    """Call what makes the resource: the user's function, or one of ours that is named as `module:function`."""
    if definition.makes is not None:
        maker = _makers.get(definition.makes)
        if maker is None:
            module, _, name = definition.makes.partition(":")
            maker = _makers[definition.makes] = getattr(import_module(module), name)
        return maker(context)
    function: Any = definition.resource_fn
    return function(context) if definition.takes_context else function()


@contextmanager
def _made(key: str, definition: ResourceDefinition, context: InitResourceContext) -> Iterator[Any]:
    """The resource, and its teardown: the code after the `yield` of a generator, the exit of a context manager."""
    value = make(definition, context)
    if hasattr(value, "__next__") and hasattr(value, "send"):
        try:
            made = next(value)
        except StopIteration:
            raise DagjobResourceFunctionError(
                f'resource "{key}" never yielded: a generator resource yields its object once'
            ) from None
        definition.check_made(made, key)
        yield made
        next(value, None)
    elif _is_function_of_contextmanager(definition) and hasattr(value, "__enter__"):
        with value as made:
            definition.check_made(made, key)
            yield made
    else:
        definition.check_made(value, key)
        yield value


def _is_function_of_contextmanager(definition: ResourceDefinition) -> bool:
    """Was the function wrapped by `contextlib.contextmanager`? An object that merely has `__enter__` is not entered."""
    wrapped = getattr(definition.resource_fn, "__wrapped__", None)
    return wrapped is not None and bool(getattr(getattr(wrapped, "__code__", None), "co_flags", 0) & 0x20)


def _failed(key: str, error: Exception) -> DagjobResourceFunctionError:
    failed = DagjobResourceFunctionError(f'resource "{key}" could not be made: {type(error).__name__}: {error}', error)
    failed.__cause__ = error
    return failed
