"""Tests of `sales.py`, of one op and of the whole job:  pytest examples/testing"""

import pytest
from sales import Shop, amounts, sales, total

from dagjob import build_op_context


class FakeShop(Shop):
    """A shop without a file."""

    file: str = ""

    def lines(self) -> list[str]:
        return ["0.5", "2", "3"]


def test_an_op_is_a_function() -> None:
    assert total([2.0, 3.0]) == 5.0


def test_what_an_op_raises_reaches_the_test() -> None:
    with pytest.raises(ValueError, match="nothing was sold"):
        total([])


def test_an_op_with_config_and_a_resource() -> None:
    context = build_op_context(op_config={"above": 2.5})
    assert amounts(context, shop=FakeShop()) == [3.0]


def test_the_whole_job() -> None:
    result = sales.execute_in_process(resources={"shop": FakeShop()})
    assert result.success
    assert result.output_for_node("amounts") == [2.0, 3.0]
    assert result.output_for_node("total") == 5.0


def test_the_job_with_other_config(tmp_path) -> None:
    (tmp_path / "sales.txt").write_text("0.5\n")
    config = {"resources": {"shop": {"config": {"file": str(tmp_path / "sales.txt")}}}}
    result = sales.execute_in_process(run_config=config, raise_on_error=False)
    assert not result.success
    assert [event.step_key for event in result.get_step_failure_events()] == ["total"]
