"""exe-4b, 6: Input, output and resource contexts"""
from dagjob import build_init_resource_context, build_input_context, build_output_context, resource
out = build_output_context(step_key="s", name="result", run_id="r1", mapping_key="k", definition_metadata={"p": 1})
inp = build_input_context(name="x", upstream_output=out, partition_key="2024")
print(out.get_identifier(), inp.get_identifier(), inp.partition_key, inp.has_partition_key, out.definition_metadata)
for c, name in ((inp, "dagster_type"), (inp, "job_name"), (inp, "asset_key"), (inp, "op_def"), (out, "partition_key"), (out, "dagster_type")):
    try: print(name, getattr(c, name))
    except Exception as err: print(name, type(err).__name__)
@resource(config_schema={"size": int}, required_resource_keys={"other"})
def pool(init): return init.resource_config["size"], init.resources.other, init.run_id
print(pool(build_init_resource_context(config={"size": 4}, resources={"other": "o"})))
try: pool(build_init_resource_context(config={"size": 4}))
except Exception as err: print(type(err).__name__)
