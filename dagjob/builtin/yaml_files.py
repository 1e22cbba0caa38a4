"""YAML with the place of every value, and the functions of Dagster's API that read config files.

A file becomes plain values (dict, list, str, int, float, bool, None) and a map from the path of each value to its
place, so that whoever finds something wrong with a value can point at it. No tag ever makes an object. What YAML itself
would pass over is an error here: a key that stands twice, an alias that contains itself, anchors that multiply without
end. What a value means to a job is not known here.

The parser is PyYAML's, in C where it was built so; it gives nodes, and one walk over them gives everything else.
Scalars are read as YAML 1.1 has them, because Dagster does (`NO` is false, `010` is 8, `12:30:45` is 45045), but
dates stay text; what stood there is kept for the one who has to explain it.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import Any, BinaryIO

from dagjob.builtin.yaml_scalars import NotAScalar, to_value
from dagjob.config.document import LocatedConfig, Mark, ParsedText, Path, Position
from dagjob.errors import (
    DagjobConfigFileError,
    DagjobInvariantViolationError,
    DagjobUsageError,
    Diagnostic,
    Place,
)

STDIN = "-"
_UTF_16 = (b"\xff\xfe", b"\xfe\xff")
"""How such a file begins. Who shows a part of it later would read it as UTF-8, so its text is kept."""
LARGEST = 5_000_000
"""Bytes of a config file. Reading one with the place of each value takes about a second for each megabyte."""
SCHEMA_SUFFIX = ".schema.json"
DEEPEST = 200
"""Levels of nesting; more is a mistake or an attack, and would end in a RecursionError somewhere."""
_SYNTAX, _TWICE = "DJ206", "DJ205"


# -- reading -------------------------------------------------------------------------------------------------------


def read_config_file(path: str) -> ParsedText:
    """Read a YAML or JSON file, or stdin for `-`. An empty file is an empty config.

    Raises `DagjobUsageError` (exit 2) where there is no such file, and `DagjobConfigFileError` (exit 6) with the place
    of all that is wrong with it otherwise.
    """
    import sys

    try:
        if path == STDIN:
            data = _at_most(sys.stdin.buffer, "stdin")
            return parse_config(_decoded(data, "stdin"), "stdin", is_file=False)
        with open(path, "rb") as file:
            data = _at_most(file, path)
        return parse_config(_decoded(data, path), path, is_file=data[:2] not in _UTF_16)
    except OSError as error:
        reason = "no such file" if isinstance(error, FileNotFoundError) else (error.strerror or str(error))
        raise DagjobUsageError(f'cannot read the config file "{path}": {reason}') from None


def _at_most(file: BinaryIO, name: str) -> bytes:
    """All of a file; refused when it is too large to be read while somebody waits."""
    data = file.read(LARGEST + 1)
    if len(data) <= LARGEST:
        return data
    size = os.fstat(file.fileno()).st_size / 1_000_000
    found = f"{size:.0f} MB" if size * 1_000_000 > LARGEST else "more"
    message = f"a config has at most {LARGEST // 1_000_000} MB, and this is {found}"
    notes = ("data belongs in a file of its own: give its path to the op, or its text with --set-file PATH=FILE",)
    raise _error(name, Diagnostic(_SYNTAX, message, Place(name), notes=notes))


def parse_config(text: str, name: str, *, is_file: bool = True, as_json: bool = False) -> ParsedText:
    """A config document from its text; it must be a mapping, or empty."""
    read = parse_value(text, name, is_file=is_file, as_json=as_json)
    if read.value is None:
        return ParsedText(name, {}, {}, {}, read.text)
    if not isinstance(read.value, dict):
        kind = "a list" if isinstance(read.value, list) else "a single value"
        raise _error(
            name,
            Diagnostic(_SYNTAX, f"a config must be a mapping of keys to values, not {kind}", read.place(())),
        )
    return read


def parse_value(text: str, name: str, *, is_file: bool = True, as_json: bool = False) -> ParsedText:
    """Any YAML value from its text, or of JSON by the suffix of its name or on request; None for an empty one."""
    kept = None if is_file else text
    if not text.isascii():
        _check_characters(text, name, kept)
    if as_json or name.endswith(".json"):
        return _parse_json(text, name, kept)
    node = _compose(text, name, kept)
    walk = _Walk(name, text, kept)
    value = walk.document(node)
    return ParsedText(name, value, walk.positions, walk.scalars, kept)


def parse_text(text: str, name: str, *, is_file: bool = True) -> ParsedText:
    """A text that is a value as it stands."""
    kept = None if is_file else text
    if not text.isascii():
        _check_characters(text, name, kept)
    return ParsedText(name, text, {(): Position(None, (1, 1, max(len(text), 1)))}, {}, kept)


def _decoded(data: bytes, name: str) -> str:
    encoding = "utf-16" if data[:2] in _UTF_16 else "utf-8-sig"
    try:
        return data.decode(encoding)
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        column = len(data[data.rfind(b"\n", 0, error.start) + 1 : error.start].decode("utf-8", "replace")) + 1
        message = f"this is not UTF-8: it has the byte 0x{data[error.start]:02x}"
        raise _error(
            name, Diagnostic(_SYNTAX, message, Place(name, line, column, 0), notes=("save it as UTF-8",))
        ) from None


def _check_characters(text: str, name: str, kept: str | None) -> None:
    """Half a surrogate pair stands for a byte that was no UTF-8: in an argument, or escaped in a text."""
    try:
        text.encode()
    except UnicodeEncodeError as error:
        at = error.start
        place = Place(name, text.count("\n", 0, at) + 1, at - text.rfind("\n", 0, at), 1, kept)
        code = ord(text[at])
        found = f"the byte 0x{code - 0xDC00:02x}" if 0xDC80 <= code <= 0xDCFF else f"half a character, U+{code:04X}"
        raise _error(name, Diagnostic(_SYNTAX, f"this is not UTF-8: it has {found}", place)) from None


def _compose(text: str, name: str, kept: str | None) -> Any:
    import yaml

    loader_class: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    loader = None
    try:
        loader = loader_class(text)
        return loader.get_single_node()
    except yaml.YAMLError as error:
        raise _error(name, _explain(error, text, name, kept)) from None
    except RecursionError:
        raise _error(name, Diagnostic(_SYNTAX, "nested too deeply", Place(name, text=kept))) from None
    finally:
        if loader is not None:
            loader.dispose()


def _explain(error: Any, text: str, name: str, kept: str | None) -> Diagnostic:
    """What the parser says, in words that tell what to change."""
    mark = getattr(error, "problem_mark", None)
    problem = getattr(error, "problem", None) or getattr(error, "reason", None) or str(error)
    if mark is None:
        position = getattr(error, "position", None)
        if not isinstance(position, int):
            return Diagnostic(_SYNTAX, str(problem), Place(name, text=kept))
        line = text.count("\n", 0, position) + 1
        column = position - text.rfind("\n", 0, position)
        character = getattr(error, "character", 0)
        shown = f"U+{ord(character) if isinstance(character, str) else character:04X}"
        return Diagnostic(_SYNTAX, f"YAML does not allow the character {shown}", Place(name, line, column, 1, kept))
    lines = text.split("\n")
    line, column = mark.line, mark.column
    if "\n".join(lines[line:])[column:].strip() == "":  # the end, which may be counted as a line of its own
        line = max((n for n, one in enumerate(lines) if one.strip()), default=0)
        column = len(lines[line].rstrip())
    place = Place(name, line + 1, column + 1, 1, kept)
    line_text = lines[line]
    if "\t" in line_text[: len(line_text) - len(line_text.lstrip())]:
        return Diagnostic(_SYNTAX, "a tab cannot indent YAML", place, "write spaces")
    if "cannot start any token" in problem:
        character = line_text[column : column + 1]
        return Diagnostic(_SYNTAX, f"a value cannot begin with {character!r} in YAML", place, "put it in quotes")
    if "single document" in str(getattr(error, "context", "")):
        return Diagnostic(_SYNTAX, "a config is one document, this file has several", place, "from this --- on")
    begun = getattr(error, "context_mark", None)
    context = getattr(error, "context", None)
    if begun and "could not find expected ':'" in problem:
        place = Place(name, begun.line + 1, begun.column + 1, 1, kept)
        return Diagnostic(_SYNTAX, "this is not YAML: a key without its colon", place, "write  key: value")
    notes = (f"{context}, which begins in line {begun.line + 1}",) if begun and context and begun.line < line else ()
    return Diagnostic(_SYNTAX, f"this is not YAML: {problem}", place, notes=notes)


def _error(name: str, *diagnostics: Diagnostic) -> DagjobConfigFileError:
    def line(diagnostic: Diagnostic) -> str:
        place = diagnostic.place
        where = f"{place.file}:{place.line}:{place.column}: " if place and place.line else f"{name}: "
        return where + diagnostic.message

    return DagjobConfigFileError("\n".join(map(line, diagnostics)), diagnostics)


# -- nodes to values -----------------------------------------------------------------------------------------------


class _Walk:
    """One pass over the nodes of a document."""

    def __init__(self, name: str, text: str, kept: str | None) -> None:
        self._name = name
        self._text = text
        self._kept = kept
        self._open: set[int] = set()
        self._lines: list[str] | None = None
        self.has_duplicate_keys = False
        self._wrong: list[Diagnostic] = []
        # Aliases may repeat a part some times, but not multiply it without end.
        self._left = 100_000 + 10 * len(text)
        self.positions: dict[Path, Position] = {}
        self.scalars: dict[Path, str] = {}

    def document(self, node: Any) -> Any:
        """The value of the whole document. Raises with all that is wrong with it."""
        if node is None:
            return None
        value = self._value(node, (), None)
        if self._wrong:
            raise _error(self._name, *self._wrong)
        return value

    def _value(self, node: Any, path: Path, key: Mark | None) -> Any:
        value: Any
        start, end = node.start_mark, node.end_mark
        length: int = end.column - start.column if end.line == start.line else self._rest_of_line(start)
        self.positions[path] = Position(key, (start.line + 1, start.column + 1, max(length, 1)))
        self._left -= 1
        if self._left < 0:
            raise self._refused(node, "its aliases make it too large")
        kind = node.id
        if kind == "scalar":
            value = self._scalar(node)
            text = node.value
            if text and not node.style and (not isinstance(value, str) or text[0] in "0123456789+-."):
                self.scalars[path] = text
            return value
        if id(node) in self._open:
            raise self._refused(node, "an alias stands inside of what it repeats")
        if len(path) >= DEEPEST or len(self._open) >= DEEPEST:
            raise self._refused(node, f"nested deeper than {DEEPEST} levels")
        self._check_tag(node, "map" if kind == "mapping" else "seq")
        self._open.add(id(node))
        if kind == "sequence":
            value = [self._value(item, (*path, index), None) for index, item in enumerate(node.value)]
        else:
            value = self._mapping(node, path)
        self._open.discard(id(node))
        return value

    def _rest_of_line(self, start: Any) -> int:
        """How far a value of several lines reaches on its first one."""
        if self._lines is None:
            self._lines = self._text.split("\n")
        line = self._lines[start.line] if start.line < len(self._lines) else ""
        column: int = start.column
        return len(line.rstrip()) - column

    def _scalar(self, node: Any) -> Any:
        try:
            return to_value(node.tag, node.value)
        except NotAScalar as error:
            self._wrong.append(Diagnostic(_SYNTAX, str(error), self._place(node)))
            return None

    def _key(self, node: Any) -> Any:
        """As a key, `on` or `no` is a name: nobody calls an option True."""
        key = self._scalar(node)
        return node.value if isinstance(key, bool) and node.value.lower() not in ("true", "false") else key

    def _mapping(self, node: Any, path: Path) -> dict[Any, Any]:
        merged: dict[Any, Any] = {}
        own: dict[Any, Any] = {}
        seen: dict[Any, Any] = {}
        for key_node, value_node in node.value:
            if key_node.id != "scalar":
                self._wrong.append(
                    Diagnostic(_SYNTAX, "a key must be a single value, not a list or mapping", self._place(key_node))
                )
                continue
            merges = key_node.tag == "tag:yaml.org,2002:merge"
            key = "<<" if merges else self._key(key_node)
            if key in seen:
                self._twice(key_node, seen[key])
                continue
            seen[key] = key_node
            start, end = key_node.start_mark, key_node.end_mark
            length = end.column - start.column if end.line == start.line else 1
            if merges:
                self._merge(value_node, path, merged)
            else:
                own[key] = self._value(value_node, (*path, key), (start.line + 1, start.column + 1, max(length, 1)))
        if not merged:
            return own
        return {**{key: value for key, value in merged.items() if key not in own}, **own}

    def _merge(self, node: Any, path: Path, into: dict[Any, Any]) -> None:
        """The keys of `<<`: those of the first mapping win, and none stands above a key of the mapping itself."""
        sources = node.value if node.id == "sequence" else [node]
        for source in sources:
            if source.id != "mapping":
                self._wrong.append(Diagnostic(_SYNTAX, "<< takes a mapping, or a list of them", self._place(source)))
                continue
            if id(source) in self._open or len(self._open) >= DEEPEST:
                raise self._refused(source, "an alias stands inside of what it repeats")
            self._left -= 1 + len(source.value)
            if self._left < 0:
                raise self._refused(source, "its aliases make it too large")
            self._open.add(id(source))
            before = self.positions.copy() if into else None
            values = self._mapping(source, path)
            self._open.discard(id(source))
            if before is not None:
                self.positions.update(before)  # what an earlier source of the list has given stays where it was
            for key, value in values.items():
                into.setdefault(key, value)

    def _twice(self, node: Any, first: Any) -> None:
        where = f"{first.start_mark.line + 1}:{first.start_mark.column + 1}"
        message = f'the key "{node.value}" stands twice in one mapping'
        self.has_duplicate_keys = True
        self._wrong.append(Diagnostic(_TWICE, message, self._place(node), f"first in {where}"))

    def _check_tag(self, node: Any, kind: str) -> None:
        if node.tag != f"tag:yaml.org,2002:{kind}":
            tag = node.tag.replace("tag:yaml.org,2002:", "!!")
            self._wrong.append(Diagnostic(_SYNTAX, f"the tag {tag} has no meaning in a config", self._place(node)))

    def _place(self, node: Any) -> Place:
        start, end = node.start_mark, node.end_mark
        length = end.column - start.column if end.line == start.line else 1
        return Place(self._name, start.line + 1, start.column + 1, max(length, 1), self._kept)

    def _refused(self, node: Any, why: str) -> DagjobConfigFileError:
        return _error(self._name, *self._wrong, Diagnostic(_SYNTAX, f"cannot read this YAML: {why}", self._place(node)))


# -- JSON ----------------------------------------------------------------------------------------------------------


def _parse_json(text: str, name: str, kept: str | None) -> ParsedText:
    """A `.json` file: its values are those of JSON (`1e3` is a number there), its places come from the YAML parser."""
    import json

    def unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        result = dict(pairs)
        if len(result) < len(pairs):
            names = [key for key, _ in pairs]
            twice = next(key for key in names if names.count(key) > 1)
            raise _error(name, Diagnostic(_TWICE, f'the key "{twice}" stands twice in one object', Place(name)))
        return result

    if not text.strip():
        return ParsedText(name, None, {}, {}, kept)
    walk = _Walk(name, text, kept)
    try:
        walk.document(_compose(text, name, kept))
    except DagjobConfigFileError:
        if walk.has_duplicate_keys:
            raise
    try:
        value = json.loads(text, object_pairs_hook=unique)
    except json.JSONDecodeError as error:
        place = Place(name, error.lineno, error.colno, 1, kept)
        raise _error(name, Diagnostic(_SYNTAX, f"this is not JSON: {error.msg}", place)) from None
    except (RecursionError, ValueError) as error:
        why = "nested too deeply" if isinstance(error, RecursionError) else "a number in it has too many digits"
        raise _error(name, Diagnostic(_SYNTAX, f"cannot read this JSON: {why}", Place(name, 0, 0, 0, kept))) from None
    return ParsedText(name, value, walk.positions, {}, kept)


# -- Dagster's functions -------------------------------------------------------------------------------------------


def _located(texts: Sequence[ParsedText]) -> LocatedConfig:
    """The texts merged, as a dict that `yaml.dump` writes as the dict that it is."""
    from yaml.representer import Representer, SafeRepresenter

    for kind in (SafeRepresenter, Representer):
        if LocatedConfig not in kind.yaml_representers:
            kind.add_representer(LocatedConfig, SafeRepresenter.represent_dict)
    return LocatedConfig.of(texts)


def config_from_files(config_files: Sequence[str]) -> dict[str, Any]:
    """The run config of these YAML files or glob patterns, merged; later files win key by key, lists are replaced.

    Raises `DagjobInvariantViolationError` for a pattern that matches nothing, and for a file that is no YAML mapping.
    """
    read = []
    for pattern in config_files:
        found = matching_files(os.fspath(pattern))
        if not found:
            raise DagjobInvariantViolationError(f'no config file matches "{pattern}"')
        read += [read_config_file(file) for file in found]
    return _located(read)


def config_from_pkg_resources(pkg_resource_defs: Sequence[tuple[str, str]]) -> dict[str, Any]:
    """The run config of YAML files in packages, each given as `(package, file)`, merged like `config_from_files`."""
    from importlib.resources import files

    read = []
    for package, file in pkg_resource_defs:
        name = f"{package}/{file}"
        try:
            data = files(package).joinpath(file).read_bytes()
        except (ImportError, OSError, TypeError) as error:
            raise DagjobInvariantViolationError(f'cannot read "{file}" of the package "{package}": {error}') from error
        read.append(parse_config(_decoded(data, name), name, is_file=False))
    return _located(read)


def config_from_yaml_strings(yaml_strings: Sequence[str]) -> dict[str, Any]:
    """The run config of these YAML texts, merged like `config_from_files`. An empty text is refused."""
    read = []
    for number, text in enumerate(yaml_strings, 1):
        name = f"YAML text {number}"
        read.append(parse_config(text, name, is_file=False))
        if not read[-1].positions:
            raise DagjobInvariantViolationError(f"{name} of {len(yaml_strings)} is empty")
    return _located(read)


def matching_files(pattern: str) -> list[str]:
    """The files that a path or glob pattern names, sorted; a path that exists is never taken for a pattern.

    The schemas that `config new` writes beside configs are meant by no pattern.
    """
    if os.path.exists(pattern) or pattern == STDIN:
        return [pattern]
    if not any(sign in pattern for sign in "*?["):
        return []
    from glob import glob

    found = (path for path in glob(pattern, recursive=True) if os.path.isfile(path))
    return sorted(path for path in found if not path.endswith(SCHEMA_SUFFIX))
