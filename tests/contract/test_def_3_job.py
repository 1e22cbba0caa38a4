"""The "Errors" table of contract def-3: what `@job` and a run of it refuse. Partitions and selections wait."""

from __future__ import annotations

import pytest
from mistakes import Mistake, code, ids, make

from dagjob import (
    CheckError,
    DagjobConfigMappingFunctionError,
    DagjobInvalidConfigError,
    DagjobInvalidDefinitionError,
    DagjobInvalidInvocationError,
    DagjobInvalidMetadata,
    DagjobInvariantViolationError,
)

BAD = DagjobInvalidDefinitionError
CONFIG = DagjobInvalidConfigError

OPS = """
@op
def one(): return 1
@op(required_resource_keys={"db"})
def reads(context): ...
@op(out=Out(io_manager_key="lake"))
def writes(): return 1
@op(ins={"x": In(input_manager_key="feed")})
def fed(x): ...
@op(config_schema={"n": int})
def sized(context): return context.op_config["n"]
@success_hook(required_resource_keys={"chat"})
def cheer(context): ...
"""


def a_job(arguments: str, body: str = "one()", signature: str = "", then: str = "") -> str:
    """A job `daily` with these arguments and this body."""
    return f"{OPS}\n@job({arguments})\ndef daily({signature}):\n  {body}\n{then}"


