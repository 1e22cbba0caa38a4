"""The run config of a command line: `-c` files and `--set` in one document that knows where each value came from.

Later sources win, dicts key by key, everything else as a whole. Beside the merged value stands a tree of the same shape
that holds the source of each part, so a problem with a path is shown at the line, or in the argument, that said it.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

from dagjob.builtin.yaml_files import ConfigFile, matching_files, read_config_file
from dagjob.cli.hiding import hidden_in, hidden_text, hide, schema_of
from dagjob.cli.set_option import (
    COMMAND_LINE,
    Marks,
    Path,
    SetOption,
    full_path,
    parse_config_json,
    parse_set,
    parse_set_file,
)
from dagjob.cli.values import ConfigOptions
from dagjob.cli.yaml_surprises import is_meant, is_secret, is_surprise, shown, surprise_told
from dagjob.config.secrets import MASK, REDACT
from dagjob.errors import (
    DagjobConfigFileError,
    DagjobError,
    DagjobInvalidConfigError,
    DagjobUsageError,
    Diagnostic,
    Place,
)
from dagjob.record import Record, replace

if TYPE_CHECKING:
    from dagjob.config.problems import Problem
    from dagjob.config.secret_text import HiddenText
    from dagjob.definitions.jobs import JobDefinition


E = TypeVar("E", bound=DagjobError)
T = TypeVar("T")


class Source(Protocol):
    """Something that says values: a file, or a `--set`. What its document says stands at `path` of the config."""

    @property
    def document(self) -> ConfigFile: ...
    @property
    def path(self) -> Path: ...

    def place(self, path: Path, at: str = "value") -> Place | None:
        """Where the value of `path`, or its key, is said; None if it is not said here."""

    def written(self, path: Path) -> str | None:
        """The text of an unquoted scalar that YAML may have read otherwise than it was meant."""


class FileSource(Record):
    """A config file as a source."""

    document: ConfigFile
    path: Path = ()

    def place(self, path: Path, at: str = "value") -> Place | None:
        return self.document.place(path, at)

    def written(self, path: Path) -> str | None:
        return self.document.sources.get(path)


class SetSource(Record):
    """A `--set` as a source. `path` is the full path, `marks` the words of the argument behind its parts."""

    option: SetOption
    path: Path
    marks: Marks

    @property
    def document(self) -> ConfigFile:
        return self.option.value

    def place(self, path: Path, at: str = "value") -> Place | None:
        depth = len(self.path)
        if path[:depth] == self.path and (len(path) > depth or at == "value"):
            return self.option.value.place(path[depth:], at)
        if path != self.path[: len(path)]:
            return None
        # What a short path leaves out stands at the word before it: the config of an op at the op.
        said = [mark for mark in self.marks[: len(path)] if mark is not None]
        return self.option.place_of_word(said[-1]) if said else None

    def written(self, path: Path) -> str | None:
        depth = len(self.path)
        return self.option.value.sources.get(path[depth:]) if path[:depth] == self.path else None


Origin = Any
"""A `Source`, which said all of a part, or a dict of origins by key or index."""


class Document:
    """The merged run config of one job. `value` is what the job gets.

    `redact`: the patterns of the environment variables whose values are not shown. `others`: jobs for which the same
    files may be meant; what is secret to them is not shown either.
    """

    def __init__(
        self, job: JobDefinition, redact: Sequence[str] = REDACT, others: Sequence[JobDefinition] = ()
    ) -> None:
        self._job = job
        self._redact = redact
        self._others = others
        self._origin: Origin = {}
        self._overridden: dict[Path, Place] = {}
        self._sources: list[Source] = []
        self.value: Mapping[str, Any] = {}

    # -- building --------------------------------------------------------------------------------------------------

    def add_file(self, file: ConfigFile) -> None:
        """Lay a file over what there is."""
        source = FileSource(file)
        self._sources.append(source)
        self.value, self._origin = self._merge(self.value, self._origin, file.value, source, ())

    def set(self, option: SetOption) -> None:
        """Set the one value of a `--set`."""
        path, marks = full_path(option, self._job)
        source = SetSource(option, path, marks)
        self._sources.append(source)
        self.value, self._origin = self._put(self.value, self._origin, source, 0)

    def _merge(self, below: Any, origin: Origin, above: Any, source: Source, path: Path) -> tuple[Any, Origin]:
        if not isinstance(below, dict) or not isinstance(above, dict):
            self._note_override(path, origin, source)
            return above, source
        merged, origins = dict(below), _parts(origin, below)
        for key, value in above.items():
            if key in merged:
                merged[key], origins[key] = self._merge(merged[key], origins[key], value, source, (*path, key))
            else:
                merged[key], origins[key] = value, source
        return merged, origins

    def _put(self, value: Any, origin: Origin, source: SetSource, depth: int) -> tuple[Any, Origin]:
        path = source.path
        if depth == len(path):
            self._note_override(path, origin, source)
            return source.option.value.value, source
        at = path[depth]
        if isinstance(at, int):
            if not isinstance(value, list) or at >= len(value):
                raise self._no_item(source, depth, value)
            items, origins = list(value), _parts(origin, range(len(value)))
            items[at], origins[at] = self._put(items[at], origins[at], source, depth + 1)
            return items, origins
        known = value if isinstance(value, dict) else {}
        merged = dict(known)
        origins = _parts(origin, known) if isinstance(value, dict) else {}
        merged[at], origins[at] = self._put(merged.get(at), origins.get(at), source, depth + 1)
        return merged, origins

    def _no_item(self, source: SetSource, depth: int, value: Any) -> DagjobUsageError:
        option = source.option
        mark = source.marks[depth]
        length = len(value) if isinstance(value, list) else None
        why = "there is no list yet" if length is None else f"the list has {length} item{'' if length == 1 else 's'}"
        error = DagjobUsageError(f"{option.flag}cannot set the list item [{source.path[depth]}]: {why}")
        return error.at(option.place_of_word(mark) if mark is not None else None)

    def _note_override(self, path: Path, origin: Origin, source: Source) -> None:
        old = _place_in(origin, path, (), "value") if origin is not None else None
        if old is not None:
            self._overridden[path] = old

    # -- asking ----------------------------------------------------------------------------------------------------

    def said_at(self, path: Path) -> Place | None:
        """Where the value of exactly this path was said, in the source that won; None if nobody said it."""
        return _place_in(self._origin, path, (), "value") if self.has(path) else None

    def has(self, path: Path) -> bool:
        """Whether the document has a value at this path."""
        here: Any = self.value
        for at in path:
            known = at in here if isinstance(here, dict) else isinstance(here, list) and at in range(len(here))
            if not known:
                return False
            here = here[at]
        return True

    def place_of(self, path: Path, at: str = "value") -> Place | None:
        """Where `path` was said, in the source that won. What nobody said stands where the dict around it is."""
        wanted = at
        for length in range(len(path), max(min(len(path), 2), 1) - 1, -1):
            place = _place_in(self._origin, path[:length], (), wanted)
            if place is not None:
                return place
            wanted = "key"
        # Of a section, a `--set` says one entry: it is no place for what another one lacks.
        files = [source for source in self._sources if isinstance(source, FileSource)]
        said = [place for source in files if path and (place := source.place(path[:1], "key")) is not None]
        if said:
            return said[-1]
        return Place(files[-1].document.name, 0, 0, 0, files[-1].document.text) if files else None

    def locate(self, error: DagjobInvalidConfigError) -> DagjobInvalidConfigError:
        """The same error, each problem with its place, in the order of the files."""
        problems: list[Problem] = [problem for problem in error.errors if hasattr(problem, "trail")]
        if not self._sources or len(problems) < len(error.errors) or not problems or self._is_of_job(error):
            return error
        from dagjob.config.report import to_diagnostics

        paths: dict[Place, Path] = {}

        def find(path: Path, at: str) -> Place | None:
            place = self.place_of(path, at)
            if place is not None:
                paths[place] = path
            return place

        files = [source.document.name for source in self._sources]
        told = to_diagnostics(problems, job=self._job.name, locate=find, value=self.value, files=files)
        return error.telling([self._explained(one, paths.get(one.place)) if one.place else one for one in told])

    def told(self, error: E) -> E:
        """The same error as a person is told: at the places of its problems, without secrets. Excerpts keep columns."""
        if isinstance(error, DagjobInvalidConfigError):
            self.locate(error)
        return hide(error, self._hidden_text())

    def _hidden_text(self) -> HiddenText:
        return hidden_text((self._job, *self._others), self.value, self._redact)

    def mistakes(self) -> list[Diagnostic]:
        """What is wrong with what could be read, when not all of it could: what is missing may be in the rest."""
        from dagjob.config.problems import MISSING_KEY
        from dagjob.config.report import invalid_config
        from dagjob.config.validate import check

        problems = [one for one in check(schema_of(self._job), dict(self.value)).problems if one.code != MISSING_KEY]
        if not problems:
            return []
        return list(self.locate(invalid_config("", problems, self.value, self._job.name)).diagnostics)

    def stars(self) -> list[Diagnostic]:
        """The values that are the mask itself, as `config show` writes it: nobody's secret."""
        found = []
        for path in _paths_of(self.value, MASK):
            message = f'"{path[-1]}" is "{MASK}", which only stands for a secret'
            found.append(Diagnostic("DJ203", message, self.place_of(path), "write the secret, or {env: NAME}"))
        return found

    def surprises(self) -> list[Diagnostic]:
        """Warnings about values that the job takes, though YAML 1.1 may have read something else than was meant."""
        told = []
        schema = schema_of(self._job)
        for source in self._sources:
            for inner, text in source.document.sources.items():
                path = (*source.path, *inner)
                value = _value_at(self.value, path)
                if isinstance(value, str) or not is_surprise(text, value):
                    continue
                if not is_meant(schema, path, text) and not is_secret(schema, path):
                    message = f'YAML 1.1 reads {text} as {shown(value)} ("{path[-1] if path else ""}")'
                    place = source.place(path)
                    told.append(Diagnostic("DJ209", message, place, f'for text write "{text}"', severity="warning"))
        hidden = self._hidden_text() if told else None
        return [hidden_in(one, hidden) for one in told] if hidden else told

    def _is_of_job(self, error: DagjobInvalidConfigError) -> bool:
        """Whether it is the config that the job was defined with that does not fit: nobody here has said it."""
        own = self._job.config
        if own is None or error.config_value == self.value:
            return False
        from dagjob.config.runconfig import RunConfig, plain

        return isinstance(own, dict | RunConfig) and error.config_value == plain(own)

    def _explained(self, told: Diagnostic, path: Path | None) -> Diagnostic:
        if path is None:
            return told
        if told.code == "DJ203":
            text = _written(self._origin, path, ())
            value = _value_at(self.value, path)
            if text is not None and is_surprise(text, value) and not is_secret(schema_of(self._job), path):
                told = surprise_told(told, text, value)
        old = next((self._overridden[path[:n]] for n in range(len(path), 0, -1) if path[:n] in self._overridden), None)
        if old is None:
            return told
        where = f"{old.file}:{old.line}" if old.file != COMMAND_LINE else (old.text or COMMAND_LINE)
        return replace(told, notes=(*told.notes, f"overrides {where}"))


