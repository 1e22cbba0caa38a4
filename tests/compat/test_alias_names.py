"""Under the alias every public name of Dagster 1.13.29 can be imported, from wherever real projects import it."""

from __future__ import annotations

import importlib
import pickle
import sys
import typing
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING

import pytest

import dagjob
import dagjob.compat.dagster
import dagjob.errors

if TYPE_CHECKING:
    from dagster import AssetsDefinition  # type: ignore[import-not-found]  # noqa: F401

VECTORS = Path(__file__).parents[1] / "vectors"
IN_SCOPE = [line.split()[1] for line in (VECTORS / "names.txt").read_text().splitlines()]
LEFT_OUT = (VECTORS / "names_left_out.txt").read_text().split()
dagster = importlib.import_module("dagster")


def test_every_public_name_can_be_imported() -> None:
    scope: dict[str, object] = {}
    for name in (*IN_SCOPE, *LEFT_OUT):
        exec(f"from dagster import {name}", scope)
    assert len({*IN_SCOPE, *LEFT_OUT}) == 444


def test_a_star_import_gives_every_public_name_and_none_besides() -> None:
    scope: dict[str, object] = {}
    exec("from dagster import *", scope)
    assert set(scope) - {"__builtins__"} == {*IN_SCOPE, *LEFT_OUT}
    assert set(scope) <= {*dir(dagster), "__builtins__"}


def test_a_star_import_of_a_module_below_leaves_out_the_modules_above() -> None:
    scope: dict[str, object] = {}
    exec("from dagster._core.events import *", scope)
    assert "DagsterEventType" in scope
    assert "components" not in scope


def test_the_executor_of_dasks_own_package_is_ours() -> None:
    scope: dict[str, object] = {}
    exec("from dagster_dask import dask_executor", scope)
    assert scope["dask_executor"] is dagjob.dask_executor


@pytest.mark.parametrize("name", [name for name in IN_SCOPE if name.startswith("Dagster")])
def test_both_spellings_of_a_class_are_the_same_object(name: str) -> None:
    ours = f"Dagjob{name.removeprefix('Dagster')}"
    if ours in dagjob.__all__:  # DagsterLibraryRegistry is not
        assert getattr(dagster, name) is getattr(dagster, ours) is getattr(dagjob, ours)


