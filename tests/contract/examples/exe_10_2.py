"""exe-10, 2: No limit set: the pool does nothing"""
from dagjob import DagjobInvalidDefinitionError, job, op
@op(pool="nolimit")
def a(): return 1
@job
def free(): a.alias("x")(); a.alias("y")()
print(free.execute_in_process().success, a.pool)
try:
    @op(pool="two words")
    def bad(): ...
except DagjobInvalidDefinitionError as e: print(type(e).__name__, "two words" in str(e))
