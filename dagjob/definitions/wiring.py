"""How the input of a node is fed inside its graph: what composition records, and what planning reads."""

from __future__ import annotations

from dagjob.record import Record


class OutputOf(Record):
    """An output of another node of the same graph (by node name, not by definition name)."""

    node: str
    output: str = "result"


class Each(Record):
    """One element of a dynamic output: the node becomes one step for each mapping key."""

    source: OutputOf


class Collected(Record):
    """The list of all elements of a dynamic output, or of a node that was mapped over one."""

    source: OutputOf


class GraphInput(Record):
    """An input of the graph itself, by name."""

    name: str


class FanIn(Record):
    """A list, in the written order."""

    members: tuple[OutputOf | GraphInput, ...]


Source = OutputOf | Each | Collected | GraphInput | FanIn
