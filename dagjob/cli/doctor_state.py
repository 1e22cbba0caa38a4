"""What `doctor` finds of the project: its settings, the state directory, the history and who is at work."""

from __future__ import annotations

import os
from collections.abc import Iterator

from dagjob import clock
from dagjob.builtin.private_files import others_may_enter
from dagjob.cli import registry
from dagjob.cli.findings import Finding, Surroundings
from dagjob.cli.values import chosen, workers
from dagjob.display.words import count, listing, size
from dagjob.errors import DagjobStateError, DagjobUsageError, did_you_mean
from dagjob.launch.settings import FILE
from dagjob.storage.admission import admit
from dagjob.storage.paths import file_system, on_network

VARIABLES = (
    "DAGJOB_HOME", "DAGJOB_FORMAT", "DAGJOB_COLOR", "DAGJOB_TB", "DAGJOB_JOBS", "DAGJOB_EXECUTOR", "DAGJOB_PROFILE",
    "DAGJOB_LOG_LEVEL", "DAGJOB_NO_STATE", "DAGJOB_HEARTBEAT", "DAGJOB_FPS", "DAGJOB_PAGER", "DAGJOB_DAGSTER_ALIAS",
    "DAGJOB_SAFE_DIRECTORIES", "DAGJOB_RUN_ID", "DAGJOB_JOB", "DAGJOB_OP", "DAGJOB_ATTEMPT", "DAGJOB_PARTITION",
    "DAGJOB_RUN_DIR",
)  # fmt: skip
"""All variables of ours, those that are set for ops among them."""
CHOICES = {
    "DAGJOB_FORMAT": registry.RUN_FORMAT,
    "DAGJOB_COLOR": registry.COLOR,
    "DAGJOB_TB": registry.TRACEBACK,
    "DAGJOB_EXECUTOR": registry.EXECUTOR,
    "DAGJOB_LOG_LEVEL": registry.LOG_LEVEL,
}
NUMBERS = ("DAGJOB_FPS", "DAGJOB_HEARTBEAT")
LITTLE_ROOM = 200 << 20
MANY_RUNS = 20_000


def project(here: Surroundings) -> Iterator[Finding]:
    found = here.project
    if here.error is not None:
        place = here.error.place
        where = f"{place.file}:{place.line}: " if place is not None and place.line else ""
        hints = (*here.error.notes, "dagjob explain DJ100")
        yield Finding("project", "problem", f"{where}{here.error}", hints)
        return
    for path in here.passed_over:
        text = f'"{path}" belongs to another user and is passed over'
        hint = (f"if it is yours to use:  export DAGJOB_SAFE_DIRECTORIES={os.path.dirname(path)}",)
        yield Finding("project", "warning", text, hint)
    if found is None:
        text = f"{here.folder} belongs to none: no [tool.dagjob], .dagjob, {FILE} or .git here or above"
        yield Finding("project", "ok", text, ("to begin one:  dagjob init",), {"root": None})
        return
    signs = [name for name in (FILE, ".dagjob", ".git") if os.path.exists(os.path.join(found.root, name))]
    yield Finding("project", "ok", f"{found.root}  ({', '.join(signs)})", (), {"root": found.root})


def settings(here: Surroundings) -> Iterator[Finding]:
    """What is set, and from where; a variable that looks like one of ours and is none."""
    found = here.settings
    named = list(here.project.said) if here.project is not None else []
    variables = sorted(name for name in here.environ if name.startswith("DAGJOB_"))
    known = [name for name in variables if name in VARIABLES]
    parts = [f"{FILE}: {', '.join(named)}"] if named else [f"{FILE} sets nothing" if here.project else "none"]
    parts += [f"environment: {', '.join(known)}"] if known else []
    data = {"settings": named, "variables": known, "profiles": list(found.profiles)}
    yield Finding("settings", "ok", "; ".join(parts), (), data)
    for name in variables:
        if name not in VARIABLES and not name.startswith("DAGJOB_TESTS"):
            yield Finding("settings", "warning", f"no variable {name} is read.{did_you_mean(name, VARIABLES)}")
    yield from _wrong_values(here)
    profile = here.environ.get("DAGJOB_PROFILE")
    if profile and profile not in found.profiles:
        hint = (f"profiles: {', '.join(found.profiles)}",) if found.profiles else ()
        text = f'DAGJOB_PROFILE: there is no profile "{profile}".{did_you_mean(profile, found.profiles)}'
        yield Finding("settings", "problem", text, hint)
    if found.env_file is not None and here.project is not None:
        path = os.path.join(here.project.root, found.env_file)
        if not os.path.exists(path):
            yield Finding("settings", "warning", f'env-file: there is no file "{path}"')


