"""The page as one text: the template, its style and its script in one file that loads nothing.

Every text goes through one gate: it is escaped by Jinja2, and what steers a terminal, turns the direction of writing or is no
character is replaced. The policy of the page lets its own script run and no other, should a text get past the gate.
"""

from __future__ import annotations

import os
from base64 import b64encode
from hashlib import sha256
from time import localtime, strftime

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from dagjob.display.sanitize import LONGEST_LINE, clean_line
from dagjob.display.words import shell_word, size
from dagjob.event_json import iso
from dagjob.pictures.svg import STYLE
from dagjob.report.contents import Contents, Source, contents, exact, glyph
from dagjob.report.gantt import grid
from dagjob.report.logs import LONGEST, Shown

_FOLDER = os.path.join(os.path.dirname(os.path.abspath(__file__)), "page")


def report(source: Source) -> str:
    """The page of a run."""
    return page(contents(source))


def page(shown: Contents) -> str:
    """The whole file."""
    environment = Environment(
        loader=FileSystemLoader(_FOLDER),
        autoescape=True,
        finalize=_harmless,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {
        "seconds": exact,
        "size": size,
        "shell": shell_word,
        "when": _when,
        "iso": iso,
        "glyph": glyph,
        "log_line": _log_line,
        "sortable": lambda value: f"{value:.12g}",
        "units": lambda value: f"{value:.2f}".rstrip("0").rstrip("."),
    }
    style, script = _read("page.css"), _read("page.js")
    return environment.get_template("page.html").render(
        page=shown,
        style=Markup(style),
        script=Markup(script),
        grid=grid(shown.gantt.ticks),
        styles=" ".join(map(_hash, (style, STYLE))),
        scripts=_hash(script),
    )


def _read(name: str) -> str:
    with open(os.path.join(_FOLDER, name), encoding="utf-8") as file:
        return file.read()


def _hash(text: str) -> Markup:
    """What allows just this text in a Content-Security-Policy."""
    return Markup(f"'sha256-{b64encode(sha256(text.encode()).digest()).decode()}'")


def _harmless(value: object) -> object:
    """The gate: what has been made for the page passes, all else without what no reader should meet."""
    if not isinstance(value, str) or isinstance(value, Markup) or value.isprintable():
        return value
    return "\n".join(clean_line(line, LONGEST) for line in value.split("\n"))


def _when(at: float) -> str:
    return strftime("%Y-%m-%d %H:%M:%S %z", localtime(at))


def _log_line(line: Shown) -> Markup:
    """A line of a log: its time and level stand before it where it was logged."""
    text = Markup.escape(clean_line(line.text, LONGEST))
    if line.level == "attempt":
        return Markup('<b class="attempt">{}</b>').format(text)
    if not line.level:
        return text
    level = clean_line(line.level, LONGEST_LINE).lower()
    name = level if level in ("debug", "info", "warning", "error", "critical") else "info"
    stamp = strftime("%H:%M:%S", localtime(line.at)) if line.at is not None else " " * 8
    return Markup('<span class="{}"><i>{} {:<8}</i> {}</span>').format(
        name, stamp, level.upper() if line.at is not None else "", text
    )
