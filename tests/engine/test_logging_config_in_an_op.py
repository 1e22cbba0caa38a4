"""What `logging.config` does in an op (and in a library that an op imports) keeps no line from the step."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

JOBS = """
    import logging
    import logging.config
    import os

    from dagjob import get_dagster_logger, job, logger, op

    own = get_dagster_logger("sales")

    INI = '''
    [loggers]
    keys=root
    [handlers]
    keys=
    [formatters]
    keys=
    [logger_root]
    level=WARNING
    handlers=
    '''

    def by_dict(): logging.config.dictConfig({"version": 1})
    def by_file():
        open("logging.ini", "w").write(INI.replace("    ", ""))
        logging.config.fileConfig("logging.ini")
    def by_name(): logging.config.dictConfig({"version": 1, "loggers": {"dagjob": {"handlers": []}, "dagjob.sales": {}}})

    @op
    def configures(context):
        context.log.info("first of context")
        own.info("first of module")
        {"dict": by_dict, "file": by_file, "name": by_name}[os.environ["HOW"]]()
        context.log.info("second of context")
        own.info("second of module")
        get_dagster_logger().info("second of dagjob")
        logging.getLogger("dagjob").warning("second by name")

    @op
    def comes_after(_done):
        own.info("third of module")

    @job
    def configuring(): comes_after(configures())
"""


@pytest.mark.parametrize("how", ["dict", "file", "name"])
@pytest.mark.parametrize("executor", ["in_process", "multiprocess"])
def test_every_line_is_kept(project: Callable[..., Path], dagjob, how: str, executor: str):
    project("jobs.py", JOBS)
    done = dagjob("run", "jobs.py:configuring", "-e", executor, env={"HOW": how})
    assert done.code == 0, done.stderr
    logs = dagjob("runs", "logs", "latest").stdout
    for line in (
        "first of context",
        "first of module",
        "second of context",
        "second of module",
        "second of dagjob",
        "second by name",
        "third of module",
    ):
        assert logs.count(line) == 1, (line, logs)
