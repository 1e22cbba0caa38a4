"""`step_dependency_config: {require_upstream_step_success: false}` in real runs."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from dagjob import DagjobInstance, In, Nothing, Out, Output, execute_job, job, op, reconstructable

EARLY = {"step_dependency_config": {"require_upstream_step_success": False}}


@op(out={"good": Out(), "late": Out(), "done": Out(Nothing)}, config_schema=str)
def many(context: Any) -> Any:
    """Ends, by failing, when the one who reads its first output has run: it would wait for ever otherwise."""
    yield Output(1, "good")
    while context.op_config == "waits" and not Path(context.instance.root_directory, "read").exists():
        pass
    yield Output(None, "done")
    raise ValueError("after the first")


@op
def of_good(context: Any, x: int) -> int:
    Path(context.instance.root_directory, "read").touch()
    return x


@op
def of_late(x: int) -> None: ...


@op(ins={"start": In(Nothing)})
def of_done() -> None: ...


@job
def partial() -> None:
    made = many()
    of_good(made.good)
    of_late(made.late)
    of_done(made.done)


@pytest.mark.parametrize(
    ("executor", "waits"),
    [
        ({"in_process": EARLY}, "does not"),
        ({"multiprocess": {"max_concurrent": 2, **EARLY}}, "waits"),
        ({"multiprocess": {"max_concurrent": 2, "workers": "warm", **EARLY}}, "waits"),
    ],
    ids=["in process", "multiprocess", "warm"],
)
def test_what_an_op_made_before_it_failed_is_read(executor: dict[str, Any], waits: str, tmp_path: Path) -> None:
    config = {"execution": {"config": executor}, "ops": {"many": {"config": waits}}}
    result = execute_job(reconstructable(partial), DagjobInstance.local_temp(str(tmp_path)), run_config=config)
    assert not result.success
    ended = {each.step_key: each.event_type_value for each in result.all_events}
    assert {key: value for key, value in ended.items() if key} == {
        "many": "STEP_FAILURE",
        "of_good": "STEP_SUCCESS",
        "of_done": "STEP_SUCCESS",
    }
