"""`RepositoryData`: a repository whose jobs are found when they are asked for."""

from __future__ import annotations

import pytest

from dagjob import (
    DagjobInvalidDefinitionError,
    DagjobInvariantViolationError,
    JobDefinition,
    RepositoryData,
    job,
    op,
    repository,
)


@op
def work() -> None: ...


def job_called(given: str) -> JobDefinition:
    @job(name=given)
    def made() -> None:
        work()

    return made


class Found(RepositoryData):
    def __init__(self, *names: str) -> None:
        self.names = names
        self.asked = 0

    def get_all_jobs(self) -> list[JobDefinition]:
        self.asked += 1
        return [job_called(name) for name in self.names]


def test_its_jobs_are_those_of_the_repository_and_are_looked_for_once() -> None:
    data = Found("a", "b")

    @repository
    def here() -> RepositoryData:
        return data

    assert here.job_names == ["a", "b"]
    assert [each.name for each in here.get_all_jobs()] == ["a", "b"]
    assert here.get_job("b").execute_in_process().success
    assert (data.has_job("a"), data.has_job("c"), data.asked) == (True, False, 1)
    with pytest.raises(DagjobInvariantViolationError, match=r"c.*a, b"):
        here.get_job("c")


def test_a_subclass_may_find_one_job_without_finding_all() -> None:
    class OneByOne(RepositoryData):
        def get_job_names(self) -> list[str]:
            return ["x", "y"]

        def get_job(self, job_name: str) -> JobDefinition:
            return job_called(job_name)

    @repository
    def here() -> RepositoryData:
        return OneByOne()

    assert here.get_job("y").name == "y"


def test_two_jobs_of_one_name_are_refused() -> None:
    def here() -> RepositoryData:
        return Found("a", "a")

    with pytest.raises(DagjobInvalidDefinitionError, match="a"):
        repository(here)