@pytest.mark.parametrize(
    ("module", "names"),
    [
        (
            "dagster._core.errors",
            "DagsterInvalidConfigError DagsterUserCodeUnreachableError HookExecutionError JobError",
        ),
        ("dagster.core.errors", "DagsterInvariantViolationError"),
        ("dagster._core.definitions", "JobDefinition op AssetsDefinition ScheduleDefinition"),
        ("dagster._core.definitions.events", "AssetKey Output"),
        ("dagster.core.definitions.events", "AssetMaterialization"),
        ("dagster._core.definitions.decorators.op_decorator", "op"),
        ("dagster._core.definitions.decorators.hook_decorator", "event_list_hook"),
        ("dagster._core.definitions.executor_definition", "multiple_process_executor_requirements"),
        ("dagster._core.definitions.partition", "StaticPartitionsDefinition"),
        ("dagster._core.definitions.partitions.definition", "DailyPartitionsDefinition"),
        ("dagster._core.definitions.reconstruct", "ReconstructableJob reconstructable"),
        ("dagster._core.definitions.unresolved_asset_job_definition", "UnresolvedAssetJobDefinition define_asset_job"),
        ("dagster._core.execution.context.compute", "OpExecutionContext"),
        ("dagster._core.execution.context.system", "StepExecutionContext"),
        ("dagster._core.execution.api", "execute_job"),
        ("dagster._core.events", "DagsterEvent DagsterEventType"),
        ("dagster._core.instance", "DagsterInstance"),
        ("dagster._core.storage.dagster_run", "DagsterRun FINISHED_STATUSES RunsFilter"),
        ("dagster._core.storage.pipeline_run", "DagsterRunStatus"),
        ("dagster._core.storage.tags", "PARTITION_NAME_TAG PRIORITY_TAG MAX_RETRIES_TAG"),
        ("dagster._core.storage.fs_io_manager", "PickledObjectFilesystemIOManager fs_io_manager"),
        ("dagster._core.test_utils", "instance_for_test environ"),
        ("dagster._core.utils", "make_new_run_id coerce_valid_log_level"),
        ("dagster._core.types.dagster_type", "DagsterType PythonObjectDagsterType"),
        ("dagster._config", "Field Shape Selector"),
        ("dagster._config.pythonic_config", "Config ConfigurableResource"),
        ("dagster._utils", "file_relative_path mkdir_p safe_tempfile_path PICKLE_PROTOCOL"),
        ("dagster.utils", "file_relative_path script_relative_path merge_dicts"),
        ("dagster._utils.merger", "merge_dicts deep_merge_dicts"),
        ("dagster._utils.backoff", "backoff"),
        ("dagster._utils.cached_method", "cached_method"),
        ("dagster._utils.error", "serializable_error_info_from_exc_info SerializableErrorInfo"),
        ("dagster._utils.warnings", "BetaWarning deprecation_warning"),
        ("dagster._annotations", "public experimental deprecated"),
        ("dagster._time", "get_current_datetime get_timezone"),
        ("dagster._check", "CheckError str_param opt_list_param inst_param invariant not_none failed"),
        ("dagster.check", "opt_nullable_dict_param"),
        ("dagster_shared.check", "dict_elem"),
        ("dagster.components", "Component Resolvable"),
        ("dagster.version", "__version__"),
    ],
)
def test_names_can_be_imported_from_where_they_stand_or_stood(module: str, names: str) -> None:
    for name in names.split():
        scope: dict[str, object] = {}
        exec(f"from {module} import {name}", scope)
        public = f"Dagjob{name.removeprefix('Dagster')}" if name.startswith("Dagster") else name
        if public in dagjob.__all__:
            assert scope[name] is getattr(dagjob, public)


def test_modules_are_reached_as_attributes_and_by_every_form_of_import() -> None:
    scope: dict[str, object] = {}
    exec("from dagster import _check as check\nimport dagster._core.errors as errors\nimport dagster as dg", scope)
    assert scope["check"] is importlib.import_module("dagster._check")
    assert scope["dg"] is dagster
    assert isinstance(dagster._core.definitions, ModuleType)
    assert isinstance(dagster._core.executor, ModuleType)
    assert dagster._core.definitions.events.AssetKey is dagjob.AssetKey
    assert importlib.util.find_spec("dagster_dbt") is None
    assert importlib.util.find_spec("dagster._core.no_such_module") is None


def test_the_version_is_the_one_whose_behaviour_is_kept() -> None:
    assert dagster.__version__ == dagster.version.__version__ == "1.13.29"


@pytest.mark.parametrize(
    ("statement", "told"),
    [
        ("from dagster import sensr", 'did you mean "sensor"?'),
        ("from dagster import DagsterInvalidConfgError", 'did you mean "DagsterInvalidConfigError"?'),
        ("from dagster import solid", "since 1.0; what took its place:  op"),
        ("from dagster._core.workspace.context import WorkspaceProcessContext", "is private to Dagster"),
        ("from dagster._core.execution.plan.active import ActiveExecution", "a part of its engine"),
        ("from dagster_aws.s3 import s3_resource", "dagster_aws is a library of Dagster's"),
    ],
)
def test_an_import_that_fails_is_told_with_what_to_do(statement: str, told: str) -> None:
    from dagjob.compat.unknown import about_import

    with pytest.raises(ImportError) as failed:
        exec(statement)
    assert told in " ".join(about_import(failed.value))


def test_an_attribute_that_is_not_there_is_told_with_the_nearest() -> None:
    with pytest.raises(AttributeError, match='did you mean "graph"'):
        dagster.grap


