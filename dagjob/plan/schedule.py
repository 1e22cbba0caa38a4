"""When a step may run, and what follows when one ends.

Outcomes go in, decisions come out. Nothing here reads a clock, starts a process or calls an op, so a whole run can be
replayed in a test. A rule that decides whether a step runs, waits, is skipped or is given up lives here, and nowhere
else:

- A step is ready when every step it depends on has ended. Ready steps queue: by priority, then retries whose wait is over
  before all others, then in the order in which they became ready, then in plan order, with what comes of a dynamic output
  (copies, and what collects them) behind all else. A retry without a wait queues behind what is ready, as in Dagster: of
  three ops that each fail once the order is a, b, c, a, b, c.
- A step whose input was never yielded is *skipped*; that wins over *not run*, which is what becomes of a step below a
  failure. Both spread until nothing changes, so a decided step is never left for somebody to ask about.
- A failed attempt is tried again if it may be; the wait does not hold a worker.
- A template becomes one step for each mapping key as soon as the dynamic op has succeeded.
- A step that is *reused* ends without running when its turn has come, with the outputs that it made in an earlier run.

The cost of an event is that of the steps next to it, never of the whole plan.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from typing import Literal

from dagjob.events import (
    Event,
    OpStatus,
    StepFailed,
    StepNotRun,
    StepRetrying,
    StepReused,
    StepSkipped,
    StepsMapped,
    StepSucceeded,
)
from dagjob.plan.limits import NoPools, PoolQueues, Pools, QueuePosition, TagLimit, TagLimits
from dagjob.plan.steps import Failed, Outcome, Plan, Port, Step, Succeeded, Wire
from dagjob.record import Record, replace

State = Literal["pending", "ready", "running", "retrying", "success", "failed", "skipped", "not_run", "reused"]

ALLOWED: Mapping[State, frozenset[State]] = {
    "pending": frozenset({"ready", "skipped", "not_run", "reused"}),
    "ready": frozenset({"running", "not_run", "failed"}),
    "running": frozenset({"success", "failed", "retrying"}),
    "retrying": frozenset({"ready", "failed"}),
    "success": frozenset(),
    "failed": frozenset(),
    "skipped": frozenset(),
    "not_run": frozenset(),
    "reused": frozenset(),
}
ENDED = frozenset({"success", "failed", "skipped", "not_run", "reused"})
DONE_WELL = frozenset({"success", "reused"})
_YIELDED_WHAT_IT_WANTED = DONE_WELL | {"skipped"}
_BEFORE_ALL = 1 << 40
"""What a retry's turn is earlier than others: more turns than a run can have."""
NOTHING_REUSED: Mapping[str, Sequence[Port]] = {}
_GIVEN_UP = frozenset({"failed", "not_run"})


class Moment(Record):
    """When something is decided: `now` on the monotonic clock, for waits; `at` since the epoch, for events."""

    now: float
    at: float


class Taken(Record):
    """An attempt that is to be started."""

    step: Step
    attempt: int


class Owed(Record):
    """The hooks of an attempt that expected another one, which never comes: they are still to be run."""

    step: Step
    attempt: int
    failed: Failed