def _wrong_values(here: Surroundings) -> Iterator[Finding]:
    """Variables with a value that they cannot have: those that a command refuses, and those that it passes over."""
    for name, option in CHOICES.items():
        try:
            chosen(option, None, here.environ, name)
        except DagjobUsageError as error:
            yield Finding("settings", "problem", str(error))
    try:
        workers(None, here.environ.get("DAGJOB_JOBS"))
    except DagjobUsageError as error:
        yield Finding("settings", "problem", str(error))
    for name in NUMBERS:
        value = here.environ.get(name, "")
        if value and not value.isdigit():
            yield Finding("settings", "warning", f'{name} is a whole number, and "{value}" is passed over')


def state(here: Surroundings) -> Iterator[Finding]:
    """Where the state directory is and why, and whether it can be used."""
    from shutil import disk_usage

    found = here.state
    if here.home or here.environ.get("DAGJOB_HOME"):
        why = "--home" if here.home else "DAGJOB_HOME"
    elif here.settings.home and here.project:
        why = f"home in {FILE}"
    else:
        why = "of this project" if here.project else "of this folder, which belongs to no project"
    above = found.root
    while not os.path.exists(above):
        above = os.path.dirname(above)
    kind, free = file_system(above), disk_usage(above).free
    data = {"path": found.root, "from": why, "exists": os.path.isdir(found.root), "file_system": kind, "free": free}
    admit(found)
    if not os.access(above, os.W_OK | os.X_OK):
        elsewhere = ("choose another place with --home DIR or DAGJOB_HOME", "or run without a record: --no-state")
        yield Finding("state", "problem", f'{found.root} ({why}): "{above}" cannot be written', elsewhere, data)
        return
    there = "" if os.path.isdir(found.root) else ", not there yet: the first run makes it"
    text = f"{found.root} ({why}){there}, {size(free)} free{f' on {kind}' if kind else ''}"
    hints: list[str] = []
    if free < LITTLE_ROOM:
        hints.append("make room: a full disk costs outputs and history;  dagjob runs prune --max-size 1GB")
    if found.database_root is not None:
        hints.append(
            f'"{kind}" is shared with other machines, where SQLite is unsafe: the history is in "{found.database_root}"'
        )
    elif on_network(found.root):
        hints.append(
            "this file system is shared with other machines, where SQLite is unsafe: --home DIR on a local disk"
        )
    if os.path.isdir(found.root) and others_may_enter(found.root):
        hints.append(f'other users may enter it; to keep them out:  chmod -R go= "{found.root}"')
    yield Finding("state", "warning" if hints else "ok", text, tuple(hints), data)


def history(here: Surroundings) -> Iterator[Finding]:
    """The database: whether it can be read, is whole, and of which format."""
    from dagjob.storage.database import explained, open_for_reading
    from dagjob.storage.migrations import FORMAT

    found = here.state
    admit(found)
    if not os.path.exists(found.db):
        yield Finding("history", "ok", "none yet", (), {"path": found.db})
        return
    with explained(found.db):
        connection = open_for_reading(found.db)
        assert connection is not None
        try:
            [told] = [row[0] for row in connection.execute("PRAGMA quick_check(1)").fetchall()][:1]
            [known] = connection.execute("PRAGMA user_version").fetchone()
            [many] = connection.execute("SELECT count(*) FROM runs").fetchone()
        finally:
            connection.close()
    data = {
        "path": found.db,
        "format": known,
        "newest_format": FORMAT,
        "runs": many,
        "bytes": os.path.getsize(found.db),
    }
    if told != "ok":
        raise DagjobStateError(f'the history "{found.db}" is damaged: {told}').noting(
            "move it away: the next run begins a new one"
        )
    text = f"{count(many, 'run')}, {size(data['bytes'])}, format {known}, whole"
    if known < FORMAT:
        text += f" (the next run brings it to {FORMAT})"
    hints = ("many runs make queries slow:  dagjob runs prune --keep 5000",) if many > MANY_RUNS else ()
    yield Finding("history", "warning" if hints else "ok", text, hints, data)


