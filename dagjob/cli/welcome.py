"""What `dagjob` without a command prints: the commands, then the jobs of this project that stand in the index."""

from __future__ import annotations

import os
import sys

from dagjob.cli.help import help_text, table
from dagjob.cli.registry import ROOT
from dagjob.display.output import write_lines
from dagjob.errors import DagjobError, ExitCode

MOST_JOBS = 20


def welcome(home: str | None = None) -> int:
    """Print the short help and the known jobs."""
    lines = help_text(ROOT, "dagjob").rstrip("\n").split("\n")
    jobs = _known_jobs(home)
    if jobs:
        lines += ["", "Jobs of this project:", *table(jobs[:MOST_JOBS], 100)]
        if len(jobs) > MOST_JOBS:
            lines.append(f"  … and {len(jobs) - MOST_JOBS} more (dagjob list)")
    write_lines(sys.stdout, lines)
    return ExitCode.OK


def _known_jobs(home: str | None) -> list[tuple[str, str]]:
    from dagjob.cli.index import read_index
    from dagjob.launch.settings import find_project
    from dagjob.storage.paths import find_state_dir

    try:
        project = find_project(os.getcwd())
        state = find_state_dir(
            home, os.environ, project.root if project else None, project.settings.home if project else None
        )
    except (DagjobError, OSError):
        return []
    index = read_index(state)
    return [(job.name, job.description or job.target) for job in index.jobs] if index else []
