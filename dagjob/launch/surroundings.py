"""What a run was made with besides its config: the source of its ops, the packages, the names of environment variables.

Written into the folder of a run while its ops are at work, for `runs diff`. It has to be cheap: a file of ops is read once,
and of the packages only the names of their folders are looked at. Values of variables are never kept.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from types import CodeType
from typing import TYPE_CHECKING

from dagjob.definitions.signature import underlying
from dagjob.definitions.walk import walk_ops
from dagjob.event_json import dumps
from dagjob.record import Record

if TYPE_CHECKING:
    from dagjob.definitions.jobs import JobDefinition

VERSION = 1
MOST_OF_AN_OP = 64 << 10
"""Characters of the source of one op that are kept."""
_WHERE_PACKAGES_ARE = ("site-packages", "dist-packages")
_DIST = ".dist-info"
_PRIME = (1 << 61) - 1
"""The check sum of a file is what is left of it, as one number, by this one: nothing has to be imported for that."""


class _Code(Record):
    """The source of each op by its path in the job, and a check sum of each file that has one.

    Ops that are made by one function share its text: `ops` has its number in `sources`.
    """

    ops: Mapping[str, int]
    sources: Sequence[str]
    files: Mapping[str, int]


class _Last:
    """What was found for the job of the last run: a backfill has many runs of one job, most with the same surroundings."""

    def __init__(self, job: JobDefinition) -> None:
        self.graph = job.graph
        self.code = _code_of(job)
        self.packages = sorted(packages())
        self.varying: tuple[list[str], Sequence[str]] = [], ()
        """The names of variables, and the sources without secrets."""
        self.text = ""


_last: list[_Last] = []


def surroundings(job: JobDefinition, mask: Callable[[str], str] | None = None) -> str:
    """The surroundings of a run of this job, as a JSON object. `mask` takes secrets out of the source of its ops."""
    if not _last or _last[0].graph is not job.graph:
        _last[:] = [_Last(job)]
    last = _last[0]
    code = last.code
    varying = sorted(os.environ), code.sources if mask is None else [mask(text) for text in code.sources]
    if varying != last.varying:
        last.varying = varying
        last.text = dumps(
            {
                "v": VERSION,
                "python": sys.version.partition(" ")[0],
                "packages": last.packages,
                "env": varying[0],
                "ops": code.ops,
                "sources": varying[1],
                "files": code.files,
            },
            strict=True,
        )
    return last.text


def packages() -> set[str]:
    """The installed packages as `name-version`, from the names of their folders."""
    found: set[str] = set()
    for path in sys.path:
        if path.endswith(_WHERE_PACKAGES_ARE):
            try:
                found.update(name[: -len(_DIST)] for name in os.listdir(path) if name.endswith(_DIST))
            except OSError:
                continue
    return found


def _code_of(job: JobDefinition) -> _Code:
    files = _Files()
    sources: list[str] = []
    known: dict[CodeType, int] = {}
    ops: dict[str, int] = {}
    for path, _, op in walk_ops(job.graph):
        function = op.compute_fn.decorated_fn or op.compute_fn.compute_fn
        try:
            code = underlying(function).__code__ if function is not None else None
        except TypeError:
            code = None
        text = files.source(code) if code is not None and code not in known else None
        if code is not None and text is not None:
            known[code] = len(sources)
            sources.append(text)
        if code in known:
            ops[".".join(path)] = known[code]
    return _Code(ops, sources, files.sums)


class _Files:
    """Source files, each read once."""

    def __init__(self) -> None:
        self._lines: dict[str, list[str]] = {}
        self.sums: dict[str, int] = {}

    def source(self, code: CodeType) -> str | None:
        """The lines of a function, its decorators first, as they stand in its file now."""
        lines = self._read(code.co_filename)
        first = code.co_firstlineno
        last = max(_lines_of(code))
        if not 0 < first <= last <= len(lines):
            return None
        indent = _indent(lines[first - 1])
        while last < len(lines) and (not lines[last].strip() or _indent(lines[last]) > indent):
            last += 1  # what belongs to it and makes no code: closing brackets, comments
        return "\n".join(lines[first - 1 : last]).rstrip()[:MOST_OF_AN_OP]

    def _read(self, path: str) -> list[str]:
        lines = self._lines.get(path)
        if lines is None:
            try:
                with open(path, "rb") as file:
                    raw = file.read()
            except OSError:
                raw = b""
            if raw:
                self.sums[path] = int.from_bytes(raw) % _PRIME
            lines = self._lines[path] = raw.decode("utf-8", "replace").splitlines()
        return lines


def _lines_of(code: CodeType) -> Iterator[int]:
    yield code.co_firstlineno
    yield from (line for _, _, line in code.co_lines() if line is not None)
    for inner in code.co_consts:
        if isinstance(inner, CodeType):
            yield from _lines_of(inner)


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip())
