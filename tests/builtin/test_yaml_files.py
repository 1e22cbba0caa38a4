"""YAML with places: values as Dagster reads them, every part found again, nothing passed over, nothing executed."""

from __future__ import annotations

import json
import pickle
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from dagjob import DagjobInvalidConfigError, job, op, validate_run_config
from dagjob.builtin.yaml_files import (
    config_from_files,
    config_from_pkg_resources,
    config_from_yaml_strings,
    parse_config,
    parse_value,
    read_config_file,
)
from dagjob.errors import DagjobConfigFileError, DagjobInvariantViolationError, DagjobUsageError, Diagnostic


def wrong(text: str, name: str = "a.yaml") -> list[Diagnostic]:
    """What is told about a text that is no config."""
    with pytest.raises(DagjobConfigFileError) as caught:
        parse_config(text, name)
    return list(caught.value.diagnostics)


def spot(diagnostic: Diagnostic) -> tuple[int, int, int]:
    assert diagnostic.place is not None
    return diagnostic.place.line, diagnostic.place.column, diagnostic.place.length


# -- values --------------------------------------------------------------------------------------------------------


def test_scalars_are_those_of_yaml_1_1_but_dates_stay_text() -> None:
    text = "d: 2024-01-01\no: 010\nb: yes\nf: 1e3\nt: 12:30:45"
    assert config_from_yaml_strings([text]) == {"d": "2024-01-01", "o": 8, "b": True, "f": "1e3", "t": 45045}


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("NO", False),
        ("off", False),
        ("'NO'", "NO"),
        ("0x1F", 31),
        ("0b101", 5),
        ("-1:30", -90),
        ("1_000", 1000),
        ("09", "09"),
        ("-0", 0),
        ("1.5e+3", 1500.0),
        ("1:30.5", 90.5),
        ("-.inf", float("-inf")),
        ("~", None),
        ("!!str 5", "5"),
        ("2024-01-01 10:00:00", "2024-01-01 10:00:00"),
        ("|\n  two\n  lines", "two\nlines"),
    ],
)
def test_a_scalar(text: str, value: object) -> None:
    assert parse_value(text, "a.yaml").value == value


@pytest.mark.parametrize("text", ["", "# nothing", "~", "---\n"])
def test_an_empty_file_is_an_empty_config(text: str) -> None:
    assert parse_config(text, "a.yaml").value == {}


def test_merge_keys_stand_below_the_keys_of_the_mapping_and_the_first_of_a_list_wins() -> None:
    text = "x: &x {q: 1}\nz: &z {q: 2, s: 3, r: 4}\ny: {r: 5, <<: [*x, *z]}\n"
    assert parse_config(text, "a.yaml").value["y"] == {"q": 1, "s": 3, "r": 5}


def test_json_has_the_values_of_json_and_places(tmp_path: Path) -> None:
    file = tmp_path / "a.json"
    file.write_text('{\n\t"a": 1e3,\n\t"b": ["\\ud83d\\ude00", null]\n}')
    read = read_config_file(str(file))
    assert read.value == {"a": 1000.0, "b": ["😀", None]}
    file.write_text('{\n "a": {"b": 1e3}\n}')
    assert spot_of(read_config_file(str(file)), ("a", "b")) == (2, 13, 3)


def spot_of(read: object, path: tuple[object, ...], at: str = "value") -> tuple[int, int, int]:
    place = read.place(path, at)  # type: ignore[attr-defined]
    return place.line, place.column, place.length


# -- places --------------------------------------------------------------------------------------------------------


def test_every_key_and_value_has_a_place() -> None:
    read = parse_config("ops:\n  é:\n    config: {limit: 10, rows: [1, 22]}\n", "a.yaml")
    path = ("ops", "é", "config")
    assert spot_of(read, ("ops", "é"), "key") == (2, 3, 1)
    assert spot_of(read, (*path, "limit"), "key") == (3, 14, 5)
    assert spot_of(read, (*path, "limit")) == (3, 21, 2)
    assert spot_of(read, (*path, "rows", 1)) == (3, 35, 2)
    assert read.place(("ops", "nope")) is None


