"""One family of errors, each with its exit code and what a screen needs to explain it.

Its `diagnostics` are what `dagjob` prints: code, message, place, notes, suggestion; by default the one made from the
message. A `DagjobError` is something the user can act on, and is shown without our traceback; anything else that
escapes is a bug of ours (exit 3).

The names are Dagster's, with `Dagster` turned into `Dagjob` (contract def-0). `Failure` and `RetryRequested`, which ops
raise, are no errors of ours and live in `values/failures.py`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Any, Self

from dagjob.record import Record, replace

if TYPE_CHECKING:
    from types import TracebackType

    from dagjob.events import ErrorInfo


class ExitCode:
    """The exit codes of the command. Plain integers: `sys.exit` takes them as they are."""

    OK = 0
    FAILED = 1
    USAGE = 2
    INTERNAL = 3
    LOAD = 4
    EMPTY = 5
    CONFIG = 6
    STATE = 7
    BUSY = 8
    TIMEOUT = 124
    SIGHUP = 129
    SIGINT = 130
    SIGPIPE = 141
    SIGTERM = 143


class Place(Record):
    """Where in a text something is: lines and columns count from 1, `length` in characters (0: unknown).

    `file` is a path, or a name for a text that is no file, such as `command line`; then `text` is that text.
    """

    file: str
    line: int = 0
    column: int = 0
    length: int = 1
    text: str | None = None


class Diagnostic(Record):
    """A problem, ready to be shown: every screen and the JSON of `validate` are made of these.

    `label` stands under the marked text of the excerpt ("did you mean ..."); each note becomes a line `= note`;
    `path` is the address inside the run config, such as `root:ops:load:config:limit`.
    """

    code: str
    message: str
    place: Place | None = None
    label: str = ""
    notes: tuple[str, ...] = ()
    suggestion: str | None = None
    path: str = ""
    severity: str = "error"

    def reworded(self, change: Callable[[str], str]) -> Diagnostic:
        """The same with all its sentences changed by `change`, for instance masked."""
        notes = tuple(map(change, self.notes))
        return replace(self, message=change(self.message), label=change(self.label), notes=notes)


class DagjobError(Exception):
    """Something the user can act on: shown as a message, without our traceback."""

    exit_code: int = ExitCode.LOAD
    code: str = "DJ301"
    notes: tuple[str, ...] = ()
    place: Place | None = None
    mask: Callable[[str], str] | None = None
    """Masks the secrets in all that is shown with this error, messages of the user's code included."""
    secrets: object = None
    """What is secret in the config that the error is about, where that is known."""
    _diagnostics: tuple[Diagnostic, ...] = ()

    @property
    def diagnostics(self) -> Sequence[Diagnostic]:
        """What to show, in order."""
        return self._diagnostics or (Diagnostic(self.code, str(self), self.place, notes=tuple(self.notes)),)

    def with_diagnostics(self, diagnostics: Iterable[Diagnostic]) -> Self:
        """The same error, shown with these."""
        self._diagnostics = tuple(diagnostics)
        return self

    def at(self, place: Place | None) -> Self:
        """The same error with the place where it happened; for `raise SomeError(...).at(place)`."""
        self.place = place
        return self

    def noting(self, *notes: str) -> Self:
        """The same error with hints on how to go on, one line each."""
        self.notes = (*self.notes, *notes)
        return self


# -- argument checks -----------------------------------------------------------------------------------------------


class CheckError(DagjobError):
    """An argument of a public function is not what it must be."""


class ParameterCheckError(CheckError):
    """A parameter has the wrong type."""


# -- definitions ---------------------------------------------------------------------------------------------------


class DagjobInvalidDefinitionError(DagjobError):
    """An op, graph, job, resource or type is not well formed."""


class DagjobInvariantViolationError(DagjobError):
    """Something was used in a way that its rules exclude."""


class DagjobLeftOutError(DagjobInvariantViolationError):
    """Something that Dagster has and dagjob leaves out (assets, schedules, sensors ...) was to do its work."""

    code = "DJ304"


class DagjobNoValueYetError(DagjobInvariantViolationError, AttributeError):
    """What stands for an output while a job is composed was asked for an attribute of its value."""


class DagjobInvalidConfigDefinitionError(DagjobInvalidDefinitionError):
    """Something that is no config schema was given as one."""


class DagjobInvalidPythonicConfigDefinitionError(DagjobError):
    """A `Config` class has a field that no config schema can describe."""


class DagjobInvalidInvocationError(DagjobError):
    """A definition was called with arguments that do not fit."""


class DagjobInvalidPropertyError(DagjobError):
    """A property was read that this context does not have."""


class DagjobInvalidSubsetError(DagjobError):
    """A selection is wrong, or selects nothing."""

    exit_code = ExitCode.EMPTY
    code = "DJ104"


class DagjobInvalidMetadata(DagjobError):
    """A metadata value of a kind that cannot be kept."""


