"""Steps that start when the outputs that they need are there, though the step above still runs or has failed."""

from __future__ import annotations

from dagjob.events import ErrorInfo, OutputChecked, OutputStored, StepNotRun, StepSkipped
from dagjob.plan.eager import EagerSchedule
from dagjob.plan.schedule import Moment, Schedule
from dagjob.plan.steps import Failed, Plan, Port, Step, Succeeded, Wire

NOW = Moment(0.0, 0.0)
BOOM = Failed(ErrorInfo("ValueError", "builtins", "boom"))


def reader(key: str, *outputs: str) -> Step:
    """Reads these outputs of the step `many`."""
    return Step(key, (key,), wires=tuple(Wire(each, (Port("many", each),)) for each in outputs))


MANY = Step("many", ("many",))
PLAN = Plan((MANY, reader("good", "good"), reader("late", "late"), reader("both", "good", "late")))


def stored(output: str) -> OutputStored:
    return OutputStored(0.0, "many", 1, output, "io_manager")


def started(schedule: Schedule) -> list[str]:
    return [taken.step.key for taken in schedule.take(9, 0.0)]


def test_a_step_starts_when_its_outputs_are_there_though_the_step_above_still_runs() -> None:
    schedule = EagerSchedule(PLAN)
    assert started(schedule) == ["many"]
    schedule.note(stored("good"))
    assert started(schedule) == ["good"]
    assert started(schedule) == []
    schedule.note(stored("late"))
    assert started(schedule) == ["late", "both"]


def test_what_was_made_before_a_failure_is_read_and_the_rest_is_given_up() -> None:
    schedule = EagerSchedule(PLAN)
    started(schedule)
    schedule.note(stored("good"))
    told = schedule.settle("many", BOOM, NOW)
    assert [(event.step, event.because) for event in told if isinstance(event, StepNotRun)] == [
        ("late", ("many",)),
        ("both", ("many",)),
    ]
    assert started(schedule) == ["good"]
    schedule.settle("good", Succeeded(), NOW)
    assert schedule.finished
    assert not schedule.ok


def test_without_it_a_failure_gives_up_all_that_is_below() -> None:
    schedule = Schedule(PLAN)
    started(schedule)
    schedule.note(stored("good"))
    schedule.settle("many", BOOM, NOW)
    assert schedule.finished


def test_what_was_not_yielded_skips_as_ever() -> None:
    schedule = EagerSchedule(PLAN)
    started(schedule)
    schedule.note(stored("good"))
    told = schedule.settle("many", Succeeded((Port("many", "good"),)), NOW)
    assert [event.step for event in told if isinstance(event, StepSkipped)] == ["late", "both"]
    assert started(schedule) == ["good"]


def test_an_output_of_type_nothing_is_there_when_it_was_checked() -> None:
    schedule = EagerSchedule(PLAN)
    started(schedule)
    schedule.note(OutputChecked(0.0, "many", 1, "late", "int"))
    assert started(schedule) == []
    schedule.note(OutputChecked(0.0, "many", 1, "good", "Nothing"))
    assert started(schedule) == ["good"]


def test_a_mapped_step_starts_when_the_other_thing_that_it_reads_is_there() -> None:
    copy = Step(
        "each[?]",
        ("each",),
        wires=(Wire("item", (Port("fan", "result"),)), Wire("x", (Port("many", "good"),))),
        maps=Port("fan", "result"),
    )
    schedule = EagerSchedule(Plan((MANY, Step("fan", ("fan",)), copy)))
    assert started(schedule) == ["many", "fan"]
    schedule.note(stored("good"))
    schedule.settle("fan", Succeeded((Port("fan", "result", "a"),)), NOW)
    assert started(schedule) == ["each[a]"]
