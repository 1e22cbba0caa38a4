"""Which output may feed which input, as far as types decide: lists, and Nothing.

Types of the two ends are never compared otherwise; values are checked when there are some.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from dagjob.definitions.wiring import Collected, Each, FanIn, OutputOf, Source
from dagjob.errors import DagjobInvalidDefinitionError

if TYPE_CHECKING:
    from dagjob.definitions.nodes import InputFacts, Node
    from dagjob.definitions.types import DagjobType


def takes_list(kind: DagjobType) -> bool:
    """Whether an input of this type may get several outputs: Any, Nothing, a list, or Optional of those."""
    key = kind.key
    while key.startswith("Optional."):
        key = key.removeprefix("Optional.")
    return kind.is_nothing or key == "Any" or (kind.is_builtin and key.startswith("List."))


def check_edges(subject: str, nodes: Mapping[str, Node]) -> None:
    """Check every connection of a graph by the types of its ends. Raises `DagjobInvalidDefinitionError`."""
    for node in nodes.values():
        if not node.inputs:
            continue
        inputs = node.definition.inputs_by_name
        for name, source in node.inputs.items():
            definition = inputs[name]
            if type(source) is OutputOf:
                if _is_empty(nodes, source):
                    _refuse_nothing(subject, node, definition, source)
                continue
            if isinstance(source, FanIn | Collected):
                _check_list(subject, node, definition, source)
            for output in _outputs_in(source):
                if _is_empty(nodes, output):
                    _refuse_nothing(subject, node, definition, output)


def _check_list(subject: str, node: Node, definition: InputFacts, source: FanIn | Collected) -> None:
    if not takes_list(definition.dagster_type):
        how = "several outputs as a list" if isinstance(source, FanIn) else "a collected output, which is a list"
        kind = definition.dagster_type.display_name
        raise DagjobInvalidDefinitionError(
            f'in the {subject}, the input "{definition.name}" of "{node.name}" gets {how}, but its type is {kind}. '
            f"Declare it as List[{kind}], or without a type."
        ).at(node.place)
    if isinstance(source, FanIn):
        seen = set()
        for member in source.members:
            if isinstance(member, OutputOf) and member in seen:
                raise DagjobInvalidDefinitionError(
                    f'in the {subject}, the list for the input "{definition.name}" of "{node.name}" (type '
                    f'{definition.dagster_type.display_name}) holds "{member.node}.{member.output}" twice.'
                ).at(node.place)
            seen.add(member)


def _outputs_in(source: Source) -> tuple[OutputOf, ...]:
    if isinstance(source, Each | Collected):
        return (source.source,)
    if isinstance(source, FanIn):
        return tuple(member for member in source.members if isinstance(member, OutputOf))
    return ()


def _is_empty(nodes: Mapping[str, Node], output: OutputOf) -> bool:
    return not nodes[output.node].definition.outputs_by_name[output.output].carries_value


def _refuse_nothing(subject: str, node: Node, definition: InputFacts, output: OutputOf) -> None:
    # Dagster finds this only when the run tries to load what was never stored.
    if definition.carries_value:
        raise DagjobInvalidDefinitionError(
            f'in the {subject}, the input "{definition.name}" of "{node.name}" wants a value, but "{output.node}.'
            f'{output.output}" is Nothing: it has none. To wait for it only, declare the input as '
            f'ins={{"{definition.name}": In(Nothing)}} and take it out of the parameters; to get a value, change the '
            "output's type (a function annotated with  -> None  has the type Nothing)."
        ).at(node.place)
