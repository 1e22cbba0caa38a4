"""What the contract says of resources and IO managers (def-5) beside its examples and its table of errors."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from dagjob import (
    AssetMaterialization,
    ConfigurableLegacyIOManagerAdapter,
    ConfigurableResource,
    DagjobEventType,
    DagjobInstance,
    DagjobInvalidDefinitionError,
    DagjobRunStatus,
    EnvVar,
    ExecuteInProcessResult,
    FilesystemIOManager,
    IAttachDifferentObjectToOpContext,
    In,
    InitResourceContext,
    IOManager,
    IOManagerDefinition,
    LocalFileHandle,
    OpExecutionContext,
    ResourceDependency,
    build_hook_context,
    build_op_context,
    build_resources,
    failure_hook,
    input_manager,
    io_manager,
    job,
    local_file_manager,
    op,
    resource,
    success_hook,
)
from dagjob.builtin.fs_io import store_pickle
from dagjob.definitions.legacy_adapters import ConfigurableLegacyResourceAdapter
from dagjob.engine.describe import describe
from dagjob.errors import (
    CheckError,
    DagjobInvariantViolationError,
    DagjobResourceFunctionError,
    ParameterCheckError,
)


@op(required_resource_keys={"db"})
def use(context: OpExecutionContext) -> Any:
    return context.resources.db


def used(db: Any, run_config: dict[str, Any] | None = None, **more: Any) -> Any:
    @job(name="j", resource_defs={"db": db, **more})
    def j() -> None:
        use()

    return j.execute_in_process(run_config).output_for_node("use")


# -- parts of configurable resources -------------------------------------------------------------------------------


class Inner(ConfigurableResource):
    url: str = "u"


class Outer(ConfigurableResource):
    inner: Inner
    maybe: Inner | None = None


class Needs(ConfigurableResource):
    made: ResourceDependency[str]

    def create_resource(self, context: Any) -> Any:
        return self.made


@resource(config_schema=str)
def text(context: InitResourceContext) -> Any:
    return context.resource_config


@resource(required_resource_keys={"net"})
def over_net(context: InitResourceContext) -> Any:
    return context.resources.net


@pytest.mark.parametrize(
    ("part", "config", "more", "value"),
    [
        (text.configured("given"), None, {}, "given"),
        (text, {"resources": {"it": {"config": "at launch"}}}, {"it": text}, "at launch"),
        (over_net, None, {"net": "n"}, "n"),
        ("itself", None, {}, "itself"),
        (None, None, {}, None),
    ],
)
def test_a_dependency_may_be_a_function_with_config_and_needs_of_its_own(
    part: Any, config: Any, more: dict[str, Any], value: object
) -> None:
    assert used(Needs(made=part), config, **more) == value


def test_what_a_part_needs_is_missed_with_its_key() -> None:
    with pytest.raises((DagjobInvalidDefinitionError, DagjobInvariantViolationError), match='"net"'):
        used(Needs(made=over_net))


@pytest.mark.parametrize("given", [{}, {"inner": 5}, {"inner": Needs(made="x")}, {"inner": Inner(), "maybe": "x"}])
def test_a_part_is_of_the_class_that_its_field_says(given: dict[str, Any]) -> None:
    with pytest.raises(ValidationError, match=r"inner|maybe"):
        Outer(**given)


def test_a_part_may_be_a_dict_none_or_come_from_the_run_config() -> None:
    late = Inner.configure_at_launch()
    outer = used(Outer(inner=late, maybe=None), {"resources": {"x": {"config": {"url": "v"}}}}, x=late)
    assert (outer.inner.url, outer.maybe) == ("v", None)
    assert used(Outer(inner={"url": "w"})).inner.url == "w"  # type: ignore[arg-type]


class Attached(ConfigurableResource, IAttachDifferentObjectToOpContext):
    n: int = 1

    def get_object_to_set_on_execution_context(self) -> Any:
        return ("shown", self.n)


def test_context_resources_shows_what_a_resource_attaches_and_a_parameter_gets_the_resource() -> None:
    seen: list[Any] = []

    @success_hook(required_resource_keys={"it"})
    def look(context: Any) -> None:
        seen.append(context.resources.it)

    @op
    def both(context: OpExecutionContext, it: Attached) -> None:
        seen.append((context.resources.it, type(it)))

    @job(resource_defs={"it": Attached(n=2)}, hooks={look})
    def j() -> None:
        both()

    j.execute_in_process()
    both(build_op_context(resources={"it": Attached(n=3)}))
    look(build_hook_context(resources={"it": Attached(n=4)}))
    assert seen == [(("shown", 2), Attached), ("shown", 2), (("shown", 3), Attached), ("shown", 4)]


# -- life ----------------------------------------------------------------------------------------------------------


class Stop(BaseException):
    pass


@pytest.mark.parametrize("error", [ValueError(), SystemExit(3), KeyboardInterrupt(), Stop(), CheckError("own")])
def test_whatever_a_resource_raises_what_is_open_is_closed(error: BaseException) -> None:
    closed: list[str] = []

    @resource
    def first(_: Any) -> Iterator[int]:
        yield 1
        closed.append("first")

    @resource(required_resource_keys={"first"})
    def broken(_: Any) -> None:
        raise error

    @job(name="j", resource_defs={"db": broken, "first": first})
    def j() -> None:
        use()

    with DagjobInstance.ephemeral() as instance:
        if isinstance(error, KeyboardInterrupt):
            with pytest.raises(KeyboardInterrupt):
                j.execute_in_process(raise_on_error=False, instance=instance)
        else:
            assert not j.execute_in_process(raise_on_error=False, instance=instance).success
        (run,) = instance.get_runs()
        ends = [each.dagster_event_type for each in instance.all_logs(run.run_id) if each.is_dagster_event][-2:]
    assert closed == ["first"]
    assert run.status is DagjobRunStatus.FAILURE
    assert ends == [DagjobEventType.RESOURCE_INIT_FAILURE, DagjobEventType.RUN_FAILURE]


def test_each_teardown_that_goes_wrong_is_told_with_its_key() -> None:
    closed: list[str] = []

    @resource
    def twice(_: Any) -> Iterator[int]:
        yield 1
        yield 2

    @resource(required_resource_keys={"twice"})
    def leaves(_: Any) -> Iterator[int]:
        yield 1
        raise SystemExit(3)

    @resource(required_resource_keys={"leaves"})
    def raises(_: Any) -> Iterator[int]:
        yield 1
        raise ValueError("no")

    @resource
    def good(_: Any) -> Iterator[int]:
        yield 1
        closed.append("good")

    @op(required_resource_keys={"raises", "good"})
    def f() -> None:
        pass

    @job(resource_defs={"twice": twice, "leaves": leaves, "raises": raises, "good": good})
    def j() -> None:
        f()

    result = j.execute_in_process()
    told = [each.message or "" for each in result.all_events if "closed" in (each.message or "")]
    assert result.success
    assert closed == ["good"]
    assert [text.split('"')[1] for text in told] == ["raises", "leaves", "twice"]
    assert "yielded a second time" in told[2]


# -- IO managers ---------------------------------------------------------------------------------------------------


class Store(IOManager):
    """Says in `handled` what `handle_output` returns or, as a list, yields."""

    def __init__(self, handled: Any = None, load: Callable[[Any], Any] = lambda context: 1) -> None:
        self.handled = handled
        self.load = load

    def handle_output(self, context: Any, obj: Any) -> Any:
        context.add_output_metadata({"rows": 1})
        return iter_of(self.handled) if isinstance(self.handled, list) else self.handled

    def load_input(self, context: Any) -> Any:
        return self.load(context)


def iter_of(things: list[Any]) -> Iterator[Any]:
    yield from things


@op
def begin() -> int:
    return 1


@op
def end(x: Any) -> Any:
    return x


def through(store: Any, **more: Any) -> ExecuteInProcessResult:
    @job(name="j", resource_defs={"io_manager": store})
    def j() -> None:
        end(begin())

    return j.execute_in_process(raise_on_error=False, **more)


def metadata(result: ExecuteInProcessResult, kind: str) -> list[dict[str, Any]]:
    events = [each for each in result.all_events if each.event_type_value == kind]
    return [{key: held.value for key, held in each.event_specific_data.metadata.items()} for each in events]


@pytest.mark.parametrize("handled", [{"rows": 2, "mb": 3}, [{"rows": 0}, {"rows": 2}, {"mb": 3}]])
def test_dicts_that_handle_output_returns_or_yields_are_metadata_and_later_keys_win(handled: Any) -> None:
    assert metadata(through(Store(handled)), "HANDLED_OUTPUT")[0] == {"rows": 2, "mb": 3}


def test_a_materialization_without_metadata_has_that_of_the_output() -> None:
    result = through(Store([AssetMaterialization("k"), {"mb": 3}]))
    (asset,) = result.asset_materializations_for_node("begin")
    assert {key: value.value for key, value in asset.metadata.items()} == {"rows": 1, "mb": 3}


@pytest.mark.parametrize("handled", [[None], [5], 5, "x", [AssetMaterialization("k", metadata={"a": 1})]])
def test_other_things_fail_the_op(handled: Any) -> None:
    result = through(Store(handled))
    assert [each.step_key for each in result.get_step_failure_events()] == ["begin"]
    assert result.failure_data_for_node("begin").error.cls_name == "DagjobInvariantViolationError"


def test_metadata_of_an_input_may_be_added_again() -> None:
    def load(context: Any) -> int:
        context.add_input_metadata({"a": 1})
        context.add_input_metadata({"a": 2})
        return 1

    assert metadata(through(Store(load=load)), "LOADED_INPUT") == [{"a": 2}]


def test_what_cannot_be_pickled_is_told_with_what_may_be_done(tmp_path: Path) -> None:
    with pytest.raises(DagjobInvariantViolationError, match="a function, cannot be pickled") as raised:
        store_pickle(str(tmp_path / "value"), lambda: None, private=True)
    told = "\n".join(describe(raised.value).notes)
    assert [word for word in ("FilesystemIOManager", "mem_io_manager", "in_process") if word not in told] == []


def test_managers_may_be_asynchronous() -> None:
    kept: dict[Any, Any] = {}

    class Lake(IOManager):
        async def handle_output(self, context: Any, obj: Any) -> Any:
            kept[context.step_key] = obj
            return {"rows": 1}

        async def load_input(self, context: Any) -> Any:
            return kept[context.upstream_output.step_key] + 1

    @input_manager
    async def lake(context: Any) -> str:
        return "from the lake"

    @op(ins={"x": In(input_manager_key="lake")})
    def read(x: Any) -> Any:
        return x

    @job(resource_defs={"io_manager": Lake(), "lake": lake})
    def j() -> None:
        end(begin())
        read()

    result = j.execute_in_process()
    assert kept == {"begin": 1, "end": 2, "read": "from the lake"}
    assert metadata(result, "HANDLED_OUTPUT") == [{"rows": 1}] * 3


def test_a_generator_that_is_no_context_manager_is_told_what_it_lacks() -> None:
    class Bare(ConfigurableResource):
        def yield_for_execution(self, context: Any) -> Any:
            yield self

    with pytest.raises(DagjobResourceFunctionError, match=r"Bare\.yield_for_execution.*@contextlib\.contextmanager"):
        used(Bare())


def test_a_folder_that_is_a_file_is_told_without_names_of_ours(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    error = through(FilesystemIOManager(base_dir=str(tmp_path / "file"))).failure_data_for_node("begin").error
    assert error.cause.cls_name == "NotADirectoryError"
    assert f"{tmp_path}/file/" in error.message
    assert ".tmp" not in error.message


def test_hooks_see_what_an_io_manager_raised() -> None:
    seen: list[Any] = []

    @failure_hook
    def look(context: Any) -> None:
        seen.append(context.op_exception)

    def load(context: Any) -> None:
        raise KeyError("gone")

    @job(resource_defs={"io_manager": Store(load=load)}, hooks={look})
    def j() -> None:
        end(begin())

    j.execute_in_process(raise_on_error=False)
    assert [repr(each) for each in seen] == ["KeyError('gone')"]


@pytest.mark.parametrize("given", [{"op": 5}, {"run_id": 5}, {"job_name": 5}, {"op_exception": "x"}])
def test_the_context_of_a_hook_takes_the_kinds_that_it_says(given: dict[str, Any]) -> None:
    with pytest.raises(ParameterCheckError, match=next(iter(given))):
        build_hook_context(**given)


# -- those that come with dagjob -----------------------------------------------------------------------------------


@pytest.mark.parametrize("how", ["text", "path", "environment", "run config", "at launch", "replaced"])
def test_the_folder_of_the_file_manager_is_config(how: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WHERE", str(tmp_path))
    config = {"resources": {"io_manager": {"config": {"base_dir": str(tmp_path)}}}}
    made: dict[str, tuple[Any, Any]] = {
        "text": (FilesystemIOManager(str(tmp_path)), None),
        "path": (FilesystemIOManager(base_dir=tmp_path), None),
        "environment": (FilesystemIOManager(base_dir=EnvVar("WHERE")), None),
        "run config": (FilesystemIOManager(), config),
        "at launch": (FilesystemIOManager.configure_at_launch(), config),
        "replaced": (FilesystemIOManager(base_dir="/nowhere"), config),
    }
    manager, run_config = made[how]
    result = through(manager, run_config=run_config)
    assert result.success
    assert (tmp_path / result.run_id / "begin" / "result").exists()


def test_a_file_manager_keeps_what_ops_hand_on(tmp_path: Path) -> None:
    @op(required_resource_keys={"files"})
    def write(context: OpExecutionContext) -> Any:
        files = context.resources.files
        with Path(__file__).open() as source:
            assert files.write(source, mode="w", ext="py").path_desc.endswith(".py")
        return files.write_data(b"abc")

    @op(required_resource_keys={"files"})
    def read(context: OpExecutionContext, handle: Any) -> Any:
        files = context.resources.files
        copy = files.copy_handle_to_local_temp(handle)
        with files.read(handle, "r") as file:
            return file.read(), files.read_data(handle), Path(copy).read_bytes(), copy, handle.path

    @job(resource_defs={"files": local_file_manager})
    def j() -> None:
        read(write())

    config = {"resources": {"files": {"config": {"base_dir": str(tmp_path / "new")}}}}
    *contents, copy, path = j.execute_in_process(config).output_for_node("read")
    assert contents == ["abc", b"abc", b"abc"]
    assert not Path(copy).exists()
    assert Path(path).parent == tmp_path / "new"
    *_, path = j.execute_in_process().output_for_node("read")
    assert not Path(path).exists()  # a run that keeps nothing


def test_a_file_manager_refuses_what_is_none_of_its_files(tmp_path: Path) -> None:
    with build_resources({"files": local_file_manager.configured({"base_dir": str(tmp_path)})}) as resources:
        files = resources.files
        for mistake in (
            lambda: files.write_data("text"),
            lambda: files.read_data(str(tmp_path)),
            lambda: files.write(b"data"),
            lambda: LocalFileHandle(5),  # type: ignore[arg-type]
            lambda: files.read(LocalFileHandle("x"), "w").__enter__(),
        ):
            with pytest.raises(CheckError):
                mistake()
        with pytest.raises(FileNotFoundError):
            files.read_data(LocalFileHandle(str(tmp_path / "gone")))


def test_functions_become_classes_with_config() -> None:
    closed: list[str] = []

    @io_manager(config_schema={"base": str}, required_resource_keys={"db"})
    def old(context: Any) -> Iterator[Store]:
        base, db = context.resource_config["base"], context.resources.db
        yield Store(load=lambda _: (base, db))
        closed.append(base)

    class New(ConfigurableLegacyIOManagerAdapter):
        base: str

        @property
        def wrapped_io_manager(self) -> IOManagerDefinition:
            return old

    class Text(ConfigurableLegacyResourceAdapter):
        said: str

        @property
        def wrapped_resource(self) -> Any:
            return resource(lambda context: context.resource_config["said"])

    @job(resource_defs={"io_manager": New(base="b"), "db": Text(said="s")})
    def j() -> None:
        end(begin())

    assert j.execute_in_process().output_for_node("end") == ("b", "s")
    assert closed == ["b"]
    assert New(base="x").create_io_manager(InitResourceContext(resource_config={"base": "x"}, resources={"db": 1}))
