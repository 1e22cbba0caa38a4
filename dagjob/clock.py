"""The only source of time. The layers above the pure ones read it here, so that a test can set it.

`time` is the wall clock as it was at the beginning of the run, and goes on evenly from there, whatever becomes of the wall
clock: nothing ends before it began, and a board does not stand still for an hour. It goes on while a laptop sleeps.
"""

import time as _clocks
from time import monotonic, sleep

__all__ = ["anchor", "follow", "monotonic", "sleep", "time"]

_EVEN = getattr(_clocks, "CLOCK_BOOTTIME", getattr(_clocks, "CLOCK_MONOTONIC", None))


def _even() -> float:
    """Seconds since some moment, the same one for all processes of this machine."""
    return monotonic() if _EVEN is None else _clocks.clock_gettime(_EVEN)


def time() -> float:
    """Seconds since the epoch. Asked several times in each op."""
    return _began + (monotonic() if _EVEN is None else _clocks.clock_gettime(_EVEN))


def anchor() -> float:
    """Take over what the wall clock says, as a run begins; for `follow` in other processes of this machine."""
    global _began
    _began = _clocks.time() - _even()
    return _began


def follow(began: float) -> None:
    """Tell the time as the process does whose `anchor` this is."""
    global _began
    _began = began


def anchored() -> float:
    """What `anchor` returned last."""
    return _began


_began = _clocks.time() - _even()
