"""Which frames of an error are the user's, and how one frame is shown: a place, an excerpt, carets.

An `ErrorInfo` goes in, lines come out. The text of a frame came with it; lines around it are read from the file, and
only if the file still has that line there.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence

from dagjob.display.options import DisplayOptions
from dagjob.display.sanitize import clean_line
from dagjob.display.style import Style
from dagjob.engine.describe import HOUSE, PACKAGES, STANDARD_LIBRARY
from dagjob.events import ErrorInfo, Frame
from dagjob.record import replace

MOST_LINES_ABOVE = 2
FRAMES_WITHOUT_USER = 3
MOST_SHOWN = 10
MOST_COUNTED = 50
"""Beyond these an error does not say how many frames it had: of a recursion only the ends are kept."""


def error_name(error: ErrorInfo) -> str:
    """`ValueError`, or `module.Name` where the name alone says little."""
    return error.type


def headline(error: ErrorInfo) -> str:
    """`ValueError: bad header` on one line."""
    from dagjob.display.sanitize import one_line

    message = one_line(error.message)
    if message and is_ours(error):
        return message
    return f"{error_name(error)}: {message}" if message else error_name(error)


def is_ours(error: ErrorInfo) -> bool:
    """Whether it is an error that no code of the user's has raised: its message says all, the name of its class nothing."""
    return error.module == "dagjob.errors" and not error.type.endswith("CheckError")


def own(error: ErrorInfo) -> ErrorInfo:
    """The user's exception: without the error of ours that only says that an op or a hook raised.

    Another one of ours, that quotes what it was caused by, is one error with that: our sentence, and the user's frames.
    """
    while error.type in ("DagjobExecutionStepExecutionError", "HookExecutionError") and error.cause is not None:
        error = error.cause
    cause = error.cause
    if cause is None or not is_ours(error) or not cause.message.strip() or cause.message.strip() not in error.message:
        return error
    theirs = cause.frames if any(map(_is_theirs, cause.frames)) else error.frames
    return replace(error, frames=theirs, cause=cause.cause, context=cause.context)


def _is_theirs(frame: Frame) -> bool:
    """Whether a frame is in neither our code nor what was installed."""
    return not frame.file.startswith((HOUSE, STANDARD_LIBRARY, "<")) and not _package(frame.file)


def is_users(frame: Frame, options: DisplayOptions) -> bool:
    """Whether a frame is in the user's own code: below the project or its python path, and installed by nobody."""
    if not _is_theirs(frame):
        return False
    file = os.path.abspath(frame.file)
    if options.hide_frames and _is_hidden(file, options.hide_frames):
        return False
    places = [place for place in (options.root, *options.python_paths) if place]
    if not places:
        return not file.startswith((sys.base_prefix + os.sep + "lib", sys.prefix + os.sep + "lib"))
    return any(file.startswith(place.rstrip(os.sep) + os.sep) for place in places)


def _is_hidden(file: str, parts: Sequence[str]) -> bool:
    """Whether a path has one of these parts: a folder, a file with or without its ending, several with slashes, a pattern."""
    from fnmatch import fnmatchcase

    path = file.replace(os.sep, "/")
    return any(
        f"/{part.strip('/')}/" in f"{path}/" or f"/{part}.py/" in f"{path}/" or fnmatchcase(path, f"*/{part}")
        for part in parts
    )


def user_frames(error: ErrorInfo, options: DisplayOptions) -> list[Frame]:
    """The frames to show of an error: the user's; where there is none, the last three."""
    found = [frame for frame in error.frames if is_users(frame, options)]
    return found or list(error.frames[-FRAMES_WITHOUT_USER:])


def place_of(error: ErrorInfo, options: DisplayOptions, innermost: bool = False) -> str:
    """`sales/ops.py:41`: where the user's code is, at its outer or its inner end; nothing if no frame is the user's."""
    frames = [frame for frame in error.frames if is_users(frame, options)]
    if not frames:
        return ""
    frame = frames[-1 if innermost else 0]
    return f"{short_path(frame.file, options)}:{frame.line}"


def in_brackets(error: ErrorInfo | None, options: DisplayOptions) -> str:
    """`  (sales/ops.py:41)`: the line of the user that raised; nothing if there is none."""
    where = place_of(own(error), options, innermost=True) if error is not None else ""
    return f"  ({where})" if where else ""


def short_path(file: str, options: DisplayOptions) -> str:
    """The path as the user knows it: from the project root, or from the packages' folder."""
    if not _package(file):
        inside = from_here(file, options.root)
        if inside != file:
            return inside
    for folder in PACKAGES:
        _, found, rest = file.partition(f"{os.sep}{folder}{os.sep}")
        if found:
            return rest
    if file.startswith(HOUSE):
        return "dagjob" + os.sep + file[len(HOUSE) :]
    return file[len(STANDARD_LIBRARY) :] if file.startswith(STANDARD_LIBRARY) else file


def from_here(file: str, root: str = "") -> str:
    """A path below the project's root, else below the current folder, as seen from there; others as they are."""
    if os.path.isabs(file):
        try:
            here = os.getcwd()
        except OSError:  # an op may have removed it
            here = ""
        for place in filter(None, (root, here)):
            below = place.rstrip(os.sep) + os.sep
            if file.startswith(below):
                return file[len(below) :]
    return file


