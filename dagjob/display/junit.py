"""`--junit-xml FILE`: the run as a test suite, for CI systems that show such files. Elements as Maven's surefire names them.

The file is there from the start: a run that is killed has left a suite with an error, and so does one that is refused before it
begins. Characters that XML does not have are dropped.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

from dagjob import events as ev
from dagjob.display import traceback as tb
from dagjob.display.options import DisplayOptions
from dagjob.display.sanitize import one_line
from dagjob.display.style import Style
from dagjob.display.words import listing
from dagjob.engine.ports import Sink
from dagjob.errors import DagjobError, DagjobUsageError
from dagjob.run_view import OpView, RunView

if TYPE_CHECKING:
    from junitparser.xunit2 import TestCase, TestSuite

CRASHED = "DJ402"
_NOT_ENDED = "the run has not ended: its main process was killed"


def make(options: DisplayOptions, file: str) -> JUnit:
    """The suite of a run. Raises `DagjobUsageError` for a file that cannot be written."""
    return JUnit(options, file)


def refused(file: str, job: str, error: DagjobError) -> None:
    """A suite with one error, for a run that did not begin."""
    from junitparser.xunit2 import TestCase, TestSuite

    case = TestCase("dagjob run", _text(job))
    case.result = [_result("Error", str(error), error.code, "\n".join([str(error), *error.notes]))]
    suite = TestSuite(_text(job))
    suite.add_testcase(case)
    _write(suite, os.path.abspath(file))


class JUnit(Sink):
    """Takes events in, and writes the file when it is closed."""

    answer = "the file of --junit-xml"

    def __init__(self, options: DisplayOptions, file: str) -> None:
        self._options = options
        self._file = os.path.abspath(file)
        self._view = RunView()
        refused(self._file, "dagjob", DagjobError(_NOT_ENDED))

    def __call__(self, event: ev.Event) -> None:
        """Take in one event."""
        self._view(event)

    def close(self) -> None:
        """Write the file, if the run has ended."""
        if self._view.run is not None and self._view.ended is not None:
            _write(suite_of(self._view, self._options), self._file)


def suite_of(view: RunView, options: DisplayOptions) -> TestSuite:
    """The run as a suite: a case for each op that there was."""
    from junitparser.xunit2 import TestCase, TestSuite

    run, ended = view.run, view.ended
    assert run is not None and ended is not None
    suite = TestSuite(_text(run.job))
    facts = {"run": run.run_id, "status": ended.status, "partition": run.partition, **run.tags}
    for name, value in facts.items():
        if value is not None:
            suite.add_property(_text(name), _text(value))
    place = _text(run.target or run.job)
    suite.add_testcases([_case(op, place, run.parent_run_id, options) for op in view.in_order()])
    if ended.error is not None:  # What ended it from outside of any op.
        case = TestCase("dagjob run", place)
        case.result = [_error("Error", ended.error, options)]
        suite.add_testcase(case)
    suite.time = round(ended.seconds, 3)
    return suite


def _case(op: OpView, place: str, parent: str | None, options: DisplayOptions) -> TestCase:
    from junitparser.xunit2 import TestCase

    case = TestCase(_text(op.key), place, round(op.seconds or 0.0, 3))
    if op.status in ("failed", "timeout") and op.error is not None:
        dead = op.status == "timeout" or op.error.code == CRASHED
        case.result = [_error("Error" if dead else "Failure", op.error, options)]
    elif op.status == "reused":
        case.system_out = _text(f"reused from run {parent}")  # The schema of Jenkins has no properties of a case.
    elif op.status != "success":
        case.result = [_result("Skipped", _why_not(op))]
    for tried in op.tries:
        case.add_interim_result(
            _error("FlakyFailure" if op.status == "success" else "RerunFailure", tried.error, options)
        )
    return case


def _why_not(op: OpView) -> str:
    if op.status == "skipped":
        return f"{listing(op.because)} was not yielded" if op.because else "skipped"
    if op.status == "not_run":
        return f"not run: needs {listing(op.because)}" if op.because else "not run"
    return "stopped with the run" if op.status == "canceled" else op.status


def _error(kind: str, error: ev.ErrorInfo, options: DisplayOptions) -> Any:
    """An exception with the user's frames."""
    error = tb.own(error)
    frames = tb.frame_lines(tb.user_frames(error, options), options, Style())
    return _result(kind, error.message, error.type, "\n".join([tb.headline(error), *frames]))


def _result(kind: str, message: str, type_: str = "", text: str = "") -> Any:
    """An element of that name; what xunit2 adds to the others keeps its text in an element of its own."""
    import junitparser
    from junitparser import xunit2

    kinds = {
        "Failure": junitparser.Failure, "Error": junitparser.Error, "Skipped": junitparser.Skipped,
        "FlakyFailure": xunit2.FlakyFailure, "RerunFailure": xunit2.RerunFailure,
    }  # fmt: skip
    made = kinds[kind](_text(one_line(message)), _text(type_))
    if isinstance(made, xunit2.InterimResult):
        made.stack_trace = _text(text)
    elif text:
        made.text = _text(text)
    return made


def _write(suite: TestSuite, file: str) -> None:
    """Raises `DagjobUsageError` where the file cannot be written."""
    from junitparser.xunit2 import JUnitXml

    xml = JUnitXml()
    xml.add_testsuite(suite)
    xml.update_statistics()
    try:
        os.makedirs(os.path.dirname(file), exist_ok=True)
        xml.write(file, pretty=True)
    except OSError as error:
        raise DagjobUsageError(f'--junit-xml: cannot write "{file}": {error.strerror or error}') from None


def _text(text: str) -> str:
    """Without the characters that XML 1.0 does not have (production 2, Char)."""
    return "".join(filter(_is_char, text))


def _is_char(letter: str) -> bool:
    number = ord(letter)
    return letter in "\t\n\r" or 0x20 <= number < 0xD800 or 0xE000 <= number < 0xFFFE or number >= 0x10000
