"""Where things live on disk, and nothing about what is in them.

A `StateDir` is a value: asking it for a path touches no disk. `prepare` is the only function that makes anything, and
only a run calls it; a query that finds nothing shows nothing.
"""

from __future__ import annotations

import os
from collections.abc import Mapping

from dagjob.builtin.file_names import file_name
from dagjob.builtin.private_files import open_private, others_may_enter
from dagjob.errors import DagjobStateError
from dagjob.record import Record
from dagjob.storage.admission import admit, make_own

FOLDER = ".dagjob"
DAY = 86400.0

_TAG = """Signature: 8a477f597d28d172789f06886806bc55
# This directory is the state of dagjob: run history, logs and outputs. Backup tools may skip it.
# See https://bford.info/cachedir/
"""
_NETWORK = frozenset({"nfs", "nfs4", "cifs", "smb", "smb2", "smb3", "smbfs", "afs", "9p", "ncpfs", "fuse.sshfs"})


class StateDir(Record):
    """The state directory of a project. `database_root` is set where the database cannot live with the rest."""

    root: str
    database_root: str | None = None
    outside: bool = False
    """Whether it is the user's own folder for what belongs to no project."""

    @property
    def db(self) -> str:
        """The SQLite file."""
        return f"{self.database_root or self.root}{os.sep}dagjob.db"

    @property
    def index(self) -> str:
        """The index of jobs, for completions."""
        return os.path.join(self.root, "index.json")

    @property
    def runs(self) -> str:
        """The folder that holds a folder for each run."""
        return os.path.join(self.root, "runs")

    @property
    def retention(self) -> str:
        """The mark of `retention.py`: what is old was last looked for at the time of its modification."""
        return f"{self.root}{os.sep}retention"

    @property
    def ahead(self) -> str:
        """The folder of those of runs that have not begun."""
        return f"{self.root}{os.sep}ahead"

    def folder(self, name: str) -> str:
        """A folder beside the runs: `cache`, `schema`, `crash`, `pools`, `locks`."""
        return os.path.join(self.root, name)

    def run(self, run_id: str) -> str:
        """The folder of one run."""
        return f"{self.root}{os.sep}runs{os.sep}{run_id}"  # `join` would be a tenth of what a partition costs.

    def lock(self, run_id: str) -> str:
        """The file that the main process of a running run holds locked."""
        return f"{self.run(run_id)}{os.sep}lock"

    def config(self, run_id: str) -> str:
        """The run's config, masked."""
        return f"{self.run(run_id)}{os.sep}config.yaml"

    def plan(self, run_id: str) -> str:
        """The run's plan."""
        return f"{self.run(run_id)}{os.sep}plan.json"

    def surroundings(self, run_id: str) -> str:
        """What the run was made with: source of its ops, packages, names of variables."""
        return f"{self.run(run_id)}{os.sep}surroundings.json"

    def report(self, run_id: str) -> str:
        """The run's HTML report."""
        return f"{self.run(run_id)}{os.sep}report.html"

    def logs(self, run_id: str) -> str:
        """The folder of what the ops of a run printed."""
        return f"{self.run(run_id)}{os.sep}logs"

    def log(self, run_id: str, step_key: str, attempt: int) -> str:
        """The file that holds stdout and stderr of one attempt, in the order in which they were written."""
        return f"{self.logs(run_id)}{os.sep}{self.log_name(step_key, attempt)}"

    @staticmethod
    def log_name(step_key: str, attempt: int) -> str:
        """The name of that file."""
        return f"{file_name(step_key)}.{attempt}.out"

    def out(self, run_id: str) -> str:
        """The folder of stored outputs: `out/STEP/OUTPUT`."""
        return f"{self.run(run_id)}{os.sep}out"


def find_state_dir(
    home_option: str | None,
    environ: Mapping[str, str],
    project_root: str | None,
    settings_home: str | None = None,
    folder: str | None = None,
) -> StateDir:
    """The state directory: `--home`, else `DAGJOB_HOME`, else `home` of pyproject, else `.dagjob` in the project.

    Outside a project it is a folder of the user's own, under `$XDG_STATE_HOME/dagjob` (`~/.local/state/dagjob`), one
    for each `folder` that dagjob is called in (default: the current one). `settings_home` counts from the project
    root. Makes nothing.
    """
    chosen = home_option or environ.get("DAGJOB_HOME")
    if chosen:
        root = os.path.abspath(os.path.expanduser(chosen))
    elif settings_home and project_root:
        root = os.path.abspath(os.path.join(project_root, os.path.expanduser(settings_home)))
    elif project_root:
        root = os.path.join(os.path.abspath(project_root), FOLDER)
    else:
        return StateDir(_of_user(environ, folder or os.getcwd()), outside=True)
    if on_network(root):
        return StateDir(root, _of_user(environ, root))
    return StateDir(root)


