"""Folders that several processes make at the same time."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from dagjob.builtin.private_files import make_private_folder


def test_a_folder_above_that_another_process_makes_just_now_is_no_failure(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, make = tmp_path / "out" / "op_1", os.mkdir

    def too_late(folder: Any, *mode: int) -> None:
        """The first try finds nothing above; then somebody else is quicker."""
        monkeypatch.setattr(os, "mkdir", make)
        try:
            make(folder, *mode)
        finally:
            path.parent.mkdir()

    monkeypatch.setattr(os, "mkdir", too_late)
    make_private_folder(str(path))
    assert path.is_dir()
    assert os.name == "nt" or path.stat().st_mode & 0o777 == 0o700


@pytest.mark.skipif(not os.path.isdir("/proc/self"), reason="no /proc")
def test_a_place_that_takes_no_folder_is_told() -> None:
    with pytest.raises(OSError, match="/proc/self/none"):
        make_private_folder("/proc/self/none")
