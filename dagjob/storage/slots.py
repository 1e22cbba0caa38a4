"""Slots that runs on one state directory share, without a server: pools (`N` slots) and locks (one).

A slot is one byte of a file, and who has locked it (a record lock, see `locks.py`) has the slot. The system gives it back
the moment its process dies, so nobody ever waits for the dead, and there is nothing to clean up. In the file stands, for
each slot, the run that took it last: for messages only.

One process may hold many slots of one file, also in several runs: a record lock does not know them apart, and closing any
descriptor of the file would drop them all. So a process opens each file once (`_files`) and counts by itself.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping

from dagjob import clock
from dagjob.builtin.file_names import file_name
from dagjob.builtin.private_files import open_private
from dagjob.errors import DagjobBusyError
from dagjob.storage.locks import lock_byte, unlock_byte
from dagjob.storage.paths import unwritable

_LINE = 64
"""Bytes that each slot has for the name of its holder; they begin at `_NAMES`, behind the bytes that are locked."""
_NAMES = 4096
_files: dict[tuple[int, str], SlotFile] = {}


class SlotFile:
    """The slots of one pool or lock, as this process sees them."""

    def __init__(self, path: str) -> None:
        try:
            self._fd = open_private(path, os.O_RDWR | os.O_CREAT)
        except OSError as error:
            raise unwritable(path, error) from error
        self._ours: set[int] = set()

    def take(self, size: int, holder: str) -> int | None:
        """One of the slots 0 to `size` - 1, now in the name of `holder`; None: all are taken."""
        for slot in range(size):
            if slot not in self._ours and lock_byte(self._fd, slot):
                self._ours.add(slot)
                line = holder.encode(errors="replace")[: _LINE - 1].ljust(_LINE - 1) + b"\n"
                os.pwrite(self._fd, line, _NAMES + slot * _LINE)
                return slot
        return None

    def give_back(self, slot: int) -> None:
        """A slot that `take` returned is free again."""
        self._ours.discard(slot)
        unlock_byte(self._fd, slot)

    def others(self, size: int) -> list[str]:
        """Who else holds slots, as far as the file tells."""
        taken = [slot for slot in range(size) if slot not in self._ours and not self._is_free(slot)]
        return [os.pread(self._fd, _LINE, _NAMES + slot * _LINE).decode(errors="replace").strip() for slot in taken]

    def _is_free(self, slot: int) -> bool:
        if not lock_byte(self._fd, slot):
            return False
        unlock_byte(self._fd, slot)
        return True


def slot_file(path: str) -> SlotFile:
    """The file at this path, opened once in each process: a forked child has none of its parent's locks."""
    key = os.getpid(), path
    if key not in _files:
        _files[key] = SlotFile(path)
    return _files[key]


def taken(path: str, size: int) -> int:
    """How many of so many slots are taken, for whoever only looks."""
    return len(slot_file(path).others(size)) if os.path.exists(path) else 0


class PoolSlots:
    """The pools of one run. `limits` are the slots of each by name; a pool without a limit is never full.

    `tell` gets a step and a text, once for each step that has to wait; it is set when there is somebody to tell.
    """

    def __init__(self, folder: str, limits: Mapping[str, int], run_id: str, *, wait: bool = True) -> None:
        self._folder = folder
        self._limits = limits
        self._run_id = run_id
        self.tell: Callable[[str, str], None] = lambda step, text: None
        self._wait = wait
        self._told: set[str] = set()
        self._taken: dict[str, list[int]] = {}
        self.refusal: DagjobBusyError | None = None
        """Why the run is to end: another run holds what it needs, and it may not wait."""

    def take(self, pool: str, step: str) -> bool:
        """A slot for a step; False: none is free."""
        size = self._limits.get(pool)
        if size is None:
            return True
        slot = self._file(pool).take(size, self._run_id)
        if slot is not None:
            self._taken.setdefault(pool, []).append(slot)
            return True
        if not self._wait and self.refusal is None and len(self._taken.get(pool, ())) < size:
            self.refusal = self._busy(pool, size)
        if step not in self._told:
            self._told.add(step)
            self.tell(step, f'"{step}" waits for a slot of the pool "{pool}" ({self._state(pool, size)})')
        return False

    def give_back(self, pool: str) -> None:
        """A step that had got a slot has ended."""
        taken = self._taken.get(pool)
        if taken:
            self._file(pool).give_back(taken.pop())

    def refused(self) -> bool:
        """Whether the run is to end because it may not wait."""
        return self.refusal is not None

    def close(self) -> None:
        """Give back what is still taken."""
        for pool in self._taken:
            while self._taken[pool]:
                self.give_back(pool)

    def check(self, pools: Iterable[str]) -> None:
        """Raise `DagjobBusyError` for a pool whose slots are all taken by others."""
        for pool in sorted(set(pools)):
            size = self._limits.get(pool)
            if size is not None and len(self._file(pool).others(size)) >= size:
                raise self._busy(pool, size)

    def _file(self, pool: str) -> SlotFile:
        return slot_file(os.path.join(self._folder, file_name(pool)))

    def _busy(self, pool: str, size: int) -> DagjobBusyError:
        return DagjobBusyError(f'the pool "{pool}" is full: {self._state(pool, size)}').noting(
            "without --no-wait the run waits for a slot"
        )

    def _state(self, pool: str, size: int) -> str:
        others = self._file(pool).others(size)
        return f"{size} slot{'' if size == 1 else 's'}" + (f", taken by {_runs(others)}" if others else "")


def take_lock(folder: str, name: str, run_id: str, tell: Callable[[str], None], *, wait: bool) -> Callable[[], None]:
    """Wait until no other run holds the lock, which is told once; returns what gives it back.

    Raises `DagjobBusyError` without `wait`.
    """
    file = slot_file(os.path.join(folder, file_name(name)))
    told = False
    while (slot := file.take(1, run_id)) is None:
        holder = _runs(file.others(1)) or "another run of this process"
        if not wait:
            raise DagjobBusyError(f'the lock "{name}" is held by {holder}').noting(
                "without --no-wait the run waits for it"
            )
        if not told:
            tell(f'waiting for the lock "{name}", held by {holder}')
            told = True
        clock.sleep(0.1)
    return lambda: file.give_back(slot)


def _runs(ids: Iterable[str]) -> str:
    """`run 7c3f9a2d`, `runs 7c3f9a2d, 01ab23cd`."""
    short = sorted({text[:8] for text in ids if text})
    return f"{'run' if len(short) == 1 else 'runs'} {', '.join(short)}" if short else ""