class Schedule:
    """The state of every step of one run. `chance` draws a number in [0, 1) for the jitter of a retry.

    `reused` are steps that are not run again, by key (copies of a template too), each with the outputs that it made in an
    earlier run; `left_out` are copies that are no steps of this run. With `outputs_suffice` a step is run also below one that
    failed, when that had yielded what it needs. `opening` are the events that follow from them, to be
    told first; `at` is their time.
    """

    def __init__(
        self,
        plan: Plan,
        *,
        chance: Callable[[], float] | None = None,
        retries: bool = True,
        limits: Sequence[TagLimit] = (),
        pools: Pools | None = None,
        reused: Mapping[str, Sequence[Port]] = NOTHING_REUSED,
        left_out: Collection[str] = (),
        outputs_suffice: bool = False,
        at: float = 0.0,
    ) -> None:
        self._chance = chance
        self._retries = retries
        self._limits = TagLimits(limits)
        self._pools = PoolQueues(pools or NoPools())
        self._limited = bool(limits) or any(step.pool is not None for step in plan.steps)
        self._reused = reused
        self._left_out = left_out
        self._outputs_suffice = outputs_suffice
        self._steps: dict[str, Step] = {}
        self._state: dict[str, State] = {}
        self._attempt: dict[str, int] = {}
        self._last_failure: dict[str, Failed] = {}
        """How the last attempt ended, of steps that are tried again."""
        self._unended: dict[str, int] = {}
        """How many upstream steps of a pending step have not ended."""
        self._below: dict[str, list[str]] = {}
        self._made: set[Port] = set()
        self._templates: dict[str, dict[Port, list[Step]]] = {}
        """What each dynamic op's outputs are mapped over by."""
        self._ready: list[tuple[int, int, str]] = []
        self._waiting: list[tuple[float, int, str]] = []
        self._order: dict[str, tuple[int, int]] = {}
        """Where a step stands in the plan; copies stand where their template stood, and as it behind what has no copies."""
        self._turn = 0
        self._any_given_up = False
        self._open = 0
        self.stopped = False
        self.counts: dict[str, int] = {}
        self.failed: list[str] = []
        """Keys of failed steps in the order of their failure."""
        self.owed: list[Owed] = []
        """What is to be given to the executor besides attempts; who gives it, empties it."""
        for place, step in enumerate(plan.steps):
            self._add(step, (place + len(plan.steps) * _waits_for_keys(step), 0))
        self.opening: list[Event] = []
        self._spread([], at, self.opening, [step.key for step in plan.steps if not self._unended[step.key]])

    # -- what the loop asks ----------------------------------------------------------------------------------------

    @property
    def finished(self) -> bool:
        """Has every step ended?"""
        return self._open == 0

    @property
    def ok(self) -> bool:
        """Did no step fail, and was nothing given up?"""
        return not self.failed and not self.stopped

    def state(self, key: str) -> State:
        """The state of one step."""
        return self._state[key]

    def next_wakeup(self) -> float | None:
        """When the next retry is due, or a pool is to be asked again, on the monotonic clock."""
        retry, pool = self._waiting[0][0] if self._waiting else None, self._pools.due
        return retry if pool is None else pool if retry is None else min(retry, pool)

    def take(self, limit: int, now: float) -> list[Taken]:
        """At most `limit` attempts to start now."""
        while self._waiting and self._waiting[0][0] <= now:
            self._queue(heapq.heappop(self._waiting)[2], waited=True)
        taken: list[Taken] = []
        if limit and self._limited:
            self._back(self._pools.may_ask(now))
        while self._ready and len(taken) < limit:
            place = heapq.heappop(self._ready)
            step = self._steps[place[2]]
            if self._limited and not self._admit(step, place, now):
                continue
            self._move(step.key, "running")
            self._last_failure.pop(step.key, None)
            taken.append(Taken(self._without_gaps(step), self._attempt[step.key]))
        return taken

    def _admit(self, step: Step, place: QueuePosition, now: float) -> bool:
        """Whether the limits and pools let a step start; else it is parked."""
        if not self._limits.admit(step.tags, place):
            self._back(self._limits.following(step.tags))
            return False
        if not self._pools.admit(step.pool, place, now):
            self._back(self._limits.release(step.tags))
            return False
        self._back(self._pools.following(step.pool))
        return True

    # -- what the loop tells ---------------------------------------------------------------------------------------

    def note(self, event: Event) -> None:
        """Something happens in an attempt; nothing here depends on it before the attempt ends."""

    def settle(self, key: str, outcome: Outcome, moment: Moment) -> list[Event]:
        """An attempt ended: note it, and return what is to be told about it and what follows from it."""
        step = self._steps[key]
        if self._limited:
            self._back(self._limits.release(step.tags))
            self._pools.release(step.pool)
        heard: list[Event] = []
        if isinstance(outcome, Failed):
            if self._try_again(step, outcome, moment, heard):
                return heard
            self._fail(step, outcome, moment, heard)
        else:
            self._succeed(step, outcome, moment, heard)
        if key in self._below or self._templates:
            copies = self._expand(step, outcome.made, moment.at, heard) if isinstance(outcome, Succeeded) else []
            self._spread([key], moment.at, heard, copies)
        return heard

    def give_up(self, moment: Moment, because: Iterable[str] = ()) -> list[Event]:
        """Start nothing more. What has not started is not run, what waits for a retry has failed; running steps go on."""
        self.stopped = True
        heard: list[Event] = []
        for key, state in self._state.items():
            if state not in ("pending", "ready", "retrying"):
                continue
            if key in self._last_failure:
                self._attempt[key] -= 1  # The next one never began.
                self._fail(self._steps[key], self._last_failure[key], moment, heard)
                self.owe_hooks(key, self._last_failure[key])
            else:
                self._move(key, "not_run")
                heard.append(StepNotRun(moment.at, key, tuple(because)))
        self._templates.clear()
        self._ready.clear()
        self._waiting.clear()
        self._limits.clear()
        self._pools.clear()
        return heard

    def owe_hooks(self, key: str, failed: Failed) -> None:
        """The last attempt of a step that has failed could not run its hooks."""
        if self._steps[key].hooked:
            self.owed.append(Owed(self._steps[key], self._attempt[key], failed))

    def break_off(self, failed: Failed, moment: Moment) -> list[Event]:
        """Nobody does attempts any more: what runs has ended so, and the rest is given up."""
        self.stopped = True
        heard: list[Event] = []
        for key in [key for key, state in self._state.items() if state == "running"]:
            heard += self.settle(key, failed, moment)
        heard += self.give_up(moment)
        self.owed.clear()
        return heard

    # -- how an attempt ends ---------------------------------------------------------------------------------------

    def _try_again(self, step: Step, failed: Failed, moment: Moment, heard: list[Event]) -> bool:
        attempt = self._attempt[step.key]
        granted = _retry(step, failed, attempt, self._chance)
        if granted is None or not self._retries:
            return False
        if self.stopped:
            self.owe_hooks(step.key, failed)
            return False
        wait, most = granted
        self._attempt[step.key] = attempt + 1
        self._last_failure[step.key] = failed
        self._move(step.key, "retrying")
        heard.append(
            StepRetrying(
                moment.at, step.key, attempt, failed.error, failed.seconds, wait, most,
                failure=failed.failure, cpu=failed.cpu, max_rss=failed.max_rss,
            )
        )  # fmt: skip
        if (wait or 0) > 0:
            heapq.heappush(self._waiting, (moment.now + (wait or 0), self._next_turn(), step.key))
        else:
            self._queue(step.key)
        return True

    def _fail(self, step: Step, failed: Failed, moment: Moment, heard: list[Event]) -> None:
        self._move(step.key, "failed", failed.status)
        if self._outputs_suffice:
            self._made.update(failed.made)
        self.failed.append(step.key)
        attempt = self._attempt[step.key]
        exhausted, most = self._what_is_used_up(step, failed)
        heard.append(
            StepFailed(
                moment.at, step.key, attempt, failed.error, failed.seconds, failed.status, failed.failure,
                failed.source, failed.cpu, failed.max_rss, attempt - 1, exhausted, most,
            )
        )  # fmt: skip

    def _what_is_used_up(
        self, step: Step, failed: Failed
    ) -> tuple[Literal["policy", "request", "disabled"] | None, int | None]:
        """Was there a wish for another attempt, and how many may there be at most?"""
        if failed.ask is not None:
            return ("request" if self._retries else "disabled"), failed.ask.max_retries
        if step.retry is not None and failed.retryable:
            return ("policy" if self._retries else "disabled"), step.retry.max_retries
        return None, None

    def _succeed(self, step: Step, done: Succeeded, moment: Moment, heard: list[Event]) -> None:
        self._made.update(done.made)
        self._move(step.key, "success")
        attempt = self._attempt[step.key]
        heard.append(StepSucceeded(moment.at, step.key, attempt, done.seconds, done.cpu, done.max_rss))

    # -- what follows ----------------------------------------------------------------------------------------------

    def _spread(self, ended: list[str], at: float, heard: list[Event], freed: Sequence[str] = ()) -> None:
        """Look at what stands below the steps that ended; what ends without running is spread in turn."""
        while ended or freed:
            free = list(freed)
            freed = []
            for key in ended:
                ended_with_it = self._drop_templates(key, at, heard) if self._templates else ()
                for above in (key, *ended_with_it):
                    for below in self._below.get(above, ()):
                        if below in self._unended:
                            self._unended[below] -= 1
                            if not self._unended[below]:
                                free.append(below)
            # Steps that become ready together queue in plan order.
            free.sort(key=self._order.__getitem__)
            ended = [key for key in free if self._look(key, at, heard)]
            for key in ended:
                if self._state[key] == "reused":
                    freed += self._expand(self._steps[key], self._reused[key], at, heard)

    def _drop_templates(self, key: str, at: float, heard: list[Event]) -> Sequence[str]:
        """The dynamic op did not run, or not well: there will be no copies."""
        state = self._state[key]
        if state in DONE_WELL:
            return ()
        dropped: list[str] = []
        for port, templates in self._templates.pop(key, {}).items():
            for template in templates:
                self._move(template.key, "skipped" if state == "skipped" else "not_run")
                self._unended[template.key] = 0
                dropped.append(template.key)
                if state == "skipped":
                    heard.append(StepSkipped(at, template.key, (f"{port.step}.{port.output}",)))
                else:
                    heard.append(StepNotRun(at, template.key, (key,)))
        return dropped

    def _look(self, key: str, at: float, heard: list[Event]) -> bool:
        """Decide about a step whose upstream has ended. True when it ended without running."""
        if self._unended[key] or self._state[key] != "pending" or self._is_template(key):
            return False
        step = self._steps[key]
        missing = tuple(f"{p.step}.{p.output}" for wire in step.wires for p in self._lacks(wire))
        if missing:
            self._move(key, "skipped")
            heard.append(StepSkipped(at, key, missing))
            return True
        if self._any_given_up:
            because = tuple(sorted(u for u in step.upstream if self._state[u] in _GIVEN_UP and self._blocks(u, step)))
            if because:
                self._move(key, "not_run")
                heard.append(StepNotRun(at, key, because))
                return True
        if key in self._reused:
            self._made.update(self._reused[key])
            self._move(key, "reused")
            heard.append(StepReused(at, key))
            return True
        self._queue(key)
        return False

    def _blocks(self, given_up: str, step: Step) -> bool:
        """Whether a step cannot run because this one, which is above it, failed or was not run."""
        if not self._outputs_suffice or given_up in step.after:
            return True
        return any(port.step == given_up and port not in self._made for wire in step.wires for port in wire.ports)

    def _lacks(self, wire: Wire) -> Sequence[Port]:
        """The ports whose absence starves this wire."""
        if not wire.ports:
            lacking = wire.collects is not None and not wire.empty_is_fine
            return (wire.collects,) if lacking and wire.collects else ()
        never = [port for port in wire.ports if self._never_made(port)]
        return never if not wire.many or len(never) == len(wire.ports) else ()

    def _never_made(self, port: Port) -> bool:
        return port not in self._made and self._state[port.step] in _YIELDED_WHAT_IT_WANTED

    def _without_gaps(self, step: Step) -> Step:
        """The step as a worker gets it: a list leaves out what was never yielded."""
        lists = [wire for wire in step.wires if wire.many]
        gaps = {port for wire in lists for port in wire.ports if port not in self._made}
        if not gaps:
            return step
        from dagjob.plan.copies import without

        return replace(step, wires=tuple(without(wire, gaps) if wire.many else wire for wire in step.wires))

    # -- dynamic outputs -------------------------------------------------------------------------------------------

    def _expand(self, step: Step, made: Sequence[Port], at: float, heard: list[Event]) -> list[str]:
        """The dynamic op has ended well: its templates become steps, and what collects learns of them.

        Returns the keys of those copies that wait for nothing else.
        """
        keys: dict[str, list[str]] = {}
        for port in made:
            if port.mapping_key is not None:
                keys.setdefault(port.output, []).append(port.mapping_key)
        free: list[str] = []
        for source, templates in self._templates.pop(step.key, {}).items():
            for template in templates:
                free += self._become_copies(template, source, keys.get(source.output, []), at, heard)
        for below in self._below.get(step.key, ()):
            self._name_collected(below, step.key, keys)
        return free

    def _become_copies(
        self, template: Step, source: Port, mapping_keys: Sequence[str], at: float, heard: list[Event]
    ) -> list[str]:
        from dagjob.plan.copies import as_reused, copy_for  # not loaded by a run without dynamic outputs

        del self._state[template.key], self._unended[template.key]
        copies = [copy_for(template, source, mapping_key) for mapping_key in mapping_keys]
        if self._reused:
            copies = [copy for copy in copies if copy.key not in self._left_out]
            copies = [as_reused(copy) if copy.key in self._reused else copy for copy in copies]
        place = self._order[template.key][0]
        for number, copy in enumerate(copies):
            self._add(copy, (place, number))
        heard.append(StepsMapped(at, template.key, tuple(copy.key for copy in copies)))
        for key in dict.fromkeys(self._below.pop(template.key, ())):
            if key in self._state and not self._is_template(key):
                self._gather(key, template.key, copies)
        return [copy.key for copy in copies if not self._unended[copy.key]]

    def _gather(self, key: str, template: str, copies: Sequence[Step]) -> None:
        """The step `key` collects a template: from now on it waits for each copy, and for the template no more."""
        step = self._steps[key]
        wires = tuple(
            replace(
                wire,
                ports=tuple(
                    new
                    for port in wire.ports
                    for new in ([Port(c.key, port.output) for c in copies] if port.step == template else [port])
                ),
            )
            for wire in step.wires
        )
        self._steps[key] = replace(step, wires=wires)
        self._unended[key] += len(copies) - 1
        for copy in copies:
            self._below.setdefault(copy.key, []).append(key)

    def _name_collected(self, key: str, dynamic: str, keys: Mapping[str, Sequence[str]]) -> None:
        """A wire that collects the dynamic output itself gets one port for each mapping key."""
        step = self._steps.get(key)
        if step is None or self._is_template(key):
            return
        if not any(w.collects and w.collects.step == dynamic and w.collects in w.ports for w in step.wires):
            return
        from dagjob.plan.copies import collect_directly

        self._steps[key] = replace(step, wires=tuple(collect_directly(w, dynamic, keys) for w in step.wires))

    def _is_template(self, key: str) -> bool:
        return self._steps[key].maps is not None

    # -- bookkeeping -----------------------------------------------------------------------------------------------

    def _add(self, step: Step, place: tuple[int, int]) -> None:
        key = step.key
        self._steps[key] = step
        self._order[key] = place
        self._state[key] = "pending"
        self._attempt[key] = 1
        unended = [above for above in step.upstream if self._state.get(above) not in ENDED]
        self._unended[key] = len(unended)
        for above in unended:
            self._below.setdefault(above, []).append(key)
        if step.maps is not None:
            self._templates.setdefault(step.maps.step, {}).setdefault(step.maps, []).append(step)
        else:
            self._open += 1

    def _queue(self, key: str, *, waited: bool = False) -> None:
        self._move(key, "ready")
        turn = self._next_turn() - _BEFORE_ALL if waited else self._next_turn()
        heapq.heappush(self._ready, (-self._steps[key].priority, turn, key))

    def _back(self, places: Iterable[QueuePosition]) -> None:
        """To the queue, with those that were held up by a limit."""
        for place in places:
            heapq.heappush(self._ready, place)

    def _next_turn(self) -> int:
        self._turn += 1
        return self._turn

    def _move(self, key: str, new: State, status: OpStatus | None = None) -> None:
        old = self._state[key]
        if new not in ALLOWED[old]:
            raise AssertionError(f"step {key!r} cannot go from {old} to {new}")
        self._state[key] = new
        if new in _GIVEN_UP:
            self._any_given_up = True
        if new in ENDED:
            self._open -= not self._is_template(key)
            word = status or new
            self.counts[word] = self.counts.get(word, 0) + 1


