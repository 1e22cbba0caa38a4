"""What may hang below a dynamic output, and what may not.

One rule stands behind all others: a node runs once, or once for each element of one dynamic output; never for each
element of two. Nodes come in, in an order in which each stands after what feeds it; what is known of the outputs so far
is a `Flow` each. A graph is summed up once, as a `FanOut`, so a graph that is used a thousand times is read once.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from dagjob.definitions.ops import OpDefinition
from dagjob.definitions.wiring import Collected, Each, FanIn, GraphInput, OutputOf, Source
from dagjob.errors import DagjobInvalidDefinitionError
from dagjob.record import Record

if TYPE_CHECKING:
    from dagjob.definitions.graphs import GraphDefinition
    from dagjob.definitions.nodes import Node

NO_INPUTS: frozenset[str] = frozenset()


class Flow(Record):
    """What an output is, inside its graph.

    `dynamic`: it has elements. `over`: the dynamic output for each of whose elements it is made once more. `inputs`: the
    inputs of the graph that would, if they were mapped, make it so too.
    """

    dynamic: bool = False
    over: OutputOf | None = None
    inputs: frozenset[str] = NO_INPUTS


class FanOut(Record):
    """What a graph that uses this one must know: its outputs, and which inputs cannot be mapped, for which reason."""

    outputs: Mapping[str, Flow] = {}
    closed: Mapping[str, str] = {}


_PLAIN = Flow()
_DYNAMIC = Flow(True)


def fan_out(subject: str, nodes: Iterable[Node], outputs: Mapping[str, OutputOf]) -> FanOut:
    """Check the nodes of a graph, and sum it up. Raises `DagjobInvalidDefinitionError`."""
    check = _Check(subject)
    for node in nodes:
        check.add(node)
    flows = {}
    for name, source in outputs.items():
        flow = check.flows[source]
        if flow.dynamic and flow.over is not None:
            raise check.nested(f'the output "{name}" of the {subject}', source, flow.over)
        flows[name] = Flow(flow.dynamic or flow.over is not None, None, flow.inputs)
    return FanOut(flows, check.closed)


class _Fed:
    """What the sources of one node say about it."""

    __slots__ = ("collects", "inputs", "over")

    def __init__(self) -> None:
        self.over: OutputOf | None = None
        self.inputs: frozenset[str] = NO_INPUTS
        self.collects: OutputOf | None = None


class _Check:
    """The flows of one graph so far."""

    def __init__(self, subject: str) -> None:
        self.subject = subject
        self.flows: dict[OutputOf, Flow] = {}
        self.closed: dict[str, str] = {}

    def add(self, node: Node) -> None:
        """Check a node, and note what its outputs are."""
        fed = _Fed()
        by_input: dict[str, Flow] = {}
        for name, source in node.inputs.items():
            flow = self._flow_into(node, name, source, fed)
            by_input[name] = flow
        if fed.collects is not None:
            if fed.over is not None:
                raise self._both(node, fed.collects, fed.over)
            self._close(fed.inputs, f'"{node.name}" in it collects {_shown(fed.collects)}')
        if fed.over is not None:
            self._close(fed.inputs, f'"{node.name}" in it is mapped over {_shown(fed.over)}')
        if not isinstance(node.definition, OpDefinition):
            self._add_graph(node, node.definition, by_input)
            return
        for output in node.definition.outputs_by_name.values():
            if fed.over is None and not fed.inputs:
                flow = _DYNAMIC if output.is_dynamic else _PLAIN
            else:
                flow = Flow(output.is_dynamic, fed.over, fed.inputs)
            self.flows[OutputOf(node.name, output.name)] = flow

    def _add_graph(self, node: Node, graph: GraphDefinition, by_input: Mapping[str, Flow]) -> None:
        inner = graph.fan_out
        for name, why in inner.closed.items():
            flow = by_input.get(name, _PLAIN)
            if flow.over is not None:
                raise self._error(
                    node,
                    f'the graph "{graph.name}" cannot be mapped over {_shown(flow.over)} through its input '
                    f'"{name}": {why}. A map inside a map is not possible',
                )
            self._close(flow.inputs, f'in its "{node.name}", {why}')
        for output, flow in inner.outputs.items():
            sources = [by_input[name] for name in flow.inputs if name in by_input]
            over = next((source.over for source in sources if source.over is not None), None)
            inputs = NO_INPUTS.union(*(source.inputs for source in sources))
            self.flows[OutputOf(node.name, output)] = Flow(flow.dynamic, over, inputs)

    # -- sources ---------------------------------------------------------------------------------------------------

    def _flow_into(self, node: Node, name: str, source: Source, fed: _Fed) -> Flow:
        """The flow through one input; what it means for the node is noted in `fed`."""
        if isinstance(source, OutputOf):
            flow = self.flows[source]
            if flow.dynamic:
                raise self._error(
                    node,
                    f'the input "{name}" of "{node.name}" gets the dynamic output {_shown(source)} as it is. Use '
                    ".map(...) to run it for each element, or .collect() to get all as a list",
                )
        elif isinstance(source, Each):
            flow = self.flows[source.source]
            if flow.dynamic:
                if flow.over is not None:
                    raise self.nested(f'"{node.name}"', source.source, flow.over)
                if flow.inputs:
                    self._close(flow.inputs, f'"{node.name}" in it is mapped over {_shown(source.source)}')
                flow = Flow(False, source.source)
        elif isinstance(source, Collected):
            self._collect(node, name, source.source, fed)
            return _PLAIN
        elif isinstance(source, FanIn):
            self._check_list(node, name, source)
            return _PLAIN
        else:
            flow = Flow(inputs=frozenset((source.name,)))
        if flow.over is not None:
            if fed.over is not None and fed.over != flow.over:
                raise self._two(node, fed.over, flow.over)
            fed.over = flow.over
        if flow.inputs:
            fed.inputs = flow.inputs if not fed.inputs else fed.inputs | flow.inputs
        return flow

    def _collect(self, node: Node, name: str, source: OutputOf, fed: _Fed) -> None:
        flow = self.flows[source]
        if flow.dynamic and flow.over is not None:
            raise self.nested(f'"{node.name}"', source, flow.over)
        if not flow.dynamic and flow.over is None:
            raise self._error(
                node,
                f'the input "{name}" of "{node.name}" collects {_shown(source)}, which is neither dynamic nor made '
                "from the elements of a dynamic output. Pass it as it is",
            )
        fed.collects = source if flow.dynamic else flow.over
        self._close(flow.inputs, f'"{node.name}" in it collects {_shown(source)}')

    def _check_list(self, node: Node, name: str, source: FanIn) -> None:
        for member in source.members:
            if isinstance(member, GraphInput):
                self._close(frozenset((member.name,)), f'"{node.name}" in it gets it as a member of a list')
                continue
            flow = self.flows[member]
            if flow.dynamic or flow.over is not None:
                kind = "dynamic" if flow.dynamic else f"mapped over {_shown(flow.over)}"
                raise self._error(
                    node,
                    f'the list for the input "{name}" of "{node.name}" holds {_shown(member)}, which is {kind}. '
                    "A list holds plain outputs; collect it and pass it alone",
                )
            self._close(flow.inputs, f'"{node.name}" in it gets what it makes as a member of a list')

    def _close(self, inputs: frozenset[str], why: str) -> None:
        for name in inputs:
            self.closed.setdefault(name, why)

    # -- errors ----------------------------------------------------------------------------------------------------

    def nested(self, who: str, inner: OutputOf, outer: OutputOf) -> DagjobInvalidDefinitionError:
        """The error for a dynamic output that is made for each element of another, and used."""
        return DagjobInvalidDefinitionError(
            f"in the {self.subject}, {who} hangs below two dynamic outputs: {_shown(inner)}, which is made anew for each "
            f"element of {_shown(outer)}. A map inside a map is not possible: let one op yield all the elements."
        )

    def _two(self, node: Node, one: OutputOf, other: OutputOf) -> DagjobInvalidDefinitionError:
        return self._error(
            node,
            f'"{node.name}" hangs below two dynamic outputs: {_shown(one)} and {_shown(other)}. Collect one of them, or '
            "let one op yield all pairs",
        )

    def _both(self, node: Node, collected: OutputOf, over: OutputOf) -> DagjobInvalidDefinitionError:
        return self._error(
            node,
            f'"{node.name}" collects {_shown(collected)} and is at the same time mapped over {_shown(over)}. Collect '
            "in an op of its own, and pass what that makes",
        )

    def _error(self, node: Node, text: str) -> DagjobInvalidDefinitionError:
        return DagjobInvalidDefinitionError(f"in the {self.subject}, {text}.").at(node.place)


def _shown(output: OutputOf | None) -> str:
    return f'"{output.node}.{output.output}"' if output is not None else ""
