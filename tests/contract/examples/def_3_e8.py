"""def-3, E8: Retry precedence, input values"""
from dagjob import RetryPolicy, job, op
calls = []
def failing(name, **kw):
    @op(name=name, **kw)
    def f():
        calls.append(name)
        raise ValueError
    return f
@op
def echo(x): return x
@job(op_retry_policy=RetryPolicy(max_retries=3), input_values={"x": 5})
def j(x):
    failing("plain")()
    failing("own", retry_policy=RetryPolicy(max_retries=1))()
    failing("call", retry_policy=RetryPolicy(max_retries=1)).with_retry_policy(RetryPolicy(max_retries=2))()
    echo(x)
r = j.execute_in_process(raise_on_error=False)
print({n: calls.count(n) for n in ("plain", "own", "call")}, r.output_for_node("echo"), j.execute_in_process(raise_on_error=False, input_values={"x": 6}).output_for_node("echo"))
p = RetryPolicy(delay=2)
print([p.calculate_delay(n) for n in (1, 2)])
