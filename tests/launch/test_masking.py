"""Secrets of a run stay out of its events and out of the files that its ops printed into."""

from __future__ import annotations

from pathlib import Path

import pytest

from dagjob import AssetMaterialization, ExpectationResult, MetadataValue
from dagjob.config.secrets import MASK, Masker
from dagjob.events import (
    AssetReported,
    EngineNoted,
    ErrorInfo,
    Event,
    ExpectationReported,
    FailureData,
    Frame,
    LogWritten,
    OutputStored,
    Progressed,
    ResourceFailed,
    RunEnded,
    RunStarted,
    StepFailed,
    StepRetrying,
    StepStarted,
    StepSucceeded,
)
from dagjob.launch.masking import Masking

SECRET = "hunter2-hunter2"
TEXT = f"connecting with {SECRET} now"
METADATA = {"note": MetadataValue.text(TEXT), "nested": MetadataValue.json({"a": [TEXT]})}
ERROR = ErrorInfo(
    "ValueError",
    "builtins",
    TEXT,
    frames=(Frame("jobs.py", 3, "connect", text=f'login("{SECRET}")'),),
    cause=ErrorInfo("OSError", "builtins", TEXT, notes=(TEXT,)),
    members=(ErrorInfo("KeyError", "builtins", TEXT),),
    text=TEXT,
)


@pytest.fixture
def masking() -> Masking:
    return Masking(Masker([SECRET]))


@pytest.mark.parametrize(
    "event",
    [
        LogWritten(1.0, "load", 1, "INFO", TEXT),
        EngineNoted(1.0, TEXT, "load", ERROR),
        Progressed(1.0, "load", 1, 2.0, 3.0, "rows", TEXT),
        StepFailed(1.0, "load", 1, ERROR, 0.5, failure=FailureData(TEXT, METADATA)),
        StepRetrying(1.0, "load", 1, ERROR, 0.5, None, 1, FailureData(TEXT, METADATA)),
        ResourceFailed(1.0, "db", ERROR, "load"),
        OutputStored(1.0, "load", 1, "result", "io_manager", metadata=METADATA),
        AssetReported(1.0, "load", 1, AssetMaterialization("table", description=TEXT, metadata=METADATA)),
        ExpectationReported(1.0, "load", 1, ExpectationResult(True, "rows", TEXT, METADATA)),
        RunStarted(
            1.0, "r1", "daily", "jobs.py", "multiprocess", 2, 7, {"note": TEXT}, {"ops": {"a": [TEXT]}}, {"b": TEXT}
        ),
        RunEnded(1.0, "failed", 0.5, {}, "RUN_EXCEPTION", ERROR),
    ],
    ids=lambda event: type(event).__name__,
)
def test_no_event_carries_a_secret_however_deep_it_lies(masking: Masking, event: Event) -> None:
    assert SECRET in everything(event)
    masked = masking(event)
    assert type(masked) is type(event)
    assert SECRET not in everything(masked)
    assert MASK in everything(masked)


def everything(value: object) -> str:
    """All that a value holds, as text."""
    fields = getattr(type(value), "__match_args__", None) or getattr(value, "__dict__", None)
    if isinstance(value, dict):
        return " ".join(f"{key} {everything(item)}" for key, item in value.items())
    if isinstance(value, (list, tuple)):
        return " ".join(map(everything, value))
    if fields:
        return " ".join(everything(getattr(value, name)) for name in fields)
    return str(value)


def test_names_and_keys_are_left_alone() -> None:
    event = LogWritten(1.0, "load", 1, "INFO", "load is at work")
    masked = Masking(Masker(["load"]))(event)
    assert masked == LogWritten(1.0, "load", 1, "INFO", f"{MASK} is at work")


def test_an_event_without_a_secret_stays_the_very_object(masking: Masking) -> None:
    event = LogWritten(1.0, "load", 1, "INFO", "nothing to see")
    assert masking(event) is event


# -- files ---------------------------------------------------------------------------------------------------------


def started(path: Path, attempt: int = 1) -> StepStarted:
    return StepStarted(1.0, "load", attempt, 7, str(path))


ENDS = [
    StepSucceeded(2.0, "load", 1, 0.5),
    StepFailed(2.0, "load", 1, ERROR, 0.5),
    StepRetrying(2.0, "load", 1, ERROR, 0.5, None, 1),
    RunEnded(2.0, "canceled", 0.5, {}),  # the op was cut off, and its attempt never ended
]


@pytest.mark.parametrize("end", ENDS, ids=lambda event: type(event).__name__)
def test_what_an_op_printed_is_masked_when_its_attempt_or_the_run_ends(
    masking: Masking, end: Event, tmp_path: Path
) -> None:
    log = tmp_path / "load.1.out"
    masking(started(log))
    log.write_text(f"before\n{TEXT}\nafter\n")
    size = log.stat().st_size
    masking(end)
    text = log.read_text()
    assert SECRET not in text
    assert text.startswith("before\nconnecting with ")
    assert text.endswith(" now\nafter\n")
    assert log.stat().st_size == size  # offsets into the file stay true


@pytest.mark.parametrize("before", [(1 << 20) - 7, (1 << 20) - len(SECRET), 1 << 20, (2 << 20) - 1])
def test_a_secret_is_found_wherever_it_lies_in_a_long_file(masking: Masking, before: int, tmp_path: Path) -> None:
    log = tmp_path / "load.1.out"
    masking(started(log))
    log.write_bytes(b"." * before + SECRET.encode() + b"." * 100)
    masking(ENDS[0])
    data = log.read_bytes()
    assert SECRET.encode() not in data
    assert len(data) == before + len(SECRET) + 100
    assert data.count(b".") == before + 100


def test_what_a_hook_prints_later_is_masked_at_the_end_of_the_run(masking: Masking, tmp_path: Path) -> None:
    log = tmp_path / "load.1.out"
    masking(started(log))
    log.write_text("quiet\n")
    masking(ENDS[0])
    with log.open("a") as file:
        file.write(TEXT)
    masking(RunEnded(3.0, "success", 1.0, {}))
    assert SECRET not in log.read_text()


def test_a_log_that_is_gone_is_no_fault_of_the_op(masking: Masking, tmp_path: Path) -> None:
    masking(started(tmp_path / "never written"))
    masking(ENDS[0])


@pytest.mark.parametrize("most", [3, 10, len(SECRET), 40, 1000])
def test_who_reads_the_end_of_a_file_while_it_grows_sees_no_part_of_a_secret(
    masking: Masking, most: int, tmp_path: Path
) -> None:
    log = tmp_path / "load.1.out"
    log.write_text(f"first line\nsecret: {SECRET}\n")
    start, data = masking.read_tail(str(log), most)
    assert start + len(data) == log.stat().st_size
    assert len(data) <= max(most, 0)
    assert b"hunter2" not in data
    assert b"ter2" not in data
