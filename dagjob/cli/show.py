"""`dagjob show TARGET`: what a job is made of. Loads the job, plans and runs nothing."""

import re
import sys
from collections.abc import Mapping
from typing import Any

from dagjob.cli import registry
from dagjob.cli.arguments import ParsedArguments
from dagjob.cli.list import asking_for, partitions_json
from dagjob.cli.output import say, say_json
from dagjob.cli.schema_json import GIVEN, field_lines, schema_json
from dagjob.cli.session import Session, open_session
from dagjob.cli.targets import find_target
from dagjob.cli.values import chosen
from dagjob.config.schema import Schema
from dagjob.definitions.graphs import GraphDefinition
from dagjob.definitions.inputs import In
from dagjob.definitions.iomanagers import default_io_manager
from dagjob.definitions.jobs import JobDefinition
from dagjob.definitions.nodes import Node
from dagjob.definitions.ops import OpDefinition
from dagjob.definitions.outputs import Out
from dagjob.definitions.resources import ResourceDefinition
from dagjob.definitions.retries import RetryPolicy
from dagjob.definitions.walk import Path, node_at, nodes_along, walk_ops
from dagjob.definitions.wiring import Collected, Each, FanIn, GraphInput, OutputOf, Source
from dagjob.display.style import Style
from dagjob.display.words import cut, duration, moment
from dagjob.engine.target import LoadedJob, load_job
from dagjob.errors import ExitCode

LAST_RUNS = 5
PYTHON_NAMES = {
    "Int": "int",
    "Float": "float",
    "String": "str",
    "Bool": "bool",
    "List": "list",
    "Dict": "dict",
    "Set": "set",
    "Tuple": "tuple",
}


def show(args: ParsedArguments) -> int:
    """Show a job."""
    session = open_session(args)
    named = chosen(registry.FORMAT_SHOW, args.text(registry.FORMAT_SHOW)) or "human"
    loaded = load_job(find_target(session, args.text(registry.TARGET)))
    if named == "json":
        with asking_for(session, [loaded.job]):
            shown_as_json = job_json(loaded)
        say_json(shown_as_json)
    else:
        style, width = session.style(sys.stdout), session.display(sys.stdout).width()
        with asking_for(session, [loaded.job]):
            head = _head(loaded, style)
        lines = [*head, *_ops(loaded.job, style), *_resources(loaded.job, style)]
        shown = [*lines, *_runs(session, loaded.job.name, style)]
        say((cut(line, max(width, 60)) for line in shown), style.color)
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
        "hooks": sorted(hook.name for hook in job.hook_defs),
        "ops": [_op_json(job, path, node, op) for path, node, op in walk_ops(job.graph, topological=True)],
        "resources": [_resource_json(key, job.resource_defs[key]) for key in job.resource_defs],
        "partitions": partitions_json(job),
        "config_schema": schema_json(given_schema(job)),
    }


def _metadata(value: Any) -> Any:
    inner = getattr(value, "value", value)
    return inner if isinstance(inner, str | int | float | bool | list | dict | type(None)) else str(inner)


def _op_json(job: JobDefinition, path: Path, node: Node, op: OpDefinition) -> dict[str, Any]:
    policy = node.retry_policy or op.retry_policy
    sources = _sources(job, node, path)
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
                "io_manager": each.io_manager_key,
            }
            for name, each in op.outs.items()
        ],
        "resources": sorted(op.required_resource_keys),
        "tags": dict(node.tags),
        "hooks": sorted(hook.name for hook in node.hook_defs),
        "retry": None if policy is None else _retry_json(policy),
    }


def _retry_json(policy: RetryPolicy) -> dict[str, Any]:
    return {
        "max_retries": policy.max_retries,
        "delay": policy.delay,
        "backoff": policy.backoff.name.lower() if policy.backoff else None,
        "jitter": policy.jitter.name.lower() if policy.jitter else None,
    }


def _resource_json(key: str, resource: ResourceDefinition) -> dict[str, Any]:
    return {"key": key, "description": resource.description, "config_schema": schema_json(resource.config_schema)}


# -- what feeds ----------------------------------------------------------------------------------------------------


def _sources(job: JobDefinition, node: Node, path: Path) -> dict[str, str]:
    """What feeds each connected input of a node, in words: the op that gives the value, through all graphs between."""
    return {name: _source(job, source, path[:-1]) for name, source in node.inputs.items()}


def _source(job: JobDefinition, source: Source, above: Path) -> str:
    """`above` is the path of the graph in which the source was written down."""
    match source:
        case FanIn(members):
            return f"[{', '.join(_source(job, member, above) for member in members)}]"
        case Each(inner):
            return f"each of {_source(job, inner, above)}"
        case Collected(inner):
            return f"all of {_source(job, inner, above)}"
        case GraphInput(name):
            outside = node_at(job.graph, above).inputs.get(name) if above else None
            if outside is not None:
                return _source(job, outside, above[:-1])
            return f"input {name}" + (f" of {'.'.join(above)}" if above else "")
        case OutputOf(name, output):
            here = (*above, name)
            inside = node_at(job.graph, here).definition
            if isinstance(inside, GraphDefinition) and output in inside.outputs:
                return _source(job, inside.outputs[output], here)
            return ".".join(here) + ("" if output == "result" else f".{output}")


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
    if job.hook_defs:
        facts.append(("hooks", ", ".join(sorted(hook.name for hook in job.hook_defs))))
    if job.metadata:
        facts.append(("metadata", ", ".join(f"{key}={_metadata(value)}" for key, value in job.metadata.items())))
    if job.partitions_def is not None:
        from dagjob.cli.partition import told
        from dagjob.partitions.base import loading

        facts.append(("partitions", told(job.partitions_def, loading().effective_dt)))
    return [*lines, "", *(f"  {name:<10}  {text}" for name, text in facts)]


