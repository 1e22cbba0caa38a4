"""An output that keeps the rules is stored by its IO manager, before the body goes on."""

from __future__ import annotations

from types import GeneratorType
from typing import TYPE_CHECKING, Any

from dagjob import clock
from dagjob.definitions.parameters import awaited
from dagjob.engine.attempt import AttemptScope
from dagjob.engine.interrupts import user_code
from dagjob.engine.io_contexts import OutputContext, output_context
from dagjob.engine.output_rules import TakenOutput
from dagjob.errors import (
    DagjobError,
    DagjobExecutionHandleOutputError,
    DagjobInvariantViolationError,
    is_told_bare,
)
from dagjob.events import AssetReported, OutputChecked, OutputStored
from dagjob.plan.steps import Port
from dagjob.values.checks import brief
from dagjob.values.failures import Failure, RetryRequested

if TYPE_CHECKING:
    from collections.abc import Mapping

    from dagjob.definitions.outputs import Out

_IN_FILES = "dagjob.builtin.fs_io"
_GIVE_BACK_WHAT_THEY_GOT = (_IN_FILES, "dagjob.builtin.mem_io")
"""Where the IO managers live whose `load_input` need not be asked. One of the user's, a subclass too, always is."""


def store_output(scope: AttemptScope, taken: TakenOutput, metadata: Mapping[str, Any]) -> Port:
    """Say what its type check said, and store one output. `metadata` is what the op attached to it. Returns what was made."""
    out, check, refusal = taken.out, taken.check, taken.refusal
    scope.emit(
        OutputChecked(
            clock.time(), scope.key, scope.attempt, out.name, out.dagster_type.display_name, taken.mapping_key,
            refusal is None, check.description if check is not None else None,
            check.metadata if check is not None else {}, metadata,
        )
    )  # fmt: skip
    if refusal is not None:
        raise refusal
    port = Port(scope.key, out.name, taken.mapping_key)
    if not out.dagster_type.is_nothing:
        _store(scope, out, taken.value, port, metadata)
    return port


def _store(scope: AttemptScope, out: Out, value: Any, port: Port, metadata: Mapping[str, Any]) -> None:
    manager_key, mapping_key = out.io_manager_key, port.mapping_key
    manager = scope.resources[manager_key]
    whose = type(manager).__module__
    folder = scope.run.out_dir if whose == _IN_FILES and manager.base_dir is None else None
    context = None
    try:
        with user_code():
            if folder is not None:  # Nobody will ask a context anything.
                path, size = manager.store_in(folder, port.step, port.output, mapping_key, value)
            else:
                context = _context_of(scope, out, mapping_key, metadata)
                _report(scope, out, context, awaited(manager.handle_output(context, value)))
                path, size = context.stored
    except (Failure, RetryRequested):
        raise  # what a body may raise to say how the step fails, a manager may raise too
    except Exception as error:
        if is_told_bare(error):
            if isinstance(error, DagjobError) and error.code == "DJ404":
                raise _about(error, scope, out) from error.__cause__
            raise
        raise DagjobExecutionHandleOutputError(
            f'step "{scope.key}": the output "{out.name}" could not be stored by "{manager_key}": '
            f"{type(error).__name__}: {error}",
            error,
        ) from error
    added: Mapping[str, Any] = {}
    if context is not None:
        added = context.get_logged_metadata()
        for event in context.get_logged_events():
            scope.emit(AssetReported(clock.time(), scope.key, scope.attempt, event))
    if whose in _GIVE_BACK_WHAT_THEY_GOT:
        scope.memory.keep(port, manager_key, value)
    scope.emit(
        OutputStored(
            clock.time(), scope.key, scope.attempt, out.name, manager_key, mapping_key, added, path, size
        )
    )  # fmt: skip


def _context_of(scope: AttemptScope, out: Out, mapping_key: str | None, metadata: Mapping[str, Any]) -> OutputContext:
    """What the IO manager of an output is told."""

    def more() -> Mapping[str, Any]:
        return {
            "definition_metadata": out.metadata,
            "dagster_type": out.dagster_type,
            "op_def": scope.op,
            "job_def": scope.job,
            "version": out.code_version,
            "config": scope.step.output_config.get(out.name),
            "resource_config": scope.run.resources.get(out.io_manager_key),
            "resources": scope.resource_view(out.io_manager_key),
            "log": scope.log,
            "scope": scope,
        }

    return output_context(
        scope.run, more=more, name=out.name, step_key=scope.key, mapping_key=mapping_key, output_metadata=metadata
    )


def _about(error: DagjobError, scope: AttemptScope, out: Out) -> DagjobError:
    told = DagjobInvariantViolationError(f'output "{out.name}" of {scope.owner}: {error}')
    told.code = error.code
    return told.noting(*error.notes)


def _report(scope: AttemptScope, out: Out, context: OutputContext, handed: Any) -> None:
    """What `handle_output` returned or yielded: nothing, materializations, dicts of metadata.

    A materialization without metadata of its own has that of the output.
    """
    if handed is None:
        return
    from dagjob.values.observations import AssetMaterialization

    told: list[AssetMaterialization] = []
    for thing in handed if isinstance(handed, GeneratorType) else (handed,):
        if isinstance(thing, AssetMaterialization):
            told.append(thing)
        elif isinstance(thing, dict):
            context._replace_metadata(thing)
        else:
            raise DagjobInvariantViolationError(
                f'the IO manager of the output "{out.name}" of {scope.owner} handed back {brief(thing)} '
                f"({type(thing).__name__}): handle_output returns nothing, an AssetMaterialization or a dict of "
                "metadata, and may yield those"
            )
    metadata = context.get_logged_metadata()
    for each in told:
        if metadata and each.metadata:
            raise DagjobInvariantViolationError(
                f'the IO manager of the output "{out.name}" of {scope.owner} gave metadata in two ways: in an '
                f"AssetMaterialization ({', '.join(each.metadata)}) and for the output ({', '.join(metadata)}); "
                "use one of them"
            )
        context.log_event(each.with_metadata(metadata) if metadata else each)
