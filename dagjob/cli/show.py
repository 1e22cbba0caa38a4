"""`dagjob show TARGET`: what a job is made of. Loads the job, plans and runs nothing."""

import sys
from typing import Any

from dagjob.cli import registry
from dagjob.cli.arguments import ParsedArguments
from dagjob.cli.list import partitions_text
from dagjob.cli.output import say, say_json
from dagjob.cli.schema_json import field_lines, schema_json
from dagjob.cli.session import Session, open_session
from dagjob.cli.targets import find_target
from dagjob.cli.values import chosen
from dagjob.definitions.iomanagers import default_io_manager
from dagjob.definitions.jobs import JobDefinition
from dagjob.definitions.nodes import Node
from dagjob.definitions.ops import OpDefinition
from dagjob.definitions.resources import ResourceDefinition
from dagjob.definitions.walk import Path, walk_ops
from dagjob.definitions.wiring import Collected, Each, FanIn, GraphInput, OutputOf, Source
from dagjob.display.style import Style
from dagjob.display.words import cut, duration, moment
from dagjob.engine.target import LoadedJob, load_job
from dagjob.errors import ExitCode

LAST_RUNS = 5


def show(args: ParsedArguments) -> int:
    """Show a job."""
    session = open_session(args)
    named = chosen(registry.FORMAT_SHOW, args.text(registry.FORMAT_SHOW)) or "human"
    loaded = load_job(find_target(session, args.text(registry.TARGET)))
    if named == "json":
        say_json(job_json(loaded))
    else:
        style, width = session.style(sys.stdout), session.display(sys.stdout).width()
        lines = [*_head(loaded, style), *_ops(loaded.job, style), *_resources(loaded.job, style)]
        say(cut(line, max(width, 60)) for line in [*lines, *_runs(session, loaded.job.name, style)])
    return ExitCode.OK


# -- JSON ----------------------------------------------------------------------------------------------------------


def job_json(loaded: LoadedJob) -> dict[str, Any]:
    """The job as `show --format json` prints it."""
    from dagjob.plan.schema import given_schema

    job = loaded.job
    return {
        "target": loaded.target.text,
        "name": job.name,
        "description": job.description,
        "tags": dict(job.tags),
        "owners": list(job.owners or ()),
        "metadata": {key: _metadata(value) for key, value in (job.metadata or {}).items()},
        "executor": job.executor_def.name,
        "ops": [_op_json(path, node, op) for path, node, op in walk_ops(job.graph, topological=True)],
        "resources": [_resource_json(key, job.resource_defs[key]) for key in job.resource_defs],
        "partitions": partitions_text(job),
        "config_schema": schema_json(given_schema(job)),
    }


def _metadata(value: Any) -> Any:
    inner = getattr(value, "value", value)
    return inner if isinstance(inner, str | int | float | bool | list | dict | type(None)) else str(inner)


def _op_json(path: Path, node: Node, op: OpDefinition) -> dict[str, Any]:
    policy = node.retry_policy or op.retry_policy
    sources = _sources(node, path)
    return {
        "key": ".".join(path),
        "op": op.name,
        "description": op.description,
        "inputs": [
            {"name": name, "type": each.dagster_type.display_name, "from": sources.get(name)}
            for name, each in op.ins.items()
        ],
        "outputs": [
            {
                "name": name,
                "type": each.dagster_type.display_name,
                "required": each.is_required,
                "dynamic": each.is_dynamic,
            }
            for name, each in op.outs.items()
        ],
        "resources": sorted(op.required_resource_keys),
        "tags": dict(node.tags),
        "retry": None if policy is None else {"max_retries": policy.max_retries, "delay": policy.delay},
    }


def _resource_json(key: str, resource: ResourceDefinition) -> dict[str, Any]:
    return {"key": key, "description": resource.description, "config_schema": schema_json(resource.config_schema)}


# -- what feeds ----------------------------------------------------------------------------------------------------


def _sources(node: Node, path: Path) -> dict[str, str]:
    """What feeds each connected input of a node, in words."""
    above = "".join(f"{name}." for name in path[:-1])
    return {name: _source(source, above) for name, source in node.inputs.items()}


