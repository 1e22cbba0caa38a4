"""What calling an op inside a graph body records.

The body of a graph runs once, with handles instead of data (`handles.py`); every call of an op or graph becomes a node,
every handle passed becomes an edge. Here the arguments of one call are understood; what may be connected with what is
judged afterwards, when all nodes are known, and alike for graphs that were written down explicitly.

Names are given by counters and no call looks at the other nodes, so a graph of ten thousand calls costs ten thousand
times one.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from dagjob.definitions.handles import (
    CollectedHandle,
    DynamicHandle,
    GraphInputHandle,
    Handle,
    OutputHandle,
    OutputsTuple,
    outputs_tuple,
)
from dagjob.definitions.nodes import NO_HOOKS, Hooks, Node, NodeDefinition, warn_of_policy_on_graph
from dagjob.definitions.wiring import Collected, Each, FanIn, GraphInput, OutputOf, Source
from dagjob.errors import (
    DagjobError,
    DagjobInvalidDefinitionError,
    DagjobInvalidInvocationError,
    Place,
    did_you_mean,
    warn_user,
)
from dagjob.values.checks import brief
from dagjob.values.names import check_name

if TYPE_CHECKING:
    from types import FrameType

    from dagjob.definitions.invocations import PendingNodeInvocation
    from dagjob.definitions.retries import RetryPolicy

_HERE = __file__.rpartition("composition")[0]

_open: list[Composition] = []
"""The compositions that go on, the innermost last. One per process: a graph body that starts threads which call ops
does what nobody means."""


def current() -> Composition | None:
    """The composition whose body is running, if one is."""
    return _open[-1] if _open else None


class Composition:
    """The recording of one graph body. Used as a context manager around the call of the body."""

    def __init__(self, name: str, kind: str) -> None:
        self.name = name
        self.kind = kind
        self.nodes: dict[str, Node] = {}
        self._uses: dict[str, int] = {}
        self._uncalled: dict[int, tuple[PendingNodeInvocation[Any], tuple[str, int] | None]] = {}

    def __enter__(self) -> Composition:
        _open.append(self)
        return self

    def __exit__(self, *_: object) -> None:
        _open.remove(self)

    def subject(self) -> str:
        """What is composed, for messages."""
        return f'{self.kind} "{self.name}"'

    @staticmethod
    def place_of_caller() -> Place | None:
        """The line of the user that is being run."""
        line = line_of_caller()
        return Place(*line) if line is not None else None

    # -- derived ops that nobody called ----------------------------------------------------------------------------

    def watch(self, derived: PendingNodeInvocation[Any]) -> None:
        """Remember something like `op.alias("a")`, until it is called or derived from again."""
        self._uncalled[id(derived)] = derived, line_of_caller()

    def used(self, derived: object) -> None:
        """It was called, or something else was made of it."""
        self._uncalled.pop(id(derived), None)

    def warn_of_uncalled(self) -> None:
        """One `UserWarning` for each derived op that has no use."""
        for derived, line in self._uncalled.values():
            of = f'a derived form of the {derived.node_def.kind} "{derived.node_def.name}" ({derived.name})'
            message = (
                f"in the {self.subject()}, {of} was never called, so it is no part of it. Add parentheses after it."
            )
            warn_user(message, UserWarning, Place(*line) if line is not None else None)

    # -- one call --------------------------------------------------------------------------------------------------

    def call(
        self,
        definition: NodeDefinition,
        args: tuple[Any, ...],
        kwargs: Mapping[str, Any],
        *,
        alias: str | None = None,
        tags: Mapping[str, str] | None = None,
        hooks: Hooks = NO_HOOKS,
        retry_policy: RetryPolicy | None = None,
    ) -> Any:
        """Record a node, and return what stands for its outputs."""
        line = line_of_caller()
        try:
            name = self._name_for(definition, alias)
            if retry_policy is not None:
                warn_of_policy_on_graph(name, definition)
            inputs = self._sources(definition, name, args, kwargs)
        except DagjobError as error:
            if error.place is None and line is not None:
                error.place = Place(*line)
            raise
        all_tags = {**definition.tags, **tags} if tags else definition.tags
        self.nodes[name] = Node(name, definition, all_tags, hooks, retry_policy, inputs, line)  # type: ignore[arg-type]
        return self._outputs(definition, name)

    def _name_for(self, definition: NodeDefinition, alias: str | None) -> str:
        if alias is not None:
            name, why = alias, "the alias"
        else:
            base = definition.name
            count = self._uses[base] = self._uses.get(base, 0) + 1
            name, why = (base if count == 1 else f"{base}_{count}"), "the name"
        if name in self.nodes:
            raise DagjobInvalidDefinitionError(
                f'{why} "{name}" for a call of the {definition.kind} "{definition.name}" is taken already in the '
                f'{self.subject()}. Give one of the two another: {definition.name}.alias("...").'
            )
        return name

    def _outputs(self, definition: NodeDefinition, name: str) -> Any:
        outputs = definition.outputs_by_name
        if len(outputs) == 1:
            for output in outputs.values():
                return self._output(name, output.name, output.is_dynamic)
        if not outputs:
            return None
        made = definition.outputs_class
        if made is None:
            made = definition.outputs_class = outputs_tuple(definition.name, tuple(outputs))
        return made(self._output(name, output.name, output.is_dynamic) for output in outputs.values())

    def _output(self, node: str, output: str, dynamic: bool) -> OutputHandle | DynamicHandle:
        return DynamicHandle(OutputHandle(self, node, output, True)) if dynamic else OutputHandle(self, node, output)

    # -- its arguments ---------------------------------------------------------------------------------------------

    def _sources(
        self, definition: NodeDefinition, node: str, args: tuple[Any, ...], kwargs: Mapping[str, Any]
    ) -> dict[str, Source]:
        sources: dict[str, Source] = {}
        if args:
            for name, value in zip(self._positions(definition, node, len(args)), args, strict=True):
                sources[name] = self._source(value, definition, node, name)
        if kwargs:
            known = definition.inputs_by_name
            for name, value in kwargs.items():
                if name in sources:
                    raise DagjobInvalidInvocationError(
                        f'the input "{name}" of "{node}" is given twice in the {self.subject()}: by position and by name.'
                    )
                if name not in known:
                    raise DagjobInvalidDefinitionError(
                        f'the {definition.kind} "{definition.name}" has no input "{name}" (called as "{node}" in the '
                        f"{self.subject()}).{did_you_mean(name, known)} {_inputs_of(definition)}"
                    )
                sources[name] = self._source(value, definition, node, name)
        return sources

    def _positions(self, definition: NodeDefinition, node: str, count: int) -> list[str]:
        """The names of the inputs that the first `count` positions stand for."""
        names = definition.positional_inputs
        if count > len(names):
            rest = definition.only_by_name
            if count == len(names) + 1 and len(rest) == 1:
                return [*names, rest[0]]
            hint = f" Give {', '.join(rest)} by name." if rest else ""
            raise DagjobInvalidDefinitionError(
                f'"{node}" gets {count} positional arguments in the {self.subject()}, but the {definition.kind} '
                f'"{definition.name}" takes {len(names)}. {_inputs_of(definition)}{hint}'
            )
        return names[:count]

    def _source(self, value: Any, definition: NodeDefinition, node: str, name: str) -> Source:
        kind = type(value)
        if kind is OutputHandle and value.graph is self:
            source = OutputOf(value.node_name, value.output_name)
            return Each(source) if value.each else source
        if kind is GraphInputHandle and value.graph is self:
            return GraphInput(value.name)
        if kind is CollectedHandle and value.graph is self:
            return Collected(OutputOf(value.of.node_name, value.of.output_name))
        if isinstance(value, list):
            return FanIn(tuple(self._member(one, at, node, name) for at, one in enumerate(value)))
        received, fix = _judged(value)
        if isinstance(value, Handle) and value.graph is not self:
            received = f"{value.subject()}, which belongs to the {value.graph.subject()}"
            fix = "A graph gets what it needs through its parameters."
        raise DagjobInvalidDefinitionError(
            f'the input "{name}" of "{node}" in the {self.subject()} received {received}. {fix}'
        )

    def _member(self, value: Any, at: int, node: str, name: str) -> OutputOf | GraphInput:
        if type(value) is OutputHandle and not value.each and value.graph is self:
            return OutputOf(value.node_name, value.output_name)
        if type(value) is GraphInputHandle and value.graph is self:
            return GraphInput(value.name)
        received, fix = _judged(value)
        if isinstance(value, OutputHandle | CollectedHandle):
            received, fix = value.subject(), "A list holds plain outputs: nothing mapped, nothing collected."
        elif isinstance(value, list):
            received, fix = "a list", "Lists cannot be nested here: make the inner list with an op."
        raise DagjobInvalidDefinitionError(
            f'the list for the input "{name}" of "{node}" in the {self.subject()} holds {received} (item {at}). {fix}'
        )


def _judged(value: Any) -> tuple[str, str]:
    """What was passed that cannot be, and the likely fix."""
    if isinstance(value, DynamicHandle):
        return value.subject(), "Use .map(...) to run the op for each element, or .collect() to pass all as one list."
    if isinstance(value, OutputsTuple):
        names = ", ".join(value._fields)
        return (
            f'all {len(value)} outputs of "{value[0].node_name}" ({names})',
            f"Take one of them, as in  result.{value._fields[0]}, or unpack them:  {names} = ...",
        )
    if isinstance(value, NodeDefinition):
        return f'the {value.kind} "{value.name}" itself', f"Call it: {value.name}()."
    if isinstance(getattr(value, "node_def", None), NodeDefinition):
        kind, name = value.node_def.kind, value.node_def.name
        subject = f'a derived form of the {kind} "{name}"' + (f', called "{value.name}"' if value.name != name else "")
        return subject, "Call it: write () behind it."
    if isinstance(value, tuple):
        return f"a tuple of {len(value)}", "To pass several outputs as one input, use a list."
    return (
        f"{brief(value, 60)} ({type(value).__name__})",
        "While a graph is composed there are no values: pass the output of another op or an input of the graph. A "
        "constant belongs into the config or a default of the op.",
    )


def _inputs_of(definition: NodeDefinition) -> str:
    names = list(definition.inputs_by_name)
    return f"Its inputs are: {', '.join(names)}." if names else "It has no inputs."


def line_of_caller() -> tuple[str, int] | None:
    """File and line of the innermost frame that is not in this room."""
    frame: FrameType | None = sys._getframe(1)
    while frame is not None and frame.f_code.co_filename.startswith(_HERE):
        frame = frame.f_back
    return (frame.f_code.co_filename, frame.f_lineno) if frame is not None else None


# -- what the body returned ----------------------------------------------------------------------------------------


def outputs_returned(composition: Composition, returned: Any, declared: Sequence[str] | None) -> dict[str, OutputOf]:
    """The outputs of the graph by name. `declared` are the names of `out`, None without one."""
    subject = composition.subject()
    if isinstance(returned, OutputHandle | DynamicHandle):
        if declared is not None and len(declared) > 1:
            raise DagjobInvalidDefinitionError(
                f"the {subject} returns a single output, but declares {len(declared)}: {', '.join(declared)}. Return a dict "
                "from output name to the output of an op, or a tuple in that order."
            )
        name = declared[0] if declared else "result"
        pairs: dict[str, Any] = {name: returned}
    elif isinstance(returned, dict):
        pairs = returned
    elif isinstance(returned, tuple) and declared is not None:
        # Items are matched in the order of `out`; what is beyond it is ignored, as Dagster does.
        pairs = dict(zip(declared, returned, strict=False))
    elif isinstance(returned, tuple) and returned:
        # Without `out` there is one output, and Dagster gives it the first item without a word.
        if len(returned) > 1:
            first = "only the first is its output. Declare them: out={'a': GraphOut(), 'b': GraphOut()}."
            warn_user(f"the {subject} returns {len(returned)} outputs without declaring them, so {first}", UserWarning)
        pairs = {"result": returned[0]}
    elif returned is None:
        pairs = {}
    else:
        raise _bad_return(composition, returned)
    for name in pairs:
        if declared is not None and name not in declared:
            raise DagjobInvalidDefinitionError(
                f'the {subject} returns an output "{name}" that its `out` does not declare.{did_you_mean(str(name), declared)} '
                f"Declared are: {', '.join(declared) or 'none'}."
            )
        check_name(name, f"output of the {subject}")
    missing = [name for name in declared or () if name not in pairs]
    if missing:
        raise DagjobInvalidDefinitionError(
            f"the {subject} declares the outputs {', '.join(declared or ())} but does not return "
            f"{', '.join(missing)}. Return a dict from output name to the output of an op, or a tuple in that order."
        )
    # In the order of `out`, in which a call of the graph gives them and a tuple of them is unpacked.
    return {name: _output_behind(composition, name, pairs[name]) for name in (declared or pairs)}


def _output_behind(composition: Composition, name: str, value: Any) -> OutputOf:
    if isinstance(value, DynamicHandle):
        value = value.element
    if isinstance(value, OutputHandle) and value.graph is composition:
        return OutputOf(value.node_name, value.output_name)
    raise _bad_return(composition, value, f' for its output "{name}"')


def _bad_return(composition: Composition, value: Any, where: str = "") -> DagjobInvalidDefinitionError:
    fix = "A graph returns the output of an op, a dict from output name to such outputs, or None."
    if isinstance(value, GraphInputHandle):
        received, fix = value.subject(), "An input cannot be returned directly: send it through an op."
    elif isinstance(value, Handle):
        received = value.subject()
    elif isinstance(value, tuple):
        received = f"a tuple of {len(value)}"
        fix = "To return several outputs, declare them: out={'a': GraphOut(), 'b': GraphOut()}."
    else:
        received, _ = _judged(value)
    return DagjobInvalidDefinitionError(f"the {composition.subject()} returns {received}{where}. {fix}")
