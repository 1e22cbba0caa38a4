"""The diagnostics of a document: its problems, each where it was written, and what YAML 1.1 read otherwise than was meant.

YAML 1.1 takes `no` for false, `010` for 8, `12:30` for 750. That explains a value of the wrong type; where the schema takes
the value it stands, and is worth a warning to whoever validates.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from dagjob.config.document import COMMAND_LINE, Document, Path
from dagjob.config.kind import Schema, part_at
from dagjob.config.problems import UNKNOWN_KEY, WRONG_TYPE, Problem
from dagjob.config.report import IN_CODE, to_diagnostics
from dagjob.config.scalars import Bool, Float, Int, Source
from dagjob.config.secrets import MASK
from dagjob.errors import Diagnostic, Place
from dagjob.record import replace

SURPRISE = "DJ209"


def diagnostics(
    problems: Iterable[Problem], document: Document, schema: Schema, job: str, code: Place | None = None
) -> list[Diagnostic]:
    """What is wrong with the document, in the order of its sources, with places as far as they are known.

    `code` is the place of the job, where the variables stand that no source names.
    """
    problems = [_hinted(each, schema) for problem in problems for each in problem.split()]
    defaults = {one.path for one in problems if one.variable and not _is_given(document, one.path)}
    problems = [one.noting(IN_CODE) if one.path in defaults else one for one in problems]
    if not document.sources:
        in_code = (lambda path, at: code if path in defaults else None) if defaults else None
        return to_diagnostics(problems, job=job, value=document.value, locate=in_code)
    values: dict[Place, Path] = {}
    """The paths of values that are wrong, rather than their keys."""
    keys: dict[Place, Path] = {}

    def locate(path: Path, at: str) -> Place | None:
        if path in defaults:
            return code
        place = document.place_of(path, at)
        if place is not None:
            (values if at == "value" else keys)[place] = path
        return place

    files = [source.parsed.name for source in document.sources]
    found = to_diagnostics(problems, job=job, locate=locate, value=document.value, files=files)
    explained = []
    for one in found:
        path = values.get(one.place) if one.place is not None else None
        if path is not None:
            one = _with_surprise(one, document, schema, path)
        elif one.place in keys:
            path = keys[one.place]
        explained.append(one if path is None else _with_overridden(one, document.replaced_at(path)))
    return explained


def _is_given(document: Document, path: Path) -> bool:
    return document.said_at(path) is not None if document.sources else document.has(path)


def _hinted(problem: Problem, schema: Schema) -> Problem:
    """With how to write it, where a key is right one or two levels further down."""
    key = problem.keys[0] if problem.code == UNKNOWN_KEY and len(problem.keys) == 1 else None
    if not isinstance(key, str) or problem.suggestion is not None:
        return problem
    path = [at for _, at in problem.trail]
    *_, here = _schemas_on(schema, tuple(path))
    parts = here.core().parts() if here is not None else {}
    for section in ("config", "ops") if path else ("ops", "resources", "loggers"):
        if section not in parts:
            continue
        known = parts[section].core().parts()
        if section != "config" and key not in known:
            continue
        inside = [] if section == "config" else [key] if path else [key, "config"]
        text = "..."
        for name in reversed([*path, section, *inside][1:]):
            text = f"{{{name}: {text}}}"
        return problem.noting(f"write  {[*path, section][0]}: {text}")
    return problem


def _with_surprise(one: Diagnostic, document: Document, schema: Schema, path: Path) -> Diagnostic:
    """The diagnostic about a value of the wrong type, with why it has that type."""
    text, value = document.scalar(path), document.at(path)
    if text is None or not is_surprise(text, value) or is_secret(schema, path):
        return one
    return _surprise(one, text, value)


def _with_overridden(one: Diagnostic, old: Place | None) -> Diagnostic:
    """The diagnostic with the earlier value that this one replaces."""
    if old is None:
        return one
    where = old.text or old.file if old.file == COMMAND_LINE else f"{old.file}:{old.line}"
    return replace(one, notes=(*one.notes, f"overrides {where}"))


def _surprise(one: Diagnostic, text: str, value: object) -> Diagnostic:
    expected, _, _ = one.message.rpartition(", not ")
    message = f"{expected or one.message}, but YAML 1.1 reads {text} as {_shown(value)}"
    label = _as_text(text, one.place) if expected.endswith("text") else one.label
    if isinstance(value, str):
        number = float(text)
        label = f"write {int(number) if number == int(number) and 'integer' in expected else number!r}"
    return replace(one, code=SURPRISE, message=message, label=label)


def _as_text(text: str, place: Place | None) -> str:
    """How to say that a text is meant: on a command line the shell would take quotes away."""
    if place is not None and place.file == COMMAND_LINE and place.text is not None and place.text.startswith("--set "):
        path = place.text.removeprefix("--set ").partition("=")[0]
        return f"write  --set-str {path}={text}"
    return f'write "{text}"'


def surprises(document: Document, schema: Schema) -> list[Diagnostic]:
    """Warnings about values that the job takes, though YAML 1.1 may have read something else than was meant."""
    found = []
    for source in document.sources:
        for inner, text in source.parsed.scalars.items():
            path = (*source.path, *inner)
            value = document.at(path)
            if isinstance(value, str) or not is_surprise(text, value):
                continue
            if not _is_meant(schema, path, text) and not is_secret(schema, path):
                message = f'YAML 1.1 reads {text} as {_shown(value)} ("{path[-1] if path else ""}")'
                place = source.place(path)
                label = f"for text {_as_text(text, place)}"
                found.append(Diagnostic(SURPRISE, message, place, label, severity="warning"))
    return found


def masks(document: Document) -> list[Diagnostic]:
    """The values that are the mask itself, as `config show` writes it: nobody's secret."""
    return [
        Diagnostic(
            WRONG_TYPE,
            f'"{path[-1]}" is "{MASK}", which only stands for a secret',
            document.place_of(path),
            "write the secret, or {env: NAME}",
        )
        for path in _paths_of(document.value, MASK)
    ]


