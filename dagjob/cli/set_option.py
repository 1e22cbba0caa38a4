"""`--set PATH=VALUE`: reading it, and finding out which path of the run config a short one means.

    ops.extract.config.limit=5     a full path: it begins with a section of the config
    resources.db.url=x             the section, the name, and then what stands in its `config`
    extract.limit=5                an op, through nested graphs; what follows is in its `config`
    rows[0].name=a                 a list item
    extract."a.b"=1                a key with a dot in it

VALUE is text where the job takes text, and YAML elsewhere. `--set-str PATH=TEXT` and `--set-file PATH=FILE` are the same with
a text, or that of a file, that is never parsed; `--config-json TEXT` is a whole document. Nothing is merged or checked here;
each part of an argument keeps its place in it, for the carets.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import TYPE_CHECKING

from dagjob.builtin.yaml_files import parse_config, parse_text, parse_value
from dagjob.config.document import COMMAND_LINE, ParsedText, Path, Position, Source
from dagjob.config.kind import Wrapper, part_at
from dagjob.config.scalars import Enum, String
from dagjob.config.scalars import Source as EnvironmentSource
from dagjob.config.schema import Field, Noneable, NullTolerant, ScalarUnion, Selector, Shape
from dagjob.definitions.graphs import GraphDefinition
from dagjob.definitions.ops import OpDefinition
from dagjob.definitions.walk import nodes_along, walk_nodes
from dagjob.errors import (
    DagjobConfigFileError,
    DagjobInvalidConfigError,
    DagjobUsageError,
    Diagnostic,
    Place,
    nearest,
)
from dagjob.plan.schema import given_schema
from dagjob.record import Record, replace

if TYPE_CHECKING:
    from dagjob.config.schema import Schema
    from dagjob.definitions.jobs import JobDefinition

SET, SET_STR, SET_FILE, CONFIG_JSON = "--set ", "--set-str ", "--set-file ", "--config-json "

SECTIONS = ("ops", "resources", "execution", "loggers", "inputs")
_NAMED = ("resources", "loggers")
_OF_OP = ("config", "inputs", "outputs")


class Word(Record):
    """One part of a path: a key, or the index of a list item, and where it stands in the argument (from 1)."""

    at: str | int
    column: int
    length: int


class SetOption(Record):
    """One `--set`, `--set-str` or `--set-file`, read. `value` is a document whose places are those of the whole argument.

    Of a `--set` it is the text behind the `=`, which begins at `start`, until the job says what stands there.
    """

    text: str
    words: tuple[Word, ...]
    value: ParsedText
    start: int
    flag: str = SET

    @property
    def shown(self) -> str:
        """The argument with its flag, as it stands on the command line."""
        return self.flag + self.text

    def place_of_word(self, number: int) -> Place:
        """Where a part of the path stands."""
        word = self.words[number]
        return Place(COMMAND_LINE, 1, len(self.flag) + word.column, word.length, self.shown)


# -- reading -------------------------------------------------------------------------------------------------------


def parse_set(text: str, flag: str = SET) -> SetOption:
    """Read the argument of a `--set` or `--set-str`. Raises `DagjobUsageError`."""
    words, end = _words(text, flag)
    return SetOption(text, tuple(words), _argument(flag, text, end + 1, parse_text), end + 1, flag)


def parse_set_file(text: str) -> SetOption:
    """Read the argument of a `--set-file`, and the file. Raises `DagjobUsageError` when either cannot be read."""
    words, end = _words(text, SET_FILE)
    name = text[end + 1 :]
    place = Place(COMMAND_LINE, 1, len(SET_FILE) + end + 2, max(len(name), 1), SET_FILE + text)
    try:
        with open(name, encoding="utf-8") as file:
            content = file.read()
    except (OSError, ValueError) as error:
        reason = (isinstance(error, OSError) and error.strerror) or "it is not UTF-8"
        raise DagjobUsageError(f'--set-file cannot read "{name}": {reason}').at(place) from None
    positions = {(): Position(None, (1, place.column, place.length))}
    value = ParsedText(COMMAND_LINE, content, positions, {}, place.text)
    return SetOption(text, tuple(words), value, end + 1, SET_FILE)


def parse_config_json(text: str) -> ParsedText:
    """Read the argument of a `--config-json`: a whole document. Raises `DagjobConfigFileError` if it is none."""
    return _argument(CONFIG_JSON, text, 0, lambda *given, **more: parse_config(*given, **more, as_json=True))


def _words(text: str, flag: str) -> tuple[list[Word], int]:
    """The parts of the path, and where its `=` stands."""
    words: list[Word] = []
    at = 0
    while True:
        start = at
        if text[at : at + 1] in ('"', "'"):
            closing = text.find(text[at], at + 1)
            if closing < 0:
                raise _bad(flag, text, at, "the quote is never closed")
            name, at = text[at + 1 : closing], closing + 1
        else:
            while at < len(text) and text[at] not in ".[=":
                at += 1
            name = text[start:at]
        if not name:
            raise _bad(flag, text, start, "a name is missing")
        words.append(Word(name, start + 1, at - start))
        while text[at : at + 1] == "[":
            closing = text.find("]", at)
            index = text[at + 1 : closing] if closing > 0 else ""
            if not index.isdigit():
                raise _bad(flag, text, at, "[ ] takes the number of a list item, from 0")
            words.append(Word(int(index), at + 1, closing - at + 1))
            at = closing + 1
        sign = text[at : at + 1]
        if sign == "=":
            return words, at
        if sign != ".":
            raise _bad(flag, text, at, 'a dot, a [number] or "=" must follow' if sign else '"=" is missing')
        at += 1


def _bad(flag: str, text: str, at: int, why: str) -> DagjobUsageError:
    takes = {SET: "PATH=VALUE", SET_STR: "PATH=TEXT"}.get(flag, "PATH=FILE")
    error = DagjobUsageError(f"{flag}takes {takes}: {why}")
    return error.at(Place(COMMAND_LINE, 1, len(flag) + at + 1, 1, flag + text))


def _argument(flag: str, text: str, start: int, parse: Callable[..., ParsedText]) -> ParsedText:
    """What stands in an argument from `start` on, with places in the whole argument and its flag."""
    shift = len(flag) + start

    def moved(place: Place | None) -> Place | None:
        if place is None or place.line > 1:
            return None if place is None else replace(place, text=flag + text)
        return replace(place, column=place.column + shift if place.column else shift, text=flag + text)

    try:
        read = parse(text[start:], COMMAND_LINE, is_file=False)
    except DagjobConfigFileError as error:
        found = [replace(one, place=moved(one.place)) for one in error.diagnostics]
        raise DagjobConfigFileError(f"{flag}{text}: {found[0].message}", found) from None
    positions = {
        path: replace(
            position,
            key=_right(position.key, shift) if position.key else None,
            value=_right(position.value, shift),
        )
        for path, position in read.positions.items()
    }
    if not positions:  # nothing behind the "=": null
        positions = {(): Position(None, (1, shift + 1, 1))}
    return replace(read, positions=positions, text=flag + text)


def _right(mark: tuple[int, int, int], shift: int) -> tuple[int, int, int]:
    line, column, length = mark
    return (line, column + shift, length) if line == 1 else mark


# -- what a path means ---------------------------------------------------------------------------------------------

Marks = tuple[int | None, ...]
"""For each part of a path the number of the word that says it; None where it was left out on the command line."""


def source_of(option: SetOption, job: JobDefinition) -> Source:
    """The argument as a source of the run config of `job`.

    Raises as `full_path` does, and `DagjobConfigFileError` if the VALUE of a `--set` is no YAML where it is to be.
    """
    path, marks = full_path(option, job)
    value = option.value
    if option.flag == SET and not _is_text(value.value, _schema_at(job, path)):
        value = _argument(SET, option.text, option.start, parse_value)
    return Source(value, path, tuple(None if mark is None else option.place_of_word(mark) for mark in marks))


def _declared_at(job: JobDefinition, path: Path) -> tuple[Schema | None, Path]:
    """The schema of the definition that a path leads into, and the way on in it. That of the whole job is dear to make."""
    if job.config_mapping is None and path[:1] == ("ops",):
        definition: GraphDefinition | OpDefinition = job.graph
        rest = path
        while rest[:1] == ("ops",) and len(rest) > 1 and isinstance(definition, GraphDefinition):
            node = definition.node_dict.get(rest[1])
            if node is None:
                return None, ()
            definition, rest = node.definition, rest[2:]
        if rest[:1] == ("config",):
            mapping = definition.config_mapping if isinstance(definition, GraphDefinition) else None
            own = definition.config_schema if isinstance(definition, OpDefinition) else None
            return (own if mapping is None else mapping.config_schema), rest[1:]
    elif job.config_mapping is None and path[:1] == ("resources",) and path[2:3] == ("config",):
        resource = job.resource_defs.get(path[1])
        return (resource.config_schema if resource is not None else None), path[3:]
    return given_schema(job), path


def _schema_at(job: JobDefinition, path: Path) -> Schema | None:
    schema, rest = _declared_at(job, path)
    for at in rest:
        schema = part_at(schema, at) if schema is not None else None
    return schema


def _is_text(typed: str, schema: Schema | None) -> bool:
    """Whether a value is meant as it was typed: where the job takes only text, `0012`, `on` and `12:30` are text."""
    core = schema.core() if schema is not None else None
    if isinstance(core, ScalarUnion):
        core = core.scalar_type
    if isinstance(core, EnvironmentSource):
        core = core.scalar
    if not isinstance(core, String | Enum):
        return False
    if typed[:1] in ("{", "["):  # `{env: NAME}`, or a mistake
        return False
    if typed[:1] in ("'", '"') and len(typed) > 1 and typed[-1] == typed[0]:
        return False
    # Nothing is null: a variable that the shell does not have must not become an empty text.
    return typed != "" and (typed not in ("~", "null") or not _takes_null(schema))


def _takes_null(schema: Schema | None) -> bool:
    while schema is not None:
        if isinstance(schema, Noneable) and not isinstance(schema, NullTolerant):
            return True
        schema = schema.wrapped() if isinstance(schema, Wrapper) else None
    return False


def full_path(option: SetOption, job: JobDefinition) -> tuple[Path, Marks]:
    """The path in the run config of `job`, and the words behind it.

    Raises `DagjobInvalidConfigError` for a first word that is neither a section nor a node, and where two ops fit.
    """
    names = [word.at for word in option.words]
    if job.config_mapping is not None:
        return tuple(names), tuple(range(len(names)))
    if names[0] in _NAMED and len(names) > 2 and names[2] != "config":
        return (*names[:2], "config", *names[2:]), (0, 1, None, *range(2, len(names)))
    if names[0] in SECTIONS:
        return tuple(names), tuple(range(len(names)))
    starts = [()] if names[0] in job.graph.node_dict else _graphs_with(job, str(names[0]))
    if not starts:
        raise _no_such_name(option, job)
    if len(starts) > 1:
        raise _two_readings(option, job, [".".join((*start, str(names[0]))) for start in starts])
    return _through_graphs(option, job, starts[0])


def _graphs_with(job: JobDefinition, name: str) -> list[tuple[str, ...]]:
    """The paths of the nested graphs that have a node of that name, and whose ops a run config reaches."""
    return [path[:-1] for path, node in walk_nodes(job.graph, into_mapped=False) if node.name == name]


def _through_graphs(option: SetOption, job: JobDefinition, start: tuple[str, ...]) -> tuple[Path, Marks]:
    """Follow the words down to an op; what is left over stands in its config."""
    path: list[str | int] = []
    marks: list[int | None] = []
    definition: GraphDefinition | OpDefinition = job.graph
    for node in nodes_along(job.graph, start):
        path += ["ops", node.name]
        marks += [None, None]
        definition = node.definition
    used = 0
    section: int | None = None
    """The word `ops` between a graph and its op, which may be left out."""
    for number, word in enumerate(option.words):
        if not isinstance(definition, GraphDefinition) or definition.config_mapping is not None:
            break
        nodes = definition.node_dict
        if word.at == "ops" and "ops" not in nodes and section is None:
            section = number
            continue
        if not isinstance(word.at, str) or word.at not in nodes:
            break
        path += ["ops", word.at]
        marks += [section, number]
        definition = nodes[word.at].definition
        used, section = number + 1, None
    rest = [word.at for word in option.words[used:]]
    mapping = definition.config_mapping if isinstance(definition, GraphDefinition) else None
    if isinstance(definition, GraphDefinition) and mapping is None and (not rest or rest[0] not in _OF_OP):
        raise _no_such_name(option, job, used, definition)
    if rest and rest[0] in _OF_OP:
        schema = definition.config_schema if isinstance(definition, OpDefinition) else None
        if str(rest[0]) in _option_names(schema if mapping is None else mapping.config_schema):
            names = [".".join(map(str, path)), str(rest[0])]
            raise _two_readings(option, job, [".".join([names[0], "config", names[1]]), ".".join(names)])
    else:
        path.append("config")
        marks.append(None)
    return (*path, *rest), (*marks, *range(used, len(option.words)))


def _option_names(schema: Schema | None) -> Collection[str]:
    """The keys that a config has at its top."""
    inner = schema.config_type if isinstance(schema, Field) else schema
    return inner.fields if isinstance(inner, Shape | Selector) else ()


def _no_such_name(
    option: SetOption, job: JobDefinition, number: int = 0, graph: GraphDefinition | None = None
) -> DagjobInvalidConfigError:
    known = list((graph or job.graph).node_dict)
    owner = f'job "{job.name}"' if graph is None else f'graph "{option.words[number - 1].at}"'
    if number >= len(option.words):
        message, number = f"{owner} is a graph: name the op inside it and its option", number - 1
    else:
        message = f'{owner} has no op "{option.words[number].at}"'
    word = str(option.words[number].at)
    near = nearest(word, [*known, *(SECTIONS if graph is None else ())])
    place = option.place_of_word(number)
    notes = (f"ops: {', '.join(known[:20])}",) if known else ()
    kinds = {"resources": job.resource_defs, "loggers": job.loggers, "inputs": job.graph.graph_inputs}
    section = next((kind for kind, names in kinds.items() if graph is None and word in names), None)
    label = f"write {section}.{word}" if section else f'did you mean "{near}"?' if near else ""
    return _invalid(option, job, Diagnostic("DJ201", message, place, label, notes, near))


def _two_readings(option: SetOption, job: JobDefinition, readings: list[str]) -> DagjobInvalidConfigError:
    message = f'"{option.text.partition("=")[0]}" can be read in {len(readings)} ways'
    notes = tuple(f"{reading}" for reading in readings)
    return _invalid(
        option, job, Diagnostic("DJ201", message, option.place_of_word(0), "write one of the full paths", notes)
    )


def _invalid(option: SetOption, job: JobDefinition, diagnostic: Diagnostic) -> DagjobInvalidConfigError:
    return DagjobInvalidConfigError(
        f'The run config does not fit job "{job.name}": {option.shown}: {diagnostic.message}',
        [],
        diagnostics=(diagnostic,),
    )
