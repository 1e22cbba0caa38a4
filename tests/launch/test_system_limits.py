"""Limits of the system: a run that may have few files or processes has fewer ops at a time, or says which limit it was."""

from __future__ import annotations

import ctypes
import json
import os
import resource
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from dagjob.executors.link import fitting

JOBS = """
    from dagjob import DynamicOut, DynamicOutput, job, op


    @op(out=DynamicOut(int))
    def numbers():
        for number in range(8):
            yield DynamicOutput(number, str(number))


    @op
    def same(number):
        return number


    @op
    def total(numbers):
        return sum(numbers)


    @job
    def wide():
        total(numbers().map(same).collect())
"""
CAP_SYS_ADMIN, CAP_SYS_RESOURCE = 21, 24
PR_CAPBSET_DROP = 24

Run = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def run(project: Callable[..., Path], clean_env: dict[str, str]) -> Run:
    """`run("NOFILE", 64, "-j", "30")` runs the job under a limit."""
    root = project("jobs.py", JOBS).parent

    def under(which: str, limit: int, *options: str) -> subprocess.CompletedProcess[str]:
        def enter() -> None:
            if which == "NPROC":
                _be_somebody()
            resource.setrlimit(getattr(resource, f"RLIMIT_{which}"), (limit, limit))

        return subprocess.run(
            [sys.executable, "-m", "dagjob", "run", "jobs.py", "--format", "jsonl", *options],
            capture_output=True,
            text=True,
            cwd=root,
            env=clean_env,
            timeout=60,
            preexec_fn=enter,
        )

    return under


def _be_somebody() -> None:
    """Count as a user of whom there is no other process, and who is held to limits, but still may read all files."""
    prctl = ctypes.CDLL(None).prctl
    for capability in (CAP_SYS_ADMIN, CAP_SYS_RESOURCE):
        assert prctl(PR_CAPBSET_DROP, capability, 0, 0, 0) == 0
    os.setreuid(10_000 + os.getpid() % 50_000, 0)  # A container may have no numbers above 65535.


for_root = pytest.mark.skipif(os.geteuid() != 0 or sys.platform != "linux", reason="counts as another user")


def ends(done: subprocess.CompletedProcess[str]) -> set[str]:
    """The ways in which ops ended."""
    events = map(json.loads, done.stdout.splitlines())
    return {event["status"] for event in events if event["event"] == "op.end"}


def test_as_many_slots_as_files_may_be_open():
    assert fitting(1) == (1, None)
    asked = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
    slots, why = fitting(asked)
    assert 1 <= slots < asked
    assert why is not None
    assert "RLIMIT_NOFILE" in why and f"-j {asked}" in why and "ulimit -n" in why
    assert fitting(slots) == (slots, None)


def test_few_open_files_are_fewer_ops_at_a_time(run):
    done = run("NOFILE", 64, "-j", "30")
    assert done.returncode == 0, done.stderr
    assert ends(done) == {"success"}
    assert "RLIMIT_NOFILE" in done.stderr and "-j 30" in done.stderr
    assert done.stderr.count("\n") == 1


def test_too_few_open_files_are_no_bug_of_ours(run):
    done = run("NOFILE", 8)
    assert done.returncode not in (0, 3)
    assert "Too many open files" in done.stderr
    assert "RLIMIT_NOFILE" in done.stderr and "-j" in done.stderr
    assert "Traceback" not in done.stderr


@for_root
@pytest.mark.parametrize("start_method", ["preloaded", "spawn"])
def test_few_processes_are_fewer_ops_at_a_time(run, project, start_method):
    project("way.yaml", f"execution: {{config: {{multiprocess: {{start_method: {{{start_method}: {{}}}}}}}}}}")
    done = run("NPROC", 3, "-j", "4", "-c", "way.yaml")
    assert done.returncode == 0, done.stderr
    assert ends(done) == {"success"}
    assert done.stderr.count("RLIMIT_NPROC") == 1 and "-j" in done.stderr


@for_root
@pytest.mark.parametrize("limit", [1, 2])  # no template, no worker
def test_no_process_at_all_names_the_limit(run, limit):
    done = run("NPROC", limit)
    assert done.returncode not in (0, 3)
    assert f"may have {limit} processes" in done.stderr
    assert "RLIMIT_NPROC" in done.stderr
    assert "Traceback" not in done.stderr
