"""What a job needs and may not have: resources by key, IO managers, and a value for every input.

Which resources something needs is answered here and nowhere else: for an op, a step, a job. Counted are what the op and
the hooks on it ask for, its types and their loaders, the IO managers of its outputs and of what it reads; an input or
output of the type Nothing is neither stored nor loaded, and needs none.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import TYPE_CHECKING

from dagjob.definitions.iomanagers import InputManagerDefinition, IOManagerDefinition
from dagjob.definitions.ops import OpDefinition
from dagjob.definitions.resources import ResourceDefinition
from dagjob.definitions.walk import fed_by, walk_nodes
from dagjob.errors import DagjobInvalidDefinitionError, DagjobInvariantViolationError, Place, did_you_mean
from dagjob.record import Record

if TYPE_CHECKING:
    from dagjob.definitions.dagjob_type import DagjobType
    from dagjob.definitions.graphs import GraphDefinition
    from dagjob.definitions.hooks import HookDefinition
    from dagjob.definitions.inputs import In
    from dagjob.definitions.jobs import JobDefinition
    from dagjob.definitions.nodes import Hooks, Node, NodeDefinition

Keys = frozenset[str]
NO_KEYS: Keys = frozenset()


class Requirement(Record):
    """A resource key that something needs. `kind` is what must stand under the key.

    `part` says what needs it: a part of `op`, the op itself where it is empty, or a hook where there is no op.
    """

    key: str
    part: str
    op: OpDefinition | None = None
    kind: type[ResourceDefinition] = ResourceDefinition

    @property
    def subject(self) -> str:
        """What needs the resource, in words."""
        if self.op is None:
            return self.part
        return f'{self.part} of op "{self.op.name}"' if self.part else f'op "{self.op.name}"'

    @property
    def place(self) -> Place | None:
        """Where the op stands."""
        return self.op.place if self.op is not None else None


# -- needed resources ----------------------------------------------------------------------------------------------


def requirements_of(graph: GraphDefinition, hooks: Hooks) -> Iterator[Requirement]:
    """What the ops of a graph and the hooks on them need, each op definition once."""
    for hook in hooks:
        yield from _of_hook(hook, "the job")
    seen: set[int] = set()
    for _, node in walk_nodes(graph):
        for hook in node.hook_defs:
            yield from _of_hook(hook, f'"{node.name}"')
        if isinstance(node.definition, OpDefinition) and id(node.definition) not in seen:
            seen.add(id(node.definition))
            yield from _of_op(node.definition)


def needed_resources(job: JobDefinition) -> Keys:
    """The keys that a run of the job needs, and those that these resources need in turn."""
    keys = {requirement.key for requirement in requirements_of(job.graph, job.hook_defs)}
    return with_dependencies(keys, job.resource_defs)


def with_dependencies(keys: Iterable[str], resources: Mapping[str, ResourceDefinition]) -> Keys:
    """The keys, and those of the resources that they require in turn."""
    found = set(keys)
    waiting = list(found)
    while waiting:
        definition = resources.get(waiting.pop())
        new = definition.required_resource_keys - found if definition is not None else NO_KEYS
        found |= new
        waiting += new
    return frozenset(found)


class StepNeeds:
    """Which resources the steps of one job need; found once for all steps that need the same."""

    def __init__(self, job: JobDefinition) -> None:
        self._resources = job.resource_defs
        self._of_op: dict[tuple[int, frozenset[str]], Keys] = {}
        self._closed: dict[Keys, Keys] = {}

    def of_step(self, op: OpDefinition, hooks: Keys, read: Keys, loaded: frozenset[str]) -> Keys:
        """Every key that must be open for a step.

        `hooks`: what its hooks need; `read`: the IO managers it reads through; `loaded`: the inputs that loaders make.
        """
        asked = id(op), loaded
        own = self._of_op.get(asked)
        if own is None:
            own = self._of_op[asked] = frozenset([requirement.key for requirement in _of_op(op, loaded)])
        keys = own | hooks | read
        closed = self._closed.get(keys)
        if closed is None:
            closed = self._closed[keys] = with_dependencies(keys, self._resources)
        return closed


def keys_of_hooks(hooks: Hooks) -> Keys:
    """What hooks need."""
    return NO_KEYS.union(*(hook.required_resource_keys for hook in hooks)) if hooks else NO_KEYS


def _of_hook(hook: HookDefinition, where: str) -> Iterator[Requirement]:
    for key in sorted(hook.required_resource_keys):
        yield Requirement(key, f'the hook "{hook.name}" on {where}')


def _of_op(op: OpDefinition, loaded: Collection[str] | None = None) -> Iterator[Requirement]:
    """`loaded`: the inputs that their loaders make from config; None: any of them may be."""
    for key in sorted(op.required_resource_keys):
        yield Requirement(key, "", op)
    for name, definition in op.ins.items():
        kind, manager_key = definition.dagster_type, definition.input_manager_key
        if manager_key and not kind.is_nothing:
            yield Requirement(manager_key, f'the input "{name}"', op, InputManagerDefinition)
        for key in sorted(kind.required_resource_keys):
            yield Requirement(key, f'the type {kind.display_name} of the input "{name}"', op)
        if kind.loader is not None and (loaded is None or name in loaded):
            for key in sorted(kind.loader.required_resource_keys):
                yield Requirement(key, f'the loader of the type {kind.display_name} of the input "{name}"', op)
    for name, out in op.outs.items():
        kind = out.dagster_type
        if not kind.is_nothing:
            yield Requirement(out.io_manager_key, f'the output "{name}"', op, IOManagerDefinition)
        for key in sorted(kind.required_resource_keys):
            yield Requirement(key, f'the type {kind.display_name} of the output "{name}"', op)


def check_resources(
    job: str, graph: GraphDefinition, hooks: Hooks, resources: Mapping[str, ResourceDefinition]
) -> None:
    """Raise `DagjobInvalidDefinitionError` for the first key that is missing or holds the wrong kind."""
    for requirement in requirements_of(graph, hooks):
        found = resources.get(requirement.key)
        if found is None:
            known = ", ".join(sorted(resources)) or "none"
            raise (
                DagjobInvalidDefinitionError(
                    f'{requirement.subject} needs the resource "{requirement.key}", which the job "{job}" lacks.'
                    f"{did_you_mean(requirement.key, resources)}"
                )
                .at(requirement.place)
                .noting(f'the job has: {known}. Add resource_defs={{"{requirement.key}": ...}}')
            )
        if not isinstance(found, requirement.kind):
            wanted = "IO manager" if requirement.kind is IOManagerDefinition else "input manager"
            raise DagjobInvalidDefinitionError(
                f'{requirement.subject} needs an {wanted} under the key "{requirement.key}" of the job "{job}", but that '
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


# -- inputs without a source ---------------------------------------------------------------------------------------


def check_inputs(job: str, graph: GraphDefinition) -> None:
    """Raise `DagjobInvalidDefinitionError` for an input that nothing feeds and nothing could."""
    for _, node in walk_nodes(graph):
        definition = node.definition
        if isinstance(definition, OpDefinition):
            for name, own in definition.ins.items():
                if name not in node.inputs:
                    _check_input(job, node, own)
        else:
            for name in definition.graph_inputs:
                if name not in node.inputs:
                    for fed in fed_by(definition, name):
                        if not fed.is_member:
                            _check_input(job, fed.node, fed.definition)


def _check_input(job: str, node: Node, definition: In) -> None:
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


# -- names ---------------------------------------------------------------------------------------------------------


def check_names(job: str, graph: GraphDefinition) -> None:
    """One definition object for each name, and one type object for each name of a type, anywhere in the job."""
    known: dict[str, NodeDefinition] = {}
    types: dict[str, DagjobType] = {}
    for _, node in walk_nodes(graph):
        definition = node.definition
        if definition.name not in known:
            known[definition.name] = definition
            if isinstance(definition, OpDefinition):
                _check_type_names(job, definition, types)
        elif known[definition.name] is not definition:
            raise DagjobInvalidDefinitionError(
                f'the job "{job}" uses two different definitions with the name "{definition.name}". Give one of them '
                f'another: @{definition.kind}(name="...").'
            ).at(node.place)


def _check_type_names(job: str, op: OpDefinition, known: dict[str, DagjobType]) -> None:
    waiting = [each.dagster_type for each in op.ins.values()] + [each.dagster_type for each in op.outs.values()]
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
