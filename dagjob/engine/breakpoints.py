"""`breakpoint()` in an op. Loads no debugger before there is one.

The process of an op has no terminal, so there a breakpoint says what to do instead of reading from nowhere. What
`PYTHONBREAKPOINT` names, and a hook that the user's code has set, stay in force.
"""

from __future__ import annotations

import os
import signal
import sys
from typing import Any, Self

_PDB = ("", "pdb.set_trace")


class Breakpoints:
    """While it is entered, `breakpoint()` stops on the terminal, in this process."""

    def __enter__(self) -> Self:
        self._before = sys.breakpointhook
        if self._before is sys.__breakpointhook__:
            sys.breakpointhook = _stop_here
        return self

    def __exit__(self, *_: object) -> None:
        sys.breakpointhook = self._before


def _stop_here(*args: Any, **kwargs: Any) -> Any:
    named = os.environ.get("PYTHONBREAKPOINT", "")
    if named == "0":
        return None
    if named not in _PDB:
        return sys.__breakpointhook__(*args, **kwargs)
    if hasattr(signal, "setitimer"):
        signal.setitimer(signal.ITIMER_REAL, 0)  # A person takes longer than an op may.
    from dagjob.engine.debugger import TerminalPdb

    debugger = TerminalPdb()
    return debugger.set_trace(sys._getframe(1))  # The last that is called here: what came next would be debugged.


def stop_in_worker(*args: Any, **kwargs: Any) -> Any:
    """A worker has no terminal: say so."""
    if os.environ.get("PYTHONBREAKPOINT", "") in _PDB:
        from dagjob.engine.terminal import no_terminal

        raise no_terminal()
    return sys.__breakpointhook__(*args, **kwargs)
