"""The "Errors" table of contract def-7: hooks, loggers, metadata, tags and names."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from mistakes import Mistake, ids, make

from dagjob import (
    CheckError,
    DagjobInvalidConfigError,
    DagjobInvalidDefinitionError,
    DagjobInvalidInvocationError,
    DagjobInvalidMetadata,
    DagjobInvalidPropertyError,
    HookContext,
    failure_hook,
    job,
    op,
    success_hook,
)

BAD = DagjobInvalidDefinitionError
META = DagjobInvalidMetadata

OPS = """
@op
def one(context): context.log.info('here')
@success_hook(required_resource_keys={'chat'})
def cheer(context): ...
@success_hook
def plain(context): ...
@logger({'level': str})
def own(context):
  import logging
  return logging.Logger('own')
"""
OTHER = "resource_defs={'other': ResourceDefinition.hardcoded_resource(1)}"


def a_job(arguments: str = "", body: str = "one()", then: str = "") -> str:
    return f"{OPS}\n@job({arguments})\ndef daily():\n  {body}\n{then}"


def run(config: str, arguments: str = "") -> str:
    return a_job(arguments, then=f"daily.execute_in_process({config})")


HOOKS = [
    Mistake(
        "hook parameters",
        BAD,
        ("bad", "context"),
        """
        @success_hook
        def bad(x): ...
        """,
    ),
    Mistake(
        "hook parameters",
        BAD,
        ("bad", "context"),
        """
        @failure_hook
        def bad(): ...
        """,
    ),
    Mistake(
        "hook name",
        BAD,
        ("my hook",),
        """
        @success_hook(name="my hook")
        def bad(context): ...
        """,
    ),
    Mistake(
        "hook name",
        BAD,
        ("class",),
        """
        @failure_hook("class")
        def bad(context): ...
        """,
    ),
    Mistake("no set", CheckError, ("daily", "list"), a_job("hooks=[plain]")),
    Mistake("no set", CheckError, ("list",), a_job(body="one.with_hooks([plain])()")),
    Mistake("no hook in it", CheckError, ("3",), a_job(body="one.with_hooks({3})()")),
    Mistake("no hook in it", CheckError, ("daily", "3"), a_job("hooks={3}")),
    Mistake("resource of a hook", BAD, ("chat", "cheer", "daily"), a_job("hooks={cheer}, " + OTHER)),
    Mistake("resource of a hook", BAD, ("chat", "cheer", "one"), a_job(OTHER, "one.with_hooks({cheer})()")),
    Mistake("property", DagjobInvalidPropertyError, ("op", "build_hook_context"), OPS + "build_hook_context().op"),
    Mistake(
        "property", DagjobInvalidPropertyError, ("op_output_values",), OPS + "build_hook_context().op_output_values"
    ),
    Mistake("property", DagjobInvalidPropertyError, ("step_key",), OPS + "build_hook_context().step_key"),
    Mistake("arguments", DagjobInvalidInvocationError, ("plain",), OPS + "plain()"),
    Mistake("arguments", DagjobInvalidInvocationError, ("plain",), OPS + "plain(None, None)"),
]
LOGGERS = [
    Mistake(
        "unknown key", DagjobInvalidConfigError, ("root:loggers", "lost", "console"), run("{'loggers': {'lost': {}}}")
    ),
    Mistake(
        "unknown option",
        DagjobInvalidConfigError,
        ("root:loggers:own:config", "colour", "level"),
        run("{'loggers': {'own': {'config': {'level': 'INFO', 'colour': 1}}}}", "logger_defs={'own': own}"),
    ),
    Mistake(
        "level",
        CheckError,
        ("LOUD", "DEBUG", "CRITICAL"),
        run("{'loggers': {'console': {'config': {'log_level': 'LOUD'}}}}"),
    ),
    Mistake("wrong type", CheckError, ("daily", "console", "str"), a_job("logger_defs={'console': 'x'}")),
    Mistake("wrong type", CheckError, ("logger_fn",), "LoggerDefinition('x')"),
]
METADATA = [
    *(
        Mistake("unknown kind", META, ("m", kind), f"Output(1, metadata={{'m': {value}}})")
        for kind, value in {
            "tuple": "(1,)",
            "set": "{1}",
            "datetime": "__import__('datetime').datetime(2024, 1, 1)",
            "bytes": "b''",
            "object": "object()",
        }.items()
    ),
    Mistake(
        "unknown kind",
        META,
        ("m", "object"),
        """
        @job(metadata={"m": object()})
        def daily(): ...
        """,
    ),
    Mistake("not JSON", META, ("m",), "Output(1, metadata={'m': {'a': {1, 2}}})"),
    Mistake("not JSON", META, ("m",), "Output(1, metadata={'m': [object()]})"),
    Mistake("key", CheckError, ("3",), "Output(1, metadata={3: 1})"),
    *(
        Mistake("wrong argument", CheckError, ("MetadataValue", value), f"MetadataValue.{kind}({value})")
        for kind, value in {
            "text": "3",
            "url": "3",
            "path": "3",
            "json": "'x'",
            "md": "3",
            "float": "3",
            "int": "'3'",
            "bool": "3",
            "timestamp": "3",
            "asset": "'a'",
            "table_schema": "3",
        }.items()
    ),
    Mistake(
        "naive time", CheckError, ("timestamp",), "MetadataValue.timestamp(__import__('datetime').datetime(2024, 1, 1))"
    ),
    Mistake("table", CheckError, ("schema",), "MetadataValue.table([])"),
    Mistake("table", CheckError, ("a", "b"), "MetadataValue.table([TableRecord({'a': 1}), TableRecord({'b': 1})])"),
    Mistake("table", CheckError, ("a", "list"), "TableRecord({'a': []})"),
]
TAGS = [
    Mistake(
        "not encodable",
        BAD,
        ("t",),
        """
        @op(tags={"t": {1, 2}})
        def f(): ...
        """,
    ),
    Mistake(
        "not encodable",
        BAD,
        ("t",),
        """
        @op(tags={"t": (1, 2)})
        def f(): ...
        """,
    ),
    Mistake("not encodable", BAD, ("t",), a_job(then="daily.execute_in_process(tags={'t': (1,)})")),
    Mistake(
        "key",
        CheckError,
        ("3",),
        """
        @op(tags={3: "x"})
        def f(): ...
        """,
    ),
    Mistake("key", CheckError, ("3",), a_job(then="daily.execute_in_process(tags={3: 'x'})")),
    Mistake("strict", BAD, ("bad key",), "Output(1, tags={'bad key': 'x'})"),
    Mistake("strict", BAD, ("k", "bad value"), "Output(1, tags={'k': 'bad value'})"),
    Mistake("strict", BAD, ("bad key",), "AssetMaterialization('a', tags={'bad key': 'x'})"),
]
RESERVED = [
    "arg_dict",
    "bool",
    "conf",
    "config",
    "context",
    "dict",
    "float",
    "input",
    "input_arg_dict",
    "int",
    "meta",
    "output",
    "output_arg_dict",
    "str",
    "type",
    "True",
    "class",
    "lambda",
]
NAMES = [
    *(Mistake("reserved", BAD, (word,), f"op(name={word!r})(lambda: None)") for word in RESERVED),
    Mistake("characters", BAD, ("a-b",), "op(name='a-b')(lambda: None)"),
    Mistake("characters", BAD, ("a",), "op(name='a\\n')(lambda: None)"),
    Mistake("characters", BAD, ("ä",), "op(name='ä')(lambda: None)"),
    Mistake("characters", BAD, ("a b",), a_job("name='a b'")),
    Mistake("characters", BAD, ("a b",), a_job(body="one.alias('a b')()")),
    Mistake("characters", BAD, ("a b",), "graph(name='a b')(lambda: None)"),
    Mistake("characters", BAD, ("a b",), "DynamicOutput(1, 'a b')"),
    Mistake("job", BAD, ("__mine",), a_job("name='__mine'", then="Definitions(jobs=[daily]).get_job_def('__mine')")),
]

ALL = {"hook": HOOKS, "logger": LOGGERS, "metadata": METADATA, "tag": TAGS, "name": NAMES}


@pytest.mark.parametrize(
    "mistake",
    [mistake for mistakes in ALL.values() for mistake in mistakes],
    ids=[f"{part}, {name}" for part, mistakes in ALL.items() for name in ids(mistakes)],
)
def test_a_mistake_with_a_hook_logger_metadata_tag_or_name(mistake: Mistake) -> None:
    make(mistake)


def test_a_hook_that_raises_is_an_event_and_changes_nothing() -> None:
    after: list[str] = []

    @success_hook
    def breaks(context: HookContext) -> None:
        raise KeyError("chat")

    @success_hook
    def works(context: HookContext) -> None:
        after.append(context.op.name)

    @op
    def one() -> int:
        return 1

    @job(hooks={breaks, works})
    def daily() -> None:
        one()

    result = daily.execute_in_process()
    assert result.success
    assert after == ["one"]
    (errored,) = [event for event in result.all_events if event.event_type_value == "HOOK_ERRORED"]
    told = json.dumps(str(errored.event_specific_data))
    assert [word for word in ("HookExecutionError", "KeyError", "breaks", "one") if word not in told] == []


def test_one_of_our_own_errors_in_a_hook_is_a_hook_s_error_too() -> None:
    @failure_hook
    def undeclared(context: HookContext) -> None:
        context.resources.chat

    @op
    def one() -> None:
        raise ValueError

    @job(hooks={undeclared})
    def daily() -> None:
        one()

    result = daily.execute_in_process(raise_on_error=False)
    assert [event.event_type_value for event in result.all_events if "HOOK" in event.event_type_value] == [
        "HOOK_ERRORED"
    ]


# -- loggers that are on -------------------------------------------------------------------------------------------

OWN_LOGGER = """
import logging
from dagjob import RetryPolicy, job, logger, op

