import json
import shutil
import sqlite3

import pytest
from recorded_runs import START, ended, eventful_run, good_run, planned, started, step

from dagjob import event_json
from dagjob import events as ev
from dagjob.errors import DagjobStateError
from dagjob.run_json import run_json
from dagjob.storage import database, runs
from dagjob.storage.paths import StateDir
from dagjob.storage.runs import RunStore

RUN = "7c3f9a2d-0000-4000-8000-000000000001"


@pytest.fixture(params=["file", "memory"])
def store(request, state):
    store = RunStore.create(state, RUN) if request.param == "file" else RunStore.in_memory()
    with store:
        yield store


def outputs(store):
    """All outputs of the run, as its view has them."""
    return [output for op in store.history().view(RUN).in_order() for output in op.outputs]


def printed(event, run_id, seq):
    """What a listener that prints JSON lines would have written, read again."""
    return json.loads(event_json.dumps(event_json.to_json(event, run_id, seq)))


def test_the_events_come_back_exactly_as_they_are_printed(store):
    heard = eventful_run(RUN)
    for event in heard:
        store(event)
    assert list(store.history().events(RUN)) == [printed(event, RUN, seq) for seq, event in enumerate(heard, 1)]


def test_their_keys_come_back_in_the_same_order(store):
    for event in (heard := eventful_run(RUN)):
        store(event)
    for event, line in zip(heard, store.history().events(RUN), strict=True):
        assert list(line) == list(printed(event, RUN, line["seq"]))


def test_the_batches_make_no_difference_to_what_is_kept(state):
    kept = []
    for size in (1, 6, 100):
        with RunStore.in_memory() as store:
            for number, event in enumerate(eventful_run(RUN)):
                store(event)
                if number % size == size - 1:
                    store.flush()
            history = store.history()
            kept.append((history.find("latest"), run_json(history.view(RUN)), list(history.events(RUN))))
    assert kept[0] == kept[1] == kept[2]


def test_steps_show_how_each_ended_in_plan_order(store):
    for event in eventful_run(RUN):
        store(event)
    view = store.history().view(RUN)
    steps = {op.key: op for op in view.in_order()}
    assert (
        {key: op.status for key, op in steps.items()}
        == store.history().statuses(RUN)
        == {
            "load": "success",
            "parse[a]": "success",
            "parse[b]": "failed",
            "join": "not_run",
            "rare": "skipped",
            "tail": "canceled",
        }
    )
    assert list(steps) == ["load", "parse[a]", "parse[b]", "join", "rare", "tail"]
    load = steps["load"]
    assert (load.attempt, load.first, load.ended, load.seconds) == (2, START, START + 6, 2.0)
    assert (load.cpu, load.max_rss, load.tries[0].wait, load.error) == (1.5, 2048, 2.5, None)
    assert steps["parse[b]"].error.message == "last"
    assert steps["parse[a]"].op == "parse"


def test_outputs_are_those_of_the_last_attempt(store):
    for event in eventful_run(RUN):
        store(event)
    load, parse = outputs(store)
    assert (load.name, load.mapping_key, load.path, load.bytes, load.type) == (
        "result", "a", "/o/a", 5, "Int",
    )  # fmt: skip
    assert parse.metadata == {"rows": 3, "format": "pickle"}


def test_an_output_that_no_io_manager_stores_is_still_known(store):
    for event in [started(RUN), planned("a"), ev.StepStarted(START, "a", 1, 1)]:
        store(event)
    store(ev.OutputChecked(START, "a", 1, "done", "Nothing"))
    store(ev.StepSucceeded(START, "a", 1, 0.1))
    (output,) = outputs(store)
    assert (output.name, output.stored) == ("done", False)


def test_while_a_run_goes_on_its_steps_are_counted_as_they_stand(store):
    for event in [started(RUN), planned("a", "b[?]", "c"), *step("a"), ev.StepStarted(START, "c", 1, 1)]:
        store(event)
    run = store.history().find("latest")
    assert (run.status, run.ended, run.seconds) == ("running", None, None)
    assert run.ops == {"success": 1, "waiting": 1, "running": 1}


