"""What the loop needs from outside: an executor that does the attempts, and sinks that receive the events.

`Executor` and `Sink` are also what users write their own of (docs/contributing.md, "Adding a kind").
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Protocol, runtime_checkable

from dagjob.events import Event
from dagjob.plan.steps import Failed, Outcome, Step
from dagjob.record import Record

if TYPE_CHECKING:
    from dagjob.launch.instance import DagjobInstance

Emit = Callable[[Event], None]
"""Takes an event on its way to the sinks."""


class Signals(Protocol):
    """The signals that have come so far."""

    @property
    def count(self) -> int: ...

    @property
    def signum(self) -> int | None:
        """The first signal that came."""

    @property
    def fd(self) -> int | None:
        """Becomes readable when a signal comes, so that who sleeps wakes up."""


class Audience(Protocol):
    """All sinks of a run, as the loop sees them."""

    def __call__(self, event: Event) -> None:
        """Receive one event. Never raises."""

    executor: Executor | None
    """Whose events they are: it is told before anything is shown, and stands still with this process."""

    def keep(self) -> None:
        """Commit the events that came, and show nothing yet."""

    def turn(self) -> float | None:
        """Once in each turn of the loop: commit the events that came, then show them.

        Returns the seconds after which the sinks want to be called again though nothing happens; None: never.
        """


class Sink:
    """Receives the events of a run. A subclass says what it does with an event; the rest has defaults.

    All is called in the main process and thread, between two turns of the loop, in this order: events, `flush`, `tick`
    when it is time, at last `close`. What it raises drops it from the run; `BrokenPipeError` means that nobody reads it.
    """

    behind: bool = False
    """Whether what it raised was only that it cannot write for now: it keeps what it took in, and tries again itself."""
    answer: str = ""
    """Where what the user asked for is written, such as `stdout`: a run that ended well, but lost it, is no success."""
    shows_failures: bool = False
    """Whether people learn from it what fails: when it is dropped, somebody else has to tell them."""

    def __call__(self, event: Event) -> None:
        """Take in one event."""
        raise NotImplementedError

    def hear(self, events: Sequence[Event]) -> None:
        """Take in the events of a turn."""
        for event in events:
            self(event)

    def flush(self) -> None:
        """These were all for now: write what should be seen or kept."""

    def next_refresh(self) -> float | None:
        """Seconds until `tick` wants to be called though nothing happens; None: never."""
        return None

    def tick(self, now: float) -> None:
        """Draw what changes with time; `now` is in seconds since the epoch."""

    def tell_status(self, now: float) -> None:
        """A person wants to know how the run stands: say it, if that is what this sink is for."""

    def pause(self) -> None:
        """Somebody else needs the terminal: draw nothing until `go_on`."""

    def go_on(self) -> None:
        """The terminal is free again."""

    def close(self) -> None:
        """The run is over, or the sink is given up: write what is left, give back what was taken."""


class InstanceSource(Protocol):
    """Where a run is kept. It is pickled with the run where workers are fresh processes."""

    def open(self) -> DagjobInstance: ...

    def out_dir(self) -> str | None:
        """A folder for outputs that lasts as long as the run, where the run itself has none."""


class StepCall(Record):
    """The order to do one attempt of one step: all that a worker needs besides the job itself.

    `log` is the file that gets stdout and stderr of the attempt (None: not captured); `timeout` in seconds, and `limit` says
    what set it: `after 30s (--op-timeout)`. `ended` is how the attempt has ended already, which is its outcome then: only its
    hooks are to be run, because its process died, or because another attempt was to follow that never came. `eager`: others
    start as soon as an output of it is stored, so that is to be told at once. `retries`: a failed attempt may be tried again.
    """

    step: Step
    attempt: int
    log: str | None = None
    timeout: float | None = None
    limit: str = ""
    ended: Failed | None = None
    eager: bool = False
    retries: bool = True

    @property
    def limit_text(self) -> str:
        """When it was to end."""
        return self.limit or f"after {self.timeout:g}s"


class RunCall(StepCall):
    """A call for one of several runs that share an executor: which one, and what is other in it than in the first of them."""

    run_id: str = ""
    differs: Mapping[str, object] = {}
    """Fields of its `RunInfo`."""


class StepDone(Record):
    """How an attempt ended. Its process may still be busy with hooks and with closing resources.

    `after` are events that have come already, but belong behind its end: those of its hooks. `hooks_left`: the process of the
    attempt died before its hooks, which the executor is then asked to run by a call of their own.
    """

    step: str
    attempt: int
    outcome: Outcome
    after: Sequence[Event] = ()
    hooks_left: bool = False


class Attempt(Protocol):
    """One attempt in the process that does it, in two halves so that the outcome is known before the hooks run."""

    def begin(self) -> None:
        """Emit `StepStarted`: for who wants that to be done before user code is called."""

    def run(self) -> Outcome:
        """From inputs to outcome. Begins first, if that was not done. Never raises: what user code does is in the outcome."""

    @property
    def has_more(self) -> bool:
        """Whether `finish` has anything to do."""

    def finish(self) -> None:
        """Hooks, then what was opened for this attempt is closed. Emits; what it raises is a signal to its process."""

    def close(self) -> None:
        """Close what was opened for this attempt, where `finish` did not come so far. May be called again."""


Work = Callable[[StepCall, Emit], Attempt]
"""What a worker can do. Made once in a process; `Work(call, emit)` prepares one attempt."""


class WorkSource(Protocol):
    """Where a fresh process gets its `Work` from. Can be pickled; `open` imports the user's module."""

    def open(self) -> Work: ...


