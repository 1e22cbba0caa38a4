"""What a run shares with others on its state directory, while it runs: its lock, and the slots of its pools."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from dagjob.launch.request import PreparedRun
    from dagjob.storage.paths import StateDir
    from dagjob.storage.slots import PoolSlots


@contextmanager
def shared_slots(
    prepared: PreparedRun, state: StateDir, run_id: str, lock: str | None = None, tell: Callable[[str], None] = print
) -> Iterator[PoolSlots | None]:
    """The lock is held, and the pools are there to be asked step by step; None: nothing is shared.

    `tell` gets a line when the lock is waited for. Raises `DagjobBusyError` where the run may not wait for what others hold.
    """
    request = prepared.request
    if lock is None and not request.pools:
        yield None
        return
    from dagjob.storage.slots import PoolSlots, take_lock

    pools = PoolSlots(state.folder("pools"), request.pools, run_id, wait=request.wait)
    if not request.wait:
        pools.check(step.pool for step in prepared.plan.steps if step.pool is not None)
    release = take_lock(state.folder("locks"), lock, run_id, tell, wait=request.wait) if lock is not None else None
    try:
        yield pools
    finally:
        pools.close()
        if release is not None:
            release()
