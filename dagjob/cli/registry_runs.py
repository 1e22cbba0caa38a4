"""The commands of `dagjob runs` and the options that only they have: the part of the table of commands that few lines need."""

from __future__ import annotations

from dagjob.cli.entries import Argument, Command, Option
from dagjob.cli.registry import (
    COMMON,
    FORMAT_SHOW,
    HELP,
    OUTPUT,
    QUIET,
    RUN,
    TAG_FILTER,
    TRACEBACK,
    YES,
)

FORMAT_RUNS = Option(("-f", "--format"), "human, plain, json or ids", "NAME", choices=("human", "plain", "json", "ids"))
LIMIT = Option(("-L", "--limit"), "at most N runs, the latest (default: 20 for people, else all)", "N")
JOB_FILTER = Option(("--job",), "only runs of this job", "NAME", completes="job")
STATUS = Option(
    ("--status",),
    "only runs that stand so",
    "STATUS",
    choices=("running", "success", "failed", "crashed", "canceled", "timeout"),
)
SINCE = Option(("--since",), "only runs begun since then: 2d, 12h, or a day such as 2026-11-20", "TIME")
TAIL = Option(("--tail",), "only the last N lines", "N")
OP = Argument("OP", "only this op: also a graph, or all copies of a mapped op as in parse[*]", completes="op")
OP_OUTPUT = Argument(
    "OP[.OUT]", "an op, or one of its outputs: split.rest, split.part[a]", required=True, completes="op"
)
RUN_FIRST = Argument(
    RUN.name, "an id, its beginning, latest, latest:failed or latest:JOB", required=True, completes="run"
)

COMMANDS = (
    Command(
        "list",
        "list the latest runs",
        "dagjob.cli.runs:list_runs",
        (),
        (LIMIT, JOB_FILTER, STATUS, SINCE, TAG_FILTER, FORMAT_RUNS, QUIET, *COMMON, HELP),
    ),
    Command(
        "show",
        "show one run",
        "dagjob.cli.runs:show_run",
        (RUN,),
        (FORMAT_SHOW, *COMMON, HELP),
    ),
    Command(
        "logs",
        "print what the ops of a run printed and logged",
        "dagjob.cli.runs_logs:logs",
        (RUN, OP),
        (TAIL, TRACEBACK, *COMMON, HELP),
        "Attempt by attempt: what was printed and logged, and the traceback of each attempt that failed.",
    ),
    Command(
        "output",
        "print a stored value: JSON if it can be, else its repr",
        "dagjob.cli.runs_output:output",
        (RUN_FIRST, OP_OUTPUT),
        (OUTPUT, YES, *COMMON, HELP),
        "The value is a pickle: only load what you trust. With -o FILE the stored file is copied as it is.",
    ),
)