def test_the_run_keeps_all_that_it_was_started_with(store):
    config = {"ops": {"load": {"config": {"url": {"env": "URL"}}}}}
    store(
        started(
            RUN,
            tags={"team": "x"},
            config=config,
            resolved={"ops": {}},
            partition="2026-11-22",
            parent_run_id="p",
            root_run_id="r",
            selection=("a", "b+"),
            start_method="preloaded",
        )
    )
    run = store.history().find(RUN)
    assert (run.config, run.resolved) == (config, {"ops": {}})
    assert (run.tags, run.selection, run.partition) == ({"team": "x"}, ("a", "b+"), "2026-11-22")
    assert (run.parent, run.root, run.start_method, run.pid, run.slots) == ("p", "r", "preloaded", 4242, 2)


def progress_in(store):
    lines = [line for line in store.history().events(RUN) if line["event"] == "op.progress"]
    return [(line["seq"], line["op"], line["attempt"], line["done"]) for line in lines]


def test_of_the_progress_of_an_attempt_the_last_word_is_kept_however_often_it_is_committed(store):
    store(started(RUN))
    for done in range(5):
        store(ev.Progressed(START, "a", 1, float(done)))
        store(ev.Progressed(START, "b", 1, float(done) * 10))
    assert progress_in(store) == [(10, "a", 1, 4.0), (11, "b", 1, 40.0)]
    store(ev.Progressed(START, "a", 1, 5.0))
    assert progress_in(store) == [(11, "b", 1, 40.0), (12, "a", 1, 5.0)]
    store(ev.Progressed(START, "a", 1, 6.0))
    store(ev.Progressed(START, "a", 2, 1.0))
    assert progress_in(store) == [(11, "b", 1, 40.0), (13, "a", 1, 6.0), (14, "a", 2, 1.0)]


def test_progress_alone_waits_a_moment_for_something_to_be_committed_with(store, monkeypatch):
    monkeypatch.setattr(runs, "LONGEST_WAIT_OF_PROGRESS", float("inf"))
    store(started(RUN))
    store.flush()
    changes = store._connection.total_changes
    for done in range(5):
        store(ev.Progressed(START, "a", 1, float(done)))
        store.flush()
    assert store._connection.total_changes == changes
    store(ev.LogWritten(START, "a", 1, "info", "a line"))
    store.flush()
    assert progress_in(store) == [(6, "a", 1, 4.0)]


def test_what_waits_is_not_seen_before_it_is_committed(look, state):
    with RunStore.create(state, RUN) as store:
        store(started(RUN))
        assert look(state).runs() == []
        store.flush()
        assert [run.id for run in look(state).runs()] == [RUN]


def test_many_waiting_events_are_committed_without_being_asked(look, state, monkeypatch):
    monkeypatch.setattr(runs, "LONGEST_WAIT", float("inf"))  # A busy machine takes longer for so many.
    with RunStore.create(state, RUN) as store:
        for number in range(runs.MOST_WAITING):
            store(ev.LogWritten(START, "a", 1, "info", str(number)) if number else started(RUN))
        assert len(list(look(state).events(RUN))) == runs.MOST_WAITING


def test_an_event_that_waited_too_long_is_committed_with_the_next(look, state, monkeypatch):
    monkeypatch.setattr(runs, "LONGEST_WAIT", 0.0)
    with RunStore.create(state, RUN) as store:
        store(started(RUN))
        store(planned("a"))
        assert len(list(look(state).events(RUN))) == 2


def test_a_store_in_memory_hears_several_runs():
    with RunStore.in_memory() as store:
        for name in ("one", "two"):
            for event in good_run(name):
                store(event)
        assert [run.id for run in store.history().runs()] == ["two", "one"]
        assert [line["seq"] for line in store.history().events("two")] == list(range(1, 8))


