"""A pointer to a job that another process can follow: a module or a file, a name in it, and arguments if it is a function.

What cannot be found again by its name (a lambda, what was made inside a function, a job that `to_job` made) is refused
when the pointer is made, not when another process fails to follow it.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Mapping, Sequence
from functools import reduce
from typing import Any

from dagjob.compat.alias import installed_mode
from dagjob.definitions.graphs import GraphDefinition
from dagjob.definitions.jobs import JobDefinition
from dagjob.definitions.parameters import parameters_of
from dagjob.engine.importing import Target, import_target
from dagjob.engine.target import as_job
from dagjob.errors import CheckError, DagjobInvariantViolationError
from dagjob.record import Record
from dagjob.values.checks import check_kind

JobFunction = Callable[..., JobDefinition | GraphDefinition]


class ReconstructableJob(Record):
    """Where a job comes from. `target` names it, or a function that returns it when called with the arguments."""

    target: Target
    args: tuple[Any, ...] = ()
    kwargs: Mapping[str, Any] = {}

    def get_definition(self) -> JobDefinition:
        """The job, found by its name. Raises `DagjobInvariantViolationError` when it is no job."""
        names = (self.target.name or "").split(".")
        try:
            found: Any = reduce(getattr, names, import_target(self.target))
        except AttributeError:
            raise DagjobInvariantViolationError(
                f'there is no "{self.target.name}" in {self.target.location}.'
            ) from None
        if isinstance(found, JobDefinition | GraphDefinition):
            return as_job(found)
        made = found(*self.args, **self.kwargs)
        if not isinstance(made, JobDefinition | GraphDefinition):
            raise DagjobInvariantViolationError(f"{self.target.text} returned {made!r}, which is no job.")
        return as_job(made)


def reconstructable(target: JobDefinition | JobFunction) -> ReconstructableJob:
    """A pointer to a decorated job at the top of a module, or to a function there that takes nothing and returns a job.

    Raises `DagjobInvariantViolationError`, with the reason, for what another process could not find.
    """
    if isinstance(target, GraphDefinition):
        raise _refused(f'the graph "{target.name}"', "it is no job. Give a function that returns its to_job()")
    told = f'the job "{target.name}"' if isinstance(target, JobDefinition) else f"{target!r}"
    if isinstance(target, JobDefinition) and "__wrapped__" not in vars(target):
        raise _refused(told, "to_job() made it, so no name leads to it. Give a function that returns it")
    if not callable(target):
        raise _refused(told, "it is neither a decorated job nor a function that returns a job")
    name = getattr(target, "__qualname__", "")
    if "<lambda>" in name:
        raise _refused("a lambda", "it has no name. Write a function with def, at the top of a module")
    if "<locals>" in name or not name:
        raise _refused(told, "it is made inside a function. Move it to the top of a module")
    if not isinstance(target, JobDefinition) and parameters_of(target).required:
        raise _refused(told, "it takes parameters. Use build_reconstructable_job, which passes them")
    if not isinstance(target, JobDefinition):
        _check_makes_job(target, told)
    return ReconstructableJob(_place_of(target, name, told))


def build_reconstructable_job(
    reconstructor_module_name: str,
    reconstructor_function_name: str,
    reconstructable_args: Sequence[Any] | None = None,
    reconstructable_kwargs: Mapping[str, Any] | None = None,
    reconstructor_working_directory: str | None = None,
) -> ReconstructableJob:
    """A pointer to a function of a module that returns a job for these arguments, which must be like JSON.

    Raises `CheckError` for an argument that could not be sent to another process as JSON.
    """
    module = check_kind(reconstructor_module_name, str, "build_reconstructable_job: reconstructor_module_name")
    function = check_kind(reconstructor_function_name, str, "build_reconstructable_job: reconstructor_function_name")
    args, kwargs = tuple(reconstructable_args or ()), dict(reconstructable_kwargs or {})
    _check_like_json({"args": list(args), "kwargs": kwargs})
    return ReconstructableJob(_target(module, function, reconstructor_working_directory or os.getcwd()), args, kwargs)


def _check_makes_job(function: JobFunction, told: str) -> None:
    made: object = function()
    if not isinstance(made, JobDefinition | GraphDefinition):
        raise DagjobInvariantViolationError(f"{told} returned {made!r}, which is no job.")


def _place_of(target: Any, name: str, told: str) -> Target:
    module_name = target.__module__
    module = sys.modules.get(module_name)
    file = getattr(module, "__file__", None)
    if module is None or (module_name == "__main__" and file is None):
        raise _refused(told, "it was typed into an interpreter. Write it into a module")
    if module_name == "__main__":
        assert file is not None
        return _target(os.path.abspath(file), name)
    return _target(module_name, name, os.getcwd())


def _target(location: str, name: str, root: str = ".") -> Target:
    return Target(location, name, root, alias=installed_mode() if "dagjob.compat.alias" in sys.modules else "auto")


def _refused(told: str, why: str) -> DagjobInvariantViolationError:
    return DagjobInvariantViolationError(f"{told} cannot be found again by another process: {why}.")


def _check_like_json(arguments: Mapping[str, Any]) -> None:
    import json

    try:
        same = json.loads(json.dumps(arguments)) == arguments
    except (TypeError, ValueError):
        same = False
    if not same:
        raise CheckError(f"build_reconstructable_job: the arguments must be like JSON, not {arguments!r}.")
