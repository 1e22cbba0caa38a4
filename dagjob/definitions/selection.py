"""What a selection means: which ops of a job, or which steps of a plan, its clauses name. Grammar and resolution.

    clause := [up] name [down] | "name:" GLOB | "tag:" KEY ["=" VALUE]
    up     := "*" | "+"... | N "+"        down := "*" | "+"... | "+" N

A marker walks over the nodes of the top level, of which a graph is one; `outer.inner` is a path to what is inside, and has
no markers. Nothing here makes a job smaller: that is `subset.py`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Protocol

from dagjob.definitions.graphs import GraphDefinition
from dagjob.definitions.topology import nodes_behind
from dagjob.definitions.walk import Path, graph_at
from dagjob.errors import DagjobExecutionStepNotFoundError, DagjobInvalidSubsetError, ParameterCheckError, did_you_mean
from dagjob.record import Record

if TYPE_CHECKING:
    from dagjob.definitions.nodes import Node

ALL = "*"
_FAR = 1 << 30
"""More levels than any graph has."""
_CLAUSE = re.compile(r"(\*?\+*|\d+\+)([\w./\[\]?-]+)(\+*\*?|\+\d+)", re.ASCII)
_COPIES = ("[?]", "[*]")
"""How the name of all copies of a mapped step ends."""
_SHOWN = 20

_GRAMMAR = (
    "a clause is a name such as load; *load, load* with all above or below it; +load, load++ by levels; "
    "name:load_* for a pattern; tag:KEY=VALUE"
)
_PATHS = (
    "where one name has a dot, all are plain paths such as outer.load: the markers * and + walk over the top level only"
)


class Selection(Record):
    """Some ops of a job: the clauses as they were given, and what they mean.

    `names` are what the clauses come to, dotted and sorted; `paths` are the nodes that run, a graph with all that is in it,
    none of them inside of another. `taken_off` are those that were selected and that `excluded` takes off.
    """

    clauses: tuple[str, ...]
    excluded: tuple[str, ...]
    names: tuple[str, ...]
    paths: frozenset[Path]
    taken_off: frozenset[Path] = frozenset()


def checked_clauses(clauses: Iterable[str] | None, what: str) -> tuple[str, ...]:
    """The clauses that Python code gives. Raises `ParameterCheckError` for what is no list of texts."""
    if clauses is None:
        return ()
    if isinstance(clauses, str):
        raise ParameterCheckError(f"{what} must be a list of texts, such as [{clauses!r}], not the text {clauses!r}")
    if not isinstance(clauses, Iterable) or isinstance(clauses, Mapping):
        raise ParameterCheckError(f"{what} must be a list of texts, not {clauses!r}")
    found = tuple(clauses)
    for clause in found:
        if not isinstance(clause, str):
            raise ParameterCheckError(f"{what} must be a list of texts; {clause!r} in it is none")
    return found


# -- ops of a job --------------------------------------------------------------------------------------------------


def select_ops(job: str, graph: GraphDefinition, clauses: Sequence[str], excluded: Sequence[str] = ()) -> Selection:
    """The ops of a job that the clauses select (none: all), without those that `excluded` names.

    Raises `DagjobInvalidSubsetError` where a clause is no clause or fits nothing, and where nothing is left.
    """
    names: set[Path] = _resolved(job, graph, clauses) if clauses else {(name,) for name in graph.node_dict}
    paths = _most_specific(names)
    taken_off: set[Path] = set()
    if excluded:
        taken_off = {path for path in _most_specific(_resolved(job, graph, excluded)) if _covered(path, paths)}
        names = paths = _without(graph, paths, taken_off)
        if not paths:
            raise DagjobInvalidSubsetError(
                f'nothing is left of the job "{job}": {_quoted(excluded)} takes off all that was selected'
            )
    dotted = tuple(sorted(".".join(path) for path in names))
    return Selection(tuple(clauses), tuple(excluded), dotted, frozenset(paths), frozenset(taken_off))


def _covered(path: Path, paths: set[Path]) -> bool:
    """Whether a path, or a part of what is there, is among the paths."""
    if any(path[:length] in paths for length in range(1, len(path) + 1)):
        return True
    return any(one[: len(path)] == path for one in paths)


def _resolved(job: str, graph: GraphDefinition, clauses: Sequence[str]) -> set[Path]:
    wanted = [clause.strip() for clause in clauses]
    if wanted == [ALL]:
        return {(name,) for name in graph.node_dict}
    as_paths = any("." in clause for clause in wanted if _pattern(clause) is None)
    within = _Neighbours({name: _above(node) for name, node in graph.node_dict.items()})
    found: set[Path] = set()
    faults = _Faults(f'the selection {_quoted(clauses)} does not fit the job "{job}"')
    for clause in wanted:
        pattern = _pattern(clause)
        if pattern is not None:
            here = set(_matching(graph, pattern))
            if not here:
                faults.add(_no_match(graph, clause))
        elif as_paths:
            here = {tuple(clause.split("."))}
            _judge_path(graph, clause, faults)
        else:
            here = {(name,) for name in _around(clause, within, faults)}
        found |= here
    faults.raise_if_any(_listed("ops", graph.node_dict))
    return found


def _above(node: Node) -> set[str]:
    return {name for source in node.inputs.values() for name in nodes_behind(source)}


def _judge_path(graph: GraphDefinition, clause: str, faults: _Faults) -> None:
    inside: object = graph
    parts = clause.split(".")
    for number, name in enumerate(parts):
        around = ".".join(parts[:number])
        if not isinstance(inside, GraphDefinition):
            return faults.add(f'"{clause}": "{around}" is an op, which holds no ops of its own')
        node = inside.node_dict.get(name)
        if node is None:
            marked = name.strip("*+")
            if marked in inside.node_dict or (not number and name == ALL) or (number and marked != name):
                return faults.add(f'"{clause}" mixes a marker with paths', _PATHS)
            where = f' in the graph "{around}"' if around else ""
            return faults.add(f'"{clause}": there is no "{name}"{where}.{did_you_mean(name, inside.node_dict)}')
        inside = node.definition
    return None


def _most_specific(names: set[Path]) -> set[Path]:
    """The paths without those that another one leads further into: `g.a` is what is meant by `g` and `g.a`."""
    inner = {path[:length] for path in names for length in range(1, len(path))}
    return names - inner


def _without(graph: GraphDefinition, paths: Iterable[Path], excluded: set[Path]) -> set[Path]:
    """The paths without what is excluded; a graph of which only a part is excluded becomes the rest of what is in it."""
    entered = {path[:length] for path in excluded for length in range(1, len(path))}
    left: set[Path] = set()
    waiting = list(paths)
    while waiting:
        path = waiting.pop()
        if any(path[:length] in excluded for length in range(1, len(path) + 1)):
            continue
        if path in entered:
            inner = graph_at(graph, path)
            waiting += [(*path, name) for name in inner.node_dict]
        else:
            left.add(path)
    return left


# -- patterns ------------------------------------------------------------------------------------------------------


class Tagged(Protocol):
    """What has tags: a node, a job."""

    @property
    def tags(self) -> Mapping[str, str]: ...


def _pattern(clause: str) -> Callable[[str, Tagged], bool] | None:
    """The test that a node, with its dotted name, or a job must pass for `name:` and `tag:`; None for other clauses."""
    kind, colon, text = clause.partition(":")
    if not colon:
        return None
    if kind == "name":
        from fnmatch import fnmatchcase

        return lambda name, node: fnmatchcase(name, text)
    if kind == "tag":
        key, equals, value = text.partition("=")
        return lambda name, node: key in node.tags and (not equals or node.tags[key] == value)
    return None


def _matching(graph: GraphDefinition, fits: Callable[[str, Tagged], bool], path: Path = ()) -> Iterator[Path]:
    """The nodes at any depth that fit; a graph that fits is taken whole."""
    for name, node in graph.node_dict.items():
        here = (*path, name)
        if fits(".".join(here), node):
            yield here
        elif isinstance(node.definition, GraphDefinition):
            yield from _matching(node.definition, fits, here)


def _no_match(graph: GraphDefinition, clause: str) -> str:
    from dagjob.definitions.walk import walk_nodes

    nodes = [(".".join(path), node) for path, node in walk_nodes(graph)]
    hint = _hint(clause, [name for name, _ in nodes], [node for _, node in nodes])
    told = f'no op fits "{clause}"' if clause.startswith("name:") else f'no op has what "{clause}" asks for'
    return f"{told}.{hint}" if hint else told


def _hint(clause: str, names: Iterable[str], tagged: Iterable[Tagged]) -> str:
    """What may have been meant by a pattern of names or tags that nothing fits; nothing where nothing is near."""
    kind, _, text = clause.partition(":")
    if kind == "name":
        bare = text.strip("*?")
        same = {name[: len(bare)]: name for name in names if bare}
        return did_you_mean(bare, same)
    known = {f"{key}={value}" for each in tagged for key, value in each.tags.items()}
    if "=" not in text:
        known = {one.partition("=")[0] for one in known}
    return did_you_mean(text, sorted(known))


# -- steps of a plan -----------------------------------------------------------------------------------------------


def select_steps(above: Mapping[str, Iterable[str]], clauses: Sequence[str]) -> frozenset[str]:
    """The keys of the steps that the clauses select. `above` has every step with the keys of those it depends on.

    Copies of mapped steps are steps of their own; `work[?]` and `work[*]` are all of `work`, `work[?]` also the template
    where that is in `above`. Raises `DagjobExecutionStepNotFoundError` with all keys that there are not, and
    `DagjobInvalidSubsetError` for what is no clause.
    """
    within = _Neighbours({key: [one for one in upstream if one in above] for key, upstream in above.items()})
    unknown, found = [], set()
    faults = _Faults(f"the step selection {_quoted(clauses)} selects nothing")
    for clause in clauses:
        read = _read(clause)
        if read is None:
            faults.add(f'"{clause.strip()}" is no clause', _GRAMMAR.replace("; tag:KEY=VALUE", ""))
            continue
        name, up, down = read
        keys = [name] if name in above else _copies(name, above)
        if not keys:
            unknown.append(name)
        for key in keys:
            found |= within.around(key, up, down)
    if unknown:
        hint = did_you_mean(unknown[0], above) if len(unknown) == 1 else ""
        names = ", ".join(f'"{key}"' for key in unknown)
        raise DagjobExecutionStepNotFoundError(f"there is no step {names} in the plan.{hint}", unknown).noting(
            _listed("steps", above)
        )
    faults.raise_if_any(_listed("steps", above))
    return frozenset(found)


def _copies(name: str, keys: Iterable[str]) -> list[str]:
    if not name.endswith(_COPIES):
        return []
    start = name[:-2]
    return [key for key in keys if key.startswith(start)]


# -- jobs ----------------------------------------------------------------------------------------------------------


def select_jobs(jobs: Mapping[str, Tagged], clauses: Sequence[str]) -> list[str]:
    """The keys of the jobs that the clauses select, which are names, `name:` and `tag:`; a key ends with the name.

    Raises `DagjobInvalidSubsetError` where a clause fits no job.
    """
    named = {key: key.rpartition(":")[2] for key in jobs}
    found: set[str] = set()
    faults = _Faults(f"the selection {_quoted(clauses)} does not fit the jobs")
    for clause in clauses:
        pattern = _pattern(clause)
        here = {key for key, name in named.items() if (name == clause if pattern is None else pattern(name, jobs[key]))}
        if not here:
            every = list(named.values())
            hint = did_you_mean(clause, every) if pattern is None else _hint(clause, every, jobs.values())
            faults.add(f'no job fits "{clause}".{hint}', "a clause is a name, name:load_* or tag:KEY=VALUE")
        found |= here
    faults.raise_if_any(_listed("jobs", named.values()))
    return [key for key in jobs if key in found]


# -- one clause ----------------------------------------------------------------------------------------------------


def _read(clause: str) -> tuple[str, int, int] | None:
    """The name of a clause and how many levels it goes up and down; None for what is no clause."""
    text = clause.strip()
    every_copy = text.replace("[*]", "[?]")
    match = _CLAUSE.fullmatch(every_copy)
    return (match[2], _levels(match[1]), _levels(match[3])) if match is not None else None


def _levels(marker: str) -> int:
    if ALL in marker:
        return _FAR
    number = marker.strip("+")
    return int(number) if number else len(marker)


def _around(clause: str, within: _Neighbours, faults: _Faults) -> Iterable[str]:
    read = _read(clause)
    if clause == ALL:
        faults.add('"*" alone is everything, and cannot stand beside other clauses')
    elif read is None:
        faults.add(f'"{clause}" is no clause', _GRAMMAR)
    elif read[0] in within.names:
        return within.around(*read)
    elif "[" in read[0] and read[0].partition("[")[0] in within.names:
        op = read[0].partition("[")[0]
        faults.add(f'"{clause}" names copies of a mapped op, which are known only when "{op}" has run: select "{op}"')
    else:
        faults.add(f'there is no op "{read[0]}".{did_you_mean(read[0], within.names)}')
    return ()


class _Neighbours:
    """Who stands above whom."""

    def __init__(self, above: Mapping[str, Iterable[str]]) -> None:
        self.names = above.keys()
        self._above = above
        self._below: dict[str, list[str]] | None = None

    def around(self, name: str, up: int, down: int) -> set[str]:
        """The name, with those so many levels above and below it."""
        found = {name} | _reached(name, self._above, up)
        if not down:
            return found
        if self._below is None:
            self._below = {}
            for one, upstream in self._above.items():
                for other in upstream:
                    self._below.setdefault(other, []).append(one)
        return found | _reached(name, self._below, down)


def _reached(name: str, neighbours: Mapping[str, Iterable[str]], levels: int) -> set[str]:
    seen, edge = {name}, [name]
    while edge and levels:
        edge = [one for one in {far for near in edge for far in neighbours.get(near, ())} if one not in seen]
        seen.update(edge)
        levels -= 1
    return seen


# -- errors --------------------------------------------------------------------------------------------------------


class _Faults:
    """What is wrong with the clauses of one selection."""

    def __init__(self, message: str) -> None:
        self._message = message
        self._found: list[str] = []
        self._notes: dict[str, None] = {}

    def add(self, text: str, *notes: str) -> None:
        self._found.append(text)
        self._notes.update(dict.fromkeys(notes))

    def raise_if_any(self, known: str) -> None:
        if self._found:
            text = "; ".join(one.removesuffix(".") for one in self._found)
            raise DagjobInvalidSubsetError(f"{self._message}: {text}").noting(*self._notes, known)


def _quoted(clauses: Iterable[str]) -> str:
    return '"' + ", ".join(clauses) + '"'


def _listed(what: str, names: Iterable[str]) -> str:
    known = list(names)
    more = f", and {len(known) - _SHOWN} more" if len(known) > _SHOWN else ""
    return f"{what}: {', '.join(known[:_SHOWN]) or 'none'}{more}"
