"""The `dagjob` command: loads what its command line needs, and ends every error with an exit code.

Version and completion are answered before anything else is imported: the reader of the command line costs more than
`--version`, and completion has one of its own words. Whatever is a `DagjobError` is shown and becomes its exit code;
what else escapes is a bug of ours, kept in a crash file.
"""

from __future__ import annotations

import gc
import os
import sys

TYPE_CHECKING = False  # `typing` costs as much as the whole answer to --version
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line (default: that of this process) and return its exit code. Never raises."""
    try:
        return _main(argv)
    except KeyboardInterrupt:  # While a command is looked for and loaded; from there on, see `_exit_code`.
        return 130


def _main(argv: Sequence[str] | None) -> int:
    args = list(sys.argv[1:] if argv is None else argv)
    if argv is None:
        _open_missing_streams()
    if "PYTHONPATH" in os.environ:
        from dagjob.engine.own_modules import guard_own_modules

        guard_own_modules()
    executes = False
    if args[:1] in (["-V"], ["--version"]):
        code = _exit_code(_print_version, args)
    elif args[:1] == ["__complete"]:
        from dagjob.cli.complete import complete

        code = complete(args[1:])
    else:
        from dagjob.cli.arguments import read_line
        from dagjob.cli.commands import run_command

        line = read_line(args)
        executes = line.command.executes
        code = _exit_code(lambda: run_command(line), args)
    return code if executes or argv is not None else _leave(code)


def _open_missing_streams() -> None:
    """What the parent process has closed is written nowhere.

    Its number must not go to a pipe or a file of ours: what our children print would end in it.
    """
    for fd in range(3):
        try:
            os.fstat(fd)
        except OSError:
            os.set_inheritable(os.open(os.devnull, os.O_RDWR), True)  # It gets the lowest free number: this one.
    if sys.stdout is None:
        sys.stdout = open(os.devnull, "w")  # noqa: SIM115  (open for as long as the process lives)
    if sys.stderr is None:
        sys.stderr = open(os.devnull, "w")  # noqa: SIM115


def _print_version() -> int:
    from dagjob.cli.version import VERSION

    print(f"dagjob {VERSION}")
    return 0


def _exit_code(command: Callable[[], int], args: list[str]) -> int:
    """Run a command, and turn every exception into an exit code."""
    gc.disable()  # imports make no garbage worth looking for; `run` enables it again before it runs anything
    try:
        code = command()
        sys.stdout.flush()
        if code == 141:
            from dagjob.cli.trouble import silence_broken_streams

            silence_broken_streams()
        return code
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else 1 if end.code else 0
    except KeyboardInterrupt:
        from dagjob.errors import ExitCode

        return ExitCode.SIGINT
    except BaseException as error:
        from dagjob.cli.trouble import report

        return report(error, args)
    finally:
        gc.enable()


def _leave(code: int) -> int:
    """End the process at once, without freeing a hundred modules; a command that runs ops ends the usual way.

    Functions registered with `atexit` are called. While other threads run, the process ends the usual way too.
    """
    threading = sys.modules.get("threading")
    if threading is not None and threading.active_count() > 1:
        return code
    import atexit

    atexit._run_exitfuncs()
    try:
        sys.stdout.flush()
        sys.stderr.flush()
    except (OSError, ValueError):
        pass
    os._exit(code)


if __name__ == "__main__":
    if not sys.flags.safe_path:
        del sys.path[0]  # The current folder, which is the user's: nothing of ours is to come from there.
    sys.exit(main())
