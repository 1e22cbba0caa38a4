"""How a command ends that cannot go on: an error of the user's is shown in our one layout, a bug of ours in two lines.

The command line decides about colour and traceback, as far as it can be read: it may be what is wrong.
"""

from __future__ import annotations

import errno
import os
import sys
from collections.abc import Callable, Sequence
from contextlib import suppress

from dagjob.cli.arguments import CommandLine, read_line
from dagjob.cli.terminal import error_options
from dagjob.cli.version import VERSION
from dagjob.config.secrets import REDACT, Masker, secret_variables
from dagjob.display.errors import render_error, render_internal
from dagjob.display.output import write_block
from dagjob.errors import DagjobError, DagjobStateError, DagjobUnmetExecutorRequirementsError, ExitCode
from dagjob.launch.settings import find_project

NOTHING_RUN = (ExitCode.USAGE, ExitCode.LOAD, ExitCode.EMPTY, ExitCode.CONFIG)


def report(error: BaseException, args: Sequence[str]) -> int:
    """Print on stderr why a command ended, and return its exit code. `args` is the command line."""
    if isinstance(error, BrokenPipeError):
        silence_broken_streams()
        return ExitCode.SIGPIPE
    line = read_line(args)
    code, show = _way_to_show(error, line)
    try:
        show()
    except BrokenPipeError:
        return ExitCode.SIGPIPE
    except OSError:  # A full disk takes no line of stderr either: the exit code has to tell.
        _silence(2)
    return code


def _way_to_show(error: BaseException, line: CommandLine) -> tuple[int, Callable[[], None]]:
    """The exit code that an error stands for, and what shows it."""
    if isinstance(error, DagjobError):
        return error.exit_code, lambda: _show(error, line)
    if isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT):
        return ExitCode.STATE, lambda: _show_full_disk(error)
    if isinstance(error, OSError) and error.errno in (errno.EMFILE, errno.ENFILE, errno.EAGAIN, errno.ENOMEM):
        return ExitCode.FAILED, lambda: _show_limit(error)
    return ExitCode.INTERNAL, lambda: _show_crash(error, line)


def silence_broken_streams() -> None:
    """Send what Python still holds back for a reader that has gone nowhere: at the end of the process it would fail again."""
    for stream, fd in ((sys.stdout, 1), (sys.stderr, 2)):
        try:
            stream.flush()
        except BrokenPipeError:
            _silence(fd)
        except (OSError, ValueError):
            pass


def _silence(fd: int) -> None:
    with suppress(OSError):
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, fd)
        os.close(nowhere)


def _show(error: DagjobError, line: CommandLine) -> None:
    """An error of the user's."""
    sys.stdout.flush()
    footer = "nothing was run" if line.command.executes and error.exit_code in NOTHING_RUN else ""
    options = error_options(line, os.environ)
    shown = render_error(error, options, footer)
    write_block(sys.stderr, _masked(error.mask(shown) if error.mask is not None else shown), options.color)


def _show_full_disk(error: OSError) -> None:
    """The disk of stdout, perhaps, is full: that is no bug."""
    _silence(1)
    print(f"error[{DagjobStateError.code}]: cannot write: {error.strerror}", file=sys.stderr)


def _show_limit(error: OSError) -> None:
    """The system gives this process no more of something: no bug either."""
    from dagjob.executors.deaths import limit_of

    text = limit_of(error.errno, error.strerror or str(error))
    print(f"error[{DagjobUnmetExecutorRequirementsError.code}]: {text}", file=sys.stderr)


def _show_crash(error: BaseException, line: CommandLine) -> None:
    """A bug of ours: what is known about it goes into a file."""
    import traceback

    from dagjob.engine.describe import describe

    text = f"dagjob {VERSION}, Python {sys.version}\nargv: {list(line.masked)!r}\n\n"
    text += "".join(traceback.format_exception(error))
    file = _keep(_masked(text))
    options = error_options(line, os.environ)
    write_block(sys.stderr, _masked(render_internal(describe(error), file, options)), options.color)


def _masked(text: str) -> str:
    """The text without the values of secret environment variables, which messages of the user's code may contain."""
    try:
        project = find_project(os.getcwd())
        redact = project.settings.redact if project else REDACT
    except (OSError, DagjobError):
        redact = REDACT
    return Masker(secret_variables(os.environ, redact)).text(text)


def _keep(text: str) -> str:
    """Write the crash file into the state directory where there is one, else into the temporary folder."""
    import tempfile

    from dagjob.builtin.private_files import make_private_folder
    from dagjob.storage.admission import is_admitted
    from dagjob.storage.paths import find_state_dir

    folder = tempfile.gettempdir()
    try:
        project = find_project(os.getcwd())
        state = find_state_dir(None, os.environ, project.root if project else None)
        if os.path.isdir(state.root) and is_admitted(state):
            make_private_folder(state.folder("crash"))
            folder = state.folder("crash")
    except (OSError, DagjobError):
        pass
    handle, path = tempfile.mkstemp(".txt", "dagjob-", folder)
    with open(handle, "w", encoding="utf-8", errors="backslashreplace") as file:
        file.write(text)
    return path
