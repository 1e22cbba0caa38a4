"""The way from a definition that is called outside of a run, as a test does, to the engine, which calls its function."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def call_directly(definition: object, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> Any:
    """Call the function of an op, a resource, a hook or a logger here (contract exe-4, "Direct invocation")."""
    from dagjob.engine.invoke import invoke

    return invoke(definition, args, kwargs)