def read_document(
    job: JobDefinition,
    options: ConfigOptions,
    root: str = ".",
    redact: Sequence[str] = REDACT,
    others: Sequence[JobDefinition] = (),
) -> Document:
    """The document of a command line: the files that pyproject names (from `root`), `-c`, `--config-json`, `--set...`.

    Raises with all that cannot be read or understood, at once.
    """
    document = Document(job, redact, others)
    wrong: list[DagjobError] = []

    def attempt(add: Callable[[T], None], read: Callable[[str], T], text: str) -> None:
        try:
            add(read(text))
        except DagjobError as error:
            wrong.append(error)

    patterns = [(os.path.relpath(os.path.join(root, name)), '"config" of pyproject.toml') for name in options.base]
    for pattern, said_by in [*patterns, *((name, "-c") for name in options.files)]:
        found = matching_files(pattern)
        if not found:
            kind = "no file matches" if any(sign in pattern for sign in "*?[") else "no such file:"
            wrong.append(DagjobUsageError(f'{said_by}: {kind} "{pattern}"'))
        for file in found:
            attempt(document.add_file, read_config_file, file)
    for text in options.json:
        attempt(document.add_file, parse_config_json, text)
    for text in options.set_files:
        attempt(document.set, parse_set_file, text)
    for text in options.sets:
        attempt(document.set, parse_set, text)
    if stars := document.stars():
        wrong.append(DagjobConfigFileError(stars[0].message, stars))
    if wrong:
        raise document.told(_as_one(wrong, document))
    return document


