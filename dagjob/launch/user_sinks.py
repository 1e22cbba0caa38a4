"""Sinks of users: `--sink MODULE:NAME[=VALUE]`, and `sinks` in pyproject.toml.

NAME is a function of one event; or a class, of which an object is made (with VALUE, if one is given); or, where a VALUE
is given, a function that takes it and returns one of these.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from dagjob.engine.importing import stdout_is_stderr
from dagjob.engine.ports import Emit, Sink
from dagjob.errors import DagjobUsageError
from dagjob.launch.registries import load

if TYPE_CHECKING:
    from dagjob.display.options import DisplayOptions
    from dagjob.events import Event


class FunctionSink(Sink):
    """A function as a sink."""

    def __init__(self, function: Emit) -> None:
        self._function = function

    def __call__(self, event: Event) -> None:
        """Call the function."""
        self._function(event)


def make(options: DisplayOptions, text: str) -> Sink:
    """The sink that the text names. Raises `DagjobUsageError` with the reason where there is none."""
    name, equals, value = text.partition("=")
    if ":" not in name:
        raise DagjobUsageError(f'a sink is named MODULE:NAME or MODULE:NAME=VALUE, not "{text}"')
    try:
        with stdout_is_stderr():
            found = load(name)
            if equals:
                found = found(value)
            elif isinstance(found, type):
                found = found()
    except Exception as error:
        raise DagjobUsageError(f'the sink "{text}" cannot be made: {type(error).__name__}: {error}') from error
    if isinstance(found, Sink):
        return found
    if callable(found):
        return FunctionSink(found)
    raise DagjobUsageError(f'the sink "{text}" is a {type(found).__name__}, not a function of one event')
