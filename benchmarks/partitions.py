"""What it costs to tell the partitions of a job: first, last and count of an hourly definition over twenty years.

Beside it stands what listing all keys would cost.
"""

from __future__ import annotations

from pathlib import Path

from measure import Figure, python, table

TOLD = """
import time
from datetime import UTC, datetime
from dagjob import {kind}
now = datetime(2024, 5, 6, tzinfo=UTC)
partitions = {made}
best = None
for _ in range(5):
    start = time.process_time()
    {asked}
    took = time.process_time() - start
    best = took if best is None else min(best, took)
print(best)
"""
KINDS = {
    "hourly": ("HourlyPartitionsDefinition", 'HourlyPartitionsDefinition("2004-05-06-00:00", timezone={zone!r})'),
    "daily": ("DailyPartitionsDefinition", 'DailyPartitionsDefinition("2004-05-06", timezone={zone!r})'),
}
ENDS = "partitions.ends(now)"
LISTED = "keys = list(partitions.keys(now)); keys[0], keys[-1], len(keys)"


def timed(kind: str, zone: str, asked: str) -> float:
    """Milliseconds."""
    name, made = KINDS[kind]
    return 1e3 * python(TOLD.format(kind=name, made=made.format(zone=zone), asked=asked), Path.cwd())


def figures() -> list[Figure]:
    """The table."""
    found = []
    for kind, zone in (("hourly", "UTC"), ("hourly", "America/New_York"), ("daily", "Europe/Berlin")):
        told, listed = timed(kind, zone, ENDS), timed(kind, zone, LISTED)
        beside = f"listing all keys {listed:.0f} ms"
        found.append(Figure(f"ends of {kind}, 20 years, {zone}", told, "ms", beside, limit=5.0, reach=2.0))
    return found


if __name__ == "__main__":
    print(table(figures()))
