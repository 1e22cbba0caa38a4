"""`dagjob config show TARGET` and `dagjob config new TARGET`: the run config that counts, and one to start from."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from dagjob.builtin.yaml_files import SCHEMA_SUFFIX
from dagjob.cli import registry
from dagjob.cli.arguments import ParsedArguments
from dagjob.cli.hiding import hide
from dagjob.cli.output import put, say_json, warn
from dagjob.cli.overrides import read_document
from dagjob.cli.session import Session, open_session
from dagjob.cli.targets import find_target
from dagjob.cli.values import chosen, config_options
from dagjob.config.document import COMMAND_LINE, Document, Path
from dagjob.config.kind import part_at
from dagjob.config.schema import Shape
from dagjob.config.secrets import MASK, is_env, masked
from dagjob.display.yaml_text import Line, as_it_is, laid_out, nothing, value_lines
from dagjob.engine.target import LoadedJob, load_job
from dagjob.errors import DagjobError, DagjobUsageError, ExitCode

if TYPE_CHECKING:
    from dagjob.definitions.jobs import JobDefinition

DEFAULT = "default"


def show(args: ParsedArguments) -> int:
    """Print the run config that a run would get: what was given, over the job's own, over the defaults."""
    session = open_session(args)
    named = chosen(registry.FORMAT_CONFIG, args.text(registry.FORMAT_CONFIG)) or "yaml"
    loaded = load_job(find_target(session, args.text(registry.TARGET)))
    base = session.base_config(loaded.job.name)
    document = read_document(loaded.job, config_options(args, base), session.folder, session.settings.redact)
    try:
        key = _partition_of(session, loaded.job, args.text(registry.PARTITION), document)
        origins = _Origins(loaded, document, key, session.whose_config(loaded.job.name))
        complete = _complete(loaded.job, document, key)
    except DagjobError as error:
        raise hide(error, (loaded.job,), document, session.settings.redact) from error.__cause__
    value = _without_default_secrets(complete, origins)
    if named == "json":
        answer = {"config": value, "origins": origins.by_path(value)} if args.on(registry.ORIGIN) else value
        say_json(answer)
        return ExitCode.OK
    lines = list(value_lines(value, origins.of if args.on(registry.ORIGIN) else nothing)) if value else [Line(0, "{}")]
    output = args.text(registry.OUTPUT)
    put(list(laid_out(lines, _aside(session, output))), output, args.on(registry.YES))
    return ExitCode.OK


def _aside(session: Session, output: str | None) -> Callable[[str], str]:
    """How comments are painted: dim on a terminal, and as they are in a file."""
    if output not in (None, "-"):
        return as_it_is
    style = session.style(sys.stdout)
    return lambda text: style.paint(text, "dim")


def _partition_of(session: Session, job: JobDefinition, named: str | None, document: Document) -> str | None:
    """The key that is named. Raises `DagjobPartitionError` where the config depends on one and none is."""
    if named is None and (job.partitions_def is None or document.value):
        return None
    from dagjob.cli.partition import asking, key_of, required
    from dagjob.definitions.partitioned_config import PartitionedConfig

    with asking(session) as now:
        if named is not None:
            return key_of(job, named)
        if isinstance(job.config, PartitionedConfig):
            raise required(job, job.config.partitions_def, now)
    return None


def _complete(job: JobDefinition, document: Document, partition: str | None = None) -> dict[str, Any]:
    """The merged config with all defaults, without empty entries; secrets are masked, variables stand as they were given.

    Raises `DagjobInvalidConfigError` when it does not fit the job; a variable that is not set here may be set elsewhere.
    """
    from dagjob.config.kind import check
    from dagjob.plan.resolve import resolve

    resolved = resolve(job, document, partition_key=partition, check_instances=True, allow_unset=True)
    schema: Any = resolved.schema
    mapping = job.config_mapping
    given = (
        schema.default_value
        if mapping is not None and not resolved.merged and schema.default_provided
        else resolved.merged
    )
    shown = _as_written(schema, masked(schema, check(schema, given).value), given)
    return shown if mapping is not None else _without_empty(shown)


def _as_written(schema: Any, value: Any, given: Any) -> Any:
    """The config under the names that it was given by: a field may have an alias."""
    if isinstance(value, list) and isinstance(given, list) and len(value) == len(given):
        inner = part_at(schema, 0)
        return value if inner is None else [_as_written(inner, *both) for both in zip(value, given, strict=True)]
    if not isinstance(value, dict) or not isinstance(given, dict):
        return value
    core = schema.core()
    aliases = core.field_aliases if isinstance(core, Shape) else {}
    made = {}
    for name, item in value.items():
        key = aliases[name] if aliases.get(name) in given else name
        inner = part_at(schema, name)
        made[key] = _as_written(inner, item, given[key]) if inner is not None and key in given else item
    return made


def _without_empty(document: Mapping[str, Any]) -> dict[str, Any]:
    """Without the sections, and the entries of ops and resources, that say nothing."""
    made = dict(document)
    for section in ("ops", "resources"):
        if isinstance(made.get(section), dict):
            made[section] = _said(made[section])
    return {section: value for section, value in made.items() if value != {}}