def _waits_for_keys(step: Step) -> bool:
    """Is it known only when a dynamic op has succeeded what it is, or what it gets?"""
    return step.maps is not None or any(wire.collects is not None for wire in step.wires)


def _retry(
    step: Step, failed: Failed, attempt: int, chance: Callable[[], float] | None
) -> tuple[float | None, int] | None:
    """Seconds to wait before the next attempt and the most retries there may be; None when there is no next attempt.

    What the op asks for by `RetryRequested` stands above its policy; both count the same attempts.
    """
    if failed.ask is not None:
        return (failed.ask.wait, failed.ask.max_retries) if attempt - 1 < failed.ask.max_retries else None
    policy = step.retry
    if policy is None or not failed.retryable or attempt - 1 >= policy.max_retries:
        return None
    return policy.calculate_delay(attempt, chance), policy.max_retries


def leaves_hooks(step: Step, failed: Failed, attempt: int, *, retries: bool) -> bool:
    """Are there hooks to be run after an attempt that could not do so itself: its process died, or its time was up?"""
    return step.hooked and failed.status != "canceled" and not will_retry(step, failed, attempt, retries=retries)


def will_retry(step: Step, failed: Failed, attempt: int, *, retries: bool) -> bool:
    """Is there to be another attempt, if the run goes on? For a worker, whose hooks depend on it."""
    return retries and _retry(step, failed, attempt, lambda: 0.0) is not None
