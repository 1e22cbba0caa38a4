"""Where an instance is, as a value that travels with a run: small, because every run has one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dagjob.record import Record

if TYPE_CHECKING:
    from dagjob.launch.instance import DagjobInstance
    from dagjob.storage.paths import StateDir


class InstanceAt(Record):
    """The instance on a state directory; `ephemeral` says that the directory will be gone."""

    state: StateDir
    ephemeral: bool = False

    def open(self) -> DagjobInstance:
        """The instance."""
        from dagjob.launch.instance import DagjobInstance

        return DagjobInstance(self.state, ephemeral=self.ephemeral)

    def out_dir(self) -> None:
        """The run has one of its own."""
