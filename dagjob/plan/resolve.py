"""What a run will use of every config value: the job's own config, the partition's, the run's, checked and resolved.

How these meet is in `_merged` (contract def-3), what fits is in `schema.py`; here the problems of all parts are
collected into one error that names the job. Of the user's code only config mappings, `configured` functions and (when
asked) the validators of `Config` classes are called; the environment is passed in.
"""

from __future__ import annotations

import os
from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING, Any

from dagjob.config.document import Document, as_document, overlaid, under
from dagjob.config.kind import check
from dagjob.config.kind import resolve as resolve_value
from dagjob.config.runconfig import ClassValues, RunConfig, plain
from dagjob.config.scalars import LEVEL_NAMES, LOG_LEVEL
from dagjob.config.schema import ANY, Schema, Shape, config_class, is_configured
from dagjob.definitions.graphs import GraphDefinition
from dagjob.definitions.requirements import needed_resources
from dagjob.definitions.walk import Path, fed_by, walk_nodes, walk_ops
from dagjob.errors import DagjobConfigMappingFunctionError, DagjobInvalidConfigError, DagjobInvalidInvocationError
from dagjob.plan.schema import graph_input_field, graph_ops_schema, job_schema
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
    """Every config value of one run, ready to be used, and what it was made from.

    `document` is what was passed, `merged` that together with the job's own config, both as they were written; `schema`
    is what it had to fit, `value` what was made of it: defaults filled in, the environment read. `ops` has the nodes
    about which the config says anything, by path; ask `op()`. `execution` is the config of the job's executor. `loggers`
    are those that the config names. `read` are the environment variables behind it, each with the field that it is for.
    `drawn` is what default factories gave for this run, as a config would say it.
    """

    document: Document = Document()
    merged: ConfigDict = {}
    schema: Schema = ANY
    value: object = None
    ops: Mapping[Path, OpConfig] = {}
    resources: Mapping[str, object] = {}
    execution: object = None
    loggers: Mapping[str, object] = {}
    inputs: Mapping[str, object] = {}
    read: tuple[tuple[str, str], ...] = ()
    drawn: ConfigDict = {}

    @property
    def recorded(self) -> ConfigDict:
        """What the history keeps: `merged`, and what was drawn."""
        return overlaid(self.merged, self.drawn) if self.drawn else self.merged

    @property
    def given(self) -> ConfigDict:
        """What was passed, as a dict."""
        made: ConfigDict = plain(self.document.value)
        return made

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
    input_values: Collection[str] = (),
    check_instances: bool = False,
    allow_unset: bool = False,
) -> ResolvedConfig:
    """Resolve the config of one run of `job`.

    `environ`: None is the environment of this process. `ignore_execution`: run in this process whatever the config
    says. `input_values`: names of the top-level inputs given as Python objects. `check_instances` runs the validators
    of `Config` classes now, not only in the step. `allow_unset`: a variable that is not set is no problem; what depends
    on it is left out, so nothing can be run.
    Raises `DagjobInvalidConfigError` with all problems, each where it was written, `DagjobConfigMappingFunctionError`
    when a function of the user raises, `DagjobInvalidInvocationError` when a top-level input can only be given as an
    object and is not.
    """
    _require_objects(job, {*job.input_values, *input_values})
    document, own = as_document(run_config), job.run_config
    merged = _merged(job, dict(document.value), partition_key)
    schema = job_schema(job, input_values=input_values, ignore_execution=ignore_execution)
    is_whole = not job.is_subset and not input_values and not ignore_execution
    if own is not None and not (is_whole and merged is own):
        whole = job.whole
        _judge_own(whole, own, schema if is_whole else job_schema(whole), check_instances)
    judge = _Judge(job, schema, os.environ if environ is None else environ, check_instances, allow_unset)
    if merged is own:
        resolved = judge.judge(Document(own), own, _OWN, document)
    else:
        resolved = judge.judge(replace(document, value=merged), merged, _GIVEN, document)
    return replace(resolved, execution=None) if ignore_execution else resolved


def run_config_schema(job: JobDefinition) -> Shape:
    """What a run config of `job` may be, behind its config mapping if it has one.

    Raises `DagjobInvalidConfigError` when the dict that the job was defined with does not fit it by itself: at
    decoration nothing is checked yet (contract def-3, "found late"). Reads no environment.
    """
    schema = job_schema(job)
    if job.run_config is not None:
        whole = job.whole
        _judge_own(whole, job.run_config, job_schema(whole) if job.is_subset else schema, True)
    return schema


def _judge_own(job: JobDefinition, own: ConfigDict, schema: Shape, check_instances: bool) -> None:
    _Judge(job, schema, {}, check_instances, True).judge(Document(own), own, _OWN)


