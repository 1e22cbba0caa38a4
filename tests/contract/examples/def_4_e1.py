"""def-4, E1: All legacy types"""
from dagjob import (Array, Enum, EnumValue, Field, Map, Noneable, Permissive, ScalarUnion, Selector, job, op)
SCHEMA = {"i": int, "f": float, "n": Noneable(int), "l": [str], "m": {str: int}, "p": Permissive({"k": int}), "d": Field(int, default_value=4),
          "s": Selector({"file": str, "db": {"url": str}}), "e": Enum("Color", [EnumValue("RED", 1), EnumValue("BLUE")]), "u": ScalarUnion(str, {"x": int}), "o": {"q": Field(bool, default_value=True)}}
@op(config_schema=SCHEMA)
def f(context): return context.op_config
@job
def j(): f()
print(j.execute_in_process(run_config={"ops": {"f": {"config": {"i": 1, "f": 2, "n": None, "l": ["a"], "m": {"a": 1}, "p": {"k": 1, "z": [1]},
    "s": {"db": {"url": "x"}}, "e": "RED", "u": {"x": 1}}}}}).output_for_node("f"))
