"""What `run -n` shows: for each op of the job what would happen, why, and where its inputs come from. Nothing is run."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from dagjob.definitions.walk import op_at
from dagjob.display.sanitize import clean_line
from dagjob.display.words import count, listing, selection_text
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

if TYPE_CHECKING:
    from dagjob.definitions.jobs import JobDefinition
    from dagjob.display.options import DisplayOptions
    from dagjob.plan.again import Continued

NOT_SELECTED, EXCLUDED = "not selected", "excluded by --exclude"


def show_plan(
    job: JobDefinition,
    plan: Plan,
    executor: str,
    options: DisplayOptions,
    format: str,
    notes: Sequence[str] = (),
    partition: str | None = None,
    continued: Continued | None = None,
) -> None:
    """Print the plan: as JSON for the formats that are for programs, else as lines. Both go to stdout: they are the data."""
    if format in ("json", "jsonl"):
        options.stdout.write(
            dumps({**plan_json(job, plan, executor, partition, continued), "notes": list(notes)}, strict=True) + "\n"
        )
    else:
        lines = [
            *plan_lines(job, plan, executor, partition, continued),
            *(f" note   {clean_line(note)}" for note in notes),
        ]
        options.stdout.write("\n".join(lines) + "\n")
    options.stdout.flush()


def plan_json(
    job: JobDefinition,
    plan: Plan,
    executor: str,
    partition: str | None = None,
    continued: Continued | None = None,
) -> dict[str, Any]:
    """The plan as one JSON object."""
    selection = job.selection
    steps = [_step_json(step) if continued is None else _continued_json(step, continued) for step in plan.steps]
    return {
        "job": job.name,
        "executor": executor,
        "partition": partition,
        "selection": list(selection.clauses) if selection is not None else [],
        "excluded": list(selection.excluded) if selection is not None else [],
        "ops": [*steps, *(_skipped_json(job, path) for path in skipped_ops(job))],
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


def plan_lines(
    job: JobDefinition,
    plan: Plan,
    executor: str,
    partition: str | None = None,
    continued: Continued | None = None,
) -> list[str]:
    """The plan as lines for people."""
    selection = job.selection
    asked = f", {selection_text(selection.clauses, selection.excluded)}" if selection is not None else ""
    asked += f", partition {partition}" if partition is not None else ""
    width = max((len(step.key) for step in plan.steps), default=0)
    lines = [f" {job.name}, {count(len(plan.steps), 'op')}, {executor}{asked}    nothing is run (-n)", ""]
    for step in plan.steps:
        if continued is None:
            lines.append(_line("run", step.key, width, "; ".join(_about(step))))
        else:
            lines += _continued_lines(step, continued, width)
    skipped: dict[str, list[str]] = {}
    for path in skipped_ops(job):
        skipped.setdefault(_why_skipped(job, path), []).append(".".join(path))
    lines += [f" skip   {listing(names)}: {why}" for why, names in skipped.items()]
    return [clean_line(line) for line in lines]


def _line(action: str, key: str, width: int, text: str) -> str:
    return f" {action:<6} {key:<{width}}  {text}".rstrip()


def _continued_lines(step: Step, continued: Continued, width: int) -> Iterator[str]:
    """A step of a run that goes on from another one; a mapped one copy by copy, where they are known."""
    copies = copies_of(step, continued)
    for key in copies or [step.key]:
        if key in continued.reused:
            yield _line("reuse", key, width, f"from {continued.made_by[key][:8]}")
        elif key in continued.skipped:
            yield _line("skip", key, width, "skipped by design")
        else:
            about = "; ".join(_about(step)) if not copies else ""
            yield _line("run", key, width, continued.why.get(key) or about)


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
