"""What `doctor` finds, and what its looks share: the project, its settings and the state directory, as far as there are any."""

from __future__ import annotations

import os
from collections.abc import Mapping
from functools import cached_property
from typing import Any, Literal, TextIO

from dagjob.cli.session import current_folder
from dagjob.cli.terminal import display_options
from dagjob.display.options import DisplayOptions
from dagjob.display.style import Style
from dagjob.errors import DagjobError
from dagjob.launch.settings import Project, Settings, find_project
from dagjob.record import Record
from dagjob.storage.paths import StateDir, find_state_dir


class Finding(Record):
    """One line: the `subject`, how it stands, and in words what was found. `hints` say what to do; `data` is for programs."""

    subject: str
    status: Literal["ok", "warning", "problem"]
    text: str
    hints: tuple[str, ...] = ()
    data: Mapping[str, Any] = {}

    def to_json(self) -> dict[str, Any]:
        """For `--format json`."""
        return {
            "check": self.subject,
            "status": self.status,
            "text": self.text,
            "hints": list(self.hints),
            **({"data": dict(self.data)} if self.data else {}),
        }


class Surroundings:
    """Where the command is called. What is wrong with the project or its settings is kept in `error`."""

    def __init__(self, environ: Mapping[str, str], home: str | None, color: str | None) -> None:
        self.environ = environ
        self.home = home
        self._color = color
        self.error: DagjobError | None = None
        self.passed_over: list[str] = []

    @cached_property
    def folder(self) -> str:
        """The current folder; for one that was removed, the root."""
        try:
            return current_folder()
        except DagjobError as error:
            self.error = error
            return os.path.abspath(os.sep)

    @cached_property
    def project(self) -> Project | None:
        """The project; None where there is none, or its settings are wrong, which `error` then says."""
        try:
            folder = self.folder
            return find_project(folder, self.passed_over.append) if self.error is None else None
        except DagjobError as error:
            self.error = error
            return None

    @property
    def settings(self) -> Settings:
        return self.project.settings if self.project is not None else Settings()

    @cached_property
    def state(self) -> StateDir:
        project = self.project
        return find_state_dir(
            self.home, self.environ, project.root if project else None, self.settings.home, self.folder
        )

    def style(self, stream: TextIO) -> Style:
        """Glyphs and colours on this stream; a wrong `--color` or DAGJOB_COLOR is `auto` here."""
        options = self._display(stream)
        return Style(options.color, options.utf8)

    def width(self, stream: TextIO) -> int:
        """The columns of this stream."""
        return self._display(stream).width()

    def _display(self, stream: TextIO) -> DisplayOptions:
        known = self._color if self._color in ("auto", "always", "never") else None
        return display_options(stream, known, self.environ)
