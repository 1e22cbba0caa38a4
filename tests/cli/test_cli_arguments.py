"""The reader of the command line: what is right, what is wrong, what is half typed, and that Typer reads the same."""

from __future__ import annotations

import os

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from dagjob.cli import registry
from dagjob.cli.app import parse
from dagjob.cli.arguments import CommandLine, read_line
from dagjob.cli.complete import answers_for
from dagjob.cli.entries import Command
from dagjob.errors import DagjobUsageError

RUN = registry.ROOT.find("run")
EVERYTHING = "-C /tmp --color never run jobs.py:etl -c a.yaml --set x.y=1 --config=b.yaml -t a=b -xvvj4 --grace 2s"


def read(line: str) -> CommandLine:
    return read_line(line.split())


# -- lines that are right ------------------------------------------------------------------------------------------


def test_a_run_with_everything() -> None:
    args = read(EVERYTHING).parsed
    assert args is not None
    assert args.command is RUN
    assert args.text(registry.TARGET) == "jobs.py:etl"
    assert args.many(registry.CONFIG) == ["a.yaml", "b.yaml"]
    assert (args.text(registry.JOBS), args.on(registry.FAIL_FAST), args.count(registry.VERBOSE)) == ("4", True, 2)
    assert args.text(registry.COLOR) == "never"
    assert args == parse(read(EVERYTHING))


def test_what_stands_behind_the_command_wins_over_what_stands_before() -> None:
    args = read("--home a runs list --home b").parsed
    assert args is not None
    assert args.text(registry.HOME) == "b"


def test_a_bare_group_is_its_default_command() -> None:
    for line in ("runs", "runs -f json", "runs list"):
        args = read(line).parsed
        assert args is not None
        assert args.command.makes.endswith(":list_runs")
        assert args == parse(read(line))


def test_what_follows_two_dashes_is_an_argument() -> None:
    args = read("show -f json -- --job").parsed
    assert args is not None
    assert args.text(registry.TARGET) == "--job"


# -- lines that are not --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("line", "kind", "word", "path"),
    [
        ("rum jobs.py", "command", "rum", "dagjob"),
        ("--nope run", "option", "--nope", "dagjob"),
        ("run --nope=1 --dry-run=2", "option", "--nope", "dagjob run"),
        ("run -x=1", "option", "-=", "dagjob run"),
        ("runs --nope", "option", "--nope", "dagjob runs list"),
        ("run -xj", "value is missing", "-j", "dagjob run"),
        ("run --dry-run=yes", "value for a switch", "--dry-run", "dagjob run"),
        ("run a b c", "argument", "b c", "dagjob run"),
    ],
)
def test_the_first_mistake_is_named_with_the_command_that_does_not_take_it(
    line: str, kind: str, word: str, path: str
) -> None:
    found = read(line)
    assert found.parsed is None
    assert found.mistake is not None
    assert (found.mistake.kind, found.mistake.word, found.mistake.path) == (kind, word, path)


def test_help_and_version_are_left_to_typer() -> None:
    for line in ("run -h", "run --help x", "-C . --version", "--help run", "config"):
        assert read(line).parsed is None


@pytest.mark.parametrize(
    ("line", "alone"),
    [("--help", True), ("runs list -h", True), ("run x --help", False), ("--help run --help", False), ("-h x", False)],
)
def test_help_behind_the_names_of_commands_needs_no_typer(line: str, alone: bool) -> None:
    assert read(line).only_asks_for_help is alone


@pytest.mark.parametrize(
    "line",
    [
        "--color never rum",
        "rum --color never",
        "run --nope --color=never",
        "run a b c --color never",
        "run --color never -j",
        "--color always run --color never --dry-run=1",
    ],
)
def test_the_choice_of_colour_is_known_whatever_else_is_wrong(line: str) -> None:
    assert read(line).so_far.text(registry.COLOR) == "never"


@pytest.mark.parametrize("words", [["--", "--color", "never"], ["--set", "--color", "never"]])
def test_what_only_looks_like_an_option_is_none(words: list[str]) -> None:
    assert read_line(["run", *words]).so_far.text(registry.COLOR) is None


