"""What a run will use of every config value: the job's own config, the partition's, the run's, checked and resolved.

How these meet is in `_merged` (contract def-3), what fits is in `schema.py`; here the problems of all parts are
collected into one error that names the job. Of the user's code only config mappings, `configured` functions and (when
asked) the validators of `Config` classes are called; the environment is passed in.
"""

from __future__ import annotations

import os
from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING, Any

from dagjob.config.document import Document, as_document
from dagjob.config.runconfig import RunConfig, plain
from dagjob.config.scalars import LEVEL_NAMES, LOG_LEVEL
from dagjob.config.schema import Schema, config_class
from dagjob.config.validate import check
from dagjob.config.validate import resolve as resolve_value
from dagjob.definitions.graphs import GraphDefinition
from dagjob.definitions.requirements import needed_resources
from dagjob.definitions.walk import Path, fed_by, walk_nodes, walk_ops
from dagjob.errors import DagjobInvalidConfigError, DagjobInvalidInvocationError
from dagjob.plan.schema import given_schema, graph_input_field, graph_ops_schema, job_schema
from dagjob.record import Record, replace
from dagjob.values.checks import check_kind

if TYPE_CHECKING:
    from dagjob.config.mapping import ConfigMapping
    from dagjob.config.problems import Problem, Trail
    from dagjob.definitions.jobs import JobDefinition

ConfigDict = dict[str, Any]


class OpConfig(Record):
    """What the config says about one node: for a graph only `inputs`."""

    config: object = None
    inputs: Mapping[str, object] = {}
    outputs: Mapping[str, object] = {}


NO_CONFIG = OpConfig()


class ResolvedConfig(Record):
    """Every config value of one run, ready to be used.

    `given` is what was passed, `merged` that together with the job's own config, both as they were written. `ops` has
    the nodes about which the config says anything, by path; ask `op()`. `execution` is the config of the job's executor.
    `loggers` are those that the config names.
    """

    given: ConfigDict
    merged: ConfigDict
    ops: Mapping[Path, OpConfig] = {}
    resources: Mapping[str, object] = {}
    execution: object = None
    loggers: Mapping[str, object] = {}
    inputs: Mapping[str, object] = {}

    def op(self, path: Path) -> OpConfig:
        """What the config says about the node at `path`; all empty when it says nothing."""
        return self.ops.get(path, NO_CONFIG)


def resolve(
    job: JobDefinition,
    run_config: Document | ConfigDict | RunConfig | None = None,
    *,
    partition_key: str | None = None,
    environ: Mapping[str, str] | None = None,
    ignore_execution: bool = False,
    selected: Collection[Path] | None = None,
    input_values: Collection[str] = (),
    check_instances: bool = False,
) -> ResolvedConfig:
    """Resolve the config of one run of `job`.

    `environ`: None is the environment of this process. `ignore_execution`: run in this process whatever the config
    says. `selected`: the paths of the ops that will run (None: all). `input_values`: names of the top-level inputs
    given as Python objects. `check_instances` runs the validators of `Config` classes now, not only in the step.
    Raises `DagjobInvalidConfigError` with all problems, `DagjobConfigMappingFunctionError` when a function of the user
    raises, `DagjobInvalidInvocationError` when a top-level input can only be given as an object and is not.
    """
    _require_objects(job, {*job.input_values, *input_values})
    check_own_config(job, check_instances=check_instances)
    given = as_document(run_config)
    merged = _merged(job, dict(given.value), partition_key)
    run = _Run(job, os.environ if environ is None else environ, selected)
    schema = job_schema(job, selected=selected, input_values=input_values, ignore_execution=ignore_execution)
    document = run.document(schema, merged)
    if not run.problems:
        run.read_ops(document.get("ops", {}))
    if check_instances:
        if run.problems:
            run.keep_sound_ops(document)
        run.build_instances()
        run.build_resources(document, merged)
        run.check_levels(document)
    if run.problems:
        from dagjob.config.located import located

        found = located(run.problems, replace(given, value=merged), given_schema(job), job.name)
        raise DagjobInvalidConfigError(f'The run config does not fit job "{job.name}".', run.problems, merged, found)
    return ResolvedConfig(
        dict(given.value),
        merged,
        run.ops,
        {key: entry.get("config") for key, entry in document["resources"].items()},
        None if ignore_execution else document["execution"].get("config"),
        {key: entry.get("config") for key, entry in document["loggers"].items()},
        document.get("inputs", {}),
    )


