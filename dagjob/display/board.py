"""The live board: what runs now, at the lower end of the terminal, and above it what must not be missed.

It hears events at once and draws when it is ticked, at most so many times a second as it may. Failures and warnings are
printed above it when they happen and stay in the scrollback. When the run has ended the summary takes its place.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence

from dagjob import events as ev
from dagjob.display import traceback as tb
from dagjob.display.console import Console, is_pipe
from dagjob.display.failure import Told, failure_block
from dagjob.display.layout import TAIL_KEY, Scene, Size, View, has_pane, layout
from dagjob.display.live import LiveView
from dagjob.display.memory import memory_parts
from dagjob.display.options import FASTEST_FPS, UNLIMITED, DisplayOptions
from dagjob.display.output import write_lines
from dagjob.display.sanitize import clean_lines, one_line
from dagjob.display.screen import LAST_WORDS, Screen
from dagjob.display.status import stack_block, status_block
from dagjob.display.style import Style
from dagjob.display.summary import logs_command, summary
from dagjob.display.tails import Tails, all_output
from dagjob.display.time_left import TimeLeft
from dagjob.engine.ports import Sink
from dagjob.record import replace
from dagjob.run_view import BAD, OpView

FIRST_FRAME = 0.1
"""Seconds before a board is put up at all: a run that is over by then shows only its summary."""
IDLE = 0.25
CALM = 1.0
OLD_AFTER = 60.0
MANY_ROWS = 40
GLANCE = 0.5
"""Seconds between two looks at the files of running ops."""
WEIGHING = 1.0
"""Seconds between two looks at the memory that they take."""
MOST_GLANCES = 12
MOST_STACKS = 4
MOST_SAID = 8
"""Lines of `context.log` that no frame need have shown, and that the summary of a run tells again."""


def make(options: DisplayOptions) -> Board:
    """The live board, on stderr."""
    console = None
    if options.on_terminal:
        reads_keys = options.keys and not is_pipe(options.stdout)  # Else a pager may want them.
        console = Console(options.stderr, reads_keys=reads_keys, last_words=LAST_WORDS)
    return Board(options, console)


class Board(Sink):
    """Hears events, draws when ticked. `close` restores the terminal and prints the summary."""

    shows_failures = True

    def __init__(self, options: DisplayOptions, console: Console | None = None) -> None:
        self._options = options
        self._style = Style(options.color, options.utf8)
        self._state = LiveView(options.usual)
        self._tails = Tails(options.read_tail, options.log_level)
        self._told = Told()
        self._left = TimeLeft(self._state)
        self._screen = Screen(options.stderr, options.color, options.reflows)
        # Above the board go warnings; all that `--log-level` lets through where it was given, and with -v.
        least = ev.level_number(options.log_level)
        self._level = least if options.verbosity > 0 or options.log_level_given else max(30, least)
        self._least = max(20, least)
        self._unseen: deque[tuple[str, str]] = deque(maxlen=MOST_SAID)
        self._gap = 1.0 / max(1, min(options.fps, FASTEST_FPS)) if options.fps > 0 else None
        self._console = console
        self._view = View()
        self._memory: Sequence[str] = ()
        self._weighed = float("-inf")
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
        if self._console is not None and self._console.has_news:
            return 0.0
        wait = self._gap if self._dirty else max(self._gap, self._rest())
        return max(0.0, self._drawn + wait - self._options.clock())

    def tick(self, now: float) -> None:
        """Do what was typed, and draw, if it is time."""
        if self._console is not None and self._console.has_news and not self._paused:
            if self._console.returned:
                self._console.take_again()
                self._screen.forget()
            self._console.resized = False
            self._dirty = True
            self.press(self._console.keys())
        wish = self.next_refresh()
        if wish is not None and wish <= 0:
            self._draw(now)

    def close(self) -> None:
        """Give the terminal back, with the summary in the place of the board."""
        if self._closed:
            return
        self._closed = True
        try:
            self._screen.leave(*self._size())
        finally:
            if self._console is not None:
                self._console.close()
        lines = summary(self._state, self._options, self._style, self._told, tuple(self._unseen))
        write_lines(self._options.stderr, lines, self._options.color)

    def pause(self) -> None:
        """Take the board down: the process is about to be stopped, or somebody else needs the terminal."""
        self._paused = True
        self._screen.leave(*self._size())
        if self._console is not None:
            self._console.give_back()

    def go_on(self) -> None:
        """Put it up again at the next tick."""
        self._paused = False
        self._drawn = None

    def tell_status(self, now: float) -> None:
        """Print how the run stands, above the board."""
        columns, _ = self._size()
        lines = status_block(self._state, now, self._style, columns - 1, self._left.words(now), self._tails)
        self._print_above([*lines, ""], now)

    def press(self, keys: str) -> None:
        """Do what these keys ask for."""
        view = self._view
        for key in keys:
            if key in "t\r\n":
                self.tell_status(self._options.clock())
            elif key == TAIL_KEY:
                view = replace(view, tail=not view.tail, help=False)
            elif key == "f":
                view = replace(view, failures=not view.failures, help=False)
            elif key == "?":
                view = replace(view, help=not view.help)
            elif key == "s":
                self._print_above(self._stacks(), self._options.clock())
        self._view = view
        self._dirty = True

    def _stacks(self) -> list[str]:
        """Where the running ops are in their code; of many, those that have run longest."""
        ask, pids = self._options.stack_of, self._state.pids
        running = [(op, pids[op.key]) for op in self._state.having("running")[:MOST_STACKS] if op.key in pids]
        if ask is None or not running:
            return [self._style.paint(f" no op runs {'here' if ask is None else 'just now'}", "dim")]
        return [line for op, pid in running for line in stack_block(op, ask(pid), self._options, self._style)]

    # -- drawing ---------------------------------------------------------------------------------------------------

    def _size(self) -> tuple[int, int]:
        columns = self._options.width()
        return columns if columns < UNLIMITED else 80, self._options.height()

    def _draw(self, now: float) -> None:
        console = self._console
        if console is not None and not self._at_work(console):
            self._drawn = now  # The shell has the terminal: nothing is drawn into what others write.
            return
        columns, lines = self._size()
        if now - self._glanced >= GLANCE:
            self._glanced = now
            self._glance(now)
            running = ((op.label, self._state.pids.get(op.key, 0)) for op in self._state.by_status["running"].values())
            if now - self._weighed >= WEIGHING:
                self._weighed = now
                wide = has_pane(Size(columns, lines)) and self._own_processes()
                self._memory = memory_parts(running, self._options.proc) if wide else ()
        options = self._options
        scene = Scene(
            self._state,
            self._tails,
            self._style,
            now,
            left=self._left.words(now),
            path=self._left.path() if has_pane(Size(columns, lines)) else (),
            memory=self._memory,
            view=replace(self._view, keys=console is not None and console.has_keys),
            whole=options.whole,
            unit=options.unit,
            watching=options.watching,
        )
        rows = layout(scene, Size(columns, lines))
        self._height = len(rows)
        self._screen.draw(rows, columns, lines)
        self._drawn = now
        self._dirty = False

    def _at_work(self, console: Console) -> bool:
        """Whether the terminal is ours; keys are listened to from the first frame on."""
        if not console.in_foreground:
            return False
        if self._own_processes() or self._options.watching:
            console.open()
        console.take()
        return True

    def _own_processes(self) -> bool:
        """Whether ops have processes of their own: one that runs in this one may want what is typed."""
        return self._state.run is not None and self._state.run.isolated

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
            self._tails.glance(op.key, op.log, now, op.attempt)

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
                level = ev.level_number(event.level)
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
        said = self._tails.of_attempt(op.key, op.attempt)
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
        word = self._style.paint(event.level.upper(), "warning" if ev.level_number(event.level) >= 30 else "dim")
        return [f"{event.step} {word} {first}", *(f"  {line}" for line in rest)]
