"""The worker of a run that was started from Python: it remembers what its caller wants to have back."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from dagjob.engine.ports import Emit, StepCall
from dagjob.engine.step import StepAttempt
from dagjob.engine.worker import Worker
from dagjob.errors import (
    DagjobExecutionInterruptedError,
    DagjobMaxRetriesExceededError,
    DagjobUserCodeExecutionError,
)
from dagjob.plan.steps import Failed

if TYPE_CHECKING:
    from dagjob.definitions.jobs import JobDefinition
    from dagjob.engine.run_info import RunInfo
    from dagjob.launch.execute import Executed


class KeepingWorker(Worker):
    """A worker whose attempts can be asked for their exceptions and, with `values`, for their outputs.

    With `raises` the caller will raise what an op raised: then no failure hook runs after it.
    """

    def __init__(
        self, job: JobDefinition, run: RunInfo, direct: Mapping[str, Any], *, values: bool, raises: bool
    ) -> None:
        super().__init__(job, run, direct)
        if values:
            self.keep_values()
        self._attempts: dict[str, StepAttempt] = {}
        self._values = values
        self._raises = raises

    def __call__(self, call: StepCall, emit: Emit) -> StepAttempt:
        last = self.last
        if not self._values and last is not None and last.exception is None and last.interruption is None:
            self._attempts.pop(last.call.step.key, None)
        attempt = super().__call__(call, emit)
        attempt.hooks_after_failure = not self._raises
        self._attempts[call.step.key] = attempt
        return attempt

    def _interruption(self, done: Executed) -> BaseException | None:
        """What came from the keyboard while user code ran: the caller's own, whatever it has asked for."""
        if isinstance(done.failure, DagjobUserCodeExecutionError):
            own = done.failure.user_exception
            return own if isinstance(own, KeyboardInterrupt) else None
        for attempt in self._attempts.values():
            for raised in (attempt.exception, attempt.interruption):
                if isinstance(raised, (KeyboardInterrupt, DagjobExecutionInterruptedError)):
                    return raised
        return None

    def exception_of_run(self, done: Executed) -> BaseException | None:
        """What the caller raises for a run that did not go well: only where it is to, or user code was interrupted."""
        interruption = self._interruption(done)
        if interruption is not None or not self._raises:
            return interruption
        failed = [key for key in done.ended.failed_steps if key in self._attempts]
        return done.failure or (self.exception_of(failed[0]) if failed else None)

    def exception_of(self, key: str) -> BaseException:
        """What `raise_on_error` raises for a failed step."""
        attempt = self._attempts[key]
        error, outcome, policy = attempt.exception, attempt.outcome, attempt.call.step.retry
        assert error is not None
        if isinstance(outcome, Failed) and outcome.ask is None and outcome.retryable and policy is not None:
            exhausted = DagjobMaxRetriesExceededError(
                f'step "{key}" failed {attempt.call.attempt} times (at most {policy.max_retries} retries): '
                f"{outcome.error.type}: {outcome.error.message}\n{outcome.error.text}"
            )
            exhausted.__cause__ = error
            return exhausted
        if isinstance(outcome, Failed) and outcome.ask is not None:
            exhausted = DagjobMaxRetriesExceededError(
                f'step "{key}" asked for more than {outcome.ask.max_retries} retries: '
                f"{outcome.error.type}: {outcome.error.message}\n{outcome.error.text}"
            )
            exhausted.__cause__ = error
            return exhausted
        return _of_the_user(error)

    def values_by_step(self) -> dict[str, dict[str, Any]]:
        return {key: attempt.values for key, attempt in self._attempts.items()}


def _of_the_user(error: BaseException) -> BaseException:
    """The exception of the user's own code, also when it came from a type check, a loader or an IO manager."""
    own = error.user_exception if isinstance(error, DagjobUserCodeExecutionError) else None
    if own is None:
        return error
    own.add_note(str(error))  # which says where it was raised
    return own
