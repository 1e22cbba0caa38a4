"""`dagjob schema TARGET`: the JSON Schema of a job's run config, which editors complete and check config files with."""

from __future__ import annotations

import json
import os
from typing import Any

from dagjob.cli import registry
from dagjob.cli.arguments import ParsedArguments
from dagjob.cli.output import put, say, warn
from dagjob.cli.session import open_session
from dagjob.cli.targets import find_target
from dagjob.config.json_schema import JsonSchema, to_json_schema
from dagjob.definitions.graphs import GraphDefinition
from dagjob.engine.target import load_job
from dagjob.errors import DagjobUsageError, ExitCode

MODELINE = "# yaml-language-server: $schema="
"""What the first line of a YAML file begins with that names its schema. Editors with the YAML language server read it."""


def schema(args: ParsedArguments) -> int:
    """Print the JSON Schema, or write it into a file."""
    session = open_session(args)
    output = args.text(registry.OUTPUT)
    to_file = output is not None and output != "-"
    if args.on(registry.MODELINE) and not to_file:
        raise DagjobUsageError("--modeline names the file of the schema: give it with -o FILE")
    loaded = load_job(find_target(session, args.text(registry.TARGET)))
    put([schema_text(loaded.job)], output, overwrite=True)
    if to_file and args.on(registry.MODELINE):
        say([f"{MODELINE}{output}"])
    elif to_file:
        warn(f"wrote {output}; first line of a config beside it:  {MODELINE}{os.path.basename(output or '')}")
    return ExitCode.OK


def schema_text(job: Any) -> str:
    """The JSON Schema as text."""
    return json.dumps(job_json_schema(job), indent=2, ensure_ascii=False)


def job_json_schema(job: Any) -> JsonSchema:
    """The JSON Schema of what a user may write as run config, with the descriptions of the job and its ops."""
    from dagjob.plan.schema import document_schema

    made = to_json_schema(document_schema(job))
    dialect = made.pop("$schema")
    told = {"$schema": dialect, "title": f'Run config of the job "{job.name}"'}
    if job.description:
        told["description"] = job.description.strip()
    if job.config_mapping is None:
        _describe_ops(job.graph, made.get("properties", {}).get("ops", {}))
        _describe_resources(job, made.get("properties", {}).get("resources", {}))
    return {**told, **made}


def _describe_ops(graph: GraphDefinition, section: JsonSchema) -> None:
    properties = section.get("properties", {})
    for name, node in graph.node_dict.items():
        entry = properties.get(name)
        if entry is None:
            continue
        text = (node.definition.description or "").strip()
        if text:
            properties[name] = entry = {"description": text, **entry}
        if isinstance(node.definition, GraphDefinition) and "properties" in entry:
            _describe_ops(node.definition, entry["properties"].get("ops", {}))


def _describe_resources(job: Any, section: JsonSchema) -> None:
    properties = section.get("properties", {})
    for key, definition in job.resource_defs.items():
        text = (definition.description or "").strip()
        if text and key in properties:
            properties[key] = {"description": text, **properties[key]}
