"""A recorded run as a view again: its events, read back, go through the fold that they went through when they happened."""

from __future__ import annotations

import json
import sqlite3
from typing import Any

from dagjob.event_json import from_parts, names
from dagjob.events import RunStarted
from dagjob.record import replace
from dagjob.run_view import HEARD, RunView

_EVENTS = f"""SELECT kind, at, step, attempt, body FROM events
    WHERE run = ? AND kind IN ({", ".join(f"'{name}'" for name in sorted(names(HEARD)))}) ORDER BY seq"""


def replay(connection: sqlite3.Connection, run: int, **kept: Any) -> RunView:
    """The view of run number `run`. `kept` are fields of its first event that its row has and the recorded event lacks."""
    view = RunView()
    for kind, at, step, attempt, body in connection.execute(_EVENTS, (run,)):
        event = from_parts(kind, at, step, attempt, json.loads(body) if body else {})
        if isinstance(event, RunStarted):
            event = replace(event, **kept)
        if event is not None:
            view(event)
    return view