@runtime_checkable
class Executor(Protocol):
    """Does the attempts of a run. A class that inherits from this one must write `submit` and `wait`.

    An attempt may be done anywhere. Its events, its outcome and what it prints come back to this process: events go to
    the `emit` that the executor was made with, in the order in which they happened, outcomes are returned by `wait` (with
    events that came after an outcome that the loop does not know yet), and
    what it prints is appended to the file `StepCall.log`, here. Values never come back: the IO managers store and load
    them where the attempt runs. `executors/remote.py` has both ends of that for a process at the other end of two pipes.
    """

    slots: int = 1
    """How many attempts may be in work at once."""
    in_this_process: bool = False
    """Whether attempts run in the process of the loop. Then resources are opened once, for the run, and small values are
    handed on from memory; else each attempt opens its own where it runs."""
    start_method: str | None = None
    """How worker processes are started, for the history; None: the executor does not say."""

    def start(self) -> None:
        """Get ready to work: fork the template, start workers ahead. Called once, before any thread or lock exists."""
        return

    def submit(self, call: StepCall) -> None:
        """Take a call. Accepted even when a worker is still busy closing: it then starts a little later."""
        raise NotImplementedError

    def wait(self, timeout: float | None) -> Sequence[StepDone]:
        """Sleep until an attempt ends, an event or a signal comes, or `timeout` seconds pass (None: for ever).

        Events of workers are emitted at once; only completions are returned. May return nothing.
        """
        raise NotImplementedError

    def before_showing(self) -> None:
        """Displays are about to print, on descriptors 1 and 2 of this process."""
        return

    def after_showing(self) -> None:
        """They have, while an attempt may be going on in this process: a signal has asked for it."""
        return

    def pause(self) -> None:
        """This process is about to be stopped for a while, as by Ctrl-Z: what runs elsewhere stops too, if that can be."""
        return

    def go_on(self, seconds: float) -> None:
        """It goes on, after so many seconds, which count for no timeout."""
        return

    def interrupt(self, grace: float) -> None:
        """Ask what runs to end: politely now, by force after `grace` seconds (0: at once). May be called again."""
        return

    def close(self) -> None:
        """Wait until hooks and workers are through, and leave no process behind. May be called again."""
        return
