"""The schedule of a run whose steps start as soon as the outputs that they need are there (`step_dependency_config`).

Otherwise a step waits until every step above it has ended well. Here a step runs although the one above it still works, waits
for its next attempt or has failed, if what it reads was made. What is never made skips or gives up as ever. A step starts once
all the same: what a later attempt makes anew does not start it again.
"""

from __future__ import annotations

from typing import Any

from dagjob.events import Event, OutputChecked, OutputStored
from dagjob.plan.schedule import DONE_WELL, Moment, Schedule, State, Taken
from dagjob.plan.steps import Outcome, Port, Step

_NOTHING = "Nothing"
"""The type whose outputs no IO manager stores: such a one is made when it has been checked."""


class EagerSchedule(Schedule):
    """The same, and it wants to be told by `note` what happens in attempts."""

    def __init__(self, *given: Any, **options: Any) -> None:
        self._news: list[str] = []
        """Steps that have made something since somebody looked at those below."""
        self._unseen: list[str] = []
        """Steps that are new: copies, whose upstream may have made all before there were any."""
        self._first_lack: dict[str, Port] = {}
        """A port that a pending step was found to wait for: until it is there, nobody need look at the others."""
        super().__init__(*given, outputs_suffice=True, **options)

    def note(self, event: Event) -> None:
        """An event of an attempt: an output may be there."""
        if isinstance(event, OutputStored) or (
            isinstance(event, OutputChecked) and event.success and event.type == _NOTHING
        ):
            self._made.add(Port(event.step, event.output, event.mapping_key))
            self._news.append(event.step)

    def take(self, limit: int, now: float) -> list[Taken]:
        """At most `limit` attempts to start now."""
        self._start_what_is_fed()
        return super().take(limit, now)

    def settle(self, key: str, outcome: Outcome, moment: Moment) -> list[Event]:
        """An attempt ended: what it made before that counts, however it ended."""
        self._start_what_is_fed()
        return super().settle(key, outcome, moment)

    def _start_what_is_fed(self) -> None:
        if self.stopped or not (self._news or self._unseen):
            return
        looked_at = {key for above in self._news for key in self._below.get(above, ())}.union(self._unseen)
        self._news.clear()
        self._unseen.clear()
        fed = [key for key in looked_at if self._state.get(key) == "pending" and self._is_fed(key)]
        for key in sorted(fed, key=self._order.__getitem__):
            self._queue(key)

    def _is_fed(self, key: str) -> bool:
        step = self._steps[key]
        lack = self._first_lack.get(key)
        if self._is_template(key) or key in self._reused or (lack is not None and not self._is_settled(lack)):
            return False
        if any(self._state[above] not in DONE_WELL for above in step.after):
            return False
        # From the end, since steps mostly end in plan order: a long list is then looked through once.
        for wire in reversed(step.wires):
            for port in reversed(wire.ports):
                if not self._is_settled(port):
                    self._first_lack[key] = port
                    return False
        return not any(self._lacks(wire) for wire in step.wires)

    def _is_settled(self, port: Port) -> bool:
        return port in self._made or self._never_made(port)

    def _add(self, step: Step, place: tuple[int, int]) -> None:
        super()._add(step, place)
        self._unseen.append(step.key)

    def _move(self, key: str, new: State, *status: Any) -> None:
        super()._move(key, new, *status)
        if new in DONE_WELL or new == "skipped":
            self._news.append(key)
