"""What the validators of a `Config` class have against a config, as problems at config paths. Loads pydantic."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import get_args

from pydantic import BaseModel, ValidationError

from dagjob.config import describe
from dagjob.config.kind import part_at
from dagjob.config.problems import MISSING_KEY, UNKNOWN_KEY, WRONG_TYPE, Problem, Reason, Trail, raised_in
from dagjob.config.pydantic_build import build_instance
from dagjob.config.runconfig import ClassValues
from dagjob.config.schema import Schema
from dagjob.config.secrets import holds_secrets


def instance_problems(
    cls: type[BaseModel], resolved: object, trail: Trail = (), known: Collection[Problem] = ()
) -> list[Problem]:
    """What the validators of the class have against a resolved config that stands at `trail`.

    `known` is what is wrong with the document already: what may be said only because of that is left out.
    """
    if any(_is_absent(trail, problem) for problem in known):
        return []
    here = [problem for problem in known if problem.trail[: len(trail)] == trail]
    if here and not _is_of(cls, resolved):
        return []
    found = _found(cls, resolved, trail)
    return [problem for problem in found if not any(_follows(problem, each) for each in here)] if here else found


def _is_of(cls: type[BaseModel], resolved: object) -> bool:
    origin = resolved.origin if isinstance(resolved, ClassValues) else None
    return origin is not None and issubclass(origin.cls, cls)


def _is_absent(trail: Trail, known: Problem) -> bool:
    """Whether nothing stands at `trail` because a key on the way there is missing."""
    depth = len(known.trail)
    return (
        known.is_missing
        and known.trail == trail[:depth]
        and trail[depth : depth + 1] in [(("field", key),) for key in known.keys]
    )


def _follows(problem: Problem, known: Problem) -> bool:
    """Whether a validator may have said this only because of a mistake that is known.

    It may at the same value and around it; inside of it too, unless the mistake is only which keys are there.
    """
    at, there = tuple(key for _, key in problem.trail), tuple(key for _, key in known.trail)
    if there[: len(at)] == at:
        return True
    if known.code == MISSING_KEY and at in [(*there, key) for key in known.keys]:
        return True
    return known.code not in (UNKNOWN_KEY, MISSING_KEY) and at[: len(there)] == there


def _found(cls: type[BaseModel], resolved: object, trail: Trail) -> list[Problem]:
    try:
        build_instance(cls, resolved)
    except ValidationError as error:
        return list(_as_problems(cls, error, trail))
    except Exception as error:  # a validator that raises something else
        what = f"{cls.__name__} raised {type(error).__name__}: {error}"
        return [Problem(Reason.FAILED_POST_PROCESSING, WRONG_TYPE, trail, what, notes=raised_in(error))]
    return []


def _as_problems(cls: type, error: ValidationError, trail: Trail) -> Iterator[Problem]:
    for found in error.errors(include_url=False, include_context=False):
        way: Trail = tuple(("item" if isinstance(at, int) else "field", at) for at in found["loc"])
        message = found["msg"].removeprefix("Value error, ").removeprefix("Assertion failed, ")
        what = f"{message} (checked by {_class_at(cls, way).__name__})"
        _, should, must = message.partition("Input should be ")
        got = describe.found(found["input"], _may_be_secret(cls, way)) if should else ""
        yield Problem(Reason.FAILED_POST_PROCESSING, WRONG_TYPE, (*trail, *way), what, must=must, got=got)


def _class_at(cls: type, way: Trail) -> type:
    """The innermost class on the way to a field: the one whose validators have spoken."""
    for _, name in way:
        info = getattr(cls, "model_fields", {}).get(name)
        kinds = (info.annotation, *get_args(info.annotation)) if info is not None else ()
        inner = [kind for kind in kinds if isinstance(kind, type) and issubclass(kind, BaseModel)]
        cls = inner[0] if len(inner) == 1 else cls
    return cls


def _may_be_secret(cls: type, way: Trail) -> bool:
    """Whether the top field that this leads into holds a secret somewhere."""
    schema: Schema = cls.__dagjob_schema__()  # type: ignore[attr-defined]
    inner = part_at(schema, way[0][1]) if way else schema
    return inner is not None and holds_secrets(inner)
