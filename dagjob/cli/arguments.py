"""The one reader of the command line. It takes argv and knows nothing but the registry: no file, no environment, no Typer.

`read_line` reads every line, also one that is wrong or half typed, as far as it can. What comes of it serves all who
ask about argv: the commands (`parsed`), completion (`pending`, `typed`), errors that are shown before or after the
line was understood (`--color`, `--tb`), and crash files (`masked`). Where a line is not plainly right, Typer, made from
the same registry, has the last word (`app.py`); a test holds both readers together.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal

from dagjob.cli.entries import Argument, Command, Option
from dagjob.cli.registry import HELP, ROOT, SHOW_VERSION
from dagjob.record import Record

Value = str | int | list[str]
"""Text; a switch (True) or how often it was given; or the texts of what may be repeated."""

NO_VALUES: Mapping[str, Value] = {}


class ParsedArguments(Record):
    """A command and the values that were given to it, by the `key` of their option or argument; nothing else is in it.

    Values are text, switches and counts, unchecked: what they mean is `values.py`.
    """

    command: Command
    values: Mapping[str, Value]
    before: Mapping[str, Value] = NO_VALUES
    """The options before the command, as in `dagjob -C DIR run`."""

    def text(self, parameter: Option | Argument) -> str | None:
        """The value of an option or argument; one given after the command wins over one given before it."""
        value = self.values.get(parameter.key, self.before.get(parameter.key))
        return value if isinstance(value, str) else None

    def many(self, parameter: Option | Argument) -> list[str]:
        """All values of what may be repeated."""
        value = self.values.get(parameter.key)
        return list(value) if isinstance(value, list) else []

    def on(self, option: Option) -> bool:
        """Whether a switch was given."""
        return bool(self.values.get(option.key) or self.before.get(option.key))

    def count(self, option: Option) -> int:
        """How often a switch was given."""
        value = self.values.get(option.key)
        return value if isinstance(value, int) else 0


Kind = Literal["command", "option", "value is missing", "value for a switch", "argument"]


class Mistake(Record):
    """The first thing on a line that its command does not take. `path` is how the command is called."""

    kind: Kind
    word: str
    command: Command
    path: str


class CommandLine(Record):
    """A command line, read as far as it goes."""

    words: tuple[str, ...]
    path: str
    """The command that was reached, as it is called: `dagjob runs list`."""
    so_far: ParsedArguments
    """That command, with all values that were understood, whatever else is on the line."""
    typed: tuple[str, ...]
    """The words that are neither commands nor options nor values of options."""
    pending: Option | None
    """The option that still needs its value, where the line ends with it."""
    options_ended: bool
    """Whether `--` was given: what follows is an argument even if it begins with a dash."""
    mistake: Mistake | None
    asks: bool
    """Whether `--help` or `--version` was given."""
    masked: tuple[str, ...]
    """The words with `...` for what may be a secret."""

    @property
    def command(self) -> Command:
        """The command that was reached; a group while none of its commands is named."""
        return self.so_far.command

    @property
    def parsed(self) -> ParsedArguments | None:
        """The parsed arguments of a line that is plainly right. None: Typer has to look at it."""
        if self.mistake is not None or self.asks:
            return None
        meant = self.command.meant
        if meant.commands and meant is not ROOT:
            return None
        return self.so_far if meant is self.command else ParsedArguments(meant, {}, self.so_far.before)

    @property
    def only_asks_for_help(self) -> bool:
        """Whether the line is the names of commands and `--help` behind them."""
        names = tuple(self.path.split()[1:])
        return self.words[:-1] == names and self.words[-1:] != () and self.words[-1] in HELP.flags


def read_line(words: Sequence[str]) -> CommandLine:
    """Read a command line, without the name of the program. Every line can be read."""
    reader = _Reader()
    masked = tuple([reader.take(word) for word in words])
    return reader.line(tuple(words), masked)


def split_flag(word: str) -> tuple[str, str, str]:
    """`--tb=full` as flag, equals sign and value; without a value the last two are empty."""
    return word.partition("=")


class _Reader:
    """What is known after each word."""

    def __init__(self) -> None:
        self.command = ROOT
        self.path = "dagjob"
        self.values: dict[str, Value] = {}
        self.before: Mapping[str, Value] = self.values
        self.typed: list[str] = []
        self.pending: Option | None = None
        self.flag = ""  # how the pending option is spelt
        self.options_ended = False
        self.mistake: Mistake | None = None
        self.asks = False

    def take(self, word: str) -> str:
        """Read the next word, and return it masked."""
        if self.pending is not None:
            option, self.pending = self.pending, None
            self.note(option, word)
            return _mask(option, word)
        if self.command.default and not self.typed and word.startswith("-") and word not in HELP.flags:
            self.enter(self.command.meant)
        if self.options_ended or not word.startswith("-") or word == "-":
            return self.positional(word)
        if word == "--":
            self.options_ended = True
            return word
        return self.long(word) if word.startswith("--") else self.letters(word)

    def positional(self, word: str) -> str:
        """The name of a command, or an argument. One that is too many, or behind a mistake, may be anything: a secret."""
        inner = self.command.find(word) if not self.typed else None
        if inner is not None:
            self.enter(inner)
            return word
        self.typed.append(word)
        if self.command.commands:
            self.wrong("command", word)
        return word if self.mistake is None and self.command.argument(len(self.typed) - 1) else "..."

    def enter(self, command: Command) -> None:
        """Go on with a command of this group. Only the program itself has options that stand before a command."""
        self.command, self.values, self.options_ended = command, {}, False
        self.path += f" {command.name}"

    def long(self, word: str) -> str:
        """`--flag` or `--flag=value`."""
        flag, equals, value = split_flag(word)
        option = self.command.option(flag)
        if option is None:
            self.wrong("option", flag)
        elif option.value and equals:
            self.note(option, value)
            return f"{flag}={_mask(option, value)}"
        elif option.value:
            self.pending, self.flag = option, flag
        elif equals:
            self.wrong("value for a switch", flag)
        else:
            self.note(option, True)
        return f"{flag}=..." if equals else word

    def letters(self, word: str) -> str:
        """`-xvj4`: switches, and at the end an option with its value."""
        for at, letter in enumerate(word[1:], 1):
            flag = f"-{letter}"
            option = self.command.option(flag)
            if option is None:
                self.wrong("option", flag)
                return word[: at + 1] + ("..." if word[at + 1 :] else "")
            if not option.value:
                self.note(option, True)
            elif at + 1 < len(word):
                value = word[at + 1 :]
                self.note(option, value)
                return word[: at + 1] + _mask(option, value)
            else:
                self.pending, self.flag = option, flag
        return word

    def note(self, option: Option, value: str | bool) -> None:
        """Keep the value of an option."""
        if option is HELP or option is SHOW_VERSION:
            self.asks = True
            return
        known = self.values.get(option.key)
        if option.many and isinstance(value, str):
            self.values[option.key] = [*known, value] if isinstance(known, list) else [value]
        elif option.counted:
            self.values[option.key] = known + 1 if isinstance(known, int) else 1
        else:
            self.values[option.key] = value

    def wrong(self, kind: Kind, word: str) -> None:
        """Note a mistake; the first one counts."""
        self.mistake = self.mistake or Mistake(kind, word, self.command, self.path)

    def line(self, words: tuple[str, ...], masked: tuple[str, ...]) -> CommandLine:
        """What was read, now that the line has ended."""
        if self.pending is not None:
            self.wrong("value is missing", self.flag)
        rest = list(self.typed)
        for argument in self.command.arguments:
            if rest:
                self.values[argument.key] = rest if argument.many else rest.pop(0)
                rest = [] if argument.many else rest
        if rest:
            self.wrong("argument", " ".join(rest))
        so_far = ParsedArguments(self.command, self.values if self.command is not ROOT else {}, self.before)
        return CommandLine(
            words,
            self.path,
            so_far,
            tuple(self.typed),
            self.pending,
            self.options_ended,
            self.mistake,
            self.asks,
            masked,
        )


def _mask(option: Option, value: str) -> str:
    """A value of an option as a crash file shows it: of `--set PATH=VALUE` the path."""
    if not option.private:
        return value
    key, equals, _ = value.partition("=")
    return f"{key}=..." if equals and "=" in option.value else "..."
