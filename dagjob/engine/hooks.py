"""Run the hooks that the outcome of a step triggers. A hook that raises is told of, and changes nothing."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from dagjob import clock
from dagjob.definitions.hooks import HookDefinition, HookExecutionResult
from dagjob.engine.attempt import AttemptScope
from dagjob.engine.describe import describe
from dagjob.engine.facts import Resources
from dagjob.engine.hook_context import HookContext
from dagjob.engine.interrupts import user_code
from dagjob.errors import CheckError, DagjobUserCodeExecutionError, HookExecutionError
from dagjob.events import HookRan
from dagjob.plan.steps import Failed
from dagjob.values.checks import brief

if TYPE_CHECKING:
    from dagjob.engine.dagster_events import DagjobEvent
    from dagjob.engine.step import StepAttempt


def run_hooks(scope: AttemptScope, hooks: Sequence[HookDefinition], attempt: StepAttempt) -> None:
    """Call each hook that applies, in order of their names; say of each what became of it."""
    outcome = attempt.outcome
    again = isinstance(outcome, Failed) and scope.will_retry(outcome)
    events: Sequence[DagjobEvent] = ()
    if any(hook.wants_events for hook in hooks):
        from dagjob.engine.dagster_view import dagster_view

        events = [event for event in dagster_view(attempt.events(), scope.run.job) if event.is_step_event]
    for hook in hooks:
        if again or not hook.applies(failed=isinstance(outcome, Failed)):
            scope.emit(HookRan(clock.time(), scope.key, scope.attempt, hook.name, "skipped"))
            continue
        try:
            with user_code():
                result = hook.run(_context(scope, hook, attempt), events if hook.wants_events else ())
            if not isinstance(result, HookExecutionResult):
                raise CheckError(
                    f"it returned {brief(result)} ({type(result).__name__}); a hook that takes the events returns a "
                    f'HookExecutionResult: HookExecutionResult("{hook.name}", is_skipped=False)'
                )
        except BaseException as error:
            if isinstance(error, KeyboardInterrupt):
                attempt.interruption = error
            raised = HookExecutionError(
                f'hook "{hook.name}" raised after step "{scope.key}": {type(error).__name__}: {error}',
                error,
            )
            raised.__cause__ = error
            scope.emit(HookRan(clock.time(), scope.key, scope.attempt, hook.name, "errored", describe(raised)))
        else:
            scope.emit(
                HookRan(
                    clock.time(), scope.key, scope.attempt, hook.name, "skipped" if result.is_skipped else "completed"
                )
            )


def _context(scope: AttemptScope, hook: HookDefinition, attempt: StepAttempt) -> HookContext:
    return HookContext(
        Resources({key: scope.resources[key] for key in hook.required_resource_keys}, f'hook "{hook.name}"'),
        scope.log,
        job_name=scope.run.job,
        run_id=scope.run.run_id,
        step_key=scope.key,
        op=scope.node,
        hook_def=hook,
        op_config=scope.op_config,
        op_exception=_as_raised(attempt.exception),
        op_output_values=attempt.values,
        op_output_metadata=attempt.output_metadata,
        open_instance=scope.open_instance,
    )


def _as_raised(error: BaseException | None) -> BaseException | None:
    """What user code raised, an IO manager or a type check too, without what says where."""
    return (error.user_exception or error) if isinstance(error, DagjobUserCodeExecutionError) else error
