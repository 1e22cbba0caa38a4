"""The result of `execute_job`: values are read from where the IO managers stored them, inside of a `with` block."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from types import TracebackType
from typing import TYPE_CHECKING, Any

from dagjob.engine.load_output import StoredOutputs
from dagjob.engine.result import ExecutionResult
from dagjob.errors import DagjobInvariantViolationError
from dagjob.events import Event, OutputChecked, OutputStored, StepStarted
from dagjob.plan.steps import Port

if TYPE_CHECKING:
    from dagjob.definitions.jobs import JobDefinition
    from dagjob.engine.run_info import RunInfo

Keys = dict[str | None, bool]
"""The mapping keys of an output (None of one that is not dynamic), each with whether it was stored."""


class JobExecutionResult(ExecutionResult):
    """The result of `execute_job`. Inside of `with execute_job(...) as result:` its outputs can be asked for.

    A value is loaded each time that it is asked for, by the IO manager of its output, which is made anew.
    """

    def __init__(self, job: JobDefinition, run: RunInfo, events: Sequence[Event]) -> None:
        self._outputs: StoredOutputs | None = None
        values = {step: _Outputs(self, step, made) for step, made in _made(events).items()}
        super().__init__(job, run, events, values)

    def __enter__(self) -> JobExecutionResult:
        self._outputs = StoredOutputs(self.job_def, self._run)
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None) -> None:
        if self._outputs is not None:
            outputs, self._outputs = self._outputs, None
            outputs.close()

    def output_for_node(self, node_str: str, output_name: str = "result") -> Any:
        """An output of an op (`g.a`) or graph. Of a mapped op, and of a dynamic output, a dict by mapping key."""
        self._open()
        return super().output_for_node(node_str, output_name)

    def output_value(self, output_name: str = "result") -> Any:
        """An output of the top-level graph."""
        self._open()
        return super().output_value(output_name)

    def load(self, port: Port) -> Any:
        """One stored value."""
        return self._open().load(port)

    def _open(self) -> StoredOutputs:
        if self._outputs is None:
            raise DagjobInvariantViolationError(
                "the outputs of a job are read inside of a with block:  with execute_job(...) as result:"
            )
        return self._outputs


class _Outputs(Mapping[str, Any]):
    """The outputs of one step by name, loaded when one is asked for."""

    def __init__(self, result: JobExecutionResult, step: str, made: Mapping[str, Keys]) -> None:
        self._result = result
        self._step = step
        self._made = made

    def __getitem__(self, name: str) -> Any:
        values = {
            mapping_key: self._result.load(Port(self._step, name, mapping_key)) if stored else None
            for mapping_key, stored in self._made[name].items()
        }
        return values.get(None, values)

    def __iter__(self) -> Iterator[str]:
        return iter(self._made)

    def __contains__(self, name: object) -> bool:
        return name in self._made

    def __len__(self) -> int:
        return len(self._made)


def _made(events: Sequence[Event]) -> dict[str, dict[str, Keys]]:
    """What the last attempt of each step has yielded: an output of type Nothing is not stored, and is None."""
    made: dict[str, dict[str, Keys]] = {}
    for event in events:
        if isinstance(event, StepStarted):
            made[event.step] = {}
        elif isinstance(event, OutputChecked) and event.success and event.type == "Nothing":
            made.setdefault(event.step, {}).setdefault(event.output, {})[event.mapping_key] = False
        elif isinstance(event, OutputStored):
            made.setdefault(event.step, {}).setdefault(event.output, {})[event.mapping_key] = True
    return made
