"""The jobs behind `events.json` and behind the outcomes of `retries.json`, and how they are run.

An entry of `events.json` is run by the job that has its name, an outcome by its case in `OUTCOMES`. `run_entry` and
`run_outcome` give back what the vectors record. The wording of messages plays no part; where only the message tells
which resources or which hook is meant, it is searched for their names.
"""
import os
import signal
import time
from itertools import groupby

from dagjob import (
    AssetMaterialization, AssetObservation, Backoff, DagjobInvariantViolationError, DynamicOut, DynamicOutput,
    ExpectationResult, Failure, In, IOManager, Nothing, Out, Output, RetryPolicy, RetryRequested,
    StaticPartitionsDefinition, execute_job, failure_hook, graph, instance_for_test, job, multiprocess_executor, op,
    reconstructable, resource, success_hook,
)

ONCE = RetryPolicy(max_retries=1)
OPTIONAL = Out(is_required=False)
PAIR = {"a": Out(), "b": Out()}
PROCESSES = multiprocess_executor.configured({"max_concurrent": 1})


# ---- Ops. A family shares a factory, which takes the name of the op.

def source(name, value=1, **options):
    def body(): return value
    return op(name=name, **options)(body)


def passing(name, **options):
    def body(x): return x
    return op(name=name, **options)(body)


def failing(name, attempts=None, policy=None):
    """An op that fails: always, or only in its first `attempts`."""
    def body(context):
        if attempts is None or context.retry_number < attempts:
            raise ValueError(name)
        return 1
    return op(name=name, retry_policy=policy)(body)


def mistyped(name, policy=None):
    def body() -> int: return "no int"
    return op(name=name, retry_policy=policy)(body)


def items(name, keys, then=None, out=DynamicOut()):
    """A dynamic op that yields one item per letter of `keys`, and then may raise."""
    def body():
        for key in keys:
            yield DynamicOutput(key, mapping_key=key)
        if then:
            raise then
    return op(name=name, out=out)(body)


def keeping(name, wanted):
    """An op that yields its input only when it is one of the letters of `wanted`."""
    def body(x):
        if x in wanted:
            yield Output(x)
    return op(name=name, out=OPTIONAL)(body)


def dying(name, end, policy=None):
    """An op that takes its process along; it waits first, or STEP_START could be lost with the process."""
    def body():
        time.sleep(0.1)
        end()
    return op(name=name, retry_policy=policy)(body)


def exit_3(): os._exit(3)
def crash(): os.kill(os.getpid(), signal.SIGSEGV)


one, two, three, any_str = source("one"), source("two", 2), source("three", 3), source("any_str", "text")
inc, inc2, on_left, on_right, up, up2 = map(passing, ("inc", "inc2", "on_left", "on_right", "up", "up2"))
boom, boom2, never, flaky = failing("boom"), failing("boom2"), failing("never", None, ONCE), failing("flaky", 1, ONCE)
a_slow = failing("a_slow", 1, RetryPolicy(max_retries=1, delay=0.3))
bad_out, bad_out_rp = mistyped("bad_out"), mistyped("bad_out_rp", ONCE)
one_rp, inc_rp = source("one_rp", retry_policy=ONCE), passing("inc_rp", retry_policy=ONCE)
zero_a, zero_b = source("zero_a"), source("zero_b")
high, mid, low = (source(n, tags={"dagster/priority": rank}) for n, rank in (("high", 2), ("mid", 1), ("low", -1)))
gen3, gen_fail, dup_keys = items("gen3", "abc"), items("gen_fail", "a", ValueError("after a")), items("dup_keys", "kk")
gen0, gen0opt = items("gen0", ""), items("gen0opt", "", out=DynamicOut(is_required=False))
keep_b, keep_none = keeping("keep_b", "b"), keeping("keep_none", "")
die, segv, die_retry = dying("die", exit_3), dying("segv", crash), dying("die_retry", exit_3, ONCE)


