"""Files and `--set` in one document: who wins, where each value came from, what short paths mean."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from dagjob.cli.overrides import read_document
from dagjob.cli.values import ConfigOptions
from dagjob.config.document import Document
from dagjob.config.located import surprises
from dagjob.config.schema import Field
from dagjob.definitions.graphs import graph
from dagjob.definitions.jobs import job
from dagjob.definitions.ops import op
from dagjob.definitions.resources import resource
from dagjob.errors import (
    DagjobConfigFileError,
    DagjobError,
    DagjobInvalidConfigError,
    DagjobUsageError,
    Diagnostic,
)
from dagjob.plan.resolve import resolve
from dagjob.plan.schema import given_schema


@op(config_schema={"limit": int, "name": str, "threshold": float, "rows": [{"x": int}], "a.b": int, "tags": {str: str}})
def extract(context: Any) -> int:
    return 1


@op(config_schema={"config": {"deep": int}, "inputs": int})
def odd(context: Any, number: int) -> int:
    return number


@op(config_schema=int)
def plain(context: Any, number: int) -> int:
    return number


@graph
def inner(number: int) -> int:
    return plain.alias("twice")(odd(number))


@graph
def other(number: int) -> int:
    return plain.alias("twice")(number)


@resource(config_schema={"url": str})
def database(context: Any) -> str:
    return str(context.resource_config["url"])


@job(resource_defs={"db": database})
def etl() -> None:
    number = extract()
    inner(number)
    other(number)


GOOD = {"limit": 1, "name": "n", "threshold": 0.5, "rows": [{"x": 1}], "a.b": 1, "tags": {}}


def set_to(*sets: str, files: list[str] | None = None) -> Document:
    return read_document(etl, ConfigOptions(files=tuple(files or ()), sets=tuple(sets)))


def refused(act: Callable[[], object]) -> Diagnostic:
    """The first thing that is wrong."""
    with pytest.raises(DagjobError) as caught:
        act()
    return caught.value.diagnostics[0]


def marked(diagnostic: Diagnostic) -> str:
    """The part of an argument that stands above the carets."""
    place = diagnostic.place
    assert place is not None
    assert place.text is not None
    return place.text[place.column - 1 : place.column - 1 + place.length]


# -- short paths ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("ops.extract.config.limit=5", {"ops": {"extract": {"config": {"limit": 5}}}}),
        ("extract.limit=5", {"ops": {"extract": {"config": {"limit": 5}}}}),
        ("extract.config.limit=5", {"ops": {"extract": {"config": {"limit": 5}}}}),
        ('extract."a.b"=5', {"ops": {"extract": {"config": {"a.b": 5}}}}),
        ("extract.name=a=b", {"ops": {"extract": {"config": {"name": "a=b"}}}}),
        ("extract.tags={a: x, b: [1]}", {"ops": {"extract": {"config": {"tags": {"a": "x", "b": [1]}}}}}),
        ("extract.name=", {"ops": {"extract": {"config": {"name": None}}}}),
        ("extract.limit=010", {"ops": {"extract": {"config": {"limit": 8}}}}),
        ("inner.twice=3", {"ops": {"inner": {"ops": {"twice": {"config": 3}}}}}),
        ("inner.ops.twice.config=3", {"ops": {"inner": {"ops": {"twice": {"config": 3}}}}}),
        ("inner.odd.inputs.number=3", None),
        ("resources.db.url=x", {"resources": {"db": {"config": {"url": "x"}}}}),
        ("resources.db.config.url=x", {"resources": {"db": {"config": {"url": "x"}}}}),
        ("loggers.console.log_level=DEBUG", {"loggers": {"console": {"config": {"log_level": "DEBUG"}}}}),
        ("execution.config.retries.enabled={}", {"execution": {"config": {"retries": {"enabled": {}}}}}),
        ("odd.other=1", {"ops": {"inner": {"ops": {"odd": {"config": {"other": 1}}}}}}),
    ],
)
def test_a_path(text: str, value: dict[str, Any] | None) -> None:
    """`inputs` of `odd` is both an option and a section: that one is refused."""
    if value is None:
        assert "2 ways" in refused(lambda: set_to(text)).message
    else:
        assert set_to(text).value == value


def test_two_readings_are_both_named() -> None:
    told = refused(lambda: set_to("twice=3"))
    assert told.notes == ("inner.twice", "other.twice")
    told = refused(lambda: set_to("inner.odd.config=3"))
    assert told.notes == ("ops.inner.ops.odd.config.config", "ops.inner.ops.odd.config")


def test_a_misspelt_op_is_marked_in_the_argument() -> None:
    told = refused(lambda: set_to("extrat.limit=5"))
    assert (marked(told), told.code) == ("extrat", "DJ201")
    assert '"extract"' in told.label
    assert marked(refused(lambda: set_to("inner.twiec=5"))) == "twiec"
    assert marked(refused(lambda: set_to("inner=5"))) == "inner"


@pytest.mark.parametrize(
    "text", ["extract.limit", "=5", "extract..limit=5", 'extract."a=5', "extract[x]=5", "extract[0=5"]
)
def test_a_path_that_is_none_is_a_mistake_of_usage(text: str) -> None:
    with pytest.raises(DagjobUsageError, match="PATH=VALUE"):
        set_to(text)


def test_a_value_that_is_no_yaml_is_marked() -> None:
    with pytest.raises(DagjobConfigFileError) as caught:
        set_to("extract.name=[a, b")
    assert caught.value.exit_code == 6
    told = refused(lambda: set_to("extract.tags={a: 1, a: 2}"))
    assert (told.code, marked(told)) == ("DJ205", "a")


def test_list_items_are_set_one_by_one(tmp_path: Path) -> None:
    file = tmp_path / "a.yaml"
    file.write_text("ops: {extract: {config: {rows: [{x: 1}, {x: 2}]}}}")
    document = set_to("extract.rows[1].x=9", files=[str(file)])
    assert document.value["ops"]["extract"]["config"]["rows"] == [{"x": 1}, {"x": 9}]
    assert "2 items" in refused(lambda: set_to("extract.rows[2].x=9", files=[str(file)])).message
    assert "no list" in refused(lambda: set_to("extract.rows[0].x=9")).message


# -- merging and places --------------------------------------------------------------------------------------------


@pytest.fixture
def files(tmp_path: Path) -> Callable[..., list[str]]:
    """Writes `one.yaml`, `two.yaml`, ... and returns their paths."""

    def write(*texts: str) -> list[str]:
        paths = [tmp_path / f"{name}.yaml" for name in ("one", "two", "three")[: len(texts)]]
        for path, text in zip(paths, texts, strict=True):
            path.write_text(text)
        return [str(path) for path in paths]

    return write


def located(document: Document) -> list[Diagnostic]:
    """What is wrong with the config, with places."""
    with pytest.raises(DagjobInvalidConfigError) as caught:
        resolve(etl, document)
    return list(caught.value.diagnostics)


REST = 'rows: [], tags: {}, "a.b": 1, threshold: 0.5'


def test_each_problem_is_shown_in_the_source_that_won(files: Callable[..., list[str]]) -> None:
    rest = "".join(f"      {line}\n" for line in REST.split(", "))
    one, two = files(
        f"ops:\n  extract:\n    config:\n      limit: many\n      name: x\n{rest}",
        "ops:\n  extract:\n    config:\n      name: 5\n      limitt: 3\n",
    )
    document = set_to("resources.db.url=x", "inner.twice=ten", "other.twice=1", files=[one, two])
    told = {(d.place.file, d.place.line, d.place.column): d for d in located(document) if d.place}
    limit, name, unknown = told[(one, 4, 14)], told[(two, 4, 13)], told[(two, 5, 7)]
    assert "limit" in limit.message
    assert name.notes[-1] == f"overrides {one}:5"
    assert (unknown.code, unknown.suggestion, unknown.place and unknown.place.length) == ("DJ201", "limit", 6)
    (argument,) = (d for d in told.values() if d.place and d.place.text and marked(d) == "ten")
    assert argument.place is not None
    assert argument.place.text == "--set inner.twice=ten"


def test_an_overridden_set_is_named_too() -> None:
    document = set_to("extract.limit=1", "extract.limit=x")
    (told,) = [d for d in located(document) if "limit" in d.message and d.code == "DJ203"]
    assert told.notes[-1] == "overrides --set extract.limit=1"


def test_a_word_of_the_path_is_marked_for_an_unknown_key() -> None:
    (told,) = [d for d in located(set_to("extract.limitt=1")) if d.code == "DJ201"]
    assert marked(told) == "limitt"
    (told,) = [d for d in located(set_to("resources.dbb.url=1")) if d.code == "DJ201"]
    assert marked(told) == "dbb"


def test_yaml_1_1_is_explained(files: Callable[..., list[str]]) -> None:
    (one,) = files(f"ops: {{extract: {{config: {{name: NO, limit: 1e3, {REST}}}}}}}")
    told = located(set_to(files=[one]))
    surprises = [d for d in told if d.code == "DJ209"]
    assert [(d.message, d.label) for d in surprises] == [
        ('"name" must be text, but YAML 1.1 reads NO as false', 'write "NO"'),
        ('"limit" must be an integer, but YAML 1.1 reads 1e3 as text', "write 1000"),
    ]


def test_a_value_that_fits_and_surprises_is_a_warning(files: Callable[..., list[str]]) -> None:
    (one,) = files("ops: {extract: {config: {limit: 010, name: x}}}")
    (told,) = surprises(set_to("extract.rows=[{x: 12:30}]", files=[one]), given_schema(etl))[:1]
    assert (told.severity, told.code) == ("warning", "DJ209")
    assert "010" in told.message


@pytest.mark.parametrize(
    ("text", "warns"),
    [("flag=on", False), ("flag=no", False), ("count=0x1F", False), ("count=1_000", False), ("count=010", True),
     ("count=12:30", True), ("any=on", True), ("any=0x1F", True)],
)  # fmt: skip
def test_what_the_job_wants_is_no_surprise(text: str, warns: bool) -> None:
    @op(config_schema={"flag": Field(bool, default_value=True), "count": Field(int, default_value=1), "any": Any})
    def read(context: Any) -> None: ...

    @job
    def reading() -> None:
        read()

    document = read_document(reading, ConfigOptions(sets=(f"read.{text}",)))
    assert bool(surprises(document, given_schema(reading))) == warns


def test_the_name_of_a_resource_says_where_its_config_is() -> None:
    told = refused(lambda: set_to("db.url=x"))
    assert (told.label, told.suggestion) == ("write resources.db", None)


def test_the_mistakes_of_the_later_file_come_later(files: Callable[..., list[str]]) -> None:
    one, two = files("ops: {extract: {config: {limit: x}}}\nloggers: {lost: {}}", "ops: {extract: {config: {lost: 1}}}")
    for order in ([one, two], [two, one]):
        told = [each.place.file for each in located(set_to(files=order)) if each.place is not None and each.place.line]
        assert list(dict.fromkeys(told)) == order


def test_a_config_of_another_encoding_has_its_excerpts(tmp_path: Path) -> None:
    path = tmp_path / "wide.yaml"
    path.write_bytes("ops: {extract: {config: {limit: ä}}}".encode("utf-16"))
    told = next(each for each in located(set_to(files=[str(path)])) if each.code == "DJ203")
    assert told.place is not None and told.place.text == "ops: {extract: {config: {limit: ä}}}"


def test_files_are_named_by_patterns_and_pyproject_comes_first(files: Callable[..., list[str]], tmp_path: Path) -> None:
    files("ops: {extract: {config: {limit: 1, name: a}}}", "ops: {extract: {config: {limit: 2}}}")
    document = read_document(etl, ConfigOptions(("one.yaml",), (str(tmp_path / "t*.yaml"),)), str(tmp_path))
    assert document.value == {"ops": {"extract": {"config": {"limit": 2, "name": "a"}}}}


@pytest.mark.parametrize("pattern", ["nothing.yaml", "nothing*.yaml"])
def test_a_file_that_is_not_there_is_a_mistake_of_usage(pattern: str) -> None:
    with pytest.raises(DagjobUsageError, match="nothing"):
        read_document(etl, ConfigOptions(files=(pattern,)))
    with pytest.raises(DagjobUsageError, match="pyproject"):
        read_document(etl, ConfigOptions((pattern,)))


# -- the text of a file, and JSON ----------------------------------------------------------------------------------


def test_the_text_of_a_file_is_a_value_and_is_never_parsed(tmp_path: Path) -> None:
    file = tmp_path / "name.txt"
    file.write_text("- 5\n# no comment\n")
    document = read_document(etl, ConfigOptions(set_files=(f"extract.name={file}",)))
    assert document.value["ops"]["extract"]["config"]["name"] == "- 5\n# no comment\n"
    wrong = read_document(etl, ConfigOptions(set_files=(f"extract.limit={file}",)))
    (told,) = [d for d in located(wrong) if d.code == "DJ203"]
    assert marked(told) == str(file)


@pytest.mark.parametrize("text", ["extract.name", "extract.name=not_there.txt", "=x", "extract..name=x"])
def test_a_set_file_that_cannot_be_read_is_a_mistake_of_usage(text: str) -> None:
    with pytest.raises(DagjobUsageError, match="--set-file"):
        read_document(etl, ConfigOptions(set_files=(text,)))


def test_json_stands_over_the_files_and_under_every_set(files: Callable[..., list[str]]) -> None:
    (one,) = files("ops: {extract: {config: {limit: 1, name: a, threshold: 1}}}")
    given = '{"ops": {"extract": {"config": {"name": "b", "threshold": 1e3}}}}'
    document = read_document(etl, ConfigOptions(files=(one,), json=(given,), sets=("extract.name=c",)))
    config = document.value["ops"]["extract"]["config"]
    assert (config["limit"], config["name"], config["threshold"]) == (1, "c", 1000.0)


def test_a_problem_in_json_is_marked_in_the_argument() -> None:
    given = '{"ops": {"extract": {"config": {"limitt": 5}}}}'
    (told,) = [d for d in located(read_document(etl, ConfigOptions(json=(given,)))) if d.code == "DJ201"]
    assert marked(told) == '"limitt"'
    assert told.place is not None
    assert told.place.text == f"--config-json {given}"
    for text in ("{", "[1]", "{'a': 1}", '{"a": 1, "a": 2}'):
        with pytest.raises(DagjobConfigFileError) as caught:
            read_document(etl, ConfigOptions(json=(text,)))
        assert all(one.place is not None for one in caught.value.diagnostics)


def test_what_one_op_lacks_is_not_shown_at_the_set_of_another(files: Callable[..., list[str]]) -> None:
    lacking = [d for d in located(set_to("inner.twice=1")) if '"extract"' in d.message]
    assert lacking
    assert [d.place for d in lacking] == [None] * len(lacking)
    (one,) = files("ops: {}\n")
    lacking = [d for d in located(set_to("inner.twice=1", files=[one])) if '"extract"' in d.message]
    assert {(d.place.file, d.place.line) for d in lacking if d.place} == {(one, 1)}


# -- text, as it was typed -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "typed", ["0012", "1e3", "on", "NO", "12:30", "null", "2024-01-01", "a #b", "a: b", "*x", "@y", "%", "- x"]
)
@pytest.mark.parametrize("path", ["extract.name", "resources.db.url", "extract.tags.k"])
def test_what_is_typed_for_a_text_stands_as_it_is(path: str, typed: str) -> None:
    document = set_to(f"{path}={typed}")
    here: Any = document.value
    while isinstance(here, dict):
        (here,) = here.values()
    assert here == typed
    assert not surprises(document, given_schema(etl))


def test_quotes_around_a_text_go_and_a_mapping_is_no_text() -> None:
    assert set_to('extract.name="a #b"').value["ops"]["extract"]["config"]["name"] == "a #b"
    with pytest.raises(DagjobInvalidConfigError, match="expected str"):
        resolve(etl, set_to("extract.name={env: X}"))


def test_set_str_never_parses() -> None:
    document = read_document(etl, ConfigOptions(set_texts=("extract.tags.a=[1]", "extract.limit=5")))
    assert document.value["ops"]["extract"]["config"] == {"tags": {"a": "[1]"}, "limit": "5"}
    with pytest.raises(DagjobInvalidConfigError) as caught:
        resolve(etl, document)
    assert "--set-str extract.limit=5" in [one.place.text for one in caught.value.diagnostics if one.place is not None]