class DagjobUnmetExecutorRequirementsError(DagjobError):
    """The executor needs something that the job or the run does not have."""


class DagjobMissingExtraError(DagjobUnmetExecutorRequirementsError):
    """The executor needs packages that do not come with dagjob by itself."""

    code = "DJ601"


class DagjobUnknownResourceError(DagjobError, AttributeError):
    """`context.resources` was asked for a key that was not declared."""


# -- finding and loading jobs --------------------------------------------------------------------------------------


class DagjobTargetError(DagjobInvariantViolationError):
    """A target does not lead to a job: unknown, ambiguous, or of the wrong kind."""

    code = "DJ101"


class DagjobUnknownTargetError(DagjobTargetError):
    """There is no such job, op or run."""

    exit_code = ExitCode.EMPTY
    code = "DJ101"


class DagjobAmbiguousTargetError(DagjobTargetError):
    """A target leads to several jobs."""

    code = "DJ102"


class DagjobImportError(DagjobError):
    """A module of the user cannot be imported. `info` is what its code raised, with the user's frames."""

    code = "DJ103"
    info: ErrorInfo | None = None


# -- config and partitions -----------------------------------------------------------------------------------------


class DagjobInvalidConfigError(DagjobError):
    """The run config does not fit the job. `errors` holds all that is wrong, each with path and reason."""

    exit_code = ExitCode.CONFIG
    code = "DJ201"

    def __init__(
        self,
        context: str,
        errors: Iterable[Any],
        config_value: object = None,
        diagnostics: Sequence[Diagnostic] = (),
    ) -> None:
        self.errors = list(errors)
        self.error_messages = [error.message for error in self.errors]
        self.config_value = config_value
        self._context = context
        self._diagnostics = tuple(diagnostics)
        numbered = "".join(f"\n    Error {n}: {m}" for n, m in enumerate(self.error_messages, 1))
        super().__init__(context + numbered)

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (self._context, self.errors, self.config_value, self._diagnostics)


class DagjobConfigFileError(DagjobInvariantViolationError):
    """A config file, or a value of `--set`, is not the YAML that it must be. All that is wrong is in `diagnostics`."""

    exit_code = ExitCode.CONFIG
    code = "DJ206"

    def __init__(self, message: str, diagnostics: Sequence[Diagnostic] = ()) -> None:
        super().__init__(message)
        self._diagnostics = tuple(diagnostics)


class DagjobPartitionError(DagjobInvariantViolationError):
    """A run needs a partition and has none, has one and its job knows none, or has a range that cannot be."""

    exit_code = ExitCode.CONFIG
    code = "DJ207"


class DagjobUnknownPartitionError(DagjobError):
    """There is no such partition key."""

    exit_code = ExitCode.CONFIG
    code = "DJ208"


class DagjobNoPartitionError(DagjobError):
    """None of the partitions that were asked for is there."""

    exit_code = ExitCode.EMPTY
    code = "DJ208"


# -- running -------------------------------------------------------------------------------------------------------


def is_told_bare(error: BaseException) -> bool:
    """Is it an error of ours that code of the user has let through? A failed check is the code's own, as in Dagster."""
    return isinstance(error, DagjobError) and not isinstance(error, CheckError)


class DagjobUserCodeExecutionError(DagjobError):
    """Code of the user raised while we ran it; the exception is the cause, and `user_exception`."""

    exit_code = ExitCode.FAILED
    code = "DJ401"

    def __init__(self, message: str, user_exception: BaseException | None = None) -> None:
        super().__init__(message)
        self.user_exception = user_exception

    @property
    def original_exc_info(
        self,
    ) -> tuple[type[BaseException] | None, BaseException | None, TracebackType | None]:
        """What `sys.exc_info()` was when the user's code raised."""
        error = self.user_exception
        return (type(error), error, error.__traceback__) if error else (None, None, None)


class DagjobExecutionStepExecutionError(DagjobUserCodeExecutionError):
    """The body of an op raised."""


class DagjobResourceFunctionError(DagjobUserCodeExecutionError):
    """A resource could not be made."""


class DagjobExecutorFunctionError(DagjobUserCodeExecutionError):
    """An executor could not be made, or does not work."""

    exit_code = ExitCode.LOAD


class DagjobTypeCheckError(DagjobUserCodeExecutionError):
    """The check function of a type raised."""


class DagjobTypeLoadingError(DagjobUserCodeExecutionError):
    """The loader of a type raised."""


class DagjobConfigMappingFunctionError(DagjobUserCodeExecutionError):
    """A config mapping or a `configured` function raised."""

    exit_code = ExitCode.CONFIG


class DagjobPartitionFunctionError(DagjobUserCodeExecutionError):
    """A function that makes config or tags for a partition raised. Python code gets what it raised."""

    exit_code = ExitCode.CONFIG
    code = "DJ208"


class DagjobExecutionLoadInputError(DagjobUserCodeExecutionError):
    """An IO manager raised while it loaded an input."""

    code = "DJ405"


