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
from typing import TYPE_CHECKING, NamedTuple

from dagjob.cli import registry
from dagjob.cli.arguments import CommandLine, read_line, split_flag
from dagjob.cli.entries import Argument, Option

if TYPE_CHECKING:
    from dagjob.cli.index import Entry
    from dagjob.launch.settings import Settings
    from dagjob.storage.paths import StateDir

FILE, FOLDER = (":file", ""), (":folder", "")
MOST_RUNS = 30

_LISTING = "63"
"""The COMP_TYPE with which bash only lists what there is."""

Answer = tuple[str, str]


class Typed(NamedTuple):
    """The words behind `dagjob` up to the cursor, without their quotes. The last one is being typed, and may be empty."""

    words: Sequence[str]
    quote: str = ""
    """The one that is still open."""
    cut: int = 0
    """Signs of the last word that bash takes for another word, and so leaves alone."""


def complete(args: Sequence[str]) -> int:
    """Print the answers for one shell: `bash LINE WORDBREAKS TYPE`, `zsh WORD ...`, `fish WORD ... TOKEN`. Always exit 0.

    LINE ends at the cursor, TYPE is COMP_TYPE; TOKEN is the last word as it stands on the line, with its quotes.
    """
    with suppress(Exception):
        shell, *rest = args
        typed = _split(*rest[:2]) if shell == "bash" else Typed(tuple(rest) or ("",))
        if shell == "fish":
            typed = Typed((*typed.words[:-1], _unquoted(typed.words[-1])))
        answers = [(word, text) for word, text in answers_for(typed.words) if word.isprintable()]
        if shell == "bash" and rest[2:] == [_LISTING]:
            lines = [_listed(*answer) for answer in answers]
        elif shell == "bash":
            lines = [
                _quoted(word[typed.cut :], typed.quote) if not word.startswith(":") else word for word, _ in answers
            ]
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
        yield from _fitting(_values(line.pending, line, begun), begun)
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
        for word, text in _fitting(_values(option, line, value), value):
            yield (f"{flag}={word}", text) if not word.startswith(":") else (word, text)


def _fitting(answers: Iterable[Answer], begun: str) -> Iterator[Answer]:
    seen = set()
    for word, text in answers:
        if word not in seen and (word.startswith(begun) or word in (":file", ":folder")):
            seen.add(word)
            yield word, text


# -- values --------------------------------------------------------------------------------------------------------


def _values(option: Option, line: CommandLine, begun: str) -> Iterator[Answer]:
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
        yield from ((name, "") for name in _settings().profiles)
    elif option.completes == "run":
        yield from _runs(line, begun)
    elif option.completes == "tag":
        yield from _tags(line)
    elif option.completes == "pool":
        yield from ((f"{name}=", f"{slots} slots") for name, slots in _settings().pools.items())
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


def _settings() -> Settings:
    from dagjob.launch.settings import Settings, find_project

    project = find_project(os.getcwd())
    return project.settings if project is not None else Settings()


def _state(line: CommandLine) -> StateDir:
    from dagjob.launch.settings import find_project
    from dagjob.storage.paths import find_state_dir

    project = find_project(os.getcwd())
    root, home = (project.root, project.settings.home) if project else (None, None)
    return find_state_dir(line.so_far.text(registry.HOME), os.environ, root, home)


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
        yield word, entry.description or (f"{len(entry.ops)} ops" if len(entry.ops) != 1 else "1 op")
    if not found:
        yield FILE


def _meant(line: CommandLine) -> Iterator[Entry]:
    """The job that the line names, by itself or by its file; all where it names none."""
    target = line.typed[0] if line.typed else None
    if target is not None and (os.sep in target or ".py" in target):
        target = _from_root(target)
    for entry in _entries(line):
        if target in (None, entry.name, entry.target, entry.target.rpartition(":")[0]):
            yield entry


def _from_root(target: str) -> str:
    """A file, perhaps with a job, as the index has it: from the root of the project."""
    from dagjob.launch.settings import find_project

    project = find_project(os.getcwd())
    return os.path.relpath(os.path.expanduser(target), project.root) if project is not None else target


def _config_paths(line: CommandLine) -> Iterator[Answer]:
    for entry in _meant(line):
        yield from ((f"{path}=", "") for path in entry.config)


def _tags(line: CommandLine) -> Iterator[Answer]:
    """Tags that the job has, and that runs were given lately; those of the system are nobody's to type."""
    from dagjob.storage.history import History

    for entry in _meant(line):
        yield from ((f"{key}={value}", entry.name) for key, value in entry.tags.items())
    history = History.open(_state(line))
    if history is not None:
        with history:
            for run in history.runs(limit=MOST_RUNS):
                yield from ((f"{key}={value}", run.id[:8]) for key, value in run.tags.items() if "/" not in key)


def _partitions(line: CommandLine) -> Iterator[str]:
    for entry in _meant(line):
        if entry.partitions:
            yield from ("latest", *entry.partitions)


def _ops_of_job(line: CommandLine) -> Iterator[str]:
    for entry in _meant(line):
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


# -- how shells write words ----------------------------------------------------------------------------------------


def _split(line: str, breaks: str = "\"'><=;|&(:") -> Typed:
    """A line as bash divides it into words. `breaks` is its COMP_WORDBREAKS: where it begins to replace a word, unless quoted."""
    words: list[str] = []
    word, quote, started, cut = "", "", False, 0
    signs = iter(line)
    for sign in signs:
        if quote == '"' and sign == "\\":
            after = next(signs, "")
            word += after if after in '"$`\\' else f"\\{after}"
        elif quote and sign == quote:
            quote = ""
        elif quote:
            word += sign
        elif sign in "'\"":
            quote, started = sign, True
        elif sign == "\\":
            word, started = word + next(signs, ""), True
        elif sign in " \t\n":
            if started or word:
                words.append(word)
            word, started, cut = "", False, 0
        else:
            word += sign
            if sign in breaks:
                cut = len(word)
    return Typed([*words, word][1:] or [""], quote, cut)


def _listed(word: str, text: str) -> str:
    """A word as a person reads it in the list of bash, which inserts nothing then."""
    return f"{word}  ({_printable(text)})" if text else word


def _quoted(word: str, quote: str) -> str:
    """A word as bash has to find it on its line, behind an open quote perhaps; nothing if it cannot stand there."""
    if quote == "'":
        return word if "'" not in word else ""
    if quote:
        return "".join(f"\\{sign}" if sign in '"$`\\' else sign for sign in word) if "!" not in word else ""
    return "".join(sign if sign.isalnum() or sign in "_@%+=:,./-" else f"\\{sign}" for sign in word)


def _unquoted(token: str) -> str:
    """What a token of fish means, whose last quote may be open."""
    word, quote = "", ""
    signs = iter(token)
    for sign in signs:
        if sign == "\\":
            after = next(signs, "")
            word += after if not quote or after in (quote, "\\", "$" if quote == '"' else "") else f"\\{after}"
        elif sign == quote:
            quote = ""
        elif sign in "'\"" and not quote:
            quote = sign
        else:
            word += sign
    return word


def _printable(text: str) -> str:
    """A description on one line."""
    return "".join(sign if sign.isprintable() else " " for sign in text)
