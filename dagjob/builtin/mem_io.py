"""An IO manager that keeps outputs in memory: an op gets the very object that another returned.

For one process only; executors with several refuse it before a run.
"""

from __future__ import annotations

from typing import Any

from dagjob.definitions.iomanagers import IOManager


class InMemoryIOManager(IOManager):
    """Keeps outputs in a dict, by their identifier."""

    keeps_in_memory = True

    def __init__(self) -> None:
        self.values: dict[tuple[str, ...], Any] = {}

    def handle_output(self, context: Any, obj: Any) -> None:
        """Keep `obj`."""
        self.values[tuple(context.get_identifier())] = obj

    def load_input(self, context: Any) -> Any:
        """What was kept for the output that feeds this input."""
        return self.values[tuple(context.upstream_output.get_identifier())]


def make_mem_io_manager(_init_context: Any) -> InMemoryIOManager:
    """What `mem_io_manager` is made by."""
    return InMemoryIOManager()