def prepare(state: StateDir) -> str | None:
    """Make the directory where it is missing, as the first run does. Any number of processes may do so at once.

    Returns a note to show, the first time that it lies where no project is, that others may enter an existing one, or
    that the database has to live away from the rest; else None. Raises `DagjobStateError`
    where it cannot be made, or is not to be used. An
    existing folder gets no `.gitignore`: it may be the user's own.
    """
    admit(state)
    notes = []
    try:
        if not os.path.isdir(state.root):
            _make_root(state.root)
            if state.outside:
                notes.append(
                    f'this folder belongs to no project: history and outputs are kept in "{state.root}"; '
                    "to keep them here:  dagjob init, or an empty folder .dagjob"
                )
        else:
            make_own(state.root)
        if others_may_enter(state.root) and _for_the_first_time(os.path.join(state.root, "open-to-others")):
            notes.append(
                f'other users may enter the state directory "{state.root}", which holds what ops printed and returned; '
                f'to keep them out:  chmod -R go= "{state.root}"'
            )
        if state.database_root is not None and not os.path.isdir(state.database_root):
            _make_root(state.database_root)
            notes.append(f'"{state.root}" is on a network file system: its database is kept in "{state.database_root}"')
    except OSError as error:
        raise unwritable(state.root, error) from error
    return "; ".join(notes) or None


def retention_is_due(state: StateDir, now: float) -> bool:
    """Whether what is old has not been looked for since a day. (A mark of tomorrow was made before a clock was set back.)"""
    try:
        return abs(now - os.stat(state.retention).st_mtime) >= DAY
    except OSError:
        return True


def unwritable(path: str, error: Exception) -> DagjobStateError:
    """The error for a state directory, or a part of it, that cannot be written."""
    reason = getattr(error, "strerror", None) or str(error) or type(error).__name__
    return DagjobStateError(f'the state directory cannot be written: "{path}": {reason}').noting(
        "choose another place with --home DIR or DAGJOB_HOME",
        "or run without a record: --no-state",
    )


def on_network(path: str, mounts: str | None = None) -> bool:
    """Whether the path lies on a file system that other machines share, where SQLite's WAL is unsafe.

    `mounts` is the text of `/proc/self/mounts`; where the system has none (macOS, Windows) nobody can say, so False.
    """
    kinds = _mounted(mounts)
    return not _NETWORK.isdisjoint(kinds.values()) and _kind_at(path, kinds) in _NETWORK


def file_system(path: str, mounts: str | None = None) -> str:
    """The kind of file system that a path lies on, such as `ext4`; nothing where the system does not say."""
    return _kind_at(path, _mounted(mounts)) or ""


def _mounted(mounts: str | None) -> dict[str, str]:
    """The kinds of file systems by where they are mounted."""
    if mounts is None:
        try:
            with open("/proc/self/mounts", encoding="utf-8", errors="surrogateescape") as file:
                mounts = file.read()
        except OSError:
            return {}
    return {point.replace("\\040", " "): kind for _, point, kind, *_ in map(str.split, mounts.splitlines())}


def _kind_at(path: str, kinds: Mapping[str, str]) -> str | None:
    path = os.path.realpath(path)
    while path not in kinds and path != os.path.dirname(path):
        path = os.path.dirname(path)
    return kinds.get(path)


def _of_user(environ: Mapping[str, str], folder: str) -> str:
    """The user's own state folder for `folder`: its name, so that people find it, and a hash of its whole path."""
    from hashlib import blake2b

    base = environ.get("XDG_STATE_HOME") or os.path.join(
        environ.get("HOME") or os.path.expanduser("~"), ".local", "state"
    )
    path = os.path.realpath(folder)
    digest = blake2b(os.fsencode(path), digest_size=6).hexdigest()
    return os.path.join(base, "dagjob", f"{os.path.basename(path)[:40] or 'root'}-{digest}")


def _for_the_first_time(mark: str) -> bool:
    """Whether this file is not there yet; it is from now on."""
    try:
        os.close(open_private(mark, os.O_CREAT | os.O_EXCL))
    except OSError:  # it is there, or nothing can be written here, which is said elsewhere
        return False
    return True


def _make_root(path: str) -> None:
    os.makedirs(os.path.dirname(path), exist_ok=True)
    try:
        os.mkdir(path, 0o700)
    except FileExistsError:
        if os.path.isdir(path):
            return  # another process was faster, and fills it
        raise
    os.chmod(path, 0o700)
    for name, text in ((".gitignore", "*\n"), ("CACHEDIR.TAG", _TAG), ("retention", "")):
        with open(os.path.join(path, name), "w", encoding="utf-8", opener=open_private) as file:
            file.write(text)
