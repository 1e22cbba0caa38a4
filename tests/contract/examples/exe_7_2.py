"""exe-7, example 2: Unknown key"""
from dagjob import DagjobUnknownPartitionError, StaticPartitionsDefinition, job, op
@op
def o(context): return context.partition_key
@job(partitions_def=StaticPartitionsDefinition(["a", "b"]))
def st(): o()
print(st.execute_in_process(partition_key="b").output_for_node("o"))
try: st.execute_in_process(partition_key="zz")
except DagjobUnknownPartitionError as e: print(type(e).__name__, "zz" in str(e))
