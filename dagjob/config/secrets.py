"""Which values are secrets: to leave them out where a config is shown, and to mask them in free text.

A secret is the value of a field that says so, and the value of an environment variable whose name, or that of the field
that it is read for, matches a pattern (`redact` of pyproject.toml). Which names sound like secrets by themselves is in
`secret_names.py`. The name of a variable is none. In free text, exact values are masked, and each line of a value of
several lines; what is shorter than `SHORTEST`, or a word that is said everywhere, is left alone.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping

from dagjob.config.kind import Schema, parts_of, walk

MASK = "******"
SHORTEST = 4
"""Characters from which on a secret is looked for in free text."""
SHORTEST_PIECE = 6
"""The same for what is left of one that was cut."""

DEFAULT = "default"
"""The pattern that stands for all names that sound like secrets, and for passwords inside of values."""
REDACT = (DEFAULT,)
"""The patterns when pyproject.toml names none."""

Read = tuple[str, str]
"""A field of a config, and the environment variable that was read for it."""

_SAID_EVERYWHERE = frozenset(("true", "false", "none", "null", "default", "localhost"))


class Masker:
    """Masks secrets in text. False when there are none, and then everything comes back as it is."""

    def __init__(self, secrets: Iterable[str]) -> None:
        found: set[str] = set()
        for secret in secrets:
            for line in (secret, *secret.splitlines()) if "\n" in secret else (secret,):
                found |= {line, line.strip(), *_other_forms(line)}
        worth = (text for text in found if len(text.strip()) >= SHORTEST and text.lower() not in _SAID_EVERYWHERE)
        self._texts = sorted(worth, key=len, reverse=True)
        # A variable of the environment may hold bytes that are no text: they stand for themselves.
        self._bytes = [text.encode(errors="surrogateescape") for text in self._texts]

    def __bool__(self) -> bool:
        return bool(self._texts)

    @property
    def longest(self) -> int:
        """Bytes of the longest secret."""
        return max(map(len, self._bytes), default=0)

    def text(self, text: str) -> str:
        """The text with each secret replaced by the mask."""
        for secret in self._texts:
            if secret in text:
                text = text.replace(secret, MASK)
        return text

    def is_secret(self, text: str) -> bool:
        """Whether this is a secret as a whole."""
        return text in self._texts

    def cut_text(self, text: str) -> str:
        """The same for a sentence in which long values were cut: what is left of a secret beside the `...` goes too."""
        first, *pieces = self.text(text).split("...")
        for piece in pieces:
            first = f"{self._without_piece(first, at_end=True)}...{self._without_piece(piece, at_end=False)}"
        return first

    def _without_piece(self, text: str, at_end: bool) -> str:
        for length in range(min(len(text), self.longest), SHORTEST_PIECE - 1, -1):
            piece = text[-length:] if at_end else text[:length]
            if any(piece in secret for secret in self._texts):
                return text[:-length] + MASK if at_end else MASK + text[length:]
        return text

    def same_length(self, text: str) -> str:
        """The same with as many stars as the secret has characters, so that columns stay."""
        for secret in self._texts:
            if secret in text:
                text = text.replace(secret, "*" * len(secret))
        return text

    def bytes(self, data: bytes) -> bytes:
        """The same for bytes, of which none is added or lost: offsets into a file stay."""
        for secret in self._bytes:
            if secret in data:
                data = data.replace(secret, b"*" * len(secret))
        return data


def _other_forms(text: str) -> set[str]:
    """How the text looks where it was quoted: by Python, in JSON, in a URL."""
    if text.isalnum() and text.isascii():
        return set()
    from urllib.parse import quote

    forms = {repr(text)[1:-1], json.dumps(text)[1:-1], json.dumps(text, ensure_ascii=False)[1:-1]}
    return forms | {quote(text, safe="", errors="replace"), quote(text, errors="replace")}


def secret_variables(environ: Mapping[str, str], patterns: Iterable[str], read: Iterable[Read] = ()) -> Iterator[str]:
    """The values of the variables that are secret by their name or that of the field they were `read` for, in any case.

    Of the patterns the last that matches counts; one that begins with `!` says that a name is no secret's.
    """
    is_secret = judge_of_names(tuple(patterns))
    fields = {variable: field for field, variable in read if is_secret(field)}
    for name, value in environ.items():
        if value and (name in fields or is_secret(name)):
            yield value
        elif is_secret(None) and (("://" in value and "@" in value) or "=" in value):
            from dagjob.config.secret_names import passwords_in

            yield from passwords_in(value)


def variables_in(value: object, field: str = "") -> Iterator[Read]:
    """The variables that a config names, each with the field that it stands in."""
    if isinstance(value, dict):
        name = value.get("env")
        if is_env(value) and isinstance(name, str):
            yield field, name
        else:
            for key, item in value.items():
                yield from variables_in(item, str(key))
    elif isinstance(value, list):
        for item in value:
            yield from variables_in(item, field)


def judge_of_names(patterns: tuple[str, ...]) -> Callable[[str | None], bool]:
    """Whether a name is a secret's. Of None: whether names and values are judged by what they sound like at all."""
    matchers = [
        (not pattern.startswith("!"), None if pattern == DEFAULT else _matcher(pattern.removeprefix("!").upper()))
        for pattern in reversed(patterns)
    ]
    by_sound = any(matches is None for _, matches in matchers)

    def judge(name: str | None) -> bool:
        if name is None:
            return by_sound
        for verdict, matches in matchers:
            if _sounds_secret(name) if matches is None else matches(name.upper()):
                return verdict
        return False

    return judge


def _sounds_secret(name: str) -> bool:
    from dagjob.config.secret_names import sounds_secret

    return sounds_secret(name)


def _matcher(pattern: str) -> Callable[[str], bool]:
    inner = pattern.strip("*")
    if any(sign in inner for sign in "*?["):
        from fnmatch import fnmatchcase

        return lambda name: fnmatchcase(name, pattern)
    starts, ends = not pattern.startswith("*"), not pattern.endswith("*")
    if starts and ends:
        return lambda name: name == inner
    if starts:
        return lambda name: name.startswith(inner)
    return (lambda name: name.endswith(inner)) if ends else (lambda name: inner in name)


def masked(schema: Schema, value: object) -> object:
    """The value of a checked config with every secret replaced."""
    if schema.is_secret:
        return value if value is None or is_env(value) else MASK
    if isinstance(value, dict):
        return {**value, **{key: masked(part, inner) for key, part, inner in parts_of(schema, value)}}
    if isinstance(value, list):
        made = list(value)
        for index, part, inner in parts_of(schema, value):
            made[index] = masked(part, inner)
        return made
    return value


def is_env(value: object) -> bool:
    """Whether a value is the form `{env: NAME}`."""
    return isinstance(value, dict) and value.keys() == {"env"}


def secrets_in(schema: Schema, value: object) -> Iterator[str]:
    """The text of every secret in a config, resolved or not; the name of a variable is none."""
    if schema.is_secret:
        yield from () if is_env(value) else _texts(value)
    elif isinstance(value, dict | list):
        for _, part, inner in parts_of(schema, value):
            yield from secrets_in(part, inner)


def holds_secrets(schema: Schema) -> bool:
    """Whether a config of this schema can hold a secret at all."""
    return any(part.is_secret for part in walk(schema))


def _texts(value: object) -> Iterator[str]:
    if isinstance(value, dict):
        for item in value.values():
            yield from _texts(item)
    elif isinstance(value, list):
        for item in value:
            yield from _texts(item)
    elif value is not None and not isinstance(value, bool):
        yield str(value)