def test_closing_twice_is_closing_once(look, state):
    store = RunStore.create(state, RUN)
    store(started(RUN))
    store.close()
    store.close()
    assert look(state).find(RUN).id == RUN


def test_the_same_run_cannot_be_recorded_by_two(state):
    with RunStore.create(state, RUN), pytest.raises(DagjobStateError, match=RUN):
        RunStore.create(state, RUN)


ODD = ["naïve ☃ 😀", "nul \0 byte", "half \ud83d pair", "line\nbreak", "caf\udce9.csv"]


@pytest.mark.parametrize("text", ODD)
def test_any_text_survives_in_logs_and_metadata(store, text):
    store(started(RUN))
    store(ev.LogWritten(START, "a", 1, "info", text))
    store(ev.EngineNoted(START, text))
    store(ev.OutputStored(START, "a", 1, "result", "io", metadata={text: text}))
    *_, log, note, output = store.history().events(RUN)
    assert (log["text"], note["text"], output["metadata"]) == (text, text, {text: text})


@pytest.mark.parametrize("text", ODD)
def test_no_text_in_a_name_or_path_stops_the_store(store, text):
    store(started(RUN, job=text, tags={text: text}, partition=text, config={text: text}))
    store(planned("a"))
    store(ev.OutputStored(START, "a", 1, "result", "io", path=text))
    history = store.history()
    assert history.find(RUN).tags == {text: text}
    assert history.find(RUN).config == {text: text}
    assert json.dumps(history.find(RUN).to_json()).encode()


def test_a_path_that_is_no_utf8_leads_to_its_file_again(store, tmp_path):
    path = str(tmp_path / "caf\udce9")
    store(started(RUN))
    store(ev.OutputStored(START, "a", 1, "result", "io", path=path))
    (output,) = outputs(store)
    assert output.path == path
    assert json.dumps(run_json(store.history().view(RUN))).encode()


def test_numbers_that_are_none_and_values_that_are_no_json_are_kept_as_text(store):
    loop = {}
    loop["me"] = loop
    for event in [started(RUN), planned("a"), ev.StepStarted(START, "a", 1, 1)]:
        store(event)
    metadata = {"nan": float("nan"), "inf": float("inf"), "path": object, (1, 2): {3}, "loop": loop}
    store(ev.OutputStored(START, "a", 1, "result", "io", metadata=metadata))
    (output,) = outputs(store)
    assert output.metadata["nan"] != output.metadata["nan"]
    assert output.metadata["inf"] == float("inf")
    assert output.metadata["(1, 2)"] == [3]


