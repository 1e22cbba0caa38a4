"""Hooks, loggers, executors and containers of a strictly typed module."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from typing import Any, assert_type

from dagjob import (
    DagjobError,
    DagjobEvent,
    DagjobEventType,
    Definitions,
    ExecutorDefinition,
    ExecutorRequirement,
    HookContext,
    HookDefinition,
    InitExecutorContext,
    InitLoggerContext,
    JobDefinition,
    LoggerDefinition,
    RepositoryData,
    RepositoryDefinition,
    build_hook_context,
    build_init_logger_context,
    colored_console_logger,
    definitions,
    executor,
    failure_hook,
    get_dagjob_logger,
    get_dagster_logger,
    in_process_executor,
    job,
    json_console_logger,
    logger,
    multi_or_in_process_executor,
    multiple_process_executor_requirements,
    multiprocess_executor,
    op,
    repository,
    success_hook,
)

log = get_dagster_logger()
assert_type(log, logging.Logger)
assert_type(get_dagjob_logger("mine"), logging.Logger)


@success_hook
def cheer(context: HookContext) -> None:
    context.log.info("%s is done: %s", context.op.name, context.op_output_values)


@failure_hook(name="alarm", required_resource_keys={"chat"})
def alarm(context: HookContext) -> None:
    error: BaseException | None = context.op_exception
    context.resources.chat.send(f"{context.job_name} {context.run_id}: {error}")


@logger({"level": str}, description="of our own")
def own_logger(context: InitLoggerContext) -> logging.Logger:
    return logging.Logger("own", context.logger_config["level"])


@executor(name="own", config_schema={"n": int}, requirements=[ExecutorRequirement.RECONSTRUCTABLE_JOB])
def own_executor(context: InitExecutorContext) -> Any:
    return context.executor_config["n"]


@op
def work() -> int:
    return 1


@job(
    hooks={cheer, alarm},
    logger_defs={"console": colored_console_logger, "json": json_console_logger, "own": own_logger},
    executor_def=multiprocess_executor.configured({"max_concurrent": 3}),
)
def watched() -> None:
    work.with_hooks({cheer})()


@repository
def plain_repository() -> list[JobDefinition]:
    return [watched]


@repository(name="named", default_executor_def=in_process_executor, default_logger_defs={"own": own_logger})
def named_repository() -> Mapping[str, Any]:
    return {"jobs": {"watched": lambda: watched}}


class Found(RepositoryData):
    def get_all_jobs(self) -> Sequence[JobDefinition]:
        return [watched]


@definitions
def lazily() -> Definitions:
    return Definitions(jobs=[watched], loggers={"own": own_logger}, executor=multi_or_in_process_executor)


assert_type(cheer, HookDefinition)
assert_type(alarm, HookDefinition)
assert_type(own_logger, LoggerDefinition)
assert_type(own_executor, ExecutorDefinition)
assert_type(plain_repository, RepositoryDefinition)
assert_type(named_repository, RepositoryDefinition)
assert_type(plain_repository.get_job("watched"), JobDefinition)
assert_type(Definitions.merge(Definitions(), Definitions()), Definitions)
assert_type(multiple_process_executor_requirements(), list[ExecutorRequirement])
assert_type(own_logger(build_init_logger_context({"level": "INFO"})), logging.Logger)
cheer(build_hook_context(op=work))

result = watched.execute_in_process()
events: Sequence[DagjobEvent] = result.all_events
print([event.step_key for event in events if event.event_type == DagjobEventType.STEP_SUCCESS])
try:
    result.output_for_node("work")
except DagjobError as error:
    print(error)
