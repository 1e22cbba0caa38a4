"""What a run was, as files in its own folder: `config.yaml`, the run config that was given, `plan.json`, `surroundings.json`.

For people and scripts that look at one run without its history. Secrets are masked, as in all events that sinks get.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Any

from dagjob import events as ev
from dagjob.builtin.private_files import open_private
from dagjob.engine.ports import Sink
from dagjob.event_json import SameAgain, dumps
from dagjob.record import Record


class Surrounded(Record):
    """Where the surroundings of a run are to be written, and what says them."""

    path: str
    text: Callable[[], str]


class RunFiles(Sink):
    """Writes them when the first op is at work, which need not wait for them; at the end what could not be written then."""

    def __init__(self, config: str, plan: str, surroundings: Surrounded | None = None) -> None:
        self._config = config
        self._plan = plan
        self._surroundings = surroundings
        self._run: ev.RunStarted | None = None
        self._ops: tuple[ev.PlannedOp, ...] | None = None
        self._known = False
        self._at_work = False

    def hear(self, events: Sequence[ev.Event]) -> None:
        """Keep the two events that say it, which are among the first."""
        if self._known:
            self._at_work = True
        else:
            super().hear(events)

    def __call__(self, event: ev.Event) -> None:
        """Keep one of them."""
        if isinstance(event, ev.RunStarted):
            self._run = event
        elif isinstance(event, ev.PlanMade):
            self._ops = event.ops
            self._known = True

    def flush(self) -> None:
        """Write the files, if that was not done."""
        if not self._at_work:
            return
        with suppress(OSError):  # A full disk, perhaps for a moment.
            if self._ops is not None:
                self._write()
            elif self._surroundings is not None:
                self._write_surroundings()

    def close(self) -> None:
        """Write what could not be written before. Raises OSError."""
        if self._ops is not None:
            self._write()
        if self._known:
            self._write_surroundings()

    def _write_surroundings(self) -> None:
        surroundings, self._surroundings = self._surroundings, None
        if surroundings is None:
            return
        with suppress(OSError):  # Only `runs diff` will miss it.
            _write(surroundings.path, f"{surroundings.text()}\n")

    def _write(self) -> None:
        assert self._run is not None
        assert self._ops is not None
        _write(self._config, _yaml(self._run.config))
        told = f'"job":{dumps(self._run.job)},"executor":{dumps(self._run.executor)},"ops":[{_listed(self._ops)}]'
        _write(self._plan, f"{{{told}}}\n")
        self._ops = None


def _text(config: Any) -> str:
    from dagjob.display.yaml_text import laid_out, value_lines

    return "".join(f"{line}\n" for line in laid_out(list(value_lines(dict(config))))) if config else "{}\n"


def _text_of_ops(ops: Sequence[ev.PlannedOp]) -> str:
    """One by one, since a plan may be long."""
    return ",".join(
        dumps({"key": op.key, "op": op.op, "needs": list(op.upstream), "mapped": op.mapped}, strict=True) for op in ops
    )


_yaml, _listed = SameAgain[Any](_text), SameAgain(_text_of_ops)


def _write(path: str, text: str) -> None:
    fd = open_private(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
    try:
        data = memoryview(text.encode("utf-8", "backslashreplace"))
        while data:
            data = data[os.write(fd, data) :]
    finally:
        os.close(fd)
