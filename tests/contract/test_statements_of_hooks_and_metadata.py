"""Statements of the contract's page def-7 (hooks, loggers, metadata, names) that no example shows."""

import logging

import pytest
from small_ops import job_of, one, run

from dagjob import (
    AssetKey,
    AssetMaterialization,
    DagjobInstance,
    DagjobRunStatus,
    HookDefinition,
    HookExecutionResult,
    JobDefinition,
    Output,
    RetryPolicy,
    event_list_hook,
    failure_hook,
    graph,
    job,
    logger,
    op,
    success_hook,
)

pytestmark = pytest.mark.filterwarnings("ignore")  # deprecated names are used on purpose


def test_hooks_of_an_attempt_before_a_retry_are_skipped_whatever_raises_at_the_end():
    n = []

    @op(retry_policy=RetryPolicy(max_retries=1))
    def f():
        n.append(1)
        if len(n) == 1:
            raise KeyError

    @success_hook
    def h(context): ...

    kinds = [e.event_type_value for e in run(lambda: f(), hooks={h}).all_events]

    assert [k for k in kinds if "HOOK" in k] == ["HOOK_SKIPPED", "HOOK_COMPLETED"]


@pytest.mark.parametrize("answer", [None, 5, "HookExecutionResult"])
def test_a_hook_that_takes_the_events_says_whether_it_ran(answer):
    @event_list_hook
    def a(context, event_list):
        return answer

    @event_list_hook
    def b(context, event_list):
        return HookExecutionResult("b")

    result = run(lambda: one(), hooks={a, b, HookDefinition(name="c", hook_fn=lambda context, events: answer)})

    assert result.success
    told = [e for e in result.all_events if "HOOK" in e.event_type_value]
    assert [e.event_type_value for e in told] == ["HOOK_ERRORED", "HOOK_COMPLETED", "HOOK_ERRORED"]
    error = told[0].event_specific_data.error
    assert (error.cls_name, error.cause.cls_name) == ("HookExecutionError", "CheckError")
    assert all(word in error.message for word in ('"a"', repr(answer), "HookExecutionResult"))


class Stop(BaseException): ...


@pytest.mark.parametrize("error", [SystemExit(3), Stop(), KeyboardInterrupt()])
def test_whatever_a_hook_raises_the_others_run(error):
    seen = []

    @success_hook
    def a(context):
        raise error

    @success_hook
    def b(context):
        seen.append("b")

    with DagjobInstance.ephemeral() as instance:
        job = job_of(lambda: one(), hooks={a, b})
        if isinstance(error, KeyboardInterrupt):  # which is the caller's, too
            with pytest.raises(KeyboardInterrupt):
                job.execute_in_process(instance=instance)
        else:
            job.execute_in_process(instance=instance)
        (kept,) = instance.get_runs()

    assert kept.status is DagjobRunStatus.SUCCESS
    assert seen == ["b"]


def test_handlers_of_a_jobs_logger_get_finished_text():
    seen = []

    class Kept(logging.Handler):
        def emit(self, record):
            about = record.dagster_meta
            seen.append(
                (record.msg.removeprefix(f"daily - {about['run_id']} - f - "), record.args, about["orig_message"])
            )
            assert (about["job_name"], about["op_name"], about["step_key"]) == ("daily", "f", "f")

    @logger
    def own(context):
        made = logging.Logger("own")
        made.setLevel("INFO")
        made.addHandler(Kept())
        return made

    @op
    def f(context):
        context.log.info("hello %s", "you")
        context.log.info({"a": 1})

    assert run(lambda: f(), {"loggers": {"own": {}}}, logger_defs={"own": own}).success
    assert seen == [("hello you", (), "hello you"), ("{'a': 1}", (), "{'a': 1}")]


def test_hooks_of_node_graph_and_job_run_once_each_by_name():
    seen = []

    @success_hook
    def b(context):
        seen.append("b")

    @success_hook
    def a(context):
        seen.append("a")

    g = graph(name="g")(lambda: one.with_hooks({b})())
    run(lambda: g.with_hooks({a, b})(), hooks={a})

    assert seen == ["a", "b"]


def test_a_hook_decorates_a_job():
    @success_hook
    def h(context): ...
    @h
    @job
    def j():
        one()

    assert isinstance(j, JobDefinition)
    assert j.hook_defs == {h}


def test_a_failure_hook_may_be_named_by_its_first_argument():
    @failure_hook("alarm")
    def h(context): ...

    assert h.name == "alarm"


def test_metadata_is_wrapped_by_kind():
    m = Output(
        1, metadata={"s": "a", "b": True, "i": 1, "f": 1.5, "n": None, "l": [1], "d": {"a": 1}, "k": AssetKey("a")}
    ).metadata

    assert [type(v).__name__.removesuffix("MetadataValue") for v in m.values()] == [
        "Text",
        "Bool",
        "Int",
        "Float",
        "Null",
        "Json",
        "Json",
        "DagjobAsset",
    ]


def test_an_asset_key_of_text_is_one_segment():
    assert AssetKey("a/b").path == ["a/b"]
    assert AssetKey(["a", "b"]).path == ["a", "b"]
    assert AssetMaterialization("a/b").asset_key.path == ["a", "b"]


def test_soft_keywords_are_names():
    @op
    def match(): ...
    @op(name="1st")
    def f(): ...

    assert match.name == "match"
    assert f.name == "1st"


def test_tags_of_any_json_are_kept_as_json_text():
    @op(tags={"i": 1, "n": None, "d": {"a": [1]}})
    def f(): ...

    assert f.tags == {"i": "1", "n": "null", "d": '{"a": [1]}'}
