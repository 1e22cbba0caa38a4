"""Completion with an index that somebody has planted: a name is inserted as a name, or not offered."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from dagjob.cli.complete import complete
from dagjob.cli.completions import BASH

NAMES = (
    "$(touch pwned)",
    "`touch pwned`",
    "x;touch pwned",
    "x' ;touch pwned;'",
    'x";touch pwned;"',
    "*",
    "~",
    "a\\b",
    "!!",
)
UNSHOWABLE = ("x\ntouch pwned", "x\x1b[31m", "x\x9b31m", "x\u202e", "x\t$(touch pwned)")
IN_BASH = """
source ./script
dagjob() { "$PYTHON" -m dagjob "$@"; }
COMP_LINE="dagjob run $1" COMP_POINT=${#COMP_LINE} COMP_WORDS=(dagjob run "$1") COMP_CWORD=2
_dagjob
printf '%s\\n' "${COMPREPLY[@]}" > offered
for word in "${COMPREPLY[@]}"; do eval "printf '%s\\\\0' $1$word$1"; done > read
"""


@pytest.fixture
def planted(project: Callable[..., Path], monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project whose index has jobs of all these names."""
    (project() / ".dagjob").mkdir(mode=0o700)
    jobs = [
        {"name": name, "target": f"jobs.py:{name}", "description": f"of\n{name}", "ops": [], "config": []}
        for name in (*NAMES, *UNSHOWABLE)
    ]
    (project() / ".dagjob" / "index.json").write_text(json.dumps({"format": 1, "files": {}, "jobs": jobs}))
    monkeypatch.chdir(project())
    return project()


@pytest.mark.skipif(shutil.which("bash") is None, reason="bash is not here")
@pytest.mark.parametrize("quote", ["", "'", '"'])
def test_bash_reads_every_name_that_is_offered_as_that_name(
    quote: str, planted: Path, project: Callable[..., Path], clean_env: dict[str, str]
) -> None:
    project("script", BASH)
    env = {**clean_env, "PYTHON": sys.executable}
    subprocess.run(["bash", "-c", IN_BASH, "bash", quote], env=env, check=True, timeout=30)
    read = (planted / "read").read_bytes().decode().split("\0")[:-1]
    assert set(read) <= set(NAMES)
    assert quote or read == list(NAMES)
    assert not (planted / "pwned").exists()


@pytest.mark.parametrize("shell", ["zsh", "fish"])
def test_other_shells_are_offered_one_name_a_line(
    shell: str, planted: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    complete([shell, "run", ""])
    lines = capsys.readouterr().out.splitlines()
    assert [line.partition("\t")[0] for line in lines] == list(NAMES)
    assert all(part.isprintable() for line in lines for part in line.split("\t"))
