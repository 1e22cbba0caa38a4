"""Files that lie beside a user's module."""

from __future__ import annotations

import os


def file_relative_path(dunderfile: str, relative_path: str) -> str:
    """The path of a file by its place beside a module: `file_relative_path(__file__, "data/cities.csv")`."""
    return os.path.join(os.path.dirname(dunderfile), relative_path)
