"""What can happen in a run: one frozen type for each fact. Building one has no effect; `emit` is the only effect.

Times are seconds since the epoch, durations are seconds, attempts count from 1. A step is named by its key
(`outer.load[2024]`). Every event can be pickled: workers send them to the main process as they are. An event that
changes how a step stands says so in `status`; each step, a template without copies too, has ended when its run has.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar, Literal

from dagjob.record import Record

RunStatus = Literal["running", "success", "failed", "crashed", "canceled", "timeout"]
OpStatus = Literal[
    "waiting",
    "running",
    "retrying",
    "success",
    "reused",
    "failed",
    "timeout",
    "canceled",
    "skipped",
    "not_run",
]
Metadata = Mapping[str, object]
"""By label: a `MetadataValue` where it happens, its plain value where a recorded event is read again."""


class Variable(Record):
    """A local variable of a frame: its name, and its value as a short text."""

    name: str
    text: str


class Frame(Record):
    """One line of a traceback: where, and the text that was there. Columns count from 0, as in code objects.

    `variables` are those of the user's own frames, where somebody asked for them.
    """

    file: str
    line: int
    name: str
    text: str = ""
    column: int | None = None
    end_column: int | None = None
    end_line: int | None = None
    variables: tuple[Variable, ...] = ()


class GivenInput(Record):
    """An input of an op that failed: its type and size as a text, and the step that it came from."""

    name: str
    kind: str
    source: str = ""


class ErrorInfo(Record):
    """An exception as data, so that it can leave its process and be shown, filtered and kept.

    `type` is the class's name, `module` where it lives; `frames` are the outermost first; `text` is the
    traceback as Python prints it; `members` are those of an exception group; `code` is our error code (`DJ401`, ...).
    `inputs` are those of the attempt that it has ended.
    """

    type: str
    module: str
    message: str
    frames: tuple[Frame, ...] = ()
    cause: ErrorInfo | None = None
    context: ErrorInfo | None = None
    notes: tuple[str, ...] = ()
    members: tuple[ErrorInfo, ...] = ()
    text: str = ""
    code: str = "DJ401"
    inputs: tuple[GivenInput, ...] = ()


class FailureData(Record):
    """What the user said by raising `Failure`."""

    description: str | None
    metadata: Metadata


class PlannedOp(Record):
    """One step of the plan, as far as a listener needs it."""

    key: str
    op: str
    upstream: tuple[str, ...] = ()
    mapped: bool = False
    """A template: the steps that follow from it are named by `StepsMapped`."""
    resources: tuple[str, ...] = ("io_manager",)
    """What is opened for it."""


# -- the run -------------------------------------------------------------------------------------------------------


class Event(Record):
    """One fact about the run."""

    at: float


class RunStarted(Event):
    """The first event. `config` is what the user gave, `resolved` the merged config with defaults."""

    run_id: str
    job: str
    target: str
    executor: str
    slots: int
    pid: int
    tags: Mapping[str, str] = {}
    config: Mapping[str, object] = {}
    resolved: Mapping[str, object] = {}
    partition: str | None = None
    parent_run_id: str | None = None
    root_run_id: str | None = None
    selection: tuple[str, ...] = ()
    """The clauses that select ops, as they were given; `excluded` are those that take some off again."""
    excluded: tuple[str, ...] = ()
    selected: tuple[str, ...] = ()
    """What these come to: the names of ops and graphs, those inside of graphs with dots."""
    start_method: str | None = None
    """How worker processes are started (`preloaded`, `lean`, `spawn`), for an executor that says it."""
    isolated: bool = False
    """Whether attempts run outside of the main process, with resources of their own."""


class PlanMade(Event):
    """What will be done, in plan order."""

    ops: tuple[PlannedOp, ...]
    why: Mapping[str, str] = {}
    """Of a run that goes on from another one: why a step runs again, where it is another reason than one above it."""


class StepsMapped(Event):
    """A template became one step for each mapping key; `steps` are their keys."""

    template: str
    steps: tuple[str, ...]


class RunEnded(Event):
    """The last event. `counts` says how many steps ended in each status."""

    status: RunStatus
    seconds: float
    counts: Mapping[str, int]
    failure_reason: str | None = None
    error: ErrorInfo | None = None
    failed_steps: tuple[str, ...] = ()
    stopped_by: str | None = None
    """The signal that stopped the run: `SIGTERM`."""


SIGNAL_WORDS: Mapping[str, str] = {"SIGINT": "Ctrl-C (SIGINT)", "SIGHUP": "SIGHUP: its terminal was closed"}
"""What people know better than the signal's name."""


class EngineNoted(Event):
    """The engine has something to say: executor started, a child died, teardown failed, the run is stopping."""

    text: str
    step: str | None = None
    error: ErrorInfo | None = None
    level: Literal["debug", "info", "warning", "error"] = "debug"
    stopping: bool = False
    """The run was told to stop, and waits for what runs."""


