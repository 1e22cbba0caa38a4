"""One stored output of a run, read back by the IO manager that stored it, for code that has the result of a run."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dagjob.definitions.parameters import awaited
from dagjob.engine.attempt import op_of_step
from dagjob.engine.facts import Resources
from dagjob.engine.io_contexts import InputContext, output_context
from dagjob.engine.resources import OpenResources
from dagjob.plan.steps import Port, node_path

if TYPE_CHECKING:
    from dagjob.definitions.jobs import JobDefinition
    from dagjob.engine.run_info import RunInfo


class StoredOutputs:
    """The outputs of a run. The IO managers that are asked for, and what they require, are opened once; `close` them."""

    def __init__(self, job: JobDefinition, run: RunInfo) -> None:
        self._job = job
        self._run = run
        self._opened: dict[str, OpenResources] = {}

    def load(self, port: Port) -> Any:
        """The value. What the IO manager raises comes out as it is."""
        op = op_of_step(self._job, port.step)
        out = op.outs[port.output]
        key = out.io_manager_key
        opened = self._open(key)
        needed = self._job.resource_defs[key].required_resource_keys
        resources = Resources({each: opened.by_key[each] for each in needed}, f'resource "{key}"')
        told: dict[str, Any] = {
            "name": port.output,
            "dagster_type": out.dagster_type,
            "definition_metadata": out.metadata,
            "job_def": self._job,
            "op_def": op,
            "resource_config": self._run.resources.get(key),
            "resources": resources,
        }
        config = self._run.output_config.get(node_path(port.step), {}).get(port.output)
        upstream = output_context(self._run, step_key=port.step, mapping_key=port.mapping_key, config=config, **told)
        told["definition_metadata"] = {}
        context = InputContext(job_name=self._run.job, upstream_output=upstream, **told)
        return awaited(opened.by_key[key].load_input(context))

    def _open(self, key: str) -> OpenResources:
        if key not in self._opened:
            opened = OpenResources()
            opened.open([key], self._job.resource_defs, self._run, None)
            self._opened[key] = opened
        return self._opened[key]

    def close(self) -> None:
        """Close what was opened."""
        opened, self._opened = self._opened, {}
        for each in opened.values():
            each.close_all()
