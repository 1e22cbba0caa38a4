"""Statements of the contract's pages def-3 (jobs) and exe-8 (results) that no example shows."""

import pytest
from small_ops import gather, job_of, one, run, up

from dagjob import (
    DagjobInvalidDefinitionError,
    DynamicOut,
    DynamicOutput,
    Field,
    ResourceDefinition,
    RetryPolicy,
    RunConfig,
    graph,
    job,
    op,
    resource,
    success_hook,
)

pytestmark = pytest.mark.filterwarnings("ignore")  # deprecated names are used on purpose


def test_a_job_that_returns_a_tuple_is_one_that_returns_nothing():
    @job
    def j():
        return (one(), one())

    assert j.execute_in_process().success


def test_a_value_for_an_input_that_the_job_does_not_have_is_refused():
    @graph
    def g(x: int):
        up(x)

    def refused(call):
        try:
            call()
        except DagjobInvalidDefinitionError as error:
            return "typo" in str(error)

    assert refused(lambda: g.execute_in_process(input_values={"x": "1", "typo": 2}))
    assert refused(lambda: g.to_job().execute_in_process(input_values={"x": "1", "typo": 2}))


def test_tags_are_put_on_runs():
    assert run(lambda: one(), tags={"a": 1}).dagster_run.tags["a"] == "1"


def test_tags_are_not_put_on_runs_beside_run_tags_even_empty_ones():
    assert "a" not in run(lambda: one(), tags={"a": 1}, run_tags={}).dagster_run.tags


def test_tags_of_the_call_win():
    assert job_of(lambda: one(), tags={"a": "1"}).execute_in_process(tags={"a": "2"}).dagster_run.tags["a"] == "2"


def test_empty_loggers_count_as_given_and_work_as_the_default():
    j = job_of(lambda: one(), logger_defs={})

    assert j.has_specified_loggers
    assert list(j.loggers) == ["console"]


def test_the_retry_policy_of_the_invocation_wins_over_the_ops_that_over_the_jobs():
    n = []

    @op(retry_policy=RetryPolicy(max_retries=5))
    def f():
        n.append(1)
        raise ValueError

    job_of(
        lambda: f.with_retry_policy(RetryPolicy(max_retries=1))(), op_retry_policy=RetryPolicy(max_retries=9)
    ).execute_in_process(raise_on_error=False)

    assert len(n) == 2


def test_input_values_of_the_call_win_over_the_jobs():
    j = job(name="j", input_values={"x": 1})(lambda x: gather(x) and None)

    assert [j.execute_in_process(input_values=v).output_for_node("gather") for v in (None, {"x": 2})] == [1, 2]


def test_resources_of_the_call_win_over_the_jobs():
    @op(required_resource_keys={"r"})
    def f(context):
        return context.resources.r

    j = job_of(lambda: f(), resource_defs={"r": ResourceDefinition.hardcoded_resource(1)})

    assert j.execute_in_process(resources={"r": 2}).output_for_node("f") == 2


def test_a_run_config_for_one_op_keeps_what_the_jobs_dict_says_of_the_others():
    @op(config_schema={"n": Field(int, default_value=0), "m": Field(int, default_value=0)})
    def f(context):
        return dict(context.op_config)

    j = job_of(
        lambda: (f(), f.alias("g")()), config={"ops": {"f": {"config": {"n": 1, "m": 1}}, "g": {"config": {"n": 2}}}}
    )
    r = j.execute_in_process({"ops": {"f": {"config": {"n": 9}}}})

    assert r.output_for_node("f") == {"n": 9, "m": 0}
    assert r.output_for_node("g") == {"n": 2, "m": 0}


def test_an_empty_section_wipes_nothing():
    @op(config_schema={"n": int})
    def f(context):
        return context.op_config["n"]

    j = job_of(lambda: f(), config={"ops": {"f": {"config": {"n": 1}}}})

    assert j.execute_in_process({"ops": {}}).output_for_node("f") == 1


def test_runconfig_for_config_is_made_a_dict_at_once():
    @op(config_schema={"n": int})
    def f(context): ...

    j = job_of(lambda: f(), config=RunConfig(ops={"f": {"config": {"n": 1}}}))

    assert j.run_config["ops"] == {"f": {"config": {"n": 1}}}


def test_unused_resources_are_never_made():
    made = []

    @resource
    def r(_):
        made.append(1)

    assert run(lambda: one(), resource_defs={"r": r}).success
    assert made == []


def test_copies_do_not_change_the_job():
    @success_hook
    def h(context): ...

    j = job_of(lambda: one())
    k = j.with_hooks({h})

    assert j.hook_defs == frozenset()
    assert k.hook_defs == frozenset({h})


def test_retries_are_counted_by_node_all_copies_all_of_a_graph():
    n = []

    @op(retry_policy=RetryPolicy(max_retries=2))
    def f(x):
        n.append(1)
        if len(n) < 3:
            raise KeyError

    @op(out=DynamicOut())
    def d():
        yield DynamicOutput(1, "a")

    @graph
    def g(x):
        f(x)

    @job
    def mapped():
        d().map(f)

    @job
    def nested():
        g(one())

    r = mapped.execute_in_process()
    n.clear()
    q = nested.execute_in_process()

    assert r.retry_attempts_for_node("f") == 2
    assert q.retry_attempts_for_node("g") == 2
    assert q.retry_attempts_for_node("g.f") == 2
    assert q.retry_attempts_for_node("one") == 0


def test_an_error_as_text_has_its_cause():
    @op
    def f():
        raise ValueError("why")

    @job
    def j():
        f()

    error = j.execute_in_process(raise_on_error=False).failure_data_for_node("f").error

    assert "ValueError: why" in error.to_string()
