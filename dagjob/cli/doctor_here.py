"""What `doctor` finds on this machine and in this environment: Python, limits, terminal, completion."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator

from dagjob.cli.findings import Finding, Surroundings
from dagjob.cli.version import VERSION
from dagjob.display.words import number, size

NEWEST_TRIED = (3, 14)
FEW_FILES, FEW_PROCESSES = 256, 200
LITTLE_MEMORY, LITTLE_ROOM = 512 << 20, 200 << 20


def program(here: Surroundings) -> Iterator[Finding]:
    package = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
    yield Finding("dagjob", "ok", f"{VERSION}  {package}", data={"version": VERSION, "path": package})


def python(here: Surroundings) -> Iterator[Finding]:
    version = ".".join(map(str, sys.version_info[:3]))
    system = (
        " ".join((os.uname().sysname, os.uname().release, os.uname().machine)) if hasattr(os, "uname") else sys.platform
    )
    data = {"version": version, "executable": sys.executable, "platform": system}
    text, hints = f"{version}  {sys.executable}  {system}", []
    if sys.version_info[:2] > NEWEST_TRIED:
        hints.append(f"dagjob was tried with Python up to {'.'.join(map(str, NEWEST_TRIED))}")
    if os.name == "nt":
        hints.append(
            "on Windows each op starts a fresh interpreter (spawn), and time limits of ops in process do not count"
        )
    yield Finding("Python", "warning" if hints else "ok", text, tuple(hints), data)


def bytecode(here: Surroundings) -> Iterator[Finding]:
    """Without compiled files each command, and each op of a fresh process, compiles all modules again."""
    package = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
    cached = os.path.isdir(os.path.join(package, "cli", "__pycache__")) or bool(sys.pycache_prefix)
    compile_it = f'{os.path.basename(sys.executable)} -m compileall -q "{package}"'
    if sys.dont_write_bytecode and not cached:
        text = "Python keeps no compiled modules here, so each start compiles them again: about 3 times slower"
        why = (
            "PYTHONDONTWRITEBYTECODE is set: unset it, or once"
            if here.environ.get("PYTHONDONTWRITEBYTECODE")
            else "once"
        )
        yield Finding("bytecode", "warning", text, (f"{why}:  {compile_it}",))
    elif not cached and not os.access(package, os.W_OK):
        text = f'compiled modules cannot be kept in "{package}": each start compiles them again, about 3 times slower'
        yield Finding("bytecode", "warning", text, (f"who may write there, once:  {compile_it}",))
    else:
        yield Finding("bytecode", "ok", "compiled modules are kept")


def files(here: Surroundings) -> Iterator[Finding]:
    try:
        from resource import RLIM_INFINITY, RLIMIT_NOFILE, getrlimit
    except ImportError:  # Windows
        return
    soft, hard = getrlimit(RLIMIT_NOFILE)
    told = "any number of" if soft == RLIM_INFINITY else number(soft)
    few = soft != RLIM_INFINITY and soft < FEW_FILES
    hint = ("fewer ops run at a time than -j says:  ulimit -n 1024",) if few else ()
    data = {"soft": None if soft == RLIM_INFINITY else soft, "hard": None if hard == RLIM_INFINITY else hard}
    yield Finding(
        "open files", "warning" if few else "ok", f"a process may have {told} files open (RLIMIT_NOFILE)", hint, data
    )


def processes(here: Surroundings) -> Iterator[Finding]:
    try:
        from resource import RLIM_INFINITY, RLIMIT_NPROC, getrlimit
    except ImportError:
        return
    soft = getrlimit(RLIMIT_NPROC)[0]
    in_group = _number(_cgroup("pids.max"))
    limits = [
        limit for limit in (None if soft == RLIM_INFINITY else soft, in_group) if limit is not None and limit >= 0
    ]
    least = min(limits, default=None)
    few = least is not None and least < FEW_PROCESSES
    text = "any number of processes" if least is None else f"{number(least)} processes may run"
    hint = ("each op is a process: fewer at a time with -j, or in one process with -e in_process",) if few else ()
    yield Finding("processes", "warning" if few else "ok", text, hint, {"limit": least})


def cpus(here: Surroundings) -> Iterator[Finding]:
    from dagjob.launch.executors import usable_processors

    usable, there = usable_processors(), os.cpu_count() or 1
    quota, _, period = (_cgroup("cpu.max") or "max 1").partition(" ")
    allowed = int(quota) / int(period or 1) if quota.isdigit() and period.strip().isdigit() else None
    text = f"{usable} of {there} may be used"
    data = {"usable": usable, "there": there, "allowed": allowed}
    if allowed is not None and allowed < usable * 0.9:
        text += f", but the control group allows the time of {allowed:g}"
        hint = (
            f"with -j auto {usable} ops run at a time: perhaps  workers = {max(1, round(allowed))}  in [tool.dagjob]",
        )
        yield Finding("CPUs", "warning", text, hint, data)
    else:
        yield Finding("CPUs", "ok", text, (), data)


def memory(here: Surroundings) -> Iterator[Finding]:
    total, free = _memory()
    limit = _number(_cgroup("memory.max"))
    used = _number(_cgroup("memory.current"))
    if limit is not None and (total is None or limit < total):
        left = max(0, limit - (used or 0))
        text = f"{size(left)} of the {size(limit)} that the control group allows are free"
        free, total = left, limit
    elif total is None or free is None:
        return
    else:
        text = f"{size(free)} of {size(total)} are free"
    little = free is not None and free < LITTLE_MEMORY
    hint = ("an op that gets none is killed (DJ402): fewer at a time with -j",) if little else ()
    yield Finding("memory", "warning" if little else "ok", text, hint, {"free": free, "total": total})


def terminal(here: Surroundings) -> Iterator[Finding]:
    from dagjob.cli.terminal import is_terminal, wants_color

    stream = sys.stderr
    encoding = (getattr(stream, "encoding", None) or "unknown").lower()
    utf8 = encoding.replace("-", "") in ("utf8", "utf8sig")
    shown = {"encoding": encoding, "terminal": is_terminal(stream), "color": wants_color(None, here.environ, stream)}
    parts = [encoding.upper(), "colour" if shown["color"] else "no colour"]
    if shown["terminal"]:
        columns, lines = os.get_terminal_size(stream.fileno())
        shown |= {"columns": columns, "lines": lines}
        parts = [f"{columns}x{lines}", *parts, f"TERM={here.environ.get('TERM', '')}"]
        board = not here.environ.get("CI") and here.environ.get("TERM") != "dumb"
        parts.append("runs are shown on a board" if board else "runs are shown in plain lines")
    else:
        parts = ["stderr is no terminal: plain lines", *parts]
    hint = () if utf8 else ("glyphs are written in ASCII; for the others:  export LC_ALL=C.UTF-8",)
    yield Finding("terminal", "ok" if utf8 else "warning", ", ".join(parts), hint, shown)


def dagster(here: Surroundings) -> Iterator[Finding]:
    """What `import dagster` means, as far as that is known without importing it."""
    from dagjob.compat.alias import find_spec

    mode = here.environ.get("DAGJOB_DAGSTER_ALIAS") or here.settings.dagster_alias or "auto"
    found = find_spec("dagster", "auto", sys.path, announces=False)
    installed = found is not None and found.origin is not None
    if mode == "never":
        means = "Dagster" if installed else "nothing: it is not installed, and the alias is off"
    else:
        means = "Dagster, which is installed" if installed and mode == "auto" else "dagjob"
    text = f'"import dagster" means {means} (dagster-alias: {mode})'
    yield Finding("dagster", "ok", text, (), {"alias": mode, "installed": installed})


SHELLS = {
    "bash": (
        ".bashrc",
        ".bash_profile",
        ".profile",
        ".bash_completion",
        ".local/share/bash-completion/completions/dagjob",
    ),
    "zsh": (".zshrc", ".zprofile", ".zshenv", ".zfunc/_dagjob"),
    "fish": (".config/fish/config.fish", ".config/fish/completions/dagjob.fish"),
}
"""Where people switch completion on, from their home."""


def completion(here: Surroundings) -> Iterator[Finding]:
    """Whether the start files of the shell name our completion. A script for all users may be elsewhere."""
    shell = os.path.basename(here.environ.get("SHELL", ""))
    if shell not in SHELLS:
        yield Finding(
            "completion", "ok", "for bash, zsh and fish:  dagjob completions SHELL", (), {"shell": shell or None}
        )
        return
    base = here.environ.get("HOME") or ""
    places = [os.path.join(base, name) for name in SHELLS[shell]] if base else []
    on = next(
        (path for path in places if os.path.basename(path).strip("_").startswith("dagjob") and os.path.exists(path)),
        None,
    )
    on = on or next((path for path in places if "dagjob completions" in _text(path)), None)
    data = {"shell": shell, "found": on}
    if on is not None:
        yield Finding("completion", "ok", f"{shell}: switched on in {on}", (), data)
        return
    line = "dagjob completions fish | source" if shell == "fish" else f'eval "$(dagjob completions {shell})"'
    file = f"~/{SHELLS[shell][0]}"
    yield Finding("completion", "ok", f"{shell}: not switched on; a line for {file}:  {line}", (), data)


def temporary(here: Surroundings) -> Iterator[Finding]:
    """The folder for temporary files: runs with --no-state keep their outputs there."""
    import tempfile
    from shutil import disk_usage

    folder = tempfile.gettempdir()
    free = disk_usage(folder).free
    little = free < LITTLE_ROOM
    hint = ("make room, or name another folder in TMPDIR",) if little else ()
    yield Finding(
        "temporary", "warning" if little else "ok", f"{folder}, {size(free)} free", hint, {"path": folder, "free": free}
    )


# -- reading the system --------------------------------------------------------------------------------------------


def _text(path: str, most: int = 1 << 20) -> str:
    try:
        with open(path, encoding="utf-8", errors="replace") as file:
            return file.read(most)
    except OSError:
        return ""


def _number(text: str | None) -> int | None:
    return int(text) if text is not None and text.strip().isdigit() else None


def _cgroup(name: str) -> str | None:
    """What the control group (version 2) of this process says; of those around it the nearest that says something else than max."""
    path = next(
        (line.partition("::")[2] for line in _text("/proc/self/cgroup").splitlines() if line.startswith("0::")), None
    )
    while path is not None:
        text = _text(f"/sys/fs/cgroup{path.rstrip('/')}/{name}").strip()
        if text and not text.startswith("max"):
            return text
        path = os.path.dirname(path) if path not in ("", "/") else None
    return None


def _memory() -> tuple[int | None, int | None]:
    """The bytes of memory of this machine, and those that are free for use."""
    lines = dict(line.split(":", 1) for line in _text("/proc/meminfo").splitlines() if ":" in line)
    found = [_number(lines.get(name, "").replace("kB", "")) for name in ("MemTotal", "MemAvailable")]
    total, free = (None if each is None else each * 1024 for each in found)
    return total, free
