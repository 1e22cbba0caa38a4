"""def-2, E3: Graph inputs and outputs"""
from dagjob import GraphOut, graph, op
@op
def add(x: int, y: int = 10): return x + y
@graph(out={"s": GraphOut(), "t": GraphOut()})
def g(x, y):
    return {"t": add.alias("b")(x), "s": add(x, y)}
r = g.execute_in_process(input_values={"x": 1}, run_config={"inputs": {"y": 5}})
print(r.output_value("s"), r.output_value("t"), [i.dagster_type.display_name for i in g.input_defs])
