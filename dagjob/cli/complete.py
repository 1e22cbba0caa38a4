"""`dagjob __complete`: what may stand next on a command line. Answers from the registry, the index and the history.

Called by the completion scripts at each press of a key, so nothing heavy is loaded, no user code ever, and nothing is
said when something is wrong. An answer is a line, `word<TAB>description`; the lines `:file` and `:folder` ask the
shell for its own completion of paths.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING

from dagjob.cli.registry import ROOT, Argument, Command, Option
from dagjob.record import Record

if TYPE_CHECKING:
    from dagjob.cli.index import Entry
    from dagjob.storage.paths import StateDir

FILE, FOLDER = (":file", ""), (":folder", "")
MOST_RUNS = 30

Answer = tuple[str, str]


class Line(Record):
    """A command line up to the cursor: what it says so far, and the word that is being typed."""

    command: Command
    arguments: tuple[str, ...]
    """The words so far that are no options."""
    waiting: Option | None
    """The option whose value comes next."""
    current: str
    home: str | None = None
    only_arguments: bool = False


def complete(args: Sequence[str]) -> int:
    """Print the answers for one shell: `bash LINE POINT`, `zsh WORD ...`, `fish WORD ...`. Always exit 0."""
    with suppress(Exception):
        shell, *rest = args
        words = _split(rest[0], int(rest[1])) if shell == "bash" else list(rest) or [""]
        answers = list(answers_for(words))
        if shell == "bash":
            cut = _broken_at(words[-1])
            lines = [word[cut:] if not word.startswith(":") else word for word, _ in answers]
        else:
            lines = [f"{word}\t{text}" if text else word for word, text in answers]
        sys.stdout.write("".join(f"{line}\n" for line in lines))
        sys.stdout.flush()
    return 0


def answers_for(words: Sequence[str]) -> Iterator[Answer]:
    """The answers for the words behind `dagjob`; the last one is being typed, and may be empty."""
    line = read_line(words)
    current = line.current
    if line.waiting is None and current.startswith("--") and "=" in current and not line.only_arguments:
        flag, _, begun = current.partition("=")
        option = next((each for each in line.command.options if flag in each.flags), None)
        if option is not None and option.value:
            for word, text in _fitting(_values(option, line, begun), begun):
                yield (f"{flag}={word}", text) if not word.startswith(":") else (word, text)
        return
    if line.waiting is not None:
        yield from _fitting(_values(line.waiting, line, current), current)
    elif current.startswith("-") and not line.only_arguments:
        yield from _fitting(((flag, each.help) for each in line.command.options for flag in each.flags), current)
    elif line.command.commands:
        if line.arguments:  # a command that there is not
            return
        yield from _fitting(((each.name, each.summary) for each in line.command.commands), current)
    else:
        argument = _argument(line)
        if argument is not None:
            yield from _fitting(_arguments(argument, line), current)


def read_line(words: Sequence[str]) -> Line:
    """Read the words as far as they go. Never fails: the line is not finished."""
    command, arguments = ROOT, []
    waiting: Option | None = None
    home: str | None = None
    only_arguments = False
    for word in words[:-1]:
        if waiting is not None:
            if "--home" in waiting.flags:
                home = word
            if "-C" in waiting.flags:
                with suppress(OSError):
                    os.chdir(os.path.expanduser(word))
            waiting = None
        elif word == "--":
            only_arguments = True
        elif word.startswith("-") and not only_arguments:
            option = next((each for each in command.options if word in each.flags), None)
            waiting = option if option is not None and option.value else None
            if word.startswith("--home="):
                home = word.partition("=")[2]
        elif command.commands and command.find(word) is not None:
            command = command.find(word) or command
        else:
            arguments.append(word)
    return Line(command, tuple(arguments), waiting, words[-1] if words else "", home, only_arguments)


def _fitting(answers: Iterable[Answer], begun: str) -> Iterator[Answer]:
    seen = set()
    for word, text in answers:
        if word not in seen and (word.startswith(begun) or word in (":file", ":folder")):
            seen.add(word)
            yield word, text


# -- values --------------------------------------------------------------------------------------------------------


def _values(option: Option, line: Line, begun: str) -> Iterator[Answer]:
    if option.choices:
        yield from ((choice, "") for choice in option.choices)
    elif option.completes == "file":
        yield FILE
    elif option.completes == "folder":
        yield FOLDER
    elif option.completes == "path":
        yield from _config_paths(line)


def _argument(line: Line) -> Argument | None:
    """The argument that is being typed."""
    for number, argument in enumerate(line.command.arguments):
        if argument.many or number == len(line.arguments):
            return argument
    return None


def _arguments(argument: Argument, line: Line) -> Iterator[Answer]:
    if argument.choices:
        yield from ((choice, "") for choice in argument.choices)
    elif argument.completes == "job":
        yield from _jobs(line)
    elif argument.completes == "run":
        yield from _runs(line)
    elif argument.completes == "op":
        yield from _ops_of_run(line)
    elif argument.completes == "file":
        yield FILE
    elif argument.completes == "folder":
        yield FOLDER


def _state(line: Line) -> StateDir:
    from dagjob.cli.settings import find_project
    from dagjob.storage.paths import find_state_dir

    project = find_project(os.getcwd())
    root, home = (project.root, project.settings.home) if project else (None, None)
    return find_state_dir(line.home, os.environ, root, home)


def _entries(line: Line) -> Sequence[Entry]:
    from dagjob.cli.index import read_index

    index = read_index(_state(line))
    return index.jobs if index is not None else ()


def _jobs(line: Line) -> Iterator[Answer]:
    """Jobs by name; by their target once a colon or a folder is typed, or where a name is not enough. And files."""
    entries = _entries(line)
    names = [entry.name for entry in entries]
    found = False
    for entry in entries:
        short = names.count(entry.name) == 1 and not any(sign in line.current for sign in ":/")
        word = entry.name if short else entry.target
        found = found or word.startswith(line.current)
        yield word, entry.description or f"{len(entry.ops)} ops"
    if not found:
        yield FILE


def _config_paths(line: Line) -> Iterator[Answer]:
    target = line.arguments[0] if line.arguments else None
    for entry in _entries(line):
        if target in (None, entry.name, entry.target):
            yield from ((f"{path}=", "") for path in entry.config)


def _runs(line: Line) -> Iterator[Answer]:
    from time import time

    from dagjob.display.words import ago
    from dagjob.storage.history import History

    history = History.open(_state(line))
    if history is None:
        return
    with history:
        now = time()
        yield "latest", ""
        for run in history.runs(limit=MOST_RUNS):
            short = max(8, len(line.current))
            yield run.id[:short], f"{run.job} {run.status} {ago(now - run.started)}"


def _ops_of_run(line: Line) -> Iterator[Answer]:
    from dagjob.storage.history import History

    history = History.open(_state(line))
    if history is None or not line.arguments:
        return
    with history:
        run = history.find(line.arguments[0])
        yield from ((step.key, step.status) for step in history.steps(run.id))


# -- bash ----------------------------------------------------------------------------------------------------------


def _split(text: str, point: int) -> list[str]:
    """The words behind the first one, up to the cursor, the way a shell divides them: quotes may still be open."""
    words: list[str] = []
    word, quote, started = "", "", False
    signs = iter(os.fsencode(text)[:point].decode("utf-8", "ignore"))
    for sign in signs:
        if quote:
            if sign == quote:
                quote = ""
            else:
                word += sign
        elif sign in "'\"":
            quote, started = sign, True
        elif sign == "\\":
            word, started = word + next(signs, ""), True
        elif sign in " \t\n":
            if started or word:
                words.append(word)
            word, started = "", False
        else:
            word += sign
    return [*words, word][1:] or [""]


def _broken_at(word: str) -> int:
    """bash takes `:` and `=` for the ends of words, and replaces only what stands behind the last of them."""
    return max(word.rfind(":"), word.rfind("=")) + 1
