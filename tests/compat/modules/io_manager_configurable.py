from dagster import ConfigurableIOManager, ConfigurableIOManagerFactory, IOManager, job, op, mem_io_manager, Out

kept = {}


class Prefixed(ConfigurableIOManager):
    prefix: str

    def handle_output(self, context, obj):
        kept[self.prefix + context.step_key] = obj

    def load_input(self, context):
        return kept[self.prefix + context.upstream_output.step_key]


class Plain(IOManager):
    def __init__(self, where):
        self.where = where

    def handle_output(self, context, obj):
        kept[self.where] = obj

    def load_input(self, context):
        return kept[self.where]


class Factory(ConfigurableIOManagerFactory):
    where: str = "here"

    def create_io_manager(self, context) -> Plain:
        return Plain(self.where)


@op
def one():
    return 1


@op(out=Out(io_manager_key="other"))
def two(x):
    return x + 1


@op(out=Out(io_manager_key="memory"))
def three(x):
    return x + 1


@job(resource_defs={"io_manager": Prefixed(prefix="p/"), "other": Factory(), "memory": mem_io_manager})
def managed():
    three(two(one()))
