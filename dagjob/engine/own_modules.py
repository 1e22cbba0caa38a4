"""Which modules are always those of dagjob's environment: the standard library, dagjob, and what dagjob depends on.

The folders of the user stand first on `sys.path`, and a file of theirs called yaml or queue would be taken for the real one by
whatever imports that name first, in any process and at any time. So a finder before Python's own looks such names up on
the path of the environment alone. It keeps that path to itself: an op that empties `sys.path` takes nothing from us.
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
            "markdown_it",
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
    """Finds our own modules on the path of the environment. What is not there is nobody's, so left to the others."""

    def __init__(self, path: Sequence[str]) -> None:
        self.path = path

    def find_spec(
        self, name: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """Python's question to a finder; `path` is that of the parent package, which decides where there is one."""
        return PathFinder.find_spec(name, self.path, target) if path is None and is_own(name) else None


def guard_own_modules(path: Sequence[str] | None = None) -> None:
    """From now on, take our own modules from this path (default: `sys.path` as it is, without what users put there).

    To be called before folders of the user are put on `sys.path`; a second call changes nothing.
    """
    if own_path() is None:
        at = next((number for number, finder in enumerate(sys.meta_path) if finder is PathFinder), len(sys.meta_path))
        sys.meta_path.insert(at, OwnFinder(list(path) if path is not None else _path_of_environment()))


def own_path() -> Sequence[str] | None:
    """The path that our own modules are taken from; None before `guard_own_modules`."""
    return next((finder.path for finder in sys.meta_path if isinstance(finder, OwnFinder)), None)


def _path_of_environment() -> list[str]:
    users = {"", *os.environ.get("PYTHONPATH", "").split(os.pathsep)}
    users |= {os.path.abspath(path) for path in users}
    home = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
    return [*(path for path in sys.path if path not in users), home]
