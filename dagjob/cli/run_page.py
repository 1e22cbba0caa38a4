"""One run of the history for people: header, a row for each op, what failed, what to look at next. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from dagjob.display.options import DisplayOptions
from dagjob.display.sanitize import clean_line, one_line
from dagjob.display.style import Style
from dagjob.display.words import count, cut, duration, middle_cut, pad, widest
from dagjob.storage.records import RunRow, StepRow


def run_page(run: RunRow, steps: Sequence[StepRow], style: Style, looks: DisplayOptions) -> list[str]:
    """The page of one run."""
    width = max(60, looks.width())
    lines = [_head(run, style), *_facts(run), ""]
    names = widest((step.key for step in steps), 12, max(17, width // 3))
    lines += [_row(step, names, style, width) for step in steps]
    failed = [step for step in steps if step.status in ("failed", "timeout")]
    for step in failed:
        lines += ["", *_failure(step, style)]
    if run.error and not failed:
        lines += ["", *_error_lines(run.error)]
    lines += ["", " " + _totals(steps)]
    if failed:
        lines += ["", f" the log:   dagjob runs logs {run.id[:8]} {failed[0].key}"]
    return lines


def _head(run: RunRow, style: Style) -> str:
    from time import localtime, strftime

    took = (
        f"  {'in' if run.status == 'success' else 'after'} {duration(run.seconds)}" if run.seconds is not None else ""
    )
    status = style.paint(run.status.upper(), run.status)
    started = strftime("%Y-%m-%d %H:%M:%S", localtime(run.started))
    return f" {style.paint(run.job, 'strong')}  {run.id[:8]}  {status}{took}  {started}"


def _facts(run: RunRow) -> list[str]:
    facts = [("run", run.id), ("target", run.target)]
    if run.executor:
        how = f", {run.start_method}" if run.start_method else ""
        facts.append(("executor", f"{run.executor}{how}, {count(run.slots or 1, 'worker')}"))
    if run.partition:
        facts.append(("partition", run.partition))
    if run.tags:
        facts.append(("tags", ", ".join(f"{key}={value}" for key, value in run.tags.items())))
    if run.parent:
        facts.append(("resumes", run.parent))
    return [f" {name:<9} {clean_line(text)}" for name, text in facts if text]


def _row(step: StepRow, names: int, style: Style, width: int) -> str:
    took = duration(step.seconds) if step.seconds is not None and step.status not in ("not_run", "waiting") else ""
    left = f" {style.mark(step.status)} {pad(middle_cut(step.key, names, style.glyph('more')), names)} {took:>8}  "
    return (left + cut(_note(step), max(20, width - names - 14), style.glyph("more"))).rstrip()


def _note(step: StepRow) -> str:
    if step.status in ("failed", "timeout") and step.error:
        return _headline(step.error)
    if step.status == "success":
        tries = [f"attempt {step.attempts}"] if step.attempts > 1 else []
        sizes = [f"{output.output} {_size(output.bytes)}" for output in step.outputs if output.bytes is not None]
        return "  ".join([*tries, *sizes])
    return step.status.replace("_", " ")


def _size(size: int) -> str:
    for unit, each in (("GB", 10**9), ("MB", 10**6), ("kB", 1000)):
        if size >= each:
            return f"{size / each:.1f} {unit}"
    return f"{size} B"


def _own(error: Mapping[str, Any]) -> Mapping[str, Any]:
    """The user's exception, without the error of ours that says that an op raised it."""
    while error.get("type") == "DagjobExecutionStepExecutionError" and error.get("cause"):
        error = error["cause"]
    return error


def _headline(error: Mapping[str, Any]) -> str:
    error = _own(error)
    message = one_line(str(error.get("message") or ""))
    return f"{error.get('type')}: {message}" if message else str(error.get("type"))


def _failure(step: StepRow, style: Style) -> list[str]:
    tries = f" after {count(step.attempts, 'attempt')}" if step.attempts > 1 else ""
    title = f"{style.mark(step.status)} {step.key} {step.status}{tries}"
    return [f" {title}", *_error_lines(step.error or {})]


def _error_lines(error: Mapping[str, Any]) -> list[str]:
    error = _own(error)
    lines = [f"   {clean_line(line)}" for line in f"{error.get('type')}: {error.get('message')}".split("\n")]
    for frame in error.get("frames") or ():
        lines.append(f"   {frame.get('file')}:{frame.get('line')} in {frame.get('function') or frame.get('name')}")
        text = str(frame.get("text") or "").strip()
        if text:
            lines.append(f"      {clean_line(text)}")
    return lines


def _totals(steps: Sequence[StepRow]) -> str:
    counts: dict[str, int] = {}
    for step in steps:
        counts[step.status] = counts.get(step.status, 0) + 1
    told = ", ".join(f"{number} {status.replace('_', ' ')}" for status, number in counts.items())
    return f"{count(len(steps), 'op')}: {told}" if steps else "no ops"
