"""What `run -n` shows: for each op of the job what would happen, why, where its inputs come from, and what it costs.

Nothing is run.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from dagjob.definitions.walk import op_at
from dagjob.display.cost import cost_json, cost_lines, usual_text
from dagjob.display.sanitize import clean_line
from dagjob.display.words import count, listing, width
from dagjob.event_json import dumps
from dagjob.plan.left_out import skipped_ops
from dagjob.plan.steps import (
    TEMPLATE_SUFFIX,
    FromConfig,
    FromDirect,
    FromManager,
    FromRun,
    Plan,
    Port,
    Step,
    Unwired,
    Wire,
)
from dagjob.record import Record

if TYPE_CHECKING:
    from dagjob.definitions.jobs import JobDefinition
    from dagjob.display.options import DisplayOptions
    from dagjob.plan.again import Continued
    from dagjob.plan.cost import Cost

WIDTH = 72
"""How far to the right the head of the lines goes."""
MOST_SKIPPED = 12
"""So many ops that are not selected have a line each; more of them share one."""
NOT_SELECTED, EXCLUDED = "not selected", "excluded by --exclude"


class Planned(Record):
    """What is shown: the plan of a job, on which executor; `continued` is what it takes over from an earlier run."""

    job: JobDefinition
    plan: Plan
    executor: str
    partition: str | None = None
    continued: Continued | None = None
    cost: Cost | None = None


def show_plan(shown: Planned, options: DisplayOptions, format: str, notes: Sequence[str] = ()) -> None:
    """Print the plan: as JSON for the formats that are for programs, else as lines. Both go to stdout: they are the data."""
    if format in ("json", "jsonl"):
        options.stdout.write(dumps({**plan_json(shown), "notes": list(notes)}, strict=True) + "\n")
    else:
        lines = [*plan_lines(shown), *(f" note   {clean_line(note)}" for note in notes)]
        options.stdout.write("\n".join(lines) + "\n")
    options.stdout.flush()


def plan_json(shown: Planned) -> dict[str, Any]:
    """The plan as one JSON object."""
    job, continued, cost = shown.job, shown.continued, shown.cost
    selection = job.selection
    steps = [_step_json(step) if continued is None else _continued_json(step, continued) for step in shown.plan.steps]
    for each in steps if cost is not None else ():
        seconds = cost.steps.get(each["key"]) if cost is not None else None
        each["expected_seconds"] = round(seconds, 3) if seconds is not None else None
    return {
        "job": job.name,
        "executor": shown.executor,
        "partition": shown.partition,
        "selection": list(selection.clauses) if selection is not None else [],
        "excluded": list(selection.excluded) if selection is not None else [],
        "ops": [*steps, *(_skipped_json(job, path) for path in skipped_ops(job))],
        **({"forecast": cost_json(cost)} if cost is not None else {}),
    }


def _step_json(step: Step) -> dict[str, Any]:
    return {
        "key": step.key,
        "op": step.op,
        "action": "run",
        "reason": None,
        "needs": sorted(step.upstream),
        "mapped": step.maps is not None,
        "inputs": [_input_json(wire) for wire in step.wires],
        "priority": step.priority,
        "retries": step.retry.max_retries if step.retry is not None else 0,
        "timeout": step.timeout,
        "resources": sorted(step.resources),
        "tags": dict(step.tags),
    }


def _continued_json(step: Step, continued: Continued) -> dict[str, Any]:
    """A step of a run that goes on from another one; of a mapped one also what becomes of the copies that are known."""
    shown = _step_json(step)
    if step.key in continued.reused:
        return {**shown, "action": "reuse", "made_by": continued.made_by[step.key]}
    if step.key in continued.skipped:
        return {**shown, "action": "skip", "reason": "skipped by design"}
    copies = {"copies": [
        {"key": key, "action": "reuse" if key in continued.reused else "run", "reason": continued.why.get(key)}
        for key in copies_of(step, continued)
    ]} if step.maps is not None else {}  # fmt: skip
    return {**shown, "reason": continued.why.get(step.key), **copies}


def copies_of(step: Step, continued: Continued) -> list[str]:
    """The copies of a mapped step that there will be, where its dynamic op does not run again."""
    source = step.maps
    made = continued.reused.get(source.step, ()) if source is not None else ()
    head = step.key.removesuffix(TEMPLATE_SUFFIX)
    keys = [f"{head}[{port.mapping_key}]" for port in made if source is not None and port.output == source.output]
    return [key for key in keys if key not in continued.left_out]


def _skipped_json(job: JobDefinition, path: tuple[str, ...]) -> dict[str, Any]:
    return {
        "key": ".".join(path),
        "op": op_at(job.whole_graph, path).name,
        "action": "skip",
        "reason": _why_skipped(job, path),
        "needs": [],
        "mapped": False,
    }


def _input_json(wire: Wire) -> dict[str, Any]:
    if wire.ports or wire.many:
        source = (
            "collect" if wire.collects is not None else "list" if wire.many else "output" if wire.reads else "order"
        )
        return {"name": wire.input, "from": source, "outputs": [_port(port) for port in wire.ports]}
    return {"name": wire.input, "from": _unwired(wire.value), "outputs": []}


def _port(port: Port) -> str:
    return f"{port.step}.{port.output}"


def _unwired(value: Unwired | None) -> str:
    match value:
        case FromConfig():
            return "config"
        case FromDirect():
            return "input_values"
        case FromManager():
            return "input manager"
        case FromRun():
            return "run"
        case _:
            return "default"


# -- for people ----------------------------------------------------------------------------------------------------


def plan_lines(shown: Planned) -> list[str]:
    """The plan as lines for people; of a mapped step `[*]` stands for all copies, as everywhere on a screen."""
    job, plan, cost = shown.job, shown.plan, shown.cost
    skipped = [(".".join(path), _why_skipped(job, path)) for path in skipped_ops(job)]
    named = [step.key for step in plan.steps] + [key for key, _ in skipped[:MOST_SKIPPED]]
    columns = _Columns(max((len(key) for key in named), default=0), cost.steps if cost is not None else {})
    lines = [_head(shown, len(plan.steps) + len(skipped)), ""]
    for step in plan.steps:
        if shown.continued is None:
            lines.append(columns.line("run", step.key, "; ".join(_about(step)), step.key))
        else:
            lines += _continued_lines(step, shown.continued, columns)
    if len(skipped) > MOST_SKIPPED:
        by_reason: dict[str, list[str]] = {}
        for key, why in skipped:
            by_reason.setdefault(why, []).append(key)
        lines += [f" skip   {listing(names)}: {why}" for why, names in by_reason.items()]
    else:
        lines += [columns.line("skip", key, why) for key, why in skipped]
    ends = [f" {line}" for line in cost_lines(cost)] if cost is not None else []
    return [clean_line(line.replace(TEMPLATE_SUFFIX, "[*]")) for line in [*lines, *([""] if ends else []), *ends]]


def _head(shown: Planned, ops: int) -> str:
    """`etl, 6 ops, 4 workers, partition 2026-11-21         nothing is run (-n)`."""
    cost, ending = shown.cost, "nothing is run (-n)"
    how = count(cost.workers, "worker") if cost is not None and shown.executor == "multiprocess" else shown.executor
    text = f" {shown.job.name}, {count(ops, 'op')}, {how}"
    text += f", partition {shown.partition}" if shown.partition is not None else ""
    return f"{text}{' ' * max(4, WIDTH - width(text) - len(ending))}{ending}"


class _Columns(Record):
    """How wide the keys are, and the usual times of steps: these have a column where any is known."""

    key: int
    seconds: Mapping[str, float]

    def line(self, action: str, key: str, text: str, timed: str | None = None) -> str:
        """What is done with a step; `timed`: it takes the usual time of that one."""
        took = f"{usual_text(self.seconds.get(timed or '')):>6}   " if self.seconds else ""
        return f" {action:<6} {key:<{self.key}}  {took}{text}".rstrip()


def _continued_lines(step: Step, continued: Continued, columns: _Columns) -> Iterator[str]:
    """A step of a run that goes on from another one; a mapped one copy by copy, where they are known."""
    copies = copies_of(step, continued)
    for key in copies or [step.key]:
        if key in continued.reused:
            yield columns.line("reuse", key, f"from {continued.made_by[key][:8]}")
        elif key in continued.skipped:
            yield columns.line("skip", key, "skipped by design")
        else:
            about = "; ".join(_about(step)) if not copies else ""
            yield columns.line("run", key, continued.why.get(key) or about, step.key)


def _about(step: Step) -> Iterator[str]:
    """What the step waits for and where its other inputs come from, in words."""
    if step.maps is not None:
        yield f"one for each element of {_port(step.maps).removesuffix('.result')}"
    needs = sorted(step.upstream)
    if needs and (step.maps is None or needs != [step.maps.step]):
        yield f"needs {listing(needs)}"
    for wire in step.wires:
        if not wire.ports and not wire.many and isinstance(wire.value, FromConfig | FromDirect | FromManager):
            yield f"{wire.input} from {_unwired(wire.value)}"


def _why_skipped(job: JobDefinition, path: tuple[str, ...]) -> str:
    selection = job.selection
    taken_off = selection is not None and any(path[:end] in selection.taken_off for end in range(1, len(path) + 1))
    return EXCLUDED if taken_off else NOT_SELECTED
