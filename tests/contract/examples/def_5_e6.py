"""def-5, E6: IO manager per output, metadata, input manager"""
from dagjob import ConfigurableIOManager, In, Out, input_manager, job, op
class Store(ConfigurableIOManager):
    prefix: str
    def handle_output(self, context, obj):
        data["/".join([self.prefix] + context.get_identifier()[1:])] = obj
        context.add_output_metadata({"size": len(str(obj))})
    def load_input(self, context):
        return data["/".join([self.prefix] + context.upstream_output.get_identifier()[1:])]
data = {}
@input_manager(input_config_schema={"p": str})
def from_path(context): return (context.config or {}).get("p", "edge " + context.upstream_output.step_key if context.upstream_output else "")
@op(out={"a": Out(io_manager_key="store"), "b": Out()})
def two(): return 11, None
@op
def add(a, b): return a, b
@op(ins={"x": In(input_manager_key="lake")})
def read(x): return x
@job(resource_defs={"store": Store(prefix="s"), "lake": from_path})
def j():
    a, b = two()
    add(a, b)
    read()
r = j.execute_in_process(run_config={"ops": {"read": {"inputs": {"x": {"p": "file"}}}}})
print(data, r.output_for_node("add"), r.output_for_node("read"))
print([(e.event_specific_data.output_name, e.event_specific_data.manager_key, {k: v.value for k, v in e.event_specific_data.metadata.items()}) for e in r.all_events if e.event_type_value == "HANDLED_OUTPUT" and e.step_key == "two"])
