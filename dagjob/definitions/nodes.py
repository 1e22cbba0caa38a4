"""A node, which is one use of an op or a graph inside a graph; and what ops and graphs have in common as definitions.

Only data: what a call records is in `composition.py`, what may be connected in `edges.py` and `fan_out.py`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any, Protocol, TypeAlias

from dagjob.errors import Place, warn_user
from dagjob.record import Record
from dagjob.values.checks import check_kind, check_member

if TYPE_CHECKING:
    from dagjob.definitions.graphs import GraphDefinition
    from dagjob.definitions.handles import OutputsTuple
    from dagjob.definitions.hooks import HookDefinition
    from dagjob.definitions.ops import OpDefinition
    from dagjob.definitions.retries import RetryPolicy
    from dagjob.definitions.types import DagjobType
    from dagjob.definitions.wiring import Source

Hooks: TypeAlias = "frozenset[HookDefinition]"

NO_HOOKS: Hooks = frozenset()


class InputFacts(Protocol):
    """What wiring asks of an input, be it an op's or a graph's."""

    @property
    def name(self) -> str: ...
    @property
    def dagster_type(self) -> DagjobType: ...
    @property
    def carries_value(self) -> bool: ...


class OutputFacts(Protocol):
    """What wiring asks of an output, be it an op's or a graph's."""

    @property
    def name(self) -> str: ...
    @property
    def dagster_type(self) -> DagjobType: ...
    @property
    def is_dynamic(self) -> bool: ...
    @property
    def is_required(self) -> bool: ...
    @property
    def carries_value(self) -> bool: ...


class NodeDefinition:
    """What a node is a use of: an op or a graph. `place` is where its function stands, for messages."""

    kind = "op"

    name: str
    description: str | None
    tags: Mapping[str, str]
    place: Place | None
    positional_inputs: list[str]
    outputs_class: type[OutputsTuple] | None = None
    """The tuple that a call in a graph body returns; made at the first call of a definition with several outputs."""

    @property
    def inputs_by_name(self) -> Mapping[str, InputFacts]:
        """The inputs, in the order in which they are listed."""
        raise AttributeError("inputs_by_name")

    @property
    def outputs_by_name(self) -> Mapping[str, OutputFacts]:
        """The outputs, in their order."""
        raise AttributeError("outputs_by_name")

    # -- the same under Dagster's names ----------------------------------------------------------------------------

    @property
    def input_defs(self) -> list[Any]:
        """What goes in, as a list: `In`s of an op, `GraphInputDefinition`s of a graph."""
        return list(self.inputs_by_name.values())

    @property
    def output_defs(self) -> list[Any]:
        """What comes out, as a list: `Out`s of an op, `GraphOutputDefinition`s of a graph."""
        return list(self.outputs_by_name.values())

    @property
    def input_dict(self) -> Mapping[str, Any]:
        """What goes in, by name."""
        return self.inputs_by_name

    @property
    def output_dict(self) -> Mapping[str, Any]:
        """What comes out, by name."""
        return self.outputs_by_name

    def has_input(self, name: str) -> bool:
        """Is there an input of this name?"""
        return name in self.inputs_by_name

    def has_output(self, name: str) -> bool:
        """Is there an output of this name?"""
        return name in self.outputs_by_name

    def input_def_named(self, name: str) -> Any:
        """One input. Raises `KeyError` where there is none."""
        return self.inputs_by_name[name]

    def output_def_named(self, name: str) -> Any:
        """One output. Raises `KeyError` where there is none."""
        return self.outputs_by_name[name]

    # -- for the wiring --------------------------------------------------------------------------------------------

    @property
    def only_by_name(self) -> list[str]:
        """Inputs that no position of the function stands for; a single one may be given as the last positional."""
        return []


class Node(Record):
    """One use of an op or a graph inside a graph.

    `tags` are those of the definition and of the invocation together; `retry_policy` and `hook_defs` are what the
    invocation was given. `inputs` says how each connected input is fed, by its name. `line` is where it was called: a
    file and a line, for messages.
    """

    name: str
    definition: OpDefinition | GraphDefinition
    tags: Mapping[str, str] = {}
    hook_defs: Hooks = NO_HOOKS
    retry_policy: RetryPolicy | None = None
    inputs: Mapping[str, Source] = {}
    line: tuple[str, int] | None = None

    @property
    def op_def(self) -> OpDefinition | GraphDefinition:
        """The definition, under the name that contexts use."""
        return self.definition

    @property
    def place(self) -> Place | None:
        """Where it was called; else where its function stands."""
        return Place(*self.line) if self.line is not None else self.definition.place


def check_hooks(hooks: Iterable[HookDefinition], what: str) -> Hooks:
    """A set of hooks, as it is given to a job or an invocation. Raises `ParameterCheckError` for anything else."""
    check_kind(hooks, (set, frozenset), what)
    if not hooks:
        return NO_HOOKS
    from dagjob.definitions.hooks import HookDefinition

    members: Hooks = frozenset(hooks)
    for hook in members:
        check_member(hook, HookDefinition, f"a member of {what}")
    return members


def warn_of_policy_on_graph(name: str, definition: NodeDefinition) -> None:
    """Only an op is tried again: a policy on a node that is a graph counts for nothing, as in Dagster, which says nothing."""
    if definition.kind != "op":
        warn_user(
            f'the retry policy of the {definition.kind} "{name}" counts for nothing, since only ops are tried again. Give it '
            f"to the ops in it, or to all of the job:  @job(op_retry_policy=...)",
            UserWarning,
        )


def dress(definition: Any, function: Callable[..., Any]) -> None:
    """Give a definition the name, docstring and module of the function that it was made of, as `functools.wraps` does."""
    own = definition.__dict__
    for attribute in ("__name__", "__qualname__", "__doc__", "__module__"):
        if hasattr(function, attribute):
            own[attribute] = getattr(function, attribute)
    own["__wrapped__"] = function