def _ops(job: JobDefinition, style: Style) -> list[str]:
    lines = ["", style.paint("OPS", "dim")]
    for path, node, op in walk_ops(job.graph, topological=True):
        lines.append(f"  {style.paint('.'.join(path), 'strong')}" + (f"  ({op.name})" if op.name != node.name else ""))
        lines += [f"    in   {name}: {_type(each)}{_fed(job, path, node, each)}" for name, each in op.ins.items()]
        for name, out in op.outs.items():
            extra = "" if out.is_required else "  optional"
            extra += "  dynamic" if out.is_dynamic else ""
            extra += f"  stored by {out.io_manager_key}" if out.io_manager_key != "io_manager" else ""
            lines.append(f"    out  {name}: {_type(out)}{extra}")
        if op.required_resource_keys:
            lines.append(f"    uses {', '.join(sorted(op.required_resource_keys))}")
        policy = node.retry_policy or op.retry_policy
        if policy is not None:
            lines.append(f"    retry {_retry(policy)}")
        if node.tags:
            lines.append(f"    tags {', '.join(f'{key}={value}' for key, value in node.tags.items())}")
        if node.hook_defs:
            lines.append(f"    hooks {', '.join(sorted(hook.name for hook in node.hook_defs))}")
        lines += _config_lines(op.config_schema, _given_config(job, path))
    return lines


def _type(each: In | Out) -> str:
    """The name of a type as Python writes it."""
    words = re.split(r"(\w+)", each.dagster_type.display_name)
    text = "".join(PYTHON_NAMES.get(word, word) for word in words)
    return re.sub(r"([\w\]]+)\?", r"\1 | None", re.sub(r"(?<!\w)\[", "list[", text))


def _fed(job: JobDefinition, path: Path, node: Node, each: In) -> str:
    source = node.inputs.get(each.name)
    manager = f"  loaded by {each.input_manager_key}" if each.input_manager_key else ""
    if source is not None:
        return f"  from {_source(job, source, path[:-1])}{manager}"
    if each.has_default_value:
        return f" = {each.default_value!r}{manager}"
    return manager or "  from the run config"


def _retry(policy: RetryPolicy) -> str:
    parts = [f"{policy.max_retries} time{'' if policy.max_retries == 1 else 's'}"]
    parts += [f"after {policy.delay:g}s"] if policy.delay else []
    parts += [f"{policy.backoff.name.lower()} backoff"] if policy.backoff else []
    parts += [f"jitter {policy.jitter.name.lower()}"] if policy.jitter else []
    return ", ".join(parts)


def _config_lines(schema: Schema | None, given: object) -> list[str]:
    return [f"    config {name}{': ' if name else ''}{text}" for name, text in field_lines(schema, given=given)]


def _given_config(job: JobDefinition, path: Path) -> object:
    """The config that the job itself gives to an op: as it is, or GIVEN where that is known only in a run."""
    mapped = any(
        isinstance(node.definition, GraphDefinition) and node.definition.config_mapping is not None
        for node in nodes_along(job.graph, path)
    )
    if mapped or (job.config is not None and job.run_config is None):
        return GIVEN
    found: object = job.run_config or {}
    for key in ("ops", *"/ops/".join(path).split("/"), "config"):
        found = found.get(key) if isinstance(found, Mapping) else None
    return found


def _resources(job: JobDefinition, style: Style) -> list[str]:
    shown = {key: resource for key, resource in job.resource_defs.items() if not _is_default(key, resource)}
    if not shown:
        return []
    lines = ["", style.paint("RESOURCES", "dim")]
    own = (job.run_config or {}).get("resources")
    for key, resource in shown.items():
        about = (resource.description or "").strip().split("\n")[0]
        lines.append(f"  {style.paint(key, 'strong')}{f'  {about}' if about else ''}")
        given = own.get(key) if isinstance(own, Mapping) else None
        given = given.get("config") if isinstance(given, Mapping) else None
        hidden = job.config is not None and job.run_config is None
        lines += _config_lines(resource.config_schema, GIVEN if hidden else given)
    return lines


def _is_default(key: str, resource: ResourceDefinition) -> bool:
    return key == "io_manager" and resource is default_io_manager


def _runs(session: Session, name: str, style: Style) -> list[str]:
    import os

    if not os.path.exists(session.state.db):
        return []
    from dagjob import clock
    from dagjob.storage.admission import is_admitted
    from dagjob.storage.history import History

    history = History.open(session.state) if is_admitted(session.state) else None
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
