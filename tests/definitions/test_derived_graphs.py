"""A graph under another name, with tags, hooks or a retry policy, is run like the graph itself."""

from __future__ import annotations

import pytest

from dagjob.definitions.graphs import graph
from dagjob.definitions.ops import op
from dagjob.errors import DagjobInvalidInvocationError


@op
def double(x: int) -> int:
    return 2 * x


@graph
def doubled(x: int) -> int:
    return double(x)  # type: ignore[no-any-return]


def test_a_derived_graph_runs_in_process() -> None:
    result = doubled.alias("twice").tag({"team": "a"}).execute_in_process(input_values={"x": 3})
    assert result.output_value() == 6
    assert result.job_def.name == "twice"
    assert result.dagster_run.tags["team"] == "a"


def test_a_derived_op_does_not_run_as_a_job() -> None:
    with pytest.raises(DagjobInvalidInvocationError, match="double_job"):
        double.alias("twice").execute_in_process()
