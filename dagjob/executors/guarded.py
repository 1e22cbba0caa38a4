"""An executor of a user, with every answer of it checked: what goes wrong in it is its author's mistake, and told as such.

One that cannot take a call fails that op; one that raises while it is waited for, or tells of what is not so, ends the run.
"""

from __future__ import annotations

from collections.abc import Sequence

from dagjob.clock import time
from dagjob.engine.describe import describe
from dagjob.engine.ports import Emit, Executor, StepCall, StepDone
from dagjob.errors import DagjobExecutorFunctionError
from dagjob.events import EngineNoted
from dagjob.plan.steps import Failed, Succeeded


class Guarded(Executor):
    """Does what `executor` does; `name` is that of its definition. Raises `DagjobExecutorFunctionError`, and nothing else."""

    def __init__(self, executor: Executor, name: str, emit: Emit) -> None:
        self._executor = executor
        self._subject = f'executor "{name}"'
        self._emit = emit
        self._out: dict[str, int] = {}
        """What it was given and has not told the end of: steps, and the number of the attempt."""
        self._refused: list[StepDone] = []
        self._broken = False
        """Whether it could not be closed."""

    @property
    def slots(self) -> int:  # type: ignore[override]
        return self._executor.slots

    @property
    def in_this_process(self) -> bool:  # type: ignore[override]
        return self._executor.in_this_process

    @property
    def start_method(self) -> str | None:  # type: ignore[override]
        return self._executor.start_method

    def start(self) -> None:
        """See `Executor.start`."""
        try:
            self._executor.start()
        except Exception as error:
            raise self._failed("start", error) from error

    def submit(self, call: StepCall) -> None:
        """See `Executor.submit`. Where it raises, the op has failed."""
        try:
            self._executor.submit(call)
        except Exception as error:
            failed = Failed(describe(_with_cause(self._failed("submit", error), error)), source="FRAMEWORK_ERROR")
            self._refused.append(StepDone(call.step.key, call.attempt, failed))
        else:
            self._out[call.step.key] = call.attempt

    def wait(self, timeout: float | None) -> Sequence[StepDone]:
        """See `Executor.wait`."""
        if self._refused:
            refused, self._refused = self._refused, []
            return refused
        try:
            ended = self._executor.wait(timeout)
        except Exception as error:
            raise self._failed("wait", error) from error
        if not isinstance(ended, (list, tuple)):
            raise self._wrong(f"returned {ended!r} from wait, which is no list of StepDone")
        for done in ended:
            self._check(done)
        return ended

    def before_showing(self) -> None:
        """See `Executor.before_showing`."""
        try:
            self._executor.before_showing()
        except Exception as error:
            self._note("before_showing", error)

    def after_showing(self) -> None:
        """See `Executor.after_showing`."""
        try:
            self._executor.after_showing()
        except Exception as error:
            self._note("after_showing", error)

    def pause(self) -> None:
        """See `Executor.pause`."""
        try:
            self._executor.pause()
        except Exception as error:
            self._note("pause", error)

    def go_on(self, seconds: float) -> None:
        """See `Executor.go_on`."""
        try:
            self._executor.go_on(seconds)
        except Exception as error:
            self._note("go_on", error)

    def interrupt(self, grace: float) -> None:
        """See `Executor.interrupt`."""
        try:
            self._executor.interrupt(grace)
        except Exception as error:
            self._note("interrupt", error)

    def close(self) -> None:
        """See `Executor.close`."""
        if self._broken:
            return
        try:
            self._executor.close()
        except Exception as error:
            self._broken = True
            self._note("close", error)

    def _check(self, done: object) -> None:
        if not isinstance(done, StepDone):
            raise self._wrong(f"returned {done!r} from wait, which is no StepDone")
        if not isinstance(done.outcome, (Succeeded, Failed)):
            raise self._wrong(
                f'says of "{done.step}" that it ended with {done.outcome!r}: neither Succeeded nor Failed'
            )
        if self._out.get(done.step) != done.attempt:
            raise self._wrong(
                f'says that attempt {done.attempt} of "{done.step}" has ended, which it was not given, or has told of before'
            )
        del self._out[done.step]

    def _wrong(self, what: str) -> DagjobExecutorFunctionError:
        return DagjobExecutorFunctionError(f"{self._subject} {what}")

    def _failed(self, method: str, error: Exception) -> DagjobExecutorFunctionError:
        return DagjobExecutorFunctionError(
            f"{self._subject} raised in its method {method}: {type(error).__name__}: {error}", error
        )

    def _note(self, method: str, error: Exception) -> None:
        failed = _with_cause(self._failed(method, error), error)
        self._emit(EngineNoted(time(), str(failed), None, describe(failed), level="warning"))


def _with_cause(error: DagjobExecutorFunctionError, cause: Exception) -> DagjobExecutorFunctionError:
    error.__cause__ = cause
    return error
