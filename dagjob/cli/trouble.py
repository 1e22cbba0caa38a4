"""The end of a command that cannot go on: an error of the user's in our one layout, or a bug of ours in two lines."""

from __future__ import annotations

import errno
import os
import sys
from collections.abc import Sequence

from dagjob.display.options import DisplayOptions
from dagjob.errors import DagjobError, DagjobStateError, ExitCode

NOTHING_RUN = (ExitCode.USAGE, ExitCode.LOAD, ExitCode.EMPTY, ExitCode.CONFIG)


def show(error: DagjobError, args: Sequence[str]) -> int:
    """Print what is wrong on stderr, and return the exit code. `args` is the command line, for colour and traceback."""
    try:
        sys.stdout.flush()
        from dagjob.display.errors import render_error
        from dagjob.display.output import write_text

        footer = "nothing was run" if "run" in args[:4] and error.exit_code in NOTHING_RUN else ""
        shown = render_error(error, _options(args), footer)
        write_text(sys.stderr, _masked(error.hide(shown) if error.hide is not None else shown))
    except BrokenPipeError:
        return ExitCode.SIGPIPE
    return error.exit_code


def is_full_disk(error: BaseException) -> bool:
    """Whether something, stdout perhaps, could not be written because its disk is full: that is no bug."""
    return isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT)


def show_full_disk(error: BaseException) -> int:
    """One line about it."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 1)  # what Python still holds back for stdout would fail again at its end
    os.close(nowhere)
    print(f"error[{DagjobStateError.code}]: cannot write: {getattr(error, 'strerror', error)}", file=sys.stderr)
    return ExitCode.STATE


def show_crash(error: BaseException, args: Sequence[str]) -> int:
    """Keep what is known about a bug of ours in a file, and say where."""
    import traceback

    from dagjob.cli.version import VERSION
    from dagjob.display.errors import render_internal
    from dagjob.display.output import write_text
    from dagjob.engine.describe import describe

    text = f"dagjob {VERSION}, Python {sys.version}\nargv: {_without_values(args)!r}\n\n"
    text += "".join(traceback.format_exception(error))
    try:
        write_text(sys.stderr, _masked(render_internal(describe(error), _keep(_masked(text)), _options(args))))
    except BrokenPipeError:
        return ExitCode.SIGPIPE
    return ExitCode.INTERNAL


_VALUED = ("--set", "--tag", "-t", "--config-json")


def _without_values(args: Sequence[str]) -> list[str]:
    """The command line without the values of the config and of tags, which may be secrets: the file is for strangers."""
    shown = []
    for before, arg in zip(("", *args), args, strict=False):
        flag, _, _ = arg.partition("=")
        if before == "--config-json":
            shown.append("...")
        elif before in _VALUED or flag in _VALUED:
            shown.append(f"{flag}=..." if "=" in arg else arg)
        else:
            shown.append("-t..." if arg.startswith("-t") else arg)
    return shown


def _masked(text: str) -> str:
    """The text without the values of secret variables, which the user's code may have put into its words."""
    from dagjob.cli.settings import find_project
    from dagjob.config.secrets import REDACT, Masker, secret_variables

    try:
        project = find_project(os.getcwd())
        redact = project.settings.redact if project else REDACT
    except (OSError, DagjobError):
        redact = REDACT
    return Masker(secret_variables(os.environ, redact)).text(text)


def _keep(text: str) -> str:
    """Write the crash file into the state directory where there is one, else into the temporary folder."""
    import tempfile

    from dagjob.cli.settings import find_project
    from dagjob.storage.paths import find_state_dir

    folder = tempfile.gettempdir()
    try:
        project = find_project(os.getcwd())
        state = find_state_dir(None, os.environ, project.root if project else None)
        if os.path.isdir(state.root):
            os.makedirs(state.folder("crash"), exist_ok=True)
            folder = state.folder("crash")
    except (OSError, DagjobError):
        pass
    handle, path = tempfile.mkstemp(".txt", "dagjob-", folder)
    with open(handle, "w", encoding="utf-8", errors="backslashreplace") as file:
        file.write(text)
    return path


def _options(args: Sequence[str]) -> DisplayOptions:
    from dagjob.cli.terminal import error_options

    return error_options(args, os.environ)
