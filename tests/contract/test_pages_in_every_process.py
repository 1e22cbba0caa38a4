"""Rows and examples of def-5, def-7, exe-3 and exe-4, in this process and with a process for each op: the same answers."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import examples_as_ops as examples
import pytest
import rows_as_ops as rows

from dagjob import (
    DagjobInstance,
    DagjobInvalidConfigError,
    JobDefinition,
    JobExecutionResult,
    execute_job,
    reconstructable,
)

WAYS = {"in process": {"in_process": {}}, "isolated": {"multiprocess": {"max_concurrent": 1}}}

ERRORS = """
yields_int             DagjobInvariantViolationError                   yields_int int return
yields_none            DagjobInvariantViolationError                   yields_none NoneType
wrong_name             DagjobInvariantViolationError                   wrong_name nope result
output_twice           DagjobInvariantViolationError                   output_twice result
key_twice              DagjobInvariantViolationError                   key_twice "k"
plain_for_dynamic      DagjobInvariantViolationError                   DynamicOutput
dynamic_for_plain      DagjobInvariantViolationError                   DynamicOutput
nothing_yielded        DagjobStepOutputNotFoundError                   nothing_yielded result
listed                 DagjobInvariantViolationError                   listed list a, b
too_many               DagjobInvariantViolationError                   too_many 3 2
output_for_int         DagjobInvariantViolationError                   result int
int_for_output         DagjobInvariantViolationError                   result Output
has_none               DagjobInvariantViolationError                   int
dynamic_tuple          DagjobInvariantViolationError                   tuple
dynamic_item           DagjobInvariantViolationError                   int 1
bad_key                DagjobInvalidDefinitionError                    a b
returns_asset          DagjobInvariantViolationError                   log_event
returns_expectation    DagjobInvariantViolationError                   log_event
wrong_type             DagjobTypeCheckDidNotPass                       result Int text
wrong_input            DagjobTypeCheckDidNotPass                       x Int
check_that_raises      DagjobTypeCheckError:ArithmeticError            result Checked
metadata_late          DagjobInvariantViolationError                   result
metadata_of_which      DagjobInvariantViolationError                   a, b
metadata_of_key        DagjobInvariantViolationError                   mapping_key
metadata_of_unknown    DagjobInvariantViolationError                   other
metadata_kind          DagjobInvalidMetadata                           odd object
metadata_tuple         DagjobInvalidMetadata                           odd tuple
strict_tag             DagjobInvalidDefinitionError                    bad value
logs_nonsense          RetryRequestedFromPolicy:CheckError             3
no_partition           DagjobInvariantViolationError                   partition
no_partitions          DagjobInvariantViolationError                   partition
no_range               DagjobInvariantViolationError                   partition
no_window              DagjobInvariantViolationError                   partition
undeclared             DagjobUnknownResourceError                      loads undeclared
sets                   DagjobInvalidInvocationError                    Frozen url
cannot_store           DagjobExecutionHandleOutputError:KeyError       cannot_store result stores
cannot_load            DagjobExecutionLoadInputError:OSError           cannot_load x loads
cannot_read            DagjobExecutionLoadInputError:LookupError       cannot_read x reads
handled_five           DagjobInvariantViolationError                   handled_five result int 5
handled_observation    DagjobInvariantViolationError                   handled_observation result AssetObservation
handled_twice          DagjobInvalidMetadata                           rows
handled_in_two_places  DagjobInvariantViolationError                   handled_in_two_places rows bytes
accident               DagjobExecutionStepExecutionError:KeyError      missing
deliberate             Failure                                         bad file
leaves                 SystemExit                                      3
"""
SOURCES = {
    "accident": "USER_CODE_ERROR",
    "logs_nonsense": "USER_CODE_ERROR",
    "cannot_store": "USER_CODE_ERROR",
    "deliberate": "FRAMEWORK_ERROR",
    "listed": "FRAMEWORK_ERROR",
    "leaves": "UNEXPECTED_ERROR",
}
UNMADE = """
with_raises       DagjobResourceFunctionError:ValueError         raises no db
with_never        DagjobResourceFunctionError                    never yielded
with_exits        DagjobResourceFunctionError:SystemExit         exits
with_keyboard     DagjobResourceFunctionError:KeyboardInterrupt  keyboard
with_launched     DagjobResourceFunctionError:ValueError         launched no 7
with_no_manager   CheckError                                     no_manager 5 (int) handle_output
with_yields_none  CheckError                                     yields_none None handle_output
with_no_factory   CheckError                                     no_factory text handle_output
"""


@pytest.fixture(params=WAYS)
def way(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def run(way: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., JobExecutionResult]]:
    monkeypatch.setenv("NOTES", str(tmp_path / "notes"))
    monkeypatch.setenv("VALUES", str(tmp_path / "values"))
    (tmp_path / "notes").touch()
    with DagjobInstance.local_temp() as instance:

        def run(job: JobDefinition, config: dict[str, Any] | None = None, **options: Any) -> JobExecutionResult:
            whole = {**(config or {}), "execution": {"config": WAYS[way]}}
            return execute_job(reconstructable(job), instance, whole, **options)

        yield run


def compared(error: Any, row: str) -> list[str]:
    """The name of the op, the class of the error and of its cause, and those of the words that are missing."""
    step, classes, *words = row.split()
    cause = error.cause
    had = f"{error.cls_name}:{cause.cls_name}" if cause is not None and ":" in classes else error.cls_name
    text = error.message + (cause.message if cause is not None else "")
    return [step, had, *(word for word in words if word not in text)]


def expected(row: str) -> list[str]:
    return row.split()[:2]


def notes(tmp_path: Path) -> list[list[str]]:
    """What was noted, by process."""
    by_process: dict[str, list[str]] = {}
    for line in (tmp_path / "notes").read_text().splitlines():
        process, text = line.split(" ", 1)
        by_process.setdefault(process, []).append(text)
    return list(by_process.values())


def test_each_error_row_fails_its_op_and_no_other(run: Any) -> None:
    result = run(rows.error_rows)
    table = ERRORS.strip().splitlines()
    failures = {event.step_key: event.step_failure_data for event in result.get_step_failure_events()}
    assert sorted(failures) == sorted(row.split()[0] for row in table)
    assert [compared(failures[row.split()[0]].error, row) for row in table] == [expected(row) for row in table]
    assert {step: failures[step].error_source.value for step in SOURCES} == SOURCES
    assert result.retry_attempts_for_node("logs_nonsense") == 1
    data = failures["deliberate"].user_failure_data
    assert (data.label, data.description, data.metadata["line"].value) == ("intentional-failure", "bad file", 3)
    assert result.is_node_success("stored")
    hooks = {
        event.event_specific_data.error.cause.cls_name: event.step_key
        for event in result.all_events
        if event.event_type_value == "HOOK_ERRORED"
    }
    assert hooks == {"RuntimeError": "stored", "CheckError": "stored", "DagjobUnknownResourceError": "leaves"}


def test_what_cannot_be_made_fails_the_op_that_needs_it_or_the_run(run: Any, way: str, tmp_path: Path) -> None:
    table = UNMADE.strip().splitlines()
    if way == "isolated":
        result = run(rows.unmade)
        failures = {event.step_key: event.step_failure_data.error for event in result.get_step_failure_events()}
        assert result.is_node_success("fine")
    else:
        failures = {}
        for row in table:
            step = row.split()[0]
            try:
                result = run(rows.unmade, op_selection=[step, "fine"])
            except KeyboardInterrupt:
                failures[step] = None
                continue
            assert not result.get_step_failure_events()
            assert result.is_node_untouched("fine")
            failures[step] = result.get_run_failure_event().job_failure_data.error
        assert failures.pop("with_keyboard", 0) is None
        table = [row for row in table if not row.startswith("with_keyboard")]
    assert sorted(failures) == sorted(row.split()[0] for row in table)
    assert [compared(failures[row.split()[0]], row) for row in table] == [expected(row) for row in table]
    assert [text for texts in notes(tmp_path) for text in texts] == ["under closed"] * 5


def test_a_logger_that_cannot_be_made(run: Any, way: str) -> None:
    result = run(rows.unlogged, {"loggers": {"bad": {}}})
    if way == "isolated":
        error = result.failure_data_for_node("fine").error
    else:
        error = result.get_run_failure_event().job_failure_data.error
    row = "fine DagjobUserCodeExecutionError:ValueError bad no logger"
    assert compared(error, row) == expected(row)
    with pytest.raises(DagjobInvalidConfigError, match=r"log_level: expected one of DEBUG.* got 'LOUD'"):
        run(rows.unlogged, {"loggers": {"console": {"config": {"log_level": "LOUD"}}}})


CONFIG = {
    "ops": {
        "read": {"inputs": {"x": {"p": "file"}}},
        "g": {"ops": {"first": {"config": {"n": 1}}}},
    },
    "resources": {
        "r": {"config": {"a": 1}},
        "replaced": {"config": {"url": "v"}},
        "launched": {"config": {"url": "w"}},
        "any_key": {"config": {"name": "late"}},
    },
    "loggers": {"a": {}, "b": {"config": {"log_level": "WARNING"}}},
}
VALUES = {
    "untidy": 1,
    "objects": ({"a": 1, "b": 2}, [1], None),
    "configured": ("<u 7>", "<v 2>", "<w 9>"),
    "two": {"a": 11, "b": None},
    "add": (11, None),
    "read": "file",
    "sub": 2,
    "double": {"k": 2},
    "many": {"x": 1, "y": {"k": 2}},
    "report": 5,
    "merges": 0,
    "both": {"n": 1, "s": "x"},
    "mixed": {"n": 2, "s": "y"},
    "fetch": 4,
    "pooled": True,
    "stream": 5,
    "g.first": {
        "names": ("examples", "examples", "first", "g.first"),
        "config": ({"n": 1}, {"ops": {"first": {"config": {"n": 1}}}}),
        "resource": "S",
        "tags": ("a", "me", None, {"kind": "x"}),
        "attempt": (0, None),
        "run": (True, "me", False),
        "instance": True,
    },
    "day": ("2024-02-29", ["2024-02-29"], "2024-02-29T00:00:00+00:00", "2024-03-01T00:00:00+00:00"),
}
SEQUENCES = {
    "one": "STEP_START STEP_OUTPUT HANDLED_OUTPUT STEP_SUCCESS",
    "sub.inc": "STEP_START LOADED_INPUT STEP_INPUT STEP_OUTPUT HANDLED_OUTPUT STEP_SUCCESS",
    "report": "STEP_START STEP_EXPECTATION_RESULT ASSET_OBSERVATION STEP_OUTPUT HANDLED_OUTPUT ASSET_MATERIALIZATION "
    "STEP_SUCCESS",
    "flaky": "STEP_START STEP_UP_FOR_RETRY HOOK_SKIPPED STEP_RESTARTED STEP_UP_FOR_RETRY HOOK_SKIPPED STEP_RESTARTED "
    "STEP_OUTPUT HANDLED_OUTPUT STEP_SUCCESS HOOK_COMPLETED",
    "none_of_it": "STEP_START STEP_SUCCESS HOOK_COMPLETED",
    "below": "STEP_SKIPPED",
    "double[k]": "STEP_START LOADED_INPUT STEP_INPUT STEP_UP_FOR_RETRY STEP_RESTARTED LOADED_INPUT STEP_INPUT "
    "STEP_UP_FOR_RETRY STEP_RESTARTED LOADED_INPUT STEP_INPUT STEP_OUTPUT HANDLED_OUTPUT STEP_SUCCESS",
}
LIVES = {
    "x": ["init z", "init y", "init x", "op x", "down x", "down y", "down z"],
    "outer": ["up late", "up fixed", "outer fixed late legacy", "op nested", "down fixed", "down late"],
    "db": ["close <v 2>", "close <w 9>", "close <u 7>"],
    "many": ["cheer many {'x': 1, 'y': {'k': 2}} S"],
    "boom": ["mourn inside.boom Failure('no') 3"],
    "flaky": ["told flaky"],
    "none_of_it": ["told none_of_it"],
    "pooled": ["pool opened", "pool hook", "pool closed True"],
    "says": ["a INFO hello you", "a WARNING careful", "b WARNING careful"],
}


def values_of(result: JobExecutionResult, step: str) -> Any:
    names = (step, f"{step}[k]")
    outputs = {
        event.step_output_data.output_name: None
        for event in result.all_events
        if event.event_type_value == "STEP_OUTPUT" and event.step_key in names
    } or {"result": None}
    values = {name: result.output_for_node(step, name) for name in outputs}
    return values["result"] if list(values) == ["result"] else values


def test_the_examples_come_to_the_same(run: Any, way: str, tmp_path: Path) -> None:
    with run(examples.examples, CONFIG, tags={"who": "me", "dagster/partition": "2024-02-29"}) as result:
        assert {step: values_of(result, step) for step in VALUES} == VALUES
        assert result.get_failed_step_keys() == {"orderly", "inside.boom"}
        of_step: dict[str, list[str]] = {}
        for event in result.all_events:
            if event.step_key is not None and not event.event_type_value.startswith(("STEP_WORKER", "RESOURCE")):
                of_step.setdefault(event.step_key, []).append(event.event_type_value)
        assert {step: " ".join(of_step[step]) for step in SEQUENCES} == SEQUENCES
        handled = {
            (event.step_key, event.event_specific_data.output_name, event.event_specific_data.manager_key): {
                key: value.value for key, value in event.event_specific_data.metadata.items()
            }
            for event in result.all_events
            if event.event_type_value == "HANDLED_OUTPUT"
        }
        assert handled["two", "a", "files"] == {"size": 2}
        assert list(handled["two", "b", "io_manager"]) == ["path"]
        (merged,) = [e for e in result.events_for_node("merges") if e.event_type_value == "STEP_OUTPUT"]
        assert {key: value.value for key, value in merged.step_output_data.metadata.items()} == {"a": 2, "b": 3, "c": 4}
        closing = [event for event in result.all_events if '"bad_down" could not be closed' in (event.message or "")]
        assert [event.event_type_value for event in closing] == ["ENGINE_EVENT"]
    base = tmp_path / "values"
    kept = {str(path.relative_to(base / result.run_id)) for path in base.rglob("*") if path.is_file()}
    assert kept >= {"one/result", "sub.inc/result", "dyn/result/k", "double[k]/result"}
    noted = notes(tmp_path)
    if way == "isolated":
        noted = [texts for texts in noted if not texts[0].startswith("k ")]
        assert sorted(noted) == sorted(LIVES.values())
    else:
        (texts,) = noted
        for life in LIVES.values():
            assert [text for text in texts if text in life] == life


def test_a_range_of_partitions(run: Any) -> None:
    ends = {"dagster/asset_partition_range_start": "2024-01-02", "dagster/asset_partition_range_end": "2024-01-04"}
    with run(examples.ranged, tags=ends) as result:
        keys, one, span = result.output_for_node("span")
        error = result.failure_data_for_node("one_of_span").error
    assert (keys, one, span) == (["2024-01-02", "2024-01-03", "2024-01-04"], False, ("2024-01-02", "2024-01-04"))
    assert (error.cls_name, "partition_key_range" in error.message) == ("DagjobInvariantViolationError", True)
