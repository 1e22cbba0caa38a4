"""Containers: what they bind, when errors appear, how they merge (contract def-8)."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from dagjob.definitions.collection import (
    BindResourcesToJobs,
    Definitions,
    LazyDefinitions,
    create_repository_using_definitions_args,
    definitions,
    repository,
    with_resources,
)
from dagjob.definitions.executors import in_process_executor, multiprocess_executor
from dagjob.definitions.graphs import graph
from dagjob.definitions.iomanagers import default_io_manager, fs_io_manager, mem_io_manager
from dagjob.definitions.jobs import JobDefinition, job
from dagjob.definitions.loggers import colored_console_logger, json_console_logger
from dagjob.definitions.module_scan import (
    load_definitions_from_module,
    load_definitions_from_modules,
    load_definitions_from_package_name,
)
from dagjob.definitions.ops import op
from dagjob.definitions.resources import ResourceDefinition, resource
from dagjob.errors import (
    CheckError,
    DagjobInvalidDefinitionError,
    DagjobInvariantViolationError,
)


@op(required_resource_keys={"r"})
def use(context: Any) -> Any:
    return context.resources.r


@op
def one() -> int:
    return 1


@graph
def g() -> None:
    one()


@job
def needs() -> None:
    use()


@job(resource_defs={"r": "own"}, executor_def=multiprocess_executor)
def own() -> None:
    use()


@job
def j() -> None:
    one()


def same() -> JobDefinition:
    @job(name="same")
    def made() -> None:
        one()

    return made


def value_of(definition: ResourceDefinition) -> Any:
    assert definition.resource_fn is not None
    return definition.resource_fn(None)


# -- binding -------------------------------------------------------------------------------------------------------


def test_a_job_gets_what_it_lacks() -> None:
    defs = Definitions(
        jobs=[needs, own],
        resources={"r": "shared", "io_manager": mem_io_manager},
        executor=in_process_executor,
        loggers={"z": colored_console_logger},
    )
    bound = defs.get_job_def("needs")
    assert value_of(bound.resource_defs["r"]) == "shared"
    assert bound.executor_def is in_process_executor
    assert list(bound.loggers) == ["z"]
    assert bound.resource_defs["io_manager"] is mem_io_manager


def test_what_a_job_has_wins() -> None:
    @job(
        resource_defs={"r": "own", "io_manager": fs_io_manager},
        executor_def=multiprocess_executor,
        logger_defs={"mine": json_console_logger},
    )
    def full() -> None:
        use()

    defs = Definitions(
        jobs=[full, own],
        resources={"r": "shared", "io_manager": mem_io_manager},
        executor=in_process_executor,
        loggers={"z": colored_console_logger},
    )
    bound = defs.get_job_def("full")
    assert value_of(bound.resource_defs["r"]) == "own"
    assert bound.resource_defs["io_manager"] is fs_io_manager
    assert bound.executor_def is multiprocess_executor
    assert list(bound.loggers) == ["mine"]
    implicit = defs.get_job_def("own")
    assert value_of(implicit.resource_defs["r"]) == "own"
    assert implicit.resource_defs["io_manager"] is mem_io_manager


def test_the_user_s_jobs_are_not_changed() -> None:
    before = (needs.executor_def, list(needs.loggers), list(needs.resource_defs))
    Definitions(jobs=[needs], resources={"r": 1}, executor=in_process_executor, loggers={}).get_repository_def()
    assert (needs.executor_def, list(needs.loggers), list(needs.resource_defs)) == before
    assert needs.resource_defs["io_manager"] is default_io_manager


def test_jobs_are_found_by_name_and_in_order() -> None:
    defs = Definitions(jobs=[needs, j], resources={"r": 1})
    assert [found.name for found in defs.resolve_all_job_defs()] == ["needs", "j"]
    assert defs.get_repository_def().job_names == ["needs", "j"]
    assert defs.resolve_job_def("j").name == "j"
    assert defs.get_repository_def().has_job("j")
    assert not defs.get_repository_def().has_job("zz")


def test_the_same_object_twice_is_one_job() -> None:
    assert [found.name for found in Definitions(jobs=[j, j]).resolve_all_job_defs()] == ["j"]


def test_jobs_may_be_any_iterable() -> None:
    assert [found.name for found in Definitions(jobs=(x for x in BindResourcesToJobs([j]))).jobs] == ["j"]


# -- when errors appear --------------------------------------------------------------------------------------------


def test_building_checks_kinds_only() -> None:
    Definitions(jobs=[needs])
    Definitions(jobs=[same(), same()])


@pytest.mark.parametrize(
    ("make", "error", "told"),
    [
        (lambda: Definitions(jobs=[needs]).get_repository_def(), DagjobInvalidDefinitionError, '"?r"?'),
        (lambda: Definitions(jobs=[same(), same()]).get_repository_def(), DagjobInvalidDefinitionError, "same"),
        (lambda: Definitions(jobs=[g]), CheckError, "to_job"),
        (lambda: Definitions(jobs=[one]), CheckError, "jobs"),
        (lambda: Definitions(jobs=j), CheckError, "jobs"),
        (lambda: Definitions(resources=[1]), CheckError, "resources"),
        (lambda: Definitions(executor="in_process"), CheckError, "executor"),
        (lambda: Definitions(loggers={"z": 1}), CheckError, '"z"'),
        (lambda: Definitions(loggers=[1]), CheckError, "loggers"),
        (lambda: Definitions(metadata=5), CheckError, "metadata"),
        (lambda: Definitions(jobs=[j]).get_repository_def().get_job("jj"), DagjobInvariantViolationError, "jj.*j"),
        (lambda: Definitions(jobs=[]).get_repository_def().get_job("zz"), DagjobInvariantViolationError, "zz"),
        (lambda: Definitions.validate_loadable(Definitions(jobs=[needs])), DagjobInvalidDefinitionError, "needs"),
        (lambda: Definitions.validate_loadable(5), CheckError, "defs"),
        (
            lambda: Definitions(jobs=[needs], resources={"r-r": 1}).get_repository_def(),
            CheckError,
            "r-r",
        ),
    ],
)
def test_what_is_wrong_is_told(make: Callable[[], object], error: type[Exception], told: str) -> None:
    with pytest.raises(error, match=told):
        make()


def test_a_name_that_begins_with_two_underscores_is_reserved() -> None:
    with pytest.raises(DagjobInvalidDefinitionError, match="__hidden"):
        Definitions(jobs=[g.to_job(name="__hidden")]).get_repository_def()


def test_what_needs_a_server_is_counted_and_left_alone() -> None:
    with pytest.warns(UserWarning, match="2 assets, 1 schedule, 3 sensors") as caught:
        defs = Definitions(assets=[1, 2], schedules=[1], sensors=[1, 2, 3], jobs=[j])
    assert len(caught) == 1
    assert [found.name for found in defs.resolve_all_job_defs()] == ["j"]


def test_inert_jobs_of_the_alias_are_counted_and_left_alone() -> None:
    class AssetJob:
        __dagjob_inert__ = True

    with pytest.warns(UserWarning, match="1 asset job"):
        defs = Definitions(jobs=[AssetJob(), j])  # type: ignore[list-item]
    assert [found.name for found in defs.resolve_all_job_defs()] == ["j"]


# -- merge ---------------------------------------------------------------------------------------------------------


def test_containers_merge() -> None:
    merged = Definitions.merge(
        Definitions(jobs=[j], resources={"a": 1}, executor=in_process_executor),
        Definitions(jobs=[g.to_job(name="other"), j], resources={"b": 2, "a": 1}, loggers={"z": json_console_logger}),
    )
    assert sorted(merged.get_repository_def().job_names) == ["j", "other"]
    assert sorted(merged.resources) == ["a", "b"]
    assert merged.executor is in_process_executor
    assert merged.loggers == {"z": json_console_logger}


@pytest.mark.parametrize(
    ("one_of_them", "other", "told"),
    [
        (Definitions(resources={"a": 1}), Definitions(resources={"a": 2}), '"a"'),
        (
            Definitions(executor=in_process_executor),
            Definitions(executor=multiprocess_executor),
            "in_process, multiprocess",
        ),
        (
            Definitions(loggers={"z": json_console_logger}),
            Definitions(loggers={"z": colored_console_logger}),
            '"z"',
        ),
    ],
)
def test_two_values_for_one_thing_do_not_merge(one_of_them: Definitions, other: Definitions, told: str) -> None:
    with pytest.raises(DagjobInvariantViolationError, match=told):
        Definitions.merge(one_of_them, other)


# -- @definitions --------------------------------------------------------------------------------------------------


def test_lazy_definitions_are_made_once_when_they_are_wanted() -> None:
    calls = []

    @definitions
    def defs() -> Definitions:
        calls.append("called")
        return Definitions(jobs=[j])

    assert isinstance(defs, LazyDefinitions)
    assert calls == []
    assert defs() is defs()
    assert calls == ["called"]


def test_lazy_definitions_are_definitions() -> None:
    @definitions
    def wrong() -> Any:
        return 3

    with pytest.raises(DagjobInvariantViolationError, match="wrong"):
        wrong()
    with pytest.raises(DagjobInvariantViolationError, match="takes_one"):

        @definitions
        def takes_one(x: Any) -> Any: ...


# -- @repository ---------------------------------------------------------------------------------------------------


def test_a_repository_holds_jobs_and_graphs() -> None:
    @repository(name="rr", description="all", default_executor_def=in_process_executor)
    def r() -> Any:
        return [[j], g]

    assert (r.name, r.description, sorted(r.job_names)) == ("rr", "all", ["g", "j"])
    assert r.get_job("g").executor_def is in_process_executor
    assert [found.name for found in r.get_all_jobs()] == ["j", "g"]


def test_a_repository_calls_functions_of_jobs_on_first_use() -> None:
    calls = []

    def lazy() -> JobDefinition:
        calls.append("called")
        return j

    @repository
    def d() -> Any:
        """By name."""
        return {"jobs": {"j": lazy, "g": g}}

    assert (d.name, d.description, d.job_names, calls) == ("d", "By name.", ["j", "g"], [])
    assert d.get_job("j").name == "j"
    assert d.get_job("j") is d.get_job("j")
    assert calls == ["called"]


def returning(value: object) -> Callable[[], object]:
    def r() -> object:
        return value

    return r


@pytest.mark.parametrize(
    ("value", "error", "told"),
    [
        ([3], DagjobInvalidDefinitionError, "3"),
        (5, DagjobInvalidDefinitionError, "5"),
        ({"zz": {}}, DagjobInvalidDefinitionError, "zz"),
        ({"jobs": {"j": 5}}, DagjobInvalidDefinitionError, '"j"'),
        ({"jobs": {"other": j}}, CheckError, '"other".*"j"'),
        ([same(), same()], DagjobInvalidDefinitionError, "same"),
    ],
)
def test_anything_else_is_no_repository(value: object, error: type[Exception], told: str) -> None:
    with pytest.raises(error, match=told):
        repository(returning(value))


def test_the_function_of_a_repository_takes_nothing() -> None:
    with pytest.raises(CheckError, match="takes_one"):

        @repository
        def takes_one(x: Any) -> Any: ...


def test_a_function_of_a_job_returns_the_job_of_its_key() -> None:
    @repository
    def r() -> Any:
        return {"jobs": {"other": lambda: j, "none": lambda: 3}}

    with pytest.raises(CheckError, match=r'"other".*"j"'):
        r.get_job("other")
    with pytest.raises(DagjobInvariantViolationError, match=r'"none".*3'):
        r.get_job("none")


@pytest.mark.parametrize("given", [lambda: [needs], lambda: {"jobs": {"needs": needs}}])
def test_a_repository_is_refused_with_a_job_that_lacks_a_resource(given: Callable[[], Any]) -> None:
    with pytest.raises(DagjobInvalidDefinitionError, match='needs the resource "r"'):
        repository(given)


def test_a_job_that_a_function_makes_is_looked_at_when_it_is_asked_for() -> None:
    @repository
    def r() -> Any:
        return {"jobs": {"needs": lambda: needs}}

    with pytest.raises(DagjobInvalidDefinitionError, match="needs"):
        r.get_job("needs")


# -- older spellings, whole modules --------------------------------------------------------------------------------


def test_a_repository_from_the_arguments_of_definitions() -> None:
    made = create_repository_using_definitions_args("mine", jobs=[needs], resources={"r": 1})
    assert (made.name, made.job_names) == ("mine", ["needs"])
    assert value_of(made.get_job("needs").resource_defs["r"]) == 1


def test_jobs_with_resources() -> None:
    (bound,) = with_resources([needs], {"r": 4})
    assert value_of(bound.resource_defs["r"]) == 4

    @resource(config_schema=int)
    def r(init: Any) -> Any:
        return init.resource_config

    (configured,) = with_resources([needs], {"r": r}, {"r": {"config": 3}})
    assert configured.resource_defs["r"] is not r
    with pytest.raises(DagjobInvalidDefinitionError, match="zz"):
        with_resources([needs], {"r": r}, {"zz": {"config": 3}})
    with pytest.raises(DagjobInvalidDefinitionError, match="needs"):
        with_resources([needs], {})


def test_resources_that_lack_each_other_are_told() -> None:
    @resource(required_resource_keys={"missing"})
    def r(init: Any) -> Any: ...

    with pytest.raises(DagjobInvalidDefinitionError, match="missing"):
        with_resources([needs], {"r": r})


def test_the_jobs_of_a_module() -> None:
    module = ModuleType("jobs_module")
    vars(module).update(j=j, again=j, g=g, other=Definitions(jobs=[needs], resources={"r": 1}))
    found = load_definitions_from_module(module)
    assert sorted(found.get_repository_def().job_names) == ["j", "needs"]
    assert load_definitions_from_modules([], resources={"r": 1}).resources == {"r": 1}


def test_the_jobs_of_a_package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    package = tmp_path / "pkg_of_jobs"
    (package / "deep").mkdir(parents=True)
    text = "from dagjob.definitions.jobs import job\nfrom dagjob.definitions.ops import op\n"
    text += "@op\ndef one(): ...\n@job\ndef {name}(): one()\n"
    (package / "__init__.py").write_text("")
    (package / "first.py").write_text(text.format(name="first_job"))
    (package / "deep" / "__init__.py").write_text(text.format(name="deep_job"))
    monkeypatch.syspath_prepend(str(tmp_path))
    found = load_definitions_from_package_name("pkg_of_jobs")
    assert sorted(found.get_repository_def().job_names) == ["deep_job", "first_job"]
    for name in [name for name in sys.modules if name.startswith("pkg_of_jobs")]:
        monkeypatch.delitem(sys.modules, name)


def test_a_job_whose_ops_hand_on_nothing_is_bound_as_others_are() -> None:
    @op
    def quiet() -> None: ...

    @op
    def loud() -> int:
        return 1

    @job
    def quiet_job() -> None:
        quiet()

    @job
    def loud_job() -> None:
        loud()

    @resource(config_schema=str)
    def place(_: Any) -> str:
        return "p"

    made = Definitions(jobs=[quiet_job, loud_job], resources={"place": place})
    for name in ("quiet_job", "loud_job"):
        assert "place" in made.resolve_job_def(name).resource_defs
