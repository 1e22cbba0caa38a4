"""The house rules that a machine can check: who may import whom, and what a command may load.

The floors and the doors stand in pyproject.toml, for import-linter; the same table is read here, so that the rule is
part of the tests and a breach is named by module.
"""

from __future__ import annotations

import ast
import importlib
import json
import re
import subprocess
import sys
import tomllib
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import NamedTuple

import pytest

ROOT = Path(__file__).parent.parent
HOUSE = ROOT / "dagjob"
FLOORS_CONTRACT, CLOCK_CONTRACT = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"][
    "contracts"
]
FLOOR = {room.strip(): depth for depth, rooms in enumerate(FLOORS_CONTRACT["layers"]) for room in rooms.split("|")}
DOORS = {tuple(door.split(" -> ")) for door in FLOORS_CONTRACT["ignore_imports"]}
FRONT = {"dagjob", "dagjob.__main__"}
"""The front door stands above all floors: it may show anything, and nobody inside goes through it."""


class Import(NamedTuple):
    """One module of the house names another. `lazy`: inside a function, so it happens when that is called."""

    source: str
    target: str
    line: int
    lazy: bool

    @property
    def is_door(self) -> bool:
        return (self.source, self.target) in DOORS


@cache  # Not at import: each worker imports this, and one runs the tests.
def modules() -> dict[str, ast.Module]:
    """Every module of the house by its dotted name."""
    found = {}
    for path in sorted(HOUSE.rglob("*.py")):
        parts = path.relative_to(ROOT).with_suffix("").parts
        name = ".".join(parts[:-1] if parts[-1] == "__init__" else parts)
        found[name] = ast.parse(path.read_text(encoding="utf-8"))
    return found


def imports_of(source: str) -> Iterator[Import]:
    """What a module of the house imports of others, without what is only for the type checker."""

    def visit(node: ast.AST, lazy: bool) -> Iterator[Import]:
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test):
            for child in node.orelse:
                yield from visit(child, lazy)
            return
        if isinstance(node, ast.Import):
            for alias in node.names:
                if alias.name.split(".")[0] == "dagjob":
                    yield Import(source, alias.name, node.lineno, lazy)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{source}:{node.lineno}: imports are absolute here"
            if node.module and node.module.split(".")[0] == "dagjob":
                for alias in node.names:
                    inner = f"{node.module}.{alias.name}"
                    yield Import(source, inner if inner in modules() else node.module, node.lineno, lazy)
        lazy = lazy or isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda)
        for child in ast.iter_child_nodes(node):
            yield from visit(child, lazy)

    yield from visit(modules()[source], lazy=False)


@cache
def imports() -> list[Import]:
    """All imports between modules of the house."""
    return [found for source in modules() for found in imports_of(source)]


def room(module: str) -> str:
    """`dagjob.engine.loop` lives in `dagjob.engine`."""
    return ".".join(module.split(".")[:2])


def test_the_files_that_comments_name_exist() -> None:
    """`step.py` is a file beside the one that names it, `plan/resolve.py` one of dagjob; no other documents are named."""
    wrong = []
    for path in sorted(HOUSE.rglob("*.py")):
        text = path.read_text(encoding="utf-8")
        named = re.findall(r"`([a-z_/]+\.py)`|\b([A-Z]+\.md)\b", text)
        for name in (code or document for code, document in named):
            wrong += [] if any((folder / name).exists() for folder in (path.parent, HOUSE, ROOT)) else [(path, name)]
    assert wrong == []


def test_every_module_lives_on_a_floor() -> None:
    assert [name for name in modules() if name not in FRONT and room(name) not in FLOOR] == []


def test_imports_only_go_down() -> None:
    wrong = [
        f"{found.source}:{found.line} -> {found.target}"
        for found in imports()
        if found.source not in FRONT
        and not found.is_door
        and room(found.source) != room(found.target)
        and FLOOR.get(room(found.target), -1) <= FLOOR[room(found.source)]
    ]
    assert wrong == []


def test_a_door_is_opened_inside_a_function() -> None:
    assert [f"{d.source}:{d.line}" for d in imports() if d.is_door and not d.lazy] == []


def test_the_pure_floors_know_no_clock() -> None:
    allowed = {tuple(door.split(" -> ")) for door in CLOCK_CONTRACT.get("ignore_imports", ())}
    pure = set(CLOCK_CONTRACT["source_modules"])
    assert [
        f"{found.source}:{found.line}"
        for found in imports()
        if room(found.source) in pure and found.target == "dagjob.clock" and (found.source, found.target) not in allowed
    ] == []


def test_no_import_cycle() -> None:
    """Imports inside functions count as well: a cycle that is only lazy is still two ideas grown into one."""
    graph: dict[str, set[str]] = {name: set() for name in modules()}
    for found in imports():
        if not found.is_door and found.target in graph and found.target != found.source:
            graph[found.source].add(found.target)

    done: set[str] = set()

    def walk(name: str, path: tuple[str, ...]) -> None:
        if name in path:
            pytest.fail("import cycle: " + " -> ".join((*path[path.index(name) :], name)))
        if name not in done:
            for target in sorted(graph[name]):
                walk(target, (*path, name))
            done.add(name)

    for name in graph:
        walk(name, ())


