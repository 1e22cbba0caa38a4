"""`dagjob backfill`, `dagjob resume BACKFILL`: real runs of many partitions, and what becomes of them when they are stopped."""

from __future__ import annotations

import json
import os
import select
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

JOBS = """
import os, time
from dagjob import Config, StaticPartitionsDefinition, DailyPartitionsDefinition, job, op, static_partitioned_config
with open("imports", "a") as file:
    file.write("x")

@op
def wait(context):
    if context.partition_key in GATED and os.path.exists("gate"):
        with open("gate", "w") as gate:
            gate.write("x")
        for _ in range(600):  # one sleep that begins in the moment of a signal would not notice it
            time.sleep(0.1)
    return context.partition_key

GATED = ("k04", "k05", "k06", "k07", "p50")

@op
def mark(context, key):
    if os.path.exists("bad") and key in open("bad").read():
        raise ValueError(f"bad {len(key)}")
    with open("marks", "a") as file:
        file.write(f"{key} ")

@job(partitions_def=StaticPartitionsDefinition([f"k{n:02}" for n in range(10)]))
def many():
    mark(wait())

@job(partitions_def=StaticPartitionsDefinition([f"p{n:02}" for n in range(100)]))
def hundred():
    mark(wait())

@job(partitions_def=StaticPartitionsDefinition(["a", "b", "c", "d"]))
def few():
    mark(wait())

@static_partitioned_config(["a", "b"])
def by_key(key):
    if os.path.exists("raises"):
        raise KeyError(key)
    return {"ops": {"say": {"config": {"word": key}}}}

@op(config_schema={"word": str})
def say(context):
    with open("marks", "a") as file:
        file.write(f"{context.op_config['word']} ")

@job(config=by_key)
def configured():
    say()

@job(partitions_def=StaticPartitionsDefinition(["a", "b"]))
def said():
    say()

@job
def whole():
    pass

@job(partitions_def=DailyPartitionsDefinition("2024-01-01", end_date="2024-01-01"))
def none():
    mark(wait())
"""


@pytest.fixture(autouse=True)
def jobs(project: Callable[..., Path]) -> None:
    project("jobs.py", JOBS)


def status_of(dagjob: Callable[..., Any], target: str) -> dict[str, str]:
    told = json.loads(dagjob("partitions", "status", target, "-f", "json").stdout)
    return {each["key"]: each["status"] for each in told["partitions"]}


def marks(project: Callable[..., Path]) -> list[str]:
    path = project() / "marks"
    return path.read_text().split() if path.exists() else []


def begun(project: Callable[..., Path], env: dict[str, str], words: list[str], waiting: int) -> subprocess.Popen[str]:
    """A backfill of which so many partitions wait at the gate."""
    gate = project() / "gate"
    os.mkfifo(gate)
    reader = os.open(gate, os.O_RDWR)  # writers find a reader, and it never ends
    process = subprocess.Popen(
        [sys.executable, "-m", "dagjob", *words],
        cwd=project(),
        env=env,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL) and None,
    )
    heard = b""
    while len(heard) < waiting:
        ready, _, _ = select.select([reader], [], [], 20)
        assert ready, "no partition came to the gate"
        heard += os.read(reader, 1)
    os.close(reader)
    return process


def all_gone(process: subprocess.Popen[str]) -> tuple[str, str]:
    """Wait until it and all that it has started are gone: they hold its output open."""
    return process.communicate(timeout=30)


@pytest.mark.parametrize(
    ("job", "options", "again"),
    [
        ("many", ["--parallel", "4", "-j", "4"], "same"),
        ("many", ["--parallel", "4", "-j", "4"], "resume"),
        ("hundred", [], "same"),
    ],
)
def test_a_killed_backfill_goes_on_with_exactly_what_is_missing(
    job: str,
    options: list[str],
    again: str,
    project: Callable[..., Path],
    dagjob: Callable[..., Any],
    clean_env: dict[str, str],
) -> None:
    waiting = 4 if options else 1
    words = ["backfill", f"jobs.py:{job}", "--all", *options]
    process = begun(project, clean_env, words, waiting)
    process.kill()
    all_gone(process)
    keys = [f"p{n:02}" for n in range(100)] if job == "hundred" else [f"k{n:02}" for n in range(10)]
    at_gate = keys.index("p50" if job == "hundred" else "k04")
    before = keys[:at_gate]
    assert sorted(marks(project)) == before
    stand = status_of(dagjob, f"jobs.py:{job}")
    assert [key for key, status in stand.items() if status == "success"] == before
    assert [key for key, status in stand.items() if status == "failed"] == keys[at_gate : at_gate + waiting]
    assert "running" not in stand.values()

    (project() / "gate").unlink()
    (record,) = (project() / ".dagjob" / "backfills").glob("*.json")
    then = dagjob("resume", record.stem[:8]) if again == "resume" else dagjob(*words)
    assert then.code == 0, then.stderr
    assert sorted(marks(project)) == list(stand) == keys
    assert set(status_of(dagjob, f"jobs.py:{job}").values()) == {"success"}
    assert dagjob("resume", record.stem[:8]).code == 0
    assert len(marks(project)) == len(stand)


