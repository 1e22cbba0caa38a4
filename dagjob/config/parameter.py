"""The schema of an op's parameter `config`, from its annotation. The usual forms do not load pydantic."""

from __future__ import annotations

import typing
from collections.abc import Mapping
from typing import Any

from dagjob.config.config_class import is_config_class
from dagjob.config.schema import FLOAT, BoolSource, Field, IntSource, Permissive, Schema, StringSource
from dagjob.errors import CheckError, DagjobInvalidPythonicConfigDefinitionError

_SCALARS: Mapping[Any, Schema] = {str: StringSource, int: IntSource, bool: BoolSource, float: FLOAT}
_OPEN_DICTS = (dict, typing.Dict, Mapping, typing.Mapping)  # noqa: UP006  (what a user may have written)


def schema_of_parameter(op: str, annotation: object, default: Any, *, absent: object) -> Schema:
    """What a config must be for the parameter of the op `op`; `absent` marks a missing default.

    A `Config` class is its own schema; a plain dict is open and may be left out; anything else follows the rules for a
    field of a `Config` class, and is optional when the parameter has a default.
    """
    if is_config_class(annotation):
        if default is not absent:
            raise CheckError(
                f'op "{op}": the parameter "config" of the class {annotation.__name__} cannot have a default. Give the '
                "fields of the class defaults."
            )
        return annotation.__dagjob_schema__()
    if annotation in _OPEN_DICTS:
        return Field(Permissive(), default_value={} if default is absent else default)
    schema = _SCALARS.get(annotation) if isinstance(annotation, type) else None
    if schema is None:
        schema = _other(op, annotation)
    return Field(schema) if default is absent else Field(schema, default_value=default)


def _other(op: str, annotation: object) -> Schema:
    from dagjob.config.pydantic_fields import schema_of_annotation

    try:
        return schema_of_annotation(annotation, op, "config")
    except DagjobInvalidPythonicConfigDefinitionError as error:
        shown = getattr(annotation, "__name__", None) if isinstance(annotation, type) else None
        raise DagjobInvalidPythonicConfigDefinitionError(
            f'op "{op}": the parameter "config" is annotated with {shown or repr(annotation)}, which no config can be. '
            "It may be a Config class, dict, str, int, float, bool, list[...], dict[str, ...], or Optional of those."
        ) from error
