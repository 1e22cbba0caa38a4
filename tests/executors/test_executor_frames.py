"""Frames survive any way in which a pipe may cut them."""

from __future__ import annotations

import os

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dagjob.executors.frames import BEGIN, DONE, EVENT, HELLO, Inbox, frame, read_first, write_all

FRAMES = st.lists(st.tuples(st.integers(HELLO, BEGIN), st.binary(max_size=300)), max_size=8)


@given(FRAMES, st.lists(st.integers(1, 40), min_size=1))
def test_frames_come_out_whole_and_in_order_however_they_are_cut(frames, cuts):
    data = b"".join(frame(kind, payload) for kind, payload in frames)
    inbox, found, turn = Inbox(), [], 0
    while data:
        size = cuts[turn % len(cuts)]
        found += inbox.feed(data[:size])
        data = data[size:]
        turn += 1
    assert found == frames


def test_what_is_no_frame_is_refused():
    with pytest.raises(ValueError, match="no frame begins with 77"):
        Inbox().feed(b"Mayday, Mayday")


def test_reading_the_first_frame_leaves_the_next_one_alone():
    read, write = os.pipe()
    write_all(write, frame(EVENT, b"first") + frame(DONE, b"second"))
    os.close(write)
    assert [read_first(read), read_first(read), read_first(read)] == [b"first", b"second", None]
    os.close(read)
