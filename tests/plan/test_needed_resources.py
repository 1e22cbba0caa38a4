"""Which resources a run needs: one answer for the checks of a job, the schema of its config, and each of its steps."""

from collections.abc import Iterator

from dagjob import (
    DagjobType,
    DynamicOut,
    DynamicOutput,
    In,
    IOManager,
    JobDefinition,
    Nothing,
    Out,
    dagster_type_loader,
    graph,
    input_manager,
    io_manager,
    job,
    op,
    resource,
    success_hook,
)
from dagjob.plan.build import build_plan
from dagjob.plan.resolve import resolve
from dagjob.plan.schema import job_schema


class Kept(IOManager):
    def handle_output(self, context, obj): ...
    def load_input(self, context): ...


@io_manager(config_schema={"bucket": str})
def bucket():
    return Kept()


@resource
def simple():
    return 1


@resource(required_resource_keys={"deep"})
def upper():
    return 2


@success_hook(required_resource_keys={"alarm"})
def tell(context): ...


@success_hook(required_resource_keys={"siren"})
def shout(context): ...


@dagster_type_loader({"path": str}, required_resource_keys={"disk"})
def from_disk(context, config): ...


Checked = DagjobType(lambda context, value: True, "Checked", required_resource_keys={"ruler"}, loader=from_disk)


@input_manager
def feed():
    return 1


@op(out=Out(io_manager_key="store"))
def make() -> int:
    return 1


@op
def only_waits() -> None: ...


@op(required_resource_keys={"upper"})
def use(x: int) -> None: ...


@op(ins={"x": In(Checked), "y": In(input_manager_key="feed")}, out=Out(Nothing))
def load(x, y): ...


@op(ins={"x": In(Nothing, input_manager_key="nobody"), "y": In(int)}, out=Out(int))
def after(y):
    return y


@op(out=DynamicOut(int))
def split() -> Iterator[DynamicOutput[int]]:
    yield DynamicOutput(1, "a")


RESOURCES = {
    **dict.fromkeys(("alarm", "siren", "disk", "ruler", "deep", "spare"), simple),
    "upper": upper,
    "feed": feed,
    "store": bucket,
    "nobody": feed,
}


@graph
def inner(x):
    use(x)
    only_waits()


@job(resource_defs=RESOURCES, hooks={tell})
def everything():
    made = make()
    inner.with_hooks({shout})(made)
    load()
    after(x=only_waits.alias("first")(), y=made)
    split().map(use)


def resources_by_step(job_def: JobDefinition, config: object = None) -> dict[str, set[str]]:
    plan = build_plan(job_def, resolve(job_def, config))
    return {step.key: set(step.resources) for step in plan.steps}


CONFIG = {
    "resources": {"store": {"config": {"bucket": "b"}}},
    "ops": {"load": {"inputs": {"x": {"path": "p"}}}},
}


def test_a_step_carries_every_resource_that_must_be_open_for_it():
    assert resources_by_step(everything, CONFIG) == {
        "make": {"alarm", "store"},
        "inner.use": {"alarm", "siren", "upper", "deep", "store"},  # the hook around it, what it needs, what it reads
        "inner.only_waits": {"alarm", "siren"},
        "load": {"alarm", "ruler", "disk", "feed"},
        "first": {"alarm"},
        "after": {"alarm", "store", "io_manager"},
        "split": {"alarm", "io_manager"},
        "use[?]": {"alarm", "upper", "deep", "io_manager"},
    }


def test_the_steps_together_need_what_the_job_needs():
    by_step = resources_by_step(everything, CONFIG)
    assert everything.required_resource_keys == set().union(*by_step.values())
    assert not {"spare", "nobody"} & everything.required_resource_keys


def test_an_io_manager_that_no_step_uses_needs_no_config():
    @job(resource_defs={"io_manager": bucket})
    def quiet():
        only_waits()

    @job(resource_defs={"io_manager": bucket})
    def stores():
        split()

    assert quiet.required_resource_keys == set()
    assert not job_schema(quiet).fields["resources"].is_required
    assert resources_by_step(quiet) == {"only_waits": set()}
    assert job_schema(stores).fields["resources"].is_required


def test_an_output_of_type_nothing_demands_no_config_of_its_own():
    @io_manager(output_config_schema={"path": str})
    def at_a_path():
        return Kept()

    @job(resource_defs={"io_manager": at_a_path})
    def quiet():
        only_waits()

    resolved = resolve(quiet, {})
    assert [step.key for step in build_plan(quiet, resolved).steps] == ["only_waits"]


def test_what_is_selected_needs_its_own_resources_and_hooks_only():
    schema = job_schema(everything.get_subset(op_selection=["first"]))
    assert not schema.fields["resources"].is_required
    assert job_schema(everything.get_subset(op_selection=["inner.use", "make"])).fields["resources"].is_required
