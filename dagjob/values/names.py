"""What a valid name, tag and owner is, and which tags are the system's. Every definition with a name or tags asks here.

A name stands for something in a graph, in a run config and in a path, so it is letters, digits and underscores, and
not a word that already means something there. Tags map text to text; what is no text is kept as JSON.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from keyword import kwlist

from dagjob.errors import BetaWarning, DagjobInvalidDefinitionError, warn_user
from dagjob.values.checks import brief, check_kind, check_member

RESERVED = frozenset(
    (
        *kwlist, "arg_dict", "bool", "conf", "config", "context", "dict", "float", "input", "input_arg_dict", "int",
        "meta", "output", "output_arg_dict", "str", "type",
    )
)  # fmt: skip
"""Words that cannot be a name: Python's keywords, and what Dagster reserves."""

PRIORITY_TAG = "dagster/priority"
"""Of an op: a whole number; of the ops that are ready, a higher one starts first (default 0)."""

CONCURRENCY_TAG = "dagster/concurrency_key"
"""Of an op: the pool that it belongs to; the parameter `pool` is the newer way to say it."""

MOST_SLOTS = 1000
"""Of a pool, as in Dagster."""

MAX_RUNTIME_SECONDS_TAG = "dagster/max_runtime"
"""Of a run: how many seconds it may take."""

BACKFILL_TAG = "dagster/backfill"
"""The tag that says which backfill a run belongs to."""

TIMEOUT_TAG = "dagjob/timeout"
"""Of an op: how long an attempt may take, such as `90s` or `1h30m`."""

_WORD = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_")
_TAG_WORD = _WORD | frozenset(".-")
_LONGEST = 63


def check_name(name: str, what: str, also: Collection[str] = ()) -> str:
    """`name`, when it is valid; `what` says whose it is, as in `op` or `input of op "load"`.

    `also` are reserved words that are allowed here. Raises `DagjobInvalidDefinitionError`, or `ParameterCheckError`
    when it is no string.
    """
    if type(name) is str and name and _WORD.issuperset(name) and name not in RESERVED:
        return name
    check_kind(name, str, f"the name of the {what}")
    if not name:
        raise DagjobInvalidDefinitionError(f"the {what} has no name: give it one with name=.")
    if not _WORD.issuperset(name):
        raise DagjobInvalidDefinitionError(
            f'"{name}" is not a valid name for the {what}: a name is made of letters, digits and underscores '
            "(A-Z, a-z, 0-9, _)."
        )
    if name in RESERVED and name not in also:
        raise DagjobInvalidDefinitionError(
            f'"{name}" cannot be the name of the {what}: it is a reserved word. Choose another, such as "{name}_".'
        )
    return name


def normalize_tags(tags: Mapping[str, object] | None, what: str) -> dict[str, str]:
    """The tags of a definition or a run as text: a value that is no string becomes its JSON.

    A key of an unusual form only warns (`DeprecationWarning`). Raises `ParameterCheckError` for a key that is no
    string, `DagjobInvalidDefinitionError` for a value that does not survive JSON.
    """
    if not tags:
        return {}
    check_kind(tags, (dict, Mapping), f"the tags of the {what}")
    made: dict[str, str] = {}
    odd: list[str] = []
    for key, value in tags.items():
        check_member(key, str, f"a tag key of the {what}")
        made[key] = value if isinstance(value, str) else _as_json(key, value, what)
        if not is_tag_key(key):
            odd.append(key)
    if odd:
        warn_user(
            f"the {what} has tags with unusual keys: {', '.join(map(repr, odd))}. {_KEY_RULE}",
            DeprecationWarning,
        )
    return made


def check_strict_tags(tags: Mapping[str, str] | None, what: str) -> dict[str, str]:
    """The tags of a value (`Output`, a materialization): keys and values must follow the pattern, none is encoded."""
    if not tags:
        return {}
    check_kind(tags, (dict, Mapping), f"the tags of the {what}")
    for key, value in tags.items():
        check_member(key, str, f"a tag key of the {what}")
        if not is_tag_key(key):
            raise DagjobInvalidDefinitionError(f"the {what} cannot have a tag with the key {key!r}. {_KEY_RULE}")
        if not isinstance(value, str) or len(value) > _LONGEST or not _TAG_WORD.issuperset(value):
            raise DagjobInvalidDefinitionError(
                f"the {what} cannot have the value {brief(value)} for its tag {key!r}: a value is text of at most "
                f"{_LONGEST} letters, digits, underscores, dots and hyphens."
            )
    return dict(tags)


def is_tag_key(key: str) -> bool:
    """Is it a name, or a namespace and a name with one slash between (`dagster/kind/<name>` too)?"""
    parts = key.removeprefix("dagster/kind/").split("/")
    return len(parts) <= 2 and all(0 < len(part) <= _LONGEST and _TAG_WORD.issuperset(part) for part in parts)


def check_owners(owners: Iterable[str] | None, what: str) -> list[str] | None:
    """The owners as a list, each an e-mail address or `team:<name>`; None stays None. Warns that they are beta."""
    if owners is None:
        return None
    check_kind(owners, (list, tuple, set, frozenset), f"the owners of the {what}")
    warn_user(f"the parameter owners of the {what} is in beta in Dagster and may change.", BetaWarning)
    kept = list(owners)
    for owner in kept:
        check_member(owner, str, f"an owner of the {what}")
        if not (_is_team(owner) or _is_email(owner)):
            raise DagjobInvalidDefinitionError(
                f'"{owner}" cannot be an owner of the {what}: an owner is an e-mail address or "team:" and a name.'
            )
    return kept


def _is_team(owner: str) -> bool:
    return owner.startswith("team:") and len(owner) > len("team:")


def _is_email(owner: str) -> bool:
    import re

    return re.fullmatch(r"[\w.+%-]+@[\w-]+(\.[\w-]+)*\.[A-Za-z]{2,}", owner, re.ASCII) is not None


_KEY_RULE = (
    f"A key is a name of at most {_LONGEST} letters, digits, underscores, dots and hyphens, or two such names with a "
    "slash between."
)


def _as_json(key: str, value: object, what: str) -> str:
    import json

    try:
        text = json.dumps(value)
        kept = json.loads(text) == value
    except (TypeError, ValueError):
        kept = False
    if not kept:
        raise DagjobInvalidDefinitionError(
            f"the {what} cannot have the value {brief(value)} for its tag {key!r}: it does not come back from JSON as "
            "it was. Give text, a number, a list or a dict with text for keys."
        )
    return text