def _source(source: Source, above: str) -> str:
    match source:
        case FanIn(members):
            return f"[{', '.join(_source(member, above) for member in members)}]"
        case Each(inner):
            return f"each of {_source(inner, above)}"
        case Collected(inner):
            return f"all of {_source(inner, above)}"
        case GraphInput(name):
            return f"input {name}"
        case OutputOf(node, output):
            return f"{above}{node}" + ("" if output == "result" else f".{output}")


# -- for people ----------------------------------------------------------------------------------------------------


def _head(loaded: LoadedJob, style: Style) -> list[str]:
    job = loaded.job
    lines = [f"{style.paint(job.name, 'strong')}   {loaded.target.text}"]
    if job.description:
        lines += ["", *(f"  {line}".rstrip() for line in job.description.strip().split("\n"))]
    facts = [("executor", job.executor_def.name)]
    if job.tags:
        facts.append(("tags", ", ".join(f"{key}={value}" for key, value in job.tags.items())))
    owners = list(job.owners or ())
    if owners:
        facts.append(("owners", ", ".join(map(str, owners))))
    if job.metadata:
        facts.append(("metadata", ", ".join(f"{key}={_metadata(value)}" for key, value in job.metadata.items())))
    partitions = partitions_text(job)
    if partitions:
        facts.append(("partitions", partitions))
    return [*lines, "", *(f"  {name:<10}  {text}" for name, text in facts)]


def _ops(job: JobDefinition, style: Style) -> list[str]:
    lines = ["", style.paint("OPS", "dim")]
    for path, node, op in walk_ops(job.graph, topological=True):
        sources = _sources(node, path)
        lines.append(f"  {style.paint('.'.join(path), 'strong')}" + (f"  ({op.name})" if op.name != node.name else ""))
        for name, each in op.ins.items():
            lines.append(f"    in   {name}: {each.dagster_type.display_name}{_from(sources.get(name))}")
        for name, out in op.outs.items():
            extra = "" if out.is_required else "  optional"
            extra += "  dynamic" if out.is_dynamic else ""
            lines.append(f"    out  {name}: {out.dagster_type.display_name}{extra}")
        if op.required_resource_keys:
            lines.append(f"    uses {', '.join(sorted(op.required_resource_keys))}")
        policy = node.retry_policy or op.retry_policy
        if policy is not None:
            lines.append(f"    retry {policy.max_retries} times" + (f", {policy.delay:g}s" if policy.delay else ""))
        lines += [f"    config {name}{': ' if name else ''}{text}" for name, text in field_lines(op.config_schema)]
    return lines


def _from(source: str | None) -> str:
    return f"  from {source}" if source else ""


def _resources(job: JobDefinition, style: Style) -> list[str]:
    shown = {key: resource for key, resource in job.resource_defs.items() if not _is_default(key, resource)}
    if not shown:
        return []
    lines = ["", style.paint("RESOURCES", "dim")]
    for key, resource in shown.items():
        about = (resource.description or "").strip().split("\n")[0]
        lines.append(f"  {style.paint(key, 'strong')}{f'  {about}' if about else ''}")
        lines += [
            f"    config {name}{': ' if name else ''}{text}" for name, text in field_lines(resource.config_schema)
        ]
    return lines


def _is_default(key: str, resource: ResourceDefinition) -> bool:
    return key == "io_manager" and resource is default_io_manager


def _runs(session: Session, name: str, style: Style) -> list[str]:
    import os

    if not os.path.exists(session.state.db):
        return []
    from dagjob import clock
    from dagjob.storage.history import History

    history = History.open(session.state)
    if history is None:
        return []
    with history:
        runs = history.runs(limit=LAST_RUNS, job=name)
    if not runs:
        return []
    now = clock.time()
    lines = ["", style.paint("LAST RUNS", "dim")]
    for run in runs:
        took = duration(run.seconds) if run.seconds is not None else ""
        status = f"{style.mark(run.status)} {run.status}"
        lines.append(f"  {run.id[:8]}  {status:<10}  {moment(run.started, now):<16}  {took}".rstrip())
    return lines
