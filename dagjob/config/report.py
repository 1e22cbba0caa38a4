"""What a screen says about the problems of a config: `op "extract" has no option "limitt"`.

Problems go in, diagnostics come out, one for each line that the user has to change, in the order of the document. From
the path of a problem in a run config it is told whose config it is; a config that belongs to no job is "the config".
Where in a file a path stands is known to the caller, who passes `locate`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import cache
from typing import Any

from dagjob.config.problems import MISSING_KEY, NO_VARIABLE, UNKNOWN_KEY, Problem, address, fields
from dagjob.errors import DagjobInvalidConfigError, Diagnostic, Place
from dagjob.record import Record

Path = tuple[str | int, ...]
Locate = Callable[[Path, str], Place | None]
"""(path, "key" or "value") to its place in a file, on the command line, ..."""


def invalid_config(
    context: str,
    problems: Iterable[Problem],
    value: object = None,
    job: str | None = None,
    locate: Locate | None = None,
) -> DagjobInvalidConfigError:
    """The error that tells all `problems` of `value`, the run config of `job` or (None) some other config.

    `locate` gives the place where a path was written, where that is known.
    """
    found = list(problems)
    return DagjobInvalidConfigError(context, found, value, to_diagnostics(found, job=job, locate=locate, value=value))


def to_diagnostics(
    problems: Iterable[Problem],
    *,
    job: str | None = None,
    locate: Locate | None = None,
    value: object = None,
    files: Sequence[str] = (),
) -> list[Diagnostic]:
    """Everything to show, in the order of the document `value`; places, where `locate` knows them, sort before that.

    `files` are the names in places in their order, as far as it is known. All environment variables that
    are not set are one diagnostic, at the end.
    """
    single = _without_echoes([one for problem in problems for one in problem.split()])
    order = _DocumentOrder(value)
    single.sort(key=lambda problem: order.of(problem.path))
    placed = [(problem, locate(problem.path, problem.at) if locate else None) for problem in single]
    order_of_files = {name: n for n, name in enumerate(dict.fromkeys(files))}
    placed.sort(key=lambda pair: _in_file(pair[1], order_of_files))
    shown = [
        diagnostic
        for problem, place in placed
        if problem.code != NO_VARIABLE
        for diagnostic in _diagnostics(problem, place, job)
    ]
    unset = [(problem, place) for problem, place in placed if problem.code == NO_VARIABLE]
    return shown + ([_unset(unset)] if unset else [])


IN_CODE = "default in the code"
"""The note on a value that stands in no source of the document."""


def _without_echoes(problems: list[Problem]) -> list[Problem]:
    """Without the missing keys that are there and misspelt: one line to change, one thing to read."""
    if not any(problem.code == MISSING_KEY for problem in problems):
        return problems
    meant = {(problem.trail, problem.suggestion) for problem in problems if problem.code == UNKNOWN_KEY}
    return [one for one in problems if one.code != MISSING_KEY or (one.trail, *one.keys) not in meant]


# -- whose config a path is in -------------------------------------------------------------------------------------


_ONCE_A_WORD = " (as YAML 1.1 reads yes, no, on and off)"


class Subject(Record):
    """Whose dict a trail leads to (`op "f"`), what its keys are (`option`), and the way further down inside it."""

    owner: str
    noun: str
    rest: tuple[tuple[str, Any], ...] = ()


_OPTIONS = {"config": "option", "inputs": "input", "outputs": "output"}
_NAMED = {"resources": "resource", "loggers": "logger"}


def subject(trail: Sequence[tuple[str, Any]], job: str | None) -> Subject:
    """Read a trail as a path of a run config."""
    if job is None:
        return Subject("the config", "key", tuple(trail))
    owner = f'job "{job}"'
    if not trail:
        return Subject(owner, "section")
    head, rest = trail[0][1], list(trail[1:])
    if head == "execution":
        return Subject("the executor", "option", tuple(rest[1:])) if rest else Subject('"execution"', "section")
    if head == "inputs":
        return Subject(owner, "input", tuple(rest))
    if head in _NAMED:
        if not rest:
            return Subject(owner, _NAMED[head])
        owner = f'{_NAMED[head]} "{rest[0][1]}"'
        return Subject(owner, "option", tuple(rest[2:])) if rest[1:] else Subject(owner, "section")
    if head != "ops":
        return Subject(owner, "option", tuple(trail))
    return _below_ops(owner, rest)


def _below_ops(owner: str, rest: list[tuple[str, Any]]) -> Subject:
    while True:
        if not rest:
            return Subject(owner, "op")
        name, rest = rest[0][1], rest[1:]
        if not rest:
            return Subject(f'op "{name}"', "section")
        section, rest = rest[0][1], rest[1:]
        if section != "ops":
            return Subject(f'op "{name}"', _OPTIONS.get(section, "option"), tuple(rest))
        owner = f'graph "{name}"'


# -- the words -----------------------------------------------------------------------------------------------------


def _diagnostics(problem: Problem, place: Place | None, job: str | None) -> list[Diagnostic]:
    if problem.code == MISSING_KEY and problem.needs:
        return _missing(problem, place, job)
    near = problem.suggestion
    if problem.code == UNKNOWN_KEY:
        message, path = _unknown(problem, job), address((*problem.trail, *fields(problem.keys)))
    else:
        message, path = _wrong(problem), address(problem.trail)
    at = (f"for {_dotted(problem)}",) if problem.variable else ()
    notes = (*at, *problem.notes, *_declared(problem.config_class))
    label = f'did you mean "{near}"?' if near else ""
    return [Diagnostic(problem.code, message, place, label, notes, near, path)]


def _unknown(problem: Problem, job: str | None) -> str:
    who = subject(problem.trail, job)
    inside = f"{_named(who.rest)} of {who.owner}" if who.rest else who.owner
    noun = who.noun
    if not problem.trail and job is not None and "execution" not in problem.known:
        noun = "option"  # a config mapping of the job
    return f'{inside} has no {noun} "{problem.keys[0]}"'


def _wrong(problem: Problem) -> str:
    name = _named(problem.trail)
    if problem.variable:
        return f"environment variable {problem.variable}, for {name}, must hold {problem.must}"
    if problem.must:
        return f"{name} must be {problem.must}, not {problem.got}"
    return f"{name}: {problem.what}"


def _missing(problem: Problem, place: Place | None, job: str | None) -> list[Diagnostic]:
    """One diagnostic for each op, resource, ... below the missing key that lacks something."""
    lacks: dict[tuple[str, str, str], list[tuple[tuple[str, ...], str]]] = {}
    for leaf, kind in problem.needs:
        who = subject((*problem.trail, *fields(leaf[:-1])), job)
        inside = f"{_named(who.rest)} of {who.owner}" if who.rest else who.owner
        lacks.setdefault((inside, who.noun, leaf[0]), []).append((leaf, kind))
    shown = []
    for (owner, noun, _), leaves in lacks.items():
        names = ", ".join(f'"{leaf[-1]}"' for leaf, _ in leaves)
        things = f"{noun}{'s' if len(leaves) > 1 else ''} {names}"
        message = f"{owner} needs {names}" if noun == "section" else f"{owner} needs the {things}"
        # A hint that can be pasted; of a list only the item, since the others are somebody's own.
        items = [number for number, (kind, _) in enumerate(problem.trail) if kind == "item"]
        path = tuple(str(at) for _, at in problem.trail[items[-1] + 1 if items else 0 :])
        write = _flow([((*path, *leaf), kind) for leaf, kind in leaves])
        notes = (f"write  {write}", *problem.notes, *_declared(problem.config_class))
        leaf = leaves[0][0]
        shown.append(
            Diagnostic(problem.code, message, place, notes=notes, path=address((*problem.trail, *fields(leaf))))
        )
    return shown


def _flow(leaves: list[tuple[tuple[str, ...], str]]) -> str:
    """The shortest YAML that gives these leaves, with their types in the place of values."""
    tree: dict[str, Any] = {}
    for path, kind in leaves:
        inner = tree
        for name in path[:-1]:
            inner = inner.setdefault(name, {})
        inner[path[-1]] = f"<{kind}>"

    def text(node: object) -> str:
        return "{" + body(node) + "}" if isinstance(node, dict) else str(node)

    def body(node: dict[str, Any]) -> str:
        return ", ".join(f"{name}: {text(inner)}" for name, inner in node.items())

    return body(tree)


def _unset(unset: list[tuple[Problem, Place | None]]) -> Diagnostic:
    path = address(unset[0][0].trail)
    if len(unset) == 1:
        problem, place = unset[0]
        message = f"environment variable {problem.variable} is not set"
        return Diagnostic(NO_VARIABLE, message, place, notes=(f"for {_dotted(problem)}", *problem.notes), path=path)
    wide = max(len(problem.variable) for problem, _ in unset)
    notes = []
    for problem, place in unset:
        where = f"   {', '.join([*problem.notes, _short(place)])}" if place else ""
        notes.append(f"{problem.variable:{wide}}  for {_dotted(problem)}{where}")
    return Diagnostic(NO_VARIABLE, "environment variables are not set", notes=tuple(notes), path=path)


def _short(place: Place) -> str:
    """A place in a list of them; of an argument, the argument."""
    is_file = place.text is None or "\n" in place.text
    if not is_file:
        return place.text or place.file
    return f"{_from_here(place.file)}:{place.line}" + (f":{place.column}" if place.column else "")


def _dotted(problem: Problem) -> str:
    """`ops.extract.limit`: the path as `--set` takes it."""
    parts = [str(at) for _, at in problem.trail]
    if parts[:1] in (["ops"], ["resources"]) and parts[2:3] == ["config"]:
        del parts[2]
    return ".".join(parts)


def _named(trail: Sequence[tuple[str, Any]]) -> str:
    """The last name of a trail, with the list indices behind it: `"rows[1]"`."""
    indices = ""
    for kind, at in reversed(trail):
        if kind == "item":
            indices = f"[{at}]{indices}"
        elif kind == "key":
            return f"the key {at!r}{_ONCE_A_WORD if isinstance(at, bool) else ''}"
        else:
            return f'"{at}{indices}"'
    return f'"{indices}"' if indices else "the config"


@cache
def _declared(config_class: str) -> tuple[str, ...]:
    """Where the class was written that declares these options, if its source can be found."""
    module, _, name = config_class.partition(":")
    if not module:
        return ()
    import inspect
    import sys

    cls = getattr(sys.modules.get(module), name, None)
    try:
        file, line = inspect.getsourcefile(cls), inspect.getsourcelines(cls)[1]  # type: ignore[arg-type]
    except (OSError, TypeError):
        return (f"defined in class {name}",)
    return (f"defined in {_from_here(file) if file else module}:{line}, class {name}",)


def _from_here(file: str) -> str:
    import os

    here = os.path.relpath(file)
    return file if here.startswith("..") else here


# -- order ---------------------------------------------------------------------------------------------------------


class _DocumentOrder:
    """Where paths stand in a document, as tuples that sort."""

    def __init__(self, value: object) -> None:
        self._value = value
        self._keys: dict[int, dict[Any, int]] = {}

    def of(self, path: Path) -> tuple[int, ...]:
        """The positions of the keys on the way; what is not in the document stands at the end of its dict."""
        found: Any = self._value
        order = []
        for at in path:
            if isinstance(found, dict):
                if id(found) not in self._keys:
                    self._keys[id(found)] = {key: n for n, key in enumerate(found)}
                order.append(self._keys[id(found)].get(at, len(found)))
                found = found.get(at)
            elif isinstance(found, list) and isinstance(at, int):
                order.append(at)
                found = found[at] if at < len(found) else None
            else:
                break
        return tuple(order)


def _in_file(place: Place | None, files: dict[str, int]) -> tuple[int, int, int]:
    if place is None:
        return (len(files), 0, 0) if files else (0, 0, 0)
    return files.setdefault(place.file, len(files)), place.line, place.column
