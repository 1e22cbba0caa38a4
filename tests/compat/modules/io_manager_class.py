from dagster import InputContext, IOManager, OutputContext, io_manager, job, op, In, Out

store = {}


class Store(IOManager):
    def handle_output(self, context: OutputContext, obj):
        store[(context.step_key, context.name)] = obj
        context.add_output_metadata({"rows": len(str(obj))})

    def load_input(self, context: InputContext):
        return store[(context.upstream_output.step_key, context.upstream_output.name)]


@io_manager
def store_manager(_):
    return Store()


@op(out=Out(io_manager_key="store"))
def make():
    return "abc"


@op
def use(x):
    return x + "d"


@job(resource_defs={"store": store_manager})
def stored():
    use(make())
