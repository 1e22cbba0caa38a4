"""Config that is given to what declares none, and that nobody may ever read."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from dagjob.config.kind import parts_of
from dagjob.errors import Diagnostic
from dagjob.plan.schema import ANYTHING, given_schema

if TYPE_CHECKING:
    from dagjob.config.document import Document, Path
    from dagjob.config.kind import Schema
    from dagjob.definitions.jobs import JobDefinition

UNUSED = "DJ210"


def unused(job: JobDefinition, document: Document, schema: Schema | None = None) -> list[Diagnostic]:
    """A warning for each config that stands where the job declares none. `schema` is that of the document, if it is there."""
    found: list[Diagnostic] = []
    for path in _unused(schema or given_schema(job), dict(document.value), ()):
        from dagjob.config.report import subject  # Almost never: what words mistakes costs a run two milliseconds.

        who = subject([("field", name) for name in path], job.name)
        message = f"{who.owner} declares no config, and it is given some"
        notes = ("declare it: config_schema=..., or a parameter config: of a Config class",)
        at = document.place_of(path, "key")
        address = ":".join(("root", *map(str, path)))
        found.append(Diagnostic(UNUSED, message, at, notes=notes, path=address, severity="warning"))
    return found


def _unused(schema: Schema, value: object, path: Path) -> Iterator[Path]:
    for key, part, inner in parts_of(schema, value):
        if part is ANYTHING:
            if inner not in (None, {}):
                yield (*path, key)
        elif isinstance(inner, dict):
            yield from _unused(part, inner, (*path, key))
