"""A run that is read from the history is the run that was watched: `fold(events) == view(read(store(events)))`."""

from __future__ import annotations

import json
import random
import sqlite3

import pytest
from recorded_runs import START, error, eventful_run, started

from dagjob import events as ev
from dagjob.event_json import dumps, from_parts, parts, recorded, step_and_attempt
from dagjob.record import replace
from dagjob.run_json import run_json
from dagjob.run_view import OPEN, RunView, end_crashed
from dagjob.storage import database, migrations
from dagjob.storage.history import History
from dagjob.storage.runs import RunStore
from dagjob.values.metadata import MetadataValue

RUN = "7c3f9a2d-0000-4000-8000-000000000001"


def folded(events):
    view = RunView()
    for event in events:
        view(event)
    return view


def facts(view):
    """All that a view knows, comparable."""

    def name(op):
        return op.key if op is not None else None

    ops = {
        key: {slot: getattr(op, slot) for slot in op.__slots__ if slot not in ("template", "copies")}
        | {"template": name(op.template), "copies": op.copies and [copy.key for copy in op.copies]}
        for key, op in view.ops.items()
    }
    by_status = {status: list(found) for status, found in view.by_status.items()}
    return view.run, view.ended, ops, by_status, view.cpu, view.flaky


# -- random runs ---------------------------------------------------------------------------------------------------

PLAN = ev.PlanMade(
    START,
    (
        ev.PlannedOp("load", "load"),
        ev.PlannedOp("parse[?]", "parse", ("load",), True),
        ev.PlannedOp("outer.join", "join", ("parse[?]", "load")),
    ),
)
MAPPED = ev.StepsMapped(START, "parse[?]", ("parse[a]", "parse[b]"))


class Chance(random.Random):
    """Draws parts of events."""

    def text(self):
        return "".join(self.choices("ab[]\n\0é☃😀\udce9", k=self.randrange(4)))

    def maybe(self, value):
        return value if self.random() < 0.5 else None

    def metadata(self):
        values = [1, -2.5, None, True, self.text(), [1, ["x"]], {"k": {"l": 2}}, (1, 2), {3}, float("inf")]
        wrapped = [MetadataValue.int(3), MetadataValue.json({"a": [1]}), MetadataValue.path("/p"), MetadataValue.null()]
        return {self.text(): self.choice(values + wrapped) for _ in range(self.randrange(3))}

    def error(self, depth=2):
        return ev.ErrorInfo(
            self.text(),
            self.text(),
            self.text(),
            tuple(ev.Frame(self.text(), n, self.text(), column=self.maybe(n)) for n in range(self.randrange(3))),
            cause=self.maybe(self.error(depth - 1)) if depth else None,
            notes=(self.text(),),
            members=(self.error(depth - 1),) if depth and self.random() < 0.3 else (),
            code=self.choice(["DJ401", "DJ402"]),
        )

    def failure(self):
        return self.maybe(ev.FailureData(self.maybe(self.text()), self.metadata()))

    def event(self):
        at = START + self.random() * 100
        step = self.choice(["load", "parse[?]", "parse[a]", "parse[b]", "outer.join", "not_planned"])
        head = at, step, self.randrange(1, 4)
        cost = {"cpu": self.maybe(self.random()), "max_rss": self.maybe(1 << 20)}
        output = self.choice(["result", "other"]), self.text(), self.maybe("a"), self.metadata()
        checked = {"success": True, "description": self.maybe("ok"), "metadata": self.metadata()}
        stored = {"path": self.maybe(self.text()), "bytes": self.maybe(5)}
        retry = self.error(), self.random(), self.maybe(1.5), 3, self.failure()
        failed = self.error(), self.random(), self.choice(["failed", "timeout", "canceled"]), self.failure()
        return self.choice(
            [
                lambda: ev.StepStarted(*head, 4242, self.maybe(self.text())),
                lambda: ev.Progressed(*head, self.random(), self.maybe(2.0), "rows", self.text()),
                lambda: ev.OutputChecked(*head, *output[:3], **checked),
                lambda: ev.OutputStored(*head, *output, **stored),
                lambda: ev.StepSucceeded(*head, self.random(), **cost),
                lambda: ev.StepRetrying(*head, *retry, **cost),
                lambda: ev.StepFailed(*head, *failed, **cost),
                lambda: ev.StepSkipped(at, step, (self.text(),)),
                lambda: ev.StepReused(at, step),
                lambda: ev.StepNotRun(at, step, (self.text(),), self.choice(["not_run", "canceled"])),
                lambda: ev.EngineNoted(at, self.text()),
            ]
        )()

    def end(self):
        status = self.choice(["success", "failed", "canceled", "timeout"])
        return ev.RunEnded(START + 200, status, 200.0, {"x": 1}, self.maybe("why"), self.maybe(self.error()), ("load",))

    def run(self):
        begin = started(RUN, tags={"a": self.text()}, config={"ops": {"x": [1]}}, selection=("s",), isolated=True)
        middle = [self.event() for _ in range(self.randrange(40))]
        return [begin, PLAN, *([MAPPED] if self.random() < 0.7 else []), *middle, *self.choice([[], [self.end()]])]


