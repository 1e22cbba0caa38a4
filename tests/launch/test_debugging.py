"""Debugging in a real terminal: breakpoint(), context.pdb and run --pdb; and where an op was when it hung or died."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pexpect
import pytest

JOBS = """
    import ctypes
    import time
    from dagjob import DynamicOut, DynamicOutput, Out, RetryPolicy, job, op

    @op
    def stops():
        secret = 6 * 7
        print("printed before")
        breakpoint()
        secret += 1
        print("printed after")
        return secret

    @op
    def asks(context):
        answer = 41
        context.pdb.set_trace()
        return answer

    @op
    def traces():
        print("printed before")
        secret = 6 * 7
        import pdb; pdb.set_trace()
        return secret

    @op
    def traces_again():
        import pdb
        try:
            1 / 0
        except ZeroDivisionError as error:
            pdb.post_mortem(error.__traceback__)

    @op(retry_policy=RetryPolicy(max_retries=3))
    def stops_again():
        breakpoint()
        return 1

    def halve(divisor):
        return 10 / divisor

    @op
    def breaks():
        zero = 0
        return halve(zero)

    @op(out=Out(int))
    def lies():
        return "text"

    @op
    def fine():
        return 1

    @op(out=DynamicOut())
    def numbers():
        for number in (2, 0):
            yield DynamicOutput(number, f"n{number}")

    @op(config_schema={"total": int})
    def share(context, number):
        print("sharing")
        return context.op_config["total"] / number

    @op
    def collect(shares):
        breakpoint()

    @job(config={"ops": {"share": {"config": {"total": 12}}}})
    def sharing(): collect(numbers().map(share).collect())

    def inner():
        time.sleep(60)

    @op
    def hangs():
        inner()

    @op
    def segfaults():
        print("last words", flush=True)
        ctypes.string_at(0)

    @job
    def stopping(): stops()

    @job
    def asking(): asks()

    @job
    def tracing():
        traces()
        traces_again()

    @job
    def stopping_again(): stops_again()

    @job
    def breaking():
        breaks()
        fine()

    @job
    def lying(): lies()

    @job
    def hanging(): hangs()

    @job
    def crashing(): segfaults()
