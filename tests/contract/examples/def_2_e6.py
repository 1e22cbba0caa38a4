"""def-2, E6: Invocation forms"""
from dagjob import RetryPolicy, graph, op, success_hook
@success_hook
def h(context): ...
@op(tags={"a": "1", "b": "1"})
def f(): ...
@graph
def g():
    f.alias("x").tag({"b": "2"}).tag({"c": 3}).with_hooks({h}).with_retry_policy(RetryPolicy(max_retries=2))()
n = g.node_named("x")
print(dict(n.tags), [x.name for x in n.hook_defs], n.retry_policy.max_retries, dict(f.tags))
