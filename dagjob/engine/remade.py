"""The exception of an attempt that is over, made again from what is known of it, for hooks that run after the fact."""

from __future__ import annotations

import sys
from collections.abc import Mapping

from dagjob.errors import ChildProcessCrashException, DagjobError, DagjobOpTimeoutError
from dagjob.events import ErrorInfo
from dagjob.plan.steps import Failed
from dagjob.values.failures import Failure, RetryRequested

_CUT_OFF: Mapping[str, type[DagjobError]] = {"DJ402": ChildProcessCrashException, "DJ403": DagjobOpTimeoutError}
"""What hooks get as the exception of an attempt that was cut off."""


def exception_of(failed: Failed) -> BaseException:
    """One of the same class and text, where the class is known here; what else the user's object had is gone."""
    error = failed.error
    if error.code in _CUT_OFF:
        return _CUT_OFF[error.code](error.message)
    if failed.failure is not None:
        return Failure(failed.failure.description, failed.failure.metadata)
    made = _of_class(error)
    if failed.ask is None:
        return made
    asked = RetryRequested(failed.ask.max_retries, failed.ask.wait)
    asked.__cause__ = made
    return asked


def _of_class(error: ErrorInfo) -> BaseException:
    kind = vars(sys.modules.get(error.module, sys)).get(error.type)
    if isinstance(kind, type) and issubclass(kind, Exception):
        try:
            made = kind.__new__(kind, error.message)  # not by its constructor, which may want anything
            str(made), repr(made)
        except Exception:  # of the user's class: it needs more than its text
            return DagjobError(error.message)
        return made
    return DagjobError(error.message)
