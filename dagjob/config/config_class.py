"""How a `Config` class is known, without pydantic and without the kinds of schemas: every op asks, few have one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol, TypeGuard

if TYPE_CHECKING:
    from dagjob.config.kind import Schema


class ConfigClass(Protocol):
    """What `Config` classes have, so that their file, which loads pydantic, need not be known here."""

    @classmethod
    def __dagjob_schema__(cls) -> Schema: ...

    @classmethod
    def __dagjob_definition__(cls) -> Any: ...


def is_config_class(thing: object) -> TypeGuard[type[ConfigClass]]:
    """Whether `thing` is a `Config` class or a configurable resource class. Does not load pydantic."""
    return isinstance(thing, type) and hasattr(thing, "__dagjob_schema__")
