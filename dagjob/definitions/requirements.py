"""What a job needs and may not have: resources by key, IO managers, and a value for every input."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from dagjob.definitions.iomanagers import InputManagerDefinition, IOManagerDefinition
from dagjob.definitions.nodes import Node
from dagjob.errors import DagjobInvalidDefinitionError, DagjobInvariantViolationError, Place, did_you_mean
from dagjob.record import Record

if TYPE_CHECKING:
    from dagjob.definitions.dagjob_type import DagjobType
    from dagjob.definitions.graphs import GraphDefinition
    from dagjob.definitions.resources import ResourceDefinition

Path = tuple[str, ...]


class Requirement(Record):
    """A resource key that something needs. `who` words it; `kind` is what must stand under the key."""

    key: str
    who: str
    kind: type[Any] | None = None
    place: Place | None = None


def walk_ops(graph: GraphDefinition, path: Path = ()) -> Iterator[tuple[Path, Node]]:
    """Every op node of a graph, at any depth, with its path."""
    for name, node in graph.node_dict.items():
        if node.definition.is_graph:
            yield from walk_ops(node.definition, (*path, name))  # type: ignore[arg-type]
        else:
            yield (*path, name), node


def walk_nodes(graph: GraphDefinition) -> Iterator[Node]:
    """Every node of a graph, at any depth."""
    for node in graph.node_dict.values():
        yield node
        if node.definition.is_graph:
            yield from walk_nodes(node.definition)  # type: ignore[arg-type]


def requirements_of(graph: GraphDefinition, hooks: frozenset[Any]) -> Iterator[Requirement]:
    """All resource keys that the ops and hooks of a job ask for; each op definition once."""
    for hook in hooks:
        yield from _of_hook(hook, "the job")
    seen: set[int] = set()
    for node in walk_nodes(graph):
        for hook in node.hook_defs:
            yield from _of_hook(hook, f'"{node.name}"')
        if not node.definition.is_graph and id(node.definition) not in seen:
            seen.add(id(node.definition))
            yield from _of_op(node.definition)


def check_resources(
    job: str, graph: GraphDefinition, hooks: frozenset[Any], resources: Mapping[str, ResourceDefinition]
) -> None:
    """Raise `DagjobInvalidDefinitionError` for the first key that is missing or holds the wrong kind."""
    for requirement in requirements_of(graph, hooks):
        found = resources.get(requirement.key)
        if found is None:
            known = ", ".join(sorted(resources)) or "none"
            raise (
                DagjobInvalidDefinitionError(
                    f'{requirement.who} needs the resource "{requirement.key}", which the job "{job}" lacks.'
                    f"{did_you_mean(requirement.key, resources)}"
                )
                .at(requirement.place)
                .noting(f'the job has: {known}. Add resource_defs={{"{requirement.key}": ...}}')
            )
        if requirement.kind is not None and not isinstance(found, requirement.kind):
            wanted = "IO manager" if requirement.kind is IOManagerDefinition else "input manager"
            raise DagjobInvalidDefinitionError(
                f'{requirement.who} needs an {wanted} under the key "{requirement.key}" of the job "{job}", but that '
                f"resource is none."
            ).at(requirement.place)
    _check_circles(job, resources)


def _check_circles(job: str, resources: Mapping[str, ResourceDefinition]) -> None:
    """Resources may require each other, but not in a circle, and not what is missing."""
    done: set[str] = set()

    def visit(key: str, trail: tuple[str, ...]) -> None:
        if key in trail:
            circle = " -> ".join([*trail[trail.index(key) :], key])
            raise DagjobInvariantViolationError(
                f'resources of the job "{job}" require each other in a circle: {circle}'
            )
        if key in done:
            return
        if key not in resources:
            raise DagjobInvariantViolationError(
                f'the resource "{trail[-1]}" of the job "{job}" requires the resource "{key}", which the job lacks.'
            )
        for needed in sorted(resources[key].required_resource_keys):
            visit(needed, (*trail, key))
        done.add(key)

    for key in resources:
        visit(key, ())


def _of_hook(hook: Any, where: str) -> Iterator[Requirement]:
    for key in sorted(hook.required_resource_keys):
        yield Requirement(key, f'the hook "{hook.name}" on {where}')


def _of_op(op: Any) -> Iterator[Requirement]:
    told, place = f'op "{op.name}"', op.place
    for key in sorted(op.required_resource_keys):
        yield Requirement(key, told, None, place)
    for name, definition in op.ins.items():
        if definition.input_manager_key is not None:
            yield Requirement(
                definition.input_manager_key, f'the input "{name}" of {told}', InputManagerDefinition, place
            )
        yield from _of_type(definition.dagster_type, f'the input "{name}" of {told}', place)
    for name, out in op.outs.items():
        if not out.dagster_type.is_nothing:
            yield Requirement(out.io_manager_key, f'the output "{name}" of {told}', IOManagerDefinition, place)
        yield from _of_type(out.dagster_type, f'the output "{name}" of {told}', place)


def _of_type(kind: Any, whose: str, place: Place | None) -> Iterator[Requirement]:
    for key in sorted(kind.required_resource_keys):
        yield Requirement(key, f"the type {kind.display_name} of {whose}", None, place)
    if kind.loader is not None:
        for key in sorted(kind.loader.required_resource_keys):
            yield Requirement(key, f"the loader of the type {kind.display_name} of {whose}", None, place)


# -- inputs without a source ---------------------------------------------------------------------------------------


def check_inputs(job: str, graph: GraphDefinition) -> None:
    """Raise `DagjobInvalidDefinitionError` for an input that nothing feeds and nothing could."""
    for node in walk_nodes(graph):
        if node.definition.is_graph:
            inner: Any = node.definition
            for name in inner.graph_inputs:
                if name not in node.inputs:
                    for op_node, definition in _fed_in(inner, name):
                        _check_input(job, op_node, definition)
        else:
            op: Any = node.definition
            for name, definition in op.ins.items():
                if name not in node.inputs:
                    _check_input(job, node, definition)


def _fed_in(graph: Any, name: str) -> Iterator[tuple[Node, Any]]:
    """The op inputs that an input of the graph feeds alone."""
    from dagjob.definitions.wiring import GraphInput

    for node in graph.node_dict.values():
        for input_name, source in node.inputs.items():
            if source == GraphInput(name):
                if node.definition.is_graph:
                    yield from _fed_in(node.definition, input_name)
                else:
                    yield node, node.definition.ins[input_name]


def _check_input(job: str, node: Node, definition: Any) -> None:
    kind = definition.dagster_type
    if definition.has_default_value or definition.input_manager_key or kind.is_nothing or kind.loader is not None:
        return
    raise (
        DagjobInvalidDefinitionError(
            f'the input "{definition.name}" of "{node.name}" in the job "{job}" has no source: nothing is passed to it, and a '
            f"{kind.display_name} cannot be written in a run config."
        )
        .at(node.place)
        .noting(
            "pass it the output of an op, or an input of the job",
            "or give it a default, an input_manager_key, or a type with a loader",
        )
    )


def check_names(job: str, graph: GraphDefinition) -> None:
    """One definition object for each name, and one type object for each name of a type, anywhere in the job."""
    known: dict[str, Any] = {}
    types: dict[str, DagjobType] = {}
    for node in walk_nodes(graph):
        definition = node.definition
        if definition.name not in known:
            known[definition.name] = definition
            if not definition.is_graph:
                _check_type_names(job, definition, types)
        elif known[definition.name] is not definition:
            raise DagjobInvalidDefinitionError(
                f'the job "{job}" uses two different definitions with the name "{definition.name}". Give one of them '
                f'another: @{definition.kind}(name="...").'
            ).at(node.place)


def _check_type_names(job: str, op: Any, known: dict[str, DagjobType]) -> None:
    waiting = [each.dagster_type for each in (*op.ins.values(), *op.outs.values())]
    while waiting:
        kind = waiting.pop()
        waiting += kind.parts
        if kind.is_builtin or not kind.has_unique_name:
            continue
        if known.setdefault(kind.display_name, kind) is not kind:
            raise DagjobInvalidDefinitionError(
                f'the job "{job}" uses two different types with the name "{kind.display_name}", one of them in op '
                f'"{op.name}". Make the type once and use it in both places, or give one another name.'
            ).at(op.place)
