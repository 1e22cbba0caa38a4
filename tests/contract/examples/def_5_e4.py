"""def-5, E4: Nesting and `ResourceDependency`"""
from dagjob import ConfigurableResource, ResourceDependency, job, op, resource
log = []
class Inner(ConfigurableResource):
    name: str
    def setup_for_execution(self, context): log.append("up " + self.name)
    def teardown_after_execution(self, context): log.append("down " + self.name)
@resource
def legacy(_): return "legacy"
class Outer(ConfigurableResource):
    a: Inner
    b: Inner
    c: ResourceDependency[str]
    def setup_for_execution(self, context): log.append(f"outer {self.a.name} {self.b.name} {self.c}")
late = Inner.configure_at_launch()
@op
def f(outer: Outer): log.append("op")
@job(resource_defs={"outer": Outer(a=Inner(name="fixed"), b=late, c=legacy), "any_key": late})
def j(): f()
j.execute_in_process(run_config={"resources": {"any_key": {"config": {"name": "late"}}}})
print(log)
