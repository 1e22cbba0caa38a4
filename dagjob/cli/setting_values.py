"""The options that the settings say, laid under those of a command line: loaded only where they say any."""

from __future__ import annotations

from collections.abc import Mapping

from dagjob.cli import registry
from dagjob.cli.arguments import ParsedArguments, Value
from dagjob.cli.entries import Option
from dagjob.record import replace

VARIABLES = {
    "format": "DAGJOB_FORMAT",
    "color": "DAGJOB_COLOR",
    "tb": "DAGJOB_TB",
    "jobs": "DAGJOB_JOBS",
    "executor": "DAGJOB_EXECUTOR",
    "log-level": "DAGJOB_LOG_LEVEL",
}
"""The environment variables that say an option, and count more than a setting."""
EVERYWHERE = ("tb", "log-level", "color", "strict")
"""What counts in commands that run nothing, too; a `format` of theirs is another thing."""
INSTEAD: Mapping[str, tuple[Option, ...]] = {
    "format": (registry.QUIET,),
    "fail-fast": (registry.KEEP_GOING, registry.MAX_FAILURES),
    "max-failures": (registry.KEEP_GOING, registry.FAIL_FAST),
}
"""What on the command line stands for the option, too."""


def filled(args: ParsedArguments, options: Mapping[str, str | bool], environ: Mapping[str, str]) -> ParsedArguments:
    """The arguments with these options where neither the command line nor a variable says them."""
    values: dict[str, Value] = dict(args.values)
    for name, value in options.items():
        option = args.command.option(f"--{name}")
        if not args.command.executes and name not in EVERYWHERE:
            continue
        instead = (option, *INSTEAD.get(name, ()))
        if option is None or value is False or environ.get(VARIABLES.get(name, "")):
            continue
        if not any(each.key in args.values or each.key in args.before for each in instead if each is not None):
            values[option.key] = value
    return replace(args, values=values)
