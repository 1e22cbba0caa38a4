"""def-5, E3: ConfigurableResource: defaults, launch config, life cycle, private state"""
from typing import Any
from pydantic import PrivateAttr
from dagjob import ConfigurableResource, job, op
log = []
class Db(ConfigurableResource):
    url: str
    n: int = 2
    _conn: Any = PrivateAttr(default=None)
    def setup_for_execution(self, context):
        self._conn = f"<{self.url} {self.n}>"
        log.append("open")
    def teardown_after_execution(self, context): log.append("close " + self._conn)
@op
def f(db: Db): return db._conn
def run(db, cfg=None):
    @job(name="j", resource_defs={"db": db})
    def j(): f()
    return j.execute_in_process(run_config={"resources": {"db": {"config": cfg}}} if cfg else None).output_for_node("f")
print(run(Db(url="u", n=7)), run(Db(url="u", n=7), {"url": "v"}), run(Db.configure_at_launch(n=9), {"url": "w"}), log[:2])
try: Db(url="u").n = 3
except Exception as e: print(type(e).__name__)
