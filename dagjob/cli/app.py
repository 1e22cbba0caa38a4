"""The command line as a Typer program, made from the registry: for help, mistakes, and all that is not plainly right.

Typer decides what such a line means. What it would draw or convert is ours, for three reasons. Since 0.29 it builds a
pydantic adapter for each parameter of a command, 100 ms that text and switches do not need: our parameters hand their
values on as they are. Its groups know all commands at once: ours make a command when it is chosen. And its help and
errors come in boxes: ours come from the registry, in one style with all other errors.

click is never imported: from 0.26 on it lives inside of Typer, under a private name.
"""

from __future__ import annotations

from collections.abc import Callable
from inspect import Parameter, Signature
from types import MethodType
from typing import Annotated, Any

import typer
from typer.core import TyperCommand, TyperGroup

from dagjob.cli import entries, registry
from dagjob.cli.arguments import CommandLine, Mistake, ParsedArguments
from dagjob.cli.help import help_text
from dagjob.cli.version import VERSION
from dagjob.errors import DagjobUsageError, did_you_mean, nearest

_USAGE_ERROR: type[Exception] = typer.BadParameter.__mro__[1]
"""What Typer raises for a mistake on the command line: the parent of the one such class that it makes public."""


def parse(line: CommandLine) -> ParsedArguments | int:
    """The parsed arguments of a line, or an exit code where the answer has been printed (help, version).

    A mistake on the line is a `DagjobUsageError`.
    """
    program = _made(registry.ROOT)
    try:
        with program.make_context("dagjob", list(line.words)) as ctx:
            parsed: ParsedArguments = program.invoke(ctx)
            return parsed
    except typer.Exit as end:
        return end.exit_code
    except _USAGE_ERROR as error:
        text = _message(line.mistake) if line.mistake else str(error)
        raise DagjobUsageError(_printable(text)) from None


# -- Typer's classes, without their pictures and conversions -------------------------------------------------------


class Command(TyperCommand):
    """A command."""

    entry: entries.Command

    def get_params(self, ctx: Any) -> Any:
        """The parameters, without conversion."""
        return _unconverted(super().get_params(ctx))

    def format_help(self, ctx: Any, formatter: Any) -> None:
        """The registry's text, as it is."""
        formatter.write(help_text(self.entry, ctx.command_path))


class Group(TyperGroup):
    """A group whose commands are made when they are chosen."""

    entry: entries.Command

    def get_params(self, ctx: Any) -> Any:
        """The parameters, without conversion."""
        return _unconverted(super().get_params(ctx))

    def format_help(self, ctx: Any, formatter: Any) -> None:
        """The registry's text, as it is."""
        formatter.write(help_text(self.entry, ctx.command_path))

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """`runs` and `runs --format json` mean the default command of the group; one without a default shows its help."""
        if self.entry.default and (not args or (args[0].startswith("-") and args[0] not in registry.HELP.flags)):
            args = [self.entry.default, *args]
        if args in ([], ["--"]) and self.entry is not registry.ROOT:
            args = [registry.HELP.long]
        return super().parse_args(ctx, args)

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        """The command that is named first, and what follows it."""
        entry = self.entry.find(args[0])
        if entry is None:
            raise _USAGE_ERROR(f'no command "{args[0]}"')
        return entry.name, _made(entry), args[1:]


def _unconverted(params: list[Any]) -> list[Any]:
    """Should Typer rename the hook that is replaced here, its own conversion takes over."""
    for param in params:
        param.process_value = MethodType(_as_it_is, param)
    return params


def _as_it_is(param: Any, ctx: Any, value: Any) -> Any:
    """A parameter's value without conversion: text stays text, a switch a bool, a count a number."""
    if value is None:
        value = [] if param.multiple or param.nargs == -1 else param.default
    if param.callback is not None:  # that of --help
        return param.callback(ctx, param, value)
    return list(value) if isinstance(value, tuple) else value


# -- from the registry to Typer ------------------------------------------------------------------------------------


def _made(entry: entries.Command) -> Command | Group:
    """The Typer command or group of an entry."""
    app = typer.Typer(add_completion=False, pretty_exceptions_enable=False, rich_markup_mode=None)
    settings = {"help_option_names": list(registry.HELP.flags)}
    if entry.commands:
        app.callback(cls=Group, context_settings=settings, invoke_without_command=entry is registry.ROOT)(
            _function(entry, _remember)
        )
    else:
        app.command(entry.name, cls=Command, context_settings=settings)(_function(entry, _parsed))
    command = typer.main.get_command(app)
    assert isinstance(command, Command | Group)
    command.entry = entry
    return command


