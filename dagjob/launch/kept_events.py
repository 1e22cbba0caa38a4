"""The audience of a run that was started from Python: all events in a list and, where the run is kept, the run store."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dagjob.launch.audience import RunAudience

if TYPE_CHECKING:
    from dagjob.engine.ports import Executor
    from dagjob.events import Event
    from dagjob.launch.instance import DagjobInstance
    from dagjob.launch.masking import Masking


class KeptEvents:
    """The events so far. What the store gets has no secrets in it; what the caller gets is as it was."""

    executor: Executor | None = None

    def __init__(self, run_id: str, masking: Masking | None = None) -> None:
        self.events: list[Event] = []
        self._run_id = run_id
        self._masking = masking
        self._audience: RunAudience | None = None

    def __call__(self, event: Event) -> None:
        self.events.append(event)
        if self._audience is not None:
            self._audience(event)

    def keep(self) -> None:
        """Commit what came."""
        if self._audience is not None:
            self._audience.keep()

    def turn(self) -> float | None:
        """Commit what came."""
        return self._audience.turn() if self._audience is not None else None

    def record_in(self, instance: DagjobInstance) -> None:
        """Keep the run in this instance, from its first event on."""
        from dagjob.storage.runs import RunStore

        self._audience = RunAudience(RunStore.create(instance.state, self._run_id), (), self._masking)
        for event in self.events:
            self._audience(event)
        if self.events:
            self._audience.turn()

    def close(self) -> None:
        """The run is over. Raises `DagjobStateError` if it could not be written down."""
        if self._audience is not None:
            self._audience.close()
            if self._audience.state_error is not None:
                raise self._audience.state_error
