"""def-1, E1: Signature and docstring"""
from dagjob import In, op

@op(ins={"b": In(int), "a": In(str, description="explicit")})
def f(context, b, a, c: float = 1.5):
    """Head line.

    Args:
        b: the b
        c: the c
    """

print(f.description.splitlines()[0], list(f.ins), f.positional_inputs)
print({n: (i.dagster_type.display_name, i.description) for n, i in f.ins.items()}, f.ins["c"].default_value)
