"""exe-1, 1: Step keys of nested graphs and aliases"""
from dagjob import graph, job, op
@op
def load(): return 2
@op
def double(x): return 2 * x
@graph
def twice(x): return double.alias("second")(double.alias("first")(x))
@job
def keys():
    twice(twice.alias("again")(load()))
result = keys.execute_in_process()
print([e.step_key for e in result.get_step_success_events()])
print(result.output_for_node("twice.second"))
