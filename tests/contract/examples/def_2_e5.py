"""def-2, E5: What is illegal with dynamic outputs"""
from dagjob import DynamicOut, DynamicOutput, job, op
@op(out=DynamicOut())
def d(): yield DynamicOutput(1, "a")
@op(out=DynamicOut())
def d_of(x): yield DynamicOutput(x, "b")
@op
def inc(x): return x
@op
def add(x, y): return x
def attempt(body):
    try: job(name="j")(body); print("ok")
    except Exception as e: print(type(e).__name__)
def raw(): inc(d())
def nested(): d().map(lambda v: d_of(v).map(inc))
def product(): d().map(lambda a: d.alias("d2")().map(lambda b: add(a, b)))
def both():
    x = d()
    x.map(lambda a: add(a, x.collect()))
def in_list(): d().map(lambda v: inc([v]))
def inner_dynamic_unused(): d().map(lambda v: d_of(v) and None)
def two_collects(): add(d().collect(), d.alias("d2")().collect())
for b in (raw, nested, product, both, in_list, inner_dynamic_unused, two_collects): attempt(b)
