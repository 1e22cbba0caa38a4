"""What `validate` looks at beside definitions and config: edges, loggers, environment variables."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dagjob.config.document import Document
from dagjob.definitions.ops import OpDefinition
from dagjob.definitions.walk import node_at, walk_ops
from dagjob.definitions.wiring import OutputOf
from dagjob.errors import DagjobError, Diagnostic
from dagjob.record import replace

if TYPE_CHECKING:
    from dagjob.definitions.jobs import JobDefinition

_NUMBERS_AND_TEXT = {"Int": "int", "Float": "float", "String": "str", "Bool": "bool"}


def edges(job: JobDefinition) -> list[Diagnostic]:
    """Edges between simple types that can never fit. A run would find out when the value is there."""
    found: list[Diagnostic] = []

    for path, node, op in walk_ops(job.graph):
        for name, source in node.inputs.items():
            if not isinstance(source, OutputOf):
                continue
            above = (*path[:-1], source.node)
            giver = node_at(job.graph, above).definition
            if not isinstance(giver, OpDefinition):
                continue
            gives = giver.outs[source.output].dagster_type.display_name
            wants = op.ins[name].dagster_type.display_name
            if gives != wants and {gives, wants} <= set(_NUMBERS_AND_TEXT) and (gives, wants) != ("Int", "Float"):
                upper, lower = ".".join(above), ".".join(path)
                message = f'"{upper}" gives {_NUMBERS_AND_TEXT[gives]}, "{lower}" wants {_NUMBERS_AND_TEXT[wants]}'
                edge = f"the edge {upper}.{source.output} -> {lower}.{name}"
                found.append(Diagnostic("DJ302", message, node.place, notes=(edge,), severity="warning"))
    return found


def silent_loggers(job: JobDefinition, document: Document | None) -> list[Diagnostic]:
    """A logger of the job is made only when the run config names it, which is easily forgotten."""
    if not job.has_specified_loggers:
        return []
    named = document.value.get("loggers") if document is not None else None
    silent = [key for key in job.loggers if not isinstance(named, dict) or key not in named]
    note = "a logger is on when the run config names it:  loggers: {NAME: {}}"
    return [
        Diagnostic("DJ303", f'the logger "{key}" is declared and not on', job.place, notes=(note,), severity="warning")
        for key in silent
        if key != "console"
    ]


def unset(job: JobDefinition, partition: str | None) -> list[Diagnostic]:
    """The variables that the job's own config and its code need, and nobody has set; what else a config lacks is no matter."""
    from dagjob.plan.resolve import resolve

    try:
        resolve(job, None, partition_key=partition, check_instances=True)
    except DagjobError as error:
        return [replace(each, place=each.place or job.place) for each in error.diagnostics if each.code == "DJ204"]
    return []