"""

PROMPT = r"\(Pdb\) "


@pytest.fixture
def terminal(project: Callable[..., Path], clean_env: dict[str, str]) -> Iterator[Callable[..., pexpect.spawn]]:
    """Starts the command in a terminal of its own."""
    project("jobs.py", JOBS)
    started: list[pexpect.spawn] = []

    def run(*args: str, **env: str) -> pexpect.spawn:
        child = pexpect.spawn(
            sys.executable,
            ["-m", "dagjob", *(args if args[0] == "debug" else ("run", *args))],
            cwd=str(project()),
            env={**clean_env, "TERM": "xterm", "NO_COLOR": "1", **env},
            encoding="utf-8",
            timeout=30,
            dimensions=(30, 120),
        )
        started.append(child)
        return child

    yield run
    for child in started:
        child.close(force=True)


def ended(child: pexpect.spawn) -> int | None:
    child.expect(pexpect.EOF)
    child.close()
    return child.exitstatus


@pytest.mark.parametrize("format", ["board", "plain"])
def test_a_breakpoint_in_process_has_the_terminal(terminal, dagjob, format: str):
    child = terminal("jobs.py:stopping", "-e", "in_process", "--op-timeout", "1s", "-f", format)
    child.expect(PROMPT)
    assert "jobs.py" in child.before and "printed before" not in child.before
    child.sendline("p secret")
    child.expect(r"\n42\r")
    child.expect(PROMPT)
    for _ in range(2 if sys.version_info >= (3, 13) else 1):  # which stops at breakpoint() itself, not behind it
        child.sendline("n")
        child.expect(PROMPT)
    child.sendline("p secret")
    child.expect(r"\n43\r")
    child.expect(PROMPT)
    child.sendline("c")
    assert ended(child) == 0
    logs = dagjob("runs", "logs", "latest").stdout
    assert "printed before" in logs and "printed after" in logs and "Pdb" not in logs


@pytest.mark.parametrize("format", ["board", "plain"])
def test_pdb_itself_has_the_terminal_in_process(terminal, dagjob, format: str):
    child = terminal("jobs.py:tracing", "-e", "in_process", "--op-timeout", "1s", "-f", format)
    child.expect(PROMPT)
    assert "jobs.py" in child.before and "printed before" not in child.before
    child.sendline("p secret")
    child.expect(r"\n42\r")
    child.expect(PROMPT)
    child.sendline("c")
    child.expect("1 / 0")  # where the second has been, for which pdb was there already
    child.expect(PROMPT)
    child.sendline("c")
    assert ended(child) == 0
    logs = dagjob("runs", "logs", "latest").stdout
    assert "printed before" in logs and "Pdb" not in logs and "\x1b" not in logs


def test_stepping_out_of_the_op_shows_nothing_of_dagjob(terminal):
    child = terminal("jobs.py:stopping", "-e", "in_process", "-f", "plain")
    while child.expect([PROMPT, pexpect.EOF]) == 0:
        shown = "jobs.py" in child.before
        assert shown and "dagjob/engine" not in child.before
        child.sendline("n")
    child.close()
    assert child.exitstatus == 0


def test_the_debugger_of_a_context_has_the_terminal(terminal):
    child = terminal("jobs.py:asking", "-e", "in_process")
    child.expect(PROMPT)
    child.sendline("p answer + 1")
    child.expect(r"\n42\r")
    child.expect(PROMPT)
    child.sendline("c")
    assert ended(child) == 0


def test_leaving_the_debugger_cancels_the_op_and_tries_it_no_more(terminal):
    child = terminal("jobs.py:stopping_again", "-e", "in_process", "-f", "plain")
    child.expect(PROMPT)
    child.sendline("q")
    assert ended(child) == 1
    assert "canceled" in child.before.lower() and "Pdb" not in child.before


def test_in_a_process_of_its_own_a_breakpoint_says_what_to_do(terminal):
    child = terminal("jobs.py:stopping", "-f", "plain")
    assert ended(child) == 1
    assert "-e in_process" in child.before and "--pdb" in child.before


def test_without_a_terminal_a_breakpoint_does_not_wait(project, clean_env):
    project("jobs.py", JOBS)
    done = subprocess.run(
        [sys.executable, "-m", "dagjob", "run", "jobs.py:stopping", "-e", "in_process"],
        cwd=project(),
        env=clean_env,
        capture_output=True,
        text=True,
        start_new_session=True,  # a session without a terminal
        timeout=60,
    )
    assert done.returncode == 1 and "needs a terminal" in done.stderr


def test_breakpoints_can_be_switched_off(terminal):
    assert ended(terminal("jobs.py:stopping", "-e", "in_process", PYTHONBREAKPOINT="0")) == 0
    assert ended(terminal("jobs.py:stopping", PYTHONBREAKPOINT="0")) == 0


def test_pdb_stops_at_the_failing_line_and_goes_on_with_the_run(terminal):
    child = terminal("jobs.py:breaking", "--pdb", "--op-timeout", "1s")
    child.expect("breaks failed: ZeroDivisionError")
    child.expect("return 10 / divisor")
    child.expect(PROMPT)
    child.sendline("p divisor")
    child.expect(r"\n0\r")
    child.expect(PROMPT)
    child.sendline("up")
    child.expect("return halve\\(zero\\)")
    child.expect(PROMPT)
    child.sendline("q")
    assert ended(child) == 1
    assert "1 done, 1 failed" in child.before


def test_ctrl_c_at_the_prompt_of_pdb_stops_the_run(terminal):
    child = terminal("jobs.py:breaking", "--pdb")
    child.expect(PROMPT)
    child.sendintr()
    while child.expect([pexpect.EOF, pexpect.TIMEOUT], timeout=5):  # The first may come before the prompt reads.
        child.sendintr()
    assert ended(child) == 130


def test_pdb_stops_for_a_value_of_the_wrong_type_too(terminal):
    child = terminal("jobs.py:lying", "--pdb")
    child.expect("lies failed: ")
    child.expect(PROMPT)
    child.sendline("c")
    assert ended(child) == 1


def test_pdb_needs_a_terminal_and_this_process(project, dagjob, terminal):
    child = terminal("jobs.py:breaking", "--pdb", "-e", "multiprocess")
    assert ended(child) == 2
    assert "--pdb" in child.before and "multiprocess" in child.before


# -- where an op was -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("executor", ["multiprocess", "in_process"])
def test_a_timeout_shows_the_line_where_the_op_was(project, dagjob, executor: str):
    project("jobs.py", JOBS)
    done = dagjob("run", "jobs.py:hanging", "-e", executor, "--op-timeout", "1s")
    assert done.code == 1
    assert "jobs.py" in done.stderr and "in inner" in done.stderr and "time.sleep(60)" in done.stderr
    assert "dagjob/engine" not in done.stderr and "hidden" not in done.stderr


@pytest.mark.parametrize("start_method", ["preloaded", "lean", "spawn"])
def test_a_segfault_shows_the_line_and_the_last_words(project, dagjob, start_method: str):
    project("jobs.py", JOBS)
    done = dagjob("run", "jobs.py:crashing", "--set", f"execution.config.multiprocess.start_method.{start_method}={{}}")
    assert done.code == 1
    assert "in segfaults" in done.stderr and "ctypes.string_at(0)" in done.stderr and "last words" in done.stderr
    assert "dagjob/executors" not in done.stderr


def test_a_segfault_in_process_shows_the_line(project, dagjob):
    project("jobs.py", JOBS)
    done = dagjob("run", "jobs.py:crashing", "-e", "in_process")
    assert done.code == -11
    assert "in segfaults" in done.stderr


# -- dagjob debug --------------------------------------------------------------------------------------------------


def test_debug_runs_the_failed_op_alone_with_what_it_had_and_keeps_nothing(terminal, dagjob, project):
    assert dagjob("run", "jobs.py:sharing").code == 1
    before = dagjob("runs", "list", "-f", "json").stdout
    child = terminal("debug")
    child.expect(PROMPT)
    assert "share[n0] failed: ZeroDivisionError" in child.before
    child.sendline("p number, context.op_config, context.run_id in open('/dev/null').read()")
    child.expect(r"\(0, {'total': 12}, False\)")
    child.expect(PROMPT)
    child.sendline("q")
    assert ended(child) == 1
    assert "sharing" in child.before
    child = terminal("debug", "latest", "numbers")
    assert ended(child) == 0
    assert dagjob("runs", "list", "-f", "json").stdout == before
    assert len(list((project() / ".dagjob" / "runs").iterdir())) == 1


def test_debug_says_what_it_cannot_do(terminal, dagjob):
    assert dagjob("debug").code == 2
    assert dagjob("run", "jobs.py:sharing").code == 1
    for words, code, told in [
        (("latest", "shar"), 5, 'Did you mean "share'),
        (("latest", "collect"), 2, 'cannot run again without "share[n0]"'),
        (("nonsense",), 5, "no run"),
    ]:
        child = terminal("debug", *words)
        assert ended(child) == code, child.before
        assert told in child.before
    done = dagjob("debug")
    assert (done.code, done.stderr) == (2, "error[DJ100]: dagjob debug needs a terminal to talk to\n")
