"""Where an op was when it was stopped or died, from the text that Python wrote of its stack: pure but for source lines.

`faulthandler` names the innermost call first and quotes no code; `traceback` the outermost first. Frames of ours at the outer
end, and what stands outside of them, are left out: a user's stack begins in the user's code.
"""

from __future__ import annotations

from dagjob.engine.describe import HOUSE
from dagjob.events import Frame

_INNERMOST_FIRST = "(most recent call first)"
MOST_FRAMES = 60


def frames_of(stack: str) -> tuple[Frame, ...]:
    """The frames of a stack, the outermost first; of several threads those of the one that Python calls current."""
    lines = stack.splitlines()
    upside_down = any(line.endswith(f"{_INNERMOST_FIRST}:") for line in lines)
    if upside_down:
        lines = _one_thread(lines)
    found = [frame for line in lines if (frame := _frame(line)) is not None]
    if upside_down:
        found.reverse()
    return tuple(_without_ours(found)[-MOST_FRAMES:])


def _one_thread(lines: list[str]) -> list[str]:
    """The part about the current thread; where none is called so, about the last, which is the main one."""
    heads = [number for number, line in enumerate(lines) if line.endswith(f"{_INNERMOST_FIRST}:")]
    head = next((number for number in heads if lines[number].startswith("Current thread")), heads[-1])
    end = next((number for number in heads if number > head), len(lines))
    return lines[head + 1 : end]


def _frame(line: str) -> Frame | None:
    """One line such as `  File "/a/b.py", line 12 in name`, with or without a comma before `in`."""
    before, found, rest = line.strip().partition('", line ')
    if not found or not before.startswith('File "'):
        return None
    number, _, name = rest.partition(" in ")
    number = number.rstrip(",")
    if not number.isdigit():
        return None
    import linecache

    file = before.removeprefix('File "')
    return Frame(file, int(number), name, linecache.getline(file, int(number)).rstrip())


def _without_ours(frames: list[Frame]) -> list[Frame]:
    """Without dagjob's frames at the outer end, and without what has called dagjob."""
    first = next((number for number, frame in enumerate(frames) if frame.file.startswith(HOUSE)), None)
    if first is None:
        return frames
    while first < len(frames) and frames[first].file.startswith(HOUSE):
        first += 1
    return frames[first:]