def validate_run_config(job_def: JobDefinition, run_config: ConfigDict | RunConfig | None = None) -> ConfigDict:
    """The resolved run config of a job as one dict; raises `DagjobInvalidConfigError` with everything that is wrong.

    Nodes of nested graphs stand under `ops` by their dotted path. The validators of `Config` classes are not run.
    """
    from dagjob.definitions.jobs import JobDefinition

    check_kind(job_def, JobDefinition, "validate_run_config: job_def")
    resolved = resolve(job_def, run_config)
    return {
        "ops": {".".join(path): _op_document(resolved.op(path)) for path, _ in walk_nodes(job_def.graph)},
        "execution": {job_def.executor_def.name: resolved.execution},
        "resources": {key: {"config": value} for key, value in resolved.resources.items()},
        "loggers": {key: {"config": value} for key, value in resolved.loggers.items()},
    }


def check_own_config(job: JobDefinition, check_instances: bool = True) -> None:
    """Raise `DagjobInvalidConfigError` when the dict that a job was defined with does not fit it by itself.

    For whoever loads a job: at decoration nothing is checked yet (contract def-3, "found late").
    """
    problems = early_problems(job, check_instances=check_instances)
    if problems:
        told = f'The config that job "{job.name}" was defined with does not fit it.'
        document = plain(job.config)
        raise _without_secrets(_misfit(told, problems, document, job), job_schema(job), document)


def _without_secrets(error: DagjobInvalidConfigError, schema: Schema, document: ConfigDict) -> DagjobInvalidConfigError:
    """What a screen shows of the error, without the secrets in the document: validators of users speak of values."""
    from dagjob.config.secrets import Masker, secrets_in

    masker = Masker(secrets_in(schema, document))
    if not masker:
        return error
    error.hide = masker.text
    return error.telling(one.in_words(masker.text) for one in error.diagnostics)


def early_problems(job: JobDefinition, check_instances: bool = True) -> list[Problem]:
    """What is wrong with the dict or `RunConfig` that a job was defined with, by itself. Reads no environment."""
    if not isinstance(job.config, dict | RunConfig):
        return []
    document = plain(job.config)
    schema = job_schema(job)
    checked = check(schema, document)
    if checked.problems or not check_instances:
        return list(checked.problems)
    resolved = resolve_value(schema, document, {})
    if resolved.problems:  # it wants the environment, which only a run has
        return []
    run = _Run(job, {}, None)
    run.read_ops(resolved.value["ops"])
    run.build_instances()
    return run.problems


def merged_config(job: JobDefinition, run_config: ConfigDict | RunConfig | None) -> ConfigDict:
    """The run config that counts: what the run is given over what the job was defined with. Nothing is checked."""
    return _merged(job, dict(as_document(run_config).value), None)


# -- the job's config and the run's --------------------------------------------------------------------------------


def _merged(job: JobDefinition, given: ConfigDict, partition_key: str | None) -> ConfigDict:
    """The run config that counts, from what the job was defined with and what the run was given.

    Under a partition the job's config is used as a whole or not at all. Else each child of a section that the run gives
    (an op, a resource, a graph with all in it) replaces that child; the others stay.
    """
    own = job.config
    if hasattr(own, "get_run_config_for_partition_key"):
        if given or partition_key is None:
            return given
        return dict(as_document(plain(own.get_run_config_for_partition_key(partition_key))).value)
    if not isinstance(own, dict | RunConfig):
        return given
    fixed = plain(own)
    if job.partitions_def is not None:
        return given or fixed
    merged = {**fixed, **given}
    for section, children in fixed.items():
        if isinstance(children, dict) and isinstance(given.get(section), dict):
            merged[section] = {**children, **given[section]}
    return merged


