"""Retry policies: every delay of the contract's vectors, and what the constructor takes (contract exe-5)."""

from __future__ import annotations

import json
import pickle
from pathlib import Path
from typing import Any

import pytest

from dagjob import errors
from dagjob.definitions.retries import Backoff, Jitter, RetryPolicy, check_retry_policy

VECTORS = json.loads((Path(__file__).parent.parent / "vectors" / "retries.json").read_text())


def arguments(given: dict[str, Any]) -> dict[str, Any]:
    """The arguments of a vector, with members for the names of members."""
    made = dict(given)
    for name, kind in (("backoff", Backoff), ("jitter", Jitter)):
        if isinstance(made.get(name), str) and made[name] in kind.__members__:
            made[name] = kind[made[name]]
    return made


@pytest.mark.parametrize("vector", VECTORS["policies"], ids=lambda v: json.dumps(v["policy"]))
def test_the_delay_before_each_retry(vector: dict[str, Any]) -> None:
    policy = RetryPolicy(**arguments(vector["policy"]))
    by_chance = vector.get("delays_by_random") or {"0.0": vector["delays"]}
    for chance, delays in by_chance.items():
        found = [policy.calculate_delay(n, lambda: float(chance)) for n in range(1, len(delays) + 1)]  # noqa: B023
        assert found == pytest.approx(delays)


@pytest.mark.parametrize("vector", VECTORS["constructor"], ids=lambda v: json.dumps(v["kwargs"]))
def test_what_the_constructor_takes(vector: dict[str, Any]) -> None:
    given = arguments(vector["kwargs"])
    if vector.get("error"):
        with pytest.raises(getattr(errors, vector["error"])):
            RetryPolicy(**given)
    else:
        assert RetryPolicy(**given).calculate_delay(1) == vector["delay_1"]


def test_without_chance_given_the_delay_is_random_within_its_bounds() -> None:
    near = RetryPolicy(delay=2, backoff=Backoff.EXPONENTIAL, jitter=Jitter.PLUS_MINUS)
    full = RetryPolicy(delay=2, backoff=Backoff.EXPONENTIAL, jitter=Jitter.FULL)
    assert all(12 <= near.calculate_delay(3) < 16 for _ in range(500))
    assert all(0 <= full.calculate_delay(3) < 14 for _ in range(500))
    assert len({full.calculate_delay(3) for _ in range(20)}) > 1


def test_the_delay_before_jitter_has_no_chance_in_it() -> None:
    policy = RetryPolicy(delay=2, backoff=Backoff.LINEAR, jitter=Jitter.FULL)
    assert [policy.delay_before_jitter(n) for n in (1, 2, 3)] == [2, 4, 6]


def test_a_policy_prints_compares_and_pickles_by_value() -> None:
    assert repr(RetryPolicy()) == "RetryPolicy(max_retries=1, delay=None, backoff=None, jitter=None)"
    assert RetryPolicy() == RetryPolicy(max_retries=1)
    policy = RetryPolicy(2, 0.5, Backoff.LINEAR, Jitter.FULL)
    assert pickle.loads(pickle.dumps(policy)) == policy
    with pytest.raises(AttributeError):
        policy.max_retries = 5  # type: ignore[misc]


@pytest.mark.parametrize("name", ["backoff", "jitter"])
def test_what_lacks_a_delay_is_named(name: str) -> None:
    member = {"backoff": Backoff.LINEAR, "jitter": Jitter.FULL}[name]
    with pytest.raises(errors.DagjobInvalidDefinitionError, match=name):
        RetryPolicy(**{name: member})


def test_a_string_is_no_member_and_the_members_are_told() -> None:
    with pytest.raises(errors.ParameterCheckError, match=r"Backoff\.LINEAR, Backoff\.EXPONENTIAL, not 'LINEAR'"):
        RetryPolicy(delay=1, backoff="LINEAR")  # type: ignore[arg-type]


def test_another_object_is_no_policy() -> None:
    policy = RetryPolicy()
    assert check_retry_policy(policy, "retry_policy") is policy
    assert check_retry_policy(None, "retry_policy") is None
    with pytest.raises(errors.ParameterCheckError, match="op_retry_policy must be a RetryPolicy"):
        check_retry_policy(3, "op_retry_policy")
