"""The commands of `dagjob runs` and the options that only they have: the part of the table of commands that few lines need."""

from __future__ import annotations

from dagjob.cli.entries import Argument, Command, Option
from dagjob.cli.registry import (
    COMMON,
    FORMAT_SHOW,
    HELP,
    LOADING,
    LOG_LEVEL,
    OUTPUT,
    QUIET,
    RUN,
    TAG_FILTER,
    TRACEBACK,
    VERBOSE,
    YES,
)

FORMAT_RUNS = Option(("-f", "--format"), "human, plain, json or ids", "NAME", choices=("human", "plain", "json", "ids"))
LIMIT = Option(("-L", "--limit"), "at most N runs, the latest (default: 20 for people, else all)", "N")
JOB_FILTER = Option(("--job",), "only runs of this job", "NAME", completes="job")
SELECT_RUNS = Option(
    ("-s", "--select"),
    "only runs that stand so: status:failed, status:crashed,status:timeout",
    "EXPR",
    many=True,
    completes="run status",
)
PARTITION_FILTER = Option(("-p", "--partition"), "only runs of this partition", "KEY", completes="partition")
SINCE = Option(("--since",), "only runs begun since then: 2d, 12h, or a day such as 2026-11-20", "TIME")
UNTIL = Option(("--until",), "only runs begun until then: 2d, 12h, or a day such as 2026-11-20, with all of it", "TIME")
TAIL = Option(("--tail",), "only the last N lines", "N")
FOLLOW = Option(("--follow",), "go on with what is said until the run has ended")
LEVEL = Option(
    ("--level",),
    "only what is logged from this level on, and how attempts failed",
    "LEVEL",
    choices=("debug", "info", "warning", "error", "critical"),
)
STREAM = Option(("--stream",), "only what is logged, or only what is printed", "NAME", choices=("log", "output"))
ATTEMPT = Option(("--attempt",), "only attempt N of each op", "N")
FORMAT_LOGS = Option(
    ("-f", "--format"),
    "human; json: one document; jsonl: a line of JSON for each line",
    "NAME",
    choices=("human", "json", "jsonl"),
)
OP = Argument("OP", "only this op: also a graph, or all copies of a mapped op as in parse[*]", completes="op")
OP_OUTPUT = Argument(
    "OP[.OUT]", "an op, or one of its outputs: split.rest, split.part[a]", required=True, completes="op"
)
RUN_FIRST = Argument(
    RUN.name, "an id, its beginning, latest, latest:failed or latest:JOB", required=True, completes="run"
)
LIMIT_STATS = Option(("-L", "--limit"), "of the latest N runs of a job (default: 100)", "N")
JOB_OF_RUNS = Argument("TARGET", "a job that has run, by its name or target (default: all of them)", completes="job")
RUN_A = Argument("A", RUN_FIRST.help, required=True, completes="run")
RUN_B = Argument("B", "the run that it is compared with", required=True, completes="run")
RUNS = Argument(RUN.name, RUN_FIRST.help, many=True, required=True, completes="run")
NEW_TAGS = Argument("TAG", "a tag, KEY=VALUE; one that the run has gets the new value", many=True, required=True)
KEEP = Option(("--keep",), "keep the latest N runs", "N")
MAX_AGE = Option(("--max-age",), "keep runs that are no older, such as 30d or 12h", "TIME")
MAX_SIZE = Option(("--max-size",), "keep the latest runs whose logs and outputs fit into SIZE, such as 1GB", "SIZE")
DRY_REMOVAL = Option(("-n", "--dry-run"), "show what would be removed, remove nothing")
YES_REMOVE = Option(("-y", "--yes"), "do not ask")
FORMAT_VALUE = Option(
    ("-f", "--format"), "human, or json: one document that says what the value is", "NAME", choices=("human", "json")
)
FORMAT_EVENTS = Option(
    ("-f", "--format"),
    "jsonl (the default): a line for each event; json: one document",
    "NAME",
    choices=("jsonl", "json"),
)
ZIP = Option(("-o", "--output"), "write into FILE (default: JOB-ID.zip here); - is stdout", "FILE", completes="file")
WITH_OUTPUTS = Option(("--with-outputs",), "the stored values of the ops too")
FORMAT_CHANGE = Option(("-f", "--format"), "human or json", "NAME", choices=("human", "json"))
GOING_ON = Argument(RUN.name, "an id, its beginning, or latest:running (the default)", completes="run")
FORMAT_WATCH = Option(
    ("-f", "--format"),
    "auto (board on a terminal, else plain), board or plain",
    "NAME",
    choices=("auto", "board", "plain"),
)
FORMAT_STACK = Option(("-f", "--format"), "human or json", "NAME", choices=("human", "json"))
NOW = Option(("--now",), "do not wait for the ops to end: kill them")

