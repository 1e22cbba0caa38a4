"""The words of a plan: plain frozen data, that can be pickled, printed and compared.

A plan knows where the op of a step stands in the graph (`node`), never the function itself: a worker looks it up in
the job that it has loaded.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Literal

from dagjob.events import ErrorInfo, FailureData
from dagjob.record import Record

if TYPE_CHECKING:
    from dagjob.definitions.retries import RetryPolicy


TEMPLATE_SUFFIX = "[?]"
"""How the key of a step ends whose mapping keys are not known yet."""


def node_path(step_key: str) -> tuple[str, ...]:
    """Where the op of a step stands in the job. Node names have no dots and no brackets, so the key tells it."""
    return tuple(step_key.partition("[")[0].split("."))


class Port(Record):
    """One output of one step; of a dynamic output, the one value with that mapping key."""

    step: str
    output: str = "result"
    mapping_key: str | None = None


class FromConfig(Record):
    """The value stands in the run config and goes through the loader of the input's type.

    `of` is the input that the config names, where that is one of a graph around the op: the path of the graph, and a name.
    """

    value: object
    of: tuple[tuple[str, ...], str] | None = None


class FromDirect(Record):
    """A Python object, given as `input_values` to the top-level input `name`."""

    name: str


class FromDefault(Record):
    """The default of the op's own input."""


class FromManager(Record):
    """An input manager makes the value; `config` is its `input_config_schema`, resolved."""

    manager_key: str
    config: object = None


class FromRun(Record):
    """The output at `port` that the run `run_id` of the same job has stored; loaded through the IO manager of that output.

    Nothing is waited for. In the place of a port in `Wire.ports` it lets a run go on from what another one has made.
    """

    run_id: str
    port: Port


Unwired = FromConfig | FromDirect | FromDefault | FromManager | FromRun


class Wire(Record):
    """How one input is fed: from upstream outputs (`ports`) or, where there are none, from `value`.

    `many`: the input gets a list, in the order of `ports`, without those that were never made; it starves only when
    all are missing. `collects`: the dynamic output whose copies this wire gathers, until the copies are known.
    `given` are members of the list that no step of this run makes: each with the number of ports before it.
    `reads` is False for an input of type Nothing: it is waited for, and never loaded.
    """

    input: str
    ports: tuple[Port, ...] = ()
    many: bool = False
    value: Unwired | None = None
    given: tuple[tuple[int, Unwired], ...] = ()
    reads: bool = True
    collects: Port | None = None
    empty_is_fine: bool = True
    """Of a collecting wire: no item at all gives `[]` (a required dynamic output) instead of a skip."""
    manager_config: object = None
    """What the run config says to the input manager that loads the ports."""


class Step(Record):
    """One op invocation in one run. With `maps` it is a template: one step for each mapping key of that port."""

    key: str
    node: tuple[str, ...]
    op: str = ""
    wires: tuple[Wire, ...] = ()
    after: frozenset[str] = frozenset()
    """Steps to wait for although no value is read from them."""
    maps: Port | None = None
    mapping_key: str | None = None
    retry: RetryPolicy | None = None
    priority: int = 0
    config: object = None
    """The op's resolved config, defaults filled in, environment read."""
    output_config: Mapping[str, object] = {}
    tags: Mapping[str, str] = {}
    pool: str | None = None
    """What it needs a slot of while an attempt runs, shared with other runs."""
    timeout: float | None = None
    """Seconds that one attempt may take (tag `dagjob/timeout`)."""
    resources: frozenset[str] = frozenset()
    """The resources that must be open for an attempt, those that they need in turn included."""
    hooked: bool = False
    """Whether hooks follow an attempt."""
    stood_after: frozenset[str] = frozenset()
    """Of a step that is reused, and waits for nothing: the steps that its graph has it depend on."""

    @property
    def upstream(self) -> frozenset[str]:
        """The steps that must have ended before this one may start."""
        return self.after.union(port.step for wire in self.wires for port in wire.ports)


class Plan(Record):
    """All steps of a run in plan order: topological, node by node of each graph, inside one of its levels by name."""

    steps: tuple[Step, ...]


# -- how an attempt ended ------------------------------------------------------------------------------------------


class RetryAsk(Record):
    """What the op asked for by raising `RetryRequested`."""

    max_retries: int
    wait: float | None


class Succeeded(Record):
    """The attempt ended well; `made` are the outputs that it yielded."""

    made: tuple[Port, ...] = ()
    seconds: float = 0.0
    cpu: float | None = None
    max_rss: int | None = None


class Failed(Record):
    """The attempt ended badly. `retryable` says whether a policy may try again; `ask` overrides the policy.

    `made` are the outputs that it had yielded before.
    """

    error: ErrorInfo
    seconds: float = 0.0
    status: Literal["failed", "timeout", "canceled"] = "failed"
    retryable: bool = True
    ask: RetryAsk | None = None
    failure: FailureData | None = None
    source: str = "USER_CODE_ERROR"
    cpu: float | None = None
    max_rss: int | None = None
    made: tuple[Port, ...] = ()


Outcome = Succeeded | Failed