class ResourcesOpening(Event):
    """Resources are about to be made, for the run (`step` None) or for one step's process."""

    keys: tuple[str, ...]
    step: str | None = None


class ResourcesOpened(Event):
    """They are ready; `seconds` for each key."""

    seconds: Mapping[str, float]
    step: str | None = None


class ResourceFailed(Event):
    """One could not be made; those that were ready have been closed again."""

    key: str
    error: ErrorInfo
    step: str | None = None


# -- steps ---------------------------------------------------------------------------------------------------------


class StepEvent(Event):
    """A fact about one attempt of one step."""

    step: str
    attempt: int


class StepStarted(StepEvent):
    """An attempt begins, in process `pid`. `log` is the file that holds its stdout and stderr, if it is captured.

    `worker` says which worker does it, where `pid` is a process of another machine, or may be.
    """

    status: ClassVar[OpStatus] = "running"
    pid: int
    log: str | None = None
    worker: str | None = None


class InputLoaded(StepEvent):
    """A value was loaded through an IO manager."""

    input: str
    manager_key: str
    upstream_step: str | None = None
    upstream_output: str | None = None
    mapping_key: str | None = None
    metadata: Metadata = {}


class InputChecked(StepEvent):
    """A value was checked against the type of its input."""

    input: str
    type: str
    success: bool = True
    description: str | None = None
    metadata: Metadata = {}


class OutputChecked(StepEvent):
    """An output was yielded or returned, and checked against its type."""

    output: str
    type: str
    mapping_key: str | None = None
    success: bool = True
    description: str | None = None
    check_metadata: Metadata = {}
    metadata: Metadata = {}


class OutputStored(StepEvent):
    """An IO manager has stored an output. `path` and `bytes` where it says so."""

    output: str
    manager_key: str
    mapping_key: str | None = None
    metadata: Metadata = {}
    path: str | None = None
    bytes: int | None = None


class AssetReported(StepEvent):
    """An `AssetMaterialization` or `AssetObservation` was yielded or logged."""

    asset: object


class ExpectationReported(StepEvent):
    """An `ExpectationResult` was yielded or logged."""

    expectation: object


_LEVELS = {"debug": 10, "info": 20, "warning": 30, "error": 40, "critical": 50}


def level_number(level: str) -> int:
    """How grave a level is; one without a name is called "Level 25" by Python, any other unknown one counts as `info`."""
    word, _, number = level.lower().rpartition(" ")
    if word == "level" and number.isdecimal():
        return int(number)
    return _LEVELS.get(level.lower(), 20)


class LogWritten(StepEvent):
    """A line of `context.log`. `offset` is the size of the attempt's output file at that moment (None: no file)."""

    level: str
    text: str
    logger: str = "dagjob"
    offset: int | None = None


class Progressed(StepEvent):
    """`context.progress(done, total, unit)`: how far the op is."""

    done: float
    total: float | None = None
    unit: str = ""
    text: str = ""


class StepSucceeded(StepEvent):
    """The attempt ended well. `max_rss` is the peak memory of its own process in bytes."""

    status: ClassVar[OpStatus] = "success"
    seconds: float
    cpu: float | None = None
    max_rss: int | None = None


class StepFailed(StepEvent):
    """The attempt ended badly and was the last. `source` is Dagster's word for who is to blame (contract exe-3)."""

    error: ErrorInfo
    seconds: float
    status: Literal["failed", "timeout", "canceled"] = "failed"
    failure: FailureData | None = None
    source: str = "USER_CODE_ERROR"
    cpu: float | None = None
    max_rss: int | None = None
    retries_used: int = 0
    exhausted: Literal["policy", "request", "disabled"] | None = None
    """Set when another attempt was wanted and there was none left: by whose count, or because retries are disabled."""
    max_retries: int | None = None


class StepRetrying(StepEvent):
    """The attempt ended badly; the next one begins in `wait` seconds (None: not said, so at once)."""

    status: ClassVar[OpStatus] = "retrying"
    error: ErrorInfo
    seconds: float
    wait: float | None
    max_retries: int
    failure: FailureData | None = None
    cpu: float | None = None
    max_rss: int | None = None


class StepSkipped(Event):
    """A step did not run because an output that it needs was not yielded, by design; `missing` names `step.output`."""

    status: ClassVar[OpStatus] = "skipped"
    step: str
    missing: tuple[str, ...]


class StepReused(Event):
    """A step was not run: its outputs are those of an earlier run."""

    status: ClassVar[OpStatus] = "reused"
    step: str


class StepNotRun(Event):
    """A step did not run because something above it failed (`because`), or because the run was stopped.

    Older versions said so, as `canceled`, of a step that waited for its next attempt when the run was stopped.
    """

    step: str
    because: tuple[str, ...] = ()
    status: Literal["not_run", "canceled"] = "not_run"


class HookRan(StepEvent):
    """A hook was called after a step, did not apply, or raised."""

    hook: str
    outcome: Literal["completed", "skipped", "errored"]
    error: ErrorInfo | None = None
