"""The `dagjob` command: what stands first in argv decides how much is loaded, and every error ends here.

Version, help and completions answer without Typer, which costs more than they do. Whatever is a `DagjobError` is shown
and becomes its exit code; what else escapes is a bug of ours, kept in a crash file.
"""

from __future__ import annotations

import gc
import os
import sys

SIGPIPE = 141
"""What a shell reports when a program was ended by a closed pipe."""

TYPE_CHECKING = False  # `typing` costs as much as the whole answer to --version
if TYPE_CHECKING:
    from collections.abc import Sequence


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line (default: that of this process) and return its exit code. Never raises."""
    args = list(sys.argv[1:] if argv is None else argv)
    if argv is not None:
        return _answered(args)
    for name in ("stdout", "stderr"):
        if getattr(sys, name) is None:  # closed by who started us
            setattr(sys, name, open(os.devnull, "w"))  # noqa: SIM115  (open for as long as the process lives)
    return _leave(_answered(args), args)


def _answered(args: list[str]) -> int:
    if args[:1] in (["-V"], ["--version"]):
        from dagjob.cli.version import VERSION

        return _printed(f"dagjob {VERSION}\n")
    from dagjob.errors import DagjobError, ExitCode

    try:
        code = _answer(args)
        sys.stdout.flush()
        return code
    except DagjobError as error:
        from dagjob.cli.trouble import show

        return show(error, args)
    except KeyboardInterrupt:
        return ExitCode.SIGINT
    except BrokenPipeError:
        return _quietly()
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else ExitCode.FAILED if end.code else ExitCode.OK
    except BaseException as error:
        from dagjob.cli.trouble import is_full_disk, show_crash, show_full_disk

        return show_full_disk(error) if is_full_disk(error) else show_crash(error, args)
    finally:
        gc.enable()


def _leave(code: int, args: list[str]) -> int:
    """End the process of a query at once: taking a hundred modules apart has no use. A run ends the long way.

    What has been registered for the end of the process is called; other threads are waited for, the long way too.
    """
    threading = sys.modules.get("threading")
    if "run" in args or (threading is not None and threading.active_count() > 1):
        return code
    import atexit

    atexit._run_exitfuncs()
    try:
        sys.stdout.flush()
        sys.stderr.flush()
    except (OSError, ValueError):
        pass
    os._exit(code)


def _answer(args: list[str]) -> int:
    if args[:1] == ["__complete"]:
        from dagjob.cli.complete import complete

        return complete(args[1:])
    if not args:
        from dagjob.cli.welcome import welcome

        return welcome()
    if args[-1] in ("-h", "--help"):
        from dagjob.cli.help import help_text
        from dagjob.cli.registry import command_at

        command = command_at(args[:-1])
        if command is not None:
            return _printed(help_text(command, " ".join(["dagjob", *args[:-1]])))
    from dagjob.cli.commands import run_command

    gc.disable()  # imports make no garbage worth looking for; `run` enables it again before it runs anything
    return run_command(args)


def _printed(text: str) -> int:
    try:
        sys.stdout.write(text)
        sys.stdout.flush()
    except BrokenPipeError:
        return _quietly()
    return 0


def _quietly() -> int:
    """Who read our output has gone: say nothing, also not when Python flushes stdout at its end."""
    try:
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, 1)
        os.close(nowhere)
    except OSError:
        pass
    return SIGPIPE


if __name__ == "__main__":
    sys.exit(main())