class DagjobExecutionHandleOutputError(DagjobUserCodeExecutionError):
    """An IO manager raised while it stored an output."""

    code = "DJ404"


class HookExecutionError(DagjobUserCodeExecutionError):
    """A hook raised."""


class DagjobTypeCheckDidNotPass(DagjobError):
    """A value is not of the type that its input or output declares."""

    exit_code = ExitCode.FAILED
    code = "DJ401"

    def __init__(
        self,
        message: str,
        description: str | None = None,
        metadata: Any = None,
        dagster_type: Any = None,
    ) -> None:
        super().__init__(message)
        self.description = description
        self.metadata = metadata or {}
        self.dagster_type = dagster_type


class DagjobStepOutputNotFoundError(DagjobError):
    """An op ended without one of its required outputs."""

    exit_code = ExitCode.FAILED
    code = "DJ401"

    def __init__(self, message: str, step_key: str = "", output_name: str = "") -> None:
        super().__init__(message)
        self.step_key = step_key
        self.output_name = output_name


class DagjobMaxRetriesExceededError(DagjobError):
    """An op failed and has no retries left."""

    exit_code = ExitCode.FAILED
    code = "DJ401"


class DagjobExecutionStepNotFoundError(DagjobError):
    """A step selection names steps that the plan does not have."""

    exit_code = ExitCode.EMPTY
    code = "DJ104"

    def __init__(self, message: str, step_keys: Sequence[str] = ()) -> None:
        super().__init__(message)
        self.step_keys = list(step_keys)


class DagjobSubprocessError(DagjobError):
    """Child processes of a run ended badly."""

    exit_code = ExitCode.FAILED


class ChildProcessCrashException(DagjobError):
    """The process of an op died. `exit_code_of_child` is negative for a signal, as in `subprocess`."""

    exit_code = ExitCode.FAILED
    code = "DJ402"

    def __init__(self, message: str, exit_code_of_child: int | None = None) -> None:
        super().__init__(message)
        self.exit_code_of_child = exit_code_of_child


class DagjobOpTimeoutError(DagjobError):
    """An op ran longer than it may."""

    exit_code = ExitCode.FAILED
    code = "DJ403"


class DagjobExecutionInterruptedError(BaseException):
    """The run was interrupted while user code ran. A `BaseException`: `except Exception` does not catch it."""


# -- state ---------------------------------------------------------------------------------------------------------


class DagjobStateError(DagjobError):
    """The state directory cannot be used: not writable, locked, or of a newer version."""

    exit_code = ExitCode.STATE
    code = "DJ501"


class DagjobRunTimeoutError(DagjobError):
    """The run took longer than its timeout."""

    exit_code = ExitCode.TIMEOUT
    code = "DJ403"


class DagjobBusyError(DagjobError):
    """Another run holds the lock or all slots of the pool that this one needs, and it was told not to wait."""

    exit_code = ExitCode.BUSY
    code = "DJ504"


class DagjobRunNotFoundError(DagjobError):
    """There is no such run."""

    exit_code = ExitCode.EMPTY
    code = "DJ101"


class DagjobEventLogInvalidForRun(DagjobError):
    """The events of a run do not make a run."""

    exit_code = ExitCode.STATE


class DagjobUsageError(DagjobError):
    """The command line, a settings file or an environment variable is wrong."""

    exit_code = ExitCode.USAGE
    code = "DJ100"


# -- warnings ------------------------------------------------------------------------------------------------------


class ConfigArgumentWarning(SyntaxWarning):
    """A parameter looks like a config argument but is not called `config`."""


class BetaWarning(Warning):
    """A parameter that Dagster marks as beta."""


class PreviewWarning(Warning):
    """A parameter that Dagster marks as preview."""


class SupersessionWarning(FutureWarning):
    """Something that Dagster has superseded."""


class LeftAloneWarning(UserWarning):
    """Definitions of Dagster's that dagjob has no use for stand beside jobs."""


def warn_user(message: str, category: type[Warning], place: Place | None = None) -> None:
    """Warn at a line of the user: `place`, or else the innermost calling line outside of this package."""
    import sys
    from warnings import warn, warn_explicit

    if place is not None and place.line:
        warn_explicit(message, category, place.file, place.line)
        return
    package = __file__.removesuffix("errors.py")
    frame, level = sys._getframe(1), 2
    while frame.f_back is not None and frame.f_code.co_filename.startswith(package):
        frame, level = frame.f_back, level + 1
    warn(message, category, stacklevel=level)


def nearest(name: str, known: Iterable[str], ratio: float = 0.7) -> str | None:
    """The known name that the user probably meant, or None. Imports difflib, so only call it for an error."""
    from difflib import get_close_matches

    return next(iter(get_close_matches(name, list(known), n=1, cutoff=ratio)), None)


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """` Did you mean "x"?` with a leading space, or nothing."""
    near = nearest(name, known)
    return f' Did you mean "{near}"?' if near else ""
