"""What `Definitions` and repositories hold can be read as Dagster shows it."""

from __future__ import annotations

import subprocess
import sys

import pytest

from dagjob import (
    DagjobInvariantViolationError,
    Definitions,
    IntMetadataValue,
    RepositoryDefinition,
    TextMetadataValue,
    job,
    op,
    repository,
)


@op
def nothing() -> None:
    pass


@job
def first() -> None:
    nothing()


def test_metadata_is_wrapped() -> None:
    defs = Definitions(metadata={"a": 1, "b": "x"})
    assert defs.metadata == {"a": IntMetadataValue(1), "b": TextMetadataValue("x")}


def test_of_merged_metadata_the_last_counts() -> None:
    merged = Definitions.merge(Definitions(metadata={"a": 1}), Definitions(metadata={"a": 2, "b": 3}))
    assert merged.metadata == {"a": IntMetadataValue(2), "b": IntMetadataValue(3)}


def test_what_was_not_given_is_none() -> None:
    defs = Definitions()
    held = (defs.assets, defs.schedules, defs.sensors, defs.asset_checks, defs.jobs, defs.resources, defs.loggers)
    assert held == (None,) * 7


def test_what_was_given_is_there() -> None:
    defs = Definitions(jobs=[first, first], resources={"a": 1}, assets=[])
    assert (defs.jobs, defs.resources, defs.assets) == ([first, first], {"a": 1}, [])
    assert [each.name for each in defs.resolve_all_job_defs()] == ["first"]


def test_merged_definitions_hold_all() -> None:
    merged = Definitions.merge(Definitions(jobs=[first]), Definitions(resources={"a": 1}))
    assert (merged.jobs, merged.resources, merged.schedules) == ([first], {"a": 1}, [])


def test_a_repository_without_schedules_says_so() -> None:
    @repository
    def held() -> list[object]:
        return [first]

    assert isinstance(held, RepositoryDefinition)
    assert (held.schedule_defs, held.sensor_defs) == ([], [])
    assert not held.has_schedule_def("daily")
    assert not held.has_sensor_def("daily")
    with pytest.raises(DagjobInvariantViolationError):
        held.get_schedule_def("daily")
    with pytest.raises(DagjobInvariantViolationError):
        held.get_sensor_def("daily")


SCHEDULES = """
import dagjob.compat.dagster
from dagster import *

@op
def nothing(): ...

@job
def first(): nothing()

daily = ScheduleDefinition(name="daily", cron_schedule="@daily", job=first)

@sensor(job=first)
def watches(context): ...

@repository
def as_list(): return [first, daily, [watches]]

@repository
def as_dict(): return {"jobs": {"first": first}, "schedules": {"daily": daily}, "sensors": {"watches": watches}}

of_definitions = Definitions(jobs=[first], schedules=[daily], sensors=[watches]).get_repository_def()
for held in (as_list, as_dict, of_definitions):
    assert held.schedule_defs == [daily] and held.sensor_defs == [watches], held.name
    assert held.has_schedule_def("daily") and not held.has_sensor_def("daily")
    assert held.get_sensor_def("watches") is watches
print("fine")
"""


def test_schedules_and_sensors_can_be_asked_for_under_the_alias() -> None:
    done = subprocess.run([sys.executable, "-W", "ignore", "-c", SCHEDULES], capture_output=True, text=True)
    assert (done.stdout, done.stderr) == ("fine\n", "")
