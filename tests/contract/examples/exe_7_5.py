"""exe-7, example 5: Dynamic"""
from dagjob import DynamicPartitionsDefinition, DagjobUnknownPartitionError, instance_for_test, job, op
fruits = DynamicPartitionsDefinition(name="fruits")
@op
def o(context): return context.partition_key
@job(partitions_def=fruits)
def dyn(): o()
with instance_for_test() as inst:
    inst.add_dynamic_partitions("fruits", ["apple", "pear"])
    print(dyn.execute_in_process(partition_key="pear", instance=inst).output_for_node("o"))
    inst.delete_dynamic_partition("fruits", "apple"); inst.add_dynamic_partitions("fruits", ["pear", "kiwi", "apple"])
    print(fruits.get_partition_keys(dynamic_partitions_store=inst))
    try: dyn.execute_in_process(partition_key="fig", instance=inst)
    except DagjobUnknownPartitionError: print("unknown")
