"""Kinds by name. The tables hold names, not classes, so that a kind costs nothing until it is chosen.

The command line makes its choices and options from them: a row here is all that a new kind needs.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from dagjob.record import Record

if TYPE_CHECKING:
    from dagjob.display.options import DisplayOptions
    from dagjob.engine.ports import Sink

EXECUTORS: Mapping[str, str] = {
    "in_process": "dagjob.definitions.executors:in_process_executor",
    "multiprocess": "dagjob.definitions.executors:multiprocess_executor",
    "dask": "dagjob.definitions.executors:dask_executor",
}
"""The executors that `-e` takes, by name."""


TRACEBACKS = ("user", "full", "short", "none")
SHOWN_OUTPUT = ("failed", "all", "none")
LOG_LEVELS = ("debug", "info", "warning", "error", "critical")
ALIASES = ("auto", "always", "never")
"""What `--tb`, `--show-output`, `--log-level` and `dagster-alias` take."""


class SinkKind(Record):
    """A kind of sink: `makes` names a function, as `module:function`, that returns a `Sink`.

    It is called with the `DisplayOptions` and, where `value` says what its option takes (`FILE`), with that text. `many`:
    the option may be given several times. `completes` says what shells complete it with. `refused` names a function that is
    called with that text, the job as it was named and the error, where the run does not begin. `private`: that text may be
    a secret, so no crash file shows it.
    """

    makes: str
    help: str = ""
    value: str = ""
    many: bool = False
    completes: str = ""
    refused: str = ""
    private: bool = False


DISPLAYS: Mapping[str, SinkKind] = {
    "board": SinkKind("dagjob.display.board:make"),
    "plain": SinkKind("dagjob.display.plain:make"),
    "jsonl": SinkKind("dagjob.display.jsonl:make"),
    "json": SinkKind("dagjob.display.json_summary:make"),
    "id": SinkKind("dagjob.display.run_id:make"),
}
"""The sinks of which `--format` chooses one, by name."""

SINKS: Mapping[str, SinkKind] = {
    "events": SinkKind(
        "dagjob.display.events_file:make",
        "write the events into FILE too, as JSON lines",
        "FILE",
        completes="file",
    ),
    "junit-xml": SinkKind(
        "dagjob.display.junit:make",
        "write the run into FILE as a test suite too, for CI systems",
        "FILE",
        completes="file",
        refused="dagjob.display.junit:refused",
    ),
    "report": SinkKind(
        "dagjob.report.sink:make",
        "write the report of the run into FILE at its end: one HTML page",
        "FILE",
        completes="file",
        refused="dagjob.report.sink:refused",
    ),
    "trace": SinkKind(
        "dagjob.report.trace:make",
        "write when what ran into FILE at its end, for chrome://tracing and ui.perfetto.dev",
        "FILE",
        completes="file",
    ),
    "annotations": SinkKind(
        "dagjob.display.github:make",
        "show what failed as a CI system does: github, gitlab, buildkite (the default is where it runs), none",
        "SYSTEM",
    ),
    "print-output": SinkKind(
        "dagjob.launch.printed_outputs:make",
        "at the end print this value on stdout: JSON if it can be, else its repr",
        "OP[.OUT]",
        many=True,
        completes="op",
    ),
    "on-failure": SinkKind(
        "dagjob.launch.on_failure:make",
        "a shell command for a run that failed, with DAGJOB_RUN_ID and DAGJOB_STATUS",
        "CMD",
        refused="dagjob.launch.on_failure:refused",
        private=True,
    ),
    "bell": SinkKind("dagjob.display.bell:make", "ring the bell of the terminal when a run over 30 s has ended"),
    "sink": SinkKind(
        "dagjob.launch.user_sinks:make",
        "also give the events to a function or class of yours; VALUE is its argument",
        "MODULE:NAME[=VALUE]",
        many=True,
    ),
}
"""The sinks that have an option of their own, by its name. A run may have any number of them."""


PICTURES: Mapping[str, str] = {
    "ascii": "dagjob.pictures.text:text",
    "mermaid": "dagjob.pictures.mermaid:mermaid",
    "dot": "dagjob.pictures.dot:dot",
    "svg": "dagjob.pictures.svg:svg",
    "html": "dagjob.pictures.page:page",
    "json": "dagjob.pictures.as_json:as_json",
}
"""What makes a text of a `Drawing` and a `Look`, by the name of the format."""


class SinkRequest(Record):
    """A sink that is asked for. `arguments` are the values of its option."""

    kind: SinkKind
    arguments: tuple[str, ...] = ()

    def make(self, options: DisplayOptions) -> Sink:
        """Open the sink."""
        made: Sink = load(self.kind.makes)(options, *self.arguments)
        return made


STAND_IN = SinkRequest(SinkKind("dagjob.display.stand_in:make"))
"""What tells of failures when the display of a run has failed."""


def load(name: str) -> Any:
    """What `module:name` names."""
    module, _, attribute = name.partition(":")
    return getattr(
        __import__(module, fromlist=[attribute]), attribute
    )  # without the `importlib` that help does not need
