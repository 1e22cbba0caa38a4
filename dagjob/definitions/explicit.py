"""The explicit form of a graph: nodes and dependencies written down, as programs that build graphs do."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, TypeAlias, TypeVar

from dagjob.definitions.nodes import NO_HOOKS, Hooks, Node, NodeDefinition, check_hooks, warn_of_policy_on_graph
from dagjob.definitions.parameters import name_of
from dagjob.definitions.retries import RetryPolicy, check_retry_policy
from dagjob.definitions.wiring import Collected, Each, FanIn, GraphInput, OutputOf, Source
from dagjob.errors import DagjobInvalidDefinitionError, did_you_mean
from dagjob.record import Record
from dagjob.values.checks import brief, check_kind
from dagjob.values.names import normalize_tags

if TYPE_CHECKING:
    from dagjob.definitions.graphs import GraphDefinition
    from dagjob.definitions.hooks import HookDefinition
    from dagjob.definitions.inputs import GraphInputDefinition
    from dagjob.definitions.ops import OpDefinition
    from dagjob.definitions.outputs import GraphOutputDefinition


Definition: TypeAlias = "OpDefinition | GraphDefinition"
V = TypeVar("V")


class DependencyDefinition(Record):
    """One input gets the output `output` of the node `node`."""

    node: str
    output: str = "result"
    description: str | None = None

    def __post_init__(self) -> None:
        _check_names(self, "node", "output")
        check_kind(self.description, (str, type(None)), "DependencyDefinition: description")

    def is_fan_in(self) -> bool:
        """Does the input get a list?"""
        return False

    def get_node_dependencies(self) -> list[DependencyDefinition]:
        """What the input gets."""
        return [self]


class MultiDependencyDefinition(Record):
    """One input gets a list of outputs."""

    dependencies: Sequence[DependencyDefinition]

    def __post_init__(self) -> None:
        check_kind(self.dependencies, (list, tuple), "MultiDependencyDefinition: dependencies")

    def is_fan_in(self) -> bool:
        """Does the input get a list?"""
        return True

    def get_node_dependencies(self) -> list[DependencyDefinition]:
        """The members of the list that are outputs of nodes; others come from inputs of the graph."""
        return [each for each in self.dependencies if isinstance(each, DependencyDefinition)]

    def get_dependencies_and_mappings(self) -> Sequence[Any]:
        """All members of the list."""
        return self.dependencies


class NodeInvocation(Record):
    """A key of `dependencies`: which definition, under which alias, with which tags, hooks and retry policy."""

    name: str
    alias: str | None
    tags: Mapping[str, str]
    hook_defs: Hooks
    retry_policy: RetryPolicy | None

    def __init__(
        self,
        name: str,
        alias: str | None = None,
        tags: Mapping[str, Any] | None = None,
        hook_defs: Iterable[HookDefinition] | None = None,
        retry_policy: RetryPolicy | None = None,
    ) -> None:
        check_kind(name, str, "NodeInvocation: name")
        check_kind(alias, (str, type(None)), "NodeInvocation: alias")
        hooks = check_hooks(hook_defs, "NodeInvocation: hook_defs") if hook_defs else NO_HOOKS
        object.__setattr__(self, "name", name)
        object.__setattr__(self, "alias", alias)
        object.__setattr__(self, "tags", normalize_tags(tags, f'node "{alias or name}"'))
        object.__setattr__(self, "hook_defs", hooks)
        object.__setattr__(self, "retry_policy", check_retry_policy(retry_policy, "NodeInvocation: retry_policy"))

    def __hash__(self) -> int:
        return hash((NodeInvocation, self.name, self.alias))


class InputMapping(Record):
    """The graph's input `graph_input_name` feeds one input of one node, or one place in its list."""

    graph_input_name: str
    mapped_node_name: str
    mapped_node_input_name: str
    fan_in_index: int | None = None
    graph_input_description: str | None = None
    dagster_type: Any = None

    def __post_init__(self) -> None:
        _check_names(self, "graph_input_name", "mapped_node_name", "mapped_node_input_name")


class OutputMapping(Record):
    """The graph's output `graph_output_name` is one output of one node."""

    graph_output_name: str
    mapped_node_name: str
    mapped_node_output_name: str = "result"
    graph_output_description: str | None = None
    dagster_type: Any = None
    from_dynamic_mapping: bool = False

    def __post_init__(self) -> None:
        _check_names(self, "graph_output_name", "mapped_node_name", "mapped_node_output_name")


def _check_names(part: Record, *fields: str) -> None:
    for field in fields:
        check_kind(getattr(part, field), str, f"{type(part).__name__}: {field}")


class Explicit(Record):
    """What was written down, in the words of a recorded graph."""

    nodes: Mapping[str, Node]
    input_texts: Mapping[str, str | None]
    outputs: Mapping[str, OutputOf]
    output_texts: Mapping[str, str | None] = {}


