"""What the inputs and outputs of a graph are: what its function says, else concluded from the nodes that they lead to.

The type of an input counts for what the run config may give for it; that of the output is only shown. An annotation that is
no type here says nothing: the ops inside have types of their own, which are checked.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from dagjob.definitions.dagjob_type import element_of
from dagjob.definitions.inputs import GraphInputDefinition, In
from dagjob.definitions.outputs import GraphOutputDefinition
from dagjob.definitions.signature import evaluated_annotations, underlying
from dagjob.definitions.types import ANY, resolve_type
from dagjob.definitions.wiring import FanIn, GraphInput, OutputOf, Source
from dagjob.errors import DagjobError, DagjobInvalidDefinitionError
from dagjob.values.names import check_name

if TYPE_CHECKING:
    from dagjob.definitions.fan_out import FanOut
    from dagjob.definitions.nodes import Node
    from dagjob.definitions.types import DagjobType


def inputs_in(source: Source) -> Iterator[str]:
    """The inputs of the graph that a source of one of its nodes reads."""
    if isinstance(source, GraphInput):
        yield source.name
    elif isinstance(source, FanIn):
        yield from (member.name for member in source.members if isinstance(member, GraphInput))


def graph_inputs(
    subject: str, nodes: Iterable[Node], texts: Mapping[str, str | None], types: Mapping[str, DagjobType]
) -> dict[str, GraphInputDefinition]:
    """The inputs of a graph, in the order of `texts`, which describes them; `types` are those that it says itself.

    Raises `DagjobInvalidDefinitionError` for one that feeds nothing.
    """
    if not texts:
        return {}
    fed: dict[str, list[tuple[DagjobType, bool]]] = {name: [] for name in texts}
    for node in nodes:
        for name, source in node.inputs.items():
            for graph_input in inputs_in(source):
                target = node.definition.inputs_by_name[name]
                kind = element_of(target.dagster_type) if isinstance(source, FanIn) else target.dagster_type
                fed[graph_input].append((kind, target.carries_value))
    for name, targets in fed.items():
        check_name(name, f"input of the {subject}")
        if not targets:
            raise DagjobInvalidDefinitionError(
                f'the input "{name}" of the {subject} is passed to no op. Pass it to one, or take the parameter out. '
                f"(Inputs of the {subject}: {', '.join(texts)}.)"
            )
    return {
        name: GraphInputDefinition(
            name, types.get(name) or _agreed(targets), texts[name], any(carries for _, carries in targets)
        )
        for name, targets in fed.items()
    }


def _agreed(targets: list[tuple[DagjobType, bool]]) -> DagjobType:
    """The type of all that an input feeds, when they agree; else Any."""
    first = targets[0][0]
    return first if all(kind == first for kind, _ in targets) else ANY


def graph_outputs(
    nodes: Mapping[str, Node],
    outputs: Mapping[str, OutputOf],
    flows: FanOut,
    texts: Mapping[str, str | None],
    annotated: DagjobType | None,
) -> dict[str, GraphOutputDefinition]:
    """The outputs of a graph. `annotated` is what its function says that it returns; it is shown, and never checked."""
    made = {}
    for name, source in outputs.items():
        behind = nodes[source.node].definition.outputs_by_name[source.output]
        made[name] = GraphOutputDefinition(
            name,
            annotated if annotated is not None else behind.dagster_type,
            texts.get(name),
            flows.outputs[name].dynamic,
            behind.is_required,
            behind.carries_value,
        )
    return made


# -- what the function says ----------------------------------------------------------------------------------------


def input_types(
    function: Callable[..., Any], ins: Mapping[str, Any] | None, names: Iterable[str]
) -> dict[str, DagjobType]:
    """The types of the inputs that have one of their own: from an `In`, which some people write here, or an annotation."""
    said = {name: one.dagster_type for name, one in (ins or {}).items() if isinstance(one, In) and one.has_type}
    if underlying(function).__annotations__:
        for name in names:
            kind = None if name in said else _annotated(function, name)
            if kind is not None:
                said[name] = kind
    return {name: kind for name, kind in said.items() if kind is not ANY}


def output_type(function: Callable[..., Any]) -> DagjobType | None:
    """What the function says that it returns, where that is a type of ours. It only tells the reader something."""
    found = _annotated(function, "return")
    return None if found is None or found.is_nothing else found


def _annotated(function: Callable[..., Any], name: str) -> DagjobType | None:
    try:
        annotation = evaluated_annotations(underlying(function), "", only=name).get(name)
        return resolve_type(annotation) if annotation is not None else None
    except DagjobError:
        return None