def _as_one(wrong: Sequence[DagjobError], document: Document) -> DagjobError:
    """One error that tells all; of several, that of the worst exit code (2, the command line itself, before 6)."""
    told = [one for error in wrong for one in error.diagnostics]
    first = min(wrong, key=lambda error: error.exit_code)
    try:
        return first.telling([*told, *document.mistakes()])
    except DagjobError:  # the job itself is not well formed
        return first.telling(told)


# -- trees of origins ----------------------------------------------------------------------------------------------


def _parts(origin: Origin, keys: Any) -> dict[Any, Origin]:
    """An origin by key, where one source may have said all of it."""
    return dict(origin) if isinstance(origin, dict) else dict.fromkeys(keys, origin)


def _place_in(origin: Origin, path: Path, walked: Path, at: str) -> Place | None:
    """The place of `walked + path`; `walked` has led to `origin`. Of several sources the last one has the say."""
    if not isinstance(origin, dict):
        place: Place | None = origin.place((*walked, *path), at) if origin is not None else None
        return place
    if path:
        return _place_in(origin[path[0]], path[1:], (*walked, path[0]), at) if path[0] in origin else None
    said = [source.place(walked, at) for source in _sources_of(origin)]
    return next((place for place in reversed(said) if place is not None), None)


def _sources_of(origin: Origin) -> list[Any]:
    if not isinstance(origin, dict):
        return [origin]
    return [source for inner in origin.values() for source in _sources_of(inner)]


def _written(origin: Origin, path: Path, walked: Path) -> str | None:
    while isinstance(origin, dict) and path:
        walked, origin, path = (*walked, path[0]), origin.get(path[0]), path[1:]
    if origin is None or isinstance(origin, dict):
        return None
    text: str | None = origin.written((*walked, *path))
    return text


def _paths_of(value: Any, wanted: str, path: Path = ()) -> Iterator[Path]:
    if value == wanted:
        yield path
    elif isinstance(value, dict):
        for key, item in value.items():
            yield from _paths_of(item, wanted, (*path, key))
    elif isinstance(value, list):
        for at, item in enumerate(value):
            yield from _paths_of(item, wanted, (*path, at))


def _value_at(value: Any, path: Path) -> Any:
    for at in path:
        try:
            value = value[at]
        except (KeyError, IndexError, TypeError):
            return None
    return value
