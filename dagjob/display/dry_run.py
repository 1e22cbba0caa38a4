"""What `run -n` shows: the ops in the order of the plan, and what each of them needs. Nothing is run."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dagjob.display.output import write_json, write_lines
from dagjob.event_json import dumps
from dagjob.plan.steps import Plan

if TYPE_CHECKING:
    from dagjob.display.options import DisplayOptions


def show_plan(job: str, plan: Plan, executor: str, options: DisplayOptions, format: str) -> None:
    """Print the plan: as JSON for the formats that are for programs, else as lines. Both go to stdout: they are the data."""
    if format in ("json", "jsonl"):
        write_json(options.stdout, dumps(plan_json(job, plan, executor), strict=True))
    else:
        write_lines(options.stdout, plan_lines(job, plan, executor))


def plan_json(job: str, plan: Plan, executor: str) -> dict[str, Any]:
    """The plan as one JSON object."""
    return {
        "job": job,
        "executor": executor,
        "ops": [
            {
                "key": step.key,
                "op": step.op,
                "action": "run",
                "needs": sorted(step.upstream),
                "mapped": step.maps is not None,
            }
            for step in plan.steps
        ],
    }


def plan_lines(job: str, plan: Plan, executor: str) -> list[str]:
    """The plan as lines for people."""
    count = len(plan.steps)
    width = max((len(step.key) for step in plan.steps), default=0)
    lines = [f" {job}, {count} op{'' if count == 1 else 's'}, {executor}    nothing is run (-n)", ""]
    for step in plan.steps:
        needs = ", ".join(sorted(step.upstream))
        lines.append(f" run    {step.key:<{width}}  {f'needs {needs}' if needs else ''}".rstrip())
    return lines
