"""What a plan costs: how long it takes with so many workers, why, and how many would help."""

from __future__ import annotations

from dagjob.plan.cost import Cost, cost_of
from dagjob.plan.forecast import Usual
from dagjob.plan.steps import Plan, Port, Step, Wire


def plan_of(**above: str) -> Plan:
    """`plan_of(a="", b="a")`: steps and what each reads; of `parse__` copies are made for what the first of these yields."""
    steps = []
    for name, needs in above.items():
        mapped = name.endswith("__")
        wires = tuple(Wire(f"x{n}", (Port(key.replace("__", "[?]")),)) for n, key in enumerate(needs.split()))
        maps = Port(needs.split()[0]) if mapped else None
        steps.append(Step(name.replace("__", "[?]"), (name.strip("_"),), wires=wires, maps=maps))
    return Plan(tuple(steps))


def test_how_long_what_makes_it_so_and_how_many_workers_help() -> None:
    plan = plan_of(a="", b="a", c="a", d="b c")
    usual = Usual({"a": 1.0, "b": 4.0, "c": 2.0, "d": 1.0}, 9)
    found = cost_of(plan, usual, 4)
    assert (found.seconds, found.path, found.useful, found.runs) == (6.0, ("a", "b", "d"), 2, 9)
    assert cost_of(plan, usual, 1).seconds == 8.0


def test_a_pool_lets_so_many_at_once_and_the_more_important_goes_first() -> None:
    steps = tuple(Step(name, (name,), pool="db") for name in "abcd")
    usual = Usual(dict.fromkeys("abcd", 2.0), 3)
    seconds = [cost_of(Plan(steps), usual, 4, slots=slots).seconds for slots in ({}, {"db": 2}, {"db": 1})]
    assert seconds == [2.0, 4.0, 8.0]
    two = Plan((Step("a", ("a",)), Step("b", ("b",), priority=1), *plan_of(d="b").steps))
    assert cost_of(two, Usual({"a": 1.0, "b": 1.0, "d": 5.0}), 2).seconds == 6.0


def test_a_mapped_op_has_as_many_copies_as_usual_or_as_are_known() -> None:
    plan = plan_of(split="", parse__="split", store__="parse__", gather="store__")
    usual = Usual(
        {"split": 1.0, "parse[?]": 3.0, "store[?]": 1.0, "gather": 1.0}, 3, copies={"parse[?]": 4, "store[?]": 4}
    )
    assert cost_of(plan, usual, 4).seconds == 6.0  # a copy goes on without waiting for the others
    assert cost_of(plan, usual, 1).seconds == 18.0
    assert cost_of(plan, usual, 4).path == ("split", "parse[*]", "store[*]", "gather")
    left = {"parse[?]": 2, "store[?]": 2, "gather": 1}
    assert cost_of(plan, usual, 1, left).seconds == 9.0


def test_several_runs_at_once_share_the_workers() -> None:
    plan, usual = plan_of(a="", b="a"), Usual({"a": 1.0, "b": 1.0})
    assert [cost_of(plan, usual, 2, at_once=many).seconds for many in (1, 2, 4)] == [2.0, 2.0, 4.0]
    assert cost_of(plan, usual, 2, at_once=4).useful == 4


def test_without_the_time_of_a_step_that_runs_nothing_is_foretold() -> None:
    plan = plan_of(a="", b="a")
    assert cost_of(plan, Usual({"a": 2.0}), 2) == Cost({"a": 2.0}, 2, ("b",))
    assert cost_of(plan, Usual({"a": 2.0}), 2, {"a": 1}).seconds == 2.0


def test_a_step_that_is_skipped_as_a_rule_takes_no_time() -> None:
    plan, usual = plan_of(a="", b="a", c="b"), Usual({"a": 2.0, "c": 1.0}, skipped=frozenset({"b"}))
    found = cost_of(plan, usual, 2)
    assert (found.seconds, found.unknown, found.steps) == (3.0, (), {"a": 2.0, "c": 1.0})
