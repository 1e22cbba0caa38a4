"""Secrets in the text of a config are hidden where they stand, and columns stay."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dagjob import Field, Shape
from dagjob.config.secret_text import HiddenText, field_names
from dagjob.config.secrets import Masker

HIDDEN = HiddenText(Masker(["known-value"]), {"token", "password"}, {"limit", "tokens_left"})


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("token: abc", "token: ***"),
        ("- token: abc", "- token: ***"),
        ("tokn: abc", "tokn: ***"),
        ("tokens_left: 3", "tokens_left: 3"),
        ("limit: 3", "limit: 3"),
        ("url: a known-value b", "url: a *********** b"),
        ("a: {token: abc, limit: 3}", "a: {token: ***, limit: 3}"),
        ('{"token":"x,y","limit":3}', '{"token":"***","limit":3}'),
        ('{"token": 12345}', '{"token": *****}'),
        ('token: "a\\"b"  # note', 'token: "****"  # note'),
        ("token: 'it''s'", "token: '*****'"),
        ("token: [a, b]", "token: ******"),
        ("token: {env: NAME}", "token: {env: NAME}"),
        ('{"token": {"env": "NAME"}, "password": "x"}', '{"token": {"env": "NAME"}, "password": "*"}'),
        ("token:\n  env: NAME\nlimit: 3", "token:\n  env: NAME\nlimit: 3"),
        ("token: >-\n  some\n  text\nlimit: 3", "token: >-\n  ****\n  ****\nlimit: 3"),
        ("token:\n- a\n- b\nlimit: 3", "token:\n***\n***\nlimit: 3"),
        ('token: "ab\n   c: d"\nlimit: 3', 'token: "**\n   ****"\nlimit: 3'),
        ("token: 'open\n more", "token: '****\n ****"),
        ("token: abc\ncountry: [a", "token: ***\ncountry: [a"),
        ("--set op.token={abc, d", "--set op.token=*******"),
        ('--set op.token="a b" c', '--set op.token="*****' + "*"),
        ("--set op.limit=3", "--set op.limit=3"),
        ("--set op.token.deep[0]=abc", "--set op.token.deep[0]=***"),
        ("--set op.opts={token: abc}", "--set op.opts={token: ****"),
        ("--set op.token:ab=c", "--set op.token:****"),
        ("--set op.password:abc", "--set op.password:***"),
        ('--set op."password=abc', '--set op."password=***'),
        ("password:abc", "password:***"),
        ("password abc", "password ***"),
        ("PASSWORD: abc", "PASSWORD: ***"),
        ("? password\n: abc", "? password\n*****"),
        ("token: 'it'rest", "token: '*******"),
        ("token: abc\n  more\nlimit: 3", "token: ***\n  ****\nlimit: 3"),
        ("token: [abc,\n  more]\nlimit: 3", "token: *****\n  *****\nlimit: 3"),
        ("a: {token: abc,\n  limit: 3}", "a: {token: ***,\n  limit: 3}"),
        ('--config-json {"a":{password:"abc"}}', '--config-json {"a":{password:"***"}}'),
        ("the token is here", "the token is here"),
    ],
)
def test_what_is_hidden(text: str, shown: str) -> None:
    assert HIDDEN.source(text) == shown


@given(st.text("abc:={}[]\"'#|>- \n\t\\,tokenpasswordlimit"))
def test_columns_and_lines_stay(text: str) -> None:
    hidden = HIDDEN.source(text)
    assert [len(line) for line in hidden.split("\n")] == [len(line) for line in text.split("\n")]


@given(
    st.text(st.characters(blacklist_categories=["Cs", "Cc"], blacklist_characters="'\n\u2028\u2029\x85"), min_size=1)
)
def test_a_quoted_secret_is_never_seen(secret: str) -> None:
    assert HIDDEN.source(f"password: '{secret}'") == f"password: '{'*' * len(secret)}'"


def test_the_names_are_those_of_the_schema() -> None:
    schema = Shape({"a": {"token": Field(str, is_secret=True), "b": [{"key": Field(int, is_secret=True)}]}, "c": int})
    assert field_names(schema) == ({"token", "key"}, {"a", "b", "c"})
