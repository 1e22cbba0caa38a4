"""`dagjob doctor`: what dagjob finds here, line by line: fine, a warning or a problem, and then what to do.

It is asked when things are broken, so each look stands alone: one that fails is a line as well. Nothing of the user's is
imported, nothing is changed.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator, Sequence

from dagjob.cli import registry, registry_help
from dagjob.cli.arguments import ParsedArguments
from dagjob.cli.findings import Finding, Surroundings
from dagjob.cli.help import wrap
from dagjob.cli.output import say_json
from dagjob.cli.values import chosen
from dagjob.display.output import write_block
from dagjob.display.sanitize import clean_line
from dagjob.display.style import Style
from dagjob.errors import DagjobError, ExitCode
from dagjob.launch.registries import load

LOOKS = (
    "dagjob.cli.doctor_here:program",
    "dagjob.cli.doctor_here:python",
    "dagjob.cli.doctor_here:bytecode",
    "dagjob.cli.doctor_state:project",
    "dagjob.cli.doctor_state:settings",
    "dagjob.cli.doctor_state:state",
    "dagjob.cli.doctor_state:history",
    "dagjob.cli.doctor_state:runs",
    "dagjob.cli.doctor_state:leftovers",
    "dagjob.cli.doctor_state:pools",
    "dagjob.cli.doctor_here:files",
    "dagjob.cli.doctor_here:processes",
    "dagjob.cli.doctor_here:cpus",
    "dagjob.cli.doctor_here:memory",
    "dagjob.cli.doctor_here:terminal",
    "dagjob.cli.doctor_here:dagster",
    "dagjob.cli.doctor_here:completion",
    "dagjob.cli.doctor_here:temporary",
    "dagjob.cli.doctor_state:clock_of_history",
)
"""What is looked at, in the order of the lines: functions that give findings of the surroundings."""


ERRORS = {"ok": "", "warning": "warning", "problem": "error"}
"""The colour of each word."""


def doctor(args: ParsedArguments) -> int:
    """Look at everything."""
    named = chosen(registry_help.FORMAT, args.text(registry_help.FORMAT)) or "human"
    here = Surroundings(os.environ, args.text(registry.HOME), args.text(registry.COLOR))
    found = [finding for name in LOOKS for finding in _looked(name, here)]
    bad = sum(each.status == "problem" for each in found)
    if named == "json":
        say_json({"ok": not bad, "checks": [each.to_json() for each in found]})
    else:
        style = here.style(sys.stdout)
        write_block(sys.stdout, "\n".join(_lines(found, style, here.width(sys.stdout))), style.color)
    return ExitCode.FAILED if bad else ExitCode.OK


def _looked(name: str, here: Surroundings) -> Sequence[Finding]:
    """What a look finds; what keeps it from looking is a problem of its own."""
    subject = name.rpartition(":")[2].partition("_")[0]
    try:
        look: Callable[[Surroundings], Iterator[Finding]] = load(name)
        return list(look(here))
    except DagjobError as error:
        return [Finding(subject, "problem", str(error), tuple(error.notes))]
    except Exception as error:
        return [Finding(subject, "problem", f"could not be looked at: {type(error).__name__}: {error}")]


def _lines(found: Sequence[Finding], style: Style, columns: int) -> Iterator[str]:
    wide = max(len(each.subject) for each in found)
    signs = {"ok": style.mark("success"), "problem": style.mark("failed")}
    blank = " " if style.utf8 else "  "
    for each in found:
        sign = signs.get(each.status) or style.paint(f"{'!':<{len(blank)}}", "warning")
        word = "" if each.status == "ok" else f"{each.status}: "
        room = max(20, columns - len(blank) - wide - 4)
        first, *more = wrap(clean_line(f"{word}{each.text}"), room) or [""]
        yield f"{sign} {each.subject:<{wide}}  {style.paint(word, ERRORS[each.status])}{first.removeprefix(word)}"
        more += [
            f"{'  ' if at else '= '}{line}"
            for hint in each.hints
            for at, line in enumerate(wrap(clean_line(hint), room - 2))
        ]
        yield from (f"{blank} {'':<{wide}}  {line}" for line in more)
    counts = [sum(each.status == status for each in found) for status in ("problem", "warning")]
    words = [
        f"{many} {word}{'s' if many != 1 else ''}" for many, word in zip(counts, ("problem", "warning"), strict=True)
    ]
    yield ""
    yield (
        "all is well" if not any(counts) else ", ".join(word for many, word in zip(counts, words, strict=True) if many)
    )
