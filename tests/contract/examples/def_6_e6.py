"""def-6, E6: Builtin loaders"""
import json, os, pickle, tempfile
from typing import Dict, List, Optional, Set, Tuple
from dagjob import job, op
d = tempfile.mkdtemp()
with open(os.path.join(d, "j"), "w") as fh: json.dump({"value": [1, 2]}, fh)
with open(os.path.join(d, "p"), "wb") as fh: pickle.dump("pickled", fh)
@op
def f(i: int, s: str, l: List[int], m: Dict[str, int], o: Optional[int], t: Tuple[int, str], u: Set[int], free: dict, any1, any2):
    return i, s, l, m, o, t, u, free, any1, any2
@job
def j(): f()
ins = {"i": 1, "s": {"value": "x"}, "l": [1, {"value": 2}], "m": {"k": 3}, "o": None, "t": [1, "z"], "u": [1, 1, 2], "free": {"q": [1]},
       "any1": {"json": {"path": os.path.join(d, "j")}}, "any2": {"pickle": {"path": os.path.join(d, "p")}}}
print(j.execute_in_process(run_config={"ops": {"f": {"inputs": ins}}}).output_for_node("f"))
try: j.execute_in_process(run_config={"ops": {"f": {"inputs": {**ins, "any1": 5}}}})
except Exception as e: print(type(e).__name__)
