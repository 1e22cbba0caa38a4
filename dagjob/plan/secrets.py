"""What is secret in the config of a run: in what was given, and in what ops and resources get from it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from dagjob.config.schema import ANY, own_schema
from dagjob.config.secrets import REDACT, Masker, Read, holds_secrets, secret_variables, secrets_in, variables_in
from dagjob.definitions.graphs import GraphDefinition
from dagjob.definitions.iomanagers import InputManagerDefinition, IOManagerDefinition
from dagjob.definitions.walk import walk_nodes, walk_ops
from dagjob.record import Record

if TYPE_CHECKING:
    from dagjob.config.schema import Schema
    from dagjob.definitions.jobs import JobDefinition
    from dagjob.errors import DagjobError
    from dagjob.plan.resolve import ResolvedConfig


class Secrets(Record):
    """The secrets of one config: the texts, and the schema whose fields say what is one.

    `read` are environment variables and the fields that they were read for, whose names may say that they are secret.
    """

    schema: Schema = ANY
    texts: tuple[str, ...] = ()
    read: tuple[Read, ...] = ()


def secrets_of(job: JobDefinition, resolved: ResolvedConfig) -> Secrets | None:
    """The secrets of a resolved config of `job`; None where it can hold none."""
    schemas = [schema for schema in _schemas(job) if schema is not None]
    read = (*resolved.read, *_read_for_parts(job))
    if not any(holds_secrets(each) for schema in schemas for each in (schema, own_schema(schema))):
        return Secrets(resolved.schema, (), read) if read else None
    texts = (*secrets_in(resolved.schema, resolved.value), *_in_definitions(job, resolved))
    return Secrets(resolved.schema, texts, read)


def known_secrets(error: DagjobError) -> Secrets | None:
    """The secrets of the config that the error is about, as far as it was judged."""
    return error.secrets if isinstance(error.secrets, Secrets) else None


def without_secrets(error: DagjobError, secrets: Secrets) -> None:
    """Keep these secrets out of all that is shown of the error, the words of user code included."""
    error.secrets = secrets
    masker = Masker((*secrets.texts, *secret_variables(os.environ, REDACT, secrets.read)))
    if masker:
        error.mask = masker.text
        error.with_diagnostics([one.reworded(masker.text) for one in error.diagnostics])


def _schemas(job: JobDefinition) -> Iterator[Schema | None]:
    """Every schema of which the config of a run of this job is made, once for each definition."""
    ops = {id(op): op for _, _, op in walk_ops(job.graph)}.values()
    graphs = [node.definition for _, node in walk_nodes(job.graph) if isinstance(node.definition, GraphDefinition)]
    for mapping in (job.config_mapping, *(graph.config_mapping for graph in (job.graph, *graphs))):
        yield mapping.config_schema if mapping is not None else None
    for op in ops:
        yield op.config_schema
        for loader in (each.dagster_type.loader for each in op.ins.values()):
            yield loader.schema if loader is not None else None
    for definition in (*job.resource_defs.values(), *job.loggers.values(), job.executor_def):
        yield definition.config_schema
    for resource in job.resource_defs.values():
        if isinstance(resource, IOManagerDefinition):
            yield resource.output_config_schema
        if isinstance(resource, InputManagerDefinition):
            yield resource.input_config_schema
        for part in _parts(resource):
            yield part.__dagjob_schema__()


def _in_definitions(job: JobDefinition, resolved: ResolvedConfig) -> Iterator[str]:
    """The secrets in what ops, resources and loggers get, whatever it was made from."""
    for path, _, op in walk_ops(job.graph):
        yield from _in_own(op.config_schema, resolved.op(path).config)
    for key, config in resolved.resources.items():
        yield from _in_own(job.resource_defs[key].config_schema, config)
    for key, config in resolved.loggers.items():
        yield from _in_own(job.loggers[key].config_schema, config)
    for definition in job.resource_defs.values():
        for part in _parts(definition):
            yield from secrets_in(part.__dagjob_schema__(), part._convert_to_config_dictionary())


def _read_for_parts(job: JobDefinition) -> Iterator[Read]:
    """What resources inside of resources read from the environment when they are opened."""
    for definition in job.resource_defs.values():
        for part in _parts(definition):
            yield from variables_in(part._convert_to_config_dictionary())


def _in_own(schema: Schema | None, config: object) -> Iterator[str]:
    """The secrets of a definition's config."""
    return secrets_in(own_schema(schema), config) if schema is not None else iter(())


def _parts(definition: Any) -> Iterator[Any]:
    """The objects of `ConfigurableResource` classes inside of a resource, which no run config reaches."""
    for part in getattr(definition, "parts", {}).values():
        if hasattr(part, "_convert_to_config_dictionary"):
            yield part
            yield from _parts(part.to_resource_definition())