def test_a_place_that_cannot_be_made_is_a_state_error(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(DagjobStateError, match="file"):
        RunStore.create(StateDir(str(tmp_path / "file" / ".dagjob")), RUN)


def test_a_file_that_is_no_database_is_a_state_error_and_stays_as_it_is(look, state, tmp_path):
    RunStore.create(state, RUN).close()
    with open(state.db, "wb") as file:
        file.write(b"not a database, but somebody's file" * 100)
    for suffix in ("-wal", "-shm"):
        (tmp_path / ".dagjob" / f"dagjob.db{suffix}").unlink()
    with pytest.raises(DagjobStateError, match="damaged"):
        RunStore.create(state, "other")
    with pytest.raises(DagjobStateError, match="damaged"):
        look(state)


def test_a_database_that_cannot_be_written_raises_and_loses_nothing(look, state):
    with RunStore.create(state, RUN) as store:
        store(started(RUN))
        store.flush()
        store._connection.execute("PRAGMA query_only = 1")
        store(planned("a"))
        with pytest.raises(DagjobStateError):
            store.flush()
        store._connection.execute("PRAGMA query_only = 0")
        store._again = 0.0  # At once, not in a second.
        store(ended())
        store.flush()
        assert [line["seq"] for line in look(state).events(RUN)] == [1, 2, 3]


def test_a_state_directory_that_is_removed_during_the_run_is_told_at_its_end(state):
    store = RunStore.create(state, RUN)
    store(started(RUN))
    store.flush()
    shutil.rmtree(state.root)
    store.tick(1.0)
    store(ended())
    with pytest.raises(DagjobStateError, match="was removed or replaced"):
        store.close()
    store.close()


def test_a_lock_that_is_held_too_long_is_told(look, state, monkeypatch):
    monkeypatch.setattr(database, "LOCK_TIMEOUT", 0.0)
    monkeypatch.setattr(RunStore._commit, "__defaults__", (0.0,))
    with RunStore.create(state, RUN) as store:
        store(started(RUN))
        other = sqlite3.connect(state.db, isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(DagjobStateError, match="locked"):
            store.flush()
        other.execute("ROLLBACK")
        other.close()
        store._again = 0.0  # At once, not in a second.
        store.flush()
        assert look(state).find(RUN).status == "running"


def test_the_end_of_a_run_is_committed_in_one_with_the_beginning_of_the_next_or_neither_is(look, state):
    """As a backfill does, with stores that share a connection."""
    connection = runs.connected(state)
    before = RunStore.create(state, RUN, connection=connection)
    for event in good_run(RUN)[:-1]:
        before(event)
    before.flush()
    then = RunStore.create(state, f"{RUN}-then", connection=connection, ahead=True)
    then.move_in(state, f"{RUN}-then")
    before(ended(success=1))
    then(started(f"{RUN}-then"))
    then.take_along(before)
    connection.execute("PRAGMA query_only = 1")
    with pytest.raises(DagjobStateError):
        then.flush()
    connection.execute("PRAGMA query_only = 0")
    assert [(run.id, run.status) for run in look(state).runs()] == [(RUN, "running")]
    assert (before.behind, then.behind) == (False, True)

    then.take_along(before)
    then._again = 0.0  # At once, not in a second.
    then.flush()
    assert [(run.id, run.status) for run in look(state).runs()] == [(f"{RUN}-then", "running"), (RUN, "success")]
    before.close()
    then(ended(success=0))
    then.close()
    connection.close()


def test_a_name_that_sqlite_does_not_take_stops_no_commit_for_two_runs(look, state):
    connection = runs.connected(state)
    before, then = (RunStore.create(state, run_id, connection=connection) for run_id in (RUN, f"{RUN}-then"))
    before(started(RUN))
    then(started(f"{RUN}-then", job="half \ud800"))
    then.take_along(before)
    then.flush()
    assert [run.job for run in look(state).runs()] == ["half \\ud800", "daily"]
    before.close()
    then.close()
    connection.close()


def test_leaving_keeps_the_write_ahead_log_for_the_next(look, state, tmp_path):
    for number in range(3):
        with RunStore.create(state, f"run-{number}") as store:
            for event in good_run(f"run-{number}"):
                store(event)
    assert (tmp_path / ".dagjob" / "dagjob.db-wal").stat().st_size > 0
    assert len(look(state).runs()) == 3


def test_a_long_write_ahead_log_is_emptied_by_who_leaves(look, state, tmp_path, monkeypatch):
    monkeypatch.setattr(database, "_WAL_BYTES_LEFT", 1000)
    with RunStore.create(state, RUN) as store:
        for event in good_run(RUN):
            store(event)
    assert (tmp_path / ".dagjob" / "dagjob.db-wal").stat().st_size == 0
    assert len(look(state).runs()) == 1


def test_a_file_system_without_hard_links_gets_its_database_too(look, state, monkeypatch):
    def no_links(*paths):
        raise PermissionError(1, "no hard links here")

    monkeypatch.setattr("os.link", no_links)
    with RunStore.create(state, RUN) as store:
        for event in good_run(RUN):
            store(event)
    assert look(state).find(RUN).status == "success"


def test_no_draft_of_the_database_is_left_behind(state, tmp_path):
    RunStore.create(state, RUN).close()
    assert [path.name for path in (tmp_path / ".dagjob").iterdir() if path.name.endswith(".new")] == []