def test_a_value_of_several_lines_is_marked_on_its_first() -> None:
    read = parse_config("a: {x: 1,\n  y: 2}\nb:\n  c: 1\n", "a.yaml")
    assert spot_of(read, ("a",)) == (1, 4, 6)
    assert spot_of(read, ("b",)) == (4, 3, 4)


def test_merged_keys_are_found_where_they_were_written() -> None:
    read = parse_config("x: &x {q: 1}\nz: &z {q: 2, s: 3}\ny:\n  <<: [*x, *z]\n  r: 4\n", "a.yaml")
    assert spot_of(read, ("y", "q")) == (1, 11, 1)
    assert spot_of(read, ("y", "s")) == (2, 17, 1)


def test_the_text_of_a_scalar_is_kept_where_it_is_no_text() -> None:
    read = parse_config("country: NO\nname: NOR\ntime: 12:30\nquoted: '5'", "a.yaml")
    assert read.scalars == {("country",): "NO", ("time",): "12:30"}


# -- mistakes ------------------------------------------------------------------------------------------------------


def test_each_key_that_stands_twice_is_told() -> None:
    told = wrong("a: 1\nb: {c: 1, c: 2}\na: 3\n")
    assert [(d.code, spot(d)) for d in told] == [("DJ205", (2, 11, 1)), ("DJ205", (3, 1, 1))]
    assert "1:1" in told[1].label


@pytest.mark.parametrize(
    ("text", "place", "word"),
    [
        ("a:\n\tb: 1", (2, 1), "tab"),
        ("a: @x", (1, 4), "@"),
        ("a: 1\nb", (2, 1), "colon"),
        ("[1, 2]", (1, 1), "list"),
        ("5", (1, 1), "mapping"),
        ("a: [1, 2\n", (1, 9), "]"),
        ("a: 1\n--- \nb: 2", (2, 1), "document"),
        ("a: b\x07", (1, 5), "U+0007"),
        ("? [1]\n: 2", (1, 3), "key"),
        ("a: !!int x", (1, 4), "int"),
        ("a: !foo 3", (1, 4), "!foo"),
        ("<<: 3", (1, 5), "<<"),
        ("a: " + "9" * 5000, (1, 4), "digits"),
    ],
)
def test_a_mistake_is_told_with_its_place(text: str, place: tuple[int, int], word: str) -> None:
    (told,) = wrong(text)
    assert (told.code, spot(told)[:2]) == ("DJ206", place)
    assert word in told.message


def test_no_tag_makes_an_object() -> None:
    (told,) = wrong("a: !!python/object/apply:os.abort []")
    assert "python/object" in told.message


def test_anchors_cannot_multiply_without_end() -> None:
    bomb = "l0: &l0 [x,x,x,x,x,x,x,x,x,x]\n"
    bomb += "".join(f"l{n}: &l{n} [{','.join([f'*l{n - 1}'] * 10)}]\n" for n in range(1, 12))
    assert "too large" in wrong(bomb)[0].message


@pytest.mark.parametrize("text", ["a: &x [*x]", "a: &x {<<: *x}", "a: &x {b: {<<: *x}}"])
def test_an_alias_cannot_contain_itself(text: str) -> None:
    assert "alias" in wrong(text)[0].message


def test_nesting_has_an_end() -> None:
    chain = "a0: &a0 [x]\n" + "".join(f"a{n}: &a{n} [*a{n - 1}]\n" for n in range(1, 2000))
    assert wrong(chain)
    assert wrong("[" * 100_000)
    assert wrong("[" * 100_000, "a.json")


def test_json_that_is_none_is_told_with_its_place() -> None:
    (told,) = wrong('{"a": 1,\n "b" 2}', "a.json")
    assert spot(told)[:2] == (2, 6)
    assert wrong('{"a": 1, "a": 2}', "a.json")[0].code == "DJ205"


def test_a_file_that_is_no_utf_8_is_told_with_the_byte(tmp_path: Path) -> None:
    file = tmp_path / "a.yaml"
    file.write_bytes(b"a: 1\nb: caf\xe9\n")
    with pytest.raises(DagjobConfigFileError, match=r":2:7: .*0xe9"):
        read_config_file(str(file))


def test_a_file_with_a_byte_order_mark_is_read(tmp_path: Path) -> None:
    file = tmp_path / "a.yaml"
    for encoding in ("utf-8-sig", "utf-16"):
        file.write_text("a: ü", encoding=encoding)
        assert read_config_file(str(file)).value == {"a": "ü"}


