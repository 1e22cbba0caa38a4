"""exe-3, 5: Several outputs"""
from dagjob import Out, Output, job, op
from typing import Tuple
@op(out={"n": Out(), "s": Out()})
def both() -> Tuple[int, str]: return 1, "x"
@op(out={"n": Out(), "s": Out()})
def mixed(): return Output(2, metadata={"k": 1}), "y"
@job
def j():
    both(); mixed()
r = j.execute_in_process()
print(r.output_for_node("both", "n"), r.output_for_node("both", "s"), r.output_for_node("mixed", "n"))