def validate_run_config(job_def: JobDefinition, run_config: ConfigDict | RunConfig | None = None) -> ConfigDict:
    """The resolved run config of a job as one dict; raises `DagjobInvalidConfigError` with everything that is wrong.

    Nodes of nested graphs stand under `ops` by their dotted path. The validators of `Config` classes are not run.
    """
    from dagjob.definitions.jobs import JobDefinition

    check_kind(job_def, JobDefinition, "validate_run_config: job_def")
    only_as_objects = [name for name in job_def.graph.graph_inputs if graph_input_field(job_def.graph, name) is None]
    resolved = resolve(job_def, run_config, input_values=only_as_objects)
    return {
        "ops": {".".join(path): _op_document(resolved.op(path)) for path, _ in walk_nodes(job_def.graph)},
        "execution": {job_def.executor_def.name: resolved.execution},
        "resources": {key: {"config": value} for key, value in resolved.resources.items()},
        "loggers": {key: {"config": value} for key, value in resolved.loggers.items()},
    }


# -- the job's config and the run's --------------------------------------------------------------------------------


def _merged(job: JobDefinition, given: ConfigDict, partition_key: str | None) -> ConfigDict:
    """The run config that counts, from what the job was defined with and what the run was given.

    Under a partition the job's config is used as a whole or not at all. Else each child of a section that the run gives
    (an op, a resource, a graph with all in it) replaces that child; the others stay.
    """
    own = job.run_config
    if own is None:
        by_partition = job.partitioned_config if partition_key is not None and not given else None
        if by_partition is None or partition_key is None:
            return given
        from dagjob.definitions.partitioned_config import config_of_partition

        return dict(as_document(config_of_partition(by_partition, partition_key)).value)
    if not given:
        return own
    if job.partitions_def is not None:
        return given
    merged = {**own, **given}
    for section, children in own.items():
        if isinstance(children, dict) and isinstance(given.get(section), dict):
            merged[section] = {**children, **given[section]}
    return merged


# -- one judgement -------------------------------------------------------------------------------------------------

_GIVEN = 'The run config does not fit job "{}".'
_OWN = 'The config that job "{}" was defined with does not fit it.'
_OWN_NOTE = "in the config that the job was defined with, which must fit whatever a run is given"