@op
def add(a, b): return a + b
@op
def total(xs): return sum(xs)
@op
def join(xs): return "".join(xs)
@op(ins={"after": In(Nothing)})
def later(): return "late"
@op
def int_in(x: int): return x
@op
def from_cfg(x: int): return x
@op
def dflt(x=3): return x
@op
async def co(): return 1
@op(required_resource_keys={"db"})
def uses(context): return context.resources.db
@op
def unpicklable(): return lambda: None

@op(out=PAIR)
def two_ret(): return 1, 2
@op(out=PAIR)
def two_yield():
    yield Output(2, "b")
    yield Output(1, "a")
@op(out={"left": OPTIONAL, "right": OPTIONAL})
def branch(): yield Output(1, "left")
@op(out=OPTIONAL)
def maybe_no(): yield from ()
@op(out=Out(Nothing))
def nothing_out(): ...
@op(out={})
def no_outputs(): ...
@op(out={"early": Out(), "rest": Out()})
def half():
    yield Output(1, "early")
    raise ValueError("half way")
@op(out=PAIR, retry_policy=ONCE)
def flaky_after_output(context):
    yield Output(1, "a")
    if context.retry_number == 0:
        raise ValueError("after a")
    yield Output(2, "b")
@op
def asks(context):
    if context.retry_number == 0:
        raise RetryRequested()
    return 1
@op(out=DynamicOut())
def gen_from(x): yield DynamicOutput(x, mapping_key="a")
@op
def up_fail_b(x):
    if x == "b":
        raise ValueError(x)
    return x

@op
def mat():
    yield AssetMaterialization("report")
    yield Output(1)
@op
def logs(context):
    context.log_event(AssetMaterialization("m1"))
    context.log_event(AssetObservation("o1"))
    context.log_event(ExpectationResult(False, label="chk"))
    return 1
@op
def exp():
    yield ExpectationResult(True, label="ok")
    yield ExpectationResult(False, label="bad")
    yield AssetObservation("obs")
    yield Output(1)
@op
def after_output():
    yield Output(1)
    yield AssetMaterialization("late")
@op
def fail_meta(): raise Failure("on purpose", metadata={"rows": 0})
@op
def yields_nothing():
    if False:
        yield Output(1)
@op
def wrong_yield(): yield 5
@op
def twice():
    yield Output(1)
    yield Output(2)


# ---- What the jobs attach: hooks, resources, IO managers.

@success_hook
def ok_hook(context): ...
@failure_hook
def bad_hook(context): ...
@success_hook
def raising_hook(context): raise ValueError("hook")


def database(fault=None):
    @resource
    def db():
        if fault == "start":
            raise ValueError(fault)
        yield "connection"
        if fault == "end":
            raise ValueError(fault)
    return {"db": db}


class Shelf(IOManager):
    """Keeps values in memory and adds metadata; one that has a fault refuses to `store` or to `load`."""

    def __init__(self, fault):
        self.fault, self.values = fault, {}

    def handle_output(self, context, obj):
        if self.fault == "store":
            raise ValueError(self.fault)
        if self.fault is None:
            context.add_output_metadata({"path": context.step_key})
        self.values[tuple(context.get_identifier())] = obj

    def load_input(self, context):
        if self.fault == "load":
            raise ValueError(self.fault)
        context.add_input_metadata({"n": 1})
        return self.values[tuple(context.upstream_output.get_identifier())]


def shelf(fault=None): return {"io_manager": Shelf(fault)}


# ---- The jobs, in the order of `events.json`.

@job
def single(): one()
@job
def chain(): inc(one())
@job
def diamond():
    start = one()
    add(inc(start), inc2(start))
@job
def fan_in(): total([one(), two(), three()])
@graph
def inner(x): return inc2(inc(x))
@job
def nested(): inner(one())
@job
def multi_return():
    a, b = two_ret()
    inc(a), inc2(b)
@job
def multi_yield():
    a, b = two_yield()
    inc(a), inc2(b)

@job
def skip_chain(): inc2(inc(maybe_no()))
@job
def branching():
    left, right = branch()
    on_left(left), on_right(right)
@job
def branch_merge():
    left, right = branch()
    total([on_left(left), on_right(right)])
