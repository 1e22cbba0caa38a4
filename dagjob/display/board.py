"""The live board: what runs now, at the lower end of the terminal, and above it what must not be missed.

It hears events at once and draws when it is ticked, at most so many times a second as it may. Failures and warnings are
printed above it when they happen and stay in the scrollback. When the run has ended the summary takes its place.
"""

from __future__ import annotations

from collections import deque

from dagjob import events as ev
from dagjob.display import traceback as tb
from dagjob.display.failure import Told, failure_block
from dagjob.display.layout import Scene, Size, layout
from dagjob.display.live import LiveView
from dagjob.display.options import FASTEST_FPS, UNLIMITED, DisplayOptions
from dagjob.display.output import write_lines
from dagjob.display.sanitize import clean_lines, one_line
from dagjob.display.screen import Screen
from dagjob.display.style import Style
from dagjob.display.summary import logs_command, summary
from dagjob.display.tails import Tails, all_output, level_number
from dagjob.display.time_left import TimeLeft
from dagjob.engine.ports import Sink
from dagjob.run_view import BAD, OpView

FIRST_FRAME = 0.1
"""Seconds before a board is put up at all: a run that is over by then shows only its summary."""
IDLE = 0.25
CALM = 1.0
OLD_AFTER = 60.0
MANY_ROWS = 40
GLANCE = 0.5
"""Seconds between two looks at the files of running ops."""
MOST_GLANCES = 12
MOST_SAID = 8
"""Lines of `context.log` that no frame need have shown, and that the summary of a run tells again."""


def make(options: DisplayOptions) -> Board:
    """The live board, on stderr."""
    return Board(options)


