"""What a resource function gave is read in one way, by a run, by `build_resources` and by a direct call (contract def-5)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ContextDecorator, contextmanager
from typing import Any

import pytest

from dagjob.definitions.jobs import job
from dagjob.definitions.ops import op
from dagjob.definitions.pydantic_resources import ConfigurableResource, ResourceDependency
from dagjob.definitions.resources import ResourceDefinition, ResourceWithTeardown, resource
from dagjob.engine.direct import build_op_context, build_resources
from dagjob.errors import DagjobInvariantViolationError, DagjobResourceFunctionError

log: list[str] = []


@pytest.fixture(autouse=True)
def _empty_log() -> None:
    log.clear()


def by_yield() -> Iterator[str]:
    log.append("open")
    yield "it"
    log.append("close")


def by_contextmanager() -> AbstractContextManager[str]:
    return contextmanager(by_yield)()


class ByClass(ContextDecorator):
    def __enter__(self) -> str:
        log.append("open")
        return "it"

    def __exit__(self, *error: object) -> None:
        log.append("close")


class Enterable:
    """Not entered: a user of the resource does that."""

    def __enter__(self) -> str:
        raise AssertionError("entered")

    def __exit__(self, *error: object) -> None: ...


class Items:
    """An iterator, but no generator."""

    def __iter__(self) -> Items:
        return self

    def __next__(self) -> int:
        raise AssertionError("iterated")

    def send(self, value: object) -> int:
        raise AssertionError("iterated")


def in_a_run(definition: ResourceDefinition) -> Any:
    seen = []

    @op(required_resource_keys={"r"})
    def use(context: Any) -> None:
        log.append("use")
        seen.append(context.resources.r)

    @job(resource_defs={"r": definition})
    def j() -> None:
        use()

    j.execute_in_process()
    return seen[0]


def in_build_resources(definition: ResourceDefinition) -> Any:
    with build_resources({"r": definition}) as opened:
        log.append("use")
        return opened.r


def in_a_direct_call(definition: ResourceDefinition) -> Any:
    made = definition()
    if isinstance(made, ResourceWithTeardown):
        with made as value:
            log.append("use")
            return value
    log.append("use")
    return made


READERS = pytest.mark.parametrize("used", [in_a_run, in_build_resources, in_a_direct_call], ids=lambda f: f.__name__)


@READERS
@pytest.mark.parametrize("function", [by_yield, by_contextmanager, contextmanager(by_yield), ByClass])
def test_what_goes_on_after_the_resource_is_torn_down(used: Callable[..., Any], function: Callable[[], Any]) -> None:
    assert used(ResourceDefinition(lambda: function())) == "it"
    assert log == ["open", "use", "close"]


@READERS
@pytest.mark.parametrize("kind", [Enterable, Items, list])
def test_another_object_is_the_resource_whatever_it_answers_to(used: Callable[..., Any], kind: type) -> None:
    assert type(used(ResourceDefinition(lambda: kind()))) is kind


@pytest.mark.parametrize("used", [in_a_run, in_build_resources])
def test_a_function_that_raises_is_told_with_its_key(used: Callable[..., Any]) -> None:
    def broken() -> None:
        raise ValueError("no db")

    with pytest.raises(DagjobResourceFunctionError, match='"r"') as caught:
        used(ResourceDefinition(broken))
    assert isinstance(caught.value.__cause__, ValueError)


@READERS
def test_a_generator_that_never_yields_is_an_error(used: Callable[..., Any]) -> None:
    def empty() -> Iterator[str]:
        yield from ()

    with pytest.raises(DagjobResourceFunctionError, match="never yielded"):
        used(ResourceDefinition(empty))


def test_what_is_open_is_torn_down_when_the_next_one_cannot_be_made() -> None:
    @resource(required_resource_keys={"first"})
    def second(_: Any) -> None:
        raise ValueError

    with pytest.raises(DagjobResourceFunctionError), build_resources({"first": resource(by_yield), "second": second}):
        pass
    assert log == ["open", "close"]


def test_a_teardown_runs_when_the_block_raises_and_its_own_error_comes_out() -> None:
    def unclosable() -> Iterator[int]:
        yield 1
        raise OSError("busy")

    with pytest.raises(ValueError), ResourceDefinition(by_yield)():
        raise ValueError
    assert log == ["open", "close"]
    with pytest.raises(OSError, match="busy"), build_resources({"r": ResourceDefinition(unclosable)}):
        pass


def test_a_context_with_a_teardown_wants_a_with_block() -> None:
    @op(required_resource_keys={"r"})
    def use(context: Any) -> Any:
        return context.resources.r

    with pytest.raises(DagjobInvariantViolationError, match="with"):
        use(build_op_context(resources={"r": resource(by_yield)}))
    with build_op_context(resources={"r": resource(by_yield)}) as context:
        assert use(context) == "it"
    assert log == ["open", "close"] * 2


# -- configurable resources ----------------------------------------------------------------------------------------


class Quiet(ConfigurableResource):
    name: str = "q"


class Loud(ConfigurableResource):
    def setup_for_execution(self, context: Any) -> None:
        log.append("up")

    def teardown_after_execution(self, context: Any) -> None:
        log.append("down")


class Owner(ConfigurableResource):
    part: Loud


@pytest.mark.parametrize(
    ("given", "wants_with"),
    [(Quiet(), False), (Quiet.configure_at_launch(), False), (Loud(), True), (Owner(part=Loud()), True)],
    ids=["quiet", "quiet at launch", "loud", "loud part"],
)
def test_only_a_class_with_a_teardown_wants_a_with_block(given: Any, wants_with: bool) -> None:
    context = build_op_context(resources={"r": given})
    if wants_with:
        with pytest.raises(DagjobInvariantViolationError):
            _ = context.resources.r
    else:
        assert context.resources.r.name == "q"


def test_what_is_initialized_without_a_block_stays_open() -> None:
    Loud().process_config_and_initialize()
    assert log == ["up"]


def test_a_resource_function_may_be_a_part_also_with_a_teardown() -> None:
    class Uses(ConfigurableResource):
        part: ResourceDependency[str]

    with build_resources({"r": Uses(part=resource(by_yield))}) as opened:
        assert opened.r.part == "it"
    assert log == ["open", "close"]


def test_a_part_that_is_configured_at_launch_is_the_resource_of_the_same_context() -> None:
    part = Quiet.configure_at_launch()

    class Uses(ConfigurableResource):
        part: Quiet

    with build_resources({"r": Uses(part=part), "q": part}, resource_config={"q": {"config": {"name": "n"}}}) as opened:
        assert opened.r.part.name == "n"