def read_explicit(
    subject: str,
    node_defs: Sequence[Definition],
    dependencies: Mapping[Any, Mapping[str, Any]],
    input_mappings: Sequence[InputMapping],
    output_mappings: Sequence[OutputMapping],
) -> Explicit:
    """Turn the explicit form into nodes. Every name is checked; what may be connected is judged later, with all graphs."""
    _check_form(subject, node_defs, dependencies, input_mappings, output_mappings)
    definitions = _definitions(subject, node_defs)
    nodes: dict[str, Node] = {}
    wanted: dict[str, Mapping[str, Any]] = {}
    for key, inputs in dependencies.items():
        call = (
            key if isinstance(key, NodeInvocation) else NodeInvocation(check_kind(key, str, f"{subject}: dependencies"))
        )
        definition = _found(subject, "definition", call.name, definitions)
        name = call.alias or call.name
        if name in nodes:
            raise DagjobInvalidDefinitionError(f'the {subject} has two nodes called "{name}".')
        if call.retry_policy is not None:
            warn_of_policy_on_graph(name, definition)
        tags = {**definition.tags, **call.tags}
        nodes[name] = Node(name, definition, tags, call.hook_defs, call.retry_policy)
        wanted[name] = inputs
    used = {id(node.definition) for node in nodes.values()}
    for definition in definitions.values():
        if id(definition) not in used:
            nodes[definition.name] = Node(definition.name, definition, definition.tags)
            wanted[definition.name] = {}
    sources = {name: _sources(subject, name, nodes, inputs) for name, inputs in wanted.items()}
    inputs = _map_inputs(subject, nodes, sources, input_mappings)
    outputs = _map_outputs(subject, nodes, output_mappings)
    wired = {
        name: Node(name, node.definition, node.tags, node.hook_defs, node.retry_policy, sources[name])
        for name, node in nodes.items()
    }
    texts = {mapping.graph_output_name: mapping.graph_output_description for mapping in output_mappings}
    return Explicit(wired, inputs, outputs, texts)


def _check_form(
    subject: str,
    node_defs: object,
    dependencies: object,
    input_mappings: Sequence[object],
    output_mappings: Sequence[object],
) -> None:
    """Raise for what is no list, no dict, or holds something else than it should."""
    check_kind(node_defs, (list, tuple), f"{subject}: node_defs")
    if not isinstance(dependencies, Mapping):
        raise DagjobInvalidDefinitionError(
            f"{subject}: dependencies must be a dict, from node to what feeds its inputs, not {brief(dependencies)}."
        )
    for node, inputs in dependencies.items():
        if not isinstance(inputs, Mapping):
            raise DagjobInvalidDefinitionError(
                f"{subject}: the dependencies of {brief(node)} must be a dict, from input to DependencyDefinition, not "
                f"{brief(inputs)}."
            )
    _check_mappings(subject, input_mappings, InputMapping, "input_mappings")
    _check_mappings(subject, output_mappings, OutputMapping, "output_mappings")


def _check_mappings(subject: str, mappings: Sequence[object], kind: type, what: str) -> None:
    for mapping in check_kind(mappings, (list, tuple), f"{subject}: {what}"):
        if not isinstance(mapping, kind):
            raise DagjobInvalidDefinitionError(
                f"{subject}: {brief(mapping)} in {what} is no {kind.__name__}: write {kind.__name__}(...)."
            )


def _definitions(subject: str, node_defs: Sequence[Definition]) -> dict[str, Definition]:
    definitions: dict[str, Definition] = {}
    for definition in node_defs:
        _check_definition(subject, definition)
        if definitions.setdefault(definition.name, definition) is not definition:
            raise DagjobInvalidDefinitionError(f'the {subject} has two definitions called "{definition.name}".')
    return definitions


def _check_definition(subject: str, definition: object) -> None:
    if callable(definition) and not isinstance(definition, NodeDefinition):
        raise DagjobInvalidDefinitionError(
            f"{subject}: {name_of(definition)} in node_defs is a function and no op. Has it lost its @op or @graph?"
        )
    if not isinstance(definition, NodeDefinition):
        raise DagjobInvalidDefinitionError(f"{subject}: {definition!r} in node_defs is neither an op nor a graph.")


def _found(subject: str, what: str, name: str, known: Mapping[str, V], why: str = "") -> V:
    try:
        return known[name]
    except KeyError:
        names = ", ".join(known) or "none"
        raise DagjobInvalidDefinitionError(
            f'the {subject} has no {what} "{name}"{why} (there are: {names}).{did_you_mean(name, known)}'
        ) from None


