"""How contexts come to the instance: the run says where it is, and who has no run gets an empty one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dagjob.definitions.configurable import function_named

if TYPE_CHECKING:
    from dagjob.engine.run_info import RunInfo
    from dagjob.launch.instance import DagjobInstance

_MAKES = "dagjob.launch.instance:instance_on"


def instance_of(run: RunInfo | None) -> DagjobInstance:
    """Where the run is kept; without a run, or a place, a new ephemeral instance."""
    if run is not None and run.instance is not None:
        return run.instance.open()
    state = run.state if run is not None else None
    made: Any = function_named(_MAKES)(state)
    instance: DagjobInstance = made
    return instance
