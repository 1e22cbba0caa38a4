"""Run `modules/` under Dagster and under dagjob, print what differs, and with --write keep Dagster's results for the tests.

python compare_modules.py DAGSTERS_PYTHON [--write]
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
KEPT = HERE.parent / "vectors" / "alias_modules.json"


def results(python: str, *args: str) -> dict[str, Any]:
    """What `run_modules.py` prints in this Python."""
    env = {name: value for name, value in os.environ.items() if name != "DAGSTER_HOME"}
    command = [python, str(HERE / "run_modules.py"), *args]
    ended = subprocess.run(command, capture_output=True, text=True, env=env)
    if ended.returncode:
        sys.exit(ended.stderr)
    found: dict[str, Any] = json.loads(ended.stdout)
    return found


def differences(theirs: Any, ours: Any, where: str = "") -> Iterator[str]:
    """The places where two results are not the same, and what they are."""
    if isinstance(theirs, dict) and isinstance(ours, dict):
        for key in dict.fromkeys([*theirs, *ours]):
            yield from differences(theirs.get(key), ours.get(key), f"{where}/{key}")
    elif theirs != ours:
        yield f"{where}\n    Dagster  {theirs}\n    dagjob   {ours}"


if __name__ == "__main__":
    theirs = results(sys.argv[1])
    found = list(differences(theirs, results(sys.executable, "--alias")))
    jobs = sum(len(each) for each in theirs.values())
    print(*found, f"{len(theirs)} modules, {jobs} jobs: {len(found)} differences", sep="\n")
    if "--write" in sys.argv:
        KEPT.write_text(json.dumps(theirs, indent=1, sort_keys=True) + "\n")
    sys.exit(bool(found))
