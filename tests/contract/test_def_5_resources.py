"""Resources and IO managers: each row of the contract's table of errors (def-5)."""

from __future__ import annotations

import pytest
from mistakes import Mistake, code, ids, make

from dagjob.errors import (
    CheckError,
    DagjobInvalidConfigError,
    DagjobInvalidDefinitionError,
    DagjobInvalidInvocationError,
    DagjobInvalidMetadata,
    DagjobInvariantViolationError,
    DagjobResourceFunctionError,
    DagjobUnknownResourceError,
)

RUN = code("""
    @op(required_resource_keys={"db"})
    def load(context): return context.resources.db
    def run(db, config=None, **more):
        @job(name="daily", resource_defs={"db": db, **more})
        def daily(): load()
        return daily.execute_in_process({"resources": config} if config else None)
""")
CLASSES = code("""
    class Inner(ConfigurableResource):
        url: str
    class Outer(ConfigurableResource):
        inner: Inner
        n: int = 1
    class Dep(ConfigurableResource):
        made: ResourceDependency[str]
""")
IO = code("""
    class Store(IOManager):
        def __init__(self, handle=lambda context: None, load=lambda context: 1): self.handle, self.load = handle, load
        def handle_output(self, context, obj): return self.handle(context)
        def load_input(self, context): return self.load(context)
    @op
    def begin(): return 1
    @op
    def end(x): pass
    def run(store):
        @job(name="daily", resource_defs={"io_manager": store})
        def daily(): end(begin())
        return daily.execute_in_process()
    def fail(): raise ValueError("no room")
""")

