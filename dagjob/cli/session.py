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
from dagjob.launch.registries import ALIASES
from dagjob.launch.settings import Settings, find_project
from dagjob.record import Record
from dagjob.storage.paths import StateDir, find_state_dir

if TYPE_CHECKING:
    from dagjob.config.secrets import Masker
    from dagjob.engine.importing import Target
    from dagjob.launch.setting_rules import SettingTable


class Session(Record):
    """The surroundings of one command. `verbosity` counts `-v` up and `-q` down; `root` is None outside of any project."""

    root: str | None
    settings: Settings
    state: StateDir
    color: str
    verbosity: int
    quiet: bool
    environ: Mapping[str, str]
    profile: str | None = None
    """The name of the profile whose settings count."""
    no_input: bool = False
    """Whether nobody is to be asked anything."""
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

    def tables(self, job: str | None = None) -> tuple[SettingTable, ...]:
        """The tables of settings that count more than the section itself: those of the job, then those of the profile."""
        of_job = self.settings.jobs.get(job) if job is not None else None
        of_profile = self.settings.profiles[self.profile] if self.profile is not None else None
        return tuple(table for table in (of_job, of_profile) if table is not None)

    def filled(self, args: ParsedArguments, job: str | None = None) -> ParsedArguments:
        """The arguments, with the options that the settings say where neither the command line nor a variable does."""
        options = {**self.settings.options}
        options.pop("executor", None)  # the job's own counts more
        for table in self.tables(job):
            options.update(table.options)
        if not options:
            return args
        from dagjob.cli.setting_values import filled

        return filled(args, options, self.environ)

    def base_config(self, job: str | None = None) -> tuple[str, ...]:
        """The config files that the settings name, in the order in which later ones win."""
        return (*self.settings.config, *(name for table in self.tables(job) for name in table.config))

    def whose_config(self, job: str) -> dict[str, str]:
        """The files of `base_config` that one of the inner tables names, each with the name of that."""
        from dagjob.builtin.yaml_files import matching_files

        found = {}
        of_job, of_profile = self.settings.jobs.get(job), self.settings.profiles.get(self.profile or "")
        for table, whose in ((of_job, f"jobs.{job}"), (of_profile, f"profile {self.profile}")):
            for name in table.config if table is not None else ():
                found.update(dict.fromkeys(matching_files(os.path.relpath(os.path.join(self.folder, name))), whose))
        return found

    def pools(self, job: str | None = None) -> Mapping[str, int]:
        """The slots of pools that the settings say."""
        found = dict(self.settings.pools)
        for table in self.tables(job):
            found.update(table.pools)
        return found

    def tags(self, job: str, own: Mapping[str, object]) -> dict[str, str]:
        """The tags that the settings say for a run of a job; its `own`, which its code says, count more than the defaults."""
        found = {key: value for key, value in self.settings.default_tags.items() if key not in own}
        for table in self.tables(job):
            found.update(table.tags)
        return found

    def sinks(self, job: str | None = None) -> tuple[str, ...]:
        """The sinks that the settings name."""
        return (*self.settings.sinks, *(name for table in self.tables(job) for name in table.sinks))

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
                "hide_frames": self.settings.hide_frames,
                "version": VERSION,
                "keys": not self.no_input,
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


def _profile(args: ParsedArguments, settings: Settings, environ: Mapping[str, str]) -> str | None:
    """The profile that the command line or else the environment names; `ci` where CI is set, if there is one."""
    if registry.PROFILE not in args.command.options:
        return None
    given, variable = args.text(registry.PROFILE), environ.get("DAGJOB_PROFILE")
    name = given or variable
    if not name:
        return "ci" if environ.get("CI") and "ci" in settings.profiles else None
    if name in settings.profiles:
        return name
    source = registry.PROFILE.long if given else "DAGJOB_PROFILE"
    error = DagjobUsageError(f'{source}: there is no profile "{name}".{did_you_mean(name, settings.profiles)}')
    there = ", ".join(settings.profiles)
    raise error.noting(f"profiles: {there}" if there else "a profile is a section [tool.dagjob.profiles.NAME]")


def _env_file(settings: Settings, profile: str | None) -> str | None:
    """The file of environment variables that the settings name."""
    of_profile = settings.profiles[profile].env_file if profile is not None else None
    return of_profile or settings.env_file


def _read_env_file(given: str | None, setting: str | None, root: str | None) -> None:
    """Read the file of environment variables that the command line or else pyproject names.

    The one of pyproject may not be there: such files are kept out of repositories.
    """
    named = None if setting is None else os.path.join(root or "", setting)
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
    color = chosen(registry.COLOR, args.text(registry.COLOR), environ, "DAGJOB_COLOR")
    passed_over: list[str] = []
    project = find_project(current_folder(), passed_over.append)
    settings = project.settings if project else Settings()
    root = project.root if project else None
    profile = _profile(args, settings, environ)
    if registry.ENV_FILE in args.command.options:
        _read_env_file(args.text(registry.ENV_FILE), _env_file(settings, profile), root)
    state = find_state_dir(args.text(registry.HOME), environ, root, settings.home)
    quiet, verbose = args.count(registry.QUIET), args.count(registry.VERBOSE)
    if passed_over and not quiet:
        _tell_passed_over(passed_over)
    alias = _alias(args, settings, environ)
    alias = "silent" if quiet and alias == "auto" else alias
    color = color or _color(settings, profile)
    no_input = args.on(registry.NO_INPUT)
    return Session(root, settings, state, color, verbose - quiet, quiet > 0, environ, profile, no_input, alias)


def _color(settings: Settings, profile: str | None) -> str:
    of_profile = settings.profiles[profile].options.get("color") if profile is not None else None
    return str(of_profile or settings.options.get("color") or "auto")


def _alias(args: ParsedArguments, settings: Settings, environ: Mapping[str, str]) -> str:
    """When `import dagster` means dagjob: as the command line, the environment or the project says."""
    if args.on(registry.DAGSTER_ALIAS):
        return "always"
    given = environ.get("DAGJOB_DAGSTER_ALIAS")
    if given and given not in ALIASES:
        hint = did_you_mean(given, ALIASES)
        raise DagjobUsageError(f'DAGJOB_DAGSTER_ALIAS takes one of {", ".join(ALIASES)}, not "{given}".{hint}')
    return given or settings.dagster_alias or "auto"
