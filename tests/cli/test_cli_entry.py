"""The command as a whole: help, version, mistakes on the line, crashes, broken pipes, init, completions."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Callable, Iterator
from pathlib import Path
from shlex import quote
from typing import Any

import pytest

from dagjob import __version__
from dagjob.cli import registry
from dagjob.cli.arguments import read_line
from dagjob.cli.completions import SCRIPTS
from dagjob.cli.entries import Command
from dagjob.cli.version import VERSION

ROOT = Path(__file__).parents[2]
Run = Callable[..., Any]
Project = Callable[..., Path]

HELLO = """
from dagjob import job, op

@op
def greet() -> str:
    return "hi"

@job
def hello():
    greet()
"""


def commands(entry: Command = registry.ROOT, path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """The words of every command and group."""
    yield path
    for each in entry.commands:
        yield from commands(each, (*path, each.name))


# -- help and version ----------------------------------------------------------------------------------------------


def test_the_version_is_that_of_the_package(dagjob: Run) -> None:
    assert tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"] == VERSION
    assert __version__ == VERSION
    for words in (["--version"], ["-V"], ["-C", ".", "--version"]):
        assert dagjob(*words).stdout == f"dagjob {VERSION}\n"


@pytest.mark.parametrize("path", list(commands()), ids=" ".join)
def test_every_command_has_help(path: tuple[str, ...], dagjob: Run) -> None:
    done = dagjob(*path, "--help", env={"COLUMNS": "80"})
    entry = read_line(path).command
    assert (done.code, done.stderr) == (0, "")
    assert all(len(line) <= 80 for line in done.stdout.split("\n"))
    assert [option.long for option in entry.options if option.long not in done.stdout] == []
    assert [each.summary.split()[0] for each in entry.commands if each.name not in done.stdout] == []


def test_the_help_of_run_lists_the_values_of_its_choices(dagjob: Run) -> None:
    told = " ".join(dagjob("run", "--help").stdout.split())
    for option in registry.ROOT.find("run").options:  # type: ignore[union-attr]
        assert all(choice in told for choice in option.choices), option.long
    for values in ("failed, all, none", "debug, info, warning, error, critical", "user, full, short, none"):
        assert values in told


def test_help_through_typer_is_the_same(dagjob: Run) -> None:
    """`--help` as the last word is answered without Typer; anywhere else it is Typer's."""
    assert dagjob("run", "--help", "x").stdout == dagjob("run", "--help").stdout


def test_bare_dagjob_shows_the_commands(dagjob: Run) -> None:
    done = dagjob()
    assert done.code == 0
    assert "validate" in done.stdout


# -- mistakes ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("rum", ['no command "rum"', '"run"']),
        ("ls", ['dagjob has no command "ls"', '"list"']),
        ("runs lst", ['dagjob runs has no command "lst"', '"list"']),
        ("logs latest", ['no command "logs"', '"dagjob runs logs"']),
        ("lgos", ['no command "lgos"', '"dagjob runs logs"']),
        ("new", ['no command "new"', '"dagjob config new"']),
        ("jobs.py", ['no command "jobs.py"', '"dagjob run jobs.py"']),
        ("src/etl.py:nightly -c a.yaml", ['"dagjob run src/etl.py:nightly"']),
        ("nightly", ['no command "nightly"', "There are: run, list,", '"dagjob run nightly"']),
        ("hello", ['no command "hello"', '"dagjob run hello"']),
        ("help", ['no command "help"', '"dagjob --help"']),
        ("version", ['no command "version"', '"dagjob --version"']),
        ("run --confg a.yaml", ['no option "--confg"', '"--config"']),
        ("run -C there", ["-C stands before the command", "dagjob -C DIR run ..."]),
        (
            "runs list --directory=there",
            ["--directory stands before the command", "dagjob --directory DIR runs list ..."],
        ),
        ("validate -v", ['no option "-v"']),
        ("runs show -q latest", ['no option "-q"']),
        ("--no-output list", ['no option "--no-output"']),
        ("run -Z", ['no option "-Z"', "dagjob run --help"]),
        ("run -j", ["-j needs a value"]),
        ("run -j etl", ["-j takes a number of workers", "module:job"]),
        ("run --dry-run=yes", ["--dry-run", "no value"]),
        ("run a b", ['no further argument: "b"']),
        ("run --tb long", ["--tb", "user, full, short, none"]),
        ("run -t novalue", ["KEY=VALUE", "novalue"]),
        ("run --op-timeout soon", ["--op-timeout", "soon"]),
        ("list -f yaml", ["--format takes", "yaml"]),
        ("runs output latest", ["OP is missing"]),
        ("completions tcsh", ["bash, zsh, fish", "tcsh"]),
        ("completions", ["SHELL is missing"]),
        ("-C nowhere list", ["-C", "nowhere"]),
    ],
)
def test_a_mistake_on_the_line_is_one_line_and_exit_2(line: str, words: list[str], dagjob: Run) -> None:
    done = dagjob(*line.split())
    assert done.code == 2
    assert done.stdout == ""
    told = done.stderr.splitlines()[0]
    assert [word for word in words if word not in told] == []
    assert told.startswith("error[DJ100]: ")


