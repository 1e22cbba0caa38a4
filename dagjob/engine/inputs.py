"""The values of a step's inputs: loaded, made from config, given, or the default; then checked against their types."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dagjob import clock
from dagjob.definitions.dagjob_type import element_of
from dagjob.definitions.parameters import awaited
from dagjob.definitions.walk import graph_at
from dagjob.engine.attempt import AttemptScope, op_of_step
from dagjob.engine.interrupts import user_code
from dagjob.engine.io_contexts import InputContext, OutputContext, output_context
from dagjob.engine.types import DagjobTypeLoaderContext, check_value, did_not_pass
from dagjob.errors import (
    DagjobExecutionLoadInputError,
    DagjobInvariantViolationError,
    DagjobTypeLoadingError,
    is_told_bare,
)
from dagjob.events import InputChecked, InputLoaded
from dagjob.plan.steps import FromConfig, FromDefault, FromDirect, FromManager, FromRun, Port, Unwired, Wire, node_path
from dagjob.values.failures import Failure, RetryRequested

if TYPE_CHECKING:
    from collections.abc import Mapping

    from dagjob.definitions.dagjob_type import DagjobType
    from dagjob.definitions.inputs import In
    from dagjob.engine.facts import Resources


def load_inputs(scope: AttemptScope, direct: Mapping[str, Any]) -> dict[str, Any]:
    """All inputs that the body gets, loaded first and then checked. `direct` are the values given from Python."""
    values: dict[str, Any] = {}
    for wire in scope.step.wires:
        if wire.reads:
            values[wire.input] = _load(scope, wire, direct)
    for name, value in values.items():
        _check(scope, scope.op.ins[name], value)
    return values


def _load(scope: AttemptScope, wire: Wire, direct: Mapping[str, Any]) -> Any:
    definition = scope.op.ins[wire.input]
    if wire.many:
        return _load_list(scope, definition, wire, direct)
    if wire.ports:
        return _load_port(scope, definition, wire.ports[0], wire.manager_config)
    match wire.value:
        case FromManager(manager_key, config):
            return _load_through(scope, definition, manager_key, None, config=config)
        case FromDefault() | None:
            return definition.default_value
        case given:
            return _given(scope, definition, definition.dagster_type, given, direct)


def _load_list(scope: AttemptScope, definition: In, wire: Wire, direct: Mapping[str, Any]) -> list[Any]:
    """A list of upstream outputs, and of values that inputs of the graph have put into it."""
    values = [_load_port(scope, definition, port, wire.manager_config) for port in wire.ports]
    # From the end, so that the places of those before stay what they are.
    for place, value in reversed(wire.given):
        values.insert(place, _given(scope, definition, element_of(definition.dagster_type), value, direct))
    return values


def _given(scope: AttemptScope, definition: In, kind: DagjobType, value: Unwired, direct: Mapping[str, Any]) -> Any:
    """A value that stands in the run config, was given as an object, or is an output of another run."""
    match value:
        case FromConfig(config, of):
            if of is not None:
                kind = graph_at(scope.job.graph, of[0]).graph_inputs[of[1]].dagster_type
            return _from_config(scope, definition, kind, config)
        case FromDirect(name):
            return direct[name]
        case FromRun(run_id, port):
            return _load_through(scope, definition, _manager_of(scope, definition, port), port, run_id=run_id)
    raise AssertionError(f"not given: {value!r}")


def _load_port(scope: AttemptScope, definition: In, port: Port, config: object) -> Any:
    """The value of one upstream output. `config` is what the run config says to the input manager, where there is one."""
    kept = scope.memory.get(port) if definition.input_manager_key is None else None
    if kept is not None:
        scope.emit(_loaded(scope, definition, kept.manager_key, port, {}))
        return kept.value
    manager_key = _manager_of(scope, definition, port)
    made_by = scope.run.made_by.get(port.step)
    return _load_through(scope, definition, manager_key, port, config=config, run_id=made_by)


def _manager_of(scope: AttemptScope, definition: In, port: Port) -> str:
    """The key of what loads an upstream output."""
    return definition.input_manager_key or op_of_step(scope.job, port.step).outs[port.output].io_manager_key


def _resources_of(scope: AttemptScope, manager_key: str) -> Resources | None:
    """What the manager of an upstream output requires, if that is open here: another one may load the input."""
    needed = scope.job.resource_defs[manager_key].required_resource_keys
    return scope.resource_view(manager_key) if needed <= scope.resources.keys() else None


def _load_through(
    scope: AttemptScope,
    definition: In,
    manager_key: str,
    port: Port | None,
    *,
    config: object = None,
    run_id: str | None = None,
) -> Any:
    """What a manager loads: the output at `port` of this run or of the run `run_id`; without a port, what it makes itself."""
    manager = scope.resources[manager_key]
    context = InputContext(
        name=definition.name,
        job_name=scope.run.job,
        job_def=scope.job,
        op_def=scope.op,
        dagster_type=definition.dagster_type,
        definition_metadata=definition.metadata,
        config=config,
        resource_config=scope.run.resources.get(manager_key),
        resources=scope.resource_view(manager_key),
        upstream_output=_upstream(scope, port, run_id) if port is not None else None,
        partition_key=scope.run.partition_key,
        log=scope.log,
        scope=scope,
    )
    try:
        with user_code():
            value = awaited(manager.load_input(context))
    except (Failure, RetryRequested):
        raise  # what a body may raise to say how the step fails, a manager may raise too
    except Exception as error:
        if is_told_bare(error):
            raise
        source = f'the output "{port.output}" of "{port.step}"' if port is not None else "its input manager"
        source += f" of run {run_id[:8]}" if run_id is not None else ""
        failed = DagjobExecutionLoadInputError(
            f'step "{scope.key}": the input "{definition.name}" could not be loaded from {source} '
            f"({manager_key}): {type(error).__name__}: {error}",
            error,
        )
        for note in getattr(error, "__notes__", ()):  # where it was
            failed.add_note(note)
        raise failed from error
    scope.emit(_loaded(scope, definition, manager_key, port, context._metadata))
    return value


def _upstream(scope: AttemptScope, port: Port, run_id: str | None) -> OutputContext:
    """What the manager is told of the output that it loads."""
    op = op_of_step(scope.job, port.step)
    out = op.outs[port.output]
    return output_context(
        scope.run,
        run_id,
        name=port.output,
        step_key=port.step,
        mapping_key=port.mapping_key,
        definition_metadata=out.metadata,
        dagster_type=out.dagster_type,
        op_def=op,
        job_def=scope.job,
        config=scope.run.output_config.get(node_path(port.step), {}).get(port.output),
        resource_config=scope.run.resources.get(out.io_manager_key),
        resources=_resources_of(scope, out.io_manager_key),
        log=scope.log,
    )


def _loaded(
    scope: AttemptScope, definition: In, manager_key: str, port: Port | None, metadata: Mapping[str, Any]
) -> InputLoaded:
    if definition.metadata:
        from dagjob.values.metadata import those_that_show

        metadata = {**those_that_show(definition.metadata), **metadata}
    step, output, mapping_key = (port.step, port.output, port.mapping_key) if port is not None else (None, None, None)
    return InputLoaded(
        clock.time(), scope.key, scope.attempt, definition.name, manager_key, step, output, mapping_key, metadata
    )


def _from_config(scope: AttemptScope, definition: In, kind: DagjobType, value: Any) -> Any:
    loader = kind.loader
    if loader is None:
        raise DagjobInvariantViolationError(
            f'step "{scope.key}": the input "{definition.name}" has a value in the run config, but its type '
            f"{kind.display_name} cannot be made from config"
        )
    try:
        with user_code():
            return loader.construct_from_config_value(DagjobTypeLoaderContext(scope, loader, "this loader"), value)
    except Exception as error:
        if is_told_bare(error):
            raise
        raise DagjobTypeLoadingError(
            f'step "{scope.key}": the input "{definition.name}" could not be made from its config: '
            f"{type(error).__name__}: {error}",
            error,
        ) from error


def _check(scope: AttemptScope, definition: In, value: Any) -> None:
    kind = definition.dagster_type
    if kind.passes(value):
        scope.emit(InputChecked(clock.time(), scope.key, scope.attempt, definition.name, kind.display_name))
        return
    subject = f'input "{definition.name}" of {scope.owner}'
    result = check_value(scope, kind, value, subject)
    scope.emit(
        InputChecked(
            clock.time(), scope.key, scope.attempt, definition.name, kind.display_name,
            result.success, result.description, result.metadata,
        )
    )  # fmt: skip
    if not result.success:
        raise did_not_pass(kind, result, subject)
