"""What a run was, as files in its own folder: `config.yaml`, the run config that was given, and `plan.json`.

For people and scripts that look at one run without its history. Secrets are masked, as in all events that sinks get.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from typing import Any

from dagjob import events as ev
from dagjob.builtin.private_files import open_private
from dagjob.engine.ports import Sink


class RunFiles(Sink):
    """Writes both as soon as the plan is known, and once more at the end if that failed."""

    def __init__(self, config: str, plan: str) -> None:
        self._config = config
        self._plan = plan
        self._run: ev.RunStarted | None = None
        self._ops: tuple[ev.PlannedOp, ...] | None = None
        self._known = False

    def hear(self, events: Sequence[ev.Event]) -> None:
        """Keep the two events that say it, which are among the first."""
        if not self._known:
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
        if self._ops is not None:
            with suppress(OSError):  # A full disk, perhaps for a moment.
                self._write()

    def close(self) -> None:
        """Write what could not be written before. Raises OSError."""
        if self._ops is not None:
            self._write()

    def _write(self) -> None:
        assert self._run is not None
        assert self._ops is not None
        _write(self._config, _yaml(self._run.config))
        _write(self._plan, _json(self._run, self._ops))
        self._ops = None


def _yaml(config: Any) -> str:
    from dagjob.display.yaml_text import laid_out, value_lines

    return "".join(f"{line}\n" for line in laid_out(list(value_lines(dict(config))))) if config else "{}\n"


def _json(run: ev.RunStarted, ops: tuple[ev.PlannedOp, ...]) -> str:
    from dagjob.event_json import dumps

    listed = ",".join(  # one by one, since a plan may be long
        dumps({"key": op.key, "op": op.op, "needs": list(op.upstream), "mapped": op.mapped}, strict=True) for op in ops
    )
    return f'{{"job":{dumps(run.job)},"executor":{dumps(run.executor)},"ops":[{listed}]}}\n'


def _write(path: str, text: str) -> None:
    with open(path, "w", encoding="utf-8", errors="backslashreplace", opener=open_private) as file:
        file.write(text)
