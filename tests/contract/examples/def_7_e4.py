"""def-7, E4: A logger is active when named in the run config"""
import logging
from dagjob import Field, get_dagster_logger, job, logger, op
logging.disable(logging.NOTSET)
def mk(key):
    @logger({"log_level": Field(str, default_value="INFO")})
    def lg(init):
        class H(logging.Handler):
            def emit(self, r): rec.append((key, r.levelname, r.getMessage().split(" - ")[-1]))
        out = logging.Logger(key, level=init.logger_config["log_level"])
        out.addHandler(H())
        return out
    return lg
rec = []
@op
def say(context):
    context.log.info("hello %s", "you")
    get_dagster_logger("sub").warning("careful")
    logging.getLogger("plain").error("not captured")
@job(logger_defs={"a": mk("a"), "b": mk("b")})
def j(): say()
j.execute_in_process()
print(rec)
j.execute_in_process(run_config={"loggers": {"a": {}, "b": {"config": {"log_level": "WARNING"}}}})
print([x for x in rec if x[2] in ("hello you", "careful", "not captured")])
logging.disable(logging.CRITICAL)
