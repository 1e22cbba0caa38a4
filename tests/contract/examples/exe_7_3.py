"""exe-7, example 3: Static config with tags"""
from dagjob import DagjobInvalidDefinitionError, job, op, static_partitioned_config
@op(config_schema={"env": str})
def o(context): return context.op_config["env"]
@static_partitioned_config(partition_keys=["dev", "prod"], tags_for_partition_key_fn=lambda k: {"tier": k.upper()})
def by_env(key): return {"ops": {"o": {"config": {"env": key}}}}
@job(config=by_env)
def st(): o()
r = st.execute_in_process(partition_key="prod")
print(r.output_for_node("o"), r.dagster_run.tags["tier"], by_env("dev"))