@job
def merge_all_skipped(): total([inc(maybe_no()), inc2(maybe_no())])
@job
def two_inputs_one_skipped(): add(inc(maybe_no()), one())
@job
def nothing_dep(): later(one())
@job
def nothing_output(): later(nothing_out())

@job
def fail_down(): inc(boom())
@job
def fail_branch(): inc(boom()), inc2(one())
@job
def fail_two(): boom(), boom2(), one()
@job
def fail_and_skip(): add(boom(), maybe_no())
@job
def fan_in_fail(): total([boom(), one()])
@job
def partial_output():
    early, rest = half()
    inc(early), inc2(rest)

@job
def retry_ok(): inc(flaky())
@job
def retry_exhausted(): inc(never())
@job
def retry_requested(): asks()
@job
def retry_delay_interleave(): a_slow(), one()
@job
def retry_after_output():
    a, b = flaky_after_output()
    inc(a), inc2(b)
@job
def typecheck_output(): inc(bad_out())
@job
def typecheck_input(): int_in(any_str())

@job
def dyn(): join(gen3().map(up).collect())
@job
def dyn_chain(): join(gen3().map(up).map(up2).collect())
@job
def dyn_direct_collect(): join(gen3().collect())
@job
def dyn_empty(): join(gen0().map(up).collect())
@job
def dyn_empty_optional(): join(gen0opt().map(up).collect())
@job
def dyn_one_fails(): join(gen3().map(up_fail_b).collect())
@job
def dyn_filter(): join(gen3().map(keep_b).collect())
@job
def dyn_filter_all(): join(gen3().map(keep_none).collect())
@job
def dyn_skipped(): join(gen_from(maybe_no()).map(up).collect())
@job
def dyn_gen_fails(): join(gen_fail().map(up).collect())
@graph
def mapped_graph(x): return up2(up(x))
@job
def dyn_graph(): join(gen3().map(mapped_graph).collect())

@job
def materialization(): mat()
@job
def log_events(): logs()
@job
def expectations(): exp()
@job
def event_after_output(): after_output()
@job
def no_output(): no_outputs()

@job(hooks={ok_hook, bad_hook})
def hooks_success(): one()
@job(hooks={ok_hook, bad_hook})
def hooks_failure(): boom()
@job
def hook_raises(): inc(one.with_hooks({raising_hook})())
@job(hooks={ok_hook})
def hooks_job(): inc(one())
@job(hooks={ok_hook})
def hooks_skip(): inc(maybe_no())
@job(hooks={ok_hook, bad_hook})
def hooks_retry(): flaky()

@job(resource_defs={"db": "connection"})
def with_resource(): uses()
@job(resource_defs=database())
def resource_teardown(): uses()
@job(resource_defs=database("end"))
def resource_teardown_fails(): uses()
@job(resource_defs=database("start"))
def resource_fails(): uses()
@job(resource_defs=database("start"))
def resource_unused(): one()

@job(resource_defs=shelf("store"))
def io_store_fails(): inc(one())
@job(resource_defs=shelf("load"))
def io_load_fails(): inc(one())
@job(resource_defs=shelf())
def io_metadata(): inc(one())
@job(resource_defs=shelf("store"))
def io_store_retry(): one_rp()
@job(resource_defs=shelf("load"))
def io_load_retry(): inc_rp(one())
@job
def typecheck_not_retried(): bad_out_rp()

@job
def input_config(): from_cfg()
@job
def input_default(): dflt()
@job
def input_direct(x): inc(x)
@job
def failure_metadata(): fail_meta()
@job
def priorities(): low(), zero_b(), mid(), zero_a(), high()
@job
def async_op(): inc(co())
@job
def selected(): inc(one())
@job
def empty(): ...
@job(partitions_def=StaticPartitionsDefinition(["a", "b"]))
def partitioned(): one()
@job
def missing_output(): inc(yields_nothing())
@job
def bare_yield(): wrong_yield()
@job
def output_twice(): twice()
@job
def mapping_twice(): dup_keys()

