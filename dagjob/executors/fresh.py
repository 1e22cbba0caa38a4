"""A worker that is a fresh interpreter: started ahead, waits for its order, does it, leaves."""

from __future__ import annotations

import marshal
import os
import pickle
import sys
from collections.abc import Callable
from typing import NoReturn

from dagjob import clock
from dagjob.engine.ports import Work
from dagjob.executors import child
from dagjob.executors.frames import read_first
from dagjob.executors.streams import plain_streams


def main() -> NoReturn:
    """What `interpreter.launch` calls. In argv: descriptors of the order pipe, the slot's pipe, the stack file, the template."""
    orders, line, stack_file, alive = map(int, sys.argv[1:5])
    del sys.argv[1:]
    for fd in (orders, line, stack_file, alive):
        os.set_inheritable(fd, False)
    child.die_with_template(alive)
    child.plain_signals()
    plain_streams()
    child.ready_for_workers()
    begin = read_first(orders)
    if begin is None:
        os._exit(0)  # The run is over.
    began, most, source = marshal.loads(begin)
    clock.follow(began)
    try:
        opened = pickle.loads(source).open
    except Exception as error:
        opened = _failing(error)
    child.work_on_orders(opened, orders, line, stack_file, most=most, greet=True)


def _failing(error: Exception) -> Callable[[], Work]:
    """Say what is wrong when there is an op to say it of."""

    def opened() -> Work:
        raise error

    return opened