class Board(Sink):
    """Hears events, draws when ticked. `close` restores the terminal and prints the summary."""

    shows_failures = True

    def __init__(self, options: DisplayOptions) -> None:
        self._options = options
        self._style = Style(options.color, options.utf8)
        self._state = LiveView(options.usual)
        self._tails = Tails(options.read_tail, options.log_level)
        self._told = Told()
        self._left = TimeLeft(self._state)
        self._screen = Screen(options.stderr, options.color, options.reflows)
        # Above the board go warnings; all that `--log-level` lets through where it was given, and with -v.
        least = level_number(options.log_level)
        self._level = least if options.verbosity > 0 or options.log_level_given else max(30, least)
        self._least = max(20, least)
        self._unseen: deque[tuple[str, str]] = deque(maxlen=MOST_SAID)
        self._gap = 1.0 / max(1, min(options.fps, FASTEST_FPS)) if options.fps > 0 else None
        self._drawn: float | None = None
        self._dirty = False
        self._glanced = float("-inf")
        self._paused = False
        self._closed = False
        self._height = 0

    # -- what the loop calls ---------------------------------------------------------------------------------------

    def __call__(self, event: ev.Event) -> None:
        """Hear one event; what must not wait is printed."""
        self._state(event)
        self._tails(event)
        self._dirty = True
        lines = self._above(event)
        if lines:
            self._print_above(lines, event.at)

    def next_refresh(self) -> float | None:
        """Seconds until it wants to draw; None: nothing will change by itself."""
        if self._gap is None or self._paused or self._closed or self._state.run is None:
            return None
        if self._drawn is None:
            return max(0.0, self._state.run.at + FIRST_FRAME - self._options.clock())
        wait = self._gap if self._dirty else max(self._gap, self._rest())
        return max(0.0, self._drawn + wait - self._options.clock())

    def tick(self, now: float) -> None:
        """Draw, if it is time."""
        wish = self.next_refresh()
        if wish is not None and wish <= 0:
            self._draw(now)

    def close(self) -> None:
        """Give the terminal back, with the summary in the place of the board."""
        if self._closed:
            return
        self._closed = True
        self._screen.leave(*self._size())
        lines = summary(self._state, self._options, self._style, self._told, tuple(self._unseen))
        write_lines(self._options.stderr, lines, self._options.color)

    def pause(self) -> None:
        """Take the board down: the process is about to be stopped, or somebody else needs the terminal."""
        self._paused = True
        self._screen.leave(*self._size())

    def go_on(self) -> None:
        """Put it up again at the next tick."""
        self._paused = False
        self._drawn = None

    # -- drawing ---------------------------------------------------------------------------------------------------

    def _size(self) -> tuple[int, int]:
        columns = self._options.width()
        return columns if columns < UNLIMITED else 80, self._options.height()

    def _draw(self, now: float) -> None:
        columns, lines = self._size()
        if now - self._glanced >= GLANCE:
            self._glanced = now
            self._glance(now)
        options = self._options
        left = self._left.words(now)
        scene = Scene(self._state, self._tails, self._style, now, left, options.whole, options.unit, options.watching)
        rows = layout(scene, Size(columns, lines))
        self._height = len(rows)
        self._screen.draw(rows, columns, lines)
        self._drawn = now
        self._dirty = False

    def _rest(self) -> float:
        """Seconds between two frames while nothing happens: the spinner goes on, slower where it is calm."""
        running = self._state.by_status["running"]
        if not running:
            return CALM
        if self._options.ssh and self._height > MANY_ROWS:
            return CALM
        youngest = next(reversed(running.values()))
        return CALM if youngest.running_for(self._options.clock()) > OLD_AFTER else IDLE

    def _glance(self, now: float) -> None:
        """Look at the output of those running ops that may be on the screen."""
        for number, op in enumerate(self._state.by_status["running"].values()):
            if number >= MOST_GLANCES:
                break
            self._tails.glance(op.key, op.log, now)

    def _print_above(self, lines: list[str], now: float) -> None:
        columns, height = self._size()
        self._screen.print_above(lines, columns, height)
        if self._drawn is not None and not self._paused and self._state.ended is None:
            self._draw(now)

    # -- what is printed above -------------------------------------------------------------------------------------

    def _above(self, event: ev.Event) -> list[str]:
        match event:
            case ev.StepFailed():
                return self._failed(self._state.op(event.step))
            case ev.StepSucceeded() | ev.StepRetrying():
                op = self._state.op(event.step)
                if op.status == "success":
                    self._tails.forget(op.key)
                return self._output(op)
            case ev.LogWritten():
                level = level_number(event.level)
                if level >= self._level:
                    return self._log(event)
                if level >= self._least:
                    self._unseen.extend((event.step, line) for line in clean_lines(event.text)[-MOST_SAID:])
            case ev.EngineNoted() if event.level in ("warning", "error"):
                about = f"{event.step}: " if event.step else ""
                where = tb.in_brackets(event.error, self._options)
                return [self._style.paint(f"{about}{one_line(event.text)}{where}", event.level)]
            case ev.HookRan() if event.outcome == "errored":
                where = tb.in_brackets(event.error, self._options)
                why = f": {tb.headline(tb.own(event.error))}{where}" if event.error else ""
                return [self._style.paint(f"{event.step}: hook {event.hook} raised{why}", "warning")]
        return []

    def _failed(self, op: OpView) -> list[str]:
        if op.status not in BAD or self._told.again(op) is not None:
            self._tails.forget(op.key)
            return []
        said = self._tails.of(op.key)
        lines = failure_block(op, self._state.run_id, self._options, self._style, said)
        self._tails.forget(op.key)
        return [*lines, *self._output(op)]

    def _output(self, op: OpView) -> list[str]:
        """All that the op printed, where that was asked for."""
        if self._options.show_output != "all" or op.log is None:
            return []
        lines = all_output(op.log, self._options.read_tail, logs_command(self._state, op, self._options))
        return [self._style.paint(f"{op.label}:", "strong"), *(f"  {line}" for line in lines)] if lines else []

    def _log(self, event: ev.LogWritten) -> list[str]:
        first, *rest = clean_lines(event.text)
        word = self._style.paint(event.level.upper(), "warning" if level_number(event.level) >= 30 else "dim")
        return [f"{event.step} {word} {first}", *(f"  {line}" for line in rest)]
