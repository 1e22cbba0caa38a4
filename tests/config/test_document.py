"""Documents: sources over each other, and where each value came from."""

from __future__ import annotations

from typing import Any

import pytest

from dagjob.config.document import COMMAND_LINE, Document, LocatedConfig, ParsedText, Position, Source, as_document
from dagjob.config.runconfig import RunConfig
from dagjob.errors import CheckError, DagjobUsageError, Place


def text(name: str, value: dict[str, Any]) -> ParsedText:
    """A text with one key or item per line, in the order of the value."""
    positions: dict[tuple[Any, ...], Position] = {}

    def add(inner: Any, path: tuple[Any, ...]) -> None:
        line = len(positions) + 1
        positions[path] = Position((line, 1, 1), (line, 5, 2))
        for at, item in (
            inner.items() if isinstance(inner, dict) else enumerate(inner) if isinstance(inner, list) else ()
        ):
            add(item, (*path, at))

    add(value, ())
    return ParsedText(name, value, positions, {})


def argument(path: tuple[Any, ...], value: Any, *words: int | None) -> Source:
    places = tuple(None if column is None else Place(COMMAND_LINE, 1, column, 1, "text") for column in words)
    return Source(ParsedText(COMMAND_LINE, value, {(): Position(None, (1, 20, 1))}, {}, "text"), path, places)


ONE = Source(text("one.yaml", {"ops": {"a": {"config": {"n": 1, "rows": [1, 2]}}, "b": {}}}))
TWO = Source(text("two.yaml", {"ops": {"a": {"config": {"n": 2}}}}))


def test_later_sources_win_key_by_key():
    document = Document().with_source(ONE).with_source(TWO)
    assert document.value == {"ops": {"a": {"config": {"n": 2, "rows": [1, 2]}}, "b": {}}}
    assert Document().with_source(ONE).value == ONE.parsed.value, "no document changes another"


def test_each_value_is_placed_in_the_source_that_won():
    document = Document().with_source(ONE).with_source(TWO)
    n, rows = ("ops", "a", "config", "n"), ("ops", "a", "config", "rows", 1)
    assert document.place_of(n) == TWO.place(n)
    assert document.place_of(rows) == ONE.place(rows)
    assert document.replaced_at(n) == ONE.place(n)
    assert document.replaced_at(rows) is None


def test_what_nobody_said_stands_at_the_key_of_what_is_around_it():
    document = Document().with_source(ONE)
    assert document.said_at(("ops", "b", "config")) is None
    assert document.place_of(("ops", "b", "config")) == ONE.place(("ops", "b"), "key")


def test_an_argument_sets_all_of_one_value():
    document = Document().with_source(ONE).with_source(argument(("ops", "a"), {"config": 7}, 1, 5))
    assert document.value["ops"] == {"a": {"config": 7}, "b": {}}
    assert document.place_of(("ops", "a"), "key") == Place(COMMAND_LINE, 1, 5, 1, "text")


def test_an_argument_can_set_a_list_item_that_is_there():
    path = ("ops", "a", "config", "rows")
    document = Document().with_source(ONE).with_source(argument((*path, 1), 9, None, 1, None, 3, 8))
    assert document.at(path) == [1, 9]
    with pytest.raises(DagjobUsageError, match="2 items") as error:
        document.with_source(argument((*path, 2), 9, None, 1, None, 3, 8))
    assert error.value.place is not None and error.value.place.column == 8


def test_every_form_of_a_run_config_is_a_document():
    config = {"ops": {"a": {"config": {"n": 1}}}}
    assert as_document(None) == Document()
    assert as_document(config).value == config
    assert as_document(RunConfig(ops=config["ops"])).value["ops"] == config["ops"]
    assert as_document(Document(config)).value == config
    with pytest.raises(CheckError):
        as_document([1])


def test_a_located_config_that_was_changed_counts_as_it_is_now():
    located = LocatedConfig.of([ONE.parsed, TWO.parsed])
    located["ops"]["a"]["config"]["n"] = 5
    located["loggers"] = {}
    document = as_document(located)
    assert document.at(("ops", "a", "config", "n")) == 5
    assert document.place_of(("ops", "a", "config", "n")) == TWO.place(("ops", "a", "config", "n"))
    assert document.has(("loggers",))
