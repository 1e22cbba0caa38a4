"""Slots that processes share: taken by one, seen by the others, free when their holder dies."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from dagjob.errors import DagjobBusyError, ExitCode
from dagjob.storage.slots import PoolSlots, slot_file, take_lock

HOLDER = """
import sys
from dagjob.storage.slots import slot_file
file = slot_file(sys.argv[1])
slots = [file.take(int(sys.argv[2]), "0123456789-other") for _ in range(int(sys.argv[3]))]
print(slots, flush=True)
sys.stdin.readline()
"""


@pytest.fixture
def held(tmp_path: Path) -> Iterator[Callable[[str, int, int], subprocess.Popen[str]]]:
    """`held(path, size, n)`: another process that holds n of the slots of a file, until it is killed or told to end."""
    started: list[subprocess.Popen[str]] = []

    def start(path: str, size: int, count: int) -> subprocess.Popen[str]:
        process = subprocess.Popen(
            [sys.executable, "-c", HOLDER, path, str(size), str(count)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        started.append(process)
        assert process.stdout is not None
        assert "None" not in process.stdout.readline()
        return process

    yield start
    for process in started:
        process.kill()
        process.wait()
        for pipe in (process.stdin, process.stdout):
            assert pipe is not None
            pipe.close()


def test_slots_of_others_are_taken_until_they_die(tmp_path: Path, held: Callable[..., subprocess.Popen[str]]) -> None:
    path = str(tmp_path / "pools" / "db")
    other = held(path, 2, 1)
    file = slot_file(path)
    mine = file.take(2, "me")
    assert mine is not None
    assert file.take(2, "me") is None
    assert file.others(2) == ["0123456789-other"]
    other.kill()
    other.wait()
    assert file.others(2) == []
    assert file.take(2, "me") is not None
    file.give_back(mine)


def test_two_runs_of_one_process_share_the_slots_of_a_pool(tmp_path: Path) -> None:
    runs = [PoolSlots(str(tmp_path), {"db": 1}, name) for name in ("one", "two")]
    assert runs[0].take("db", "a")
    assert not runs[1].take("db", "b")
    runs[0].close()
    assert runs[1].take("db", "b")
    runs[1].close()


def test_who_waits_is_said_once(tmp_path: Path, held: Callable[..., subprocess.Popen[str]]) -> None:
    pools = PoolSlots(str(tmp_path), {"db": 2}, "me")
    said: list[tuple[str, str]] = []
    pools.tell = lambda step, text: said.append((step, text))
    held(str(tmp_path / "db"), 2, 2)
    assert not pools.take("db", "load")
    assert not pools.take("db", "load")
    assert said == [("load", '"load" waits for a slot of the pool "db" (2 slots, taken by run 01234567)')]
    assert pools.refusal is None


def test_a_run_that_may_not_wait_is_refused_only_for_what_others_hold(
    tmp_path: Path, held: Callable[..., subprocess.Popen[str]]
) -> None:
    pools = PoolSlots(str(tmp_path), {"db": 1, "mine": 1}, "me", wait=False)
    assert pools.take("mine", "a")
    assert not pools.take("mine", "b")
    assert pools.refusal is None
    held(str(tmp_path / "db"), 1, 1)
    assert not pools.take("db", "c")
    assert pools.refusal is not None
    with pytest.raises(DagjobBusyError, match="01234567"):
        pools.check(["db"])
    pools.check(["mine", "unknown"])
    pools.close()


def test_a_lock_is_had_by_one_run_at_a_time(tmp_path: Path, held: Callable[..., subprocess.Popen[str]]) -> None:
    said: list[str] = []
    other = held(str(tmp_path / "nightly"), 1, 1)
    with pytest.raises(DagjobBusyError, match='lock "nightly" is held by run 01234567') as caught:
        take_lock(str(tmp_path), "nightly", "me", said.append, wait=False)
    assert caught.value.exit_code == ExitCode.BUSY
    assert other.stdin is not None
    other.stdin.close()
    take_lock(str(tmp_path), "nightly", "me", said.append, wait=True)()
    assert len(said) <= 1


def test_a_forked_child_holds_nothing_of_its_parent(tmp_path: Path) -> None:
    code = """
import os, sys
from dagjob.storage.slots import slot_file
slot_file(sys.argv[1]).take(1, "parent")
child = os.fork()
if child == 0:
    os._exit(0 if slot_file(sys.argv[1]).take(1, "child") is None else 1)
print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), slot_file(sys.argv[1]).take(1, "parent"))
"""
    done = subprocess.run([sys.executable, "-c", code, str(tmp_path / "p")], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["0", "None"]
