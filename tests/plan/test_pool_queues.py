"""Steps that need a slot of a pool: the pool is played by the test, as other runs would take and give back its slots."""

from __future__ import annotations

import random
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from dagjob.plan.limits import PoolQueues, TagLimit
from dagjob.plan.schedule import Moment, Schedule
from dagjob.plan.steps import Plan, Port, Step, Succeeded


class Slots:
    """Pools with so many slots each; a pool that is not named is never full."""

    def __init__(self, **slots: int) -> None:
        self.free = dict(slots)
        self.asked: list[str] = []

    def take(self, pool: str, step: str) -> bool:
        self.asked.append(step)
        if self.free.get(pool, 1) < 1:
            return False
        if pool in self.free:
            self.free[pool] -= 1
        return True

    def give_back(self, pool: str) -> None:
        if pool in self.free:
            self.free[pool] += 1


def step(key: str, pool: str | None = None, **more: Any) -> Step:
    return Step(key, (key,), pool=pool, **more)


def schedule(pools: Slots, *steps: Step, **more: Any) -> Schedule:
    return Schedule(Plan(steps), pools=pools, **more)


def taken(schedule: Schedule, now: float = 0.0, limit: int = 10) -> list[str]:
    return [each.step.key for each in schedule.take(limit, now)]


def end(schedule: Schedule, key: str, now: float = 0.0) -> None:
    schedule.settle(key, Succeeded((Port(key, "result"),)), Moment(now, now))


def test_a_step_without_a_slot_is_passed_over_and_starts_when_one_of_the_run_is_given_back():
    run = schedule(Slots(db=1), step("a", "db"), step("b", "db"), step("c"))
    assert taken(run) == ["a", "c"]
    end(run, "a")
    assert taken(run) == ["b"]


def test_what_other_runs_hold_is_asked_for_again_after_a_while():
    pools = Slots(db=0)
    run = schedule(pools, step("a", "db"))
    assert taken(run, 5.0) == []
    assert run.next_wakeup() == 5.0 + PoolQueues.ask_again
    pools.free["db"] = 1
    assert taken(run, 5.0 + PoolQueues.ask_again / 2) == []
    assert taken(run, 5.0 + PoolQueues.ask_again) == ["a"]
    assert run.next_wakeup() is None


def test_a_pool_nobody_limits_never_holds_a_step_up():
    assert taken(schedule(Slots(), step("a", "free"), step("b", "free"))) == ["a", "b"]


def test_only_the_first_of_a_queue_asks():
    pools = Slots(db=0)
    run = schedule(pools, *(step(f"s{n}", "db") for n in range(100)))
    taken(run, 0.0, limit=200)
    pools.asked.clear()
    taken(run, 1.0, limit=200)
    assert len(pools.asked) == 1


def test_a_step_that_waits_for_a_pool_counts_under_no_tag_limit():
    run = schedule(Slots(db=0), step("a", "db", tags={"k": "x"}), step("b", tags={"k": "x"}), limits=[TagLimit("k", 1)])
    assert taken(run) == ["b"]


def test_giving_up_forgets_who_waits():
    run = schedule(Slots(db=0), step("a", "db"))
    taken(run)
    run.give_up(Moment(0.0, 0.0))
    assert run.finished
    assert run.next_wakeup() is None


@given(
    st.lists(st.sampled_from([None, "p", "q"]), max_size=12),
    st.integers(1, 3),
    st.integers(1, 3),
    st.integers(1, 4),
    st.randoms(),
)
def test_no_pool_is_ever_overfull_and_every_step_runs_once(
    pools: list[str | None], p: int, q: int, width: int, draw: random.Random
) -> None:
    slots = Slots(p=p, q=q)
    run = schedule(slots, *(step(f"s{n}", pool) for n, pool in enumerate(pools)))
    started: list[str] = []
    running: list[str] = []
    now = 0.0
    while not run.finished:
        new = taken(run, now, width - len(running))
        started += new
        running += new
        for name, size in (("p", p), ("q", q)):
            assert sum(pools[int(key[1:])] == name for key in running) <= size
        if not running:
            wakeup = run.next_wakeup()
            assert wakeup is not None, "nothing runs and nothing waits"
            now = wakeup
            continue
        end(run, running.pop(draw.randrange(len(running))), now)
    assert sorted(started) == sorted(f"s{n}" for n in range(len(pools)))
    assert slots.free == {"p": p, "q": q}
