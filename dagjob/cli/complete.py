"""`dagjob __complete`: what may stand next on a command line. Answers from the registry, the index and the history.

Called by the completion scripts at each press of a key, so nothing heavy is loaded, no user code ever, and no error is
shown. An answer is a line, `word<TAB>description`; the lines `:file` and `:folder` ask the
shell for its own completion of paths.

Index and history may be anybody's: a word that has signs which no terminal shows is not offered. zsh and fish quote a word
where they insert it; for bash it is done here.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING

from dagjob.cli import registry
from dagjob.cli.arguments import CommandLine, read_line, split_flag
from dagjob.cli.entries import Argument, Option

if TYPE_CHECKING:
    from dagjob.cli.index import Entry
    from dagjob.storage.paths import StateDir

FILE, FOLDER = (":file", ""), (":folder", "")
MOST_RUNS = 30

Answer = tuple[str, str]


def complete(args: Sequence[str]) -> int:
    """Print the answers for one shell: `bash LINE POINT`, `zsh WORD ...`, `fish WORD ...`. Always exit 0."""
    with suppress(Exception):
        shell, *rest = args
        words, quote = _split(rest[0], int(rest[1])) if shell == "bash" else (list(rest) or [""], "")
        answers = [(word, text) for word, text in answers_for(words) if word.isprintable()]
        if shell == "bash":
            cut = _broken_at(words[-1])
            lines = [_quoted(word[cut:], quote) if not word.startswith(":") else word for word, _ in answers]
        else:
            lines = [f"{word}\t{_printable(text)}" if text else word for word, text in answers]
        sys.stdout.write("".join(f"{line}\n" for line in lines if line))
        sys.stdout.flush()
    return 0


def answers_for(words: Sequence[str]) -> Iterator[Answer]:
    """The answers for the words behind `dagjob`; the last one is being typed, and may be empty."""
    *before, begun = words or [""]
    line = read_line(before)
    folder = line.so_far.text(registry.DIRECTORY)
    if folder is not None:
        with suppress(OSError):
            os.chdir(os.path.expanduser(folder))
    if line.pending is not None:
        yield from _fitting(_values(line.pending, line), begun)
    elif begun.startswith("-") and not line.options_ended:
        yield from _options(line, begun)
    elif line.command.commands:
        if not line.typed:  # else it is a command that there is not
            yield from _fitting(((each.name, each.summary) for each in line.command.offered), begun)
    else:
        argument = line.command.argument(len(line.typed))
        if argument is not None:
            yield from _fitting(_arguments(argument, line, begun), begun)


def _options(line: CommandLine, begun: str) -> Iterator[Answer]:
    """The flags, or behind `--flag=` the values."""
    command = line.command.meant
    flag, equals, value = split_flag(begun)
    option = command.option(flag) if equals else None
    if not equals:
        yield from _fitting(((flag, each.help) for each in command.options for flag in each.flags), begun)
    elif option is not None and option.value and flag.startswith("--"):
        for word, text in _fitting(_values(option, line), value):
            yield (f"{flag}={word}", text) if not word.startswith(":") else (word, text)


def _fitting(answers: Iterable[Answer], begun: str) -> Iterator[Answer]:
    seen = set()
    for word, text in answers:
        if word not in seen and (word.startswith(begun) or word in (":file", ":folder")):
            seen.add(word)
            yield word, text


# -- values --------------------------------------------------------------------------------------------------------


def _values(option: Option, line: CommandLine) -> Iterator[Answer]:
    if option.choices:
        yield from ((choice, "") for choice in option.choices)
    elif option.completes == "file":
        yield FILE
    elif option.completes == "folder":
        yield FOLDER
    elif option.completes == "path":
        yield from _config_paths(line)
    elif option.completes == "op":
        yield from ((name, "") for name in _ops_of_job(line))
    elif option.completes == "partition":
        yield from ((key, "") for key in _partitions(line))
    elif option.completes == "job":
        yield from ((entry.name, "") for entry in _entries(line))
    elif option.completes == "profile":
        yield from ((name, "") for name in _profiles())
    elif option.completes == "run status":
        from dagjob.storage.run_refs import STATUSES

        yield from ((f"status:{status}", "") for status in STATUSES)


def _arguments(argument: Argument, line: CommandLine, begun: str) -> Iterator[Answer]:
    if argument.choices:
        yield from ((choice, "") for choice in argument.choices)
    elif argument.completes == "job":
        yield from _jobs(line, begun)
    elif argument.completes == "run":
        yield from _runs(line, begun)
    elif argument.completes == "op":
        yield from _ops_of_run(line)
    elif argument.completes == "code":
        from dagjob.cli.explain import CODES

        yield from ((code, each.title) for code, each in CODES.items())
    elif argument.completes == "file":
        yield FILE
    elif argument.completes == "folder":
        yield FOLDER


def _state(line: CommandLine) -> StateDir:
    from dagjob.launch.settings import find_project
    from dagjob.storage.paths import find_state_dir

    project = find_project(os.getcwd())
    root, home = (project.root, project.settings.home) if project else (None, None)
    return find_state_dir(line.so_far.text(registry.HOME), os.environ, root, home)


def _profiles() -> Iterator[str]:
    from dagjob.launch.settings import find_project

    project = find_project(os.getcwd())
    if project is not None:
        yield from project.settings.profiles


def _entries(line: CommandLine) -> Sequence[Entry]:
    from dagjob.cli.index import read_index

    index = read_index(_state(line))
    return index.jobs if index is not None else ()


def _jobs(line: CommandLine, begun: str) -> Iterator[Answer]:
    """Jobs by name; by their target once a colon or a folder is typed, or where a name is not enough. And files."""
    entries = _entries(line)
    names = [entry.name for entry in entries]
    found = False
    for entry in entries:
        short = names.count(entry.name) == 1 and not any(sign in begun for sign in ":/")
        word = entry.name if short else entry.target
        found = found or word.startswith(begun)
        yield word, entry.description or f"{len(entry.ops)} ops"
    if not found:
        yield FILE


def _config_paths(line: CommandLine) -> Iterator[Answer]:
    target = line.typed[0] if line.typed else None
    for entry in _entries(line):
        if target in (None, entry.name, entry.target):
            yield from ((f"{path}=", "") for path in entry.config)


def _partitions(line: CommandLine) -> Iterator[str]:
    target = line.typed[0] if line.typed else None
    for entry in _entries(line):
        if entry.partitions and target in (None, entry.name, entry.target):
            yield from ("latest", *entry.partitions)


def _ops_of_job(line: CommandLine) -> Iterator[str]:
    target = line.typed[0] if line.typed else None
    for entry in _entries(line):
        if target in (None, entry.name, entry.target):
            yield from (key.removesuffix("[?]") for key in entry.ops)


def _runs(line: CommandLine, begun: str) -> Iterator[Answer]:
    from time import time

    from dagjob.display.words import ago
    from dagjob.storage.history import History

    history = History.open(_state(line))
    if history is None:
        return
    with history:
        now = time()
        yield "latest", ""
        if begun.startswith("latest:"):
            from dagjob.storage.run_refs import STATUSES

            yield from ((f"latest:{word}", "") for word in (*STATUSES, *history.jobs()))
            return
        for run in history.runs(limit=MOST_RUNS):
            short = max(8, len(begun))
            yield run.id[:short], f"{run.job} {run.status} {ago(now - run.started)}"


def _ops_of_run(line: CommandLine) -> Iterator[Answer]:
    from dagjob.errors import DagjobRunNotFoundError
    from dagjob.storage.history import History

    history = History.open(_state(line))
    if history is None or not line.typed:
        return
    with history:
        try:
            run = history.find(line.typed[0])
        except DagjobRunNotFoundError:  # nobody is told of mistakes while they type
            return
        yield from history.statuses(run.id).items()


# -- bash ----------------------------------------------------------------------------------------------------------


def _split(text: str, point: int) -> tuple[list[str], str]:
    """The words behind the first one, up to the cursor, the way a shell divides them; and the quote that is still open."""
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
    return [*words, word][1:] or [""], quote


def _quoted(word: str, quote: str) -> str:
    """A word as bash has to find it on its line, behind an open quote perhaps; nothing if it cannot stand there."""
    if quote:
        return word if not set(word) & set("'" if quote == "'" else '"$`\\!') else ""
    return "".join(sign if sign.isalnum() or sign in "_@%+=:,./-" else f"\\{sign}" for sign in word)


def _printable(text: str) -> str:
    """A description on one line."""
    return "".join(sign if sign.isprintable() else " " for sign in text)


def _broken_at(word: str) -> int:
    """bash takes `:` and `=` for the ends of words, and replaces only what stands behind the last of them."""
    return max(word.rfind(":"), word.rfind("=")) + 1
