"""`dagjob runs diff A B`: what is not the same in two runs. What is the same is only named."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from typing import Any

from dagjob.builtin.ownership import open_file, open_regular
from dagjob.cli import registry, registry_runs
from dagjob.cli.arguments import ParsedArguments
from dagjob.cli.output import say, say_json
from dagjob.cli.run_compare import (
    MISSING,
    Change,
    CodeChange,
    OpTimes,
    Surroundings,
    changed_files,
    changes,
    code_changes,
    durations,
    package_changes,
    plan_changes,
    read_surroundings,
)
from dagjob.cli.runs import history_of
from dagjob.cli.session import open_session
from dagjob.cli.values import chosen
from dagjob.display.sanitize import clean_line, one_line
from dagjob.display.style import Style
from dagjob.display.words import count, cut, duration, moment, pad, widest
from dagjob.errors import DagjobUsageError, ExitCode
from dagjob.event_json import dumps
from dagjob.record import Record
from dagjob.run_view import RunView
from dagjob.storage.paths import StateDir
from dagjob.storage.records import RunRow

MOST_SLOWER = 10
WORTH_TELLING = 0.1
"""Seconds by which a duration must differ, and the share of it."""
FACTS = (
    *("job", "target", "status", "partition", "tags", "selection", "excluded"),
    *("executor", "start_method", "slots", "host", "version"),
)


class Differences(Record):
    """All that differs. `code`, `files`, `packages` and `env` are None where a run has not recorded them."""

    facts: list[Change]
    config: list[Change]
    code: list[CodeChange] | None
    files: list[str] | None
    packages: list[Change] | None
    env: list[Change] | None
    plan: list[Change]
    durations: list[OpTimes]

    def to_json(self) -> dict[str, Any]:
        """For `--format json`."""
        code = None
        if self.code is not None:
            code = {
                "ops": [{"op": each.op, "change": each.kind, "a": each.a, "b": each.b} for each in self.code],
                "files": self.files,
            }
        return {
            "facts": _json(self.facts),
            "config": _json(self.config),
            "code": code,
            "packages": _json(self.packages),
            "env": _json(self.env),
            "plan": _json(self.plan),
            "durations": [
                {"op": each.op, "a": each.a, "b": each.b, "a_status": each.a_status, "b_status": each.b_status}
                for each in self.durations
            ],
        }


def diff(args: ParsedArguments) -> int:
    """Compare two runs."""
    session = open_session(args)
    named = chosen(registry.FORMAT_SHOW, args.text(registry.FORMAT_SHOW)) or "human"
    first, second = args.text(registry_runs.RUN_A), args.text(registry_runs.RUN_B)
    if first is None or second is None:
        raise DagjobUsageError(
            "two runs are needed: write  dagjob runs diff A B, such as  runs diff latest:success latest:failed"
        )
    with history_of(session) as history:
        a, b = history.find(first), history.find(second)
        views = history.view(a.id), history.view(b.id)
    found = differences(a, b, *views, *(_surroundings(session.state, run) for run in (a, b)))
    if named == "json":
        say_json({"a": a.to_json(), "b": b.to_json(), **found.to_json()})
        return ExitCode.OK
    style = session.style(sys.stdout)
    width = max(60, session.display(sys.stdout).width())
    from dagjob import clock

    say([*_head(a, b, clock.time(), style), *_page(found, style, width)], style.color)
    return ExitCode.OK


def differences(
    a: RunRow, b: RunRow, view_a: RunView, view_b: RunView, with_a: Surroundings | None, with_b: Surroundings | None
) -> Differences:
    """All that differs between two runs."""
    facts = changes(*({name: getattr(run, name) for name in FACTS} for run in (a, b)))
    plan, times = plan_changes(view_a, view_b), durations(view_a, view_b)
    if with_a is None or with_b is None:
        return Differences(facts, changes(a.resolved, b.resolved), None, None, None, None, plan, times)
    env = [dict.fromkeys(names, "") for names in (with_a.env, with_b.env)]
    return Differences(
        [*facts, *changes({"python": with_a.python}, {"python": with_b.python})],
        changes(a.resolved, b.resolved),
        code_changes(with_a, with_b),
        changed_files(with_a, with_b),
        package_changes(with_a.packages, with_b.packages),
        changes(*env),
        plan,
        times,
    )


def _surroundings(state: StateDir, run: RunRow) -> Surroundings | None:
    try:
        with open_file(state.surroundings(run.id), "rb", opener=open_regular) as file:
            return read_surroundings(json.loads(file.read()))
    except (OSError, ValueError):
        return None


def _json(found: Sequence[Change] | None) -> list[dict[str, Any]] | None:
    return None if found is None else [each.to_json() for each in found]


# -- for people ----------------------------------------------------------------------------------------------------


def _head(a: RunRow, b: RunRow, now: float, style: Style) -> list[str]:
    lines = []
    for letter, run in (("a", a), ("b", b)):
        took = f"  {duration(run.seconds)}" if run.seconds is not None else ""
        status = style.paint(run.status, run.status)
        name = style.paint(clean_line(run.job), "strong")
        lines.append(
            f" {letter}  {run.id[:8]}  {name}  {style.mark(run.status)} {status}  {moment(run.started, now)}{took}"
        )
    return [*lines, ""]


def _page(found: Differences, style: Style, width: int) -> list[str]:
    lines: list[str] = []
    same = []
    unknown = found.code is None or found.packages is None or found.env is None
    sections: list[tuple[str, list[str]]] = [
        ("run", _changes(found.facts, style, width)),
        ("config", _changes(found.config, style, width)),
        ("code of ops", _code(found.code or [], found.files or [], style)),
        ("packages", _changes(found.packages or [], style, width)),
        ("environment variables, by name", _names(found.env or [], style)),
        ("plan", _plan(found.plan, style, width)),
        ("durations", _durations(found.durations, style)),
    ]
    for title, told in sections:
        if told:
            lines += [f" {style.paint(title, 'strong')}", *told, ""]
        elif not (unknown and title.startswith(("code", "packages", "environment"))):
            same.append(title.partition(",")[0])
    if unknown:
        lines.append(" code, packages and environment: not recorded for both runs")
    return [*lines, f" the same: {', '.join(same)}"] if same else lines


def _changes(found: Sequence[Change], style: Style, width: int) -> list[str]:
    room = widest((each.path for each in found), 8, width // 3)
    lines = []
    for each in found:
        a, b = (_value(value) for value in (each.a, each.b))
        head = f"   {pad(cut(clean_line(each.path), room, style.glyph('more')), room)}  "
        if len(head) + len(a) + len(b) + 4 <= width:
            lines.append(f"{head}{style.paint(a, 'failed')} -> {style.paint(b, 'success')}")
        else:
            indent = " " * 5
            more = style.glyph("more")
            lines += [
                head.rstrip(),
                *(
                    style.paint(f"{indent}{sign} {cut(text, 4 * width, more)}", color)
                    for sign, text, color in (("-", a, "failed"), ("+", b, "success"))
                ),
            ]
    return lines


def _value(value: object) -> str:
    if value is MISSING:
        return "(none)"
    return one_line(value) if isinstance(value, str) and value else clean_line(dumps(value))


def _names(found: Sequence[Change], style: Style) -> list[str]:
    signs = (("-", "failed") if each.b is MISSING else ("+", "success") for each in found)
    return [
        style.paint(f"   {sign} {clean_line(each.path)}", color)
        for each, (sign, color) in zip(found, signs, strict=True)
    ]


def _plan(found: Sequence[Change], style: Style, width: int) -> list[str]:
    lines = []
    for each in found:
        if each.a is MISSING or each.b is MISSING:
            lines += _names([each], style)
        else:
            lines += _changes([Change(f"{each.path} needs", each.a, each.b)], style, width)
    return lines


def _code(found: Sequence[CodeChange], files: Sequence[str], style: Style) -> list[str]:
    lines = []
    for each in found:
        lines.append(f"   {clean_line(each.op)}  {each.kind}")
        if each.kind == "changed":
            for line in each.diff():
                color = {"+": "success", "-": "failed", "@": "dim"}.get(line[:1], "")
                lines.append(style.paint(f"     {clean_line(line)}", color))
    if files and not found:
        lines.append(f"   the same, but elsewhere in: {', '.join(map(clean_line, files))}")
    return lines


def _durations(found: Sequence[OpTimes], style: Style) -> list[str]:
    told = [each for each in found if abs(each.more) >= WORTH_TELLING * max(1.0, each.a or 0.0, each.b or 0.0)]
    told.sort(key=lambda each: -abs(each.more))
    room = widest((each.op for each in told[:MOST_SLOWER]), 8, 40)
    lines = []
    for each in told[:MOST_SLOWER]:
        name = pad(cut(clean_line(each.op), room, style.glyph("more")), room)
        more = f"{'+' if each.more > 0 else '-'}{duration(abs(each.more))}"
        lines.append(f"   {name}  {duration(each.a or 0):>7} -> {duration(each.b or 0):>7}  {more}")
    ended = [each for each in found if each.a_status != each.b_status and None not in (each.a_status, each.b_status)]
    lines += [f"   {clean_line(each.op)}: {each.a_status} -> {each.b_status}" for each in ended[:MOST_SLOWER]]
    left = len(told) - MOST_SLOWER
    return [*lines, *([f"   and {count(left, 'op')} more"] if left > 0 else [])]
