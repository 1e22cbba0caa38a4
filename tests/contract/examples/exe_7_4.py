"""exe-7, example 4: Multi"""
from dagjob import DailyPartitionsDefinition, MultiPartitionKey, MultiPartitionsDefinition, StaticPartitionsDefinition, job, op
mp = MultiPartitionsDefinition({"region": StaticPartitionsDefinition(["eu", "us"]), "date": DailyPartitionsDefinition("2024-01-01", end_date="2024-01-03")})
print(mp.get_partition_keys(), MultiPartitionKey({"region": "eu", "date": "2024-01-02"}) == "2024-01-02|eu")
@op
def o(context): return dict(context.partition_key.keys_by_dimension), str(context.partition_time_window.start.date())
@job(partitions_def=mp)
def m(): o()
r = m.execute_in_process(partition_key="2024-01-02|us")
print(r.output_for_node("o"), {k: v for k, v in r.dagster_run.tags.items() if k.startswith("dagster/partition/")})
