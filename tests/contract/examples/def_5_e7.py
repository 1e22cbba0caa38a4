"""def-5, E7: File layout of the default manager"""
import tempfile
from pathlib import Path
from dagjob import DynamicOut, DynamicOutput, FilesystemIOManager, StaticPartitionsDefinition, graph, job, op
@op
def one(): return 1
@op
def inc(x): return x + 1
@op(out=DynamicOut())
def dyn(): yield DynamicOutput(1, "k")
@graph
def sub(x): return inc(x)
base = tempfile.mkdtemp()
@job(resource_defs={"io_manager": FilesystemIOManager(base_dir=base)}, partitions_def=StaticPartitionsDefinition(["p"]))
def j(): sub(one()); dyn().map(inc)
r = j.execute_in_process(partition_key="p")
print(sorted(str(p.relative_to(base)).replace(r.run_id, "<run>") for p in Path(base).rglob("*") if p.is_file()))
