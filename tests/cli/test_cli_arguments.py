"""The two readers of a command line say the same: ours, for lines that are plainly right, and Typer, for all."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from dagjob.cli import registry
from dagjob.cli.app import read_words
from dagjob.cli.arguments import ParsedArguments, read_plain
from dagjob.errors import DagjobUsageError

RUN = registry.ROOT.find("run")


def test_a_run_with_everything() -> None:
    line = "-C /tmp --color never run jobs.py:etl -c a.yaml --set x.y=1 --config=b.yaml -t a=b -xvvj4 --grace 2s"
    words = read_plain(line.split())
    assert words is not None
    assert words.command is RUN
    assert words.text(registry.TARGET) == "jobs.py:etl"
    assert words.many(registry.CONFIG) == ["a.yaml", "b.yaml"]
    assert (words.text(registry.JOBS), words.on(registry.FAIL_FAST), words.count(registry.VERBOSE)) == ("4", True, 2)
    assert words.text(registry.COLOR) == "never"
    assert words == read_words(line.split())


def test_what_stands_behind_the_command_wins_over_what_stands_before() -> None:
    words = read_plain(["--home", "a", "runs", "list", "--home", "b"])
    assert words is not None
    assert words.text(registry.HOME) == "b"


def test_a_bare_group_is_its_default_command() -> None:
    for line in (["runs"], ["runs", "-f", "json"], ["runs", "list"]):
        for read in (read_plain, read_words):
            words = read(line)
            assert isinstance(words, ParsedArguments)
            assert words.command.makes.endswith(":list_runs")


def test_help_and_mistakes_are_left_to_typer() -> None:
    for line in (["run", "--nope"], ["run", "-j"], ["run", "a", "b"], ["nope"], ["run", "-h"], ["run", "-x=1"], []):
        assert read_plain(line) is None


WORDS = sorted(
    {name for command in registry.ROOT.commands for name in (command.name, *(c.name for c in command.commands))}
    | {flag for command in registry.ROOT.commands for option in command.options for flag in option.flags}
    | {"-C", "--home", "x", "a=b", "-", "--", "-j4", "-xq", "--tb=full", "--set=a=1", "-vv", "--nope", "", "-j=3"}
)


@settings(max_examples=400, deadline=None)
@given(st.lists(st.sampled_from(WORDS), max_size=6), st.sampled_from([c.name for c in registry.ROOT.commands]))
def test_where_the_plain_reader_takes_a_line_typer_reads_the_same(rest: list[str], command: str) -> None:
    for line in (rest, [command, *rest]):
        plain = read_plain(line)
        if plain is not None:
            assert read_words(line) == plain, line


@settings(max_examples=200, deadline=None)
@given(st.lists(st.one_of(st.sampled_from(WORDS), st.text(max_size=4)), max_size=5))
def test_any_line_is_words_or_a_code_or_a_mistake_in_one_line(line: list[str]) -> None:
    try:
        assert isinstance(read_words(line), ParsedArguments | int)
    except DagjobUsageError as error:
        assert str(error).isprintable()