def test_a_file_that_is_not_there_is_a_mistake_of_usage(tmp_path: Path) -> None:
    for path in (tmp_path / "none.yaml", tmp_path):
        with pytest.raises(DagjobUsageError):
            read_config_file(str(path))


@settings(deadline=None)
@given(st.binary(max_size=200))
def test_random_bytes_are_a_config_or_a_config_error(data: bytes) -> None:
    text = data.decode("latin-1")
    for name in ("a.yaml", "a.json"):
        try:
            assert isinstance(parse_config(text, name).value, dict)
        except DagjobConfigFileError as error:
            assert error.diagnostics


@settings(deadline=None)
@given(st.text(alphabet="ab:-?&*<>{}[],!|'\" \n\t#%@0", max_size=60))
def test_random_yaml_is_a_config_or_a_config_error(text: str) -> None:
    try:
        assert isinstance(parse_config(text, "a.yaml").value, dict)
    except DagjobConfigFileError as error:
        assert all(d.message for d in error.diagnostics)


# -- the functions of the API --------------------------------------------------------------------------------------


def test_later_files_win_key_by_key_and_lists_are_replaced(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text("ops: {a: {config: {n: 1, l: [1, 2]}}}")
    (tmp_path / "b.yaml").write_text("ops: {a: {config: {l: [9]}}, b: {config: 3}}")
    (tmp_path / "c.yaml").write_text("")
    merged = {"ops": {"a": {"config": {"n": 1, "l": [9]}}, "b": {"config": 3}}}
    assert config_from_files([str(tmp_path / f"{name}.yaml") for name in "abc"]) == merged
    assert config_from_files([str(tmp_path / "*.yaml")]) == merged


def test_a_pattern_without_a_match_is_refused(tmp_path: Path) -> None:
    for pattern in ("none.yaml", "*.yml"):
        with pytest.raises(DagjobInvariantViolationError):
            config_from_files([str(tmp_path / pattern)])


def test_an_empty_yaml_string_is_refused() -> None:
    with pytest.raises(DagjobInvariantViolationError):
        config_from_yaml_strings(["a: 1", ""])


def test_config_is_read_from_packages(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    package = tmp_path / "package_with_config"
    package.mkdir()
    (package / "__init__.py").touch()
    (package / "a.yaml").write_text("a: 1")
    monkeypatch.syspath_prepend(str(tmp_path))
    assert config_from_pkg_resources([("package_with_config", "a.yaml")]) == {"a": 1}
    with pytest.raises(DagjobInvariantViolationError, match=r"b\.yaml"):
        config_from_pkg_resources([("package_with_config", "b.yaml")])


def test_an_error_about_a_config_from_files_has_the_places(tmp_path: Path) -> None:
    @op(config_schema={"n": int, "rows": [{"x": int}]})
    def f(context: Any) -> None: ...

    @job
    def daily() -> None:
        f()

    one, two = tmp_path / "one.yaml", tmp_path / "two.yaml"
    one.write_text("ops:\n  f:\n    config:\n      n: x\n      rows: [{x: 1}]\n")
    two.write_text("ops:\n  f:\n    config:\n      rows:\n      - x: y\n      - {}\n")
    config = config_from_files([str(one), str(two)])
    with pytest.raises(DagjobInvalidConfigError) as caught:
        validate_run_config(daily, config)
    places = [told.place for told in caught.value.diagnostics]
    assert [(place.file, place.line, place.column) for place in places if place] == [
        (str(one), 4, 10),
        (str(two), 5, 12),
        (str(two), 6, 9),
    ]


def test_a_config_from_files_is_a_dict_for_everybody(tmp_path: Path) -> None:
    config = config_from_yaml_strings(["a: {b: [1]}", "a: {c: 2}"])
    plain = {"a": {"b": [1], "c": 2}}
    assert config == plain
    assert isinstance(config, dict)
    assert repr(config) == repr(plain)
    assert json.dumps(config) == json.dumps(plain)
    assert yaml.safe_dump(config) == yaml.dump(config) == yaml.safe_dump(plain)
    assert pickle.loads(pickle.dumps(config)) == plain
