import logging

from dagster import InitLoggerContext, get_dagster_logger, job, logger, op

lines = []


@logger({"level": str})
def list_logger(init_context: InitLoggerContext):
    class Handler(logging.Handler):
        def emit(self, record):
            lines.append(record.getMessage())

    own = logging.Logger("own", level=init_context.logger_config["level"])
    own.addHandler(Handler())
    return own


shared = get_dagster_logger()


@op
def speak(context):
    context.log.warning("careful")
    shared.info("shared")
    return any("careful" in line for line in lines)


@job(logger_defs={"mine": list_logger})
def logged():
    speak()


RUN_CONFIG = {"loggers": {"mine": {"config": {"level": "INFO"}}}}