def runs(here: Surroundings) -> Iterator[Finding]:
    """Who is at work, and whose main process died."""
    from dagjob.storage.crashes import dead_runs
    from dagjob.storage.database import explained, open_for_reading

    found = here.state
    with explained(found.db):
        connection = open_for_reading(found.db)
        if connection is None:
            return
        try:
            dead = set(dead_runs(connection, found))
            running = connection.execute(
                "SELECT run, id, job FROM runs WHERE status = 'running' ORDER BY run DESC"
            ).fetchall()
            [crashed] = connection.execute("SELECT count(*) FROM runs WHERE status = 'crashed'").fetchone()
        finally:
            connection.close()
    alive = [f"{run_id[:8]} ({job})" for run, run_id, job in running if run not in dead]
    died = [run_id[:8] for run, run_id, _ in running if run in dead]
    data = {"running": alive, "died": died, "crashed": crashed}
    text = f"{len(alive)} running: {listing(alive)}" if alive else "none is running"
    if died:
        text += (
            f"; {listing(died)} ended without a word: its main process died"
            if len(died) == 1
            else f"; {listing(died)} died"
        )
        hint = (f"the next  dagjob runs  says so in the history; go on with:  dagjob resume {died[0]}",)
        yield Finding("runs", "warning", text, hint, data)
    else:
        yield Finding("runs", "ok", f"{text}{f', {crashed} crashed in the past' if crashed else ''}", (), data)


def leftovers(here: Surroundings) -> Iterator[Finding]:
    """Half-written files of killed processes, and crash files."""
    from dagjob.storage.leftovers import left_files

    found = here.state
    if not os.path.isdir(found.root):
        return
    left, crashes = left_files(found), []
    folder = found.folder("crash")
    if os.path.isdir(folder):
        crashes = [os.path.join(folder, name) for name in sorted(os.listdir(folder))]
    data = {"left": left, "crashes": crashes}
    if crashes:
        text = f"{count(len(crashes), 'crash file')} of dagjob, the last one {crashes[-1]}"
        yield Finding("leftovers", "warning", text, ("please report what it says, then remove it",), data)
    if left:
        text = f"{count(len(left), 'half-written file')} of killed processes: {listing(left)}"
        yield Finding("leftovers", "ok", f"{text}; the next run removes what it finds", (), data)
    elif not crashes:
        yield Finding("leftovers", "ok", "none", (), data)


def pools(here: Surroundings) -> Iterator[Finding]:
    """The pools of the settings, and how many of their slots are taken."""
    from dagjob.builtin.file_names import file_name
    from dagjob.storage.slots import taken

    limits = here.settings.pools
    if not limits:
        return
    parts, data = [], {}
    for name, slots in limits.items():
        used = taken(os.path.join(here.state.folder("pools"), file_name(name)), slots)
        data[name] = {"slots": slots, "taken": used}
        parts.append(f"{name} {used} of {slots} taken")
    yield Finding("pools", "ok", ", ".join(parts), (), data)


def clock_of_history(here: Surroundings) -> Iterator[Finding]:
    """Whether the clock was set back since the latest run: times in the history would be wrong."""
    from time import localtime, strftime

    from dagjob.storage.database import explained, open_for_reading

    now, latest = clock.time(), None
    with explained(here.state.db):
        connection = open_for_reading(here.state.db)
        if connection is not None:
            try:
                [latest] = connection.execute("SELECT max(started) FROM runs").fetchone()
            finally:
                connection.close()
    text = strftime("%Y-%m-%d %H:%M:%S %Z", localtime(now))
    if latest is not None and latest > now + 60:
        hint = ("the clock was set back, or was wrong then: what is sorted by time is not in its order",)
        yield Finding("clock", "warning", f"{text}, and the latest run began {latest - now:.0f} s later", hint)
    else:
        yield Finding("clock", "ok", text)
