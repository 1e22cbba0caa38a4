"""Words for a name that dagjob has not: what Dagster has and dagjob leaves out, or a typo. Loaded only for such an error."""

from __future__ import annotations

import sys

from dagjob.errors import nearest

_LEFT_OUT = (
    ("asset", "dagjob has no assets, only jobs: write the function as an @op and call it in a @job"),
    ("schedule", "dagjob has no schedules: let cron, systemd or CI call  dagjob run JOB"),
    ("sensor", "dagjob has no sensors: let what notices the change call  dagjob run JOB"),
    ("freshness", "dagjob has no assets, only jobs, so nothing to watch the freshness of"),
    ("component", "dagjob has no components: write jobs in Python"),
    ("backfill", "dagjob has backfills on its command line only:  dagjob backfill JOB"),
)
"""What a name of Dagster's contains that dagjob leaves out on purpose, and what to do instead."""


def about(name: str) -> tuple[str, ...]:
    """What can be said of a name that cannot be imported from dagjob."""
    left_out = next((text for part, text in _LEFT_OUT if part in name.lower()), None)
    near = nearest(name, sys.modules["dagjob"].__all__, 0.7 if left_out is None else 0.86)
    if left_out is not None and near is None:
        return (left_out,)
    return (f'did you mean "{near}"?',) if near else ()
