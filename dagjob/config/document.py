"""A run config as it was given: its value, and where each part of the value was written.

A `ParsedText` is what was read from one text: a file, or an argument of the command line. A `Document` is several of
them, one over the other: later sources win, dicts key by key, everything else as a whole. Beside its value stands a tree
of the same shape that holds the source of each part, so that a problem with a path can be shown at the line, or in the
argument, that said it. Nothing is read or checked here, and what a value means to a job is not known.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, TypeAlias

from dagjob.config.runconfig import RunConfig, as_config
from dagjob.errors import DagjobUsageError, ParameterCheckError, Place
from dagjob.record import Record, replace

if TYPE_CHECKING:
    from dagjob.config.problems import Trail

COMMAND_LINE = "command line"
"""The name of a text that stands there."""

Path = tuple[Any, ...]
"""Keys and list indices from the top of a document."""
Mark = tuple[int, int, int]
"""Line and column, both from 1, and the length in characters on that line."""


class Position(Record):
    """Where a value of a document stands. A list item and the document itself have no key."""

    key: Mark | None
    value: Mark


class ParsedText(Record):
    """A text that was read: its value, where each part stands, and what was written where YAML saw no text."""

    name: str
    value: Any
    positions: dict[Path, Position]
    scalars: dict[Path, str]
    """The text of unquoted scalars that are no text or could be a number, by path: `NO` where the value is False."""
    text: str | None = None
    """The text itself where it is not in the file `name`."""

    def place(self, path: Path, at: str = "value") -> Place | None:
        """The place of a value, or of its key; None if the document does not have it."""
        position = self.positions.get(path)
        if position is None:
            return None
        mark = position.key if at == "key" and position.key else position.value
        return Place(self.name, *mark, self.text)


class Source(Record):
    """A text that says values of a run config. What it says stands at `path`: of a file at the top.

    `words` are the places of the words that say the parts of `path`; None for a part that was left out in a short path.
    """

    parsed: ParsedText
    path: Path = ()
    words: tuple[Place | None, ...] = ()

    def place(self, path: Path, at: str = "value") -> Place | None:
        """Where the value of `path`, or its key, is said; None if it is not said here."""
        depth = len(self.path)
        if path[:depth] == self.path and (len(path) > depth or at == "value"):
            return self.parsed.place(path[depth:], at)
        if path != self.path[: len(path)]:
            return None
        # What a short path leaves out stands at the word before it: the config of an op at the op.
        said = [word for word in self.words[: len(path)] if word is not None]
        return said[-1] if said else None

    def scalar(self, path: Path) -> str | None:
        """The text of an unquoted scalar that YAML may have read otherwise than it was meant."""
        depth = len(self.path)
        return self.parsed.scalars.get(path[depth:]) if path[:depth] == self.path else None


Origin: TypeAlias = "Source | dict[Any, Origin] | None"
"""The source that said all of a part, or the origins of its parts by key or index; None where nothing was said."""


class Document(Record):
    """A run config and where each of its values came from. Without arguments: one that says nothing."""

    value: Mapping[str, Any] = {}
    sources: tuple[Source, ...] = ()
    origin: Origin = None
    overridden: Mapping[Path, Place] = {}
    """The places of values that a later source has replaced."""

    def with_source(self, source: Source) -> Document:
        """A document with one more source over the others.

        Raises `DagjobUsageError` where the path of the source leads to a list item that is not there.
        """
        overlay = _Overlay(source, dict(self.overridden))
        value, origin = overlay.put(self.value, self.origin, 0)
        return Document(value, (*self.sources, source), origin, overlay.overridden)

    def has(self, path: Path) -> bool:
        """Whether the document has a value at this path."""
        here: Any = self.value
        for at in path:
            known = at in here if isinstance(here, dict) else isinstance(here, list) and at in range(len(here))
            if not known:
                return False
            here = here[at]
        return True

    def at(self, path: Path) -> Any:
        """The value at a path; None where there is none."""
        here: Any = self.value
        for at in path:
            try:
                here = here[at]
            except (KeyError, IndexError, TypeError):
                return None
        return here

    def said_at(self, path: Path) -> Place | None:
        """Where the value of exactly this path was said, in the source that won; None if nobody said it."""
        return _place_in(self.origin, path, (), "value") if self.has(path) else None

    def place_of(self, path: Path, at: str = "value") -> Place | None:
        """Where `path` was said, in the source that won. What nobody said stands where the dict around it is."""
        wanted = at
        for length in range(len(path), max(min(len(path), 2), 1) - 1, -1):
            place = _place_in(self.origin, path[:length], (), wanted)
            if place is not None:
                return place
            wanted = "key"
        # Of a section, an argument says one entry: it is no place for what another one lacks.
        files = [source for source in self.sources if not source.path]
        said = [place for source in files if path and (place := source.place(path[:1], "key")) is not None]
        if said:
            return said[-1]
        return Place(files[-1].parsed.name, 0, 0, 0, files[-1].parsed.text) if files else None

    def scalar(self, path: Path) -> str | None:
        """What was written for the value at a path, where YAML may have read it otherwise than it was meant."""
        origin, rest = self.origin, path
        while isinstance(origin, dict) and rest:
            origin, rest = origin.get(rest[0]), rest[1:]
        return origin.scalar(path) if isinstance(origin, Source) else None

    def replaced_at(self, path: Path) -> Place | None:
        """Where an earlier source said what stands at this path, or something around it."""
        return next((self.overridden[path[:n]] for n in range(len(path), 0, -1) if path[:n] in self.overridden), None)


class LocatedConfig(dict[str, Any]):
    """A run config from YAML that knows where its values were written. A plain dict in every other way."""

    document = Document()

    @classmethod
    def of(cls, texts: Iterable[ParsedText]) -> LocatedConfig:
        """The texts merged from left to right."""
        document = Document()
        for text in texts:
            document = document.with_source(Source(text))
        made = cls(document.value)
        made.document = document
        return made


def as_document(run_config: object) -> Document:
    """What a user gives as run config, as a document. Raises `CheckError` for what is none."""
    if run_config is None:
        return Document()
    if isinstance(run_config, Document):
        return run_config
    if isinstance(run_config, LocatedConfig):
        return replace(run_config.document, value=dict(run_config))
    if isinstance(run_config, RunConfig):
        return Document(as_config(run_config))
    if isinstance(run_config, Mapping):
        return Document(dict(run_config))
    raise ParameterCheckError(f"run_config must be a dict or a RunConfig, not {run_config!r}")


# -- plain documents ----------------------------------------------------------------------------------------------


def under(trail: Trail, values: dict[str, Any]) -> dict[str, Any]:
    """A document that says these values there; nothing where there are none."""
    if not values:
        return {}
    for _, name in reversed(trail):
        values = {name: values}
    return values


def overlaid(under: dict[str, Any], over: dict[str, Any]) -> dict[str, Any]:
    """One document over another, key by key."""
    made = dict(under)
    for key, value in over.items():
        held = made.get(key)
        made[key] = overlaid(held, value) if isinstance(held, dict) and isinstance(value, dict) else value
    return made


# -- one source over what there is ---------------------------------------------------------------------------------


class _Overlay:
    """Lays one source over a value and the tree of its origins, and notes what it replaces."""

    def __init__(self, source: Source, overridden: dict[Path, Place]) -> None:
        self._source = source
        self.overridden = overridden

    def put(self, value: Any, origin: Origin, depth: int) -> tuple[Any, Origin]:
        """Go down the path of the source to where its value stands."""
        path = self._source.path
        if depth == len(path):
            if path:  # an argument sets all of a value
                return self._replace(path, origin, self._source.parsed.value)
            return self._merge(value, origin, self._source.parsed.value, path)
        at = path[depth]
        if isinstance(at, int):
            if not isinstance(value, list) or at >= len(value):
                raise self._no_item(depth, value)
            items, origins = list(value), _parts(origin, range(len(value)))
            items[at], origins[at] = self.put(items[at], origins[at], depth + 1)
            return items, origins
        known = value if isinstance(value, dict) else {}
        merged = dict(known)
        origins = _parts(origin, known) if isinstance(value, dict) else {}
        merged[at], origins[at] = self.put(merged.get(at), origins.get(at), depth + 1)
        return merged, origins

    def _merge(self, below: Any, origin: Origin, above: Any, path: Path) -> tuple[Any, Origin]:
        if not isinstance(below, dict) or not isinstance(above, dict):
            return self._replace(path, origin, above)
        merged, origins = dict(below), _parts(origin, below)
        for key, value in above.items():
            if key in merged:
                merged[key], origins[key] = self._merge(merged[key], origins[key], value, (*path, key))
            else:
                merged[key], origins[key] = value, self._source
        return merged, origins

    def _replace(self, path: Path, origin: Origin, value: Any) -> tuple[Any, Origin]:
        old = _place_in(origin, path, (), "value")
        if old is not None:
            self.overridden[path] = old
        return value, self._source

    def _no_item(self, depth: int, value: Any) -> DagjobUsageError:
        length = len(value) if isinstance(value, list) else None
        why = "there is no list yet" if length is None else f"the list has {length} item{'' if length == 1 else 's'}"
        error = DagjobUsageError(f"cannot set the list item [{self._source.path[depth]}]: {why}")
        return error.at(self._source.words[depth])


def _parts(origin: Origin, keys: Iterable[Any]) -> dict[Any, Origin]:
    """An origin by key, where one source may have said all of it."""
    return dict(origin) if isinstance(origin, dict) else dict.fromkeys(keys, origin)


def _place_in(origin: Origin, path: Path, walked: Path, at: str) -> Place | None:
    """The place of `walked + path`; `walked` has led to `origin`. Of several sources the last one has the say."""
    if not isinstance(origin, dict):
        return origin.place((*walked, *path), at) if origin is not None else None
    if path:
        return _place_in(origin[path[0]], path[1:], (*walked, path[0]), at) if path[0] in origin else None
    said = [source.place(walked, at) for source in _sources_of(origin)]
    return next((place for place in reversed(said) if place is not None), None)


def _sources_of(origin: Origin) -> list[Source]:
    if isinstance(origin, dict):
        return [source for inner in origin.values() for source in _sources_of(inner)]
    return [origin] if origin is not None else []
