"""Writing the answer of a query: to stdout, text in one piece or JSON for programs, or into a file."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence

from dagjob.display.output import encodable, write_block, write_json, write_lines, write_names, write_text
from dagjob.display.sanitize import bytewise, harmless
from dagjob.errors import DagjobUsageError
from dagjob.event_json import dumps

MOST_INDENTED = 100
"""Values of a list that are indented, at six times the price."""


def say(lines: Iterable[str], color: bool = False) -> None:
    """Lines on stdout. `color`: they may be in our colours."""
    write_lines(sys.stdout, lines, color)


def say_commands(lines: Iterable[str]) -> None:
    """Lines that a program obeys, each made for it."""
    write_text(sys.stdout, "".join(f"{harmless(line)}\n" for line in lines))


def say_names(lines: Iterable[str]) -> None:
    """Lines on stdout that a script will use again: the name of a file byte by byte, also one that is no UTF-8."""
    write_names(sys.stdout, "".join(f"{bytewise(line)}\n" for line in lines))


def say_json(value: object) -> None:
    """One JSON object on stdout, indented, since people look at it too."""
    write_json(sys.stdout, dumps(value, strict=True, indent=2))


def say_json_list(name: str, values: Sequence[object]) -> None:
    """The same for an object that holds one list: a long one, which nobody looks at, has a line for each value."""
    if len(values) <= MOST_INDENTED:
        say_json({name: values})
        return
    lines = ",\n".join([dumps(value, strict=True) for value in values])
    write_json(sys.stdout, f'{{"{name}": [\n{lines}\n]}}')


def tell(lines: Iterable[str], color: bool = False) -> None:
    """Lines for people, on stderr. Where a full disk does not take them, nobody can be told, and nothing else is to suffer."""
    try:
        write_lines(sys.stderr, lines, color)
    except BrokenPipeError:
        raise
    except OSError:
        pass


def warn(text: str) -> None:
    """One line on stderr."""
    tell([text])


def put(lines: list[str], output: str | None, overwrite: bool) -> None:
    """Lines on stdout, or into a new file. An existing file is overwritten only with `overwrite`."""
    if output is None or output == "-":
        write_block(sys.stdout, "\n".join(lines))
        return
    try:
        with open(output, "w" if overwrite else "x", encoding="utf-8") as file:
            file.writelines(encodable(f"{line}\n") for line in lines)
    except FileExistsError:
        raise DagjobUsageError(f'"{output}" already exists; overwrite it with --yes') from None
    except OSError as error:
        raise DagjobUsageError(f'cannot write "{output}": {error.strerror or error}') from None
