"""What differs between two runs, as values: config, code, packages, names of variables, plan, durations. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from dagjob.record import Record
from dagjob.run_view import OpView, RunView

MISSING = object()


class Surroundings(Record):
    """What a run was made with. `source` is that of each op, by its path in the job; `files` are check sums."""

    python: str
    packages: tuple[str, ...]
    env: tuple[str, ...]
    source: Mapping[str, str]
    files: Mapping[str, int]


class Change(Record):
    """A value at a path that is another one in B; a path that only one run has is missing in the other."""

    path: str
    a: object = MISSING
    b: object = MISSING

    def to_json(self) -> dict[str, Any]:
        """The same without what is missing."""
        return {"path": self.path, **{k: v for k, v in (("a", self.a), ("b", self.b)) if v is not MISSING}}


class CodeChange(Record):
    """The source of an op that differs; None: that run has no such op. `diff` are the lines of a unified diff."""

    op: str
    a: str | None
    b: str | None

    @property
    def kind(self) -> str:
        """`changed`, `added` (only B has it) or `removed`."""
        return "added" if self.a is None else "removed" if self.b is None else "changed"

    def diff(self) -> list[str]:
        """The lines that differ, with some around them."""
        from difflib import unified_diff

        lines = unified_diff((self.a or "").splitlines(), (self.b or "").splitlines(), lineterm="", n=2)
        return [line for line in lines if not line.startswith(("---", "+++"))]


class OpTimes(Record):
    """How long an op took in each run, and how it ended; None: it was not there, or did not run."""

    op: str
    a: float | None
    b: float | None
    a_status: str | None
    b_status: str | None

    @property
    def more(self) -> float:
        """By how many seconds B took longer."""
        return (self.b or 0.0) - (self.a or 0.0) if self.a is not None and self.b is not None else 0.0


def read_surroundings(document: Any) -> Surroundings | None:
    """From the JSON that a run has left; None where it is none."""
    try:
        sources = document["sources"]
        return Surroundings(
            str(document["python"]),
            tuple(map(str, document["packages"])),
            tuple(map(str, document["env"])),
            {str(op): str(sources[number]) for op, number in document["ops"].items()},
            {str(path): int(number) for path, number in document["files"].items()},
        )
    except (TypeError, KeyError, IndexError, ValueError, AttributeError):
        return None


def changes(a: object, b: object) -> list[Change]:
    """All leaves that differ, by their path: `ops.load.config.limit`, `tables[0]`."""
    first, second = dict(_leaves(a, "")), dict(_leaves(b, ""))
    told = dict.fromkeys([*first, *second])
    paths = [path for path in told if not (_filled(path, first, second) or _filled(path, second, first))]
    found = (Change(path, first.get(path, MISSING), second.get(path, MISSING)) for path in paths)
    return [each for each in found if each.a != each.b or type(each.a) is not type(each.b)]


def _filled(path: str, empty: Mapping[str, object], full: Mapping[str, object]) -> bool:
    """Whether what stands at a path is empty in one of them and has members in the other, which are told."""
    return (
        empty.get(path) in ({}, [], ())
        and path not in full
        and any(other.startswith((f"{path}.", f"{path}[")) for other in full)
    )


def _leaves(value: object, path: str) -> Iterator[tuple[str, object]]:
    if isinstance(value, Mapping) and value:
        for key, item in value.items():
            yield from _leaves(item, f"{path}.{key}" if path else str(key))
    elif isinstance(value, list | tuple) and value:
        for number, item in enumerate(value):
            yield from _leaves(item, f"{path}[{number}]")
    elif path:
        yield path, value


def code_changes(a: Surroundings, b: Surroundings) -> list[CodeChange]:
    """The ops whose source differs."""
    ops = dict.fromkeys([*a.source, *b.source])
    found = (CodeChange(op, a.source.get(op), b.source.get(op)) for op in ops)
    return [each for each in found if each.a != each.b]


def changed_files(a: Surroundings, b: Surroundings) -> list[str]:
    """The files of ops that differ anywhere."""
    return sorted(path for path in {*a.files, *b.files} if a.files.get(path) != b.files.get(path))


def package_changes(a: Sequence[str], b: Sequence[str]) -> list[Change]:
    """The packages that only one run had, or that had another version."""
    first, second = (dict(each.rpartition("-")[::2] for each in packages) for packages in (a, b))
    names = sorted({*first, *second})
    found = (Change(name, first.get(name, MISSING), second.get(name, MISSING)) for name in names)
    return [each for each in found if each.a != each.b]


def plan_changes(a: RunView, b: RunView) -> list[Change]:
    """The steps that only one run had, or that needed others: the value is what they need."""
    first, second = ({op.key: list(op.upstream) for op in view.in_order()} for view in (a, b))
    keys = dict.fromkeys([*first, *second])
    found = (Change(key, first.get(key, MISSING), second.get(key, MISSING)) for key in keys)
    return [each for each in found if each.a != each.b]


def durations(a: RunView, b: RunView) -> list[OpTimes]:
    """All ops of both runs."""
    first, second = ({op.key: op for op in view.in_order()} for view in (a, b))
    return [_times(key, first.get(key), second.get(key)) for key in dict.fromkeys([*first, *second])]


def _times(key: str, a: OpView | None, b: OpView | None) -> OpTimes:
    return OpTimes(
        key,
        a.seconds if a is not None else None,
        b.seconds if b is not None else None,
        a.status if a is not None else None,
        b.status if b is not None else None,
    )
