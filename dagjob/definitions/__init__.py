"""The nouns and decorators that a job module is written with. Pure: a definition never runs anything.

The room has the name of a public decorator. Python puts the room under `dagjob.definitions` as soon as anything in it
is imported, so the room itself can be called, and does what the decorator does.
"""

from __future__ import annotations

import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from types import ModuleType
    from typing import Any
else:
    ModuleType = type(sys)


class _Room(ModuleType):
    def __call__(self, fn: Callable[[], Any]) -> Any:
        from dagjob.definitions.collection import definitions

        return definitions(fn)


sys.modules[__name__].__class__ = _Room
