"""The command line as a Typer program: argv goes in, the chosen command is called, its exit code comes out.

Typer parses; what it would draw or convert is ours, for three reasons. Since 0.29 it builds a pydantic adapter for each
parameter of a command, 100 ms that text and switches do not need: our parameters hand the words on as they are. Its
groups know all commands at once: ours imports a command when it is chosen. And its help and errors come in boxes: ours
come from the registry, in one style with all other errors.

click is never imported: from 0.26 on it lives inside of Typer, under a private name.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from importlib import import_module
from types import MethodType
from typing import Annotated, Any

import typer
from typer.core import TyperCommand, TyperGroup

from dagjob.cli import registry
from dagjob.cli.help import help_text
from dagjob.cli.options import Globals, option
from dagjob.errors import DagjobUsageError, ExitCode, did_you_mean, nearest

_PARSING: Any = typer.BadParameter.__base__
"""What Typer raises for a mistake on the command line: the parent of the one such class that it makes public."""


def run_command_line(args: Sequence[str]) -> int:
    """Parse, run the command, return its exit code. A mistake on the command line is a `DagjobUsageError`."""
    program = _program()
    try:
        with program.make_context("dagjob", list(args)) as ctx:
            code = program.invoke(ctx)
    except typer.Exit as end:
        return end.exit_code
    except _PARSING as error:
        raise _in_our_words(error) from None
    return code if isinstance(code, int) else ExitCode.OK


# -- Typer's classes, without their pictures and conversions -------------------------------------------------------


def _as_it_is(param: Any, ctx: Any, value: Any) -> Any:
    """A parameter's value without conversion: text stays text, a switch a bool, a count a number."""
    if value is None:
        return [] if param.multiple or param.nargs == -1 else param.default
    return list(value) if isinstance(value, tuple) else value


class _OurWay:
    """What our commands and groups share: parameters without conversion, and help from the registry."""

    entry: registry.Command

    def get_params(self, ctx: Any) -> Any:
        """The parameters. Should Typer rename the hook that is replaced here, its own conversion takes over."""
        params = super().get_params(ctx)  # type: ignore[misc]
        for param in params:
            if param.expose_value and hasattr(param, "process_value"):
                param.process_value = MethodType(_as_it_is, param)
        return params

    def format_help(self, ctx: Any, formatter: Any) -> None:
        """The registry's text, as it is."""
        formatter.write(help_text(self.entry, ctx.command_path))


class Command(_OurWay, TyperCommand):
    """A command."""


class Group(_OurWay, TyperGroup):
    """A group whose commands are made when they are chosen."""

    def list_commands(self, ctx: Any) -> list[str]:
        """The names, in the order of the registry."""
        return [entry.name for entry in self.entry.commands]

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        """The command of that name, imported now."""
        entry = self.entry.find(cmd_name)
        return _make(entry) if entry is not None else None

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """`runs` and `runs --format json` mean the default command of the group."""
        if self.entry.default and (not args or (args[0].startswith("-") and args[0] not in registry.HELP.flags)):
            args = [self.entry.default, *args]
        return super().parse_args(ctx, args)

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        """A misspelt command gets one line with the nearest name."""
        entry = self.entry.find(args[0])
        if entry is not None:
            return entry.name, _make(entry), args[1:]
        names = [each.name for each in self.entry.commands]
        near = nearest(args[0], names, 0.6)  # short words: one wrong letter of three is much
        hint = f'Did you mean "{near}"?' if near else f"There are: {', '.join(names)}."
        raise DagjobUsageError(f'{ctx.command_path} has no command "{args[0]}". {hint}')


# -- making them ---------------------------------------------------------------------------------------------------

_CONTEXT = {"help_option_names": list(registry.HELP.flags)}


def _program() -> Any:
    return _group(registry.ROOT, _take_globals)


def _take_globals(
    ctx: typer.Context,
    directory: Annotated[str | None, option(registry.DIRECTORY)] = None,
    home: Annotated[str | None, option(registry.HOME)] = None,
    color: Annotated[str | None, option(registry.COLOR)] = None,
    no_input: Annotated[bool, option(registry.NO_INPUT)] = False,
    version: Annotated[bool, option(registry.SHOW_VERSION)] = False,
) -> int:
    """What stands before the command. Returns only when there is no command."""
    if version:
        print(f"dagjob {registry.VERSION}")
        raise typer.Exit
    if directory is not None:
        try:
            os.chdir(directory)
        except OSError as error:
            raise DagjobUsageError(f'-C: cannot work in "{directory}": {error.strerror}') from None
    ctx.obj = Globals(home, color, no_input)
    if ctx.invoked_subcommand is None:
        from dagjob.cli.welcome import welcome

        return welcome(home)
    return ExitCode.OK


def _nothing() -> None:
    """A group does nothing by itself."""


def _group(entry: registry.Command, callback: Any = _nothing) -> Any:
    app = typer.Typer(
        name=entry.name,
        add_completion=False,
        pretty_exceptions_enable=False,
        rich_markup_mode=None,
    )
    app.callback(cls=Group, context_settings=_CONTEXT, invoke_without_command=entry is registry.ROOT)(callback)
    return _built(app, entry)


def _make(entry: registry.Command) -> Any:
    if entry.commands:
        return _group(entry)
    module, _, name = entry.makes.partition(":")
    app = typer.Typer(add_completion=False, pretty_exceptions_enable=False, rich_markup_mode=None)
    app.command(entry.name, cls=Command, context_settings=_CONTEXT)(getattr(import_module(module), name))
    return _built(app, entry)


def _built(app: typer.Typer, entry: registry.Command) -> Any:
    command: Any = typer.main.get_command(app)
    command.entry = entry
    return command


# -- mistakes on the command line ----------------------------------------------------------------------------------


def _in_our_words(error: Any) -> DagjobUsageError:
    """What Typer says about the command line, in one line of our style."""
    ctx = getattr(error, "ctx", None)
    entry = getattr(getattr(ctx, "command", None), "entry", registry.ROOT)
    path = ctx.command_path if ctx is not None else "dagjob"
    message: str = error.format_message()
    name: str | None = getattr(error, "option_name", None)
    if name is None:
        if message.startswith("Got unexpected extra argument"):
            extra = message[message.find("(", message.find("argument(s)") + 11) + 1 : -1] if "(" in message else ""
            return DagjobUsageError(f'{path} takes no further argument: "{extra.strip("()")}"')
        return DagjobUsageError(message[:1].lower() + message[1:].rstrip("."))
    known = [flag for each in entry.options for flag in each.flags]
    if name not in known:
        near = did_you_mean(name, [flag for flag in known if flag.startswith("--")])
        return DagjobUsageError(f'{path} has no option "{name}".{near or f" See  {path} --help"}')
    value = next(each.value for each in entry.options if name in each.flags)
    if value:
        return DagjobUsageError(f"{name} needs a value: {name} {value}")
    return DagjobUsageError(f"{name} is a switch and takes no value")