COMMANDS = (
    Command(
        "list",
        "list the latest runs",
        "dagjob.cli.runs:list_runs",
        (),
        (LIMIT, JOB_FILTER, SELECT_RUNS, TAG_FILTER, PARTITION_FILTER, SINCE, UNTIL, FORMAT_RUNS, QUIET, *COMMON, HELP),
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
        (FOLLOW, TAIL, LEVEL, STREAM, ATTEMPT, TRACEBACK, FORMAT_LOGS, *COMMON, HELP),
        "Attempt by attempt: what was printed and logged, and the traceback of each attempt that failed. On a terminal through\n"
        "a pager: DAGJOB_PAGER, PAGER, else less.",
    ),
    Command(
        "output",
        "print a stored value: JSON if it can be, else its repr",
        "dagjob.cli.runs_output:output",
        (RUN_FIRST, OP_OUTPUT),
        (OUTPUT, YES, FORMAT_VALUE, *LOADING, HELP),
        "The value is a pickle: only load what you trust. With -o FILE the stored file is copied as it is.",
    ),
    Command(
        "events",
        "print the events of a run as JSON lines",
        "dagjob.cli.runs_events:events",
        (RUN,),
        (FORMAT_EVENTS, *COMMON, HELP),
        "The lines that  dagjob run --format jsonl  prints, as far as they are recorded.",
    ),
    Command(
        "diff",
        "show what is not the same in two runs",
        "dagjob.cli.runs_diff:diff",
        (RUN_A, RUN_B),
        (FORMAT_SHOW, *COMMON, HELP),
        "Config, source of the ops, installed packages, names of environment variables, plan, durations; secrets are masked.",
    ),
    Command(
        "stats",
        "show how jobs and ops usually go: failed, flaky, how long",
        "dagjob.cli.runs_stats:stats",
        (JOB_OF_RUNS,),
        (LIMIT_STATS, SINCE, FORMAT_SHOW, *COMMON, HELP),
        "Of runs that have ended. Flaky: succeeded at a later attempt. The trend compares the latest with those before.",
    ),
    Command(
        "path",
        "print the folder of a run",
        "dagjob.cli.runs_export:path",
        (RUN,),
        (*COMMON, HELP),
    ),
    Command(
        "open",
        "show one run in the browser: its report",
        "dagjob.cli.report:open_report",
        (RUN,),
        (*COMMON, HELP),
    ),
    Command(
        "export",
        "write a run into a zip file: config, plan, events, logs",
        "dagjob.cli.runs_export:export",
        (RUN,),
        (ZIP, WITH_OUTPUTS, YES, *COMMON, HELP),
        "Secrets are masked as they are in the history; what ops have printed and stored is taken as it is.",
    ),
    Command(
        "cancel",
        "stop a run that another process is at work on",
        "dagjob.cli.runs_cancel:cancel",
        (RUN_FIRST,),
        (NOW, *COMMON, HELP),
        "What Ctrl-C does there: its ops are asked to end and get the grace of that run. Ends when the run has ended; its own\n"
        "command ends with exit 143.",
    ),
    Command(
        "watch",
        "show a run that another process is at work on, until it ends",
        "dagjob.cli.runs_watch:watch",
        (GOING_ON,),
        (FORMAT_WATCH, LOG_LEVEL, TRACEBACK, QUIET, VERBOSE, *COMMON, HELP),
        "Ends with the exit code of the run. Ctrl-C ends the watching and leaves the run alone. What an op prints is shown when\n"
        "it has ended, since only then its secrets are masked.",
    ),
    Command(
        "stack",
        "show where the running ops of a run are: the Python stack of each",
        "dagjob.cli.runs_stack:stack",
        (GOING_ON, OP),
        (TRACEBACK, FORMAT_STACK, *COMMON, HELP),
        "The op goes on undisturbed. With --tb full all threads are shown. Needs Linux.",
    ),
    Command(
        "tag",
        "add tags to a run",
        "dagjob.cli.runs_change:tag",
        (RUN_FIRST, NEW_TAGS),
        (*COMMON, HELP),
    ),
    Command(
        "rm",
        "remove runs, with their logs and outputs",
        "dagjob.cli.runs_change:remove",
        (RUNS,),
        (DRY_REMOVAL, YES_REMOVE, FORMAT_CHANGE, *COMMON, HELP),
        "A run that is going on is not removed, nor what it resumes.",
    ),
    Command(
        "prune",
        "remove the runs that are beyond limits, with their logs and outputs",
        "dagjob.cli.runs_change:prune",
        (),
        (KEEP, MAX_AGE, MAX_SIZE, DRY_REMOVAL, YES_REMOVE, FORMAT_CHANGE, *COMMON, HELP),
        "A run goes that one of the limits does not keep. Those that are going on stay, and those that are needed to resume\n"
        "one that stays.",
    ),
)
