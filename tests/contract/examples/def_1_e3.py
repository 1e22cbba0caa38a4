"""def-1, E3: Config, resource and context arguments together"""
from dagjob import Config, ConfigurableResource, OpExecutionContext, job, op
class Cfg(Config):
    table: str
    limit: int = 10
class Db(ConfigurableResource):
    url: str
    def rows(self, table, limit): return f"{self.url}/{table}?{limit}"
@op
def read(context: OpExecutionContext, db: Db, config: Cfg, suffix: str = "!"):
    return db.rows(config.table, config.limit) + suffix, context.op_config
@job(resource_defs={"db": Db(url="pg")})
def j(): read()
r = j.execute_in_process(run_config={"ops": {"read": {"config": {"table": "t"}}}})
print(list(read.ins), sorted(read.required_resource_keys), r.output_for_node("read"))
