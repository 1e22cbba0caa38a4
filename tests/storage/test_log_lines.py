import shutil
from time import process_time

import pytest
from recorded_runs import START, started

from dagjob import events as ev
from dagjob.storage.paths import StateDir
from dagjob.storage.runs import RunStore

RUN = "7c3f9a2d"


class Attempt:
    """Prints and logs as an attempt does: into a file, and as events that know how long the file is."""

    def __init__(self, state, step="load", attempt=1):
        self.step, self.attempt = step, attempt
        self.path = state.log(RUN, step, attempt)
        self.events = [ev.StepStarted(START, step, attempt, 1, self.path)]
        self.printed = b""

    def prints(self, data):
        self.printed += data
        return self

    def logs(self, text, level="info"):
        self.events.append(ev.LogWritten(START + 1, self.step, self.attempt, level, text, offset=len(self.printed)))
        return self

    def write(self):
        with open(self.path, "wb") as file:
            file.write(self.printed)


@pytest.fixture
def said(state, look, tmp_path):
    def record(*attempts, **asked):
        with RunStore.create(state, RUN) as store:
            store(started(RUN))
            (tmp_path / ".dagjob" / "runs" / RUN / "logs").mkdir()
            for attempt in attempts:
                attempt.write()
                for event in attempt.events:
                    store(event)
        return [(line.stream[0], line.text) for line in look(state).logs(RUN, **asked)]

    return record


def test_lines_stand_in_the_order_in_which_they_were_written(state, said):
    attempt = (
        Attempt(state).logs("first").prints(b"one\ntwo\n").logs("middle").prints(b"three\n").logs("last").prints(b"end")
    )
    assert said(attempt) == [
        ("l", "first"),
        ("o", "one"),
        ("o", "two"),
        ("l", "middle"),
        ("o", "three"),
        ("l", "last"),
        ("o", "end"),
    ]


def test_a_printed_line_is_not_cut_by_a_log_line(state, said):
    attempt = Attempt(state).prints(b"half ").logs("between").prints(b"whole\nnext\n")
    assert said(attempt) == [("o", "half whole"), ("l", "between"), ("o", "next")]


@pytest.mark.parametrize(("stream", "kinds"), [("log", "ll"), ("output", "oo"), (None, "lolo")])
def test_one_stream_can_be_asked_for(state, said, stream, kinds):
    lines = said(Attempt(state).logs("a").prints(b"b\n").logs("c").prints(b"d\n"), stream=stream)
    assert "".join(kind for kind, _ in lines) == kinds


def test_bytes_that_are_no_utf8_are_shown_as_such_and_offsets_still_fit(state, said):
    attempt = Attempt(state).prints(b"\xff\xfe caf\xe9\r\n").logs("between").prints("ü ☃\n\n".encode() + b"\0\n")
    assert said(attempt) == [("o", "\ufffd\ufffd caf\ufffd"), ("l", "between"), ("o", "ü ☃"), ("o", ""), ("o", "\0")]


def test_attempts_come_one_after_the_other_in_the_order_of_their_start(state, said):
    one = Attempt(state, "a").prints(b"a1\n").logs("A1")
    two = Attempt(state, "b").prints(b"b1\n").logs("B1")
    again = Attempt(state, "a", 2).prints(b"a2\n").logs("A2")
    one.events[1:], two.events[1:] = [], [*one.events[1:], *two.events[1:]]  # both ran at once
    assert [text for _, text in said(one, two, again)] == ["a1", "A1", "b1", "B1", "a2", "A2"]


def test_one_step_or_one_attempt_can_be_asked_for(state, look, said):
    attempts = [Attempt(state, "a").logs("a1"), Attempt(state, "a", 2).logs("a2"), Attempt(state, "b").logs("b1")]
    assert said(*attempts, step="a") == [("l", "a1"), ("l", "a2")]
    assert [line.text for line in look(state).logs(RUN, step="a", attempt=2)] == ["a2"]
    assert [line.text for line in look(state).logs(RUN, step="none")] == []


def test_a_log_line_tells_when_and_how_grave(state, look, said):
    said(Attempt(state).logs("careful", "warning"))
    (line,) = look(state).logs(RUN)
    assert (line.at, line.level, line.logger, line.step, line.attempt) == (START + 1, "warning", "dagjob", "load", 1)


def test_a_file_that_was_pruned_takes_only_its_own_lines_along(state, look, said, tmp_path):
    said(Attempt(state).prints(b"gone\n").logs("kept"))
    shutil.rmtree(tmp_path / ".dagjob" / "runs" / RUN / "logs")
    assert [line.text for line in look(state).logs(RUN)] == ["kept"]


def test_logs_are_found_after_the_state_directory_was_moved(state, look, said, tmp_path):
    said(Attempt(state).prints(b"here\n"))
    shutil.move(tmp_path / ".dagjob", tmp_path / "moved")
    assert [line.text for line in look(StateDir(str(tmp_path / "moved"))).logs(RUN)] == ["here"]


def test_an_op_without_a_file_has_its_log_lines(look, state):
    with RunStore.create(state, RUN) as store:
        store(started(RUN))
        store(ev.StepStarted(START, "a", 1, 1))
        store(ev.LogWritten(START, "a", 1, "info", "in process"))
    assert [line.text for line in look(state).logs(RUN)] == ["in process"]


def test_a_line_without_an_end_is_cut_rather_than_held_in_memory(state, said, monkeypatch):
    monkeypatch.setattr("dagjob.storage.loglines.LONGEST_LINE", 4)
    assert said(Attempt(state).prints(b"abcdefgh\ni\n")) == [("o", "abcd"), ("o", "efgh"), ("o", ""), ("o", "i")]


# -- large ones ----------------------------------------------------------------------------------------------------


def test_blocks_hold_the_same_lines(state, said, look):
    attempt = Attempt(state).prints(b"one\ntwo\n").logs("middle").prints(b"three\r\nfour\n" * 9000).logs("last")
    attempt.prints(b"end")
    whole = said(attempt)
    blocks = [(line.stream[0], line.text) for line in look(state).logs(RUN, blocks=True)]
    assert [(s, text) for s, block in blocks for text in block.replace("\r\n", "\n").split("\n")] == whole
    assert len(blocks) < 20


@pytest.mark.parametrize("end", [b"", b"\n", b"\n\n"])
@pytest.mark.parametrize("count", [1, 2, 7, 3000, 100_000])
def test_the_last_lines_are_found_from_the_end(count, end, state, said, look):
    lines = b"\n".join(b"%d" % number * (number % 40) for number in range(9000))
    whole = said(Attempt(state).prints(lines + end))
    assert [("o", line.text) for line in look(state).logs(RUN, tail=count)] == whole[-count:]


def test_of_a_log_of_two_gigabytes_neither_first_nor_last_lines_take_long(state, said, look):
    attempt = Attempt(state).prints(b"first\n")
    said(attempt)
    with open(attempt.path, "r+b") as file:
        file.seek(2 << 30)
        file.write(b"\nalmost\nlast\n")
    began = process_time()  # However busy the machine is.
    lines = look(state).logs(RUN, blocks=True)
    assert next(lines).text.startswith("first\n")
    lines.close()
    assert [line.text for line in look(state).logs(RUN, tail=2)] == ["almost", "last"]
    assert process_time() - began < 1
