"""What every command needs to know before it does anything: project, settings, state directory, display options."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TextIO

from dagjob.cli import registry
from dagjob.cli.arguments import ParsedArguments
from dagjob.cli.terminal import display_options
from dagjob.cli.values import chosen
from dagjob.cli.version import VERSION
from dagjob.display.options import DisplayOptions
from dagjob.display.style import Style
from dagjob.errors import DagjobUsageError, did_you_mean
from dagjob.launch.settings import ALIASES, Settings, find_project
from dagjob.record import Record
from dagjob.storage.paths import StateDir, find_state_dir

if TYPE_CHECKING:
    from dagjob.config.secrets import Masker
    from dagjob.engine.importing import Target


class Session(Record):
    """The surroundings of one command. `verbosity` counts `-v` up and `-q` down; `root` is None outside of any project."""

    root: str | None
    settings: Settings
    state: StateDir
    color: str
    verbosity: int
    quiet: bool
    environ: Mapping[str, str]
    alias: str = "auto"
    """When `import dagster` means dagjob, as in `Target`."""

    @property
    def folder(self) -> str:
        """Where relative names start: the project's root, else the current folder."""
        return self.root or os.getcwd()

    @property
    def python_path(self) -> tuple[str, ...]:
        """What goes first on `sys.path`."""
        return tuple(os.path.join(self.folder, path) for path in self.settings.python_path)

    def target(self, location: str, name: str | None = None) -> Target:
        """A job of this project, or a file or module of it."""
        from dagjob.engine.importing import Target

        return Target(location, name, self.folder, self.python_path, self.alias)

    def display(self, stream: TextIO, **more: Any) -> DisplayOptions:
        """The options for a display on this stream; `more` are fields that the command knows."""
        return display_options(
            stream,
            self.color,
            self.environ,
            **{
                "verbosity": self.verbosity,
                "root": self.root or "",
                "python_paths": self.python_path,
                "version": VERSION,
                **more,
            },
        )

    def masker(self) -> Masker:
        """What masks the values of secret environment variables in texts of the user's code."""
        from dagjob.config.secrets import Masker, secret_variables

        return Masker(secret_variables(self.environ, self.settings.redact))

    def style(self, stream: TextIO) -> Style:
        """Glyphs and colours on this stream."""
        options = self.display(stream)
        return Style(options.color, options.utf8)


def _read_env_file(given: str | None, settings: Settings, root: str | None) -> None:
    """Read the file of environment variables that the command line or else pyproject names.

    The one of pyproject may not be there: such files are kept out of repositories.
    """
    named = None if settings.env_file is None else os.path.join(root or "", settings.env_file)
    if given is None and (named is None or not os.path.exists(named)):
        return
    from dagjob.cli.env_file import load

    load(given or named or "", registry.ENV_FILE.long if given else '"env-file" of pyproject.toml')


def _tell_passed_over(paths: list[str]) -> None:
    """Say once what was not taken for a part of the project because of its owner."""
    from dagjob.builtin.ownership import SAFE, stranger
    from dagjob.cli.output import warn

    owner = stranger(paths[0]) or "another user"
    warn(
        f'note: "{paths[0]}" belongs to another user, {owner}, and is passed over; '
        f"if it is yours to use:  export {SAFE}={os.path.dirname(paths[0])}"
    )


def current_folder() -> str:
    """The folder that the command is called in, which somebody may have removed."""
    try:
        return os.getcwd()
    except OSError as error:
        raise DagjobUsageError(f"the current folder cannot be found: {error.strerror}").noting(
            "it was removed or moved: go to another folder, or  dagjob -C DIR"
        ) from None


def open_session(args: ParsedArguments) -> Session:
    """The session of a command."""
    environ = os.environ
    color = chosen(registry.COLOR, args.text(registry.COLOR), environ, "DAGJOB_COLOR") or "auto"
    passed_over: list[str] = []
    project = find_project(current_folder(), passed_over.append)
    settings = project.settings if project else Settings()
    root = project.root if project else None
    if registry.ENV_FILE in args.command.options:
        _read_env_file(args.text(registry.ENV_FILE), settings, root)
    state = find_state_dir(args.text(registry.HOME), environ, root, settings.home)
    quiet, verbose = args.count(registry.QUIET), args.count(registry.VERBOSE)
    if passed_over and not quiet:
        _tell_passed_over(passed_over)
    alias = _alias(args, settings, environ)
    alias = "silent" if quiet and alias == "auto" else alias
    return Session(root, settings, state, color, verbose - quiet, quiet > 0, environ, alias)


def _alias(args: ParsedArguments, settings: Settings, environ: Mapping[str, str]) -> str:
    """When `import dagster` means dagjob: as the command line, the environment or the project says."""
    if args.on(registry.DAGSTER_ALIAS):
        return "always"
    given = environ.get("DAGJOB_DAGSTER_ALIAS")
    if given and given not in ALIASES:
        hint = did_you_mean(given, ALIASES)
        raise DagjobUsageError(f'DAGJOB_DAGSTER_ALIAS takes one of {", ".join(ALIASES)}, not "{given}".{hint}')
    return given or settings.dagster_alias or "auto"