@job(executor_def=PROCESSES)
def mp_chain(): inc(one())
@job(executor_def=PROCESSES)
def mp_fail(): inc(boom())
@job(executor_def=PROCESSES)
def mp_skip(): inc(maybe_no())
@job(executor_def=PROCESSES)
def mp_retry(): flaky()
@job(executor_def=PROCESSES)
def mp_dyn(): join(gen3().map(up).collect())
@job(executor_def=PROCESSES)
def mp_exit(): die()
@job(executor_def=PROCESSES)
def mp_segv(): segv()
@job(executor_def=PROCESSES)
def mp_exit_retry(): die_retry()
@job(executor_def=PROCESSES, resource_defs=database("start"))
def mp_resource_fails(): uses()
@job(executor_def=PROCESSES, hooks={ok_hook})
def mp_hooks(): one()
@job(executor_def=PROCESSES)
def mp_unpicklable(): unpicklable()


# ---- The outcomes of `retries.json`: jobs of one op `f`, whose body is told the number of the attempt (0, 1, ...).

def raising(make):
    def body(attempt): raise make()
    return body


def ask(*max_retries): return raising(lambda: RetryRequested(*max_retries))


def ask_from_cause(attempt):
    try:
        {}["missing"]
    except KeyError as cause:
        raise RetryRequested(max_retries=3, seconds_to_wait=0.01) from cause


def in_turn(*bodies):
    """One body per attempt; the last one serves all later attempts too."""
    return lambda attempt: bodies[min(attempt, len(bodies) - 1)](attempt)


def upto(max_retries, **options): return RetryPolicy(max_retries=max_retries, **options)


def case(body, policy=None, job_policy=None, call_policy=None):
    """The job, and the list in which its op notes `context.retry_number`."""
    noted = []
    @op(name="f", retry_policy=policy)
    def f(context):
        noted.append(context.retry_number)
        return body(context.retry_number)
    @job(name="j", op_retry_policy=job_policy)
    def one_op(): (f.with_retry_policy(call_policy) if call_policy else f)()
    return one_op, noted


error, failure = raising(ValueError), raising(lambda: Failure("bad input"))

OUTCOMES = {
    "no-policy": case(error),
    "policy-exhausted": case(error, upto(2, delay=0.01)),
    "policy-default": case(error, RetryPolicy()),
    "policy-recovers": case(in_turn(error, error, lambda attempt: attempt), upto(3)),
    "policy-zero": case(error, upto(0)),
    "policy-negative": case(error, upto(-1)),
    "policy-linear": case(error, upto(3, delay=0.01, backoff=Backoff.LINEAR)),
    "policy-exponential": case(error, upto(3, delay=0.01, backoff=Backoff.EXPONENTIAL)),
    "failure-no-policy": case(failure),
    "failure-policy": case(failure, upto(2)),
    "failure-allow-retries-false": case(raising(lambda: Failure("bad input", allow_retries=False)), upto(2)),
    "retryrequested-default": case(ask()),
    "retryrequested-3": case(ask_from_cause),
    "retryrequested-0": case(ask(0)),
    "retryrequested-beats-policy": case(ask(1), upto(4)),
    "retryrequested-larger-than-policy": case(ask(3), upto(1)),
    "mixed-counts-together": case(in_turn(error, ask(3)), upto(2)),
    "mixed-counts-together-2": case(in_turn(ask(5), ask(5), error), upto(2)),
    "precedence-invocation": case(error, upto(2), job_policy=upto(3), call_policy=upto(1)),
    "precedence-op": case(error, upto(2), job_policy=upto(3)),
    "precedence-job": case(error, job_policy=upto(3)),
    "precedence-op-zero-over-job": case(error, upto(0), job_policy=upto(3)),
    "systemexit": case(raising(lambda: SystemExit(3)), upto(2)),
    "framework-error": case(raising(lambda: DagjobInvariantViolationError("mine")), upto(2)),
    "wrong-output-name": case(lambda attempt: Output(1, "nope"), upto(2)),
}


# ---- How they are run, and what is recorded.

