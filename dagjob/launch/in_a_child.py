"""Ask something in a process of its own: what is loaded for the answer is gone with it.

Each op's process is a fork of this one, and costs what it has loaded: with SQLite and the history a third more.
"""

from __future__ import annotations

import os
import pickle
from collections.abc import Callable
from typing import NoReturn, TypeVar

T = TypeVar("T")


def in_a_child(ask: Callable[[], T]) -> T:
    """What `ask` returns, or raises. Where that cannot be had from a child, it is asked here."""
    if not hasattr(os, "fork"):
        return ask()
    read, write = os.pipe()
    try:
        pid = os.fork()
    except OSError:
        os.close(read)
        os.close(write)
        return ask()
    if not pid:
        _answer(ask, write)
    os.close(write)
    with open(read, "rb") as file:
        told = file.read()
    os.waitpid(pid, 0)
    try:
        error, value = pickle.loads(told)
    except Exception:  # It was killed, or its error is of a kind that does not travel.
        return ask()
    if error is not None:
        raise error
    answer: T = value
    return answer


def _answer(ask: Callable[[], object], write: int) -> NoReturn:
    try:
        try:
            told: tuple[Exception | None, object] = (None, ask())
        except Exception as error:
            told = (error, None)
        with open(write, "wb") as file:
            file.write(pickle.dumps(told))
    finally:
        os._exit(0)
