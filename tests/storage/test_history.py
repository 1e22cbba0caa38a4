import json

import pytest
from recorded_runs import START, error, eventful_run, good_run, started

from dagjob import events as ev
from dagjob.errors import DagjobRunNotFoundError, ExitCode
from dagjob.run_json import run_json
from dagjob.storage.runs import RunStore

DAY = 86_400.0


def record(store, *streams):
    for stream in streams:
        for event in stream:
            store(event)
    return store.history()


@pytest.fixture
def store():
    with RunStore.in_memory() as store:
        yield store


@pytest.fixture
def history(store):
    """Five ended runs of three jobs, the oldest first."""

    def run(run_id, job, day, status, **more):
        return [
            started(run_id, job, START + day * DAY, **more),
            ev.RunEnded(START + day * DAY + 9, status, 9.0, {status: 1}),
        ]

    return record(
        store,
        run("7c3f9a2d-1", "daily", 1, "success", tags={"team": "data", "env": "prod"}, partition="2026-11-20"),
        run("7c3f0000-2", "daily", 2, "failed", tags={"team": "data"}, partition="2026-11-21"),
        run("e9b2c7fd-3", "etl", 3, "success", target="sales.jobs:etl"),
        run("d4a8e2c6-4", "fx", 4, "timeout"),
        run("a5c3d8e1-5", "daily", 5, "canceled", tags={"team": "ops"}),
    )


def ids(runs):
    return [run.id for run in runs]


def test_where_nothing_was_recorded_there_is_no_history_and_none_is_made(state, look, tmp_path):
    assert look(state) is None
    assert list(tmp_path.iterdir()) == []


def test_runs_are_listed_newest_first_up_to_the_limit(history):
    assert ids(history.runs(limit=2)) == ["a5c3d8e1-5", "d4a8e2c6-4"]
    assert len(history.runs(limit=None)) == 5


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ({"job": "daily"}, "521"),
        ({"job": "sales.jobs:etl"}, "3"),
        ({"status": "failed"}, "2"),
        ({"tags": {"team": "data"}}, "21"),
        ({"tags": {"team": None}}, "521"),
        ({"tags": {"team": "data", "env": "prod"}}, "1"),
        ({"tags": {"team": None}, "limit": 1}, "5"),
        ({"since": START + 3 * DAY}, "543"),
        ({"until": START + 3 * DAY}, "321"),
        ({"since": START + 2 * DAY, "until": START + 4 * DAY, "status": "success"}, "3"),
        ({"partition": "2026-11-21"}, "2"),
        ({"job": "nope"}, ""),
    ],
)
def test_what_is_asked_for_must_all_be_met(history, asked, found):
    assert [run.id[-1] for run in history.runs(**asked)] == list(found)


@pytest.mark.parametrize(
    ("ref", "found"),
    [
        ("latest", "5"),
        ("latest:success", "3"),
        ("latest:failed", "4"),
        ("latest:canceled", "5"),
        ("latest:daily", "5"),
        ("latest:sales.jobs:etl", "3"),
        ("7c3f9a2d-1", "1"),
        ("7c3f9", "1"),
        ("7C3F9", "1"),
        ("e", "3"),
    ],
)
def test_a_run_is_found_by(history, ref, found):
    assert history.find(ref).id[-1] == found


@pytest.mark.parametrize(
    ("ref", "told"),
    [
        ("7c3f", ["7c3f9a2d", "7c3f0000", "daily", "failed"]),
        ("7c3f9a2e", ["7c3f9a2e", "Did you mean", "7c3f9a2d"]),
        ("zzz", ["zzz"]),
        ("", [""]),
        ("%", ["%"]),
        ("latest:dayly", ["dayly", "latest:daily"]),
        ("latest:faild", ["faild", 'Did you mean "latest:failed"?']),
        ("latst:failed", ['Did you mean "latest:failed"?']),
        ("lastest", ['Did you mean "latest"?']),
        ("daily", ['Did you mean "latest:daily", the latest run of that job?']),
        ("dayly", ['Did you mean "latest:daily"?']),
        ("latest:crashed", ["crashed"]),
    ],
)
def test_a_ref_that_names_no_run_or_several_says_what_is_near(history, ref, told):
    with pytest.raises(DagjobRunNotFoundError) as caught:
        history.find(ref)
    assert all(word in str(caught.value) for word in told)
    assert caught.value.exit_code == ExitCode.EMPTY


def test_an_id_that_begins_another_is_itself(store):
    history = record(store, good_run("abc"), good_run("abcd"))
    assert history.find("abc").id == "abc"


def test_the_latest_of_nothing_is_told(store):
    with pytest.raises(DagjobRunNotFoundError, match="no run"):
        store.history().find("latest")


@pytest.mark.parametrize("ask", ["view", "statuses", "events", "logs"])
def test_a_run_that_is_not_there_has_no_parts(history, ask):
    with pytest.raises(DagjobRunNotFoundError):
        list(getattr(history, ask)("nope"))


def test_the_last_run_of_each_job(history):
    last = history.last_run_of(["daily", "etl", "never"])
    assert {job: run.id[-1] for job, run in last.items()} == {"daily": "5", "etl": "3"}


def test_a_listed_run_has_the_promised_keys(store):
    run = record(store, eventful_run("7c3f9a2d")).runs()[0].to_json()
    assert run == {
        "id": "7c3f9a2d",
        "job": "daily",
        "target": "jobs:daily",
        "status": "failed",
        "started": "2026-09-21T14:13:20.250Z",
        "ended": "2026-09-21T14:13:27.250Z",
        "seconds": 7.0,
        "partition": "2026-11-22",
        "tags": {"team": "data"},
        "parent": "p",
        "root": "r",
        "selection": [],
        "excluded": [],
        "ops": {"failed": 1},
    }


def test_a_shown_run_has_the_promised_keys_too(store):
    history = record(store, eventful_run("7c3f9a2d"))
    run = history.find("latest")
    shown = json.loads(json.dumps(run_json(history.view(run.id))))
    assert {**shown, "ops": run.ops} == {**shown, **run.to_json()}
    assert shown["config"] == {"ops": {}}
    load, *_ = shown["steps"]
    assert list(load) == ["key", "status", "attempts", "started", "seconds", "cpu", "max_rss", "error", "outputs"]
    assert load["outputs"][0]["name"] == "result"
    failed = next(step for step in shown["steps"] if step["key"] == "parse[b]")
    assert failed["error"]["type"] == "ValueError"
    assert failed["error"]["frames"][0]["line"] == 3


def test_events_can_be_read_on_from_a_number(store):
    history = record(store, good_run("r"))
    assert [event["seq"] for event in history.events("r", after=5)] == [6, 7]


def test_a_failure_of_the_run_itself_is_kept(store):
    run = record(store, [started("r"), ev.RunEnded(START, "failed", 0.1, {}, "RUN_EXCEPTION", error("no executor"))])
    assert run.find("r").failure_reason == "RUN_EXCEPTION"
    assert run.find("r").error.message == "no executor"
