"""What goes wrong in a run, one line each on stderr: for the formats whose stdout is for a program."""

from __future__ import annotations

from dagjob import events as ev
from dagjob.display import traceback as tb
from dagjob.display.options import DisplayOptions
from dagjob.display.output import write_lines
from dagjob.display.sanitize import one_line
from dagjob.display.style import Style
from dagjob.display.words import duration


class Problems:
    """Hears events and prints the bad ones."""

    def __init__(self, options: DisplayOptions, *, warnings: bool = True) -> None:
        self._options = options
        self._warnings = warnings
        self._style = Style(options.color, options.utf8)

    def __call__(self, event: ev.Event) -> None:
        """Hear one event."""
        line = self._line(event)
        if line:
            write_lines(self._options.stderr, [line], self._options.color)

    def _line(self, event: ev.Event) -> str:
        if isinstance(event, ev.StepFailed) and event.status != "canceled":
            error = tb.own(event.error)
            where = tb.place_of(error, self._options)
            place = f"  {where}" if where else ""
            told = f"{event.step} {event.status} ({duration(event.seconds)}): {tb.headline(error)}{place}"
            return f"{self._style.paint(f'error[{event.error.code}]', 'error')}: {told}"
        if isinstance(event, ev.RunEnded) and event.error is not None and not event.failed_steps:
            return f"{self._style.paint(f'error[{event.error.code}]', 'error')}: {tb.headline(tb.own(event.error))}"
        if isinstance(event, ev.EngineNoted) and event.level in ("warning", "error") and self._warnings:
            where = tb.in_brackets(event.error, self._options)
            return f"{self._style.paint(event.level, event.level)}: {one_line(event.text)}{where}"
        if isinstance(event, ev.HookRan) and event.outcome == "errored" and self._warnings:
            where = tb.in_brackets(event.error, self._options)
            why = f": {tb.headline(tb.own(event.error))}{where}" if event.error else ""
            return f"{self._style.paint('warning', 'warning')}: hook {event.hook} of {event.step} raised{why}"
        return ""
