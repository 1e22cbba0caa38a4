"""def-4, E4: Config class: nesting, Optional, Enum, Literal, union, permissive"""
import enum
from typing import Dict, List, Literal, Optional, Union
from pydantic import Field
from dagjob import Config, PermissiveConfig, job, op
class Color(enum.Enum):
    RED = "r"
class In(Config):
    x: int
    y: str = "yy"
class Cat(Config):
    kind: Literal["cat"] = "cat"
    lives: int = 9
class Dog(Config):
    kind: Literal["dog"] = "dog"
class Extra(PermissiveConfig):
    a: int = 1
class C(Config):
    o: Optional[int]
    n: In = In(x=4)
    many: Dict[str, List[In]] = {}
    c: Color = Color.RED
    lit: Literal["p", "q"] = "p"
    pet: Union[Cat, Dog] = Field(discriminator="kind")
    e: Extra = Extra()
@op
def f(config: C): return config
@job
def j(): f()
c = j.execute_in_process(run_config={"ops": {"f": {"config": {"n": {"y": "z"}, "many": {"k": [{"x": 1}]}, "c": "RED", "pet": {"cat": {"lives": 3}}, "e": {"b": 2}}}}}).output_for_node("f")
print(c.o, c.n, c.many, c.c, c.lit, c.pet, c.e.b)
try: c.o = 1
except Exception as e: print(type(e).__name__)