@pytest.mark.parametrize("seed", range(100))
def test_what_is_read_is_what_was_watched(seed):
    chance = Chance(seed)
    happened = chance.run()
    watched = folded(happened)
    statuses = {op.key: op.status for op in watched.in_order() if op.key != "not_planned"}
    if watched.ended is not None:
        end_crashed(watched, watched.ended.at)  # these runs leave ops open, as only older versions did
    with RunStore.in_memory() as store:
        for event in happened:
            store(event)
            if chance.random() < 0.3:
                store.flush()
        history = store.history()
        read = history.view(RUN)
        assert facts(read) == facts(watched)
        assert dumps(run_json(read)) == dumps(run_json(watched))
        found = history.statuses(RUN)
        assert found == {key: status for key, status in statuses.items() if key in found}


def test_a_run_with_everything_in_it_comes_back():
    with RunStore.in_memory() as store:
        for event in eventful_run(RUN):
            store(event)
        assert facts(store.history().view(RUN)) == facts(folded(eventful_run(RUN)))


def test_every_recorded_event_comes_back_as_it_was():
    for event in eventful_run(RUN):
        name, body = parts(event)
        read = from_parts(name, event.at, *step_and_attempt(event), json.loads(dumps(body)))
        expected = replace(event, config={}, resolved={}) if isinstance(event, ev.RunStarted) else event
        assert read == expected


def test_a_view_that_was_cut_short_by_a_crash_has_an_end_for_every_op():
    whole = eventful_run(RUN)
    for length in range(1, len(whole)):
        view = folded(whole[:length])
        end_crashed(view, START + 9)
        assert view.count(*OPEN) == 0
        assert view.status == "crashed"
        assert view.ended.counts == view.counts()


# -- what older versions have written ------------------------------------------------------------------------------


def old_database(path):
    """A database of format 1 with a run that crashed and one whose events left out the end of a template."""
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("BEGIN")
    migrations.upgrade(connection, migrations.STEPS[:1])
    rows = {
        "crashed": [PLAN, ev.StepStarted(START + 1, "load", 1, 7)],
        "failed": [
            PLAN,
            ev.StepStarted(START + 1, "load", 1, 7),
            ev.OutputStored(START + 1, "load", 1, "result", "io_manager", path="/o/load", bytes=5),
            ev.StepFailed(START + 2, "load", 1, error(), 1.0),
            ev.StepNotRun(START + 2, "outer.join", ("load",)),
            ev.RunEnded(START + 3, "failed", 3.0, {"failed": 1, "not_run": 1}),
        ],
    }
    for run, (status, events) in enumerate(rows.items(), 1):
        connection.execute(
            "INSERT INTO runs (run, id, job, target, status, started, ended, seconds, tags, selection, config, resolved)"
            " VALUES (?, ?, 'daily', 'jobs:daily', ?, ?, ?, 3, '{}', '[]', '{}', '{}')",
            (run, status, status, START, START + 3),
        )
        connection.execute(
            "INSERT INTO steps (run, key, op, pos, status, error) VALUES (?, 'load', 'load', 0, 'failed', '{}')", (run,)
        )
        connection.execute(
            "INSERT INTO outputs (run, step, output, stored, path) VALUES (?, 'load', 'result', 1, '/o/load')", (run,)
        )
        for seq, event in enumerate([started(status), *events], 1):
            name, body = parts(event)
            connection.execute(
                "INSERT INTO events VALUES (?, ?, ?, ?, ?, ?, ?)",
                (run, seq, event.at, name, *step_and_attempt(event), dumps(body)),
            )
    connection.execute("COMMIT")
    connection.close()


def shown(history):
    return {run.id: {op.key: op.status for op in history.view(run.id).in_order()} for run in history.runs()}


def test_a_history_of_the_first_format_is_shown_before_and_after_it_is_brought_up_to_date(state, look, tmp_path):
    (tmp_path / ".dagjob").mkdir()
    old_database(state.db)
    expected = {
        "crashed": {"load": "failed", "parse[?]": "not_run", "outer.join": "not_run"},
        "failed": {"load": "failed", "parse[?]": "not_run", "outer.join": "not_run"},
    }
    before = look(state)
    assert shown(before) == expected
    database.open_for_writing(state.db).close()
    after = History.open(state)
    with after:
        assert shown(after) == expected
        assert after.statuses("failed") == {"load": "failed"}
        (output,) = after.view("failed").op("load").outputs
        assert (output.path, output.bytes) == ("/o/load", 5)


@pytest.mark.parametrize("text", ["plain", 'qu"ote\n\x00', "ä", "\udce4"])
def test_the_text_of_a_common_event_is_the_json_of_its_parts(text):
    metadata = {text: MetadataValue.int(3), "more": 1.5, "list": [text, None]}
    events = [
        ev.StepStarted(1.0, "a", 2, 7, text),
        ev.InputLoaded(1.0, "a", 1, text, "io", None, None, None, metadata),
        ev.InputChecked(1.0, "a", 1, text, "Int"),
        ev.OutputChecked(1.0, "a", 1, "result", "Int", text, False, text, metadata, {}),
        ev.OutputStored(1.0, "a", 1, "result", "io", None, metadata, text, 12),
        ev.LogWritten(1.0, "a", 1, "info", text, "dagjob", 4),
        ev.StepSucceeded(1.0, "a", 1, 0.25, float("nan"), True),
    ]
    for event in events:
        name, body = parts(event)
        assert recorded(event) == (name, dumps(body))