class Kept(logging.Handler):
    def emit(self, record):
        with open("heard.txt", "a") as file:
            file.write(f"{record.levelname} {record.getMessage()}\\n")

@logger
def own(context):
    made = logging.Logger("own")
    made.addHandler(Kept())
    return made

@op
def good(context): context.log.info("hello")

@op(retry_policy=RetryPolicy(max_retries=1))
def bad(): raise ValueError("boom")

@logger
def breaks(context): raise KeyError("no logger")

@job(logger_defs={"own": own, "breaks": breaks})
def daily():
    good()
    bad()
"""


@pytest.mark.parametrize("how", ["in_process", "multiprocess"])
def test_system_events_go_to_the_loggers_that_the_config_names(
    dagjob: Callable[..., Any], project: Callable[..., Path], how: str
) -> None:
    project("jobs.py", OWN_LOGGER)
    assert dagjob("run", "jobs.py", "--set", "loggers.own={}", "-e", how).code == 1
    heard = (project() / "heard.txt").read_text().splitlines()
    assert [line.split(" ")[0] for line in heard if line.endswith(" - good - hello")] == ["INFO"]
    told = [(line.split(" ")[0], name) for line in heard for name in line.split(" - ") if name.startswith("STEP_")]
    of_good = ["STEP_START", "STEP_OUTPUT", "STEP_SUCCESS"]
    of_bad = ["STEP_START", "STEP_UP_FOR_RETRY", "STEP_RESTARTED", "STEP_FAILURE"]
    levels = [("ERROR" if name == "STEP_FAILURE" else "DEBUG", name) for name in (*of_good, *of_bad)]
    assert sorted(told) == sorted(levels)


def test_a_logger_that_cannot_be_made_fails_what_needs_it_with_the_reason(
    dagjob: Callable[..., Any], project: Callable[..., Path]
) -> None:
    project("jobs.py", OWN_LOGGER)
    done = dagjob("run", "jobs.py", "--set", "loggers.breaks={}")
    assert done.code == 1
    assert "no logger" in done.stderr


def test_validate_says_which_declared_logger_is_not_on(
    dagjob: Callable[..., Any], project: Callable[..., Path]
) -> None:
    project("jobs.py", OWN_LOGGER)
    done = dagjob("validate", "jobs.py", "--set", "loggers.breaks={}")
    assert done.code == 0
    assert '"own"' in done.stdout
    assert '"breaks"' not in done.stdout
