"""Small things that code under a direct test may ask of its context."""

from __future__ import annotations

import pytest

from dagjob import build_op_context, op, resource
from dagjob.errors import DagjobInvalidDefinitionError, DagjobInvalidPropertyError


def test_the_config_of_resources_is_in_the_run_config():
    @resource(config_schema=str)
    def place(context):
        return context.resource_config

    @op(required_resource_keys={"place"})
    def reads(context):
        return context.run_config["resources"]["place"], context.resources.place

    context = build_op_context(resources={"place": place}, resources_config={"place": {"config": "here"}})
    assert reads(context) == ({"config": "here"}, "here")


def test_an_op_that_takes_no_context_misses_no_resource_of_it():
    @op(required_resource_keys={"place"})
    def blind():
        return 1

    @op(required_resource_keys={"place"})
    def looks(context):
        return context.resources.place

    assert blind() == 1
    with pytest.raises(DagjobInvalidDefinitionError, match="place"):
        looks(build_op_context())


def test_the_context_of_the_step_belongs_to_a_run():
    @op
    def asks(context):
        return context.get_step_execution_context()

    with pytest.raises(DagjobInvalidPropertyError, match="get_step_execution_context"):
        asks(build_op_context())