DYING = """
import os, signal
from dagjob import StaticPartitionsDefinition, job, op
from dagjob.storage.runs import RunStore

@op
def mark(context):
    with open("marks", "a") as file:
        file.write(f"{context.partition_key} ")

@job(partitions_def=StaticPartitionsDefinition(["a", "b", "c"]))
def killed():
    mark()

def dies(name, at, when=lambda store: True):
    method = getattr(RunStore, name)
    def instead(store, *args, **kwargs):
        now = when(store)
        if now and at == "before":
            os.kill(os.getpid(), signal.SIGKILL)
        returned = method(store, *args, **kwargs)
        if now and at == "after":
            os.kill(os.getpid(), signal.SIGKILL)
        return returned
    setattr(RunStore, name, instead)

has_ended = lambda store: store._waiting.ended is not None
WHERE = {
    "made": lambda: dies("move_in", "before"),
    "moved": lambda: dies("move_in", "after"),
    "half written": lambda: dies("_write_rows", "after", has_ended),
    "kept": lambda: dies("_committed", "before", has_ended),
}
WHERE.get(os.environ.get("DIES"), lambda: None)()
"""


@pytest.mark.parametrize(("where", "done"), [("made", []), ("moved", []), ("half written", []), ("kept", ["a"])])
def test_a_backfill_that_dies_between_two_partitions_has_kept_the_end_of_one_with_the_beginning_of_the_next_or_neither(
    where: str, done: list[str], project: Callable[..., Path], dagjob: Callable[..., Any]
) -> None:
    project("dying.py", DYING)
    words = ["backfill", "dying.py:killed", "--all"]
    assert dagjob(*words, env={"DIES": where}).code == -signal.SIGKILL
    state = project() / ".dagjob"
    assert [path.name for path in state.glob("ahead/*/*")] == (["lock", "logs"] if where == "made" else [])
    assert marks(project) == ["a"]
    listed = json.loads(dagjob("runs", "list", "-f", "json").stdout)
    assert {run["partition"]: run["status"] for run in listed["runs"]} == (
        {"a": "success", "b": "crashed"} if done else {"a": "crashed"}
    )
    assert not (state / "ahead").exists()
    then = dagjob(*words)
    assert then.code == 0, then.stderr
    assert marks(project) == ["a", *(key for key in "abc" if key not in done)]
    assert not (state / "ahead").exists()


@pytest.mark.parametrize("options", [["--parallel", "2", "-j", "2"], ["-e", "in_process"]])
def test_ctrl_c_leaves_no_process_and_says_how_to_go_on(
    options: list[str], project: Callable[..., Path], dagjob: Callable[..., Any], clean_env: dict[str, str]
) -> None:
    words = ["backfill", "jobs.py:many", "--from", "k04", *options]
    process = begun(project, clean_env, words, 2 if "--parallel" in options else 1)  # nothing else is at work
    os.kill(process.pid, signal.SIGINT)
    _, said = all_gone(process)
    assert process.returncode == 130, said
    (record,) = (project() / ".dagjob" / "backfills").glob("*.json")
    assert f"go on with: dagjob resume {record.stem[:8]}" in said
    assert "CANCELED" in said
    (project() / "gate").unlink()
    then = dagjob(*words)
    assert then.code == 0, then.stderr
    assert f"going on with backfill {record.stem[:8]}: " in then.stderr
    assert sorted(marks(project)) == [f"k{n:02}" for n in range(4, 10)]


def test_the_module_is_imported_once_and_each_op_has_its_own_process(
    project: Callable[..., Path], dagjob: Callable[..., Any]
) -> None:
    done = dagjob("backfill", "jobs.py:few", "--all", "-f", "jsonl", "--reverse")
    assert done.code == 0, done.stderr
    assert (project() / "imports").read_text() == "x"
    assert (project() / ".dagjob" / ".gitignore").exists()
    events = [json.loads(line) for line in done.stdout.splitlines()]
    starts = [event for event in events if event["event"] == "run.start"]
    assert [event["partition"] for event in starts] == ["d", "c", "b", "a"]
    assert len({event["pid"] for event in events if event["event"] == "op.start"}) == 8
    assert {event["tags"]["dagster/backfill"] for event in starts} == {
        path.stem for path in (project() / ".dagjob" / "backfills").glob("*.json")
    }


