"""All benchmarks, one table. `make bench` runs this; `run_all.py per_op memory` runs only those.

Exits with 1 when a figure is over its limit.
"""

from __future__ import annotations

import importlib
import os
import platform
import sys

from measure import Figure, table

PARTS = (
    "startup",
    "config",
    "definitions",
    "per_op",
    "backfill",
    "resume",
    "fan_out",
    "growth",
    "parallel",
    "memory",
    "values",
    "partitions",
    "history",
    "completion",
    "bars",
)


def main(names: list[str]) -> int:
    load = os.getloadavg()[0] if hasattr(os, "getloadavg") else float("nan")
    print(f"Python {platform.python_version()}, {os.cpu_count()} cores, load {load:.1f}")
    figures: list[Figure] = []
    for name in names or PARTS:
        print(f"measuring {name} ...", file=sys.stderr, flush=True)
        figures += importlib.import_module(name).figures()
    print(table(figures))
    over = [figure.what for figure in figures if figure.verdict == "OVER"]
    if over:
        print(f"over the limit: {', '.join(over)}")
    return 1 if over else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