class _Judge:
    """Judges one config: what has been read so far, and what is wrong with it."""

    def __init__(
        self,
        job: JobDefinition,
        schema: Shape,
        environ: Mapping[str, str],
        check_instances: bool,
        allow_unset: bool,
    ) -> None:
        self._job = job
        self._schema = schema
        self._environ = environ
        self._check_instances = check_instances
        self._allow_unset = allow_unset
        self._given_schema: Schema = schema if job.config_mapping is None else job.config_mapping.config_schema
        self._value: object = None
        self.problems: list[Problem] = []
        self.read: list[tuple[str, str]] = []
        self.ops: dict[Path, OpConfig] = {}

    def judge(
        self, located: Document, merged: ConfigDict, context: str, given: Document = Document()
    ) -> ResolvedConfig:
        """Read all of a config; raise with all that is wrong with it, at the places that `located` knows."""
        try:
            document = self._read(merged)
            if self.problems:
                raise self._misfit(context, located, merged)
        except (DagjobInvalidConfigError, DagjobConfigMappingFunctionError) as error:
            from dagjob.plan.secrets import Secrets, secrets_of, without_secrets

            so_far = ResolvedConfig(given, merged, self._given_schema, self._value, self.ops, read=tuple(self.read))
            without_secrets(error, secrets_of(self._job, so_far) or Secrets())
            raise
        return ResolvedConfig(
            given,
            plain(merged),
            self._given_schema,
            self._value,
            self.ops,
            {key: entry.get("config") for key, entry in document.get("resources", {}).items()},
            document.get("execution", {}).get("config"),
            {key: entry.get("config") for key, entry in document.get("loggers", {}).items()},
            document.get("inputs", {}),
            tuple(self.read),
            self._drawn(document) if self._job.config_mapping is None else {},
        )

    def _drawn(self, document: ConfigDict) -> ConfigDict:
        """What default factories gave, where a config could say it: not behind mappings and `configured`."""
        made: ConfigDict = {}
        for path, _, op in walk_ops(self._job.graph):
            config = self.ops[path].config if path in self.ops else None
            trail = _trail(path, "config")
            if (
                isinstance(config, ClassValues)
                and not is_configured(op.config_schema)
                and _at(document, trail) is config
            ):
                made = overlaid(made, under(trail, config.drawn()))
        for key, entry in document.get("resources", {}).items():
            config, own = entry.get("config"), self._job.resource_defs[key].config_schema
            if isinstance(config, ClassValues) and not is_configured(own):
                made = overlaid(made, under(_resource_trail(key), config.drawn()))
        return made

    def _read(self, merged: ConfigDict) -> ConfigDict:
        document = self._document(merged)
        if not self.problems:
            self._read_graph(self._job.graph, (), document.get("ops", {}))
        if self._check_instances:
            if self.problems:
                self._keep_ops_of(document)
            self._build_instances()
            self._build_resources(document, merged)
            self._check_levels(document)
        if self._allow_unset:
            self.problems = [problem for problem in self.problems if not problem.is_unset]
        return document

    def _misfit(self, context: str, located: Document, merged: ConfigDict) -> DagjobInvalidConfigError:
        from dagjob.config.located import diagnostics

        found = diagnostics(self.problems, located, self._given_schema, self._job.name, self._job.place)
        if self._job.is_subset and self._job.config_mapping is None:
            from dagjob.plan.left_out import with_ways_out

            found = with_ways_out(self._job, found)
        if context is _OWN:
            found = [replace(each, notes=(*each.notes, _OWN_NOTE)) for each in found]
        return DagjobInvalidConfigError(context.format(self._job.name), self.problems, merged, found)

    def _document(self, merged: ConfigDict) -> ConfigDict:
        """The whole document, resolved; through the config mapping of the job if it has one."""
        mapping = self._job.config_mapping
        if mapping is None:
            document: ConfigDict = self._resolved(self._schema, merged, ())
            self._value = document
            return document
        outer = mapping.config_schema
        config: object = outer.default_value if not merged and outer.default_provided else merged
        if mapping.receive_processed_config_values is False:
            checked = check(outer, config)
            self.problems += checked.problems
            config = checked.value
            raw = resolve_value(outer, config, self._environ)
            self._value = raw.value
            self.read += raw.read
        else:
            config = self._value = self._resolved(outer, config, ())
        if self.problems:
            return {}
        made = mapping.apply(config, self._subject(()))
        through_mapping: ConfigDict = self._resolved(self._schema, dict(made), (), _returned(mapping))
        return through_mapping

    def _read_graph(self, graph: GraphDefinition, path: Path, entry: ConfigDict) -> None:
        mapping = graph.config_mapping
        if mapping is None:
            self._keep_ops(graph, path, entry if not path else entry.get("ops", {}))
            return
        schema = graph_ops_schema(self._job, graph, path)
        made = mapping.apply(entry.get("config"), self._subject(path))
        before = len(self.problems)
        section = self._resolved(schema, dict(made), _trail(path, "ops"), _returned(mapping))
        if len(self.problems) == before:
            self._keep_ops(graph, path, section)

    def _keep_ops(self, graph: GraphDefinition, path: Path, section: ConfigDict) -> None:
        """Keep what a resolved section says about the nodes of one graph, and of those inside."""
        for name, entry in section.items():
            here, node = (*path, name), graph.node_dict.get(name)
            if node is None:
                continue  # it is not selected
            inputs = entry.get("inputs", {})
            if isinstance(node.definition, GraphDefinition):
                if inputs:
                    self.ops[here] = OpConfig(inputs=inputs)
                self._read_graph(node.definition, here, entry)
            else:
                self.ops[here] = OpConfig(entry.get("config"), inputs, entry.get("outputs", {}))

    def _keep_ops_of(self, document: ConfigDict) -> None:
        """Of a document with problems, keep the configs, so that their classes can judge what is sound in them."""
        self.ops = {}
        for path, _, _ in walk_ops(self._job.graph):
            config = _at(document, _trail(path, "config"))
            if config is not None:
                self.ops[path] = OpConfig(config)

    def _build_instances(self) -> None:
        """Let the `Config` classes of the ops judge their configs."""
        known = tuple(self.problems)
        for path, _, op in walk_ops(self._job.graph):
            config = self.ops.get(path)
            cls = config_class(op.config_schema) if config is not None else None
            if config is not None and cls is not None:
                # Whoever has such a class has loaded pydantic already.
                from dagjob.config.pydantic_problems import instance_problems

                self.problems += instance_problems(cls, config.config, _trail(path, "config"), known)

    def _build_resources(self, document: ConfigDict, merged: ConfigDict) -> None:
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
        known = tuple(self.problems)
        named = merged.get("resources")
        needed = needed_resources(self._job).union(named if isinstance(named, dict) else {})
        for key, cls in judged.items():
            trail = _resource_trail(key)
            if key not in needed:
                continue
            from dagjob.config.pydantic_problems import instance_problems

            self.problems += instance_problems(cls, _at(document, trail), trail, known)

    def _check_levels(self, document: ConfigDict) -> None:
        """The built-in loggers refuse a level that there is not, but only in the run."""
        for key, definition in self._job.loggers.items():
            schema: Any = getattr(definition.config_schema, "config_type", definition.config_schema)
            for name, field in getattr(schema, "fields", {}).items():
                value = _at(document, (("field", "loggers"), ("field", key), ("field", "config"), ("field", name)))
                if field.config_type is LOG_LEVEL and isinstance(value, str) and value.upper() not in LEVEL_NAMES:
                    from dagjob.config.problems import fields, mismatch

                    self.problems.append(mismatch(fields(("loggers", key, "config", name)), LOG_LEVEL, value))

    def _subject(self, path: Path) -> str:
        graph = f'graph "{".".join(path)}" in ' if path else ""
        return f'{graph}job "{self._job.name}"'

    def _resolved(self, schema: Schema, value: object, at: Trail, note: str = "") -> Any:
        resolved = resolve_value(schema, value, self._environ)
        self.read += resolved.read
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


def _resource_trail(key: str) -> Trail:
    return (("field", "resources"), ("field", key), ("field", "config"))


def _returned(mapping: ConfigMapping) -> str:
    return f"in what the config mapping {getattr(mapping.config_fn, '__name__', '')} returned"


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