PLACEHOLDER = "..."
"""What a config to start from has in the place of a text."""


def placeholders(document: Document) -> list[Diagnostic]:
    """The values of files that are the placeholder of a config to start from. Who types one on a command line means it."""
    found = []
    for path in _paths_of(document.value, PLACEHOLDER):
        place = document.place_of(path)
        if place is None or place.file != COMMAND_LINE:
            name = next((f'"{at}"' for at in reversed(path) if isinstance(at, str)), "the config")
            note = f"if three dots are meant:  --set-str {'.'.join(map(str, path))}=..."
            message = f"{name} is still the placeholder {PLACEHOLDER}"
            found.append(Diagnostic(WRONG_TYPE, message, place, "write a value", (note,)))
    return found


def _paths_of(value: object, wanted: str, path: Path = ()) -> Iterator[Path]:
    if value == wanted:
        yield path
    elif isinstance(value, dict):
        for key, item in value.items():
            yield from _paths_of(item, wanted, (*path, key))
    elif isinstance(value, list):
        for at, item in enumerate(value):
            yield from _paths_of(item, wanted, (*path, at))


# -- what surprises ------------------------------------------------------------------------------------------------


def is_surprise(text: str, value: object) -> bool:
    """Whether YAML 1.1 reads this text as something that many would not expect."""
    if isinstance(value, bool):
        return text.lower() not in ("true", "false")
    if isinstance(value, int | float):
        digits = text.lstrip("+-")
        return ":" in text or "_" in text or (isinstance(value, int) and len(digits) > 1 and digits[0] == "0")
    if isinstance(value, str):
        try:
            float(text)
        except ValueError:
            return False
        return True
    return False


def is_secret(schema: Schema, path: Path) -> bool:
    """Whether the value at a path is a secret, or stands in one."""
    return any(each is not None and each.is_secret for each in _schemas_on(schema, path))


def _is_meant(schema: Schema, path: Path, text: str) -> bool:
    """Whether the job wants at this path just what YAML made of the text: `on` where it wants true or false."""
    *_, last = _schemas_on(schema, path)
    wanted = last.core() if last is not None else None
    if isinstance(wanted, Source):
        wanted = wanted.scalar
    if isinstance(wanted, Int | Float):
        return text[:2].lower() in ("0x", "0b") or ("_" in text and ":" not in text)
    return isinstance(wanted, Bool)


def _schemas_on(schema: Schema, path: Path) -> Iterator[Schema | None]:
    """The schemas of all that is passed on the way down a path; None at the end where they say nothing any more."""
    yield schema
    for at in path:
        inner = part_at(schema, at)
        yield inner
        if inner is None:
            return
        schema = inner


def _shown(value: object) -> str:
    """What YAML made of it, as a sentence has it."""
    return str(value).lower() if isinstance(value, bool) else str(value) if not isinstance(value, str) else "text"
