"""What code that was written for Dagster asks of definitions, metadata and contexts, each answered as there."""

import logging
from collections.abc import Callable
from typing import Any

import pytest

import dagjob as dg


@dg.op
def one() -> int:
    return 1


@dg.op
def add(x: int) -> int:
    return x + 1


@pytest.mark.parametrize(
    ("made", "same"),
    [
        (dg.In(int, description="a"), dg.In(int, description="a")),
        (dg.In(list[int]), dg.In(list[int])),
        (dg.Out(int | None, metadata={"a": 1}), dg.Out(int | None, metadata={"a": 1})),
        (dg.DynamicOut(int), dg.DynamicOut(int)),
        (add.ins["x"], dg.In(int)),
        (add.outs["result"], dg.Out(int)),
        (dg.NodeInvocation("a", "b", tags={"x": "y"}), dg.NodeInvocation("a", "b", tags={"x": "y"})),
        (dg.InputMapping("a", "b", "c"), dg.InputMapping("a", "b", "c")),
        (dg.OutputMapping("a", "b", "c"), dg.OutputMapping("a", "b", "c")),
    ],
)
def test_parts_of_definitions_that_say_the_same_are_equal(made: object, same: object) -> None:
    assert made == same
    assert hash(made) == hash(same)


@pytest.mark.parametrize(
    ("made", "other"),
    [
        (dg.In(int), dg.In(str)),
        (dg.In(int), dg.In(int, default_value=1)),
        (dg.Out(int), dg.DynamicOut(int)),
        (dg.Out(int), dg.Out(int, io_manager_key="x")),
        (dg.NodeInvocation("a", "b"), dg.NodeInvocation("a", "c")),
    ],
)
def test_parts_that_say_something_else_are_not(made: object, other: object) -> None:
    assert made != other


def test_an_op_has_its_version_under_the_old_name() -> None:
    @dg.op(code_version="7")
    def versioned() -> None: ...

    assert versioned.version == "7"


def graph(**given: Any) -> dg.GraphDefinition:
    return dg.GraphDefinition(name="g", **{"node_defs": [one, add], **given})


@pytest.mark.parametrize(
    ("make", "error", "named"),
    [
        (lambda: graph(node_defs=3), dg.ParameterCheckError, "node_defs"),
        (lambda: graph(dependencies=3), dg.DagjobInvalidDefinitionError, "dependencies"),
        (lambda: graph(dependencies={"add": [1]}), dg.DagjobInvalidDefinitionError, "add"),
        (lambda: graph(dependencies={"add": {"x": "one"}}), dg.DagjobInvalidDefinitionError, "DependencyDefinition"),
        (lambda: graph(input_mappings=[3]), dg.DagjobInvalidDefinitionError, "InputMapping"),
        (lambda: graph(output_mappings=[3]), dg.DagjobInvalidDefinitionError, "OutputMapping"),
        (lambda: dg.DependencyDefinition(one), dg.ParameterCheckError, "node"),  # type: ignore[arg-type]
        (lambda: dg.MultiDependencyDefinition(3), dg.ParameterCheckError, "dependencies"),  # type: ignore[arg-type]
        (lambda: dg.InputMapping(3, "b", "c"), dg.ParameterCheckError, "graph_input_name"),  # type: ignore[arg-type]
        (lambda: dg.job("name"), dg.ParameterCheckError, "@job"),  # type: ignore[call-overload]
        (lambda: dg.graph("name"), dg.ParameterCheckError, "@graph"),  # type: ignore[call-overload]
        (lambda: dg.RunConfig(ops=3), dg.ParameterCheckError, "ops"),  # type: ignore[arg-type]
    ],
)
def test_what_is_of_the_wrong_kind_is_told_where_it_is_written(
    make: Callable[[], object], error: type[Exception], named: str
) -> None:
    with pytest.raises(error, match=named):
        make()


class Kept(logging.Handler):
    """Keeps what is logged."""

    def __init__(self) -> None:
        super().__init__()
        self.records: list[logging.LogRecord] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.records.append(record)


def test_a_log_level_may_be_given_by_its_name() -> None:
    kept = Kept()

    @dg.op
    def talks(context: dg.OpExecutionContext) -> None:
        log: Any = context.log
        log.addHandler(kept)
        try:
            log.log("info", "by name")
            log.log(logging.WARNING, "by number")
            with pytest.raises(dg.CheckError, match=r"LOUD.*WARNING"):
                log.log("LOUD", "never")
        finally:
            log.removeHandler(kept)

    talks(dg.build_op_context())
    assert dg.GraphDefinition(name="g", node_defs=[talks]).execute_in_process().success
    lines = [(record.levelname, record.getMessage(), record.funcName) for record in kept.records]
    assert lines == 2 * [("INFO", "by name", "talks"), ("WARNING", "by number", "talks")]


def test_a_config_class_may_ask_for_objects_that_can_be_changed() -> None:
    class Counter(dg.Config, frozen=False):
        n: int = 1

    class Store(dg.ConfigurableResource):
        model_config = {"frozen": False}
        n: int = 1

    class Fixed(dg.Config):
        n: int = 1

    @dg.op
    def count(config: Counter) -> int:
        config.n += 1
        return config.n

    found = dg.GraphDefinition(name="g", node_defs=[count]).execute_in_process(
        run_config={"ops": {"count": {"config": {"n": 4}}}}
    )
    store = Store()
    store.n = 3
    assert (found.output_for_node("count"), store.n) == (5, 3)
    with pytest.raises(dg.DagjobInvalidInvocationError, match="frozen"):
        Fixed().n = 2


def test_metadata_and_keys_answer_to_all_their_names() -> None:
    key = dg.AssetKey(["a", "b"])
    assert key.to_string() == '["a", "b"]'
    assert key.to_python_identifier("x") == "a__b__x"
    assert dg.AssetKey.from_coercible("a") == dg.AssetKey("a") < key == dg.AssetKey.from_coercible(key)
    assert dg.AssetMaterialization(["a", "b"]).label == dg.AssetObservation(["a", "b"]).label == "a b"
    assert dg.MetadataValue.path("p").fspath == dg.MetadataValue.notebook("p").fspath == "p"
    assert dg.MetadataValue.pool("p").name == "p"
    lineage = dg.TableColumnLineage({"a": [dg.TableColumnDep(key, "c")]})
    assert dg.MetadataValue.column_lineage(lineage).lineage == lineage
    assert [dg.TableMetadataValue.infer_column_type(v) for v in (1, 1.5, True, "x", None)] == [
        "int", "float", "bool", "string", "string",
    ]  # fmt: skip


def test_a_type_that_asks_for_a_resource_outside_of_a_run_is_told_so() -> None:
    asks = dg.DagjobType(name="asks", type_check_fn=lambda context, _: context.resources.store)
    with pytest.raises(dg.DagjobUnknownResourceError, match="store"):
        dg.check_dagster_type(asks, 1)


def test_the_delay_of_a_retry_is_asked_for_by_its_number() -> None:
    assert dg.RetryPolicy(delay=2).calculate_delay(attempt_num=3) == 2
