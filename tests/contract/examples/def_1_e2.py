"""def-1, E2: Outputs from annotations"""
from typing import List, Tuple
from dagjob import DynamicOutput, Out, Output, op
@op(out={"n": Out(), "s": Out(is_required=False)})
def two() -> Tuple[int, str]: return 1, "x"
@op
def boxed() -> Output[int]: return Output(3, metadata={"rows": 3})
@op
def fan() -> List[DynamicOutput[int]]: return [DynamicOutput(1, mapping_key="a")]
@op
def nothing() -> None: pass
@op
def gen() -> int: yield Output(1)
for o in (two, boxed, fan, nothing, gen):
    print(o.name, {n: (x.dagster_type.display_name, x.is_required, x.is_dynamic) for n, x in o.outs.items()})
