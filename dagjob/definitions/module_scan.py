"""`load_definitions_from_module` and its sisters: the jobs and containers of whole modules, as one `Definitions`."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator, Mapping
from types import ModuleType
from typing import Any

from dagjob.definitions.collection import Definitions
from dagjob.definitions.jobs import JobDefinition
from dagjob.definitions.loggers import LoggerDefinition
from dagjob.errors import DagjobInvariantViolationError
from dagjob.values.checks import check_kind, check_member


def load_definitions_from_modules(
    modules: Iterable[ModuleType],
    resources: Mapping[str, Any] | None = None,
    loggers: Mapping[str, LoggerDefinition] | None = None,
    executor: Any = None,
) -> Definitions:
    """The jobs at the top level of some modules, and the `Definitions` that stand there, as one."""
    jobs: dict[int, JobDefinition] = {}
    containers: dict[int, Definitions] = {}
    for module in modules:
        check_member(module, ModuleType, "a module to load definitions from")
        for value in vars(module).values():
            if isinstance(value, JobDefinition):
                jobs[id(value)] = value
            elif isinstance(value, Definitions):
                containers[id(value)] = value
    own = Definitions(jobs=list(jobs.values()), resources=resources, loggers=loggers, executor=executor)
    return Definitions.merge(own, *containers.values()) if containers else own


def load_definitions_from_module(
    module: ModuleType,
    resources: Mapping[str, Any] | None = None,
    loggers: Mapping[str, LoggerDefinition] | None = None,
    executor: Any = None,
) -> Definitions:
    """The jobs at the top level of a module."""
    return load_definitions_from_modules([module], resources, loggers, executor)


def load_definitions_from_current_module(
    resources: Mapping[str, Any] | None = None,
    loggers: Mapping[str, LoggerDefinition] | None = None,
    executor: Any = None,
) -> Definitions:
    """The jobs that the module that calls this has defined so far."""
    name = sys._getframe(1).f_globals.get("__name__")
    module = sys.modules.get(name) if isinstance(name, str) else None
    if module is None:
        raise DagjobInvariantViolationError(
            "load_definitions_from_current_module must be called at the top level of a module."
        )
    return load_definitions_from_modules([module], resources, loggers, executor)


def load_definitions_from_package_module(
    package_module: ModuleType,
    resources: Mapping[str, Any] | None = None,
    loggers: Mapping[str, LoggerDefinition] | None = None,
    executor: Any = None,
) -> Definitions:
    """The jobs of a package and of every module below it; all are imported."""
    return load_definitions_from_modules(_modules_below(package_module), resources, loggers, executor)


def load_definitions_from_package_name(
    package_name: str,
    resources: Mapping[str, Any] | None = None,
    loggers: Mapping[str, LoggerDefinition] | None = None,
    executor: Any = None,
) -> Definitions:
    """The jobs of a package and of every module below it, by the package's name."""
    from importlib import import_module

    check_kind(package_name, str, "the name of a package")
    return load_definitions_from_package_module(import_module(package_name), resources, loggers, executor)


def _modules_below(package: ModuleType) -> Iterator[ModuleType]:
    from importlib import import_module
    from pkgutil import walk_packages

    check_kind(package, ModuleType, "a package to load definitions from")
    yield package
    for found in walk_packages(getattr(package, "__path__", ()), f"{package.__name__}."):
        yield import_module(found.name)