def _without_default_secrets(value: Any, origins: _Origins, path: Path = ()) -> Any:
    """Without the secrets that nobody gave: the stars in their place would be no default any more."""
    if isinstance(value, dict):
        kept = {
            key: item for key, item in value.items() if not (_has_stars(item) and origins.of((*path, key)) == DEFAULT)
        }
        return {key: _without_default_secrets(item, origins, (*path, key)) for key, item in kept.items()}
    return value


def _has_stars(value: Any) -> bool:
    """Whether a value is a secret, or a list that has one in it. (Of a dict each entry is asked.)"""
    return value == MASK or (isinstance(value, list) and any(MASK in str(item) for item in value))


def _said(entries: Mapping[str, Any]) -> dict[str, Any]:
    kept = {}
    for name, entry in entries.items():
        if isinstance(entry, dict) and isinstance(entry.get("ops"), dict):
            entry = {**entry, "ops": _said(entry["ops"])}
            entry = {key: value for key, value in entry.items() if value != {} or key == "config"}
        if entry != {}:
            kept[name] = entry
    return kept


class _Origins:
    """Where each value of the shown config was said."""

    def __init__(
        self,
        loaded: LoadedJob,
        document: Document,
        partition: str | None = None,
        whose: Mapping[str, str] | None = None,
    ) -> None:
        self._whose_file = whose or {}
        job = loaded.job
        self._document = document
        self._own = job.run_config or {}
        self._whose = "the job's own"
        if partition is not None and job.run_config is None and not document.value:
            from dagjob.definitions.partitioned_config import PartitionedConfig, config_of_partition

            if isinstance(job.config, PartitionedConfig):
                self._own, self._whose = config_of_partition(job.config, partition), "the partition's"
        place = loaded.job.place
        self._job = f"{_from_here(place.file)}:{place.line}" if place is not None else loaded.target.text

    def of(self, path: Path) -> str:
        """The origin of the value at this path, in words."""
        place = self._document.said_at(path)
        if place is not None:
            if place.file != COMMAND_LINE:
                whose = self._whose_file.get(place.file)
                return f"{place.file}:{place.line}{f', {whose}' if whose else ''}"
            text = place.text or COMMAND_LINE
            return text.partition("=")[0] if text.startswith("--set") else text.partition(" ")[0]
        return f"{self._whose}, {self._job}" if self._own_has(path) else DEFAULT

    def _own_has(self, path: Path) -> bool:
        here: Any = self._own
        if len(path) > 1 and self._document.has(path[:2]):
            return False  # a part that the run gives replaces the job's as a whole
        for at in path:
            if not isinstance(here, dict | list) or (isinstance(here, dict) and at not in here):
                return False
            here = here[at]
        return True

    def by_path(self, value: Any) -> dict[str, str]:
        """The origin of every single value by its dotted path."""
        return {".".join(map(str, path)): self.of(path) for path in _leaves(value, ())}


def _leaves(value: Any, path: Path) -> Iterator[Path]:
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    if not inner or not value or is_env(value):
        yield path
        return
    for at, item in inner:
        yield from _leaves(item, (*path, at))


def _from_here(path: str) -> str:
    return path.removeprefix(os.getcwd() + os.sep)


# -- a config to start from ----------------------------------------------------------------------------------------


def only_required(args: ParsedArguments) -> int:
    """Print of a run config to start from what must be given."""
    session = open_session(args)
    loaded = load_job(find_target(session, args.text(registry.TARGET)))
    from dagjob.cli.config_template import template
    from dagjob.plan.schema import document_schema

    lines = template(loaded, document_schema(loaded.job), None, everything=False)
    needed = [line for line in lines if line.is_on and line.text and not line.text.startswith("#")]
    put(list(laid_out(needed)), None, overwrite=False)
    return ExitCode.OK


def new(args: ParsedArguments) -> int:
    """Write a run config to start from."""
    session = open_session(args)
    loaded = load_job(find_target(session, args.text(registry.TARGET)))
    from dagjob.cli.config_template import template
    from dagjob.plan.schema import document_schema

    output = args.text(registry.OUTPUT)
    to_file = output not in (None, "-")
    if to_file and str(output).endswith(".json"):
        raise DagjobUsageError(f"a config to start from is YAML, for its comments: -o {str(output)[:-5]}.yaml")
    schema_file = f"{os.path.splitext(output or '')[0]}{SCHEMA_SUFFIX}" if to_file else None
    lines = template(loaded, document_schema(loaded.job), schema_file, everything=args.on(registry.ALL))
    put(list(laid_out(lines, _aside(session, output))), output, args.on(registry.YES))
    if schema_file is not None:
        from dagjob.cli.schema import schema_text

        put([schema_text(loaded.job)], schema_file, overwrite=True)
        warn(f"wrote {output}, and {schema_file} for editors")
        target = args.text(registry.TARGET) or loaded.target.text
        warn(f"check it:  dagjob validate {target} -c {output}")
    return ExitCode.OK
