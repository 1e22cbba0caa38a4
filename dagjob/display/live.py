"""What the board needs beside the watched run: groups, how wide names are, bars. As cheap for each event."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from dagjob import events as ev
from dagjob.display.groups import Groups
from dagjob.display.watched import WatchedRun
from dagjob.run_view import OPEN, OpView

if TYPE_CHECKING:
    from dagjob.plan.forecast import Usual


class LiveView(WatchedRun):
    """A watched run whose ops share rows."""

    def __init__(self, usual: Callable[[], Usual | None] | None = None) -> None:
        super().__init__(*([usual] if usual is not None else []))
        self.groups = Groups()
        self.longest_name = 0
        self.pids: dict[str, int] = {}
        """The processes of the ops that run."""
        self._has_progress = False

    @property
    def has_bars(self) -> bool:
        """Whether a running op may have a bar."""
        return self._has_progress or self.usual_runs > 0

    def waits_for(self, op: OpView) -> list[str]:
        """The labels of the steps above that have not ended."""
        above = [self.ops[key] for key in op.upstream if key in self.ops]
        return [one.label for one in above if self._open(one)]

    def _open(self, op: OpView) -> bool:
        return self.groups.open_copies(op.label) if op.copies is not None else op.status in OPEN

    # -- the fold --------------------------------------------------------------------------------------------------

    def __call__(self, event: ev.Event) -> None:
        """Take in one event."""
        super().__call__(event)
        kind = type(event)
        if kind is ev.StepStarted:
            if event.worker is None:  # type: ignore[attr-defined]  # Else it may be a process of another machine.
                self.pids[event.step] = event.pid  # type: ignore[attr-defined]
        elif kind in _ENDS:
            self.pids.pop(event.step, None)  # type: ignore[attr-defined]
        elif kind is ev.Progressed and event.total:  # type: ignore[attr-defined]
            self._has_progress = True

    def op(self, key: str) -> OpView:
        """The step of that key; one that no plan has named is taken in as it comes."""
        op = self.ops.get(key)
        if op is None:
            op = super().op(key)
            self.groups.add(op)
        return op

    def _add(self, op: OpView) -> OpView:
        self.longest_name = max(self.longest_name, len(op.key))
        return super()._add(op)

    def _move(self, op: OpView, before: ev.OpStatus) -> None:
        super()._move(op, before)
        self.groups.moved(op, before)

    def _plan(self, event: ev.PlanMade) -> None:
        super()._plan(event)
        self.groups.plan(list(self.ops.values()))

    def _map(self, event: ev.StepsMapped) -> None:
        template = self.op(event.template)
        known = template.copies is not None
        super()._map(event)
        if not known:
            self.groups.mapped(template, template.copies or ())


_ENDS: frozenset[type[ev.Event]] = frozenset({ev.StepSucceeded, ev.StepFailed, ev.StepRetrying})
