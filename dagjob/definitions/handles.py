"""What stands for data while a graph is composed: the outputs of nodes, and the inputs of the graph itself.

A handle knows where it comes from and nothing else. There are no values yet, so whoever uses one as a value is told what
he holds instead; that is half of what this file is for.
"""

from __future__ import annotations

from operator import itemgetter
from typing import TYPE_CHECKING, Any, NoReturn

from dagjob.errors import (
    CheckError,
    DagjobInvalidDefinitionError,
    DagjobInvariantViolationError,
    DagjobNoValueYetError,
    did_you_mean,
)
from dagjob.values.checks import brief

if TYPE_CHECKING:
    from collections.abc import Callable

    from dagjob.definitions.composition import Composition


class Handle:
    """Anything that may be passed to a node. `graph` is the composition it belongs to."""

    __slots__ = ("graph",)
    _offers: tuple[str, ...] = ()
    """What its user may ask it for."""

    def __init__(self, graph: Composition) -> None:
        self.graph = graph

    def subject(self) -> str:
        """What this is, for messages."""
        raise AttributeError("subject")

    def _no_value(self, act: str, instead: str) -> NoReturn:
        raise DagjobInvariantViolationError(
            f"{self.subject()} cannot be {act} while the {self.graph.subject()} is composed: there is no value yet. {instead}"
        ).at(self.graph.place_of_caller())

    def _iterated(self) -> NoReturn:
        self._no_value(
            "iterated or unpacked",
            "To have several outputs, declare them: out={'a': Out(), 'b': Out()}; to work on the elements of a value, "
            "use a dynamic output and map, or do it inside an op.",
        )

    def _derived(self, act: str, method: str) -> NoReturn:
        self._no_value(act, f"Check the parentheses: first derive, then call, as in  some_op.{method}(...)(...).")

    def __iter__(self) -> Any:
        self._iterated()

    def __getitem__(self, index: Any) -> Any:
        self._no_value(
            f"indexed (with {index!r})", "Take the value apart inside an op, or declare several outputs with out={...}."
        )

    def __setitem__(self, index: Any, value: Any) -> None:
        self[index]

    def __delitem__(self, index: Any) -> None:
        self[index]

    def __contains__(self, value: Any) -> bool:
        self._no_value("searched (with `in`)", _COMPUTE)

    def __bool__(self) -> bool:
        return True  # or `a and b` would ask for a length

    def __eq__(self, other: object) -> bool:
        if self is not other and other is not None:  # `prev == None` has an answer: there is something.
            self._no_value("compared (with ==, != or `in`)", f"{_COMPUTE} Whether it is the same output tells `is`.")
        return self is other

    __hash__ = object.__hash__

    def __call__(self, *_: Any, **__: Any) -> NoReturn:
        self._no_value(
            "called", "Call the op once, with its inputs; a function that is its output is called inside an op."
        )

    def __format__(self, spec: str) -> str:
        self._no_value("put into a text", "Make the text inside an op.")

    def __repr__(self) -> str:
        return f"<{self.subject()}: no value yet>"

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):  # What Python and libraries ask every object for.
            raise AttributeError(name)
        raise DagjobNoValueYetError(
            f'{self.subject()} has no attribute "{name}" while the {self.graph.subject()} is composed: there is no value '
            f"yet.{did_you_mean(name, self._offers)} {_COMPUTE}"
        ).at(self.graph.place_of_caller())

    def alias(self, *_: Any) -> NoReturn:
        """Explains that the op is what can be given an alias."""
        self._derived("aliased", "alias")

    def tag(self, *_: Any) -> NoReturn:
        """Explains that the op is what can be tagged."""
        self._derived("tagged", "tag")

    def with_hooks(self, *_: Any) -> NoReturn:
        """Explains that the op is what can be given hooks."""
        self._derived("hooked", "with_hooks")

    def with_retry_policy(self, *_: Any) -> NoReturn:
        """Explains that the op is what can be given a retry policy."""
        self._derived("given a retry policy", "with_retry_policy")


_COMPUTE = "Compute inside an op: give this to one as an input."

_OPERATORS = {
    "+": "add", "-": "sub", "*": "mul", "/": "truediv", "//": "floordiv", "%": "mod", "**": "pow", "@": "matmul",
    "&": "and", "|": "or", "^": "xor", "<<": "lshift", ">>": "rshift", "divmod": "divmod",
}  # fmt: skip
_COMPARISONS = ("lt", "le", "gt", "ge")  # Python turns `5 > n` round, so the sign is not known.
_FUNCTIONS = ("len", "int", "float", "complex", "abs", "round", "reversed", "next", "neg", "pos", "invert", "index")


def _refuse(method: str, act: str) -> None:
    """Let handles answer to one of Python's special methods by saying that there is no value."""

    def refusing(self: Handle, *_: Any) -> NoReturn:
        self._no_value(act, _COMPUTE)

    setattr(Handle, f"__{method}__", refusing)


for _sign, _name in _OPERATORS.items():
    for _side in ("", "r"):
        _refuse(_side + _name, f"used with {_sign}")
