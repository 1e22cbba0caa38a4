"""A run that is watched as it goes: the run view, with what is usual for its ops, and what an op has to say when it ends."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from itertools import islice
from typing import TYPE_CHECKING

from dagjob import events as ev
from dagjob.display.sanitize import one_line
from dagjob.display.words import number, shell_word
from dagjob.run_view import HEARD, OpView, RunView

if TYPE_CHECKING:
    from dagjob.plan.forecast import Usual

NOTES = ("dagjob/note", "row_count", "dagster/row_count", "rows")
MOST_OUTPUTS = 10
MOST_FACTS, LONGEST_FACT = 6, 80
"""Outputs of one op that are looked at for a note: a dynamic op may have thousands, and a board asks at each frame."""
SLOW_FACTOR, SLOW_SECONDS = 2.0, 1.0
SHORT = 1.0
"""Seconds of a run that nobody compares with others."""


def _unknown() -> None:
    return None


class WatchedRun(RunView):
    """A run that is watched. `usual` is that of `DisplayOptions`: it reads the history, so it is asked when it is needed."""

    def __init__(self, usual: Callable[[], Usual | None] = _unknown) -> None:
        super().__init__()
        self._ask = usual
        self._asked = False
        self._usual: Usual | None = None
        self.stopping = False

    @property
    def known(self) -> Usual | None:
        """What earlier runs took, if enough are known."""
        if not self._asked:
            self._asked, self._usual = True, self._ask()
        return self._usual

    @property
    def usual_runs(self) -> int:
        """How many runs that is learnt from; 0: too few are known."""
        return self.known.runs if self.known is not None else 0

    def usual(self, op: OpView) -> float | None:
        """Seconds that the step takes usually, if enough runs are known."""
        known = self._usual if self._asked else self.known
        if known is None:
            return None
        found = known.steps.get(op.key)
        return found if found is not None or op.template is None else known.steps.get(op.template.key)

    def expected(self, op: OpView) -> float | None:
        """The same, and nothing for a step that is skipped as a rule."""
        found = self.usual(op)
        if found is None and self.known is not None:
            key = op.template.key if op.template is not None else op.key
            return 0.0 if key in self.known.skipped else None
        return found

    def usually(self) -> float | None:
        """Seconds that the whole run takes usually, if it is long enough for anybody to care."""
        if self.ended is None or self.ended.seconds < SHORT or self.known is None:
            return None
        run = self.run
        whole = run is not None and run.parent_run_id is None and not run.selection and not run.excluded
        return self.known.seconds if whole else None

    def slow(self, op: OpView) -> float | None:
        """How many times its usual time the step took, if that is much."""
        took = op.seconds
        if took is None or took <= SLOW_SECONDS or op.status != "success":
            return None
        usual = self.usual(op)
        if not usual:
            return None
        return took / usual if took > usual * SLOW_FACTOR and took - usual > SLOW_SECONDS else None

    def flaky_before(self, op: OpView) -> str:
        """`flaky: 4 of last 9 runs`, this one among them; nothing where too few are known."""
        if self.known is None:
            return ""
        key = op.template.key if op.template is not None else op.key
        return f"flaky: {self.known.flaky.get(key, 0) + 1} of last {self.known.runs + 1} runs"

    def reused_from(self) -> str:
        """Where what was reused is from."""
        before = self.run.parent_run_id if self.run is not None else None
        return f"reused from {before[:8]}" if before else "reused"

    # -- the fold --------------------------------------------------------------------------------------------------

    def __call__(self, event: ev.Event) -> None:
        """Take in one event."""
        if type(event) in HEARD:
            _fold(self, event)
        elif type(event) is ev.EngineNoted and event.stopping:
            self.stopping = True


_fold = RunView.__call__  # `super()` costs as much as a fold.


def note(op: OpView) -> str:
    """What an op said about itself in a few words: its last progress text, else the metadata of its outputs."""
    if op.progress is not None and op.progress.text:
        return op.progress.text
    latest = islice(reversed(op.outputs), MOST_OUTPUTS)
    return next(filter(None, (_note_of(output.metadata) for output in latest)), "")


def _note_of(metadata: Mapping[str, object]) -> str:
    for name in NOTES:
        value = metadata.get(name)
        if name == "dagjob/note" and value is not None:
            return str(value)
        if isinstance(value, (int, float)):
            return f"{number(value)} rows"
    return ""


def facts(op: OpView, most: int = MOST_FACTS) -> list[str]:
    """What is worth seeing of an op that has ended: its note, then paths, numbers and short texts of its metadata."""
    if op.progress is None and (not op.outputs or (len(op.outputs) == 1 and not op.outputs[0].metadata)):
        return []  # as most have nothing to say
    said = note(op)
    found = dict.fromkeys([one_line(said)] if said else [])
    for output in islice(op.outputs, MOST_OUTPUTS):
        for key, value in output.metadata.items():
            if key not in NOTES and is_short(value):
                told = number(value) if isinstance(value, (int, float)) and not isinstance(value, bool) else str(value)
                found[one_line(f"{key} {told}")] = None
    return list(found)[:most]


def is_short(value: object) -> bool:
    """Whether a metadata value fits into a row."""
    return isinstance(value, (str, int, float)) and len(str(value)) <= LONGEST_FACT


NO_VALUE = 4
"""Bytes of a pickled None: what an op that returns nothing has stored."""


def value_command(view: RunView) -> str:
    """How the last value that the run has stored is looked at; empty where there is none."""
    for op in reversed(view.having("success")):
        for output in islice(reversed(op.outputs), MOST_OUTPUTS):
            if output.path is not None and (output.bytes or 0) > NO_VALUE:
                name = op.key if len(op.outputs) == 1 else f"{op.key}.{output.label}"
                return f"dagjob runs output {view.run_id} {shell_word(name)}"
    return ""


def attempts(op: OpView) -> str:
    """` after 3 attempts`, or nothing after one."""
    return f" after {op.attempt} attempts" if op.attempt > 1 else ""
