"""How a fresh Python interpreter is started that finds the same modules as this one."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence

from dagjob.engine.own_modules import alias_mode, own_path
from dagjob.errors import DagjobUnmetExecutorRequirementsError

_FLAGS = {
    "isolated": "-I",
    "ignore_environment": "-E",
    "no_user_site": "-s",
    "no_site": "-S",
    "dont_write_bytecode": "-B",
    "dev_mode": "-Xdev",
    "utf8_mode": "-Xutf8",
}


def launch(module: str, fds: Sequence[int], *, session: bool = False) -> int:
    """Start an interpreter that calls `main()` of one of our modules with the numbers of these descriptors.

    It inherits these descriptors (and those that are inheritable anyway), and leads a process group of its own, or with
    `session` a session. Safe whatever threads this process has: nothing of ours runs between fork and exec.
    """
    if not sys.executable:
        raise DagjobUnmetExecutorRequirementsError(
            "this Python does not know its own executable, so no process can be started: use the in_process executor"
        )
    # "To itself": the descriptor stays open over the exec, in the new process only.
    kept = [(os.POSIX_SPAWN_DUP2, fd, fd) for fd in fds]
    arguments = _command(module, fds)
    if session:
        try:
            return os.posix_spawn(sys.executable, arguments, os.environ, file_actions=kept, setsid=True)
        except NotImplementedError:
            pass  # Its own `setsid` comes a little later.
        return os.posix_spawn(sys.executable, arguments, os.environ, file_actions=kept)
    return os.posix_spawn(sys.executable, arguments, os.environ, file_actions=kept, setpgroup=0)


def _command(module: str, fds: Sequence[int]) -> list[str]:
    paths = [path for path in sys.path if isinstance(path, str)]
    own = list(own_path() or paths)
    code = (
        f"import sys; sys.path[:] = {own!r}; from dagjob.engine.own_modules import guard_own_modules; "
        f"guard_own_modules(sys.path[:], {alias_mode()!r}); sys.path[:] = {paths!r}; from {module} import main; main()"
    )
    # -P: since 3.13, Python itself imports linecache for a command, and would look in the current folder first.
    flags = ["-P", *(option for name, option in _FLAGS.items() if getattr(sys.flags, name, 0))]
    if sys.flags.optimize:
        flags.append("-" + "O" * sys.flags.optimize)
    flags += [f"-W{option}" for option in sys.warnoptions]
    return [sys.executable, *flags, "-c", code, *map(str, fds)]
