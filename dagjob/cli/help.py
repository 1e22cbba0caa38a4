"""The help texts, drawn from the registry: no command and no Typer is imported for them."""

from __future__ import annotations

import os
from collections.abc import Sequence

from dagjob.cli.entries import Command, Option

WIDEST = 100
INDENT = 2


def help_text(command: Command, path: str) -> str:
    """The help of a command. `path` is how it is called: `dagjob runs list`."""
    width = _width()
    lines = [f"Usage: {usage(command, path)}", "", *wrap(command.summary[:1].upper() + command.summary[1:], width)]
    if command.text:
        lines += ["", *wrap(command.text, width)]
    if command.commands:
        lines += ["", "Commands:", *table([(each.name, each.summary) for each in command.offered], width)]
    if command.arguments:
        lines += ["", "Arguments:", *table([(each.name, each.help) for each in command.arguments], width)]
    if command.options:
        lines += ["", "Options:", *table([(_flags(each), _description(each)) for each in command.options], width)]
    if command.commands:
        lines += ["", f"More about one of them:  {path} COMMAND --help"]
    return "\n".join(lines) + "\n"


def usage(command: Command, path: str) -> str:
    """The usage line without its first word."""
    words = [path]
    if command.options:
        words.append("[OPTIONS]")
    if command.commands:
        words.append("[COMMAND]" if command.default else "COMMAND ...")
    return " ".join([*words, *(argument.shown for argument in command.arguments)])


def table(rows: Sequence[tuple[str, str]], width: int) -> list[str]:
    """Two columns; a wide first one gets a line of its own."""
    left = min(max((len(name) for name, _ in rows), default=0), 28)
    lines = []
    for name, text in rows:
        right = wrap(text, width - left - 2 * INDENT)
        if len(name) > left:
            lines.append(" " * INDENT + name)
            name = ""
        for part in right or [""]:
            lines.append(f"{' ' * INDENT}{name:<{left}}{' ' * INDENT}{part}".rstrip())
            name = ""
    return lines


def wrap(text: str, width: int) -> list[str]:
    """The text in lines of at most `width`, broken between words. Line breaks in it are spaces."""
    lines: list[str] = []
    line = ""
    for word in text.replace("\n", " ").split(" "):
        if line and len(line) + 1 + len(word) > width:
            lines.append(line)
            line = word
        else:
            line = f"{line} {word}" if line else word
    return [*lines, line] if line else lines


def _flags(option: Option) -> str:
    text = ", ".join(option.flags)
    if option.flags[0].startswith("--"):
        text = f"    {text}"
    return f"{text} {option.value}" if option.value else text


def _description(option: Option) -> str:
    text = option.help
    if any(choice not in text for choice in option.choices):
        text += f": {', '.join(option.choices)}"
    return f"{text} (may be repeated)" if option.many else text


def _width() -> int:
    columns = os.environ.get("COLUMNS", "")
    if columns.isdigit() and int(columns) > 0:
        return max(40, min(int(columns), WIDEST))
    for stream in (1, 2):
        try:
            return max(40, min(os.get_terminal_size(stream).columns, WIDEST))
        except (OSError, ValueError):
            continue
    return WIDEST
