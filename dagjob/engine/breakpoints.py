"""`breakpoint()` and `pdb.set_trace()` in an op. Loads no debugger before there is one.

The process of an op has no terminal, so there a breakpoint says what to do instead of reading from nowhere. What
`PYTHONBREAKPOINT` names, and a hook that the user's code has set, stay in force.
"""

from __future__ import annotations

import os
import sys
from _frozen_importlib_external import SourceFileLoader
from collections.abc import Sequence
from types import ModuleType
from typing import TYPE_CHECKING, Any, Self

if TYPE_CHECKING:
    from importlib.machinery import ModuleSpec

    from dagjob.engine.debugger import TerminalPdb

_PDB = ("", "pdb.set_trace")


class Breakpoints:
    """While it is entered, `breakpoint()` and `pdb` stop on the terminal, in this process."""

    def __enter__(self) -> Self:
        _FINDER.active = True
        if _FINDER not in sys.meta_path:  # It stays there: one op may follow the other in a moment.
            sys.meta_path.insert(0, _FINDER)
        if (pdb := sys.modules.get("pdb")) is not None:
            _use_ours(pdb)
        self._before = sys.breakpointhook
        if self._before is sys.__breakpointhook__:
            sys.breakpointhook = _stop_here
        return self

    def __exit__(self, *_: object) -> None:
        sys.breakpointhook = self._before
        _FINDER.active = False
        if (pdb := sys.modules.get("pdb")) is not None:
            _use_theirs(pdb)


class _FindsPdb:
    """Finds `pdb` where an op is the first to load it."""

    active = False
    """Whether an op is at work."""

    def find_spec(
        self, name: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """Python's question to a finder: `pdb` as the others find it, with a loader that puts our class into it."""
        if name != "pdb" or not self.active:
            return None
        for finder in sys.meta_path:
            spec = None if finder is self else finder.find_spec(name, path, target)
            if spec is not None:
                if type(spec.loader) is SourceFileLoader:
                    spec.loader = _LoadsPdb(spec.loader.name, spec.loader.path)
                return spec
        return None


class _LoadsPdb(SourceFileLoader):
    def exec_module(self, module: ModuleType) -> None:
        super().exec_module(module)
        if "dagjob.engine.debugger" not in sys.modules:  # Else it is what loads this, and not ready.
            _use_ours(module)


_FINDER = _FindsPdb()


def terminal_pdb() -> TerminalPdb:
    """A new debugger; `pdb`, if that was loaded for it, is ours from here on."""
    from dagjob.engine.debugger import TerminalPdb

    if _FINDER.active:
        _use_ours(sys.modules["pdb"])
    return TerminalPdb()


def _use_ours(pdb: ModuleType) -> None:
    """Have `set_trace` and all else in `pdb` use the class that talks to the terminal."""
    from dagjob.engine.debugger import TerminalPdb

    if pdb.Pdb is TerminalPdb.__base__:
        pdb.__dict__["Pdb"] = TerminalPdb


def _use_theirs(pdb: ModuleType) -> None:
    ours = pdb.Pdb
    if ours.__module__ == "dagjob.engine.debugger":
        pdb.__dict__["Pdb"] = ours.__base__


def _stop_here(*args: Any, **kwargs: Any) -> Any:
    named = os.environ.get("PYTHONBREAKPOINT", "")
    if named == "0":
        return None
    if named not in _PDB:
        return sys.__breakpointhook__(*args, **kwargs)
    debugger = terminal_pdb()
    return debugger.set_trace(sys._getframe(1))  # The last that is called here: what came next would be debugged.


def stop_in_worker(*args: Any, **kwargs: Any) -> Any:
    """A worker has no terminal: say so."""
    if os.environ.get("PYTHONBREAKPOINT", "") in _PDB:
        from dagjob.engine.terminal import no_terminal

        raise no_terminal()
    return sys.__breakpointhook__(*args, **kwargs)
