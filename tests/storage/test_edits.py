import pytest
from recorded_runs import good_run, started

from dagjob.errors import DagjobRunNotFoundError, DagjobStateError
from dagjob.storage.edits import Edits
from dagjob.storage.runs import RunStore


@pytest.fixture
def two_runs(state):
    for run_id in ("one", "two"):
        with RunStore.create(state, run_id) as store:
            for event in good_run(run_id, tags={"team": "data"}):
                store(event)


@pytest.fixture
def edits(state, two_runs):
    with Edits.open(state) as edits:
        yield edits


def test_later_tags_join_the_first_ones_and_win(state, look, edits):
    edits.add_tags("one", {"team": "ops", "seen": "yes"})
    history = look(state)
    assert history.find("one").tags == {"team": "ops", "seen": "yes"}
    assert history.find("two").tags == {"team": "data"}


def test_a_deleted_run_takes_rows_and_files_along_and_no_other_run(state, look, edits, tmp_path):
    edits.delete("one")
    history = look(state)
    assert [run.id for run in history.runs()] == ["two"]
    assert len(list(history.events("two"))) == 7
    assert not (tmp_path / ".dagjob" / "runs" / "one").exists()
    assert (tmp_path / ".dagjob" / "runs" / "two").exists()
    for table in ("events", "steps"):
        (left,) = edits._connection.execute(f"SELECT count(DISTINCT run) FROM {table}").fetchone()
        assert left == 1


def test_a_deleted_run_whose_folder_is_gone_is_deleted(look, state, edits, tmp_path):
    (tmp_path / ".dagjob" / "runs" / "one" / "lock").unlink()
    (tmp_path / ".dagjob" / "runs" / "one").rmdir()
    edits.delete("one")
    assert [run.id for run in look(state).runs()] == ["two"]


@pytest.mark.parametrize("change", [lambda edits: edits.delete("on"), lambda edits: edits.add_tags("nope", {})])
def test_a_run_that_is_not_there_cannot_be_changed(edits, change):
    with pytest.raises(DagjobRunNotFoundError):
        change(edits)


def test_a_running_run_is_not_deleted(state, look, edits):
    with RunStore.create(state, "alive") as store:
        store(started("alive"))
        store.flush()
        with pytest.raises(DagjobStateError, match="alive"):
            edits.delete("alive")
        assert look(state).find("alive").status == "running"


def test_a_crashed_run_can_be_deleted(state, look, two_runs):
    store = RunStore.create(state, "dead")
    store(started("dead"))
    store.close()
    with Edits.open(state) as edits:
        edits.delete("dead")
    assert [run.id for run in look(state).runs()] == ["two", "one"]


def test_where_nothing_was_recorded_there_is_nothing_to_change(state, tmp_path):
    assert Edits.open(state) is None
    assert list(tmp_path.iterdir()) == []


def test_runs_in_memory_can_be_changed_too():
    with RunStore.in_memory() as store:
        for event in [*good_run("one"), *good_run("two")]:
            store(event)
        store.edits().add_tags("two", {"a": "b"})
        store.edits().delete("one")
        assert [(run.id, run.tags) for run in store.history().runs()] == [("two", {"a": "b"})]
