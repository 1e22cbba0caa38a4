"""Files of the user that have the name of one of our own modules, and modules of the user that mean such a file.

`import queue` beside a file of that name means the file in a plain Python program, and Python's own module in dagjob: both
cannot be loaded under one name. Where a module uses a name that the file defines, it meant the file, and is refused.
Loaded only where there is such a file.
"""

from __future__ import annotations

import ast
import os
from collections.abc import Iterable, Iterator, Sequence
from types import ModuleType

from dagjob.engine.own_modules import DEPENDENCIES
from dagjob.errors import DagjobImportError, Place


def refuse_shadowed(files: Sequence[str], modules: Iterable[tuple[str, ModuleType]]) -> None:
    """Raise `DagjobImportError` if one of the user's modules means one of these files by its name."""
    defined = {_name_of(file): (file, _defined_in(file)) for file in files}
    for _, module in modules:
        source = getattr(module, "__file__", None)
        if not isinstance(source, str) or not source.endswith(".py"):
            continue
        for name, used, line in _uses(_parsed(source), defined):
            file, names = defined[name]
            if used in names and not os.path.samefile(source, file):
                raise _refused(name, used, file, Place(source, line, 1, 0))


def _refused(name: str, used: str, file: str, place: Place) -> DagjobImportError:
    owner = "a library that dagjob uses" if name in DEPENDENCIES else "dagjob" if name == "dagjob" else "Python"
    error = DagjobImportError(
        f'"{name}" is a module of {owner}, so the file {os.path.basename(file)} cannot be imported as such'
    )
    error.place = place
    return error.noting(f'"{used}" is defined in {file}', "rename the file, and import it under its new name")


def _name_of(file: str) -> str:
    folder, base = os.path.split(file)
    return os.path.basename(folder) if base == "__init__.py" else base.removesuffix(".py")


def _parsed(file: str) -> ast.Module:
    try:
        with open(file, "rb") as source:
            return ast.parse(source.read())
    except (OSError, SyntaxError, ValueError):
        return ast.Module([], [])


def _defined_in(file: str) -> set[str]:
    """The names that a file defines at its top, and, of a package, its files."""
    found: set[str] = set()
    for node in _parsed(file).body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            found.add(node.name)
        elif isinstance(node, ast.Assign | ast.AnnAssign):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            found |= {name.id for target in targets for name in ast.walk(target) if isinstance(name, ast.Name)}
    if os.path.basename(file) == "__init__.py":
        found |= {name.removesuffix(".py") for name in os.listdir(os.path.dirname(file)) if name.endswith(".py")}
    return found


def _uses(tree: ast.Module, names: Iterable[str]) -> Iterator[tuple[str, str, int]]:
    """What a module takes from modules of these names: `(module, name in it, line)`."""
    bound: dict[str, str] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and not node.level and node.module:
            top, _, inner = node.module.partition(".")
            if top in names:
                taken = [inner.partition(".")[0]] if inner else [alias.name for alias in node.names]
                yield from ((top, name, node.lineno) for name in taken)
        elif isinstance(node, ast.Import):
            for alias in node.names:
                top, _, inner = alias.name.partition(".")
                if top in names and inner:
                    yield top, inner.partition(".")[0], node.lineno
                elif top in names:
                    bound[alias.asname or top] = top
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id in bound:
            yield bound[node.value.id], node.attr, node.lineno