def test_failed_partitions_are_told_counted_and_done_again(
    project: Callable[..., Path], dagjob: Callable[..., Any]
) -> None:
    project("bad", "a c")
    first = dagjob("backfill", "jobs.py:few", "--all")
    assert first.code == 1
    assert "FAILED in" in first.stderr
    assert "2 done, 2 failed" in first.stderr
    assert first.stderr.count("ValueError: bad 1 (DJ401)") == 1
    assert "same error as a (DJ401)" in first.stderr
    assert "ValueError: bad 1  (and in 1 more: c)" in first.stderr
    assert status_of(dagjob, "jobs.py:few") == {"a": "failed", "b": "success", "c": "failed", "d": "success"}
    (project() / "bad").unlink()
    again = dagjob("backfill", "jobs.py:few", "--failed", "-f", "json")
    assert again.code == 0, again.stderr
    told = json.loads(again.stdout)
    assert [(each["key"], each["status"]) for each in told["partitions"]] == [("a", "success"), ("c", "success")]
    assert sorted(marks(project)) == ["a", "b", "c", "d"]
    nothing = dagjob("backfill", "jobs.py:few", "--failed", "--missing")
    assert (nothing.code, nothing.stderr) == (0, "nothing to do: none of 4 partitions is missing or failed\n")
    anew = dagjob("backfill", "jobs.py:few", "--all")  # it had come to its end, so this is another one
    assert anew.code == 0, anew.stderr
    assert len(marks(project)) == 8


@pytest.mark.parametrize(("options", "done"), [(["-x"], 1), (["--max-failures", "2"], 2)])
def test_after_so_many_failures_no_partition_is_begun(
    options: list[str], done: int, project: Callable[..., Path], dagjob: Callable[..., Any]
) -> None:
    project("bad", "a b c")
    first = dagjob("backfill", "jobs.py:few", "--all", *options)
    assert first.code == 1
    assert f"{done} failed, {4 - done} not begun" in first.stderr
    state = project() / ".dagjob"
    assert len(list((state / "runs").iterdir())) == done, "of a run that was made ahead and never began nothing is left"
    assert not (state / "ahead").exists()
    (project() / "bad").unlink()
    then = dagjob("backfill", "jobs.py:few", "--all", *options)
    assert then.code == 0, then.stderr
    assert f"going on with backfill {then.stderr.split()[4][:8]}: 4 of 4 partitions left" in then.stderr
    assert sorted(marks(project)) == ["a", "b", "c", "d"]


def test_the_config_of_each_partition_and_that_of_the_command_line(
    project: Callable[..., Path], dagjob: Callable[..., Any]
) -> None:
    assert dagjob("backfill", "jobs.py:configured", "--partitions", "b,a").code == 0
    assert marks(project) == ["a", "b"]
    done = dagjob("backfill", "jobs.py:said", "--partition-range", "a...b", "--set", "say.word=x", "-t", "team=y")
    assert done.code == 0, done.stderr
    assert marks(project) == ["a", "b", "x", "x"]
    listed = json.loads(dagjob("runs", "list", "-t", "team=y", "-f", "json").stdout)["runs"]
    assert sorted(run["partition"] for run in listed) == ["a", "b"]


def test_runs_of_a_range_and_of_some_ops_are_told_apart(
    project: Callable[..., Path], dagjob: Callable[..., Any]
) -> None:
    project(
        "wide.py",
        """
        from dagjob import StaticPartitionsDefinition, job, op

        @op
        def load(context):
            return len(context.partition_keys)

        @op
        def save(load):
            pass

        @job(partitions_def=StaticPartitionsDefinition(list("abcd")))
        def wide():
            save(load())
        """,
    )
    assert dagjob("run", "wide.py", "--partition-range", "b...c").code == 0
    assert dagjob("run", "wide.py", "-p", "d", "-s", "load").code == 0
    told = json.loads(dagjob("partitions", "status", "wide.py", "--ops", "-f", "json").stdout)
    assert told["counts"] == {"success": 2, "failed": 0, "running": 0, "missing": 2}
    assert [(each["status"], each["ops"]["load"], each["ops"]["save"]) for each in told["partitions"]] == [
        ("missing", "missing", "missing"),
        ("success", "success", "success"),
        ("success", "success", "success"),
        ("missing", "success", "missing"),
    ]
    assert [each["run"] is None for each in told["partitions"]] == [True, False, False, False]
    listed = dagjob("partitions", "list", "wide.py", "--from", "b", "--to", "latest")
    assert listed.stdout.split() == ["b", "c", "d"]


def test_secrets_are_not_kept_to_go_on_with(project: Callable[..., Path], dagjob: Callable[..., Any]) -> None:
    project("bad", "")
    hidden = {"MY_TOKEN": "hidden-word-77"}
    words = ["backfill", "jobs.py:said", "--all", "--set", "say.word=x-hidden-word-77", "-t", "by=hidden-word-77"]
    assert dagjob(*words, env=hidden).code == 0
    (record,) = (project() / ".dagjob" / "backfills").glob("*.json")
    assert "hidden-word-77" not in record.read_text()
    refused = dagjob("resume", record.stem[:8])
    assert refused.code == 2
    assert "type its command again" in refused.stderr


