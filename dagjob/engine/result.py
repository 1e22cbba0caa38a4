"""What a run that was started from Python gives back: its outputs, how each step ended, and what was heard.

The two results differ in one thing: where a value comes from. `execute_in_process` has kept the objects;
`execute_job` reads what the IO managers have stored (`job_result.py`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any

from dagjob.definitions.graphs import GraphDefinition
from dagjob.definitions.walk import node_at
from dagjob.engine.attempt import op_of_step
from dagjob.engine.run_info import RunInfo
from dagjob.errors import DagjobError, DagjobInvariantViolationError, did_you_mean
from dagjob.events import (
    AssetReported,
    Event,
    ExpectationReported,
    RunEnded,
    StepFailed,
    StepRetrying,
    StepSkipped,
    StepSucceeded,
)
from dagjob.plan.steps import TEMPLATE_SUFFIX, node_path

if TYPE_CHECKING:
    from dagjob.definitions.jobs import JobDefinition
    from dagjob.definitions.outputs import Out
    from dagjob.engine.dagster_events import DagjobEvent, StepFailureData
    from dagjob.engine.run_record import DagjobRun

FAILURE_REASON_TAG = "dagster/failure_reason"
_ENDS = (StepSucceeded, StepFailed, StepSkipped)


class ExecutionResult:
    """What both results share. `events` are the events of the run, as dagjob's own types.

    `values` are the outputs by step and name, each a dict by mapping key where the output is dynamic.
    """

    def __init__(
        self, job: JobDefinition, run: RunInfo, events: Sequence[Event], values: Mapping[str, Mapping[str, Any]]
    ) -> None:
        self.job_def = job
        self.events = tuple(events)
        self._run = run
        self._values = values
        # A template without copies has an end in our events; Dagster knows only the steps that follow from it.
        self._end_of = {e.step: e for e in events if isinstance(e, _ENDS) and not e.step.endswith(TEMPLATE_SUFFIX)}

    # -- the run ---------------------------------------------------------------------------------------------------

    @property
    def success(self) -> bool:
        """Did every step succeed, or was skipped by design?"""
        return any(isinstance(event, RunEnded) and event.status == "success" for event in self.events)

    @property
    def run_id(self) -> str:
        """The id of the run."""
        return self._run.run_id

    @property
    def dagster_run(self) -> DagjobRun:
        """The run record, now that the run has ended."""
        from dagjob.engine.run_record import record_of, status_of

        ended = next(event for event in reversed(self.events) if isinstance(event, RunEnded))
        reason = {FAILURE_REASON_TAG: ended.failure_reason} if ended.failure_reason else {}
        return record_of(self._run, status_of(ended.status), tags={**self._run.tags, **reason})

    # -- outputs ---------------------------------------------------------------------------------------------------

    def output_for_node(self, node_str: str, output_name: str = "result") -> Any:
        """An output of an op (`g.a`) or graph. Of a mapped op, and of a dynamic output, a dict by mapping key."""
        return self._output_at(tuple(node_str.split(".")), output_name)

    def output_value(self, output_name: str = "result") -> Any:
        """An output of the top-level graph."""
        source = self.job_def.graph.outputs.get(output_name)
        if source is None:
            raise DagjobInvariantViolationError(
                f'job "{self.job_def.name}" has no output "{output_name}"'
                f"{did_you_mean(output_name, self.job_def.graph.outputs)}"
            )
        return self._output_at((source.node,), source.output)

    def _no_node(self, path: tuple[str, ...], known: Iterable[str]) -> DagjobInvariantViolationError:
        shown = f'job "{self.job_def.name}" has no node "{".".join(path)}"'
        try:
            node_at(self.job_def.whole_graph, path)
        except KeyError:
            return DagjobInvariantViolationError(f"{shown}.{did_you_mean(path[-1], known)}")
        return DagjobInvariantViolationError(f"{shown} in this run: it was not selected")

    def _output_at(self, path: tuple[str, ...], output_name: str) -> Any:
        graph: Any = self.job_def.graph
        for depth, name in enumerate(path):
            nodes = graph.node_dict if isinstance(graph, GraphDefinition) else {}
            if name not in nodes:
                raise self._no_node(path[: depth + 1], nodes)
            graph = nodes[name].definition
        outputs = graph.outputs if isinstance(graph, GraphDefinition) else graph.outs
        if output_name not in outputs:
            raise DagjobInvariantViolationError(
                f'"{".".join(path)}" of job "{self.job_def.name}" has no output "{output_name}"'
                f"{did_you_mean(output_name, outputs)}"
            )
        if isinstance(graph, GraphDefinition):
            source = graph.outputs[output_name]
            return self._output_at((*path, source.node), source.output)
        return self._value(".".join(path), output_name)

    def _value(self, key: str, output_name: str) -> Any:
        copies = {
            step.partition("[")[2].rstrip("]"): values
            for step, values in self._values.items()
            if step.startswith(key + "[")
        }
        if copies:
            return {mapping_key: values[output_name] for mapping_key, values in copies.items() if output_name in values}
        values = self._values.get(key, {})
        if output_name in values:
            return values[output_name]
        if self._is_dynamic(key, output_name) and self.is_node_success(key):
            return {}
        how = "skipped" if self.is_node_skipped(key) else "failed" if self.is_node_failed(key) else "not run"
        if self.is_node_success(key):
            how = "run, but did not yield it"
        raise DagjobInvariantViolationError(f'no output "{output_name}" of "{key}": the step was {how}')

    def _out(self, key: str, output_name: str) -> Out:
        return op_of_step(self.job_def, key).outs[output_name]

    def _is_dynamic(self, key: str, output_name: str) -> bool:
        return bool(self._out(key, output_name).is_dynamic)

    # -- how each step ended ---------------------------------------------------------------------------------------

    def _ends(self, node_str: str) -> list[Event]:
        """The last events of the steps of a node: one, or one for each copy; for a graph those of all inside."""
        return [
            end
            for step, end in self._end_of.items()
            if step == node_str or step.startswith((node_str + "[", node_str + "."))
        ]

    def is_node_success(self, node_str: str) -> bool:
        """Did a step of the node run well? A mapped op, or a graph, may have steps that did and others that did not."""
        return any(isinstance(end, StepSucceeded) for end in self._ends(node_str))

    def is_node_failed(self, node_str: str) -> bool:
        """Did any step of the node fail?"""
        return any(isinstance(end, StepFailed) for end in self._ends(node_str))

    def is_node_skipped(self, node_str: str) -> bool:
        """Was any step of the node skipped by design?"""
        return any(isinstance(end, StepSkipped) for end in self._ends(node_str))

    def is_node_untouched(self, node_str: str) -> bool:
        """Did nothing happen to the node: not run, or not selected?"""
        return not self._ends(node_str)

    def get_failed_step_keys(self) -> set[str]:
        """The keys of the steps that failed."""
        return {key for key, end in self._end_of.items() if isinstance(end, StepFailed)}

    def retry_attempts_for_node(self, node_str: str) -> int:
        """How many more attempts the node had after its first; of a graph all in it, of mapped copies all of them."""
        nodes = (event.step.partition("[")[0] for event in self.events if isinstance(event, StepRetrying))
        return sum(1 for node in nodes if node == node_str or node.startswith(f"{node_str}."))

    # -- the events, under Dagster's types -------------------------------------------------------------------------

    @cached_property
    def all_events(self) -> list[DagjobEvent]:
        """All events of the run in Dagster's shape and order."""
        from dagjob.engine.dagster_view import dagster_view

        return dagster_view(self.events, self.job_def.name)

    @property
    def all_node_events(self) -> list[DagjobEvent]:
        """The events of steps, node by node of the job: no hooks, no resources, nothing of the engine."""
        of_steps = [event for event in self.all_events if event.step_key is not None and event.is_step_event]
        place = {name: number for number, name in enumerate(self.job_def.graph.node_dict)}
        return sorted(of_steps, key=lambda event: place[node_path(event.step_key or "")[0]])

    def filter_events(self, event_filter: Callable[[DagjobEvent], bool]) -> list[DagjobEvent]:
        """The events that fit."""
        return [event for event in self.all_events if event_filter(event)]

    def events_for_node(self, node_name: str) -> list[DagjobEvent]:
        """The events of the steps of a node (`g.a`), of a graph those of all in it; an unknown name has none."""
        return [event for event in self.all_node_events if event.step_key and _is_of(event.step_key, node_name)]

    def _of_type(self, kind: str) -> list[DagjobEvent]:
        return [event for event in self.all_events if event.event_type.name == kind]

    def get_step_success_events(self) -> list[DagjobEvent]:
        """One for each step that succeeded, in order."""
        return self._of_type("STEP_SUCCESS")

    def get_step_failure_events(self) -> list[DagjobEvent]:
        """One for each step that failed, in order."""
        return self._of_type("STEP_FAILURE")

    def get_step_skipped_events(self) -> list[DagjobEvent]:
        """One for each step that was skipped, in order."""
        return self._of_type("STEP_SKIPPED")

    def get_asset_materialization_events(self) -> list[DagjobEvent]:
        """One for each materialization, in order."""
        return self._of_type("ASSET_MATERIALIZATION")

    def get_asset_observation_events(self) -> list[DagjobEvent]:
        """One for each observation, in order."""
        return self._of_type("ASSET_OBSERVATION")

    def get_asset_materialization_planned_events(self) -> list[DagjobEvent]:
        """None: nobody plans the assets that an op tells of."""
        return []

    def get_run_success_event(self) -> DagjobEvent:
        """The last event of a run that succeeded; raises `DagjobError` for another."""
        return self._only("RUN_SUCCESS", "succeed")

    def get_run_failure_event(self) -> DagjobEvent:
        """The last event of a run that failed; raises `DagjobError` for another."""
        return self._only("RUN_FAILURE", "fail")

    @property
    def run_failure_event(self) -> DagjobEvent:
        """The same."""
        return self.get_run_failure_event()

    def _only(self, kind: str, did: str) -> DagjobEvent:
        found = self._of_type(kind)
        if not found:
            raise DagjobError(f'the run of job "{self.job_def.name}" did not {did}')
        return found[0]

    def failure_data_for_node(self, node_str: str) -> StepFailureData | None:
        """Why a node failed; None when it did not."""
        for event in self.events_for_node(node_str):
            if event.is_step_failure:
                data: StepFailureData = event.step_failure_data
                return data
        return None

    # -- what was reported -----------------------------------------------------------------------------------------

    def asset_materializations_for_node(self, node_str: str) -> list[Any]:
        """The materializations that the node reported, in order."""
        return self._assets(node_str, "AssetMaterialization")

    def asset_observations_for_node(self, node_str: str) -> list[Any]:
        """The observations that the node reported, in order."""
        return self._assets(node_str, "AssetObservation")

    def expectation_results_for_node(self, node_str: str) -> list[Any]:
        """The expectation results that the node reported, in order."""
        return [e.expectation for e in self.events if isinstance(e, ExpectationReported) and _is_of(e.step, node_str)]

    def _assets(self, node_str: str, kind: str) -> list[Any]:
        return [
            e.asset
            for e in self.events
            if isinstance(e, AssetReported) and _is_of(e.step, node_str) and type(e.asset).__name__ == kind
        ]


class ExecuteInProcessResult(ExecutionResult):
    """The result of `execute_in_process`: its values are the objects that the ops returned."""


def _is_of(step: str, node_str: str) -> bool:
    return step == node_str or step.startswith((node_str + "[", node_str + "."))
