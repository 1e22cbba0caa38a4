"""What the explanation of an error code is made of. The texts stand in `codes_of_input.py` and `codes_of_runs.py`."""

from __future__ import annotations

from dagjob.record import Record


class Explanation(Record):
    """An error code: its title, its cause and what to do, and an example.

    `text` has some paragraphs; lines that are indented are commands, code or config. `example` are files, each below a line
    `# NAME`, a command below, and what it says; the tests do what it shows.
    """

    title: str
    text: str
    example: str
