"""Short names for the records that travel between the processes of a run: a pickle then holds two bytes, not a module path.

Looking a class up by its path costs more than the rest of a small message, on both ends and in each worker anew. Importing
this file gives the names; both ends do, so they agree. Values of users never contain these records, so no file on disk
depends on the numbers.
"""

from __future__ import annotations

import copyreg

from dagjob import events
from dagjob.engine.ports import StepCall, StepDone
from dagjob.plan import steps
from dagjob.record import Record

FIRST = 0xD0D0
"""Beyond the numbers that registries of pickle's extension codes have given out (PEP 307)."""


def _records() -> list[type[Record]]:
    found: list[type[Record]] = [StepCall, StepDone]
    for module in (events, steps):
        found += [
            value
            for value in vars(module).values()
            if isinstance(value, type) and issubclass(value, Record) and value.__module__ == module.__name__
        ]
    return sorted(found, key=lambda record: (record.__module__, record.__qualname__))


for _number, _record in enumerate(_records(), FIRST):
    copyreg.add_extension(_record.__module__, _record.__qualname__, _number)