def frame_lines(
    frames: list[Frame], options: DisplayOptions, style: Style, excerpts: bool = True, above: int = MOST_LINES_ABOVE
) -> list[str]:
    """The frames, outermost first. The outer one comes with the lines above it, the inner one with carets."""
    lines: list[str] = []
    gutter = max((len(str(frame.line)) for frame in frames), default=1)
    left_out = _left_out(frames)
    for number, frame in enumerate(frames):
        if number in left_out:
            if number == left_out.start:
                many = "more" if len(frames) > MOST_COUNTED else f"{len(left_out)} more"
                lines.append(f"{style.glyph('more')} and {many} of your frames")
            continue
        where = f"{short_path(clean_line(frame.file), options)}:{frame.line}"
        lines.append(f"{style.paint(where, 'strong')} in {clean_line(frame.name)}")
        if excerpts and frame.text.strip():
            first, last = number == 0, number == len(frames) - 1
            lines += _excerpt(frame, style, gutter, above if first else 0, carets=last)
        lines += _variables(frame, style, gutter)
    return lines


def _left_out(frames: list[Frame]) -> range:
    """Of a long way through the user's code, as of a recursion without an end, the frames in its middle."""
    first, last = MOST_SHOWN // 2, len(frames) - MOST_SHOWN // 2
    return range(first, last) if len(frames) > MOST_SHOWN else range(0)


def _variables(frame: Frame, style: Style, gutter: int) -> list[str]:
    """A line for each of its variables, under its excerpt."""
    dot = style.glyph("dot")
    return [f"    {'':>{gutter}} {dot} {clean_line(one.name)} = {clean_line(one.text)}" for one in frame.variables]


def all_variables(error: ErrorInfo, options: DisplayOptions, style: Style) -> list[str]:
    """The variables of all frames that have some, each under its place: for who sees Python's own traceback."""
    lines = []
    for frame in error.frames:
        if frame.variables:
            lines += [
                f"variables of {clean_line(frame.name)}, {short_path(clean_line(frame.file), options)}:{frame.line}"
            ]
            lines += _variables(frame, style, 0)
    return lines


def _excerpt(frame: Frame, style: Style, gutter: int, above: int, carets: bool) -> list[str]:
    wall, here = style.glyph("wall"), style.glyph("here")
    lines = [f"  {number:>{gutter}} {wall} {text}" for number, text in _lines_above(frame, above)]
    lines = [f"  {line}" for line in lines]
    text = clean_line(frame.text.rstrip())
    lines.append(f"  {style.paint(here, 'mark')} {frame.line:>{gutter}} {wall} {text}")
    mark = caret_line(frame) if carets else ""
    if mark:
        lines.append(f"    {'':>{gutter}} {wall} {style.paint(mark, 'mark')}")
    return lines


def caret_line(frame: Frame) -> str:
    """Blanks and carets under the part of the line that raised; nothing if that is all of it, or not known."""
    text = frame.text.rstrip()
    if frame.column is None or frame.end_column is None or "\t" in text:
        return ""
    start, end = _characters(text, frame.column), _characters(text, frame.end_column)
    if frame.end_line is not None and frame.end_line != frame.line:
        end = len(text)
    bare = len(text) - len(text.lstrip())
    if end <= start or (start <= bare and end >= len(text)):
        return ""
    from dagjob.display.words import width

    return " " * width(text[:start]) + "^" * max(1, width(text[start:end]))


def _characters(text: str, column: int) -> int:
    """A column of a code object counts bytes of UTF-8."""
    return column if text.isascii() else len(text.encode()[:column].decode(errors="ignore"))


def _lines_above(frame: Frame, most: int) -> list[tuple[int, str]]:
    """The lines before the frame's own that belong to the same block, from the file if it is still the same."""
    if not most:
        return []
    import linecache

    if not os.path.isfile(frame.file):  # a planted record may name a pipe
        return []
    if linecache.getline(frame.file, frame.line).rstrip() != frame.text.rstrip():
        return []
    found = []
    for number in range(frame.line - 1, max(0, frame.line - 1 - most), -1):
        text = linecache.getline(frame.file, number).rstrip()
        if not text or text.lstrip().startswith(("def ", "async def ", "class ", "@")):
            break
        found.append((number, clean_line(text)))
    return found[::-1]


def hidden_note(error: ErrorInfo, shown: list[Frame]) -> str:
    """`16 frames of dagjob, pandas and the standard library hidden (--tb full)`, or nothing."""
    hidden = [frame for frame in error.frames if not any(frame is one for one in shown)]
    if not hidden:
        return ""
    owners = list(dict.fromkeys(filter(None, map(_owner, hidden))))
    owners.sort(key=lambda owner: owner == "the standard library")
    of = f" of {_and(owners[:3])}" if owners else ""
    return f"{len(hidden)} frame{'s' if len(hidden) > 1 else ''}{of} hidden (--tb full)"


def raised_in(error: ErrorInfo, shown: list[Frame], options: DisplayOptions) -> str:
    """`raised in pandas/core/frame.py:412` when the error came from below the innermost frame that is shown."""
    if not error.frames or not shown or error.frames[-1] is shown[-1]:
        return ""
    last = error.frames[-1]
    if last.file.startswith(HOUSE):  # a signal that came just then, a check of ours: no business of the user's
        return ""
    return f"raised in {short_path(clean_line(last.file), options)}:{last.line}"


def _package(file: str) -> str:
    """The installed package a file belongs to, or nothing."""
    for folder in PACKAGES:
        _, found, rest = file.partition(f"{os.sep}{folder}{os.sep}")
        if found:
            return rest.split(os.sep)[0].removesuffix(".py")
    return ""


def _owner(frame: Frame) -> str:
    if frame.file.startswith(HOUSE):
        return "dagjob"
    package = _package(frame.file)
    if package:
        return package
    return "the standard library" if frame.file.startswith((STANDARD_LIBRARY, "<frozen")) else ""


def _and(names: list[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
