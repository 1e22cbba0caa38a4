"""Which modules are always those of dagjob's environment: the standard library, dagjob, and what dagjob depends on.

The folders of the user stand first on `sys.path`, and a file of theirs called yaml or queue would be taken for the real one by
whatever imports that name first, in any process and at any time. So a finder before Python's own looks such names up on
the path of the environment alone. It keeps that path to itself: an op that empties `sys.path` takes nothing from us.

`dagster` is one of them: Dagster where it is installed there, else dagjob (`compat/alias.py`, loaded when it is imported).
"""

from __future__ import annotations

import os
import sys
from _frozen_importlib_external import PathFinder
from collections.abc import Sequence
from types import ModuleType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from importlib.machinery import ModuleSpec

DEPENDENCIES = frozenset(
    (
        *(
            "_yaml",
            "annotated_doc",
            "annotated_types",
            "click",
            "croniter",
            "dateutil",
            "jinja2",
            "junitparser",
            "markdown_it",
            "markupsafe",
            "mdurl",
            "networkx",
            "pydantic",
            "pydantic_core",
        ),
        *(
            "pygments",
            "rich",
            "shellingham",
            "six",
            "tzdata",
            "typer",
            "typing_extensions",
            "typing_inspection",
            "yaml",
        ),
    )
)
"""The modules of what dagjob depends on, at any remove."""


def is_own(name: str) -> bool:
    """Whether a module name without dots belongs to Python, dagjob, or what dagjob depends on."""
    return name in sys.stdlib_module_names or name in DEPENDENCIES or name == "dagjob"


class OwnFinder:
    """Finds our own modules on the path of the environment. What is not there is nobody's, so left to the others.

    `alias` says when `dagster` means dagjob (`Target.alias`); `announces`, whether that is told.
    """

    def __init__(self, path: Sequence[str], alias: str = "auto", *, announces: bool = False) -> None:
        self.path = path
        self.alias = alias
        self._announces = announces

    def find_spec(
        self, name: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """Python's question to a finder; `path` is that of the parent package, which decides where there is one."""
        if path is None and is_own(name):
            return PathFinder.find_spec(name, self.path, target)
        if name.startswith("dagster") and self.alias != "never":
            from dagjob.compat.alias import find_spec

            path = [*self.path, *filter(None, os.environ.get("PYTHONPATH", "").split(os.pathsep))]
            return find_spec(name, self.alias, path, announces=self._announces)
        return None


def guard_own_modules(path: Sequence[str] | None = None, alias: str = "auto") -> None:
    """From now on, take our own modules from this path (default: `sys.path` as it is, without what users put there).

    To be called before folders of the user are put on `sys.path`; a second call changes nothing. Who gives a path is a
    process that another one of ours has started: it tells nobody what `dagster` means.
    """
    if _own_finder() is None:
        at = next((number for number, finder in enumerate(sys.meta_path) if finder is PathFinder), len(sys.meta_path))
        found = list(path) if path is not None else _path_of_environment()
        sys.meta_path.insert(at, OwnFinder(found, alias, announces=path is None))


def own_path() -> Sequence[str] | None:
    """The path that our own modules are taken from; None before `guard_own_modules`."""
    finder = _own_finder()
    return finder.path if finder is not None else None


def alias_mode(mode: str | None = None) -> str:
    """When `dagster` means dagjob in this process (`Target.alias`). With a `mode`, that one from now on."""
    finder = _own_finder()
    if finder is None:
        return mode or "auto"
    if mode is not None:
        finder.alias = mode
    return finder.alias


def _own_finder() -> OwnFinder | None:
    return next((finder for finder in sys.meta_path if isinstance(finder, OwnFinder)), None)


def _path_of_environment() -> list[str]:
    users = {"", *os.environ.get("PYTHONPATH", "").split(os.pathsep)}
    users |= {os.path.abspath(path) for path in users}
    home = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
    return [*(path for path in sys.path if path not in users), home]
