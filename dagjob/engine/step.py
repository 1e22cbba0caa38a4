"""One attempt of one step: resources, inputs, body, outputs, outcome; afterwards its hooks.

The first half (`run`) ends with the outcome as a value, so that it can be reported before the hooks of the second half
(`finish`) have their turn. Past this file nobody sees an exception of user code: it is in the outcome.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from types import GeneratorType
from typing import TYPE_CHECKING, Any

from dagjob import clock
from dagjob.definitions.walk import nodes_along
from dagjob.engine.attempt import AttemptScope, Memory
from dagjob.engine.calls import handed_back, raw_call
from dagjob.engine.contexts import RUNNING, OpExecutionContext
from dagjob.engine.describe import describe
from dagjob.engine.inputs import load_inputs
from dagjob.engine.interrupts import user_code
from dagjob.engine.output_rules import OutputRules, not_allowed, returned_plainly
from dagjob.engine.outputs import store_output
from dagjob.engine.ports import Emit, StepCall
from dagjob.engine.resources import OpenResources
from dagjob.errors import (
    CheckError,
    DagjobError,
    DagjobExecutionHandleOutputError,
    DagjobExecutionInterruptedError,
    DagjobExecutionLoadInputError,
    DagjobResourceFunctionError,
    DagjobUserCodeExecutionError,
)
from dagjob.events import (
    AssetReported,
    EngineNoted,
    Event,
    ExpectationReported,
    FailureData,
    StepFailed,
    StepRetrying,
    StepStarted,
    StepSucceeded,
)
from dagjob.plan.steps import Failed, Outcome, Port, RetryAsk, Step, Succeeded
from dagjob.record import replace
from dagjob.values.failures import Failure, RetryRequested
from dagjob.values.results import DynamicOutput, Output

if TYPE_CHECKING:
    from logging import Logger

    from dagjob.definitions.hooks import HookDefinition
    from dagjob.definitions.jobs import JobDefinition
    from dagjob.definitions.ops import OpDefinition
    from dagjob.definitions.outputs import Out
    from dagjob.engine.bars import Bars
    from dagjob.engine.job_loggers import EventLogger, JobLoggers
    from dagjob.engine.logs import StepLogger
    from dagjob.engine.run_info import RunInfo


class StepAttempt:
    """An attempt that is about to be made. `shared` are the run's open resources; None: the attempt opens its own.

    After `run`, `exception` is what ended it badly and `values` are its outputs, where somebody wants them.
    """

    def __init__(
        self,
        call: StepCall,
        emit: Emit,
        *,
        job: JobDefinition,
        run: RunInfo,
        direct: Mapping[str, Any],
        shared: OpenResources | None,
        memory: Memory,
        loggers: Callable[[], list[Logger]],
        keep_values: bool = False,
        debug: bool = False,
    ) -> None:
        self.exception: BaseException | None = None
        self.interruption: KeyboardInterrupt | None = None
        """What came from the keyboard while a hook ran, which it did not end."""
        self.values: dict[str, Any] = {}
        self.outcome: Outcome | None = None
        self._beginning: StepStarted | None = None
        self._made: list[Port] = []
        self._given: Mapping[str, Any] = {}
        """The values of its inputs, while its body runs."""
        self.call = call
        self.hooks_after_failure = True
        """False: the exception leaves the run before failure hooks would run."""
        self._own = OpenResources() if shared is None else None
        self._resources = shared or self._own or OpenResources()
        self._direct = direct
        self._loggers = loggers
        self._opened_log: list[StepLogger] = []
        self._event_logger: EventLogger | None = None
        self._told: JobLoggers | None = None
        self._scope = AttemptScope(
            call,
            emit,
            job=job,
            run=run,
            resources=self._resources.by_key,
            log=self._open_log,
            memory=memory,
        )
        self._hooks = hooks_of(job, call.step.node) if call.step.hooked else []
        self._keep_values = keep_values or bool(self._hooks)
        self._heard: list[Event] = []
        if self._hooks and any(hook.wants_events for hook in self._hooks):
            self._scope.emit = self._hear(emit)
        self.output_metadata: dict[str, Any] = {}
        self._debug = debug

    # -- first half ------------------------------------------------------------------------------------------------

    def begin(self) -> None:
        """Say that it begins, unless only its hooks are to run."""
        scope = self._scope
        if scope.call.ended is None:
            self._beginning = StepStarted(clock.time(), scope.key, scope.attempt, os.getpid(), scope.call.log)
            scope.emit(self._beginning)

    def run(self) -> Outcome:
        """From inputs to outcome. Begins, if that was not done, and never raises."""
        scope = self._scope
        if scope.call.ended is not None:
            return self._only_hooks(scope.call.ended)
        if self._beginning is None:
            self.begin()
        started, ready = clock.monotonic(), False
        bars = _bars_of(scope)
        if not scope.run.loggers and ("dagjob.engine.logs" in sys.modules or scope.run.capture_loggers):
            self._open_log()  # somebody has called get_dagster_logger: its lines are this step's now
        try:
            if self._scope.run.loggers:
                self._tell_loggers()
            if self._own is not None:
                self._own.open(
                    scope.step.resources,
                    scope.job.resource_defs,
                    scope.run,
                    scope.emit,
                    log=self._open_log,
                    step=scope.key,
                    in_worker=True,
                )
                scope.resources = self._own.by_key
            ready = True
            self._do()
        except BaseException as error:  # the border with user code: whatever it raises becomes a value
            self.exception = error
            ended = failed(error, clock.monotonic() - started)
            if isinstance(error, CheckError) and not ready:  # what was made for it is none, which no body raised
                ended = replace(ended, source="UNEXPECTED_ERROR")
            if self._given:
                ended = _with_inputs(ended, scope.step, self._given)
            if (without := scope.run.variables_without) is not None:
                ended = _with_variables(ended, error, without)
            self.outcome = replace(ended, made=tuple(self._made)) if self._made else ended
            if self._debug and self.outcome.status != "canceled":
                self.outcome = self._debugged(error, self.outcome)
        else:
            self.outcome = Succeeded(tuple(self._made), clock.monotonic() - started)
        if bars is not None:
            bars.end()
        scope.end_reports()
        self._given = {}
        return self.outcome

    def _only_hooks(self, ended: Failed) -> Outcome:
        """The attempt is over: get ready for its hooks, which `finish` runs."""
        from dagjob.engine.remade import exception_of

        scope = self._scope
        self.outcome = ended
        self.exception = exception_of(ended)
        needed = {key for hook in self._hooks for key in hook.required_resource_keys}
        try:
            if self._own is not None and needed:
                self._own.open(
                    needed,
                    scope.job.resource_defs,
                    scope.run,
                    scope.emit,
                    log=self._open_log,
                    step=scope.key,
                    in_worker=True,
                )
        except BaseException as error:
            self._hooks = []
            text = "its hooks did not run, as their resources could not be opened"
            scope.emit(EngineNoted(clock.time(), text, scope.key, describe(error), level="error"))
        return ended

    def _debugged(self, error: BaseException, outcome: Failed) -> Failed:
        """Stop where it was raised. The outcome, unless the person interrupts the run there."""
        from dagjob.engine.debugger import post_mortem

        try:
            with user_code():
                post_mortem(self._scope.key, error)
        except (DagjobExecutionInterruptedError, KeyboardInterrupt) as interruption:
            return failed(interruption, outcome.seconds)
        return outcome

    def _do(self) -> None:
        scope, op = self._scope, self._scope.op
        inputs = self._given = load_inputs(scope, self._direct)
        config = op.config_param.build(scope.step.config) if op.config_param is not None else None
        resources = {key: scope.resources[key] for key in op.resource_params.values()} if op.resource_params else {}
        context = OpExecutionContext(scope)
        rules = OutputRules(scope)
        token = RUNNING.set(context)
        try:
            with user_code():
                handed = raw_call(op, context, inputs, config, resources)
            out = returned_plainly(op, handed)
            if out is None:
                self._take_all(op, handed, rules, context)
            else:
                if context.has_events():
                    self._pass_on_events(context)
                self._made.append(self._store(out, handed, None, {}, rules, context))
        finally:
            RUNNING.reset(token)

    def _take_all(self, op: OpDefinition, handed: Any, rules: OutputRules, context: OpExecutionContext) -> None:
        """Take what the body hands back, one thing after the other; that of a generator runs meanwhile."""
        made = self._made
        things: Iterator[Any] | None = None
        try:
            with user_code():
                things = handed_back(op, handed)
            while True:
                with user_code():
                    thing = next(things, _NO_MORE)
                if context.has_events():
                    self._pass_on_events(context)
                if thing is _NO_MORE:
                    break
                if isinstance(thing, (Output, DynamicOutput)):
                    made.append(self._take(thing, rules, context))
                else:
                    self._report(thing)
        except BaseException:
            if isinstance(things, GeneratorType):  # Its `finally` runs now, while its resources are open.
                with suppress(BaseException), user_code():
                    things.close()
            raise
        made += [self._take(output, rules, context) for output in rules.missing()]

    def _take(self, output: Output[Any] | DynamicOutput[Any], rules: OutputRules, context: OpExecutionContext) -> Port:
        out = rules.expect(output)
        mapping_key = output.mapping_key if isinstance(output, DynamicOutput) else None
        metadata = dict(output.metadata) if output.metadata else {}
        return self._store(out, output.value, mapping_key, metadata, rules, context)

    def _store(
        self,
        out: Out,
        value: Any,
        mapping_key: str | None,
        metadata: Mapping[str, Any],
        rules: OutputRules,
        context: OpExecutionContext,
    ) -> Port:
        added = context._mark_yielded(out.name, mapping_key)
        if added:
            from dagjob.values.metadata import normalize_metadata

            metadata = {**metadata, **normalize_metadata(added)}
        if self._keep_values:
            self._keep(out.name, mapping_key, value, metadata)
        return store_output(self._scope, rules.check(out, value, mapping_key), metadata)

    def _keep(self, name: str, mapping_key: str | None, value: Any, metadata: Any) -> None:
        if mapping_key is None:
            self.values[name] = value
            self.output_metadata[name] = metadata
        else:
            self.values.setdefault(name, {})[mapping_key] = value
            self.output_metadata.setdefault(name, {})[mapping_key] = metadata

    def _pass_on_events(self, context: OpExecutionContext) -> None:
        for event in context.consume_events():
            self._report(event)

    def _report(self, thing: object) -> None:
        """An event that the op yielded or logged."""
        from dagjob.values.observations import AssetMaterialization, AssetObservation, ExpectationResult

        scope = self._scope
        if isinstance(thing, ExpectationResult):
            scope.emit(ExpectationReported(clock.time(), scope.key, scope.attempt, thing))
        elif isinstance(thing, (AssetMaterialization, AssetObservation)):
            scope.emit(AssetReported(clock.time(), scope.key, scope.attempt, thing))
        else:
            raise not_allowed(scope.op, thing)

    def _tell_loggers(self) -> None:
        """From here on the loggers that the run config names hear of everything."""
        from dagjob.engine.job_loggers import EventLogger, JobLoggers

        scope = self._scope
        self._told = JobLoggers(self._loggers(), scope)
        self._open_log()
        scope.emit = self._event_logger = EventLogger(scope.emit, self._told)
        if self._beginning is not None:
            self._event_logger.tell(self._beginning)

    def _hear(self, emit: Emit) -> Emit:
        """A sink that remembers the events, for hooks that want them."""

        def hear(event: Event) -> None:
            self._heard.append(event)
            emit(event)

        return hear

    def events(self) -> list[Event]:
        """The events of the attempt with its end, where a hook wants them."""
        return [*self._heard, *self._end()]

    def _end(self) -> list[Event]:
        """What the attempt itself can know of its end; whether another one follows depends on the run."""
        scope, outcome, at = self._scope, self.outcome, clock.time()
        if isinstance(outcome, Succeeded):
            return [StepSucceeded(at, scope.key, scope.attempt, outcome.seconds)]
        if not isinstance(outcome, Failed):
            return []
        if scope.will_retry(outcome):
            return [StepRetrying(at, scope.key, scope.attempt, outcome.error, outcome.seconds, None, 0)]
        return [StepFailed(at, scope.key, scope.attempt, outcome.error, outcome.seconds)]

    def _open_log(self) -> Logger:
        if not self._opened_log:
            from dagjob.engine.logs import StepLogger

            scope = self._scope
            run, log = scope.run, scope.call.log
            captured = run.capture_loggers, run.log_level
            self._opened_log.append(StepLogger(scope.emit, scope.key, scope.attempt, log, self._told, *captured))
        return self._opened_log[0].logger

    # -- second half -----------------------------------------------------------------------------------------------

    @property
    def has_more(self) -> bool:
        """Whether `finish` has anything to do."""
        return bool(self._hooks or self._opened_log or self._event_logger or self._own)

    def finish(self) -> None:
        """Hooks, then what was opened for this attempt is closed. Emits; what it raises is a signal to its process."""
        scope = self._scope
        if self._event_logger is not None:
            with suppress(Exception):  # a handler of the user's, which is no part of the step
                for event in self._end():
                    self._event_logger.tell(event)
        if self._hooks and self.outcome is not None and not self._hooks_stay_away():
            from dagjob.engine.hooks import run_hooks

            run_hooks(scope, self._hooks, self)
        self.close()

    def close(self) -> None:
        """Close what was opened for this attempt; again, where a signal has broken into it."""
        if self._own is not None:
            self._own.close(self._scope.emit, self._scope.key)
        for log in self._opened_log:
            log.close()

    def _hooks_stay_away(self) -> bool:
        if not isinstance(self.outcome, Failed):
            return False
        scope = self._scope
        ends = not self.hooks_after_failure and not scope.will_retry(self.outcome)
        return self.outcome.status == "canceled" or ends


_NO_MORE = object()


def _bars_of(scope: AttemptScope) -> Bars | None:
    """What reads the bars that are drawn from now on, if they would be drawn on a log."""
    if scope.call.log is None and "dagjob.engine.bars" not in sys.modules:
        return None
    from dagjob.engine.bars import listen  # in a worker; the main process has no use for it

    return listen(scope.reports, captured=scope.call.log is not None)


def hooks_of(job: JobDefinition, path: tuple[str, ...]) -> list[HookDefinition]:
    """The hooks of a step: of its node, of every enclosing graph node, of the job; each once, by name."""
    found = job.hook_defs.union(*(node.hook_defs for node in nodes_along(job.graph, path)))
    return sorted(found, key=lambda hook: hook.name)


def failed(error: BaseException, seconds: float) -> Failed:
    """The outcome that an exception stands for (contract exe-5, "Failure and other exceptions under a policy")."""
    if _is_interruption(error):
        return Failed(describe(error), seconds, "canceled", retryable=False, source="INTERRUPT")
    if isinstance(error, RetryRequested):
        told = describe(error.__cause__ or error)
        return Failed(told, seconds, ask=RetryAsk(error.max_retries, error.seconds_to_wait))
    if isinstance(error, Failure):
        data = FailureData(error.description, error.metadata)
        return Failed(describe(error), seconds, retryable=error.allow_retries, failure=data, source="FRAMEWORK_ERROR")
    if isinstance(error, _RETRIED_OF_OURS):
        return Failed(describe(error), seconds)
    if isinstance(error, DagjobUserCodeExecutionError):
        return Failed(describe(error), seconds, retryable=False)
    if isinstance(error, DagjobError):
        return Failed(describe(error), seconds, retryable=False, source="FRAMEWORK_ERROR")
    if isinstance(error, Exception):
        return Failed(describe(error), seconds)
    return Failed(describe(error), seconds, retryable=False, source="UNEXPECTED_ERROR")


def _with_inputs(ended: Failed, step: Step, values: Mapping[str, Any]) -> Failed:
    from dagjob.engine.given import given_inputs

    return replace(ended, error=replace(ended.error, inputs=given_inputs(step, values)))


def _with_variables(ended: Failed, error: BaseException, without: tuple[str, ...]) -> Failed:
    from dagjob.engine.variables import with_variables

    told = error.__cause__ if isinstance(error, RetryRequested) and error.__cause__ is not None else error
    return replace(ended, error=with_variables(ended.error, told, without))


def _is_interruption(error: BaseException) -> bool:
    """Did somebody stop it: by a signal, or by `q` at a breakpoint?"""
    own = error.user_exception if isinstance(error, DagjobUserCodeExecutionError) else error
    bdb = sys.modules.get("bdb")
    return isinstance(own, (DagjobExecutionInterruptedError, KeyboardInterrupt)) or (
        bdb is not None and isinstance(own, bdb.BdbQuit)
    )


_RETRIED_OF_OURS = (
    CheckError,
    DagjobExecutionLoadInputError,
    DagjobExecutionHandleOutputError,
    DagjobResourceFunctionError,
)
"""Errors of our family behind which stands user code, or the world: they may be tried again."""
