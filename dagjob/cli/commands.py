"""From argv to the function of a command, which is imported now, and to its exit code."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from importlib import import_module

from dagjob.cli import registry
from dagjob.cli.arguments import ParsedArguments, read_plain
from dagjob.errors import DagjobUsageError


def run_command(args: Sequence[str]) -> int:
    """Run the command that a command line names. A mistake on the line is a `DagjobUsageError`."""
    words: ParsedArguments | int | None = read_plain(args)
    if words is None:
        from dagjob.cli.app import read_words

        words = read_words(args)
    if isinstance(words, int):
        return words
    _go_to(words.text(registry.DIRECTORY))
    if words.command is registry.ROOT:
        from dagjob.cli.welcome import welcome

        return welcome(words.text(registry.HOME))
    module, _, name = words.command.makes.partition(":")
    act: Callable[[ParsedArguments], int] = getattr(import_module(module), name)
    return act(words)


def _go_to(folder: str | None) -> None:
    if folder is not None:
        try:
            os.chdir(folder)
        except OSError as error:
            raise DagjobUsageError(f'-C: cannot work in "{folder}": {error.strerror}') from None
