"""The command line as a Typer program, made from the registry: argv goes in, `ParsedArguments` come out.

Typer parses; what it would draw or convert is ours, for three reasons. Since 0.29 it builds a pydantic adapter for each
parameter of a command, 100 ms that text and switches do not need: our parameters hand the words on as they are. Its
groups know all commands at once: ours make a command when it is chosen. And its help and errors come in boxes: ours
come from the registry, in one style with all other errors.

click is never imported: from 0.26 on it lives inside of Typer, under a private name.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from inspect import Parameter, Signature
from types import MethodType
from typing import Annotated, Any

import typer
from typer.core import TyperCommand, TyperGroup

from dagjob.cli import registry
from dagjob.cli.arguments import ParsedArguments, key_of
from dagjob.cli.help import help_text
from dagjob.cli.version import VERSION
from dagjob.errors import DagjobUsageError, did_you_mean, nearest

_PARSING: Any = typer.BadParameter.__base__
"""What Typer raises for a mistake on the command line: the parent of the one such class that it makes public."""


def read_words(args: Sequence[str]) -> ParsedArguments | int:
    """The words of a command line, or an exit code where all has been said (help, version).

    A mistake on the command line is a `DagjobUsageError`.
    """
    program = _made(registry.ROOT)
    try:
        with program.make_context("dagjob", list(args)) as ctx:
            words: ParsedArguments = program.invoke(ctx)
            return words
    except typer.Exit as end:
        return end.exit_code
    except _PARSING as error:
        raise DagjobUsageError(_printable(_in_our_words(error, args))) from None


# -- Typer's classes, without their pictures and conversions -------------------------------------------------------


def _as_it_is(param: Any, ctx: Any, value: Any) -> Any:
    """A parameter's value without conversion: text stays text, a switch a bool, a count a number."""
    if value is None:
        value = [] if param.multiple or param.nargs == -1 else param.default
    if param.callback is not None:  # that of --help
        return param.callback(ctx, param, value)
    return list(value) if isinstance(value, tuple) else value


class _OurWay:
    """What our commands and groups share: parameters without conversion, and help from the registry."""

    entry: registry.Command

    def get_params(self, ctx: Any) -> Any:
        """The parameters. Should Typer rename the hook that is replaced here, its own conversion takes over."""
        params = super().get_params(ctx)  # type: ignore[misc]
        for param in params:
            if hasattr(param, "process_value"):
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
        """The command of that name, made now."""
        entry = self.entry.find(cmd_name)
        return _made(entry) if entry is not None else None

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """`runs` and `runs --format json` mean the default command of the group; one without a default shows its help."""
        if self.entry.default and (not args or (args[0].startswith("-") and args[0] not in registry.HELP.flags)):
            args = [self.entry.default, *args]
        if not args and self.entry is not registry.ROOT:
            args = [registry.HELP.long]
        return super().parse_args(ctx, args)

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        """A misspelt command gets one line with the nearest name."""
        entry = self.entry.find(args[0])
        if entry is not None:
            return entry.name, _made(entry), args[1:]
        names = [each.name for each in self.entry.commands]
        near = nearest(args[0], names, 0.6)  # short words: one wrong letter of three is much
        hint = f'Did you mean "{near}"?' if near else f"There are: {', '.join(names)}."
        raise DagjobUsageError(_printable(f'{ctx.command_path} has no command "{args[0]}". {hint}'))


# -- from the registry to Typer ------------------------------------------------------------------------------------


def _made(entry: registry.Command) -> Any:
    """The Typer command or group of an entry."""
    app = typer.Typer(add_completion=False, pretty_exceptions_enable=False, rich_markup_mode=None)
    settings = {"help_option_names": list(registry.HELP.flags)}
    if entry.commands:
        app.callback(cls=Group, context_settings=settings, invoke_without_command=entry is registry.ROOT)(
            _function(entry, _remember)
        )
    else:
        app.command(entry.name, cls=Command, context_settings=settings)(_function(entry, _words))
    command: Any = typer.main.get_command(app)
    command.entry = entry
    return command


