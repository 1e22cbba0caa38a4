"""A worker that is a fresh interpreter: started ahead, waits for its one order, does it, leaves."""

from __future__ import annotations

import os
import pickle
import sys
from typing import NoReturn

from dagjob.engine.ports import WorkSource
from dagjob.executors import child
from dagjob.executors.frames import CHUNK, START, Inbox
from dagjob.executors.streams import plain_streams


def main() -> NoReturn:
    """What `interpreter.launch` calls. In argv: the descriptors of the order pipe, the slot's pipe, the stack file."""
    orders, line, stack_file = map(int, sys.argv[1:4])
    del sys.argv[1:]
    for fd in (orders, line, stack_file):
        os.set_inheritable(fd, False)
    child.plain_signals()
    plain_streams()
    child.ready_for_workers()
    inbox = Inbox()
    source: WorkSource | None = None
    while True:
        data = os.read(orders, CHUNK)
        if not data:
            os._exit(0)  # No order came: the run is over.
        for kind, payload in inbox.feed(data):
            if kind != START or source is None:
                source = pickle.loads(payload)
                continue
            os.close(orders)
            child.Interruptions.armed = True
            child.work(source.open, payload, line, stack_file)
