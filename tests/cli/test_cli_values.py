"""What the words behind options mean, and the one line for those that mean nothing."""

from __future__ import annotations

import io
from collections.abc import Callable

import pytest

from dagjob.cli import registry
from dagjob.cli.terminal import wants_color
from dagjob.cli.values import chosen, seconds, tag_filter, tags, workers
from dagjob.errors import DagjobUsageError


def test_durations() -> None:
    assert [seconds(registry.GRACE, text) for text in ("90s", "30m", "1h30m", "2", "250ms")] == [
        90.0,
        1800.0,
        5400.0,
        2.0,
        0.25,
    ]


def test_workers() -> None:
    assert (workers("3"), workers("auto"), workers(None), workers(None, "4")) == (3, None, None, 4)


def test_tags_keep_what_stands_behind_the_first_equals_sign() -> None:
    assert tags(["a=1", "b=x=y", "a=2", "c="]) == {"a": "2", "b": "x=y", "c": ""}
    assert tag_filter(["team", "env=prod"]) == {"team": None, "env": "prod"}


def test_an_option_stands_above_its_variable() -> None:
    assert chosen(registry.COLOR, "never", {"DAGJOB_COLOR": "always"}, "DAGJOB_COLOR") == "never"
    assert chosen(registry.COLOR, None, {"DAGJOB_COLOR": "ALWAYS"}, "DAGJOB_COLOR") == "always"
    assert chosen(registry.COLOR, None, {"DAGJOB_COLOR": ""}, "DAGJOB_COLOR") is None


@pytest.mark.parametrize(
    ("act", "words"),
    [
        (lambda: workers("etl"), ["-j takes a number of workers", "module:job"]),
        (lambda: workers("0"), ["-j", "0"]),
        (lambda: workers(None, "many"), ["DAGJOB_JOBS", "many"]),
        (lambda: seconds(registry.OP_TIMEOUT, "soon"), ["--op-timeout", "soon", "90s"]),
        (lambda: tags(["novalue"]), ["-t", "novalue"]),
        (lambda: tags(["=x"]), ["-t", "=x"]),
        (lambda: chosen(registry.TRACEBACK, "ful"), ["--tb", "ful", '"full"']),
        (lambda: chosen(registry.COLOR, None, {"DAGJOB_COLOR": "red"}, "DAGJOB_COLOR"), ["DAGJOB_COLOR", "red"]),
    ],
)
def test_a_word_without_meaning_names_who_said_it(act: Callable[[], object], words: list[str]) -> None:
    with pytest.raises(DagjobUsageError) as caught:
        act()
    told = str(caught.value)
    assert [word for word in words if word not in told] == []
    assert "\n" not in told


class Terminal(io.StringIO):
    """A stream that a person looks at."""

    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(
    ("option", "environ", "terminal", "color"),
    [
        (None, {}, True, True),
        (None, {}, False, False),
        (None, {"TERM": "dumb"}, True, False),
        (None, {"NO_COLOR": "1", "FORCE_COLOR": "1"}, True, False),
        (None, {"NO_COLOR": ""}, True, True),
        (None, {"FORCE_COLOR": "1"}, False, True),
        (None, {"CLICOLOR_FORCE": "0"}, False, False),
        (None, {"CI": "1", "GITHUB_ACTIONS": "true"}, False, True),
        (None, {"CI": "1"}, False, False),
        ("always", {"NO_COLOR": "1"}, False, True),
        ("never", {"FORCE_COLOR": "1"}, True, False),
        (None, {"DAGJOB_COLOR": "always", "NO_COLOR": "1"}, False, True),
    ],
)
def test_the_order_for_colour(option: str | None, environ: dict[str, str], terminal: bool, color: bool) -> None:
    stream = Terminal() if terminal else io.StringIO()
    assert wants_color(option, environ, stream) is color
