"""Inputs, config and resources are passed by name: a parameter before a `/` is refused where it is written."""

from __future__ import annotations

import pytest

from dagjob import Config, DagjobInvalidDefinitionError, graph, job, op


class Limit(Config):
    n: int = 1


def takes_input(a, /): ...


def takes_context_and_input(context, a, /): ...


def takes_config(config: Limit, /): ...


@pytest.mark.parametrize("function", [takes_input, takes_context_and_input, takes_config])
def test_an_op_with_a_positional_only_parameter_is_refused(function) -> None:
    with pytest.raises(DagjobInvalidDefinitionError, match="positional-only"):
        op(function)


@pytest.mark.parametrize("decorator", [graph, job])
def test_a_graph_with_a_positional_only_parameter_is_refused(decorator) -> None:
    with pytest.raises(DagjobInvalidDefinitionError, match='"a" is positional-only'):
        decorator(takes_input)


def test_a_context_is_passed_by_position() -> None:
    @op
    def tells(context, /):
        return context.op.name

    @job
    def alone():
        tells()

    assert alone.execute_in_process().output_for_node("tells") == "tells"