def test_values_pickled_under_one_name_can_be_read_under_the_other() -> None:
    made = dagster.AssetMaterialization("report", metadata={"rows": dagster.MetadataValue.int(3)})
    assert b"dagster" not in pickle.dumps(made)
    assert pickle.loads(pickle.dumps(dagjob.TableColumn("a"))) == dagster.TableColumn("a")
    written_by_dagster = b"cdagster._core.definitions.events\nAssetKey\n."
    assert pickle.loads(written_by_dagster) is dagjob.AssetKey
    for inert in (dagster.RunRequest(run_key="a"), dagster.DefaultScheduleStatus.RUNNING, dagster.asset):
        assert repr(pickle.loads(pickle.dumps(inert))) == repr(inert)


def test_setting_a_name_of_dagster_warns_that_it_changes_nothing() -> None:
    module = importlib.import_module("dagster._core.storage.tags")
    with pytest.warns(UserWarning, match=r"dagster\._core\.storage\.tags\.PRIORITY_TAG is set here"):
        module.PRIORITY_TAG = "other"  # type: ignore[attr-defined]
    vars(module).pop("PRIORITY_TAG")


@pytest.mark.parametrize(
    ("call", "result"),
    [
        ("str_param('a', 'x')", "a"),
        ("opt_str_param(None, 'x')", None),
        ("opt_str_param(None, 'x', 'd')", "d"),
        ("opt_list_param(None, 'x')", []),
        ("opt_nullable_list_param(None, 'x')", None),
        ("list_param([1], 'x', of_type=int)", [1]),
        ("list_param([1], 'x', int)", [1]),
        ("dict_param({'a': 1}, 'x', str, int)", {"a": 1}),
        ("opt_mapping_param(None, 'x', key_type=str)", {}),
        ("opt_int_param(3, 'x')", 3),
        ("str_elem({'a': 'b'}, 'a')", "b"),
        ("inst_param(3, 'x', int)", 3),
        ("opt_inst_param(None, 'x', int)", None),
        ("invariant(True)", True),
        ("not_none(0)", 0),
    ],
)
def test_a_check_gives_back_what_fits(call: str, result: object) -> None:
    assert eval(call, vars(importlib.import_module("dagjob.compat.check")) | every_check()) == result


@pytest.mark.parametrize(
    "call",
    [
        "str_param(3, 'x')",
        "str_param(None, 'x')",
        "list_param(['a'], 'x', of_type=int)",
        "dict_param({1: 1}, 'x', key_type=str)",
        "int_param(True, 'x')",
        "inst_param('3', 'x', int)",
        "callable_param(3, 'x')",
        "invariant(False, 'no')",
        "not_none(None)",
        "failed('no')",
        "assert_never(3)",
    ],
)
def test_a_check_refuses_what_does_not(call: str) -> None:
    with pytest.raises(dagjob.errors.CheckError):
        eval(call, every_check())


def every_check() -> dict[str, typing.Any]:
    check = importlib.import_module("dagster._check")
    names = "str int list dict opt_str opt_list opt_int opt_mapping opt_nullable_list inst opt_inst callable"
    found = {f"{name}_param": getattr(check, f"{name}_param") for name in names.split()}
    return found | {
        name: getattr(check, name) for name in ["str_elem", "invariant", "not_none", "failed", "assert_never"]
    }


def test_the_alias_can_be_switched_off_and_on(monkeypatch: pytest.MonkeyPatch) -> None:
    from dagjob.compat.alias import install

    with monkeypatch.context() as patch:
        ours = [
            finder for finder in sys.meta_path if type(finder).__module__.startswith("dagjob.")
        ]  # of a command, here
        patch.setattr(sys, "meta_path", [finder for finder in sys.meta_path if finder not in ours])
        kept: dict[str, Callable[..., object] | ModuleType] = {
            name: sys.modules[name] for name in sys.modules if name.partition(".")[0] == "dagster"
        }
        for name in kept:
            patch.delitem(sys.modules, name)
        patch.setenv("DAGJOB_DAGSTER_ALIAS", "never")
        install()
        with pytest.raises(ModuleNotFoundError):
            importlib.import_module("dagster")
        patch.setenv("DAGJOB_DAGSTER_ALIAS", "allways")
        with pytest.raises(dagjob.errors.DagjobUsageError, match='Did you mean "always"'):
            install()
        install("always")
        assert importlib.import_module("dagster").op is dagjob.op