def test_nobody_reaches_into_another_room_for_a_private_name() -> None:
    wrong = []
    for source, tree in modules().items():
        for node in ast.walk(tree):
            if isinstance(node, ast.ImportFrom) and node.module and room(node.module) != room(source):
                names = [alias.name for alias in node.names if re.match(r"_[a-z]", alias.name)]
                wrong += [f"{source}:{node.lineno} {name}" for name in names if node.module.startswith("dagjob")]
    assert wrong == []


def test_every_module_says_what_it_knows() -> None:
    silent = [name for name, tree in modules().items() if tree.body and not ast.get_docstring(tree)]
    assert silent == []


def test_every_kind_named_in_a_table_exists() -> None:
    """Registries hold names like `dagjob.display.plain:Plain`, which no type checker follows."""
    missing = []
    for source, tree in modules().items():
        for node in ast.walk(tree):
            if not (isinstance(node, ast.Constant) and isinstance(node.value, str)):
                continue
            if match := re.fullmatch(r"(dagjob(?:\.\w+)+):(\w+)", node.value):
                module, name = match.groups()
                try:
                    getattr(importlib.import_module(module), name)
                except (ImportError, AttributeError) as error:
                    missing.append(f"{source}:{node.lineno} {node.value}: {error}")
    assert missing == []


# -- start-up ------------------------------------------------------------------------------------------------------

NEVER = {"pydantic", "networkx", "asyncio", "multiprocessing", "importlib.metadata", "concurrent.futures"}
"""What no plain command may load: each costs more than the rest of the command together."""

SLOW = NEVER | {"dataclasses", "inspect", "logging", "argparse", "uuid", "tempfile", "random", "difflib", "socket"}
"""What the house does without on its way to the first op (PERFORMANCE.md: 10 to 40 ms each)."""

PROBE = """
import os, sys
before, me, leave = set(sys.modules), os.getpid(), os._exit

def tell(code=0):
    if os.getpid() == me:
        with open(os.environ["PROBE_FILE"], "w") as file:
            file.write("\\n".join(sorted(set(sys.modules) - before)))
    leave(code)

os._exit = tell
code = 0
try:
    {act}
except SystemExit as end:
    code = end.code or 0
tell(code)
"""

COMMAND = "sys.argv = ['dagjob', *{args!r}]; from dagjob.__main__ import main; code = main() or 0"


class Load(NamedTuple):
    """What an act may load: none of `never`, and at most `modules` modules beyond a bare interpreter."""

    act: str
    never: set[str]
    modules: int


LOADS = {
    "import dagjob": Load("import dagjob", SLOW | {"typer", "rich", "yaml", "sqlite3"}, 4),
    "the names of a small job": Load(
        "from dagjob import op, job, graph, RetryPolicy", SLOW | {"typer", "rich", "yaml", "sqlite3", "json"}, 68
    ),
    "the same names under the alias": Load(
        "from dagjob.engine.own_modules import guard_own_modules; guard_own_modules();"
        "from dagster import op, job, graph, RetryPolicy",
        SLOW | {"typer", "rich", "yaml", "sqlite3", "json", "dagjob.compat.names", "dagjob.compat.inert"},
        74,
    ),
    "--version": Load(COMMAND.format(args=["--version"]), SLOW | {"typer", "rich", "yaml", "sqlite3"}, 10),
    "--help": Load(COMMAND.format(args=["--help"]), SLOW | {"typer", "rich", "yaml", "sqlite3", "importlib"}, 41),
    "completion": Load(
        COMMAND.format(args=["__complete", "zsh", "run", "--"]), SLOW | {"typer", "rich", "yaml", "importlib"}, 38
    ),
    "list": Load(COMMAND.format(args=["list"]), SLOW | {"typer", "rich", "yaml", "sqlite3"}, 119),
    "run": Load(COMMAND.format(args=["run", "jobs.py"]), SLOW | {"typer", "rich", "yaml", "copy"}, 209),
    "run with a config": Load(
        COMMAND.format(args=["run", "jobs.py", "-c", "config.yaml"]),
        (SLOW - {"yaml"}) | {"typer", "rich", "copy", "dagjob.config.report", "dagjob.config.problems"},
        238,
    ),
}


@pytest.mark.parametrize("name", LOADS)
def test_start_up_loads_only_what_it_needs(
    name: str, project: Callable[..., Path], clean_env: dict[str, str], tmp_path: Path
) -> None:
    project("jobs.py", (ROOT / "examples" / "hello.py").read_text())
    project("config.yaml", "ops: {}")
    load, file = LOADS[name], tmp_path / "modules"
    done = subprocess.run(
        [sys.executable, "-c", PROBE.format(act=load.act)],
        cwd=project(),
        env={**clean_env, "PROBE_FILE": str(file)},
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    loaded = set(file.read_text().split())
    assert sorted(loaded & load.never) == []
    assert len(loaded) <= load.modules, json.dumps(sorted(loaded))