def test_a_history_that_cannot_be_written_ends_the_backfill_with_7(
    project: Callable[..., Path], dagjob: Callable[..., Any]
) -> None:
    assert dagjob("backfill", "jobs.py:few", "--last", "1").code == 0
    (project() / ".dagjob" / "dagjob.db").write_text("no database")
    done = dagjob("backfill", "jobs.py:few", "--last", "2")
    assert done.code == 7, done.stderr
    assert "Traceback" not in done.stderr
    assert marks(project) == ["d"]


def test_dynamic_partitions_are_those_that_the_history_keeps(
    project: Callable[..., Path], dagjob: Callable[..., Any]
) -> None:
    project(
        "dynamic.py",
        """
        from dagjob import DagjobInstance, DynamicPartitionsDefinition, job, op

        @op
        def mark(context):
            with open("marks", "a") as file:
                file.write(f"{context.partition_key} ")

        @op
        def add():
            DagjobInstance.get().add_dynamic_partitions("who", ["ann", "bob", "eve"])

        @job
        def first():
            add()

        @job(partitions_def=DynamicPartitionsDefinition(name="who"))
        def each():
            mark()
        """,
    )
    assert dagjob("backfill", "dynamic.py:each", "--all").code == 5
    assert dagjob("run", "dynamic.py:first").code == 0
    done = dagjob("backfill", "dynamic.py:each", "--all", "--parallel", "2")
    assert done.code == 0, done.stderr
    assert sorted(marks(project)) == ["ann", "bob", "eve"]
    assert set(status_of(dagjob, "dynamic.py:each").values()) == {"success"}


def test_what_would_be_done_is_shown_and_not_done(project: Callable[..., Path], dagjob: Callable[..., Any]) -> None:
    shown = dagjob("backfill", "jobs.py:few", "--last", "2", "--reverse", "-n")
    assert (shown.code, shown.stdout) == (0, "d\nc\n")
    assert "2 partitions; nothing is run (-n)" in shown.stderr
    assert not (project() / ".dagjob").exists()


def test_one_at_a_time_works_on_a_backfill(
    project: Callable[..., Path], dagjob: Callable[..., Any], clean_env: dict[str, str]
) -> None:
    words = ["backfill", "jobs.py:many", "--from", "k04", "--to", "k04"]
    process = begun(project, clean_env, words, 1)
    second = dagjob(*words)
    os.kill(process.pid, signal.SIGTERM)
    _, said = all_gone(process)
    assert process.returncode == 143, said
    assert second.code == 8
    assert "at work in another process" in second.stderr


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (["backfill", "jobs.py:few"], 2, "say which partitions"),
        (["backfill", "jobs.py:few", "--all", "--last", "2"], 2, "both say which partitions"),
        (["backfill", "jobs.py:few", "--last", "0"], 2, "--last"),
        (["backfill", "jobs.py:few", "--all", "--parallel", "x"], 2, "--parallel"),
        (["backfill", "jobs.py:few", "--partition-range", "a..c"], 2, "takes A...B"),
        (["backfill", "jobs.py:few", "--partitions", "a,,b"], 2, "empty key"),
        (["backfill", "jobs.py:few", "--partitions", "a,e"], 6, "'e'"),
        (["backfill", "jobs.py:few", "--from", "zz"], 6, "'zz'"),
        (["backfill", "jobs.py:few", "--partition-range", "c...a"], 6, "goes backwards"),
        (["backfill", "jobs.py:whole", "--all"], 6, "has no partitions"),
        (["backfill", "jobs.py:none", "--all"], 5, "no partition lies in the range"),
        (["backfill", "jobs.py:none", "--from", "2024-05-01"], 5, "no partition lies in the range"),
        (["backfill", "jobs.py:said", "--all"], 6, "word"),
        (["backfill", "jobs.py:configured", "--all"], 6, "KeyError"),
        (["partitions", "list", "jobs.py:whole"], 6, "has no partitions"),
        (["partitions", "status", "jobs.py:few", "--last", "1", "--to", "b"], 2, "contradict each other"),
        (["resume", "12ab"], 5, "no run is recorded"),
    ],
)
def test_bad_input_starts_nothing(
    words: list[str], code: int, said: str, project: Callable[..., Path], dagjob: Callable[..., Any]
) -> None:
    project("raises", "")
    done = dagjob(*words)
    assert done.code == code, done.stderr
    assert said in done.stderr
    assert "Traceback" not in done.stderr
    assert not marks(project)
    assert not (project() / ".dagjob").exists()
