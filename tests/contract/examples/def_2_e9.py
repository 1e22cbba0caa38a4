"""def-2, E9: Composition errors"""
from dagjob import GraphOut, Out, graph, job, op
@op
def one(): return 1
@op(out={"a": Out(), "b": Out()})
def two(): return 1, 2
@op
def inc(x: int): return x
def attempt(make):
    try: make(); print("ok")
    except Exception as e: print(type(e).__name__)
def literal(): inc(3)
def uncalled(): inc(one)
def tuple_(): inc(two())
def iterate(): a, b = one()
def clash(): one.alias("one_2")(); one(); one()
def unused(x): one()
def fan_in_scalar(): inc([one(), one()])
def returns(): return one()
attempt(lambda: graph(literal)); attempt(lambda: graph(uncalled)); attempt(lambda: graph(tuple_)); attempt(lambda: graph(iterate))
attempt(lambda: graph(clash)); attempt(lambda: graph(unused)); attempt(lambda: graph(fan_in_scalar)); attempt(lambda: job(returns))
attempt(lambda: graph(out={"a": GraphOut(), "b": GraphOut()})(returns)); attempt(lambda: graph(returns)()); attempt(lambda: graph(returns))