def run_entry(entry):
    """Run the job of an entry of `events.json`: its success, status and events, in the form of that file."""
    target = globals()[entry["job"]]
    if entry["executor"] == "in_process":
        result = target.execute_in_process(raise_on_error=False, **entry.get("arguments", {}))
        return summary(result, result.dagster_run)
    with instance_for_test() as instance:
        result = execute_job(reconstructable(target), instance)
        return summary(result, instance.get_run_by_id(result.run_id))


def run_outcome(name):
    """Run a case of `retries.json`: what its entry under `outcomes` records."""
    target, noted = OUTCOMES[name]
    noted.clear()
    result = target.execute_in_process(raise_on_error=False)
    course = [row for row in recorded(result.events_for_node("f")) if row[0] in COURSE]
    found = {"success": result.success, "attempts": len(noted), "retry_numbers": list(noted), "events": [
        {kind: detail[0]["seconds_to_wait"]} if kind == "STEP_UP_FOR_RETRY" else kind for kind, _, *detail in course]}
    if failed := result.failure_data_for_node("f"):
        user = failed.user_failure_data
        found["failure"] = {
            "class": failed.error.cls_name,
            "cause_class": failed.error.cause and failed.error.cause.cls_name,
            "user_failure_data": user and {"label": user.label, "description": user.description},
            "error_source": failed.error_source.value,
        }
    return found


def summary(result, run):
    return {"success": result.success, "status": run.status.value, "events": recorded(result.all_events)}


def recorded(events):
    """[type, step key, detail if there is one] of each event; hooks of one op, whose order is free, sorted by name."""
    rows = []
    for event in events:
        kind = event.event_type.name
        rows.append([kind, event.step_key, *([DETAILS[kind](event)] if kind in DETAILS else [])])
    groups = groupby(rows, lambda row: row[0].startswith("HOOK"))
    return [row for hooks, group in groups for row in (sorted(group, key=lambda row: row[2:]) if hooks else group)]


def attached(event): return [name for name in ("bad_hook", "db", "io_manager", "ok_hook") if name in event.message]
def resources(event): return f"[{', '.join(attached(event))}]"
def hook(event): return attached(event)[0]
def asset(event): return event.asset_key.to_user_string()


def checked(event, name):
    return name if event.event_specific_data.type_check_data.success else f"{name} type-check-failed"


def described(event, name):
    keys = ",".join(sorted(event.event_specific_data.metadata))
    return f"{name} metadata:{keys}" if keys else name


def loaded(event):
    data = event.event_specific_data
    return described(event, f"{data.input_name} <- {data.upstream_step_key}.{data.upstream_output_name}")


def output(event):
    data = event.step_output_data
    return checked(event, f"{data.output_name}[{data.mapping_key}]" if data.mapping_key else data.output_name)


def expectation(event):
    result = event.event_specific_data.expectation_result
    return f"{result.label} {result.success}"


def error_class(event):
    """The class of the user's exception where there is one."""
    data = event.step_failure_data
    return (data.error.cause if data.error_source.value == "USER_CODE_ERROR" else data.error).cls_name


COURSE = {"STEP_START", "STEP_RESTARTED", "STEP_UP_FOR_RETRY", "STEP_SUCCESS", "STEP_FAILURE"}
DETAILS = {
    "RESOURCE_INIT_STARTED": resources,
    "RESOURCE_INIT_SUCCESS": resources,
    "RESOURCE_INIT_FAILURE": resources,
    "LOADED_INPUT": loaded,
    "STEP_INPUT": lambda event: checked(event, event.event_specific_data.input_name),
    "STEP_OUTPUT": output,
    "HANDLED_OUTPUT": lambda event: described(event, event.event_specific_data.output_name),
    "ASSET_MATERIALIZATION": asset,
    "ASSET_OBSERVATION": asset,
    "STEP_EXPECTATION_RESULT": expectation,
    "STEP_UP_FOR_RETRY": lambda event: {"seconds_to_wait": event.step_retry_data.seconds_to_wait},
    "STEP_FAILURE": error_class,
    "HOOK_COMPLETED": hook,
    "HOOK_SKIPPED": hook,
    "RUN_FAILURE": lambda event: event.job_failure_data.failure_reason.value,
}
