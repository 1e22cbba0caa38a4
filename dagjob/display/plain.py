"""A run as plain lines: for files, CI and terminals that cannot move the cursor. Loads nothing to draw with.

One line when an op ends, in fixed columns, the time since the start first, so that two logs can be compared; none when
one starts, except with `-v`. Where nothing was printed for a while a heartbeat tells what runs.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, TextIO

from dagjob import events as ev
from dagjob.display import traceback as tb
from dagjob.display.failure import Told, body
from dagjob.display.options import DisplayOptions
from dagjob.display.output import write_lines
from dagjob.display.sanitize import clean_lines, one_line
from dagjob.display.style import Style
from dagjob.display.summary import WORDS, compared, counts, labels, logs_command, see_value, why_ended
from dagjob.display.tails import all_output
from dagjob.display.time_left import TimeLeft
from dagjob.display.watched import WatchedRun, facts
from dagjob.display.words import brief, count, duration, listing
from dagjob.engine.ports import Sink
from dagjob.record import replace
from dagjob.run_view import BAD, OpView

LEAST_NAME, WIDEST_NAME = 17, 40
MOST_RUNNING = 3
MOST_FAILURES = 10
MOST_REUSED = 12


def make(options: DisplayOptions) -> Plain:
    """The plain display, on stderr."""
    return Plain(options, options.stderr)


class Plain(Sink):
    """Events in, lines out."""

    shows_failures = True

    def __init__(self, options: DisplayOptions, stream: TextIO) -> None:
        self._options = options
        self._stream = stream
        self._style = Style(options.color, options.utf8)
        self._state = WatchedRun(options.usual)
        self._told = Told()
        self._left = TimeLeft(self._state)
        self._level = ev.level_number(options.log_level)
        self._name = LEAST_NAME
        self._printed = options.clock()

    def __call__(self, event: ev.Event) -> None:
        """Hear one event."""
        self.hear((event,))

    def hear(self, events: Sequence[ev.Event]) -> None:
        """Hear the events of a turn."""
        lines: list[str] = []
        reused: list[ev.StepReused] = []
        for event in events:
            self._state(event)
            tell = _TELL.get(type(event))
            if isinstance(event, ev.StepReused):
                reused.append(event)
            elif tell is not None:
                if reused:
                    lines += self._reused(reused)
                    reused = []
                lines += tell(self, event)
        if reused:
            lines += self._reused(reused)
        if lines:
            self._print(lines)

    def next_refresh(self) -> float | None:
        """Seconds until the next heartbeat is due."""
        if self._state.run is None or self._state.ended is not None or self._options.heartbeat <= 0:
            return None
        return max(0.0, self._printed + self._options.heartbeat - self._options.clock())

    def tick(self, now: float) -> None:
        """Print the heartbeat if it is due."""
        if self.next_refresh() is None or now < self._printed + self._options.heartbeat:
            return
        self._print([self._line(now, "...", self._heartbeat(now))])

    def tell_status(self, now: float) -> None:
        """Print how the run stands."""
        from dagjob.display.status import status_block

        self._print(status_block(self._state, now, self._style, self._options.width(), self._left.words(now)))

    def close(self) -> None:
        """All has been printed already."""
        self._stream.flush()

    # -- lines -----------------------------------------------------------------------------------------------------

    def _print(self, lines: list[str]) -> None:
        self._printed = self._options.clock()
        write_lines(self._stream, lines, self._options.color)

    def _line(self, at: float, word: str, rest: str, style: str = "") -> str:
        begun = self._state.run.at if self._state.run else at
        return f"{duration(at - begun):>8}  {self._style.paint(f'{word:<7}', style)} {rest}".rstrip()

    def _op_line(self, at: float, word: str, key: str, took: float | None, note: str, style: str) -> str:
        seconds = duration(took) if took is not None else ""
        return self._line(at, word, f"{key:<{self._name}}{seconds:>8}   {note}", style)

    def _heartbeat(self, now: float) -> str:
        state = self._state
        running = sorted(state.having("running"), key=lambda op: op.started or now)
        told = [f"{op.label} {brief(op.running_for(now))}" for op in running[:MOST_RUNNING]]
        if len(running) > MOST_RUNNING:
            told.append(f"{len(running) - MOST_RUNNING} more")
        told += [f"{op.label} waits for attempt {op.attempt + 1}" for op in state.having("retrying")[:MOST_RUNNING]]
        total = state.total
        parts = [f"{state.done}/{total} done", ", ".join(told), self._left.words(now)]
        return "; ".join(part for part in parts if part)

    # -- events ----------------------------------------------------------------------------------------------------

    def _run_started(self, event: ev.RunStarted) -> list[str]:
        name = f"dagjob {self._options.version}".rstrip()
        parts = [name, event.job, f"{self._options.whole} {event.run_id[:8]}"]
        if event.partition is not None:
            parts.append(f"partition {one_line(event.partition)}")
        parts.append(event.executor if event.executor != "multiprocess" else count(event.slots, "worker"))
        return ["  ".join(parts)]

    def _plan_made(self, event: ev.PlanMade) -> list[str]:
        self._widen(op.key for op in event.ops)
        return []

    def _steps_mapped(self, event: ev.StepsMapped) -> list[str]:
        self._widen(event.steps)
        return []

    def _widen(self, keys: Iterable[str]) -> None:
        lengths = [len(key) for key in keys if len(key) <= WIDEST_NAME]
        self._name = max([self._name, *lengths])

    def _started(self, event: ev.StepStarted) -> list[str]:
        if self._options.verbosity < 1:
            return []
        notes = [f"attempt {event.attempt}"] if event.attempt > 1 else []
        if event.worker is not None:
            notes.append(f"on {event.worker}")
        return [self._op_line(event.at, "start", event.step, None, ", ".join(notes), "dim")]

    def _succeeded(self, event: ev.StepSucceeded) -> list[str]:
        op = self._state.op(event.step)
        notes = facts(op)
        times = self._state.slow(op)
        if times:
            notes.insert(0, f"slow: {times:.1f}x its median")
        if op.attempt > 1:
            notes.insert(0, f"attempt {op.attempt}")
        line = self._op_line(event.at, "ok", op.key, event.seconds, ", ".join(notes) if notes else "", "success")
        return [line, *self._output(op)] if self._options.show_output == "all" else [line]

    def _reused(self, events: Sequence[ev.StepReused]) -> list[str]:
        """They come together, at the beginning: a line each, or one for all where there are many."""
        before = self._state.run.parent_run_id if self._state.run is not None else None
        where = f"from {before[:8]}" if before else ""
        names = [event.step for event in events]
        if len(names) > MOST_REUSED:
            names = [count(len(names), self._options.unit)]
        return [self._op_line(events[0].at, "reuse", name, None, where, "reused") for name in names]

    def _retrying(self, event: ev.StepRetrying) -> list[str]:
        of = f"attempt {event.attempt} of {event.max_retries + 1}"
        why = f"{of}: {tb.headline(tb.own(event.error))}"
        op = self._state.op(event.step)
        line = self._op_line(event.at, "retry", op.key, event.seconds, why, "retrying")
        return [line, *self._output(op)]

    def _failed(self, event: ev.StepFailed) -> list[str]:
        op = self._state.op(event.step)
        code = f" ({event.error.code})" if event.status != "canceled" else ""
        why = f"{tb.headline(tb.own(event.error))}{code}"
        word = {"timeout": "TIMEOUT", "canceled": "stopped"}.get(event.status, "FAILED")
        style = event.status if event.status == "canceled" else "failed"
        first = self._told.again(op) if op.status in BAD else None
        if first is not None:
            why = f"same error as {first.key}{code}"
        line = self._op_line(event.at, word, op.key, event.seconds, why, style)
        if op.status not in BAD or first is not None:
            return [line]
        # Lines of its log have been printed when they came; only what it printed itself is still to be told.
        printed = self._output(op)
        options = (
            replace(self._options, show_output="none") if printed else self._options
        )  # its end stands there already
        told = body(op, self._state.run_id, options, self._style, (), above=0, headline=False)
        return [line, *(f"  | {text}".rstrip() for text in told), *printed]

    def _output(self, op: OpView) -> list[str]:
        """What the op printed, where all of it was asked for."""
        if self._options.show_output != "all" or op.log is None:
            return []
        command = logs_command(self._state, op, self._options)
        return [f"  | {line}" for line in all_output(op.log, self._options.read_tail, command)]

    def _skipped(self, event: ev.StepSkipped) -> list[str]:
        why = f"{listing(event.missing)} was not yielded" if event.missing else ""
        return [self._op_line(event.at, "skipped", event.step, None, why, "skipped")]

    def _not_run(self, event: ev.StepNotRun) -> list[str]:
        op = self._state.op(event.step)
        word, why = ("stopped", "") if op.status == "canceled" else ("not run", f"needs {listing(labels(op.because))}")
        return [self._op_line(event.at, word, op.label, None, why if op.because else "", op.status)]

    def _log(self, event: ev.LogWritten) -> list[str]:
        if ev.level_number(event.level) < self._level:
            return []
        first, *rest = clean_lines(event.text)
        level = "" if event.level == "info" else f"{event.level.upper()} "
        style = "warning" if ev.level_number(event.level) >= 30 else ""
        line = self._line(event.at, "log", f"{event.step:<{self._name}}{'':>8}   {level}{first}", style)
        return [line, *(f"  | {text}" for text in rest)]

    def _noted(self, event: ev.EngineNoted) -> list[str]:
        if event.level not in ("warning", "error") and self._options.verbosity < 2:
            return []
        about = f"{event.step}: " if event.step else ""
        style = event.level if event.level in ("warning", "error") else ""
        where = tb.in_brackets(event.error, self._options)
        return [self._line(event.at, "note", f"{about}{one_line(event.text)}{where}", style)]

    def _hook(self, event: ev.HookRan) -> list[str]:
        if event.outcome != "errored":
            return []
        why = f": {tb.headline(tb.own(event.error))}{tb.in_brackets(event.error, self._options)}" if event.error else ""
        return [self._line(event.at, "note", f"{event.step}: hook {event.hook} raised{why}", "warning")]

    def _run_ended(self, event: ev.RunEnded) -> list[str]:
        state = self._state
        word = self._style.paint(WORDS.get(event.status, event.status.upper()), event.status)
        found = counts(state, with_flaky=False)
        flaky = f" ({state.flaky} flaky)" if state.flaky else ""
        lines = [f"{word} in {duration(event.seconds)}: {found}{flaky}"]
        if event.status == "success":
            return [lines[0] + compared(state)] + [line.strip() for line in see_value(state, self._options)]
        failed = next(iter(state.having(*BAD)), None)
        if failed is None and event.error is not None:
            from dagjob.display.failure import error_lines

            told = error_lines(event.error, self._options, self._style)
            return [*(f"  | {line}".rstrip() for line in told), *lines]
        reason = why_ended(event)
        if reason and (failed is None or event.stopped_by):
            lines.append(reason)
        lines += self._failures()
        if failed is not None and self._options.kept:
            lines.append(f"logs with: {logs_command(state, failed, self._options)}")
        if self._options.go_on:
            lines.append(f"go on with: {self._options.go_on}")
        return lines

    def _failures(self) -> list[str]:
        """Where several ops have failed: each once more, since the lines that told it may have scrolled away."""
        failed = self._state.having(*BAD)
        alike = {op.key for others in self._told.same_as.values() for op in others}
        shown = [op for op in failed if op.key not in alike][:MOST_FAILURES]
        if len(failed) < 2:
            return []
        lines = []
        hidden = len(failed)
        for op in shown:
            others = self._told.same_as.get(op.key, ())
            more = f"  (and in {len(others):,} more: {listing([one.label for one in others])})" if others else ""
            why = tb.headline(tb.own(op.error)) if op.error is not None else op.status
            lines.append(f"  failed  {op.key:<{self._name}}  {why}{more}")
            hidden -= 1 + len(others)
        return [*lines, f"  failed  and {hidden:,} more"] if hidden else lines


_TELL: dict[type[ev.Event], Any] = {
    ev.RunStarted: Plain._run_started,
    ev.PlanMade: Plain._plan_made,
    ev.StepsMapped: Plain._steps_mapped,
    ev.StepStarted: Plain._started,
    ev.StepSucceeded: Plain._succeeded,
    ev.StepRetrying: Plain._retrying,
    ev.StepFailed: Plain._failed,
    ev.StepSkipped: Plain._skipped,
    ev.StepNotRun: Plain._not_run,
    ev.LogWritten: Plain._log,
    ev.EngineNoted: Plain._noted,
    ev.HookRan: Plain._hook,
    ev.RunEnded: Plain._run_ended,
}
