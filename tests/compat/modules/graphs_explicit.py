from dagster import (DependencyDefinition, GraphDefinition, InputMapping, MultiDependencyDefinition, NodeInvocation, Out,
                     OutputMapping, op)


@op
def one():
    return 1


@op
def plus(x):
    return x + 1


@op
def total(xs):
    return sum(xs)


wired = GraphDefinition(
    name="wired",
    node_defs=[one, plus, total],
    dependencies={
        NodeInvocation("plus", alias="plus_again"): {"x": DependencyDefinition("one")},
        "plus": {"x": DependencyDefinition("one", "result")},
        "total": {"xs": MultiDependencyDefinition([DependencyDefinition("plus"), DependencyDefinition("plus_again")])},
    },
)
wired_job = wired.to_job()