@pytest.mark.parametrize(
    ("line", "near"),
    [
        ("run jobz.py", "jobs.py"),
        ("show flows/nightyl.py:etl", "flows/nightly.py"),
        ("list jobz.py", "jobs.py"),
        ("run jobs.py -c prd.yaml", "prod.yaml"),
        ("validate jobs.py -c flows/dev.yml", "flows/dev.yaml"),
    ],
)
def test_a_mistyped_file_is_told_with_the_nearest_one(line: str, near: str, dagjob: Run, project: Project) -> None:
    for name in ("jobs.py", "flows/nightly.py"):
        project(name, HELLO)
    for name in ("prod.yaml", "flows/dev.yaml"):
        project(name, "{}\n")
    done = dagjob(*line.split())
    assert done.code != 0
    assert f'Did you mean "{near}"?' in done.stderr + done.stdout


def test_a_setting_that_is_wrong_is_shown_at_its_line(dagjob: Run, project: Project) -> None:
    project("pyproject.toml", "[tool.dagjob]\nmoduls = ['jobs']\n")
    done = dagjob("list")
    assert done.code == 2
    assert "pyproject.toml:2:1" in done.stderr
    assert "modules" in done.stderr


def test_a_bug_of_ours_ends_with_3_and_a_crash_file(dagjob: Run, project: Project, tmp_path: Path) -> None:
    """A part of ours that breaks, put in from outside: we know of none that does."""
    project("jobs.py", HELLO)
    home = tmp_path / "state"
    home.mkdir()
    code = (
        "import sys, dagjob.cli.runs as runs\ndef boom(*_): raise ZeroDivisionError('boom')\nruns.open_session = boom\n"
    )
    code += "from dagjob.__main__ import main; sys.exit(main(['runs', 'list']))"
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=project(),
        env={**os.environ, "DAGJOB_HOME": str(home)},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 3
    assert len(done.stderr.splitlines()) == 2
    assert "ZeroDivisionError: boom" in done.stderr
    (crash,) = (home / "crash").iterdir()
    assert str(crash) in done.stderr
    assert "boom" in crash.read_text()


def test_a_reader_that_goes_away_ends_the_command_quietly(clean_env: dict[str, str], project: Project) -> None:
    for words in (["run", "--help"], ["--version"], ["completions", "bash"]):
        read, write = os.pipe()
        os.close(read)
        child = subprocess.Popen(
            [sys.executable, "-m", "dagjob", *words], cwd=project(), env=clean_env, stdout=write, stderr=subprocess.PIPE
        )
        os.close(write)
        _, told = child.communicate(timeout=60)
        assert (child.returncode, told) == (141, b"")


def test_streams_that_are_closed_or_full_are_no_bug(clean_env: dict[str, str], project: Project) -> None:
    project("jobs.py", HELLO)

    def shell(line: str) -> subprocess.CompletedProcess[str]:
        command = f"{quote(sys.executable)} -m dagjob {line}"
        return subprocess.run(["sh", "-c", command], cwd=project(), env=clean_env, capture_output=True, text=True)

    for line in ("list >&-", "run hello >&-", "list 2>&-", "--version >&-"):
        assert shell(line).returncode == 0, line
    if os.path.exists("/dev/full"):
        for line in ("list >/dev/full", "--version >/dev/full", "--help >/dev/full"):
            done = shell(line)
            assert (done.returncode, done.stderr) == (7, "error[DJ501]: cannot write: No space left on device\n"), line


