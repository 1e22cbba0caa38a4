"""The `dagjob` command: loads what its command line needs, and ends every error with an exit code.

Version and completion are answered before anything else is imported: the reader of the command line costs more than
`--version`, and completion has one of its own words. Whatever is a `DagjobError` is shown and becomes its exit code;
what else escapes is a bug of ours, kept in a crash file.

Until a command begins, Ctrl-C ends the process as the signal does: see `dagjob_start` and, for `python -m dagjob`, the head
of the package. While it works, Ctrl-C is a `KeyboardInterrupt`, unless the command has something better; at the end of the
process it breaks off what keeps that from ending, and nothing is said.
"""

from __future__ import annotations

import gc
import os
import sys

TYPE_CHECKING = False  # `typing` costs as much as the whole answer to --version
if TYPE_CHECKING:
    import signal as _signal
    from collections.abc import Callable, Sequence
    from types import FrameType
else:
    import _signal  # The module around it makes enums.


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line (default: that of this process) and return its exit code. Never raises."""
    try:
        return _main(argv)
    except KeyboardInterrupt:  # Before or after what `_exit_code` does.
        if argv is None:
            _ctrl_c_breaks_off_others()
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
        if argv is None:
            _ctrl_c_raises()
        code = _exit_code(lambda: run_command(line), args)
    if argv is None:
        _ctrl_c_breaks_off_others()
    return code if executes or argv is not None else _leave(code)


def _ctrl_c_raises() -> None:
    """From here on, Ctrl-C is an exception, so that what is open is closed."""
    if _signal.getsignal(_signal.SIGINT) == _signal.SIG_DFL:
        if sys.unraisablehook is sys.__unraisablehook__:
            sys.unraisablehook = _lose_no_interrupt
        _signal.signal(_signal.SIGINT, _signal.default_int_handler)


def _ctrl_c_breaks_off_others() -> None:
    """The command is done: Ctrl-C only breaks off what others do before the process ends, a thread or an `atexit` function."""
    handler, interrupts = _signal.getsignal(_signal.SIGINT), sys.modules.get("dagjob.engine.interrupts")
    if handler is _signal.default_int_handler or (interrupts is not None and handler is interrupts.come_too_late):
        _signal.signal(_signal.SIGINT, _break_off_others)


def _break_off_others(signum: int, frame: FrameType | None) -> None:
    ours = ("__main__", "dagjob.__main__", "dagjob_start", "runpy")
    if frame is not None and frame.f_globals.get("__name__") not in ours:
        raise KeyboardInterrupt


def _lose_no_interrupt(dropped: sys.UnraisableHookArgs) -> None:
    """Python shows and drops an exception in a callback, as in the one by which the lock of an imported module goes.

    So Ctrl-C would be lost: it is sent once more, in a moment. At the end of the process it has done its work.
    """
    handler = _signal.getsignal(_signal.SIGINT)
    if dropped.exc_type is KeyboardInterrupt and handler is _signal.default_int_handler:
        import _thread

        _thread.start_new_thread(_send_again, ())
    elif dropped.exc_type is not KeyboardInterrupt or handler is not _break_off_others:
        sys.__unraisablehook__(dropped)


def _send_again() -> None:
    import time

    time.sleep(0.001)
    os.kill(os.getpid(), _signal.SIGINT)


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
