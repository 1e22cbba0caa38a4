# file: mp5.py
import time
from dagjob import DagjobInstance, execute_job, job, multiprocess_executor, op, reconstructable
@op(tags={"db": "x"})
def q():
    t = time.time(); time.sleep(0.1); return (t, time.time())
@job(executor_def=multiprocess_executor.configured(
    {"max_concurrent": 4, "tag_concurrency_limits": [{"key": "db", "value": "x", "limit": 1}]}))
def limited():
    q.alias("q1")(); q.alias("q2")(); q.alias("q3")()
if __name__ == "__main__":
    import logging; logging.disable(logging.CRITICAL)
    with execute_job(reconstructable(limited), DagjobInstance.get()) as r:
        spans = sorted(r.output_for_node(n) for n in ("q1", "q2", "q3"))
        print(r.success, all(spans[i][1] <= spans[i + 1][0] for i in (0, 1)))
