"""Names, tags and owners (contract def-7)."""

from __future__ import annotations

import keyword
import warnings

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dagjob.errors import BetaWarning, CheckError, DagjobInvalidDefinitionError
from dagjob.values.names import check_name, check_owners, check_strict_tags, is_tag_key, normalize_tags


@pytest.mark.parametrize("name", ["a", "A_1", "1st", "match", "_x", "case", "type_"])
def test_letters_digits_and_underscores_make_a_name(name: str) -> None:
    assert check_name(name, "op") == name


@pytest.mark.parametrize("name", ["", "a-b", "a b", "a\n", "ä", "a.b", "a[b]"])
def test_anything_else_is_no_name(name: str) -> None:
    with pytest.raises(DagjobInvalidDefinitionError, match="op"):
        check_name(name, "op")


@pytest.mark.parametrize("name", [*keyword.kwlist, "input", "config", "context", "type", "output_arg_dict"])
def test_a_reserved_word_is_no_name(name: str) -> None:
    with pytest.raises(DagjobInvalidDefinitionError, match=name):
        check_name(name, "input")


def test_a_reserved_word_may_be_allowed_in_one_place() -> None:
    assert check_name("config", "input", also=("config",)) == "config"


def test_a_name_is_text() -> None:
    with pytest.raises(CheckError, match="op"):
        check_name(5, "op")  # type: ignore[arg-type]


@given(st.text(alphabet="abcXYZ019_", min_size=1))
def test_every_word_of_these_letters_is_a_name_unless_it_is_reserved(name: str) -> None:
    if not keyword.iskeyword(name):
        assert check_name(name, "op") == name


def test_tag_values_that_are_no_text_become_json() -> None:
    tags = {"a": 1, "b": {"x": [1]}, "c": "s", "d": None, "e": True}
    assert normalize_tags(tags, "op") == {"a": "1", "b": '{"x": [1]}', "c": "s", "d": "null", "e": "true"}
    assert normalize_tags(None, "op") == {}


@pytest.mark.parametrize("value", [(1, 2), object(), {1: "x"}, float("nan"), {"a": {1, 2}}])
def test_a_tag_value_that_does_not_come_back_from_json_is_refused(value: object) -> None:
    with pytest.raises(DagjobInvalidDefinitionError, match="'key'"):
        normalize_tags({"key": value}, "op")


def test_a_tag_key_is_text() -> None:
    with pytest.raises(CheckError, match="1"):
        normalize_tags({1: "x"}, "op")  # type: ignore[dict-item]


def test_unusual_tag_keys_warn_once_for_all() -> None:
    with pytest.warns(DeprecationWarning, match=r"'a b', 'x/y/z'") as caught:
        assert normalize_tags({"a b": "x", "ok/key.1": "y", "x/y/z": ""}, "op") == {
            "a b": "x",
            "ok/key.1": "y",
            "x/y/z": "",
        }
    assert len(caught) == 1


@pytest.mark.parametrize("key", ["a", "a/b", "dagster/priority", "dagster/kind/python", "a-b.c_d", "x" * 63])
def test_usual_tag_keys(key: str) -> None:
    assert is_tag_key(key)


@pytest.mark.parametrize("key", ["", "/a", "a/", "a/b/c", "a b", "x" * 64, "dagster/kind/"])
def test_unusual_tag_keys(key: str) -> None:
    assert not is_tag_key(key)


@pytest.mark.parametrize("tags", [{"a b": "x"}, {"a": "has space"}, {"a": 1}, {"a": "x" * 64}])
def test_strict_tags_are_checked_whole(tags: dict[str, str]) -> None:
    with pytest.raises(DagjobInvalidDefinitionError, match="'a"):
        check_strict_tags(tags, "output")


def test_strict_tags_may_be_empty_text() -> None:
    assert check_strict_tags({"a/b": ""}, "output") == {"a/b": ""}


def test_owners_are_addresses_and_teams() -> None:
    with pytest.warns(BetaWarning):
        assert check_owners(["a.b@ex-am.co.uk", "team:data"], "job") == ["a.b@ex-am.co.uk", "team:data"]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert check_owners(None, "job") is None


@pytest.mark.parametrize("owner", ["bob", "team:", "a@b", "Team:x", "a b@c.de", "@c.de"])
def test_anything_else_is_no_owner(owner: str) -> None:
    with pytest.warns(BetaWarning), pytest.raises(DagjobInvalidDefinitionError, match=owner):
        check_owners([owner], "job")