RUN = "daily.execute_in_process()"
PARAMETERS = [
    Mistake("name", BAD, ("my job",), a_job("name='my job'")),
    Mistake("name", BAD, ("class",), a_job("name='class'")),
    Mistake("tag", BAD, ("t", "daily"), a_job("tags={'t': object()}")),
    Mistake("tag", BAD, ("t", "daily"), a_job("run_tags={'t': object()}")),
    Mistake("owner", BAD, ("ada", "daily"), a_job("owners=['ada']")),
    Mistake("owner", BAD, ("team:", "daily"), a_job("owners=['team:']")),
    Mistake("input value", BAD, ("lost", "daily"), a_job("input_values={'lost': 1}")),
    Mistake("metadata", DagjobInvalidMetadata, ("m", "object", "MetadataValue"), a_job("metadata={'m': object()}")),
    Mistake("wrong type", CheckError, ("daily", "hooks", "list"), a_job("hooks=[cheer]")),
    Mistake("wrong type", CheckError, ("daily", "executor_def", "str"), a_job("executor_def='multiprocess'")),
    Mistake("wrong type", CheckError, ("daily", "op_retry_policy", "3"), a_job("op_retry_policy=3")),
    Mistake("wrong type", CheckError, ("daily", "resource_defs", "list"), a_job("resource_defs=[]")),
    Mistake("wrong type", CheckError, ("daily", "my key"), a_job("resource_defs={'my key': 1}")),
    Mistake("wrong type", CheckError, ("daily", "logger", "console", "str"), a_job("logger_defs={'console': 'x'}")),
    Mistake("wrong type", CheckError, ("daily", "config", "3"), a_job("config=3")),
    Mistake("wrong type", CheckError, ("daily", "tags", "str"), a_job("tags='x'")),
    Mistake("wrong type", CheckError, ("daily", "metadata", "str"), a_job("metadata='x'")),
    Mistake("wrong type", CheckError, ("daily", "description", "3"), a_job("description=3")),
    Mistake("wrong type", CheckError, ("daily", "owners", "3"), a_job("owners=3")),
    Mistake("returns an output", BAD, ("daily",), a_job("", "return one()")),
    Mistake(
        "input cannot be resolved",
        BAD,
        ("takes", "thing"),
        code(
            """
        class Thing: ...

        @op
        def takes(thing: Thing): ...
        """
        )
        + a_job("", "takes()"),
    ),
    Mistake("backoff without delay", BAD, ("backoff", "delay"), "RetryPolicy(backoff=Backoff.LINEAR)"),
    Mistake("backoff without delay", BAD, ("jitter", "delay"), "RetryPolicy(jitter=Jitter.FULL)"),
    Mistake("called", DagjobInvariantViolationError, ("daily", "execute_in_process"), a_job("", then="daily()")),
]
OTHER = "resource_defs={'other': ResourceDefinition.hardcoded_resource(1)}"
RESOURCES = [
    Mistake("op", BAD, ("db", "reads", "daily", "other"), a_job(OTHER, "reads()")),
    Mistake("op", BAD, ("db", "reads", "daily"), a_job("", "reads()", then=RUN)),
    Mistake("output", BAD, ("lake", "writes", "result", "daily"), a_job(OTHER, "writes()")),
    Mistake("input", BAD, ("feed", "fed", "x", "daily"), a_job(OTHER, "fed()")),
    Mistake("hook", BAD, ("chat", "cheer", "daily"), a_job(OTHER + ", hooks={cheer}")),
    Mistake(
        "type",
        BAD,
        ("db", "T", "daily"),
        code(
            """
        T = DagjobType(name="T", type_check_fn=lambda c, v: True, required_resource_keys={"db"})

        @op(ins={"x": In(T)})
        def typed(x): ...
        """
        )
        + a_job(OTHER, "typed(one())"),
    ),
    Mistake(
        "loader",
        BAD,
        ("db", "T", "daily"),
        code(
            """
        @dagster_type_loader({"a": int}, required_resource_keys={"db"})
        def load(context, v): ...

        T = DagjobType(name="T", type_check_fn=lambda c, v: True, loader=load)

        @op(ins={"x": In(T)})
        def typed(x): ...
        """
        )
        + a_job(OTHER, "typed()"),
    ),
    Mistake(
        "resource of a resource",
        DagjobInvariantViolationError,
        ("lost", "db", "daily"),
        code(
            """
        @resource(required_resource_keys={"lost"})
        def db(c): ...
        """
        )
        + a_job("resource_defs={'db': db}", "reads()"),
    ),
    Mistake(
        "circle of resources",
        DagjobInvariantViolationError,
        ("a", "b"),
        code(
            """
        @resource(required_resource_keys={"b"})
        def a(c): ...
        @resource(required_resource_keys={"a"})
        def b(c): ...
        """
        )
        + a_job("resource_defs={'a': a, 'b': b, 'db': a}", "reads()"),
    ),
    Mistake(
        "no IO manager",
        BAD,
        ("lake", "writes", "result"),
        a_job("resource_defs={'lake': ResourceDefinition.hardcoded_resource(1)}", "writes()"),
    ),
]
LOAD = "Definitions(jobs=[daily]).get_job_def('daily')"
CONFIGS = [
    Mistake(
        "dict config",
        CONFIG,
        ("daily", "root:ops:sized:config:n", "'x'"),
        a_job("config={'ops': {'sized': {'config': {'n': 'x'}}}}", "sized()", then=LOAD),
    ),
    Mistake(
        "dict config",
        CONFIG,
        ("daily", "root:ops", "lost"),
        a_job("config={'ops': {'lost': {}}}", "sized()", then=LOAD),
    ),
    Mistake(
        "dict config",
        CONFIG,
        ("daily", "root:ops:sized", "config"),
        a_job("config={'ops': {'sized': {}}}", "sized()", then=RUN),
    ),
    Mistake(
        "dict config",
        CONFIG,
        ("daily", "sized"),
        a_job("config={'ops': {}}", "sized()", then="daily.run_config_schema"),
    ),
    Mistake(
        "run config",
        CONFIG,
        ("daily", "root:ops:sized:config:n", "lost", "root:resources"),
        a_job(
            "",
            "sized()",
            then="daily.execute_in_process({'ops': {'sized': {'config': {'n': 'x'}}}, 'resources': {'lost': {}}})",
        ),
    ),
    Mistake(
        "mapping raises",
        DagjobConfigMappingFunctionError,
        ("daily", "ZeroDivisionError"),
        a_job(
            "config=ConfigMapping(lambda c: 1 / 0, config_schema={'n': int})", then="daily.execute_in_process({'n': 3})"
        ),
    ),
    Mistake(
        "top-level input",
        CONFIG,
        ("daily", "top"),
        code(
            """
        @op
        def number(x: int): ...
        """
        )
        + a_job("", "number(top)", "top", RUN),
    ),
    Mistake(
        "top-level input",
        DagjobInvalidInvocationError,
        ("daily", "top"),
        code(
            """
        class Thing: ...

        @op
        def takes(thing: Thing): ...
        """
        )
        + a_job("", "takes(top)", "top", RUN),
    ),
    Mistake("result", DagjobInvariantViolationError, ("lost",), a_job("", then=RUN + ".output_for_node('lost')")),
    Mistake(
        "result",
        DagjobInvariantViolationError,
        ("one", "lost"),
        a_job("", then=RUN + ".output_for_node('one', 'lost')"),
    ),
    Mistake("result", DagjobInvariantViolationError, ("lost",), a_job("", then=RUN + ".output_value('lost')")),
]

ALL = {"parameter": PARAMETERS, "resource": RESOURCES, "config": CONFIGS}


@pytest.mark.parametrize(
    "mistake",
    [mistake for mistakes in ALL.values() for mistake in mistakes],
    ids=[f"{part}, {name}" for part, mistakes in ALL.items() for name in ids(mistakes)],
)
def test_a_mistake_in_a_job(mistake: Mistake) -> None:
    make(mistake)


def test_a_mapping_that_raises_keeps_the_cause() -> None:
    raises = next(each for each in CONFIGS if each.row == "mapping raises")
    assert isinstance(make(raises).__cause__, ZeroDivisionError)


def test_every_error_of_a_run_config_is_told_with_its_path() -> None:
    error = make(next(each for each in CONFIGS if each.row == "run config"))
    assert isinstance(error, DagjobInvalidConfigError)
    assert len(error.errors) == 2
