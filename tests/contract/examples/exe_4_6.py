"""exe-4, 6: Config class and resource class as parameters"""
from dagjob import Config, ConfigurableResource, build_op_context, op
class Settings(Config):
    n: int = 3
class Api(ConfigurableResource):
    url: str
@op
def call(config: Settings, api: Api): return config.n, api.url
print(call(Settings(n=9), Api(url="u")), call(config={"n": 4}, api=Api(url="v")))
print(call(build_op_context(op_config={"n": 8}, resources={"api": Api(url="w")})))
