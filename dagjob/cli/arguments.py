"""A command line that was read: which command, and what was said for each of its options and arguments.

All values are text, switches and counts; what they mean is `values.py`. `read_plain` reads a line that is plainly
right, by the registry alone: importing Typer costs more than most commands do. Whatever it does not take (a mistake, a
call for help, anything unusual) is Typer's to read and to answer (`app.py`). A test holds both together: where
`read_plain` takes a line, Typer reads the same.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from dagjob.cli.registry import HELP, ROOT, SHOW_VERSION, Argument, Command, Option
from dagjob.record import Record

NO_VALUES: Mapping[str, Any] = {}


class ParsedArguments(Record):
    """What was said to a command. `values` is by name (see `key_of`); what was not said is not in it."""

    command: Command
    values: Mapping[str, Any]
    before: Mapping[str, Any] = NO_VALUES
    """What stood before the command."""

    def text(self, thing: Option | Argument) -> str | None:
        """The value of an option or argument; one that also stands before the command may have been said there."""
        value: str | None = self.values.get(key_of(thing), self.before.get(key_of(thing)))
        return value

    def many(self, thing: Option | Argument) -> list[str]:
        """All values of what may be repeated."""
        return list(self.values.get(key_of(thing)) or ())

    def on(self, option: Option) -> bool:
        """Whether a switch was set."""
        return bool(self.values.get(key_of(option)) or self.before.get(key_of(option)))

    def count(self, option: Option) -> int:
        """How often a switch was said."""
        return int(self.values.get(key_of(option)) or 0)


def key_of(thing: Option | Argument) -> str:
    """The name of an option or argument as an identifier: `op_timeout`, `target`."""
    name = thing.long.lstrip("-") if isinstance(thing, Option) else thing.name.lower()
    return name.replace("-", "_").replace("|", "_")


def read_plain(args: Sequence[str]) -> ParsedArguments | None:
    """The words of a command line that is plainly right, else None."""
    rest = list(args)
    before: dict[str, Any] = {}
    while rest and rest[0].startswith("-"):
        if rest[0] == "-" or not _take_option(rest, ROOT, before):
            return None
    command = ROOT.find(rest.pop(0)) if rest else None
    if command is not None and command.commands:
        if not rest or (rest[0].startswith("-") and rest[0] not in HELP.flags):
            rest.insert(0, command.default)
        command = command.find(rest.pop(0))
    if command is None or not command.makes:
        return None
    values: dict[str, Any] = {}
    said: list[str] = []
    while rest:
        if rest[0].startswith("-") and rest[0] != "-":
            if not _take_option(rest, command, values):
                return None
        else:
            said.append(rest.pop(0))
    for argument in command.arguments:
        if said:
            values[key_of(argument)] = said if argument.many else said.pop(0)
            said = [] if argument.many else said
    return None if said else ParsedArguments(command, values, before)


def _take_option(rest: list[str], command: Command, values: dict[str, Any]) -> bool:
    """Take the option that stands first, with its value. False: this is not plain."""
    word = rest.pop(0)
    if not word.startswith("--"):
        return _take_letters(word[1:], rest, command, values)
    flag, equals, value = word.partition("=")
    option = _option(command, flag)
    if option is None or (equals and not option.value):
        return False
    if not option.value:
        _note(option, True, values)
        return True
    if not equals:
        if not rest:
            return False
        value = rest.pop(0)
    _note(option, value, values)
    return True


def _take_letters(letters: str, rest: list[str], command: Command, values: dict[str, Any]) -> bool:
    """`-xj4`: switches, and at the end an option with its value."""
    while letters:
        option = _option(command, f"-{letters[0]}")
        if option is None:
            return False
        letters = letters[1:]
        if option.value:
            if not letters and not rest:
                return False
            _note(option, letters or rest.pop(0), values)
            return True
        _note(option, True, values)
    return True


def _option(command: Command, flag: str) -> Option | None:
    option = next((each for each in command.options if flag in each.flags), None)
    return None if option in (HELP, SHOW_VERSION) else option


def _note(option: Option, value: Any, values: dict[str, Any]) -> None:
    key = key_of(option)
    if option.many:
        values.setdefault(key, []).append(value)
    elif option.counted:
        values[key] = values.get(key, 0) + 1
    else:
        values[key] = value
