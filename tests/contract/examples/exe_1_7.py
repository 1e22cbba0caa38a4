"""exe-1, 7: No items: required and optional dynamic outputs differ"""
from dagjob import DynamicOut, DynamicOutput, job, op
def make(required):
    @op(out=DynamicOut(is_required=required))
    def items():
        if False:
            yield DynamicOutput(0, "x")
    @op
    def work(x): return x
    @op
    def gather(xs): return xs
    @job
    def j():
        gather(items().map(work).collect())
    return j
a = make(True).execute_in_process()
b = make(False).execute_in_process()
print(a.is_node_success("gather"), a.output_for_node("gather"))
print(b.is_node_skipped("gather"), b.success)
