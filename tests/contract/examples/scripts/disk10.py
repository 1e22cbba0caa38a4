# file: disk10.py
import os
from dagjob import DagjobInstance, DynamicOut, DynamicOutput, execute_job, graph, in_process_executor, job, op, reconstructable
@op(out=DynamicOut())
def fan():
    for k in "ab": yield DynamicOutput(k, k)
@op
def up(x): return x.upper()
@op
def one(): print("hi"); return 1
@graph
def g(): one()
@job(executor_def=in_process_executor)
def disk(): fan().map(up); g()
def files(run_id):
    root = os.path.join(os.environ["DAGJOB_HOME"], "runs", run_id)
    return sorted(os.path.relpath(os.path.join(d, f), root) for d, _, fs in os.walk(root) for f in fs)
if __name__ == "__main__":
    import logging; logging.disable(logging.CRITICAL)
    inst = DagjobInstance.get(); r = execute_job(reconstructable(disk), inst)
    print([f for f in files(r.run_id) if f.startswith("out/")])
    inst.delete_run(r.run_id); print(inst.get_run_by_id(r.run_id), len(files(r.run_id)))
