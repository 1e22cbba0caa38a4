"""The "Errors" table of contract def-2: what composition refuses. Selections wait for their own part."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from mistakes import Mistake, code, ids, make

from dagjob import (
    CheckError,
    DagjobConfigMappingFunctionError,
    DagjobInvalidConfigError,
    DagjobInvalidDefinitionError,
    DagjobInvalidInvocationError,
    DagjobInvariantViolationError,
    GraphDefinition,
    op,
)

BAD = DagjobInvalidDefinitionError
WRONG = DagjobInvariantViolationError

OPS = """
@op
def one(): return 1
@op
def adds(x, y=0): return x
@op(out={"a": Out(), "b": Out()})
def two(): return 1, 2
@op(out=DynamicOut())
def many(): yield DynamicOutput(1, "k")
@op(out=DynamicOut())
def more(x): yield DynamicOutput(x, "k")
@op
def gathers(xs: list): return xs
@op
def number(x: int): return x
"""


def in_graph(*lines: str, signature: str = "", decorator: str = "@graph") -> str:
    """A graph `daily` with these lines for a body."""
    body = "\n".join(f"  {line}" for line in lines)
    return f"{OPS}\n{decorator}\ndef daily({signature}):\n{body}\n"


OTHER_ONE = "@op(name='one')\ndef other(): ...\n"

ARGUMENTS = [
    Mistake("wrong kind", BAD, ("daily", "adds", "x", "int"), in_graph("adds(1)")),
    Mistake("wrong kind", BAD, ("daily", "adds", "x", "tuple"), in_graph("adds((one(), one()))")),
    Mistake("wrong kind", BAD, ("daily", "adds", "x", "str"), in_graph("adds(x='text')")),
    Mistake("wrong kind", BAD, ("daily", "gathers", "xs", "int"), in_graph("gathers([one(), 2])")),
    Mistake("un-called op", BAD, ("daily", "adds", "x", "one"), in_graph("adds(one)")),
    Mistake("un-called op", BAD, ("daily", "adds", "x", "uno"), in_graph("adds(one.alias('uno'))")),
    Mistake("several outputs", BAD, ("daily", "adds", "x", "two", "a", "b"), in_graph("adds(two())")),
    Mistake("raw dynamic output", BAD, ("daily", "adds", "x", "many", "map", "collect"), in_graph("adds(many())")),
    Mistake("too many", BAD, ("adds", "x", "y"), in_graph("adds(one(), one(), one())")),
    Mistake("unknown input", BAD, ("adds", "z", "x", "y"), in_graph("adds(z=one())")),
    Mistake("given twice", DagjobInvalidInvocationError, ("adds", "x"), in_graph("adds(one(), x=one())")),
    Mistake(
        "position",
        BAD,
        ("cleans", "a", "b"),
        code(
            """
        @op(ins={"a": In(Nothing), "b": In(Nothing)})
        def cleans(): ...
        """
        )
        + in_graph("cleans(one(), one())"),
    ),
]
PLACEHOLDERS = [
    Mistake("iterated", WRONG, ("one", "result"), in_graph("a, b = one()")),
    Mistake("indexed", WRONG, ("one", "result"), in_graph("one()[0]")),
    Mistake("aliased", WRONG, ("one", "result", "alias"), in_graph("one().alias('x')")),
    Mistake("hooked", WRONG, ("one", "result", "with_hooks"), in_graph("one().with_hooks(set())")),
    Mistake("dynamic iterated", WRONG, ("many", "result"), in_graph("for x in many(): adds(x)")),
    Mistake("dynamic indexed", WRONG, ("many", "result"), in_graph("adds(many()[0])")),
]
NAMES = [
    Mistake("alias clash", BAD, ("daily", "same"), in_graph("one.alias('same')()", "adds.alias('same')(one())")),
    Mistake("alias clash", BAD, ("daily", "one_2"), in_graph("one.alias('one_2')()", "one()", "one()")),
    Mistake("two definitions", BAD, ("daily", "one"), OTHER_ONE + in_graph("one()", "other()")),
    Mistake(
        "two definitions", BAD, ("daily", "one"), OTHER_ONE + in_graph("one()", "other.alias('x')()", decorator="@job")
    ),
    Mistake(
        "two definitions",
        BAD,
        ("outer", "one"),
        OTHER_ONE
        + in_graph("one()")
        + code(
            """
        @job
        def outer():
            daily()
            other.alias("x")()
        """
        ),
    ),
]
ENDS = [
    Mistake("input not used", BAD, ("daily", "x"), in_graph("one()", signature="x")),
    Mistake(
        "output not returned",
        BAD,
        ("daily", "b", "a"),
        in_graph("return {'a': one()}", decorator="@graph(out={'a': GraphOut(), 'b': GraphOut()})"),
    ),
    Mistake(
        "output not returned",
        BAD,
        ("daily", "b"),
        in_graph("return (one(),)", decorator="@graph(out={'a': GraphOut(), 'b': GraphOut()})"),
    ),
    Mistake(
        "unknown output key",
        BAD,
        ("daily", "c", "a"),
        in_graph("return {'a': one(), 'c': one()}", decorator="@graph(out={'a': GraphOut()})"),
    ),
    Mistake("bad return", BAD, ("daily", "int"), in_graph("return 3")),
    Mistake("bad return", BAD, ("daily", "x"), in_graph("adds(x)", "return x", signature="x")),
    Mistake("job returns", BAD, ("daily",), in_graph("return one()", decorator="@job")),
]
FAN_IN = [
    Mistake("no list", BAD, ("number", "x", "Int"), in_graph("number([one(), one()])")),
    Mistake("twice", BAD, ("gathers", "xs"), in_graph("o = one()", "gathers([o, o])")),
    Mistake("dynamic member", BAD, ("gathers", "xs"), in_graph("gathers([one(), many()])")),
    Mistake("dynamic member", BAD, ("gathers", "xs"), in_graph("many().map(lambda x: gathers([x]))")),
    Mistake("collected member", BAD, ("gathers", "xs"), in_graph("gathers([many().collect()])")),
    Mistake("nested list", BAD, ("gathers", "xs", "list"), in_graph("gathers([[one()]])")),
]
DYNAMIC = [
    Mistake("nested map", BAD, ("adds", "many", "more"), in_graph("many().map(lambda x: more(x).map(adds))")),
    Mistake(
        "two sources",
        BAD,
        ("adds", "many", "other"),
        in_graph("o = many.alias('other')()", "many().map(lambda x: o.map(lambda y: adds(x, y)))"),
    ),
    Mistake("dynamic mapped, mapped again", BAD, ("adds", "many", "more"), in_graph("many().map(more).map(adds)")),
    Mistake(
        "collects and mapped", BAD, ("adds", "many"), in_graph("m = many()", "m.map(lambda x: adds(x, m.collect()))")
    ),
    Mistake(
        "collects and mapped",
        BAD,
        ("adds", "many", "other"),
        in_graph("o = many.alias('other')()", "many().map(lambda x: adds(x, o.collect()))"),
    ),
    Mistake("map returns", CheckError, ("many", "3"), in_graph("many().map(lambda x: 3)")),
]


def explicit(dependencies: str, more: str = "") -> str:
    """A graph `daily` in the explicit form, made into a job."""
    return f"{OPS}\nGraphDefinition('daily', node_defs=[one, adds], dependencies={dependencies}{more}).to_job()"


EXPLICIT = [
    Mistake("unknown node", BAD, ("daily", "lost"), explicit("{'lost': {}}")),
    Mistake(
        "unknown node", BAD, ("daily", "adds", "x", "lost"), explicit("{'adds': {'x': DependencyDefinition('lost')}}")
    ),
    Mistake("unknown input", BAD, ("daily", "adds", "z"), explicit("{'adds': {'z': DependencyDefinition('one')}}")),
    Mistake(
        "unknown output", BAD, ("daily", "one", "zz"), explicit("{'adds': {'x': DependencyDefinition('one', 'zz')}}")
    ),
    Mistake("self-dependency", BAD, ("daily", "adds"), explicit("{'adds': {'x': DependencyDefinition('adds')}}")),
    Mistake(
        "cycle",
        BAD,
        ("daily", "adds", "again"),
        explicit(
            "{'adds': {'x': DependencyDefinition('again')}, "
            "NodeInvocation('adds', alias='again'): {'x': DependencyDefinition('adds')}}"
        ),
    ),
    Mistake(
        "mapping to nothing",
        BAD,
        ("daily", "lost"),
        explicit("{}", ", input_mappings=[InputMapping('top', 'lost', 'x')]"),
    ),
    Mistake(
        "mapping to nothing",
        BAD,
        ("daily", "adds", "zz"),
        explicit("{}", ", input_mappings=[InputMapping('top', 'adds', 'zz')]"),
    ),
    Mistake(
        "mapping to nothing",
        BAD,
        ("daily", "lost"),
        explicit("{}", ", output_mappings=[OutputMapping('out', 'lost', 'result')]"),
    ),
    Mistake(
        "mapping to nothing",
        BAD,
        ("daily", "one", "zz"),
        explicit("{}", ", output_mappings=[OutputMapping('out', 'one', 'zz')]"),
    ),
    Mistake(
        "mapping to a connected input",
        BAD,
        ("daily", "adds", "x", "top"),
        explicit("{'adds': {'x': DependencyDefinition('one')}}", ", input_mappings=[InputMapping('top', 'adds', 'x')]"),
    ),
]


def nested(mapped: str) -> str:
    """A job `daily` whose graph `outer` has a graph `boom` in it, the config mapping of which gives this."""
    mapping = f"@graph(config=ConfigMapping(lambda c: {mapped}, config_schema={{'n': int}}))"
    return in_graph("one()", decorator=mapping).replace("def daily", "def boom") + (
        "@graph\ndef outer(): boom()\n@job\ndef daily(): outer()\n"
        "NESTED = {'ops': {'outer': {'ops': {'boom': {'config': {'n': 1}}}}}}\n"
    )


THING = "class Thing: ...\n@op\ndef takes(thing: Thing): ...\n"
JOBS = [
    Mistake(
        "unresolvable input",
        BAD,
        ("takes", "thing"),
        THING
        + code(
            """
        @job
        def daily():
            takes()
        """
        ),
    ),
    Mistake(
        "unresolvable input",
        BAD,
        ("takes", "thing"),
        THING
        + code(
            """
        @graph
        def inner():
            takes()

        @job
        def daily():
            inner()
        """
        ),
    ),
    Mistake("called outside", WRONG, ("daily",), in_graph("one()") + "daily()"),
    Mistake("called outside", WRONG, ("daily", "execute_in_process"), in_graph("one()", decorator="@job") + "daily()"),
    Mistake(
        "called outside",
        WRONG,
        ("daily", "execute_in_process"),
        in_graph("one()", decorator="@job")
        + code(
            """
        @job
        def outer():
            daily()
        """
        ),
    ),
    Mistake(
        "no value for a top-level input",
        DagjobInvalidInvocationError,
        ("daily", "thing", "takes"),
        THING
        + code(
            """
        @job
        def daily(thing):
            takes(thing)

        daily.execute_in_process()
        """
        ),
    ),
    Mistake(
        "no value for a top-level input",
        DagjobInvalidConfigError,
        ("daily", "x"),
        in_graph("number(x)", signature="x", decorator="@job") + "daily.execute_in_process()",
    ),
    Mistake(
        "repeated mapping key",
        WRONG,
        ("twice", "result", "k"),
        """
        @op(out=DynamicOut())
        def twice():
            yield DynamicOutput(1, "k")
            yield DynamicOutput(2, "k")

        @job
        def daily():
            twice()

        daily.execute_in_process()
        """,
    ),
    Mistake(
        "mapping raises",
        DagjobConfigMappingFunctionError,
        ("daily",),
        in_graph("one()", decorator="@graph(config=ConfigMapping(lambda c: 1 / 0, config_schema={'n': int}))")
        + "daily.to_job().execute_in_process({'ops': {'config': {'n': 1}}})",
    ),
    Mistake(
        "mapping returns invalid config",
        DagjobInvalidConfigError,
        ("daily", "lost"),
        in_graph("one()", decorator="@graph(config=ConfigMapping(lambda c: {'lost': {}}, config_schema={'n': int}))")
        + "daily.to_job().execute_in_process({'ops': {'config': {'n': 1}}})",
    ),
    Mistake(
        "mapping raises",
        DagjobConfigMappingFunctionError,
        ("daily", "outer.boom", "ZeroDivisionError"),
        nested("1 / 0") + "daily.execute_in_process(NESTED)",
    ),
    Mistake(
        "mapping returns invalid config",
        DagjobInvalidConfigError,
        ("outer", "boom", "lost", "one"),
        nested("{'lost': {}}") + "daily.execute_in_process(NESTED)",
    ),
    Mistake("configured without a mapping", BAD, ("daily",), in_graph("one()") + "daily.configured({}, name='x')"),
]

ALL = {
    "argument": ARGUMENTS, "placeholder": PLACEHOLDERS, "name": NAMES, "end": ENDS, "fan-in": FAN_IN,
    "dynamic": DYNAMIC, "explicit": EXPLICIT, "job": JOBS,
}  # fmt: skip


@pytest.mark.parametrize(
    "mistake",
    [mistake for mistakes in ALL.values() for mistake in mistakes],
    ids=[f"{part}, {name}" for part, mistakes in ALL.items() for name in ids(mistakes)],
)
def test_a_mistake_in_a_graph(mistake: Mistake) -> None:
    make(mistake)


def test_a_failed_composition_leaves_nothing_open() -> None:
    make(ARGUMENTS[0])
    with pytest.raises(DagjobInvariantViolationError):
        exec("from dagjob import *\n" + in_graph("one()") + "daily()", {})


def test_a_mapping_that_raises_keeps_the_cause() -> None:
    raises = next(each for each in JOBS if each.row == "mapping raises")
    assert isinstance(make(raises).__cause__, ZeroDivisionError)


def test_graphs_may_be_nested_fifty_levels_deep() -> None:
    @op
    def one() -> int:
        return 1

    inner = GraphDefinition("level_1", node_defs=[one])
    for level in range(2, 51):
        inner = GraphDefinition(f"level_{level}", node_defs=[inner])
    assert inner.execute_in_process().success
    with pytest.raises(DagjobInvalidDefinitionError, match=r"deeper.*51.*50"):
        GraphDefinition("deeper", node_defs=[inner])


@pytest.mark.parametrize("how", ["in_process", "multiprocess"])
@pytest.mark.parametrize("more", [["--set", "inputs.x=100"], ["--set", "inputs.x={value: 100}"]])
def test_a_member_of_a_list_comes_from_the_run_config(
    dagjob: Callable[..., Any], project: Callable[..., Path], how: str, more: list[str]
) -> None:
    project(
        "jobs.py",
        "from typing import List\nfrom dagjob import graph, job, op\n"
        "@op\ndef one(): return 1\n@op\ndef total(xs: List[int]): print('total', sum(xs))\n"
        "@graph\ndef inner(x): total([one(), x, one.alias('other')()])\n@job\ndef daily(x): inner(x)\n",
    )
    done = dagjob("run", "jobs.py", *more, "-e", how, "--show-output", "all", "-f", "plain")
    assert done.code == 0, done.stderr
    assert "total 102" in done.stderr
    missing = dagjob("run", "jobs.py", "-e", how)
    assert missing.code == 6
    assert "inputs: {x: <int>}" in missing.stderr