# -- one resolution ------------------------------------------------------------------------------------------------


class _Run:
    """The resolution of one config: what has been read so far, and what is wrong with it."""

    def __init__(self, job: JobDefinition, environ: Mapping[str, str], selected: Collection[Path] | None) -> None:
        self._job = job
        self._environ = environ
        self._selected = selected
        self.problems: list[Problem] = []
        self.ops: dict[Path, OpConfig] = {}

    def document(self, schema: Schema, merged: ConfigDict) -> ConfigDict:
        """The whole document, resolved; through the config mapping of the job if it has one."""
        mapping = _mapping_of(self._job)
        if mapping is None:
            document: ConfigDict = self._value(schema, merged, ())
            return document
        outer = mapping.config_schema
        config: object = outer.default_value if not merged and outer.default_provided else merged
        if mapping.receive_processed_config_values is False:
            checked = check(outer, config)
            self.problems += checked.problems
            config = checked.value
        else:
            config = self._value(outer, config, ())
        if self.problems:
            return {}
        made: ConfigDict = self._value(schema, dict(mapping.apply(config, self._told(()))), (), _returned(mapping))
        return made

    def read_ops(self, section: ConfigDict) -> None:
        """Read the `ops` section, through the config mapping of the top-level graph if it has one."""
        self._read_graph(self._job.graph, (), section)

    def _read_graph(self, graph: GraphDefinition, path: Path, entry: ConfigDict) -> None:
        mapping = graph.config_mapping
        if mapping is None:
            self.keep_ops(graph, path, entry if not path else entry.get("ops", {}))
            return
        schema = graph_ops_schema(self._job, graph, path, self._selected)
        made = mapping.apply(entry.get("config"), self._told(path))
        before = len(self.problems)
        section = self._value(schema, dict(made), _trail(path, "ops"), _returned(mapping))
        if len(self.problems) == before:
            self.keep_ops(graph, path, section)

    def keep_ops(self, graph: GraphDefinition, path: Path, section: ConfigDict) -> None:
        """Keep what a resolved section says about the nodes of one graph, and of those inside."""
        for name, entry in section.items():
            here, node = (*path, name), graph.node_dict[name]
            inputs = entry.get("inputs", {})
            if isinstance(node.definition, GraphDefinition):
                if inputs:
                    self.ops[here] = OpConfig(inputs=inputs)
                self._read_graph(node.definition, here, entry)
            elif self._selected is None or here in self._selected:
                self.ops[here] = OpConfig(entry.get("config"), inputs, entry.get("outputs", {}))

    def keep_sound_ops(self, document: ConfigDict) -> None:
        """Of a document with problems, keep the configs that have none, so that their classes can judge them too."""
        blamed = [problem.trail for problem in self.problems]
        self.ops = {}
        for path, _, _ in walk_ops(self._job.graph):
            trail = _trail(path, "config")
            config = _at(document, trail)
            if config is not None and not any(each[: len(trail)] == trail for each in blamed):
                self.ops[path] = OpConfig(config)

    def build_instances(self) -> None:
        """Let the `Config` classes of the ops judge their configs."""
        for path, _, op in walk_ops(self._job.graph):
            config = self.ops.get(path)
            cls = config_class(op.config_schema) if config is not None else None
            if config is not None and cls is not None:
                # Whoever has such a class has loaded pydantic already.
                from dagjob.config.pydantic_config import instance_problems

                self.problems += instance_problems(cls, config.config, _trail(path, "config"))

    def build_resources(self, document: ConfigDict, merged: ConfigDict) -> None:
        """Let the classes of the resources that the ops need, or that the config names, judge their configs.

        One that has other resources for parts is judged when they are there, in the run.
        """
        judged = {}
        for key, definition in self._job.resource_defs.items():
            cls = config_class(definition.config_schema)
            if cls is not None and not getattr(cls, "_parts", frozenset)():
                judged[key] = cls
        if not judged:
            return
        blamed = [problem.trail for problem in self.problems]
        named = merged.get("resources")
        needed = needed_resources(self._job, self._selected).union(named if isinstance(named, dict) else {})
        for key, cls in judged.items():
            trail: Trail = (("field", "resources"), ("field", key), ("field", "config"))
            if key not in needed or any(each[: len(trail)] == trail for each in blamed):
                continue
            from dagjob.config.pydantic_config import instance_problems

            self.problems += instance_problems(cls, _at(document, trail), trail)

    def check_levels(self, document: ConfigDict) -> None:
        """The loggers of the house would refuse a level that there is not, but only in the run."""
        for key, definition in self._job.loggers.items():
            schema: Any = getattr(definition.config_schema, "config_type", definition.config_schema)
            for name, field in getattr(schema, "fields", {}).items():
                value = _at(document, (("field", "loggers"), ("field", key), ("field", "config"), ("field", name)))
                if field.config_type is LOG_LEVEL and isinstance(value, str) and value.upper() not in LEVEL_NAMES:
                    from dagjob.config.problems import fields, mismatch

                    self.problems.append(mismatch(fields(("loggers", key, "config", name)), LOG_LEVEL, value))

    def _told(self, path: Path) -> str:
        graph = f'graph "{".".join(path)}" in ' if path else ""
        return f'{graph}job "{self._job.name}"'

    def _value(self, schema: Schema, value: object, at: Trail, note: str = "") -> Any:
        resolved = resolve_value(schema, value, self._environ)
        for problem in resolved.problems:
            placed = problem.under(at) if at else problem
            self.problems.append(placed.noting(note) if note else placed)
        return resolved.value


