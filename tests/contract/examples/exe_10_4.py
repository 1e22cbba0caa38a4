"""exe-10, 4: Values are kept as long as the result is"""
import gc, weakref
from dagjob import job, op
class Big: pass
refs = []
@op
def make(): b = Big(); refs.append(weakref.ref(b)); return b
@op
def take(b): return 1
@job
def keeps(): take(make())
r = keeps.execute_in_process(); gc.collect(); print(refs[0]() is r.output_for_node("make"))
