"""exe-4b, 3: Test contexts: what they give and refuse"""
from dagjob import build_op_context, op
ctx = build_op_context(op_config={"n": 1}, partition_key="2024-01-01", mapping_key="mk", run_tags={"a": "b"}, resources={"db": "fake"})
print(ctx.run_id, ctx.op_config, ctx.partition_key, ctx.get_mapping_key(), ctx.get_tag("a"), ctx.resources.db)
for name in ("run", "job_name", "job_def", "op", "op_def", "op_handle", "run_config", "retry_number", "has_partitions", "partition_keys", "selected_output_names", "partition_time_window"):
    try: print(name, "->", getattr(ctx, name))
    except Exception as err: print(name, type(err).__name__)
try: build_op_context(op_config={"n": 1}, config={"n": 2})
except Exception as err: print(type(err).__name__, [n for n in ("op_config", "config") if n in str(err)])
try: build_op_context(partition_key="a", partition_key_range=("a", "b"))
except Exception as err: print(type(err).__name__, [n for n in ("partition_key_range", "PartitionKeyRange", "tuple") if n in str(err)])