def _at(document: object, trail: Trail) -> object:
    """What stands there, None where nothing does."""
    for _, name in trail:
        if not isinstance(document, dict) or name not in document:
            return None
        document = document[name]
    return document


def _returned(mapping: ConfigMapping) -> str:
    return f"in what the config mapping {getattr(mapping.config_fn, '__name__', '')} returned"


def _mapping_of(job: JobDefinition) -> ConfigMapping | None:
    """The config mapping in front of the whole job. Most jobs have no config, and need not load what this takes."""
    if job.config is None or isinstance(job.config, dict):
        return None
    from dagjob.config.mapping import ConfigMapping

    return job.config if isinstance(job.config, ConfigMapping) else None


def _misfit(context: str, problems: list[Problem], value: ConfigDict, job: JobDefinition) -> DagjobInvalidConfigError:
    from dagjob.config.report import invalid_config

    return invalid_config(context, problems, value, job.name)


def _trail(path: Path, last: str) -> Trail:
    """The way to `last` of a node: ops, outer, ops, inner, config."""
    return tuple(("field", name) for name in (*(name for part in path for name in ("ops", part)), last))


def _require_objects(job: JobDefinition, given: set[str]) -> None:
    """Top-level inputs that no config can give must be given as objects."""
    for name in job.graph.graph_inputs:
        if name in given or graph_input_field(job.graph, name) is not None:
            continue
        for target in fed_by(job.graph, name):
            if not target.has_default and not target.type.is_nothing:
                raise DagjobInvalidInvocationError(
                    f'Job "{job.name}" needs a value for its input "{name}", which feeds op "{target.node.name}" with the '
                    f"type {target.type.display_name}. Such a value cannot come from the run config: pass "
                    f'input_values={{"{name}": ...}}.'
                )


def _op_document(config: OpConfig) -> ConfigDict:
    return {"config": config.config, "inputs": dict(config.inputs), "outputs": config.outputs or None}
