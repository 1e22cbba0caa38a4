"""What a selection leaves out, as far as a user must hear of it: inputs that lost their source, config that nobody reads."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING

from dagjob.config.document import COMMAND_LINE
from dagjob.definitions.graphs import GraphDefinition
from dagjob.definitions.ops import OpDefinition
from dagjob.definitions.topology import nodes_behind
from dagjob.definitions.walk import Path, graph_at, walk_nodes, walk_ops
from dagjob.record import Record, replace

if TYPE_CHECKING:
    from dagjob.config.document import Document
    from dagjob.definitions.jobs import JobDefinition
    from dagjob.definitions.types import DagjobType
    from dagjob.errors import Diagnostic


class OpenInput(Record):
    """An input of a selected node whose source is not selected. `by` are the nodes that feed it in the whole job."""

    path: Path
    name: str
    type: DagjobType
    by: tuple[str, ...]
    alone: bool
    """Whether a marker can reach what feeds it: the node stands at the top, and all of it is selected."""

    @property
    def trail(self) -> Path:
        """Where a run config gives it."""
        return (*(word for name in self.path for word in ("ops", name)), "inputs", self.name)

    @property
    def option(self) -> str:
        """The option of the command line that gives it."""
        loader = self.type.loader
        value = ".value" if loader is not None and "value" in loader.schema.core().parts() else ""
        return f"--set {'.'.join(self.trail)}{value}=..."

    @property
    def source(self) -> str:
        """What is to be selected for it, in words."""
        around = ".".join(self.path[:-1])
        names = ", ".join(f'"{around}.{name}"' if around else f'"{name}"' for name in self.by)
        many = len(self.by) > 1
        how = f', as in  -s "+{self.path[0]}"' if self.alone else ""
        return (
            f"{names} {'feed' if many else 'feeds'} it: select {'these' if many else 'that'} too{how}; "
            "or take it from an earlier run:  --inputs-from RUN"
        )


def open_inputs(job: JobDefinition) -> Iterator[OpenInput]:
    """The inputs of a subset that lost their source, and carry a value."""
    for path, node in walk_nodes(job.graph):
        before = graph_at(job.whole_graph, path[:-1]).node_dict[path[-1]]
        if before.inputs is node.inputs:
            continue
        for name, source in before.inputs.items():
            definition = node.definition.inputs_by_name.get(name)
            if name not in node.inputs and definition is not None and definition.carries_value:
                by = tuple(dict.fromkeys(nodes_behind(source)))
                alone = len(path) == 1 and node.definition is before.definition
                yield OpenInput(path, name, definition.dagster_type, by, alone)


def with_ways_out(job: JobDefinition, diagnostics: Iterable[Diagnostic]) -> list[Diagnostic]:
    """The same; that an input has no value is told with why it has none, and what to do."""
    missing = {":".join(("root", *one.trail)): one for one in open_inputs(job)}
    return [
        replace(each, notes=(one.source, f"or give it:  {one.option}"))
        if (one := missing.get(each.path)) is not None and each.code == "DJ202"
        else each
        for each in diagnostics
    ]


def skipped_ops(job: JobDefinition) -> Iterator[Path]:
    """The ops of the whole job that are not selected, by path."""
    if job.is_subset:
        left = {path for path, _, _ in walk_ops(job.graph)}
        yield from (path for path, _, _ in walk_ops(job.whole_graph) if path not in left)


class Ignored(Record):
    """Sentences about config that nobody will read: `typed` on the command line, where it was surely meant, or elsewhere."""

    typed: tuple[str, ...] = ()
    others: tuple[str, ...] = ()


def ignored_config(job: JobDefinition, document: Document) -> Ignored:
    """What a config says about nodes that are not selected."""
    typed: list[str] = []
    others: list[str] = []
    for path in _ignored(job.graph, job.whole_graph, document.value.get("ops"), ()):
        place = document.place_of(tuple(word for name in path for word in ("ops", name)), "key")
        is_typed = place is not None and place.file == COMMAND_LINE
        (typed if is_typed else others).append(".".join(path))
    return Ignored(_sentence(typed), _sentence(others))


def _sentence(names: list[str]) -> tuple[str, ...]:
    return (f"config of what is not selected is ignored: {', '.join(names)}",) if names else ()


def _ignored(graph: GraphDefinition, whole: GraphDefinition, section: object, path: Path) -> Iterator[Path]:
    if graph is whole or not isinstance(section, Mapping) or whole.config_mapping is not None:
        return
    for name, entry in section.items():
        if name not in whole.node_dict or not entry:
            continue
        if name not in graph.node_dict:
            yield (*path, name)
            continue
        inner, around = graph.node_dict[name].definition, whole.node_dict[name].definition
        if isinstance(inner, OpDefinition) or isinstance(around, OpDefinition) or not isinstance(entry, Mapping):
            continue
        yield from _ignored(inner, around, entry.get("ops"), (*path, name))
