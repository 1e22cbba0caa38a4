"""A run that reads what another run of the same job has stored: the wires of its plan name that run."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from dagjob import (
    DynamicOut,
    DynamicOutput,
    InputContext,
    IOManager,
    JobDefinition,
    Out,
    OutputContext,
    io_manager,
    job,
    op,
)
from dagjob.engine.loop import run_schedule
from dagjob.engine.ports import StepCall
from dagjob.engine.run_info import RunInfo
from dagjob.engine.worker import Worker
from dagjob.events import InputLoaded, StepFailed, StepSucceeded
from dagjob.executors.in_process import InProcess
from dagjob.plan.build import build_plan
from dagjob.plan.resolve import resolve
from dagjob.plan.schedule import Schedule
from dagjob.plan.steps import FromRun, Plan, Port, Step, Wire
from dagjob.record import replace
from dagjob.storage.paths import StateDir

FIRST, SECOND = "11111111-0000-4000-8000-000000000000", "22222222-0000-4000-8000-000000000000"


class NoSignals:
    count = 0
    signum = None
    fd = None


class Heard(list[Any]):
    """An audience that remembers."""

    __call__ = list.append

    def turn(self) -> None:
        return None


def run(job_def: JobDefinition, plan: Plan, info: RunInfo) -> Heard:
    """Run a plan in this process, every step with resources of its own, as a worker process would."""
    heard = Heard()
    executor = InProcess(Worker(job_def, info), heard)
    run_schedule(Schedule(plan), executor, heard, lambda taken: StepCall(taken.step, taken.attempt), NoSignals())
    return heard


def planned(job_def: JobDefinition) -> Plan:
    return build_plan(job_def, resolve(job_def))


def only(plan: Plan, key: str, change: Callable[[Wire], Wire]) -> Plan:
    """The plan of one step, whose wires were changed."""
    (step,) = [step for step in plan.steps if step.key == key]
    return Plan((replace(step, wires=tuple(map(change, step.wires))),))


def from_first(wire: Wire) -> Wire:
    """The wire, with the outputs that fed it read from the first run."""
    if wire.many:
        given = tuple((0, FromRun(FIRST, port)) for port in wire.ports)
        return replace(wire, ports=(), given=given)
    return replace(wire, ports=(), value=FromRun(FIRST, wire.ports[0]))


@pytest.fixture
def infos(tmp_path: Path) -> tuple[RunInfo, RunInfo]:
    """Two runs in one state directory; the second knows where the first keeps its outputs."""
    state = StateDir(str(tmp_path / ".dagjob"))
    first = RunInfo(FIRST, "pair", out_dir=str(state.out(FIRST)))
    second = RunInfo(SECOND, "pair", out_dir=str(state.out(SECOND)), out_dirs={FIRST: str(state.out(FIRST))})
    return first, second


def test_the_step_of_a_second_run_reads_what_the_first_has_stored(infos):
    made = iter(["from the first run", "never asked for"])
    got = []

    @op
    def give() -> list[str]:
        return [next(made)]

    @op
    def take(x: list[str]) -> None:
        got.append(x)

    @job
    def pair():
        take(give())

    first, second = infos
    plan = planned(pair)
    run(pair, plan, first)
    heard = run(pair, only(plan, "take", from_first), second)
    assert got == [["from the first run"]] * 2
    assert [event.step for event in heard if isinstance(event, StepSucceeded)] == ["take"]
    (loaded,) = [event for event in heard if isinstance(event, InputLoaded)]
    assert (loaded.upstream_step, loaded.upstream_output, loaded.manager_key) == ("give", "result", "io_manager")


def test_a_list_takes_members_of_both_runs_in_their_order(infos):
    made = iter(["a1", "b1", "c1", "b2"])
    got = []

    @op
    def give() -> str:
        return next(made)

    @op
    def collect(xs: list[str]) -> None:
        got.append(xs)

    @job
    def lists():
        a, b, c = (give.alias(name)() for name in "abc")
        collect([a, b, c])

    first, second = infos
    plan = planned(lists)
    run(lists, plan, first)

    def half(step: Step) -> Step:
        (wire,) = step.wires
        given = ((0, FromRun(FIRST, Port("a"))), (1, FromRun(FIRST, Port("c"))))
        return replace(step, wires=(replace(wire, ports=(Port("b"),), given=given),))

    steps = {step.key: step for step in plan.steps}
    run(lists, Plan((steps["b"], half(steps["collect"]))), second)
    assert got == [["a1", "b1", "c1"], ["a1", "b2", "c1"]]


def test_the_elements_of_a_dynamic_output_are_read_by_their_mapping_keys(infos):
    got = []

    @op(out=DynamicOut(int))
    def split() -> Iterator[DynamicOutput[int]]:
        for number in (1, 2):
            yield DynamicOutput(number, str(number))

    @op
    def gather(xs: list[int]) -> None:
        got.append(xs)

    @job
    def fan():
        gather(split().collect())

    def elements(wire: Wire) -> Wire:
        ports = [Port("split", "result", key) for key in ("1", "2")]
        return replace(wire, ports=(), collects=None, given=tuple((0, FromRun(FIRST, port)) for port in ports))

    first, second = infos
    plan = planned(fan)
    run(fan, plan, first)
    gathers = only(plan, "gather", elements)
    run(fan, Plan((replace(gathers.steps[0], after=frozenset()),)), second)
    assert got == [[1, 2], [1, 2]]


def test_an_io_manager_of_the_user_is_told_the_run_that_stored_the_output(infos):
    stored: dict[tuple[str, ...], object] = {}

    class Kept(IOManager):
        def handle_output(self, context: OutputContext, obj: object) -> None:
            stored[tuple(context.get_identifier())] = obj

        def load_input(self, context: InputContext) -> object:
            return stored[tuple(context.get_identifier())]

    @io_manager
    def kept() -> Kept:
        return Kept()

    @op(out=Out(io_manager_key="kept"))
    def give() -> int:
        return 5

    @op
    def take(x: int) -> int:
        return x + 1

    @job(resource_defs={"kept": kept})
    def pair():
        take(give())

    first, second = infos
    plan = planned(pair)
    run(pair, plan, first)
    run(pair, only(plan, "take", from_first), second)
    assert stored == {(FIRST, "give", "result"): 5}
    assert os.listdir(second.out_dir or "") == ["take"]


def test_an_output_that_the_other_run_never_stored_fails_the_step_that_reads_it(infos):
    @op
    def give() -> int:
        return 1

    @op
    def take(x: int) -> None: ...

    @job
    def pair():
        take(give())

    heard = run(pair, only(planned(pair), "take", from_first), infos[1])
    (failed,) = [event for event in heard if isinstance(event, StepFailed)]
    assert failed.error.type == "DagjobExecutionLoadInputError"
    assert 'the output "result" of "give" of run 11111111' in failed.error.message