# -- secrets -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("line", "masked"),
    [
        ("run jobs.py --set a.b=XX", "run jobs.py --set a.b=..."),
        ("run jobs.py --set=a.b=XX", "run jobs.py --set=a.b=..."),
        ("run --set XX", "run --set ..."),
        ("run --config-json {a=XX}", "run --config-json ..."),
        ("run --config-json={a=XX}", "run --config-json=..."),
        ("run -xta=XX -t b=XX", "run -xta=... -t b=..."),
        ("runs list -tXX", "runs list -t..."),
        ("run --sink alerts:Hook=XX --events e.jsonl", "run --sink alerts:Hook=... --events e.jsonl"),
        ("run jobs.py a.b=XX", "run jobs.py ..."),
        ("run --sett a.b=XX", "run --sett ..."),
        ("run --sett=XX", "run --sett=..."),
        ("rum --set a.b=XX", "... --set ..."),
        ("run -xZXX", "run -xZ..."),
        ("list a b -f json", "list a b -f json"),
    ],
)
def test_a_crash_file_shows_no_values_that_may_be_secret(line: str, masked: str) -> None:
    assert " ".join(read(line).masked) == masked


# -- properties ----------------------------------------------------------------------------------------------------

WORDS = sorted(
    {name for command in registry.ROOT.commands for name in (command.name, *(c.name for c in command.commands))}
    | {flag for command in registry.ROOT.commands for option in command.options for flag in option.flags}
    | {"-C", "--home", "x", "a=b", "-", "--", "-j4", "-xq", "--tb=full", "--set=a=1", "-vv", "--nope", "", "-j=3"}
    | {"--version", "-V", "-hx", "-xh", "--help=1", "-Zx"}
)
LINES = st.one_of(
    st.lists(st.sampled_from(WORDS), max_size=6),
    st.tuples(
        st.sampled_from([c.name for c in registry.ROOT.commands]), st.lists(st.sampled_from(WORDS), max_size=6)
    ).map(lambda parts: [parts[0], *parts[1]]),
    st.lists(st.one_of(st.sampled_from(WORDS), st.text(max_size=4)), max_size=5),
)


@settings(max_examples=400, deadline=None)
@given(LINES)
@example(["--", "run"])
@example(["config", "--"])
@example(["runs", "--", "list"])
def test_typer_reads_the_same_and_sees_a_mistake_only_where_one_is_known(words: list[str]) -> None:
    line = read_line(words)
    try:
        found = parse(line)
    except DagjobUsageError as error:
        assert line.mistake is not None
        assert line.mistake.word.isprintable() is False or line.mistake.word in str(error)
        assert str(error).isprintable()
    else:
        assert found == (line.parsed if line.parsed is not None else 0)


@settings(max_examples=150, deadline=None)
@given(LINES)
def test_a_mistake_without_a_call_for_help_is_one_for_typer_too(words: list[str]) -> None:
    line = read_line(words)
    if line.mistake is not None and not line.asks:
        with pytest.raises(DagjobUsageError):
            parse(line)


@settings(max_examples=150, deadline=None)
@given(LINES)
def test_help_that_is_printed_without_typer_is_what_typer_prints(words: list[str]) -> None:
    line = read_line([*words, "--help"])
    if line.only_asks_for_help:
        assert parse(line) == 0


@settings(max_examples=300, deadline=None)
@given(LINES, st.data())
def test_a_line_that_goes_on_keeps_what_was_read(words: list[str], data: st.DataObject) -> None:
    """Completion reads the words before the cursor: it must see in them what the command will see in the whole line."""
    at = data.draw(st.integers(0, len(words)))
    begun, whole = read_line(words[:at]), read_line(words)
    if whole.parsed is None or begun.pending is not None:
        return
    assert begun.mistake is None
    for option in (registry.HOME, registry.DIRECTORY, registry.TAG):
        given_so_far = begun.so_far.values.get(option.key)
        if isinstance(given_so_far, list):
            assert whole.so_far.many(option)[: len(given_so_far)] == given_so_far
    if not begun.command.commands:
        assert whole.command is begun.command
        assert whole.typed[: len(begun.typed)] == begun.typed


@settings(max_examples=150, deadline=None)
@given(LINES, st.text(max_size=3))
def test_completion_never_fails_on_a_line_that_is_begun(words: list[str], begun: str) -> None:
    here = os.getcwd()
    try:
        for word, _ in answers_for([*words, begun]):
            assert word
    finally:
        os.chdir(here)


@pytest.mark.parametrize("command", [c for top in registry.ROOT.commands for c in (top, *top.commands) if c.makes])
def test_what_completion_offers_is_understood(command: Command) -> None:
    """Every flag that is offered behind a command is one that the reader takes there."""
    path = next(
        [*above, command.name]
        for above, group in [([], registry.ROOT), *(([top.name], top) for top in registry.ROOT.commands)]
        if command in group.commands
    )
    offered = [word for word, _ in answers_for([*path, "-"])]
    assert offered == [flag for option in command.options for flag in option.flags]
    for flag in offered:
        option = command.option(flag)
        assert option is not None
        line = read_line([*path, flag, "x"] if option.value else [*path, flag])
        assert line.mistake is None
        assert line.asks or option.key in line.so_far.values
