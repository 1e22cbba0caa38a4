"""`--locals`: the variables of the user's frames, where the op fails, and never a secret among them."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path

import pytest
from scripted_runs import options

from dagjob.config.secrets import REDACT, Masker
from dagjob.display.failure import error_lines
from dagjob.display.style import Style
from dagjob.engine.describe import describe
from dagjob.engine.variables import with_variables
from dagjob.event_json import error_from_json, error_json
from dagjob.events import ErrorInfo, StepFailed, Variable
from dagjob.launch.masking import Masking


class Unreadable:
    def __repr__(self) -> str:
        raise OSError("gone")


def raised(call: Callable[[], object]) -> ErrorInfo:
    try:
        call()
    except Exception as error:
        return with_variables(describe(error), error, REDACT)
    raise AssertionError("nothing was raised")


def variables(info: ErrorInfo) -> dict[str, str]:
    return {one.name: one.text for one in info.frames[-1].variables}


def test_those_that_the_line_names_come_first_and_at_most_eight() -> None:
    def fails() -> None:
        _a = _b = _c = _d = _e = _f = _g = h = i = 1
        raise ValueError(i + h)

    assert list(variables(raised(fails))) == ["i", "h", "_a", "_b", "_c", "_d", "_e", "_f"]


def test_each_is_one_short_line_whatever_its_value_is() -> None:
    def fails() -> None:
        text, numbers, lines, gone = "x" * 10**6, list(range(10**6)), "a\nb\x1b[2J", Unreadable()
        raise ValueError(text[:1], numbers[:1], lines, type(gone))

    found = variables(raised(fails))
    assert all(len(f"{name} = {text}") <= 68 and "\n" not in text for name, text in found.items())
    assert found["numbers"] == "[0, 1, 2, 3, 4, 5, 6, 7, ...]"
    assert found["gone"].startswith("<Unreadable instance at ") or "cannot be read" in found["gone"]


def test_what_a_name_calls_a_secret_is_masked_wherever_it_stands() -> None:
    def fails() -> None:
        password, options, row = "a b", {"api_key": "k, v", "user": "me"}, "token='t u' n=3"
        raise ValueError(password, options, row)

    assert variables(raised(fails)) == {
        "password": "******",
        "options": "{'api_key': ******, 'user': 'me'}",
        "row": '"token=****** n=3"',
    }


def test_a_secret_that_was_cut_is_masked_by_what_is_left_of_it() -> None:
    secret = "correct-horse-battery-staple"

    def fails() -> None:
        text = "x" * 20 + secret + "y" * 100
        raise ValueError(text)

    info = raised(fails)
    assert "correct" in variables(info)["text"] and secret not in variables(info)["text"]
    masked = Masking(Masker([secret]))(StepFailed(0.0, "a", 1, info, 0.0))
    assert isinstance(masked, StepFailed)
    assert "correct" not in variables(masked.error)["text"] and "******..." in variables(masked.error)["text"]


def test_they_stand_under_their_frame_and_survive_the_history(tmp_path: Path) -> None:
    def fails(quantity: str) -> int:
        return int(quantity)

    info = error_from_json(json.loads(json.dumps(error_json(raised(lambda: fails("n/a"))))))
    assert info is not None and info.frames[-1].variables == (Variable("quantity", "'n/a'"),)
    lines = error_lines(info, options(os.path.dirname(__file__)), Style())
    assert lines[-1].strip() == "· quantity = 'n/a'"
    full = error_lines(info, options(os.path.dirname(__file__), tb="full"), Style())
    assert full[-2].startswith("variables of fails, test_variables.py:") and full[-1].strip() == "· quantity = 'n/a'"
    without = describe(ValueError("no"))
    assert "variables" not in str(error_json(without))


JOBS = """
    from dagjob import RetryPolicy, job, op

    def parse(text, password):
        return int(text)

    @op(retry_policy=RetryPolicy(max_retries=1))
    def load(context):
        from_shell = "see " + __import__("os").environ["WAREHOUSE_TOKEN"]
        parse("n/a", "hunter" + str(2))

    @job
    def daily():
        load()
"""


@pytest.mark.parametrize("executor", ["in_process", "multiprocess"])
def test_they_come_from_the_process_of_the_op_and_only_when_asked(
    executor: str, project: Callable[..., Path], dagjob: Callable[..., tuple[int, str, str]]
) -> None:
    project("jobs.py", JOBS)
    env = {"WAREHOUSE_TOKEN": "from-the-shell-1"}
    _, _, err = dagjob("run", "daily", "-e", executor, "--locals", env=env)
    assert "· text = 'n/a'" in err and "· password = ******" in err and "· from_shell = 'see ******'" in err
    assert "hunter2" not in err and "context =" not in err
    _, out, _ = dagjob("runs", "events")
    assert '"variables":{"text":"\'n/a\'","password":"******"}' in out and "from-the-shell" not in out
    _, _, err = dagjob("run", "daily", "-e", executor, env=env)
    assert "· text" not in err