# -- what a command loads ------------------------------------------------------------------------------------------

LOADED = """
import sys
from dagjob.__main__ import main
try:
    main({args!r})
finally:
    sys.stderr.write("\\n".join(sys.modules))
"""


@pytest.mark.parametrize(
    ("args", "never"),
    [
        (["--version"], {"typing", "re", "typer"}),
        (["--help"], {"typer", "rich", "pydantic", "yaml", "dagjob.cli.run"}),
        (["run", "--help"], {"typer", "rich", "pydantic", "yaml", "dagjob.cli.run"}),
        (["runs", "list"], {"typer", "rich", "pydantic", "networkx", "yaml", "dagjob.engine.target"}),
        (["__complete", "zsh", "run", ""], {"typer", "rich", "pydantic", "yaml", "dagjob.engine.target"}),
        (["runs", "lst"], {"rich", "pydantic", "pydantic_core", "networkx", "click"}),
        (["run", "--help", "x"], {"rich", "pydantic", "pydantic_core", "networkx", "click"}),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_a_command_loads_only_what_it_needs(
    args: list[str], never: set[str], project: Project, clean_env: dict[str, str]
) -> None:
    """`runs lst` and `--help x` go through Typer, whose dispatch must not load pydantic."""
    done = subprocess.run(
        [sys.executable, "-c", LOADED.format(args=args)], cwd=project(), env=clean_env, capture_output=True, text=True
    )
    assert sorted(never & set(done.stderr.split("\n"))) == []


# -- init ----------------------------------------------------------------------------------------------------------


def test_init_writes_a_project_that_runs(dagjob: Run, tmp_path: Path) -> None:
    folder = tmp_path / "fresh"
    done = dagjob("init", str(folder), cwd=tmp_path)
    assert done.code == 0, done.stderr
    assert sorted(path.name for path in folder.iterdir()) == ["jobs.py", "prod.yaml", "pyproject.toml"]
    ran = dagjob("run", "hello", "-c", "prod.yaml", cwd=folder)
    assert ran.code == 0, ran.stderr
    assert "HELLO, PRODUCTION!" in dagjob("runs", "logs", "latest", cwd=folder).stdout


def test_init_adds_its_section_to_a_pyproject_and_overwrites_nothing(dagjob: Run, tmp_path: Path) -> None:
    pyproject = tmp_path / "pyproject.toml"
    pyproject.write_text('[project]\nname = "x"')
    assert dagjob("init", cwd=tmp_path).code == 0
    both = {"project": {"name": "x"}, "tool": {"dagjob": {"paths": ["jobs.py"]}}}
    assert tomllib.loads(pyproject.read_text()) == both
    before = {path.name: path.read_text() for path in tmp_path.iterdir() if path.is_file()}
    done = dagjob("init", cwd=tmp_path)
    assert done.code == 2
    assert "jobs.py" in done.stderr
    assert {path.name: path.read_text() for path in tmp_path.iterdir() if path.is_file()} == before


# -- completions ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("shell", SCRIPTS)
def test_the_scripts_in_the_repository_are_those_that_are_printed(shell: str, dagjob: Run) -> None:
    printed = dagjob("completions", shell).stdout
    assert (ROOT / "completions" / f"dagjob.{shell}").read_text() == printed == SCRIPTS[shell]


def offered(dagjob: Run, *words: str, cwd: Path | None = None) -> list[str]:
    """What is offered after these words, without descriptions."""
    done = dagjob("__complete", "zsh", *words, cwd=cwd)
    assert (done.code, done.stderr) == (0, "")
    return [line.partition("\t")[0] for line in done.stdout.splitlines()]


def test_a_job_is_known_by_its_file_from_every_folder(dagjob: Run, project: Project) -> None:
    project("sub/jobs.py", "from dagjob import job, op\n\n@op\ndef load(): ...\n\n@job\ndef daily(): load()\n")
    (project() / "pyproject.toml").write_text('[tool.dagjob]\npaths = ["sub/jobs.py"]\n')
    (project() / ".dagjob").mkdir(mode=0o700)
    assert dagjob("list").code == 0
    for folder, target in (
        (project(), "sub/jobs.py:daily"),
        (project(), "sub/jobs.py"),
        (project() / "sub", "jobs.py:daily"),
        (project() / "sub", "./jobs.py"),
        (project() / "sub", "../sub/jobs.py:daily"),
        (project(), str(project() / "sub" / "jobs.py")),
    ):
        assert offered(dagjob, "run", target, "-s", "", cwd=folder) == ["load"], target
    assert offered(dagjob, "run", "jobs.py:daily", "-s", "") == []


def test_commands_options_and_choices_are_offered(dagjob: Run) -> None:
    assert offered(dagjob, "ru") == ["run", "runs"]
    assert {"list", "show", "logs", "output", "cancel"} <= set(offered(dagjob, "runs", ""))
    assert offered(dagjob, "run", "--fo") == ["--format"]
    assert offered(dagjob, "run", "x", "-f", "j") == ["jsonl", "json"]
    assert offered(dagjob, "run", "--tb=s") == ["--tb=short"]
    assert offered(dagjob, "run", "-c", "") == [":file"]
    assert offered(dagjob, "-C", "") == [":folder"]
    assert offered(dagjob, "completions", "") == ["bash", "zsh", "fish"]
    assert offered(dagjob, "nope", "") == []
    assert offered(dagjob, "run", "-xj", "") == []  # the value of -j
    assert offered(dagjob, "run", "-xf", "js") == ["jsonl", "json"]
    assert offered(dagjob, "run", "--", "--fo") == [":file"]
    assert "--format" in offered(dagjob, "runs", "-")  # runs alone means runs list
    assert offered(dagjob, "runs", "-f", "i") == ["ids"]


def test_jobs_runs_ops_and_config_paths_are_offered_once_there_is_a_history(dagjob: Run, project: Project) -> None:
    text = HELLO.replace("@op\n", "@op(config_schema={'name': str})\n").replace("def greet()", "def greet(context)")
    project("jobs.py", text)
    assert offered(dagjob, "run", "") == [":file"]
    assert dagjob("run", "hello", "--set", "greet.name=x").code == 0
    assert dagjob("list").code == 0
    assert offered(dagjob, "run", "") == ["hello"]
    assert offered(dagjob, "run", "jobs.py:") == ["jobs.py:hello"]
    assert offered(dagjob, "run", "hello", "--set", "") == ["greet.name="]
    run = dagjob("runs", "list", "-f", "ids").stdout.strip()
    assert offered(dagjob, "runs", "show", "") == ["latest", run[:8]]
    assert offered(dagjob, "runs", "logs", "latest", "") == ["greet"]
    assert "hello" in dagjob().stdout.partition("Jobs of this project")[2]


@pytest.mark.skipif(shutil.which("bash") is None, reason="there is no bash here")
def test_bash_completes_with_the_script(project: Project, clean_env: dict[str, str], tmp_path: Path) -> None:
    command = tmp_path / "bin" / "dagjob"
    command.parent.mkdir()
    command.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m dagjob "$@"\n')
    command.chmod(0o755)

    def tab(line: str) -> list[str]:
        words = line.split(" ")
        code = f"""
        source "{ROOT / "completions" / "dagjob.bash"}"
        COMP_LINE={quote(line)} COMP_POINT={len(line)} COMP_WORDS=({" ".join(map(quote, words))})
        COMP_CWORD={len(words) - 1}
        compopt() {{ :; }}
        _dagjob
        printf '%s\\n' "${{COMPREPLY[@]}}"
        """
        env = {**clean_env, "PATH": f"{command.parent}:{os.environ['PATH']}"}
        done = subprocess.run(["bash", "-c", code], cwd=project(), env=env, capture_output=True, text=True)
        assert done.stderr == ""
        return done.stdout.split()

    assert tab("dagjob comp") == ["completions"]
    assert tab("dagjob run --tb=s") == ["short"]  # bash replaces only what stands behind the =
    assert tab("dagjob run 'some job' --show-output f") == ["failed"]


def test_ops_are_offered_for_a_selection(dagjob: Run, project: Project) -> None:
    project("jobs.py", "from dagjob import job, op\n@op\ndef load(): ...\n@job\ndef daily(): load()\n")
    (project() / ".dagjob").mkdir()
    assert dagjob("list").code == 0
    assert offered(dagjob, "run", "daily", "-s", "l") == ["load"]
    assert offered(dagjob, "list", "-s", "") == ["daily"]
