"""`dagjob runs events [RUN]`: what happened in a run, as the JSON lines of `run --format jsonl`."""

from __future__ import annotations

import sys
from itertools import islice

from dagjob.cli import registry, registry_runs
from dagjob.cli.arguments import ParsedArguments
from dagjob.cli.output import say_json
from dagjob.cli.runs import history_of, latest_or
from dagjob.cli.session import open_session
from dagjob.cli.values import chosen
from dagjob.display.output import write_json
from dagjob.errors import ExitCode
from dagjob.event_json import dumps

AT_ONCE = 1000
"""Lines that are written together."""


def events(args: ParsedArguments) -> int:
    """Print the events of a run."""
    session = open_session(args)
    named = chosen(registry_runs.FORMAT_EVENTS, args.text(registry_runs.FORMAT_EVENTS)) or "jsonl"
    with history_of(session) as history:
        run = history.find(latest_or(args.text(registry.RUN)))
        found = history.events(run.id)
        if named == "json":
            say_json({"run": run.id, "events": list(found)})
            return ExitCode.OK
        while lines := [dumps(event, strict=True) for event in islice(found, AT_ONCE)]:
            write_json(sys.stdout, "\n".join(lines))
    return ExitCode.OK
