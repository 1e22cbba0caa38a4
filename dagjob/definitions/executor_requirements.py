"""What an executor may demand of a run; checked before the run is made. Loaded when somebody asks."""

from __future__ import annotations

from enum import Enum


class ExecutorRequirement(Enum):
    """One demand. (`RECONSTRUCTABLE_JOB` is the second name of a member that Dagster calls by an older word.)"""

    RECONSTRUCTABLE_PIPELINE = "RECONSTRUCTABLE_PIPELINE"
    RECONSTRUCTABLE_JOB = "RECONSTRUCTABLE_PIPELINE"  # noqa: PIE796
    """Another process must be able to load the job by its name."""

    NON_EPHEMERAL_INSTANCE = "NON_EPHEMERAL_INSTANCE"
    """The run is kept on disk."""

    PERSISTENT_OUTPUTS = "PERSISTENT_OUTPUTS"
    """No output is kept in memory only."""


def multiple_process_executor_requirements() -> list[ExecutorRequirement]:
    """What every executor with processes of its own needs: all three."""
    return list(ExecutorRequirement)
