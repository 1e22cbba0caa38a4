"""exe-4b, 4: Loggers are called with a logger context"""
import logging
from dagjob import build_init_logger_context, job, logger, op
@logger(config_schema={"level": str})
def console(init):
    lg = logging.getLogger("x"); lg.setLevel(init.logger_config["level"]); return lg
@logger
def plain(init): return logging.getLogger(str(init.run_id))
print(console(build_init_logger_context(logger_config={"level": "ERROR"})).level, plain(build_init_logger_context()).name, plain(None).name)
for call in (lambda: console(), lambda: console(build_init_logger_context(logger_config={"level": 3})), lambda: console(None), lambda: build_init_logger_context().logger_def):
    try: call()
    except Exception as err: print(type(err).__name__)
