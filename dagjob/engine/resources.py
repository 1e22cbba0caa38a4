"""Open the resources that are needed, in order of need, and close them in reverse.

In one process they are opened once for the run, in a worker once for the step that it does. A resource that cannot be made
is told by key; what was open by then is closed again. A teardown that raises is noted and changes nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any

from dagjob import clock
from dagjob.definitions.resources import ResourceWithTeardown
from dagjob.engine.contexts import InitResourceContext
from dagjob.engine.describe import describe
from dagjob.engine.interrupts import heed, user_code
from dagjob.engine.ports import Emit
from dagjob.errors import (
    DagjobError,
    DagjobExecutionInterruptedError,
    DagjobInvariantViolationError,
    DagjobResourceFunctionError,
    is_told_bare,
)
from dagjob.events import EngineNoted, ResourceFailed, ResourcesOpened, ResourcesOpening

if TYPE_CHECKING:
    from logging import Logger

    from dagjob.definitions.resources import ResourceDefinition
    from dagjob.engine.run_info import RunInfo


class OpenResources:
    """The resources that are open now, by key."""

    def __init__(self) -> None:
        self.by_key: dict[str, Any] = {}
        self.has_teardown = False
        """Is there anything to do when they are closed?"""
        self._opened: list[tuple[str, ResourceWithTeardown]] = []

    def open(
        self,
        keys: Iterable[str],
        definitions: Mapping[str, ResourceDefinition],
        run: RunInfo | None,
        emit: Emit | None,
        *,
        config: Mapping[str, object] | None = None,
        log: Callable[[], Logger] | None = None,
        step: str | None = None,
        in_worker: bool = False,
    ) -> None:
        """Open `keys` and what they require. What a function raises comes out after all were closed again.

        It is a `DagjobResourceFunctionError`, except for an error of ours, which is told as it is. `CheckError` is for
        what a function made that is not what its definition promises.

        `run` is None outside of a run; then `config` is the resolved config by key. `emit` is None where no run is at work:
        then a `KeyboardInterrupt` is the caller's, too.
        """
        if config is None:
            config = run.resources if run is not None else {}
        order = in_order_of_need(keys, definitions)
        if not order:
            return
        # A worker whose step needs only built-in resources (an IO manager) has nothing to tell of, and nothing to close.
        tell = None if in_worker and all(definitions[key].makes is not None for key in order) else emit
        if tell is not None:
            tell(ResourcesOpening(clock.time(), tuple(sorted(order)), step))
        seconds: dict[str, float] = {}
        for key in order:
            started = clock.monotonic()
            definition = definitions[key]
            resources = {needed: self.by_key[needed] for needed in definition.required_resource_keys}
            context = InitResourceContext(
                resource_config=config.get(key), resources=resources, resource_def=definition, run=run, log=log, key=key
            )
            try:
                failed = self._try(key, definition, context, at_work=emit is not None)
            except BaseException:
                self.close(emit, step)
                raise
            if failed is not None:
                if emit is not None:
                    emit(ResourceFailed(clock.time(), key, describe(failed), step))
                self.close(emit, step)
                raise failed
            seconds[key] = clock.monotonic() - started
        if tell is not None:
            tell(ResourcesOpened(clock.time(), seconds, step))

    def _try(
        self, key: str, definition: ResourceDefinition, context: InitResourceContext, *, at_work: bool
    ) -> DagjobError | None:
        """Open one. Returns why it could not be made; raises what ends more than that."""
        try:
            self._open(key, definition, context)
        except DagjobExecutionInterruptedError:
            raise
        except BaseException as error:
            if at_work or isinstance(error, (Exception, SystemExit)):
                return _told_bare(key, error) or _failed(key, error)
            raise
        return definition.refusal_of(self.by_key[key], key)

    def _open(self, key: str, definition: ResourceDefinition, context: InitResourceContext) -> None:
        if definition.makes is not None:  # built in: nothing to close, and on the path of every op
            self.by_key[key] = definition.make(context, key)
            return
        with user_code():
            made = definition.make(context, key)
            if isinstance(made, ResourceWithTeardown):
                self.has_teardown = self.has_teardown or definition.has_teardown
                self._opened.append((key, made))  # First: a signal may raise wherever it likes.
                made = made.__enter__()
            self.by_key[key] = made

    def close(self, emit: Emit | None, step: str | None = None) -> None:
        """Close all, last opened first. What a teardown raises is noted, and keeps none from its turn."""
        for key, error in self._close():
            if emit is None:
                continue
            text = f'the resource "{key}" could not be closed: {type(error).__name__}: {error}'
            emit(EngineNoted(clock.time(), text, step, describe(error), "warning"))

    def close_all(self) -> None:
        """The same for a caller without a run: of what teardowns raise, the first comes out."""
        for _, error in self._close():
            raise error

    def _close(self) -> list[tuple[str, BaseException]]:
        """What teardowns raised, by key. Where a signal has broken in, the next call closes what is still open."""
        heed()  # What is open is closed, whatever has come.
        raised: list[tuple[str, BaseException]] = []
        while self._opened:
            key, made = self._opened[-1]
            try:
                with user_code():
                    made.__exit__(None, None, None)
            except BaseException as error:
                raised.append((key, error))
            self._opened.pop()
        self.by_key = {}
        return raised


def in_order_of_need(keys: Iterable[str], definitions: Mapping[str, ResourceDefinition]) -> list[str]:
    """`keys` and all they require, level by level: what requires nothing first, then what requires only that; by name."""
    wanted = sorted(keys)
    if len(wanted) == 1 and wanted[0] in definitions and not definitions[wanted[0]].required_resource_keys:
        return wanted  # Almost always: the IO manager alone.
    level: dict[str, int] = {}
    open_keys: set[str] = set()

    def visit(key: str, trail: tuple[str, ...]) -> None:
        if key in level:
            return
        if key in open_keys:
            circle = " -> ".join([*trail[trail.index(key) :], key])
            raise DagjobInvariantViolationError(f"resources require each other in a circle: {circle}")
        if key not in definitions:
            needed_by = f'resource "{trail[-1]}"' if trail else "the job"
            raise DagjobInvariantViolationError(
                f'{needed_by} requires the resource "{key}", which the job does not have'
            )
        open_keys.add(key)
        required = definitions[key].required_resource_keys
        for needed in sorted(required):
            visit(needed, (*trail, key))
        level[key] = 1 + max((level[needed] for needed in required), default=0)

    for key in wanted:
        visit(key, ())
    return sorted(level, key=lambda key: (level[key], key))


def _told_bare(key: str, error: BaseException) -> DagjobError | None:
    """An error of ours that the function has let through, with a note; None for any other."""
    if isinstance(error, DagjobResourceFunctionError):
        return error
    if isinstance(error, DagjobError) and is_told_bare(error):
        error.add_note(f'while the resource "{key}" was made')
        return error
    return None


def _failed(key: str, error: BaseException) -> DagjobResourceFunctionError:
    told = f"{type(error).__name__}: {error}".removesuffix(": ")
    failed = DagjobResourceFunctionError(f'resource "{key}" could not be made: {told}', error)
    failed.__cause__ = error
    return failed
