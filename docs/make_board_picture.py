"""Takes the picture of the live board in the README from a real run, with no hand on it.

    .venv/bin/python docs/make_board_picture.py

The command runs on a pseudo-terminal of 80 x 24; pyte, a terminal emulator from the dev group, says what a person would
see; of all the screens that were seen while ops ran, the one with most of them done is drawn as SVG, cell by cell.
"""

from __future__ import annotations

import fcntl
import os
import pty
import select
import struct
import sys
import termios
from html import escape
from itertools import groupby
from pathlib import Path
from typing import NamedTuple

import pyte

ROOT = Path(__file__).parent.parent
COMMAND = ["dagjob", "run", "examples/weather/jobs.py:seattle_weather", "-c", "examples/weather/config.yaml"]
COLUMNS, LINES = 80, 24
CELL_W, CELL_H, MARGIN, TITLE_H = 8.4, 18, 18, 34

PALETTE = {
    "default": "#d7dae0",
    "black": "#5c6370",
    "red": "#f07178",
    "green": "#7fd88f",
    "brown": "#e5c07b",
    "yellow": "#e5c07b",
    "blue": "#6cb6ff",
    "magenta": "#d2a8ff",
    "cyan": "#56d4dd",
    "white": "#f0f2f5",
    "brightblack": "#7d8590",
    "brightred": "#ff8a8f",
    "brightgreen": "#9be9a8",
    "brightyellow": "#f2d78b",
    "brightblue": "#8cc8ff",
    "brightmagenta": "#e2c5ff",
    "brightcyan": "#7fe3ea",
    "brightwhite": "#ffffff",
}


class Cell(NamedTuple):
    text: str
    color: str
    bold: bool


Screen = tuple[tuple[Cell, ...], ...]


def watch(command: list[str]) -> list[Screen]:
    """Every screen that differed from the one before, from the first to the last."""
    screen = pyte.Screen(COLUMNS, LINES)
    stream = pyte.ByteStream(screen)
    pid, terminal = pty.fork()
    if pid == 0:
        os.chdir(ROOT)
        env = {name: value for name, value in os.environ.items() if name not in {"CI", "NO_COLOR", "FORCE_COLOR"}}
        os.execvpe(command[0], command, {**env, "TERM": "xterm-256color", "COLORTERM": "truecolor"})
    fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", LINES, COLUMNS, 0, 0))
    seen: list[Screen] = []
    while True:
        select.select([terminal], [], [])
        try:
            data = os.read(terminal, 65536)
        except OSError:  # how Linux says that the other side has ended
            break
        if not data:
            break
        stream.feed(data)
        now = cells(screen)
        if not seen or seen[-1] != now:
            seen.append(now)
    _, status = os.waitpid(pid, 0)
    if status:
        sys.exit(f"{' '.join(command)} ended with {os.waitstatus_to_exitcode(status)}")
    return seen


def cells(screen: pyte.Screen) -> Screen:
    """What stands on the screen."""
    return tuple(
        tuple(Cell(cell.data, color(cell), cell.bold) for cell in (screen.buffer[y][x] for x in range(COLUMNS)))
        for y in range(LINES)
    )


def color(cell: pyte.screens.Char) -> str:
    """The colour of a cell; pyte gives names, or six hexadecimal digits."""
    return PALETTE.get(cell.fg) or f"#{cell.fg}"


def text(screen: Screen) -> str:
    return "\n".join("".join(cell.text for cell in row).rstrip() for row in screen).strip("\n")


def best(screens: list[Screen]) -> Screen:
    """The screen with most ops done while at least two are running."""
    spinners = set("⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏")
    busy = [one for one in screens if sum(row[1].text in spinners for row in one) >= 2]
    if not busy:
        sys.exit("no screen with two running ops was seen: is the job too quick, or the board off?")
    return max(busy, key=lambda one: (text(one).count("✓"), text(one).count("━")))


def svg(screen: Screen, title: str) -> str:
    """The screen in a window, drawn as text that can be selected."""
    rows = list(screen)
    while rows and not "".join(cell.text for cell in rows[-1]).strip():
        rows.pop()
    width = COLUMNS * CELL_W + 2 * MARGIN
    height = len(rows) * CELL_H + TITLE_H + MARGIN
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:g} {height:g}" width="{width:g}" role="img"'
        f' aria-label="{escape(title)}">',
        "<style>text{font:14px ui-monospace,SFMono-Regular,Menlo,Consolas,'DejaVu Sans Mono',monospace;"
        "white-space:pre}.bold{font-weight:700}</style>",
        f'<rect width="{width:g}" height="{height:g}" rx="10" fill="#161a21"/>',
        *(f'<circle cx="{20 + 18 * i}" cy="17" r="5.5" fill="#3a404c"/>' for i in range(3)),
        f'<text x="{width / 2:g}" y="22" fill="#8b929e" text-anchor="middle">{escape(title)}</text>',
    ]
    for y, row in enumerate(rows):
        baseline = TITLE_H + CELL_H * y + 13
        x = 0
        for (fill, bold), group in groupby(row, key=lambda cell: (cell.color, cell.bold)):
            run = "".join(cell.text for cell in group)
            start = len(run) - len(run.lstrip())
            if word := run.strip():
                weight = ' class="bold"' if bold else ""
                parts.append(
                    f'<text x="{MARGIN + (x + start) * CELL_W:.1f}" y="{baseline}" fill="{fill}"{weight}'
                    f' textLength="{len(word) * CELL_W:.1f}" lengthAdjust="spacingAndGlyphs">{escape(word)}</text>'
                )
            x += len(run)
    return "\n".join((*parts, "</svg>\n"))


def main() -> None:
    os.environ["PATH"] = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    shown = best(watch(COMMAND))
    (ROOT / "docs" / "board.svg").write_text(svg(shown, " ".join(COMMAND[:3])), encoding="utf-8")
    print(text(shown))


if __name__ == "__main__":
    main()
