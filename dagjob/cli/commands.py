"""From a command line to the function of its command, which is imported now, and to its exit code."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable

from dagjob.cli import registry
from dagjob.cli.arguments import CommandLine, ParsedArguments
from dagjob.errors import DagjobUsageError, ExitCode
from dagjob.launch.registries import load


def run_command(line: CommandLine) -> int:
    """Run the command that a command line names. A mistake on the line is a `DagjobUsageError`."""
    if line.only_asks_for_help:
        from dagjob.cli.help import help_text

        sys.stdout.write(help_text(line.command, line.path))
        return ExitCode.OK
    args: ParsedArguments | int | None = line.parsed
    if args is None:
        from dagjob.cli.app import parse

        args = parse(line)
    if isinstance(args, int):
        return args
    _change_folder(args.text(registry.DIRECTORY))
    if args.command is registry.ROOT:
        from dagjob.cli.welcome import welcome

        return welcome(args.text(registry.HOME))
    function: Callable[[ParsedArguments], int] = load(args.command.makes)
    return function(args)


def _change_folder(folder: str | None) -> None:
    if folder is not None:
        try:
            os.chdir(folder)
        except OSError as error:
            raise DagjobUsageError(f'-C: cannot work in "{folder}": {error.strerror}') from None
