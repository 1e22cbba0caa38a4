"""What GitHub Actions shows of a run: failures at their lines, the logs of failed ops folded, a summary on the page of the job.

Workflow commands go to stdout, as its documentation has it (docs.github.com: "Workflow commands for GitHub Actions"); what ops
printed is made harmless before, like all lines. The summary is appended to the file that GITHUB_STEP_SUMMARY names.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping

from dagjob import events as ev
from dagjob.display import traceback as tb
from dagjob.display.options import DisplayOptions
from dagjob.display.output import encodable, write_lines, write_text
from dagjob.display.sanitize import one_line
from dagjob.display.summary import counts, logs_command
from dagjob.display.tails import all_output
from dagjob.display.watched import WatchedRun
from dagjob.display.words import duration
from dagjob.engine.ports import Sink
from dagjob.errors import DagjobUsageError, did_you_mean
from dagjob.run_view import BAD, OpView

SHOWN = 9
"""Annotations of a kind: GitHub shows about ten for a step."""
MOST_DRAWN = 80
MOST_SUMMARY = 200 << 10
"""Bytes; GitHub takes 1 MiB for a step."""
SYSTEMS = ("github", "gitlab", "buildkite", "none")


def make(options: DisplayOptions, system: str) -> Sink:
    """Raises `DagjobUsageError` for a system that is not known."""
    system = "none" if system == "off" else system
    if system not in SYSTEMS:
        raise DagjobUsageError(
            f'--annotations takes one of {", ".join(SYSTEMS)}, not "{system}".{did_you_mean(system, SYSTEMS)}'
        )
    if system in ("gitlab", "buildkite"):
        from dagjob.display import sections

        return sections.Sections(options, sections.GITLAB if system == "gitlab" else sections.BUILDKITE)
    return GitHub(options, os.environ) if system == "github" else Nobody()


class Nobody(Sink):
    """Hears and says nothing."""

    def __call__(self, event: ev.Event) -> None:
        """Not interested."""


class GitHub(Sink):
    """Takes events in, and says everything when the run has ended."""

    answer = "what is for GitHub Actions"

    def __init__(self, options: DisplayOptions, environ: Mapping[str, str]) -> None:
        self._options = options
        self._workspace = environ.get("GITHUB_WORKSPACE", "") or options.root
        self._summary = environ.get("GITHUB_STEP_SUMMARY", "")
        self._view = WatchedRun(options.usual)

    def __call__(self, event: ev.Event) -> None:
        """Take in one event."""
        self._view(event)

    def close(self) -> None:
        """Print the commands, write the summary."""
        if self._view.run is None or self._view.ended is None:
            return
        write_text(self._options.stdout, "".join(f"{line}\n" for line in self._annotations()))
        for op in self._view.having(*BAD)[:SHOWN]:
            self._print_log(op)
        if self._summary:
            text = "\n".join(self._page())
            with open(self._summary, "a", encoding="utf-8") as file:
                file.write(encodable(text) + "\n")

    def _annotations(self) -> Iterator[str]:
        view = self._view
        failed = view.having(*BAD)
        for op in failed[:SHOWN]:
            if op.error is not None:
                yield _command("error", self._told(op.error), **self._place(op.error), title=f"op {op.key} failed")
        if len(failed) > SHOWN:
            yield _command("error", f"and {len(failed) - SHOWN:,} more ops failed", title=f"job {view.job}")
        ended = view.ended
        if ended is not None and ended.error is not None:
            yield _command("error", self._told(ended.error), title=f"job {view.job} failed")
        warned = [*self._warnings()]
        yield from warned[:SHOWN]
        if len(warned) > SHOWN:
            yield _command("warning", f"and {len(warned) - SHOWN:,} more warnings", title=f"job {view.job}")

    def _warnings(self) -> Iterator[str]:
        for op in self._view.having("success"):
            if op.flaky:
                last = op.tries[-1].error
                title = f"op {op.key} succeeded at attempt {op.attempt}"
                yield _command("warning", self._told(last), **self._place(last), title=title)
            times = self._view.slow(op)
            if times:
                yield _command("warning", f"{times:.1f}x its median", title=f"op {op.key} was slow")

    def _told(self, error: ev.ErrorInfo) -> str:
        return tb.headline(tb.own(error))

    def _place(self, error: ev.ErrorInfo) -> dict[str, str]:
        """The innermost line of the user's, as GitHub names files."""
        frames = [frame for frame in tb.own(error).frames if tb.is_users(frame, self._options)]
        if not frames:
            return {}
        return {"file": tb.from_here(frames[-1].file, self._workspace), "line": str(frames[-1].line)}

    def _print_log(self, op: OpView) -> None:
        if op.log is None:
            return
        lines = all_output(op.log, self._options.read_tail, logs_command(self._view, op, self._options))
        if lines:
            write_text(self._options.stdout, f"::group::log of {_data(op.key)} ({len(lines):,} lines)\n")
            write_lines(self._options.stdout, lines)
            write_text(self._options.stdout, "::endgroup::\n")

    # -- the page --------------------------------------------------------------------------------------------------

    def _page(self) -> Iterator[str]:
        """Markdown, in pieces that are left out one after the other where all of it would be too much."""
        view, left = self._view, MOST_SUMMARY
        head = [f"### {_cell(view.job)}: {_cell(view.status.upper())}", "", self._line(), ""]
        for piece in (head, self._picture(), self._table(), self._go_on()):
            size = sum(len(line.encode("utf-8", "replace")) + 1 for line in piece)
            if size <= left:
                left -= size
                yield from piece

    def _line(self) -> str:
        ended = self._view.ended
        seconds = ended.seconds if ended is not None else 0.0
        return f"{counts(self._view)} in {duration(seconds)}, run `{self._view.run_id}`"

    def _picture(self) -> list[str]:
        if not 1 < self._view.total <= MOST_DRAWN:
            return []
        from dagjob.pictures.drawing import Look, of_run
        from dagjob.pictures.mermaid import mermaid

        return ["```mermaid", mermaid(of_run(self._view), Look()), "```", ""]

    def _table(self) -> list[str]:
        """What failed, what was tried again, what was slow."""
        view = self._view
        again = [op for op in view.having("success") if op.flaky or view.slow(op)]
        rows = []
        for op in [*view.having(*BAD), *again]:
            error = op.error or (op.tries[-1].error if op.tries else None)
            why = self._told(error) if error is not None else f"{view.slow(op) or 1.0:.1f}x its median"
            took = duration(op.seconds) if op.seconds is not None else ""
            rows.append(f"| {_cell(op.label)} | {op.status} | {took} | {op.attempt} | {_cell(why)} |")
        if not rows:
            return []
        return ["| op | ended | took | attempts | why |", "|---|---|---|---|---|", *rows, ""]

    def _go_on(self) -> list[str]:
        return [f"To go on: `{self._options.go_on}`", ""] if self._options.go_on else []


def _command(name: str, message: str, **properties: str) -> str:
    """A workflow command on one line."""
    told = ",".join(f"{key}={_property(value)}" for key, value in properties.items())
    return f"::{name} {told}::{_data(message)}"


def _data(text: str) -> str:
    return one_line(text).replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")


def _cell(text: str) -> str:
    """Text in a table of Markdown: nothing in it is markup."""
    line = one_line(text).replace("&", "&amp;").replace("<", "&lt;").replace("\\", "\\\\")
    for letter in "|`*_[]#~":
        line = line.replace(letter, f"\\{letter}")
    return line
