"""def-2, E7: Explicit form equals the decorated form"""
from dagjob import (DependencyDefinition, GraphDefinition, InputMapping, MultiDependencyDefinition, NodeInvocation, OutputMapping, op)
@op
def inc(x): return x + 1
@op
def total(xs): return sum(xs)
g = GraphDefinition(
    name="g", node_defs=[inc, total],
    dependencies={NodeInvocation("inc", alias="i1"): {}, NodeInvocation("inc", alias="i2"): {"x": DependencyDefinition("i1")},
                  "total": {"xs": MultiDependencyDefinition([DependencyDefinition("i1"), DependencyDefinition("i2", "result")])}},
    input_mappings=[InputMapping(graph_input_name="start", mapped_node_name="i1", mapped_node_input_name="x")],
    output_mappings=[OutputMapping("out", "total", "result")])
print(g.execute_in_process(input_values={"start": 1}).output_value("out"))
