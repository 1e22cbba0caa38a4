"""`dagjob job ...`: Dagster's own command lines, put into ours. Each function here ends in the one of our own command."""

from __future__ import annotations

import os
import sys

from dagjob.cli import registry, registry_job
from dagjob.cli.arguments import ParsedArguments, Value
from dagjob.cli.entries import Command, Option
from dagjob.errors import DagjobUsageError

PARTITION_TAG = "dagster/partition"


def execute(args: ParsedArguments) -> int:
    """`dagster job execute`: run a job."""
    from dagjob.cli.run import run

    values = {**_job(args), **_same(args, registry.CONFIG, registry.CONFIG_JSON)}
    tags = _tags(args)
    if PARTITION_TAG in tags:
        values[registry.PARTITION.key] = tags.pop(PARTITION_TAG)
    values[registry.TAG.key] = [f"{key}={value}" for key, value in tags.items()]
    selection = args.text(registry_job.OP_SELECTION)
    if selection is not None:
        values[registry.SELECT.key] = [selection]
    return run(_as(args, values, "run"))


def list_them(args: ParsedArguments) -> int:
    """`dagster job list`: the jobs of files and modules."""
    from dagjob.cli.list import list_jobs

    _look_in(args)
    return list_jobs(_as(args, {registry.PLACES.key: _locations(args)}, "list"))


def print_one(args: ParsedArguments) -> int:
    """`dagster job print`: what a job is made of."""
    from dagjob.cli.show import show

    return show(_as(args, _job(args), "show"))


def backfill(args: ParsedArguments) -> int:
    """`dagster job backfill`: partitions of a job, run here and now."""
    from dagjob.cli.backfill import run_backfill

    values = {**_job(args), **_same(args, registry.THESE_PARTITIONS, registry.FROM, registry.TO)}
    values[registry.TAG.key] = [f"{key}={value}" for key, value in _tags(args).items()]
    if args.text(registry_job.ALL_OF_THEM) is not None:
        values[registry.ALL_PARTITIONS.key] = True
    if args.on(registry_job.NO_PROMPT):
        values[registry.YES_MANY.key] = True
    return run_backfill(_as(args, values, "backfill"))


def scaffold_config(args: ParsedArguments) -> int:
    """`dagster job scaffold_config`: a run config to start from, with all that may be given."""
    from dagjob.cli.config import new, only_required

    meant = _as(args, {**_job(args), registry.ALL.key: True}, "config", "new")
    return only_required(meant) if args.on(registry_job.ONLY_REQUIRED) else new(meant)


# -- flags ---------------------------------------------------------------------------------------------------------


def _as(args: ParsedArguments, values: dict[str, Value], *path: str) -> ParsedArguments:
    """The same wish as arguments of one of our commands."""
    command: Command = registry.ROOT
    for name in path:
        found = command.find(name)
        assert found is not None
        command = found
    given = {key: value for key, value in values.items() if value not in ([], None)}
    return ParsedArguments(command, {**_same(args, *registry.LOADING), **given}, args.before)


def _same(args: ParsedArguments, *options: Option) -> dict[str, Value]:
    """The values of options that both commands have."""
    return {option.key: args.values[option.key] for option in options if option.key in args.values}


def _locations(args: ParsedArguments) -> list[str]:
    """The files and modules that are named."""
    options = (registry_job.PACKAGE_NAME, registry_job.AUTOLOAD)
    modules = [*args.many(registry_job.MODULE_NAME), *filter(None, map(args.text, options))]
    return [*args.many(registry_job.PYTHON_FILE), *modules]


def _job(args: ParsedArguments) -> dict[str, Value]:
    """Which job is meant, as a target."""
    _look_in(args)
    found = _locations(args)
    if len(found) > 1:
        raise DagjobUsageError(f"one file or module holds the job, not {len(found)}: {', '.join(found)}")
    name = args.text(registry_job.JOB_NAME) or args.text(registry_job.ATTRIBUTE)
    if not found:
        return {registry.TARGET.key: name} if name else {}
    location = found[0]
    if args.many(registry_job.PYTHON_FILE) and os.sep not in location and not location.endswith(".py"):
        location = os.path.join(".", location)
    return {registry.TARGET.key: f"{location}:{name}" if name else location}


def _look_in(args: ParsedArguments) -> None:
    """Let modules be imported from the working directory, too."""
    folder = args.text(registry_job.WORKING_DIRECTORY)
    if folder is None:
        return
    if not os.path.isdir(folder):
        raise DagjobUsageError(f'-d: there is no folder "{folder}"')
    from dagjob.engine.own_modules import guard_own_modules

    guard_own_modules()
    sys.path.insert(0, os.path.abspath(folder))


def _tags(args: ParsedArguments) -> dict[str, str]:
    """The tags of `--tags`: a JSON object of texts, or KEY=VALUE."""
    text = args.text(registry_job.TAGS)
    if text is None:
        return {}
    import json

    try:
        found = json.loads(text)
    except ValueError:
        key, equals, value = text.partition("=")
        found = {key: value} if equals and key and "{" not in text else None
    if not isinstance(found, dict) or not all(isinstance(value, str) for value in found.values()):
        raise DagjobUsageError('--tags takes a JSON object of texts, such as \'{"team": "data"}\', or KEY=VALUE')
    return found
