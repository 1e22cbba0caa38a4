"""def-6, E2: What passes at run"""
from typing import Dict, List, Tuple
from dagjob import job, op
def check(annotation, value):
    def f(): return value
    f.__annotations__ = {"return": annotation}
    o = op(f)
    @job(name="j")
    def j(): o()
    try: return j.execute_in_process().success
    except Exception as e: return type(e).__name__
class A: ...
class B(A): ...
print(check(int, True), check(A, B()), check(List[int], []), check(type(None), None))
print(check(float, 1), check(List[int], (1,)), check(List[int], [1, "a"]), check(Dict[str, int], {"a": "b"}), check(Tuple[int, str], (1,)), check(type(None), 4))
