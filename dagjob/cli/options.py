"""Options and arguments as Typer sees them: the words are the registry's, the types stand here.

All values reach a command as text, switches and counts, because Typer's own conversion is passed by (see `app.py`).
What they mean, and the one line that is said when they mean nothing, is `values.py`.
"""

from __future__ import annotations

from typing import Annotated, Any

import typer

from dagjob.cli import registry
from dagjob.record import Record


def option(entry: registry.Option, **more: Any) -> Any:
    """The Typer option of an entry."""
    return typer.Option(*entry.flags, help=entry.help, metavar=entry.value or None, **more)


def argument(entry: registry.Argument) -> Any:
    """The Typer argument of an entry. Missing ones are ours to refuse, so none is required for Typer."""
    return typer.Argument(metavar=entry.name, help=entry.help)


Home = Annotated[str | None, option(registry.HOME)]
Color = Annotated[str | None, option(registry.COLOR)]
Quiet = Annotated[int, option(registry.QUIET, count=True)]
Verbose = Annotated[int, option(registry.VERBOSE, count=True)]
Config = Annotated[list[str] | None, option(registry.CONFIG)]
Set = Annotated[list[str] | None, option(registry.SET)]
Tags = Annotated[list[str] | None, option(registry.TAG)]
TagFilter = Annotated[list[str] | None, option(registry.TAG_FILTER)]
Target = Annotated[str | None, argument(registry.TARGET)]
Run = Annotated[str | None, argument(registry.RUN)]


class Globals(Record):
    """What stands before the command."""

    home: str | None = None
    color: str | None = None
    no_input: bool = False


def global_options(ctx: typer.Context) -> Globals:
    """What stood before the command of this context."""
    found = ctx.find_root().obj
    return found if isinstance(found, Globals) else Globals()
