"""Graphs: nodes, how they are wired, and what goes in and out. `@graph` and `GraphDefinition`.

A graph is made by running a function once with handles instead of data (`composition.py`), or written down node by node
(`explicit.py`); both end in `GraphDefinition._settle`, which judges the whole.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, overload

from dagjob.definitions.composition import Composition, line_of_caller, outputs_returned
from dagjob.definitions.docstrings import doc_text
from dagjob.definitions.edges import check_edges
from dagjob.definitions.fan_out import fan_out
from dagjob.definitions.graph_facts import graph_inputs, graph_outputs, input_types, inputs_in, output_type
from dagjob.definitions.handles import GraphInputHandle
from dagjob.definitions.inputs import GraphIn, GraphInputDefinition, In
from dagjob.definitions.invocations import Invocable, PendingNodeInvocation
from dagjob.definitions.nodes import NO_HOOKS, Node, NodeDefinition, dress
from dagjob.definitions.outputs import GraphOut, GraphOutputDefinition
from dagjob.definitions.signature import place_of, refuse_positional_only, underlying
from dagjob.definitions.topology import in_order
from dagjob.definitions.wiring import OutputOf
from dagjob.errors import (
    DagjobError,
    DagjobInvalidDefinitionError,
    DagjobInvariantViolationError,
    ParameterCheckError,
    Place,
    did_you_mean,
)
from dagjob.record import replace
from dagjob.values.checks import check_kind, check_member
from dagjob.values.names import check_name, normalize_tags

if TYPE_CHECKING:
    from dagjob.config.mapping import ConfigMapping
    from dagjob.config.runconfig import RunConfig
    from dagjob.definitions.executors import ExecutorDefinition
    from dagjob.definitions.explicit import InputMapping, OutputMapping
    from dagjob.definitions.hooks import HookDefinition
    from dagjob.definitions.jobs import JobDefinition
    from dagjob.definitions.loggers import LoggerDefinition
    from dagjob.definitions.ops import OpDefinition
    from dagjob.definitions.retries import RetryPolicy
    from dagjob.definitions.types import DagjobType
    from dagjob.engine.result import ExecuteInProcessResult
    from dagjob.launch.instance import DagjobInstance
    from dagjob.partitions.base import PartitionsDefinition

_STAR, _STAR_STAR = 0x04, 0x08
_TEXT = (str, type(None))


DEEPEST = 50
"""Levels of nested graphs. All that walks through them calls itself, and Python ends that somewhere."""


class GraphDefinition(Invocable):
    """Nodes and how they are wired. Made by `@graph`, or written down with `node_defs` and `dependencies`.

    The attributes for planning: `node_dict` (the nodes by name, in the order of the calls), `graph_inputs` (what goes in,
    by name), `outputs` (the node output behind each output), `config_mapping`, `fan_out`. Raises
    `DagjobInvalidDefinitionError` for whatever cannot be connected.
    """

    kind = "graph"

    def __init__(
        self,
        name: str,
        *,
        description: str | None = None,
        node_defs: Sequence[OpDefinition | GraphDefinition] | None = None,
        dependencies: Mapping[Any, Mapping[str, Any]] | None = None,
        input_mappings: Sequence[InputMapping] | None = None,
        output_mappings: Sequence[OutputMapping] | None = None,
        config: ConfigMapping | Mapping[str, Any] | None = None,
        tags: Mapping[str, Any] | None = None,
    ) -> None:
        from dagjob.definitions.explicit import read_explicit

        line = line_of_caller()
        place = Place(*line) if line is not None else None
        check_name(name, "graph")
        try:
            written = read_explicit(
                f'graph "{name}"', node_defs or (), dependencies or {}, input_mappings or (), output_mappings or ()
            )
            self._settle(
                name,
                written.nodes,
                written.input_texts,
                written.outputs,
                ordered=in_order(f'graph "{name}"', written.nodes),
                description=description,
                config=config,
                tags=tags,
                output_texts=written.output_texts,
                place=place,
            )
        except DagjobError as error:
            error.place = error.place or place
            raise

    def _settle(
        self,
        name: str,
        nodes: Mapping[str, Node],
        input_texts: Mapping[str, str | None],
        outputs: Mapping[str, OutputOf],
        *,
        ordered: list[Node] | None = None,
        kind: str = "graph",
        description: str | None = None,
        config: object = None,
        tags: Mapping[str, Any] | None = None,
        input_types: Mapping[str, DagjobType] | None = None,
        output_texts: Mapping[str, str | None] | None = None,
        annotated: DagjobType | None = None,
        place: Place | None = None,
    ) -> None:
        """Judge the whole. `ordered`: the nodes topologically, where `nodes` are not so by themselves."""
        self.name = name
        self._subject = subject = f'{kind} "{name}"'
        self.description = check_kind(description, _TEXT, f"{subject}: description")
        self.tags = normalize_tags(tags, subject)
        self.place = place
        self.config_mapping: ConfigMapping | None = _as_mapping(config)
        self.node_dict: dict[str, Node] = dict(nodes)
        self.outputs: dict[str, OutputOf] = dict(outputs)
        self._ordered = ordered
        self.walked: list[tuple[tuple[str, ...], Node, OpDefinition]] | None = None
        """All ops at any depth, once `walk_ops` has been through them."""
        self.positional_inputs = list(input_texts)
        _check_definitions(subject, self.node_dict)
        inner = [
            node.definition.depth for node in self.node_dict.values() if isinstance(node.definition, GraphDefinition)
        ]
        self.depth: int = 1 + max(inner, default=0)
        """Levels of graphs, this one included."""
        if self.depth > DEEPEST:
            raise DagjobInvalidDefinitionError(
                f"the {subject} has graphs in graphs, {self.depth} levels deep; more than {DEEPEST} cannot be run. "
                "Put ops of inner levels side by side."
            )
        check_edges(subject, self.node_dict)
        self.fan_out = fan_out(subject, ordered or self.node_dict.values(), self.outputs)
        self._input_types = input_types or {}
        self.graph_inputs: dict[str, GraphInputDefinition] = graph_inputs(
            subject, self.node_dict.values(), input_texts, self._input_types
        )
        self._outputs_by_name = graph_outputs(self.node_dict, self.outputs, self.fan_out, output_texts or {}, annotated)

    # -- its parts -------------------------------------------------------------------------------------------------

    @property
    def nodes(self) -> list[Node]:
        """The nodes in the order of the calls."""
        return list(self.node_dict.values())

    @property
    def nodes_in_topological_order(self) -> list[Node]:
        """What feeds a node before it; inside a level by name."""
        if self._ordered is None:
            self._ordered = in_order(self._subject, self.node_dict)
        return self._ordered

    @property
    def node_defs(self) -> list[NodeDefinition]:
        """The definitions that the nodes are uses of, each once."""
        return list({id(node.definition): node.definition for node in self.node_dict.values()}.values())

    @property
    def inputs_by_name(self) -> Mapping[str, GraphInputDefinition]:
        """What goes in."""
        return self.graph_inputs

    @property
    def outputs_by_name(self) -> Mapping[str, GraphOutputDefinition]:
        """What comes out."""
        return self._outputs_by_name

    @property
    def input_mappings(self) -> list[InputMapping]:
        """Which inputs of nodes each input of the graph feeds."""
        from dagjob.definitions.explicit import input_mappings_of

        return input_mappings_of(self.node_dict, self.graph_inputs)

    @property
    def output_mappings(self) -> list[OutputMapping]:
        """Which output of a node stands behind each output of the graph."""
        from dagjob.definitions.explicit import output_mappings_of

        return output_mappings_of(self.outputs, self._outputs_by_name)

    @property
    def dependencies(self) -> dict[Any, dict[str, Any]]:
        """How the nodes are wired, in the explicit form."""
        from dagjob.definitions.explicit import dependencies_of

        return dependencies_of(self.node_dict)

    def node_names(self) -> list[str]:
        """The names of the nodes in the order of the calls."""
        return list(self.node_dict)

    def has_node_named(self, name: str) -> bool:
        """Is there such a node?"""
        return name in self.node_dict

    def node_named(self, name: str) -> Node:
        """The node of that name; raises `DagjobInvariantViolationError` when there is none."""
        try:
            return self.node_dict[name]
        except KeyError:
            raise DagjobInvariantViolationError(
                f'the {self._subject} has no node "{name}".{did_you_mean(name, self.node_dict)}'
            ) from None

    # -- what can be done with it ----------------------------------------------------------------------------------

    def with_nodes(self, nodes: Mapping[str, Node], outputs: Mapping[str, OutputOf]) -> GraphDefinition:
        """The same graph with these nodes, which are some of its own, and these outputs; inputs that feed nothing go.

        Raises `DagjobInvalidDefinitionError` for what cannot hang below what is left.
        """
        made = object.__new__(type(self))
        made.__dict__.update(self.__dict__)
        made.node_dict, made.outputs, made._ordered, made.walked = dict(nodes), dict(outputs), None, None
        made.fan_out = fan_out(self._subject, made.nodes_in_topological_order, made.outputs)
        used = {name for node in nodes.values() for source in node.inputs.values() for name in inputs_in(source)}
        texts = {name: own.description for name, own in self.graph_inputs.items() if name in used}
        made.positional_inputs = list(texts)
        made.graph_inputs = graph_inputs(self._subject, nodes.values(), texts, self._input_types)
        known = self._outputs_by_name
        made._outputs_by_name = {
            name: replace(known[name], is_dynamic=made.fan_out.outputs[name].dynamic) for name in outputs
        }
        return made

    def call_directly(self, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> Any:
        """Outside of a graph body a graph cannot be called."""
        raise DagjobInvariantViolationError(
            f"the {self._subject} was called outside of a graph or job. Call it inside one, or run it alone with "
            f"{self.name}.execute_in_process()."
        )

    def configured(
        self,
        config_or_config_fn: Any,
        name: str,
        config_schema: Any = None,
        description: str | None = None,
    ) -> GraphDefinition:
        """The same graph under a new name, with the config of its mapping given here or made here."""
        if self.config_mapping is None:
            raise DagjobInvalidDefinitionError(
                f"the {self._subject} has no config mapping, so there is no config of its own to give. Write "
                f"@graph(config=ConfigMapping(...)), or configure the ops inside."
            ).at(self.place)
        from dagjob.config.mapping import configured_mapping

        made = object.__new__(type(self))
        made.__dict__.update(self.__dict__)
        made.name = check_name(name, f'graph configured from "{self.name}"')
        made._subject = f'graph "{name}"'
        made.config_mapping = configured_mapping(self.config_mapping, config_or_config_fn, config_schema, made._subject)
        if description is not None:
            made.description = check_kind(description, _TEXT, f"{made._subject}: description")
        return made

    def to_job(
        self,
        name: str | None = None,
        description: str | None = None,
        resource_defs: Mapping[str, object] | None = None,
        config: ConfigMapping | Mapping[str, Any] | RunConfig | None = None,
        tags: Mapping[str, Any] | None = None,
        metadata: Mapping[str, Any] | None = None,
        logger_defs: Mapping[str, LoggerDefinition] | None = None,
        executor_def: ExecutorDefinition | None = None,
        hooks: set[HookDefinition] | frozenset[HookDefinition] | None = None,
        op_retry_policy: RetryPolicy | None = None,
        partitions_def: PartitionsDefinition | None = None,
        input_values: Mapping[str, object] | None = None,
        run_tags: Mapping[str, Any] | None = None,
        owners: Sequence[str] | None = None,
        op_selection: Sequence[str] | None = None,
    ) -> JobDefinition:
        """A job that runs this graph, or what `op_selection` leaves of it; other parameters as those of `@job`.

        Name and description default to the graph's. The graph's tags stand under those of the job; where `run_tags` are
        given, under these only.
        """
        from dagjob.definitions.jobs import JobDefinition

        if self.tags:
            if run_tags is None:
                tags = {**self.tags, **(tags or {})}
            else:
                run_tags = {**self.tags, **run_tags}
        made = JobDefinition(
            graph_def=self,
            name=name,
            description=description,
            resource_defs=resource_defs,
            config=config,
            tags=tags,
            run_tags=run_tags,
            metadata=metadata,
            logger_defs=logger_defs,
            executor_def=executor_def,
            hook_defs=hooks,
            op_retry_policy=op_retry_policy,
            partitions_def=partitions_def,
            input_values=input_values,
            owners=owners,
        )
        return made if op_selection is None else made.get_subset(op_selection=op_selection)

    def execute_in_process(
        self,
        run_config: Mapping[str, Any] | RunConfig | None = None,
        instance: DagjobInstance | None = None,
        *,
        resources: Mapping[str, Any] | None = None,
        raise_on_error: bool = True,
        run_id: str | None = None,
        input_values: Mapping[str, Any] | None = None,
        op_selection: Sequence[str] | None = None,
    ) -> ExecuteInProcessResult:
        """Run the graph here and now, as a job of its own; see `JobDefinition.execute_in_process`."""
        return self.to_job().execute_in_process(
            run_config,
            instance,
            resources=resources,
            raise_on_error=raise_on_error,
            run_id=run_id,
            input_values=input_values,
            op_selection=op_selection,
        )

    def _derived(self) -> DerivedGraph:
        return DerivedGraph(self)

    def __repr__(self) -> str:
        return f"<GraphDefinition {self.name}>"


class DerivedGraph(PendingNodeInvocation[GraphDefinition]):
    """A graph with an alias, tags, hooks or a retry policy: it can be called as a node, and made a job."""

    __slots__ = ()

    def to_job(self, name: str | None = None, **parameters: Any) -> JobDefinition:
        """The job of the graph, named like the alias, with these tags, hooks and retry policy; see `GraphDefinition.to_job`."""
        merged = dict(parameters)
        if self.tags:
            merged["tags"] = {**self.tags, **(parameters.get("tags") or {})}
        if self.hook_defs:
            merged["hooks"] = self.hook_defs | (parameters.get("hooks") or NO_HOOKS)
        if self.retry_policy is not None and parameters.get("op_retry_policy") is None:
            merged["op_retry_policy"] = self.retry_policy
        return self.node_def.to_job(name or self.given_alias, **merged)

    def execute_in_process(self, **parameters: Any) -> ExecuteInProcessResult:
        """Run that job here and now; see `JobDefinition.execute_in_process`."""
        return self.to_job().execute_in_process(**parameters)


# -- the decorator -------------------------------------------------------------------------------------------------


@overload
def graph(compose_fn: Callable[..., Any], /) -> GraphDefinition: ...
@overload
def graph(
    *,
    name: str | None = ...,
    description: str | None = ...,
    ins: Mapping[str, GraphIn] | None = ...,
    out: GraphOut | Mapping[str, GraphOut] | None = ...,
    tags: Mapping[str, Any] | None = ...,
    config: ConfigMapping | Mapping[str, Any] | None = ...,
) -> Callable[[Callable[..., Any]], GraphDefinition]: ...
def graph(
    compose_fn: Callable[..., Any] | None = None,
    /,
    *,
    name: str | None = None,
    description: str | None = None,
    ins: Mapping[str, GraphIn] | None = None,
    out: GraphOut | Mapping[str, GraphOut] | None = None,
    tags: Mapping[str, Any] | None = None,
    config: ConfigMapping | Mapping[str, Any] | None = None,
) -> Any:
    """Make a graph of a function that calls ops and graphs; used bare or with arguments.

    The function runs once, now, to record what it calls; its parameters are the inputs of the graph, what it returns are
    the outputs. `config` puts one config in the place of the configs of the ops inside. Raises
    `DagjobInvalidDefinitionError` for what cannot be a graph.
    """

    def decorate(function: Callable[..., Any]) -> GraphDefinition:
        return compose(function, name, "graph", description=description, ins=ins, out=out, tags=tags, config=config)

    return decorate if compose_fn is None else decorate(compose_fn)


def compose(
    function: Callable[..., Any],
    name: str | None,
    kind: str,
    *,
    description: str | None = None,
    ins: Mapping[str, GraphIn] | None = None,
    out: GraphOut | Mapping[str, GraphOut] | None = None,
    tags: Mapping[str, Any] | None = None,
    config: object = None,
) -> GraphDefinition:
    """The graph that a function describes. A job (`kind`) is composed in the same way, but has no outputs."""
    if not callable(function):
        raise ParameterCheckError(f"@{kind} takes a function, not {function!r}; its parameters are given by name.")
    name = name or str(getattr(function, "__name__", ""))
    place = place_of(function)
    try:
        subject = f'{kind} "{check_name(name, kind)}"'
        outs = _declared(subject, out)
        input_texts = _input_texts(subject, function, ins)
        composition = Composition(name, kind)
        with composition:
            returned = function(**{parameter: GraphInputHandle(composition, parameter) for parameter in input_texts})
            _check_return(subject, kind, returned)
            outputs = outputs_returned(composition, returned, None if outs is None else list(outs))
        composition.warn_of_uncalled()
        made = object.__new__(GraphDefinition)
        made._settle(
            name,
            composition.nodes,
            input_texts,
            outputs,
            kind=kind,
            description=description if description is not None else doc_text(function.__doc__),
            config=config,
            tags=tags,
            input_types=input_types(function, ins, input_texts),
            output_texts={output: given.description for output, given in (outs or {}).items()},
            annotated=output_type(function) if len(outputs) == 1 else None,
            place=place,
        )
    except DagjobError as error:
        error.place = error.place or place
        raise
    dress(made, function)
    return made


# -- parts ---------------------------------------------------------------------------------------------------------


def _as_mapping(config: object) -> ConfigMapping | None:
    if config is None:
        return None
    from dagjob.config.mapping import as_mapping

    return as_mapping(config)


def _check_definitions(subject: str, nodes: Mapping[str, Node]) -> None:
    """Two definitions of one name would be one in a run config."""
    known: dict[str, NodeDefinition] = {}
    for node in nodes.values():
        if known.setdefault(node.definition.name, node.definition) is not node.definition:
            raise DagjobInvalidDefinitionError(
                f'the {subject} uses two different definitions with the name "{node.definition.name}". Give one of them '
                f'another name, as in  @{node.definition.kind}(name="...").'
            ).at(node.place)


def _declared(subject: str, out: GraphOut | Mapping[str, GraphOut] | None) -> Mapping[str, GraphOut] | None:
    if out is None:
        return None
    if isinstance(out, GraphOut):
        return {"result": out}
    check_kind(out, (GraphOut, dict, Mapping), f"{subject}: out")
    for name, one in out.items():
        check_name(name, f"output of the {subject}")
        check_member(one, GraphOut, f'{subject}: the output "{name}"')
    return out


def _input_texts(
    subject: str, function: Callable[..., Any], ins: Mapping[str, GraphIn] | None
) -> dict[str, str | None]:
    """The inputs, which are the parameters of the function, with what `ins` says about them; **kwargs takes the rest."""
    plain = underlying(function)
    code = plain.__code__
    refuse_positional_only(plain, code.co_varnames, f"the {subject}")
    takes_rest = bool(code.co_flags & _STAR_STAR) and bool(ins)
    if code.co_flags & _STAR or (code.co_flags & _STAR_STAR and not takes_rest):
        raise DagjobInvalidDefinitionError(
            f"the {subject} takes *args or **kwargs, but each of its inputs needs a name: write them as parameters, or "
            "declare what **kwargs takes with ins={...}."
        )
    parameters = code.co_varnames[: code.co_argcount + code.co_kwonlyargcount]
    if takes_rest:
        parameters = tuple(dict.fromkeys((*parameters, *(ins or {}))))
    texts: dict[str, str | None] = dict.fromkeys(parameters)
    for name in parameters:
        check_name(name, f"input of the {subject}")
    for name, given in check_kind(ins or {}, (dict, Mapping), f"{subject}: ins").items():
        check_member(
            given, (GraphIn, In), f'{subject}: the input "{name}"'
        )  # people write In here, and Dagster takes it
        if name not in texts:
            raise DagjobInvalidDefinitionError(
                f'the {subject} declares the input "{name}", but its function has no such parameter '
                f"(it has: {', '.join(parameters) or 'none'}).{did_you_mean(name, parameters)}"
            )
        texts[name] = given.description
    return texts


def _check_return(subject: str, kind: str, returned: object) -> None:
    if kind == "job" and returned is not None and not isinstance(returned, tuple):  # as in Dagster, which ignores those
        raise DagjobInvalidDefinitionError(
            f"the function of the {subject} returns something, but a job has no outputs. Leave the return out; or make it "
            "a @graph, which may have outputs, and a job of it with to_job()."
        )
