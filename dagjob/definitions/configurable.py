"""What resources, executors and loggers share: a config schema, and `.configured`.

The schema of what a user defines is made, and its mistakes told, at once; the schema of what comes with the house when
somebody asks for it, so that a job module that only names it pays nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from typing import TYPE_CHECKING, Any, Self

if TYPE_CHECKING:
    from dagjob.config.schema import Schema


class Configurable:
    """A definition with a config schema."""

    _schema: Schema | None
    _make_schema: Callable[[], object] | None

    def _set_schema(self, config_schema: object, make_schema: Callable[[], object] | None = None) -> None:
        self._schema = as_schema(config_schema)
        self._make_schema = make_schema

    @property
    def config_schema(self) -> Schema | None:
        """What its config may be; None: anything."""
        if self._make_schema is not None:
            self._schema, self._make_schema = as_schema(self._make_schema()), None
        return self._schema

    def _with_config(self, config_or_config_fn: Any, config_schema: object, what: str) -> Self:
        """A copy whose config is given here, or made here by a function from another config."""
        from dagjob.config.mapping import configured_schema

        made = object.__new__(type(self))
        made.__dict__.update(self.__dict__)
        made._make_schema = None
        made._schema = configured_schema(self.config_schema, config_or_config_fn, config_schema, what)
        return made


_functions: dict[str, Callable[[Any], Any]] = {}
"""Built-in functions by their names, found once."""


def function_named(name: str) -> Callable[[Any], Any]:
    """The built-in function that a definition names as `module:function`."""
    found = _functions.get(name)
    if found is None:
        module, _, attribute = name.partition(":")
        found = _functions[name] = getattr(import_module(module), attribute)
    return found


def as_schema(config_schema: object) -> Schema | None:
    """The schema that stands for anything a user may write for one; None stays None."""
    if config_schema is None:
        return None
    from dagjob.config.schema import to_schema

    return to_schema(config_schema)
