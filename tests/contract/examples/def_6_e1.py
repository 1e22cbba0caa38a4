"""def-6, E1: Names, kinds and loaders of annotations"""
from typing import Any, Dict, List, Optional, Tuple, Union
from dagjob import op
class My: ...
@op
def f(a, b: int, c: List[int], d: Dict[str, int], e: Optional[My], g: Tuple[int, str], h: dict, i: list, k: My, l: "float", m: int | None): ...
print({n: (x.dagster_type.display_name, x.dagster_type.loader is not None) for n, x in f.ins.items()})
for bad in (Union[int, str], Tuple[int, ...], Any and "nope"):
    def g(x): ...
    g.__annotations__ = {"x": bad}
    try: op(g)
    except Exception as e: print(type(e).__name__)
