"""What `load_input` finds at its context and at that of the upstream output: config, resources, the step."""

from __future__ import annotations

import pytest

from dagjob import (
    DynamicOut,
    DynamicOutput,
    IOManager,
    Out,
    build_input_context,
    build_output_context,
    io_manager,
    job,
    op,
    resource,
)
from dagjob.errors import DagjobInvariantViolationError

FOUND: list[object] = []


class Curious(IOManager):
    def __init__(self):
        self.kept = {}

    def handle_output(self, context, obj):
        self.kept[tuple(context.get_identifier())] = obj
        FOUND.append((context.config, context.step_context.op.name, context.step_context.run_id == context.run_id))

    def load_input(self, context):
        upstream = context.upstream_output
        FOUND.append((upstream.config, upstream.resources.folder, context.resources.folder))
        FOUND.append((context.step_context.op.name, context.step_context.resources is not None))
        run = context.instance.get_run_by_id(upstream.run_id)
        assert run is not None and run.job_name == upstream.job_name == "asking"
        return self.kept[tuple(upstream.get_identifier())]


@io_manager(required_resource_keys={"folder"}, output_config_schema={"name": str})
def curious(_context):
    return Curious()


@resource
def folder(_context):
    return "/data"


def test_load_input_finds_the_config_and_the_resources_of_the_upstream_output():
    @op
    def makes():
        return 1

    @op(out={})
    def takes(x):
        assert x == 1

    @job(resource_defs={"io_manager": curious, "folder": folder})
    def asking():
        takes(makes())

    FOUND.clear()
    asking.execute_in_process(run_config={"ops": {"makes": {"outputs": {"result": {"name": "a"}}}}})
    assert FOUND == [({"name": "a"}, "makes", True), ({"name": "a"}, "/data", "/data"), ("takes", True)]


def test_the_copies_of_a_mapped_op_share_the_config_of_their_template():
    @op(out=DynamicOut())
    def pieces():
        yield DynamicOutput(1, "a")

    @op
    def doubles(x):
        return x * 2

    @op(out={})
    def takes(x):
        assert x == 2

    @job(resource_defs={"io_manager": curious, "folder": folder})
    def asking():
        pieces().map(doubles).map(takes)

    FOUND.clear()
    config = {name: {"outputs": {"result": {"name": name}}} for name in ("pieces", "doubles")}
    asking.execute_in_process(run_config={"ops": config})
    assert [found[0] for found in FOUND if isinstance(found[0], dict)] == [
        {"name": name} for name in ("pieces", "pieces", "doubles", "doubles")
    ]


def test_the_instance_that_there_is_none_of_is_told():
    with pytest.raises(DagjobInvariantViolationError, match="instance"):
        _ = build_input_context().instance


def test_an_op_sees_the_io_manager_that_loads_its_input_among_its_resources():
    seen = []

    @op(out=Out(io_manager_key="store"))
    def makes():
        return 1

    @op(out={})
    def takes(context, x):
        seen.append(sorted(context.resources._asdict()))

    @job(resource_defs={"store": curious, "folder": folder})
    def asking():
        takes(makes())

    asking.execute_in_process(run_config={"ops": {"makes": {"outputs": {"result": {"name": "a"}}}}})
    assert seen == [["store"]]


def test_a_step_context_that_was_not_given_is_named():
    with pytest.raises(DagjobInvariantViolationError, match="step_context"):
        _ = build_output_context().step_context