MISTAKES = [
    Mistake(
        "two parameters",
        DagjobInvalidDefinitionError,
        ("fn", "a, b"),
        code("""
            def fn(a, b): ...
            resource(fn)
        """),
    ),
    Mistake(
        "key missing",
        DagjobInvalidDefinitionError,
        ("db", "load", "dbx"),
        RUN
        + code("""
            @job(resource_defs={'dbx': 1})
            def j(): load()
            j.execute_in_process()
        """),
    ),
    Mistake(
        "dependency missing",
        DagjobInvariantViolationError,
        ("db", "net"),
        RUN + "run(ResourceDefinition(lambda _: 1, required_resource_keys={'net'}))",
    ),
    Mistake(
        "cycle",
        DagjobInvariantViolationError,
        ("db -> net -> db",),
        RUN
        + code("""
            need = lambda *keys: ResourceDefinition(lambda _: 1, required_resource_keys=set(keys))
            run(need('net'), net=need('db'))
        """),
    ),
    Mistake(
        "nested at launch",
        CheckError,
        ("Outer.inner", "Inner", "top level"),
        RUN + CLASSES + "run(Outer(inner=Inner.configure_at_launch()))",
    ),
    Mistake(
        "nested at launch",
        DagjobResourceFunctionError,
        ("made", "top level"),
        RUN + CLASSES + "run(Dep(made=resource(config_schema=str)(lambda c: c.resource_config)))",
    ),
    Mistake(
        "config",
        DagjobInvalidConfigError,
        ("url", "root"),
        RUN + CLASSES + "run(Inner.configure_at_launch())",
    ),
    Mistake(
        "config",
        DagjobInvalidConfigError,
        ("root:resources:db:config:n", "int"),
        RUN + CLASSES + "run(Outer(inner=Inner(url='u')), {'db': {'config': {'n': 'x'}}})",
    ),
    Mistake(
        "config",
        DagjobInvalidConfigError,
        ("NOT_SET_ANYWHERE",),
        RUN + CLASSES + "run(Inner(url=EnvVar('NOT_SET_ANYWHERE')))",
    ),
    Mistake(
        "config",
        DagjobInvalidConfigError,
        ("NOT_SET_ANYWHERE",),
        RUN + CLASSES + "run(Outer(inner=Inner(url=EnvVar('NOT_SET_ANYWHERE'))))",
    ),
    Mistake(
        "config",
        DagjobInvalidConfigError,
        ("dbb", "db"),
        "with build_resources({'db': 1}, resource_config={'dbb': {'config': 1}}): ...",
    ),
    Mistake(
        "setting",
        DagjobInvalidInvocationError,
        ("Inner", "url", "frozen"),
        CLASSES + "Inner(url='u').url = 'v'",
    ),
    Mistake(
        "setting",
        DagjobInvalidInvocationError,
        ("Inner", "conn", "PrivateAttr"),
        CLASSES + "Inner(url='u').conn = 'v'",
    ),
    Mistake(
        "function raises",
        DagjobResourceFunctionError,
        ("db", "ValueError", "no net"),
        RUN
        + code("""
            def fn(_): raise ValueError('no net')
            run(resource(fn))
        """),
    ),
    Mistake(
        "function raises",
        DagjobResourceFunctionError,
        ("db", "SystemExit"),
        RUN
        + code("""
            def fn(_): raise SystemExit(3)
            run(resource(fn))
        """),
    ),
    Mistake(
        "function raises",
        DagjobUnknownResourceError,
        ("db", "other"),
        RUN + "run(resource(lambda c: c.resources.other), other=1)",
    ),
    Mistake(
        "never yields",
        DagjobResourceFunctionError,
        ("db", "never yielded"),
        RUN
        + code("""
            def fn(_):
              if False: yield 1
            run(resource(fn))
        """),
    ),
    Mistake(
        "undeclared key",
        DagjobUnknownResourceError,
        ("load", "other"),
        code("""
            @op(required_resource_keys={'db'})
            def load(context): context.resources.other
            @job(resource_defs={'db': 1, 'other': 2})
            def j(): load()
            j.execute_in_process()
        """),
    ),
    Mistake(
        "without with",
        DagjobInvariantViolationError,
        ("with build_",),
        code("""
            @resource
            def db(_): yield 1
            build_op_context(resources={'db': db}).resources
        """),
    ),
    Mistake(
        "without context",
        DagjobInvalidInvocationError,
        ("build_init_resource_context",),
        "resource(lambda _: 1)()",
    ),
    Mistake(
        "bad value",
        DagjobInvariantViolationError,
        ("begin", "result", "int", "5"),
        IO + "run(Store(handle=lambda context: 5))",
    ),
    Mistake(
        "bad value",
        DagjobInvariantViolationError,
        ("begin", "result", "AssetObservation"),
        IO + "run(Store(handle=lambda context: AssetObservation('k')))",
    ),
    Mistake(
        "bad value",
        DagjobInvariantViolationError,
        ("begin", "rows", "bytes"),
        IO
        + code("""
            def both(context):
              context.add_output_metadata({'bytes': 1})
              return AssetMaterialization('k', metadata={'rows': 1})
            run(Store(handle=both))
        """),
    ),
    Mistake(
        "no manager",
        CheckError,
        ("io_manager", "5 (int)", "handle_output"),
        IO + "run(io_manager(lambda _: 5))",
    ),
    Mistake(
        "no manager",
        CheckError,
        ("io_manager", "None", "handle_output"),
        IO
        + code("""
            class Factory(ConfigurableIOManagerFactory):
                def create_io_manager(self, context): return None
            run(Factory())
        """),
    ),
    Mistake(
        "no manager",
        CheckError,
        ("lake", "5 (int)"),
        code("""
            @io_manager
            def lake(_): yield 5
            @op(ins={"x": In(input_manager_key="lake")})
            def load(x): pass
            @job(resource_defs={"lake": lake})
            def daily(): load()
            daily.execute_in_process()
        """),
    ),
    Mistake(
        "repeated key",
        DagjobInvalidMetadata,
        ("rows",),
        IO
        + code("""
            def twice(context):
              context.add_output_metadata({'rows': 1})
              context.add_output_metadata({'rows': 2})
            run(Store(handle=twice))
        """),
    ),
    Mistake(
        "no asset",
        DagjobInvariantViolationError,
        ("asset_partition_key",),
        "build_output_context(name='x').asset_partition_key",
    ),
]


@pytest.mark.parametrize("mistake", MISTAKES, ids=ids(MISTAKES))
def test_a_mistake_with_a_resource_or_io_manager(mistake: Mistake) -> None:
    make(mistake)
