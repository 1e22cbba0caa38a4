"""`dagjob runs path` and `runs export`: the folder of a run, and all of a run in one file to give to somebody else."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from typing import IO, TYPE_CHECKING

from dagjob.builtin.ownership import open_file, open_regular
from dagjob.cli import registry, registry_runs
from dagjob.cli.arguments import ParsedArguments
from dagjob.cli.output import say_names
from dagjob.cli.runs import history_of, latest_or
from dagjob.cli.session import open_session
from dagjob.display.output import encodable
from dagjob.errors import DagjobStateError, DagjobUsageError, ExitCode
from dagjob.event_json import dumps
from dagjob.run_json import run_json

if TYPE_CHECKING:
    from zipfile import ZipFile

    from dagjob.storage.history import History
    from dagjob.storage.paths import StateDir
    from dagjob.storage.records import RunRow

OUTPUTS = "out"
LEFT_OUT = {"lock"}


def path(args: ParsedArguments) -> int:
    """Print the folder of a run."""
    session = open_session(args)
    with history_of(session) as history:
        run = history.find(latest_or(args.text(registry.RUN)))
    folder = session.state.run(run.id)
    if not os.path.isdir(folder):
        raise DagjobStateError(f"run {run.id[:8]} has no folder any more: {folder}")
    say_names([folder])
    return ExitCode.OK


def export(args: ParsedArguments) -> int:
    """Write a run into a zip file."""
    session = open_session(args)
    with history_of(session) as history:
        run = history.find(latest_or(args.text(registry.RUN)))
        target = args.text(registry_runs.ZIP) or _name(run)
        with_outputs = args.on(registry_runs.WITH_OUTPUTS)
        if target == "-":
            if sys.stdout.isatty():
                raise DagjobUsageError("a zip file is nothing for a terminal: give a file with -o FILE")
            _write(sys.stdout.buffer, history, session.state, run, with_outputs)
            return ExitCode.OK
        _write_file(target, args.on(registry.YES), history, session.state, run, with_outputs)
    say_names([target])
    return ExitCode.OK


def _name(run: RunRow) -> str:
    """`daily-7c3f9a2d.zip`; what a job is called may be no name for a file."""
    from dagjob.builtin.file_names import file_name

    return f"{file_name(run.job)}-{file_name(run.id[:8])}.zip"


def _write_file(
    target: str, overwrite: bool, history: History, state: StateDir, run: RunRow, with_outputs: bool
) -> None:
    """The zip file, complete or not at all."""
    draft = f"{target}.{os.getpid()}.new"
    try:
        if not overwrite and os.path.exists(target):
            raise DagjobUsageError(f'"{target}" already exists; overwrite it with --yes')
        with open(draft, "xb") as file:
            _write(file, history, state, run, with_outputs)
        os.replace(draft, target)
    except OSError as error:
        raise DagjobUsageError(f'cannot write "{target}": {error.strerror or error}') from None
    finally:
        if os.path.exists(draft):
            os.unlink(draft)


def _write(file: IO[bytes], history: History, state: StateDir, run: RunRow, with_outputs: bool) -> None:
    from zipfile import ZIP_DEFLATED, ZipFile

    with ZipFile(file, "w", ZIP_DEFLATED, strict_timestamps=False) as archive:
        archive.writestr("run.json", dumps(run_json(history.view(run.id)), strict=True, indent=2) + "\n")
        with archive.open("events.jsonl", "w", force_zip64=True) as events:
            for event in history.events(run.id):
                events.write(f"{dumps(event, strict=True)}\n".encode())
        for path, name in _files(state.run(run.id), with_outputs):
            _add(archive, path, name)


def _files(folder: str, with_outputs: bool) -> Iterator[tuple[str, str]]:
    """The regular files of a run's folder, each with its name in the archive."""
    for here, folders, names in os.walk(folder):
        below = os.path.relpath(here, folder)
        if below == os.curdir:
            below = ""
            folders[:] = [each for each in folders if with_outputs or each != OUTPUTS]
        folders.sort()
        for name in sorted(names):
            path = os.path.join(here, name)
            if os.path.isfile(path) and not os.path.islink(path) and (below or name not in LEFT_OUT):
                yield path, os.path.join(below, name)


def _add(archive: ZipFile, path: str, name: str) -> None:
    """One file, read as it stands now: a run may be going on. One that is gone meanwhile is left out."""
    from shutil import copyfileobj

    try:
        source = open_file(path, "rb", opener=open_regular)
    except FileNotFoundError:
        return
    with source, archive.open(encodable(name.replace(os.sep, "/")), "w", force_zip64=True) as copy:
        copyfileobj(source, copy)
