"""Why each op of a run ran, was reused, retried, skipped or not run: from what is recorded, and nothing else.

`Reason` is what programs get; people get its sentences. What came before the run is `Past`, of which only the ends count.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from dagjob.display.sanitize import clean_line
from dagjob.display.traceback import headline, own, place_of
from dagjob.display.words import count, duration, listing
from dagjob.events import SIGNAL_WORDS
from dagjob.record import Record
from dagjob.run_view import BAD, OpView, RunView

if TYPE_CHECKING:
    from dagjob.display.options import DisplayOptions
    from dagjob.plan.again import Past

ACTIONS: Mapping[str, str] = {
    "success": "ran",
    "reused": "reused",
    "failed": "failed",
    "timeout": "timeout",
    "canceled": "canceled",
    "skipped": "skipped",
    "not_run": "not run",
    "waiting": "waits",
    "running": "runs",
    "retrying": "retrying",
}
"""A word for each status; an op that succeeded at a later attempt was `retried`."""
ENDS = {"failed": "had failed", "timeout": "had run out of time", "canceled": "was stopped", "not_run": "was not run"}


class Reason(Record):
    """Why a step is as it is. `because` names the steps or outputs that brought it about, `run` the run that it has it from."""

    key: str
    status: str
    action: str
    text: str
    because: tuple[str, ...] = ()
    run: str | None = None

    def to_json(self, op: OpView) -> dict[str, Any]:
        """For `--format json`."""
        tries = [
            {"attempt": each.attempt, "seconds": each.seconds, "wait": each.wait, "error": headline(own(each.error))}
            for each in op.tries
        ]
        return {
            "key": self.key,
            "status": self.status,
            "action": self.action.replace(" ", "_"),
            "reason": self.text or None,
            "because": list(self.because),
            "run": self.run,
            "attempts": op.attempt,
            "earlier_attempts": tries,
        }


class Explained:
    """A run, as far as it can be explained. `past` is what its parent and those before it have left."""

    def __init__(self, view: RunView, past: Past | None = None) -> None:
        self.view = view
        self._past = past
        self._ran = {op.key for op in view.in_order() if op.first is not None}

    def reason(self, op: OpView) -> Reason:
        """Why the step is as it is."""
        text, because, run = _WHY.get(op.status, Explained._of_open)(self, op)
        action = "retried" if op.flaky else ACTIONS[op.status]
        return Reason(op.label, op.status, action, text, because, run)

    def why_it_ran(self, op: OpView) -> str:
        """Why a step ran in this run at all; nothing in a run that goes on from none."""
        said = self.view.why.get(op.key) or (self.view.why.get(op.template.key) if op.template is not None else None)
        if self._past is None:
            return said or ""
        before = self._past.steps.get(op.key)
        if before is not None and before.status in ENDS:
            return f"{ENDS[before.status]} in {before.run_id[:8]}"
        if said:
            return said
        again = [key for key in op.upstream if key in self._ran]
        if again:
            return f"{listing(again)} ran again above it"
        return "new in this job" if before is None else f"ran again, though it had succeeded in {before.run_id[:8]}"

    def below(self, op: OpView) -> list[str]:
        """The steps that were not run because of this one, directly or not."""
        return [each.label for each in self.view.having("not_run") if op.key in self._roots(each)]

    def waited_for(self, op: OpView) -> tuple[str, float, float] | None:
        """The last step above that ended before this one could start, when that was, and how long it waited on for a worker.

        Times in seconds; the first counts from the start of the run.
        """
        ends = [
            (found.ended, key) for key in op.upstream if (found := self.view.ops.get(key)) and found.ended is not None
        ]
        if op.first is None or not ends or self.view.run is None:
            return None
        ended, key = max(ends)
        return key, max(0.0, ended - self.view.run.at), max(0.0, op.first - ended)

    # -- by status -------------------------------------------------------------------------------------------------

    def _of_success(self, op: OpView) -> tuple[str, tuple[str, ...], str | None]:
        why = self.why_it_ran(op)
        if op.flaky:
            last = op.tries[-1]
            told = f"succeeded at attempt {op.attempt}; attempt {last.attempt}: {headline(own(last.error))}"
            why = f"{told}; {why}" if why else told
        return why, (), None

    def _of_reused(self, op: OpView) -> tuple[str, tuple[str, ...], str | None]:
        before = self._past.steps.get(op.key) if self._past is not None else None
        return (
            (f"from {before.run_id[:8]}", (), before.run_id)
            if before is not None
            else ("from an earlier run", (), None)
        )

    def _of_skipped(self, op: OpView) -> tuple[str, tuple[str, ...], str | None]:
        missing = listing(op.because) or "an output"
        return f"by design: {missing} was not yielded", op.because, None

    def _of_failed(self, op: OpView) -> tuple[str, tuple[str, ...], str | None]:
        error = headline(own(op.error)) if op.error is not None else ACTIONS[op.status]
        return f"{error} ({count(op.attempt, 'attempt')})" if op.attempt > 1 else error, (), None

    def _of_canceled(self, op: OpView) -> tuple[str, tuple[str, ...], str | None]:
        return f"it was running when {self._stopped()}", (), None

    def _of_not_run(self, op: OpView) -> tuple[str, tuple[str, ...], str | None]:
        roots = tuple(self._roots(op))
        if not roots:
            return f"it had not begun when {self._stopped()}", (), None
        found = self.view.ops.get(roots[0])
        error = f": {headline(own(found.error))}" if found is not None and found.error is not None else ""
        through = [key for key in op.because if key not in roots]
        ended = self._ended(roots[0])
        if through:
            return f"needs {listing(through)}, not run since {listing(roots)} {ended}{error}", roots, None
        return f"needs {listing(roots)}, which {ended}{error}", roots, None

    def _of_open(self, op: OpView) -> tuple[str, tuple[str, ...], str | None]:
        above = [key for key in op.upstream if (one := self.view.ops.get(key)) and one.ended is None]
        return f"for {listing(above)}" if above and op.first is None else "", tuple(above), None

    def _ended(self, key: str) -> str:
        found = self.view.ops.get(key)
        return {"timeout": "ran out of time", "canceled": "was stopped"}.get(found.status if found else "", "failed")

    def _stopped(self) -> str:
        ended = self.view.ended
        if ended is None:
            return "the run was stopped"
        if ended.status == "crashed":
            return "the main process of the run died"
        if ended.status == "timeout":
            return "the time of the run was up"
        by = f" by {SIGNAL_WORDS.get(ended.stopped_by, ended.stopped_by)}" if ended.stopped_by else ""
        return (
            f"the run was stopped{by}" if ended.status == "canceled" else "the run ended (no further op was to begin)"
        )

    def _roots(self, op: OpView) -> Iterator[str]:
        """The steps whose failure has kept this one from running, above those that were not run either."""
        seen: set[str] = set()
        waiting = list(op.because)[::-1]
        while waiting:
            key = waiting.pop()
            found = self.view.ops.get(key)
            if key in seen or found is None:
                continue
            seen.add(key)
            if found.status == "not_run":
                waiting += list(found.because)[::-1]
            elif found.status in (*BAD, "canceled"):
                yield key


_WHY = {
    "success": Explained._of_success,
    "reused": Explained._of_reused,
    "skipped": Explained._of_skipped,
    "failed": Explained._of_failed,
    "timeout": Explained._of_failed,
    "canceled": Explained._of_canceled,
    "not_run": Explained._of_not_run,
}


# -- for people ----------------------------------------------------------------------------------------------------


def run_lines(explained: Explained, ops: Sequence[OpView]) -> list[str]:
    """A line for each of these steps."""
    found = [explained.reason(op) for op in ops]
    wide = max((len(each.key) for each in found), default=0)
    return [clean_line(f" {each.action:<8} {each.key:<{wide}}  {each.text}").rstrip() for each in found]


def op_lines(explained: Explained, op: OpView, options: DisplayOptions) -> list[str]:
    """All that is known about why one step is as it is."""
    reason, run_id = explained.reason(op), explained.view.run_id
    rows: list[tuple[str, str]] = []
    if op.first is not None:
        why = explained.why_it_ran(op)
        rows.append(("it ran", f"again: {why}" if why else "as all ops of this run"))
        rows += _waits(explained, op)
    rows += _attempts(op, options)
    if reason.status not in ("success", "failed", "timeout"):
        rows.append((reason.action, reason.text))
    if op.status in BAD:
        allowed = f"{count(op.max_retries, 'retry').replace('retrys', 'retries')} allowed, all used"
        rows.append(("no more", allowed if op.max_retries else "it has no retry policy, or this error is not retried"))
    below = explained.below(op)
    if below:
        rows.append(("below", f"{listing(below, 6)} {'was' if len(below) == 1 else 'were'} not run because of it"))
    if op.first is not None:
        from dagjob.display.words import shell_word

        rows.append(("log", f"dagjob runs logs {run_id} {shell_word(op.key)}"))
    wide = max(len(name) for name, _ in rows) if rows else 0
    return [clean_line(f" {name:<{wide}}  {text}") for name, text in rows]


def _waits(explained: Explained, op: OpView) -> Iterator[tuple[str, str]]:
    found = explained.waited_for(op)
    if found is not None:
        key, until, more = found
        free = f", then {duration(more)} more for a free worker" if more >= 0.5 else ""
        yield "it waited", f"for {key}, until {duration(until)} after the start of the run{free}"


def _attempts(op: OpView, options: DisplayOptions) -> Iterator[tuple[str, str]]:
    for each in op.tries:
        wait = f"; tried again {'at once' if not each.wait else f'after {duration(each.wait)}'}"
        yield f"attempt {each.attempt}", f"{duration(each.seconds)}, failed: {headline(own(each.error))}{wait}"
    if op.status in BAD and op.error is not None:
        where = place_of(own(op.error), options, innermost=True)
        took = duration(op.seconds or 0.0)
        yield f"attempt {op.attempt}", f"{took}, failed: {headline(own(op.error))}{f'  ({where})' if where else ''}"
    elif op.status == "success" and op.seconds is not None:
        yield f"attempt {op.attempt}", f"{duration(op.seconds)}, succeeded"