def _remember(entry: registry.Command, ctx: Any, values: dict[str, Any]) -> ParsedArguments | None:
    """What stands before a command. Only a bare `dagjob -C DIR` ends here."""
    if values.get(key_of(registry.SHOW_VERSION)):
        print(f"dagjob {VERSION}")
        raise typer.Exit
    if entry is registry.ROOT:
        ctx.obj = values
        if ctx.invoked_subcommand is None:
            return ParsedArguments(entry, {}, values)
    return None


def _words(entry: registry.Command, ctx: Any, values: dict[str, Any]) -> ParsedArguments:
    before = ctx.find_root().obj
    return ParsedArguments(entry, values, before if isinstance(before, dict) else {})


def _function(entry: registry.Command, act: Callable[[registry.Command, Any, dict[str, Any]], Any]) -> Any:
    """A function with the signature that Typer reads the parameters of a command from."""

    def function(ctx: Any, **values: Any) -> Any:
        return act(entry, ctx, {key: value for key, value in values.items() if value not in (None, False, [])})

    parameters = [Parameter("ctx", Parameter.POSITIONAL_OR_KEYWORD, annotation=typer.Context)]
    for argument in entry.arguments:
        kind: Any = list[str] | None if argument.many else str | None
        annotation: Any = Annotated[kind, typer.Argument(metavar=argument.name)]
        parameters.append(
            Parameter(key_of(argument), Parameter.POSITIONAL_OR_KEYWORD, default=None, annotation=annotation)
        )
    for option in entry.options:
        if option is not registry.HELP:
            kind, default = _type(option)
            annotation = Annotated[kind, typer.Option(*option.flags, count=option.counted)]
            parameters.append(
                Parameter(key_of(option), Parameter.POSITIONAL_OR_KEYWORD, default=default, annotation=annotation)
            )
    function.__signature__ = Signature(parameters)  # type: ignore[attr-defined]
    function.__annotations__ = {parameter.name: parameter.annotation for parameter in parameters}
    return function


def _type(option: registry.Option) -> tuple[Any, Any]:
    if option.many:
        return list[str] | None, None
    if option.counted:
        return int, 0
    return (str | None, None) if option.value else (bool, False)


# -- mistakes on the command line ----------------------------------------------------------------------------------


def _in_our_words(error: Any, args: Sequence[str]) -> str:
    """What Typer says about the command line, in one line of our style."""
    entry, path = _speaker(args)
    message: str = error.format_message()
    name: str | None = getattr(error, "option_name", None)
    if name is None:
        if message.startswith("Got unexpected extra argument"):
            return f'{path} takes no further argument: "{message.partition(" (")[2].removesuffix(")")}"'
        return message[:1].lower() + message[1:].rstrip(".")
    known = [flag for each in entry.options for flag in each.flags]
    if name not in known:
        near = did_you_mean(name, [flag for flag in known if flag.startswith("--")])
        return f'{path} has no option "{name}".{near or f" See  {path} --help"}'
    value = next(each.value for each in entry.options if name in each.flags)
    if value:
        return f"{name} needs a value: {name} {value}"
    return f"{name} is a switch and takes no value"


def _speaker(args: Sequence[str]) -> tuple[registry.Command, str]:
    """The command that was being read, and how it is called: not every error of Typer's knows."""
    entry, path = registry.ROOT, "dagjob"
    for word in args:
        inner = entry.find(word)
        if inner is not None:
            entry, path = inner, f"{path} {word}"
    return entry, path


def _printable(text: str) -> str:
    """The text on one line: what a shell may pass, but no terminal should get, is escaped."""
    return "".join(sign if sign.isprintable() else repr(sign)[1:-1] for sign in text)