def _sources(subject: str, name: str, nodes: Mapping[str, Node], inputs: Mapping[str, Any]) -> dict[str, Source]:
    known = nodes[name].definition.inputs_by_name
    found: dict[str, Source] = {}
    for input_name, dependency in inputs.items():
        _found(f'node "{name}" of the {subject}', "input", input_name, known)
        if isinstance(dependency, MultiDependencyDefinition):
            members = (_output(subject, name, input_name, nodes, one) for one in dependency.dependencies)
            found[input_name] = FanIn(tuple(members))
        else:
            found[input_name] = _output(subject, name, input_name, nodes, dependency)
    return found


def _output(
    subject: str, name: str, input_name: str, nodes: Mapping[str, Node], dependency: DependencyDefinition
) -> OutputOf:
    why = f' to feed the input "{input_name}" of "{name}"'
    if not isinstance(dependency, DependencyDefinition):
        raise DagjobInvalidDefinitionError(
            f"{subject}: what is there{why} must be a DependencyDefinition, not {brief(dependency)}."
        )
    if dependency.node == name:
        raise DagjobInvalidDefinitionError(f'the node "{name}" of the {subject} depends on itself ({input_name}).')
    node = _found(subject, "node", dependency.node, nodes, why)
    known = node.definition.outputs_by_name
    _found(f'node "{dependency.node}" of the {subject}', "output", dependency.output, known, why)
    return OutputOf(dependency.node, dependency.output)


def _map_inputs(
    subject: str, nodes: Mapping[str, Node], sources: dict[str, dict[str, Source]], mappings: Sequence[InputMapping]
) -> dict[str, str | None]:
    inputs: dict[str, str | None] = {}
    for mapping in mappings:
        node, name = mapping.mapped_node_name, mapping.mapped_node_input_name
        definition = _found(subject, "node", node, nodes).definition
        _found(f'node "{node}" of the {subject}', "input", name, definition.inputs_by_name)
        given = sources[node].get(name)
        here = GraphInput(mapping.graph_input_name)
        if mapping.fan_in_index is not None and isinstance(given, FanIn):
            members = list(given.members)
            members.insert(mapping.fan_in_index, here)
            sources[node][name] = FanIn(tuple(members))
        elif given is not None:
            raise DagjobInvalidDefinitionError(
                f'the {subject} maps its input "{mapping.graph_input_name}" to the input "{name}" of "{node}", which is fed '
                f"already."
            )
        else:
            sources[node][name] = here
        inputs[mapping.graph_input_name] = mapping.graph_input_description
    return inputs


def _map_outputs(subject: str, nodes: Mapping[str, Node], mappings: Sequence[OutputMapping]) -> dict[str, OutputOf]:
    outputs: dict[str, OutputOf] = {}
    for mapping in mappings:
        node = _found(subject, "node", mapping.mapped_node_name, nodes)
        name = mapping.mapped_node_output_name
        known = node.definition.outputs_by_name
        _found(f'node "{mapping.mapped_node_name}" of the {subject}', "output", name, known)
        outputs[mapping.graph_output_name] = OutputOf(mapping.mapped_node_name, name)
    return outputs


def input_mappings_of(nodes: Mapping[str, Node], inputs: Mapping[str, GraphInputDefinition]) -> list[InputMapping]:
    """What the inputs of a graph feed, in the explicit form."""
    found = []
    for node in nodes.values():
        for name, source in node.inputs.items():
            if isinstance(source, GraphInput):
                text = inputs[source.name].description
                found.append(InputMapping(source.name, node.name, name, None, text))
            elif isinstance(source, FanIn):
                found += [
                    InputMapping(member.name, node.name, name, place, inputs[member.name].description)
                    for place, member in enumerate(source.members)
                    if isinstance(member, GraphInput)
                ]
    return found


def output_mappings_of(
    outputs: Mapping[str, OutputOf], facts: Mapping[str, GraphOutputDefinition]
) -> list[OutputMapping]:
    """What the outputs of a graph are, in the explicit form."""
    return [
        OutputMapping(name, source.node, source.output, facts[name].description) for name, source in outputs.items()
    ]


def dependencies_of(nodes: Mapping[str, Node]) -> dict[Any, dict[str, Any]]:
    """How the nodes of a graph are wired, in the explicit form. Inputs of the graph are no dependencies."""
    found: dict[Any, dict[str, Any]] = {}
    for node in nodes.values():
        alias = node.name if node.name != node.definition.name else None
        key: Any = node.name if alias is None else NodeInvocation(node.definition.name, alias)
        found[key] = {name: given for name, source in node.inputs.items() if (given := _dependency(source)) is not None}
    return found


def _dependency(source: Source) -> DependencyDefinition | MultiDependencyDefinition | None:
    if isinstance(source, OutputOf):
        return DependencyDefinition(source.node, source.output)
    if isinstance(source, Each | Collected):
        return DependencyDefinition(source.source.node, source.source.output)
    if isinstance(source, FanIn):
        members = [one for one in source.members if isinstance(one, OutputOf)]
        return MultiDependencyDefinition([DependencyDefinition(one.node, one.output) for one in members])
    return None