for _name in _COMPARISONS:
    _refuse(_name, "compared (with <, <=, > or >=)")
for _name in _FUNCTIONS:
    _refuse(_name, f"used as a value ({_name})")
for _name in ("enter", "exit", "aenter", "aexit"):
    _refuse(_name, "used in a with statement")
_refuse("await", "awaited")


class OutputHandle(Handle):
    """An output of a node; `each`: one element of it, inside a map."""

    __slots__ = ("each", "node_name", "output_name")

    def __init__(self, graph: Composition, node_name: str, output_name: str, each: bool = False) -> None:
        self.graph = graph
        self.node_name = node_name
        self.output_name = output_name
        self.each = each

    def subject(self) -> str:
        return f'{"one element of " if self.each else ""}the output "{self.output_name}" of "{self.node_name}"'

    def _not_dynamic(self, what: str) -> NoReturn:
        instead = (
            "One element inside a map is passed on as it is."
            if self.each
            else "Declare the output with DynamicOut() to map or collect it."
        )
        raise DagjobInvalidDefinitionError(
            f"{self.subject()} is not dynamic, so it has no {what} ({self.graph.subject()}). {instead}"
        ).at(self.graph.place_of_caller())

    def map(self, fn: Any = None) -> NoReturn:
        """Explains that only a dynamic output can be mapped."""
        self._not_dynamic("map")

    def collect(self) -> NoReturn:
        """Explains that only a dynamic output can be collected."""
        self._not_dynamic("collect")


class GraphInputHandle(Handle):
    """An input of the graph that is composed."""

    __slots__ = ("name",)

    def __init__(self, graph: Composition, name: str) -> None:
        self.graph = graph
        self.name = name

    def subject(self) -> str:
        return f'the input "{self.name}" of the graph'


class CollectedHandle(Handle):
    """The list of all elements of a dynamic output, or of what was mapped over one."""

    __slots__ = ("of",)

    def __init__(self, of: OutputHandle) -> None:
        self.graph = of.graph
        self.of = of

    def subject(self) -> str:
        return f'the collected output "{self.of.output_name}" of "{self.of.node_name}"'


class DynamicHandle(Handle):
    """A dynamic output, or what came of mapping one: it can be mapped and collected, and only that."""

    __slots__ = ("element",)
    _offers = ("map", "collect")

    def __init__(self, element: OutputHandle) -> None:
        self.graph = element.graph
        self.element = element

    def subject(self) -> str:
        return f'the dynamic output "{self.element.output_name}" of "{self.element.node_name}"'

    def map(self, fn: Callable[[Any], Any]) -> Any:
        """Call `fn`, an op or a function that calls ops, with what stands for one element.

        Returns what `fn` made, to be mapped again or collected: one or a tuple of them, or None.
        """
        if not callable(fn) or isinstance(fn, Handle):
            raise CheckError(f"map takes an op, or a function that calls ops, not {fn!r}.")
        made = fn(self.element)
        if made is None:
            return None
        if isinstance(made, tuple):
            wrapped = [self._mapped(one, fn) for one in made]
            return type(made)(wrapped) if isinstance(made, OutputsTuple) else tuple(wrapped)
        return self._mapped(made, fn)

    def collect(self) -> CollectedHandle:
        """What stands for the list of all elements, in the order in which they were yielded."""
        return CollectedHandle(self.element)

    def _mapped(self, made: Any, fn: Any) -> DynamicHandle:
        if isinstance(made, DynamicHandle):
            return made
        if isinstance(made, OutputHandle):
            return DynamicHandle(made)
        raise CheckError(
            f"the function {getattr(fn, '__name__', fn)!s} given to map of {self.subject()} returned {brief(made)}: it returns "
            "the output of an op, a tuple of those, or None."
        )

    def _iterated(self) -> NoReturn:
        self._no_value("iterated", "Use .map(...) to run ops for each element, .collect() to get all as a list.")

    def __getitem__(self, index: Any) -> Any:
        self._iterated()


class OutputsTuple(tuple[Any, ...]):
    """The outputs of a node that has several: a tuple whose items also have the names of the outputs."""

    __slots__ = ()
    _fields: tuple[str, ...] = ()

    def _asdict(self) -> dict[str, Any]:
        return dict(zip(self._fields, self, strict=True))

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        first: OutputHandle | DynamicHandle = self[0]
        node = first.element.node_name if isinstance(first, DynamicHandle) else first.node_name
        raise DagjobNoValueYetError(
            f'"{node}" has no output "{name}".{did_you_mean(name, self._fields)} Its outputs are: {", ".join(self._fields)}. '
            f"They have no value yet while the {first.graph.subject()} is composed."
        ).at(first.graph.place_of_caller())


def outputs_tuple(name: str, fields: tuple[str, ...]) -> type[OutputsTuple]:
    """The class for the outputs of one definition; what `namedtuple` makes, for a hundredth of its price."""
    body: dict[str, Any] = {"__slots__": (), "_fields": fields}
    body.update({field: property(itemgetter(at)) for at, field in enumerate(fields)})
    return type(f"_{name}_outputs", (OutputsTuple,), body)
