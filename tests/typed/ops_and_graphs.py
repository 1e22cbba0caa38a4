"""Ops, graphs and jobs, as a user with a strict type checker writes them."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from typing import Any, assert_type

from dagjob import (
    Backoff,
    Config,
    DependencyDefinition,
    DynamicOut,
    DynamicOutput,
    ExecuteInProcessResult,
    Failure,
    Field,
    GraphDefinition,
    GraphIn,
    GraphOut,
    In,
    Int,
    Jitter,
    JobDefinition,
    MetadataValue,
    MultiDependencyDefinition,
    NodeInvocation,
    Nothing,
    OpDefinition,
    OpExecutionContext,
    Out,
    Output,
    RetryPolicy,
    RetryRequested,
    RunConfig,
    String,
    TypeCheck,
    build_op_context,
    config_mapping,
    graph,
    in_process_executor,
    job,
    multiprocess_executor,
    op,
    validate_run_config,
)


class Limit(Config):
    limit: int = 10
    name: str


@op
def plain() -> int:
    return 1


@op(
    name="named",
    description="All that an op may say.",
    ins={"x": In(int, description="a number", default_value=1, metadata={"unit": "m"})},
    out={"low": Out(int), "high": Out(int, is_required=False, io_manager_key="io_manager")},
    config_schema={"limit": Int, "name": Field(String, default_value="n", is_required=False)},
    required_resource_keys={"db"},
    tags={"team": "data", "cpu": {"requests": 1}},
    code_version="1",
    retry_policy=RetryPolicy(max_retries=2, delay=0.5, backoff=Backoff.EXPONENTIAL, jitter=Jitter.FULL),
    pool="database",
)
def full(context: OpExecutionContext, x: int) -> Iterator[Output[int]]:
    context.log.info("limit %s", context.op_config["limit"])
    yield Output(x - 1, "low", metadata={"rows": 3, "page": MetadataValue.url("https://example.org")})
    yield Output(x + 1, output_name="high")


@op
def typed(context: OpExecutionContext, config: Limit, x: int) -> str:
    if x > config.limit:
        raise Failure("too many", metadata={"x": x}, allow_retries=False)
    if context.retry_number > 2:
        raise RetryRequested(max_retries=3, seconds_to_wait=1.5)
    context.add_output_metadata({"length": 1.5})
    return config.name


@op
async def later(x: int) -> int:
    return x


@op(out=Out(int))
async def streamed() -> AsyncIterator[Output[int]]:
    yield Output(1)


@op(out=DynamicOut(str))
def pieces() -> Iterator[DynamicOutput[str]]:
    yield DynamicOutput("a", mapping_key="a")


@op
def listed() -> list[DynamicOutput[int]]:
    return [DynamicOutput(1, "one")]


@op(ins={"start": In(Nothing)}, out=Out(Nothing))
def cleanup() -> None: ...


@op
def joined(parts: list[str]) -> str:
    return "".join(parts)


assert_type(plain, OpDefinition)
assert_type(full, OpDefinition)
assert_type(plain.name, str)


@graph(ins={"x": GraphIn("a number")}, out={"sum": GraphOut("what comes out")}, tags={"a": "b"})
def inner(x: int) -> Any:
    return {"sum": later.alias("much_later").tag({"slow": "yes"})(x)}


@job(
    name="everything",
    tags={"owner": "data", "tries": 3},
    run_tags={"started_by": "hand"},
    metadata={"page": MetadataValue.md("# text")},
    config=RunConfig(ops={"typed": Limit(name="n")}),
    executor_def=in_process_executor,
    op_retry_policy=RetryPolicy(max_retries=1),
    owners=["ada@example.org", "team:data"],
    input_values={"top": 1},
)
def everything(top: int) -> None:
    low, high = full(top)
    typed(inner(low))
    cleanup(start=[plain(), high])
    joined(pieces().map(lambda piece: joined([piece])).collect())


assert_type(inner, GraphDefinition)
assert_type(everything, JobDefinition)
assert_type(
    inner.to_job(name="alone", executor_def=multiprocess_executor.configured({"max_concurrent": 2})), JobDefinition
)
assert_type(everything.execute_in_process(raise_on_error=False), ExecuteInProcessResult)
result = everything.execute_in_process(run_config={"ops": {}}, tags={"a": "b"}, resources={"db": 1})
assert_type(result.success, bool)
assert_type(everything.tags["owner"], str)
validate_run_config(everything, {"ops": {}})

# Called directly, an op gives what its function gives.
print(plain(), typed(build_op_context(op_config={"limit": 1}, resources={"db": None}), 3))


@config_mapping(config_schema={"n": int})
def simpler(value: dict[str, int]) -> dict[str, Any]:
    return {"ops": {"typed": {"config": {"limit": value["n"], "name": "x"}}}}


@job(config=simpler)
def mapped() -> None:
    typed(plain())


explicit = GraphDefinition(
    name="explicit",
    node_defs=[plain, joined],
    dependencies={
        NodeInvocation("joined", alias="all"): {
            "parts": MultiDependencyDefinition([DependencyDefinition("plain"), DependencyDefinition("plain", "result")])
        }
    },
)
assert_type(explicit.to_job(), JobDefinition)


def check(_: object, value: object) -> TypeCheck:
    return TypeCheck(isinstance(value, int), description="a whole number")


# What is wrong is told by the type checker too: these comments would be unused otherwise.
RetryPolicy(max_retries="3")  # type: ignore[arg-type]
plain.nmae  # type: ignore[attr-defined]
everything.execute_in_process(run_cfg={})  # type: ignore[call-arg]
job(tags=3)  # type: ignore[call-overload]