def _remember(entry: entries.Command, ctx: typer.Context, values: dict[str, Any]) -> ParsedArguments | None:
    """Keep the options before a command. Only a line without a command, as `dagjob -C DIR`, ends here."""
    if values.get(registry.SHOW_VERSION.key):
        print(f"dagjob {VERSION}")
        raise typer.Exit
    if entry is registry.ROOT:
        ctx.obj = values
        if ctx.invoked_subcommand is None:
            return ParsedArguments(entry, {}, values)
    return None


def _parsed(entry: entries.Command, ctx: typer.Context, values: dict[str, Any]) -> ParsedArguments:
    return ParsedArguments(entry, values, ctx.find_root().obj or {})


def _function(
    entry: entries.Command,
    act: Callable[[entries.Command, typer.Context, dict[str, Any]], ParsedArguments | None],
) -> Callable[..., ParsedArguments | None]:
    """A function with the signature that Typer reads the parameters of a command from."""

    def function(ctx: typer.Context, **values: Any) -> ParsedArguments | None:
        return act(entry, ctx, {key: value for key, value in values.items() if value not in (None, False, [])})

    parameters = [Parameter("ctx", Parameter.POSITIONAL_OR_KEYWORD, annotation=typer.Context)]
    for argument in entry.arguments:
        kind: Any = list[str] | None if argument.many else str | None
        annotation: Any = Annotated[kind, typer.Argument(metavar=argument.name)]
        parameters.append(Parameter(argument.key, Parameter.POSITIONAL_OR_KEYWORD, default=None, annotation=annotation))
    for option in entry.options:
        if option is not registry.HELP:
            kind, default = _type(option)
            annotation = Annotated[kind, typer.Option(*option.flags, count=option.counted)]
            parameters.append(
                Parameter(option.key, Parameter.POSITIONAL_OR_KEYWORD, default=default, annotation=annotation)
            )
    function.__dict__["__signature__"] = Signature(parameters)
    function.__annotations__ = {parameter.name: parameter.annotation for parameter in parameters}
    return function


def _type(option: entries.Option) -> tuple[Any, Any]:
    """The type of an option's parameter, and its default."""
    if option.many:
        return list[str] | None, None
    if option.counted:
        return int, 0
    return (str | None, None) if option.value else (bool, False)


# -- mistakes on the command line ----------------------------------------------------------------------------------


def _message(mistake: Mistake) -> str:
    """A mistake in one line of our style."""
    command, path, word = mistake.command, mistake.path, mistake.word
    option = command.option(word)
    if mistake.kind == "command":
        return f'{path} has no command "{word}". {_right_command(command, word)}'
    if mistake.kind == "argument":
        return f'{path} takes no further argument: "{word}"'
    before = registry.ROOT.option(word)
    if option is None and before is not None:
        value = f" {before.value}" if before.value else ""
        return f"{word} stands before the command:  dagjob {word}{value} {path.partition(' ')[2]} ..."
    if option is None:
        near = did_you_mean(word, [flag for each in command.options for flag in each.flags if flag.startswith("--")])
        return f'{path} has no option "{word}".{near or f" See  {path} --help"}'
    if mistake.kind == "value is missing":
        return f"{word} needs a value: {word} {option.value}"
    return f"{word} is a switch and takes no value"


_HABITS = {"ls": "list", "dir": "list", "ps": "runs list", "history": "runs list"}
"""What shells and other tools have taught people to type, and what it is called here."""


def _right_command(command: entries.Command, word: str) -> str:
    """What somebody wanted who wrote `word` where a command of `command` stands."""
    names = [each.name for each in command.offered]
    close = 0.6  # short words: one wrong letter of three is much
    if command is not registry.ROOT:
        near = nearest(word, names, close)
        return f'Did you mean "{near}"?' if near else f"There are: {', '.join(names)}."
    run = f'"dagjob run {word}"'
    if ".py" in word or ":" in word:
        return f"A job is run with {run}."
    for option in (registry.HELP, registry.SHOW_VERSION):
        if word == option.long[2:]:
            return f'Did you mean "dagjob {option.long}"?'
    meant = {name: name for name in names}
    meant |= {
        each.name: f"dagjob {group.name} {each.name}"
        for group in command.offered
        for each in group.commands
        if each.name not in meant
    }
    meant |= _HABITS
    near = word if word in _HABITS else nearest(word, names, close) or nearest(word, meant, close)
    return f'Did you mean "{meant[near]}"?' if near else f"There are: {', '.join(names)}. A job is run with {run}."


def _printable(text: str) -> str:
    """The text on one line: what a shell may pass, but no terminal should get, is escaped."""
    return "".join(sign if sign.isprintable() else repr(sign)[1:-1] for sign in text)
