"""A history written by hand, and the commands in this process."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from planted_history import Answer, Ask, Plant

from dagjob import events as ev
from dagjob.__main__ import main
from dagjob.storage.paths import StateDir
from dagjob.storage.runs import RunStore


@pytest.fixture
def ask(project: Callable[..., Path], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Ask:
    """`ask("runs", "show")` runs a command of the project in this process: for those that import no user code."""
    monkeypatch.chdir(project())
    for name in ("CI", "GITHUB_ACTIONS", "COLUMNS", "DAGJOB_HOME", "FORCE_COLOR", "CLICOLOR_FORCE"):
        monkeypatch.delenv(name, raising=False)

    def answer(*words: str) -> Answer:
        capsys.readouterr()
        code = main(words)
        return Answer(code, *capsys.readouterr())

    return answer


@pytest.fixture
def plant(project: Callable[..., Path]) -> Plant:
    """`plant(events, ...)` records runs, the oldest first; returns the state directory."""
    state = StateDir(str(project() / ".dagjob"))

    def record(*runs: list[ev.Event]) -> Any:
        for events in runs:
            [started] = [event for event in events if isinstance(event, ev.RunStarted)]
            with RunStore.create(state, started.run_id, "0.1") as store:
                for event in events:
                    store(event)
        return state

    return record
