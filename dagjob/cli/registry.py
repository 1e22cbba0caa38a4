"""The commands and their options as plain text: names, letters, and one sentence each.

Everything that is about commands reads this table: the reader of the command line, the help, the completions, the
messages of usage errors, and the Typer program. So help and completions import no command and no Typer.
"""

from __future__ import annotations

from dagjob.cli.entries import Argument, Command, Option
from dagjob.launch.registries import DISPLAYS, EXECUTORS, LOG_LEVELS, PICTURES, SHOWN_OUTPUT, SINKS, TRACEBACKS

# -- options -------------------------------------------------------------------------------------------------------

DIRECTORY = Option(("-C", "--directory"), "work in DIR instead of here", "DIR", completes="folder")
SHOW_VERSION = Option(("-V", "--version"), "print the version")
HELP = Option(("-h", "--help"), "show this help")
HOME = Option(("--home",), "the state directory (default: .dagjob in the project)", "DIR", completes="folder")
NO_INPUT = Option(("--no-input",), "ask nothing, and listen to no keys")
COLOR = Option(
    ("--color",), "when to write in colour: auto, always or never", "WHEN", choices=("auto", "always", "never")
)
QUIET = Option(("-q", "--quiet"), "print only ids, or names, on stdout, and failures", counted=True)
VERBOSE = Option(
    ("-v", "--verbose"), "say too when an op starts and what it logs; -vv: what the engine does", counted=True
)

CONFIG = Option(
    ("-c", "--config"),
    "run config: a YAML or JSON file, a pattern in quotes, or - for stdin; later files win key by key",
    "FILE",
    many=True,
    completes="file",
)
SET = Option(
    ("--set",),
    "one value of the run config, after all files: extract.limit=5, resources.db.url=x, or the full path",
    "PATH=VALUE",
    many=True,
    completes="path",
    private=True,
)
SET_STR = Option(
    ("--set-str",),
    "one value of the run config: a text as it is typed, never parsed",
    "PATH=TEXT",
    many=True,
    completes="path",
    private=True,
)
SET_FILE = Option(
    ("--set-file",),
    "one value of the run config: the text of a file, as it is",
    "PATH=FILE",
    many=True,
    completes="path",
)
CONFIG_JSON = Option(("--config-json",), "run config as JSON, after all files", "TEXT", many=True, private=True)
SELECT = Option(
    ("-s", "--select"),
    "only these ops: load, *load and load* with all above or below, +load+ by levels, tag:KEY=VALUE, name:load_*",
    "EXPR",
    many=True,
    completes="op",
)
PARTITION = Option(
    ("-p", "--partition"),
    "the partition: its key, latest, or of one with dimensions KEY|KEY or DIM=KEY,DIM=KEY",
    "KEY",
    completes="partition",
)
PARTITION_RANGE = Option(
    ("--partition-range",), "one run for all partitions from A to B", "A...B", completes="partition"
)
EXCLUDE = Option(("--exclude",), "not these ops; written as for --select", "EXPR", many=True, completes="op")
RESUME = Option(("--resume",), "run what is left of RUN, as  dagjob resume RUN  does", "RUN", completes="run")
INPUTS_FROM = Option(
    ("--inputs-from",),
    "with -s: what is selected reads what RUN has stored; the config is that of RUN, with what is given on top",
    "RUN",
    completes="run",
)
FROM_FAILURE = Option(("--from-failure",), "run what is left of the latest run of the job")
SELECT_JOBS = Option(
    ("-s", "--select"), "only these jobs: daily, name:load_*, tag:KEY=VALUE", "EXPR", many=True, completes="job"
)
EXCLUDE_JOBS = Option(("--exclude",), "not these jobs; written as for --select", "EXPR", many=True, completes="job")
TAG = Option(("-t", "--tag"), "a tag of the run", "KEY=VALUE", many=True, completes="tag", private=True)
TAG_FILTER = Option(
    ("-t", "--tag"), "only those with this tag", "KEY[=VALUE]", many=True, completes="tag", private=True
)
JOBS = Option(
    ("-j", "--jobs"), "at most N ops at a time, or auto (default: as the job is configured, else one for each CPU)", "N"
)
EXECUTOR = Option(
    ("-e", "--executor"), "how ops are run (default: the executor of the job)", "NAME", choices=tuple(EXECUTORS)
)
PDB = Option(("--pdb",), "run the ops in this process, and stop in the debugger where one fails")
FAIL_FAST = Option(("-x", "--fail-fast"), "start no further op after a failure")
KEEP_GOING = Option(("--keep-going",), "after a failure go on with what does not need it (the default)")
MAX_FAILURES = Option(("--max-failures",), "start no further op after N failures", "N")
NO_RETRIES = Option(("--no-retries",), "try no op again")
POOL = Option(
    ("--pool",),
    "slots of a pool, for all runs on this state directory (default: pools of pyproject)",
    "NAME=N",
    many=True,
    completes="pool",
)
LOCK = Option(("--lock",), "wait until no other run on this state directory has the same lock", "NAME")
NO_WAIT = Option(("--no-wait",), "end with exit 8 instead of waiting for a lock or a pool")
TIMEOUT = Option(("--timeout",), "stop the run when it takes longer (exit 124): 90s, 30m, 1h30m", "TIME")
DRY_RUN = Option(("-n", "--dry-run"), "check everything, show the plan, run nothing")
RUN_FORMAT = Option(
    ("-f", "--format"),
    "auto (board on a terminal, else plain), board, plain; on stdout: jsonl, json, id",
    "NAME",
    choices=("auto", *DISPLAYS),
)
SINK_OPTIONS = tuple(
    (
        Option(
            (f"--{name}",),
            kind.help,
            kind.value,
            many=kind.many,
            completes=kind.completes,
            private=kind.private or "=" in kind.value,
        ),
        kind,
    )
    for name, kind in SINKS.items()
)
"""The options of sinks, each with its kind. What follows a `=` may be a password or an address with one."""
SHOW_OUTPUT = Option(
    ("--show-output",),
    "which ops' printed output is shown (default: failed)",
    "WHICH",
    choices=SHOWN_OUTPUT,
)
LOG_LEVEL = Option(
    ("--log-level",),
    "the lowest level of context.log that is shown (default: info); all are kept",
    "LEVEL",
    choices=LOG_LEVELS,
)
TRACEBACK = Option(("--tb",), "how much of a traceback is shown (default: user)", "STYLE", choices=TRACEBACKS)
LOCALS = Option(("--locals",), "with the traceback of an op the variables of your frames; secrets are masked")
OP_TIMEOUT = Option(("--op-timeout",), "stop an op that takes longer, such as 90s, 30m, 1h30m", "TIME")
GRACE = Option(("--grace",), "time between asking an op to end and killing it (default: 5s)", "TIME")
PROFILE = Option(
    ("--profile",),
    "with the settings of [tool.dagjob.profiles.NAME] (default: ci where CI is set, if there is one)",
    "NAME",
    completes="profile",
)
NO_STATE = Option(("--no-state",), "keep no history; outputs go to a temporary folder")

OUTPUT = Option(("-o", "--output"), "write into FILE instead of stdout", "FILE", completes="file")
YES = Option(("-y", "--yes"), "overwrite an existing file")
FORMAT_GRAPH = Option(
    ("-f", "--format"),
    f"{', '.join(PICTURES)} (default: by the ending of FILE, else ascii)",
    "NAME",
    choices=tuple(PICTURES),
)
OF_RUN = Option(("--run",), "draw this run, in the colours of how its ops ended", "RUN", completes="run")
DEPTH = Option(("--depth",), "fold graphs that lie deeper than N; 0 folds all of them", "N")
DIRECTION = Option(
    ("--direction",), "lr: from left to right (default); tb: from top to bottom", "WAY", choices=("lr", "tb")
)
EXPAND = Option(("--expand",), "with --run: each copy of a mapped op by itself")
ORIGIN = Option(("--origin",), "beside each value, where it comes from")
ALL = Option(("--all",), "optional keys too, not commented out")
MODELINE = Option(("--modeline",), "with -o: print the line that names the schema in a YAML file")
FORMAT_CONFIG = Option(("-f", "--format"), "yaml or json", "NAME", choices=("yaml", "json"))
ERRORS = Option(("--errors",), "show the files that could not be imported, too (the default)")
NO_ERRORS = Option(("--no-errors",), "show only jobs")
STRICT_LIST = Option(("--strict",), "exit 4 if any file could not be imported")
NEEDS_ENV = Option(("--env",), "check too that the environment variables are set that the jobs and their config need")
FORMAT_LIST = Option(
    ("-f", "--format"), "human, plain, json or names", "NAME", choices=("human", "plain", "json", "names")
)
REPORT_FILE = Option(
    ("-o", "--output"), "write into FILE (default: report.html in the folder of the run); - is stdout", "FILE",
    completes="file",
)  # fmt: skip
OPEN_REPORT = Option(("--open",), "show it in the browser")
FULL_LOGS = Option(("--full-logs",), "all that the ops said, not the last 2,000 lines of each")
FORMAT_SHOW = Option(("-f", "--format"), "human or json", "NAME", choices=("human", "json"))
FORMAT_VALIDATE = Option(
    ("-f", "--format"), "human, json, github or concise", "NAME", choices=("human", "json", "github", "concise")
)


ENV_FILE = Option(
    ("--env-file",),
    "a file of environment variables; those of the shell win (default: env-file of pyproject)",
    "FILE",
    completes="file",
)
STRICT = Option(("--strict",), "a warning about the run config is an error")

FROM = Option(
    ("--from",), "from this partition on: a key, or a day or time as keys are written", "KEY", completes="partition"
)
TO = Option(("--to",), "up to and with this partition", "KEY", completes="partition")
LAST = Option(("--last",), "the last N partitions", "N")
ALL_PARTITIONS = Option(("--all",), "all partitions")
THESE_PARTITIONS = Option(
    ("--partitions",), "these partitions: KEY,KEY; or given several times", "KEYS", many=True, completes="partition"
)
KEY_RANGE = Option(("--partition-range",), "from A to B: the same as --from A --to B", "A...B", completes="partition")
MISSING = Option(("--missing",), "of these, those that have no run yet")
FAILED = Option(("--failed",), "of these, those whose last run has failed")
REVERSE = Option(("--reverse",), "begin with the last")
PARALLEL = Option(("--parallel",), "N partitions at a time, which share the workers of -j (default: 1)", "N")
MAX_FAILED = Option(("--max-failures",), "begin no further partition after N that failed", "N")
FAIL_FIRST = Option(("-x", "--fail-fast"), "start no further op and no further partition after a failure")
YES_MANY = Option(("-y", "--yes"), "do not ask, however many partitions there are")
OPS = Option(("--ops",), "how each op of each partition stands")
FORMAT_KEYS = Option(("-f", "--format"), "human or json", "NAME", choices=("human", "json"))

DAGSTER_ALIAS = Option(
    ("--dagster-alias",), "import dagster means dagjob, also where Dagster is installed (default: only where it is not)"
)

COMMON = (HOME, COLOR, NO_INPUT)
LOADING = (DAGSTER_ALIAS, *COMMON)
"""Of commands that import the user's code."""

# -- commands ------------------------------------------------------------------------------------------------------

TARGET = Argument("TARGET", "module:job, path/jobs.py:job, or the name of a job", completes="job")
TARGETS = Argument("TARGET", TARGET.help, many=True, completes="job")
PLACES = Argument("PATH|MODULE", "where to look (default: the project)", many=True, completes="file")
RUN = Argument("RUN", "an id, its beginning, latest (the default), latest:failed or latest:JOB", completes="run")
RUN_TO_DEBUG = Argument(
    RUN.name, "an id, its beginning, latest, latest:JOB, or latest:failed (the default)", completes="run"
)
OP_TO_DEBUG = Argument("OP", "the op (default: the first that failed)", completes="op")
RUN_OR_BACKFILL = Argument("RUN", f"{RUN.help}; or the id of a backfill", completes="run")

_TARGET_TEXT = """\
TARGET is module:job, path/jobs.py:job, or the name of a job of this project. It may be left out where the project has
one job, or names default-job in pyproject.toml."""

_RESUME_TEXT = """\
Of a run: what failed, was stopped or did not run, and what comes after it; all else is taken from what the run has made.
Its run config, selection, partition and tags are kept, with -c, --set, -p and -t on top; an op whose config changes runs again.
Of a backfill: the partitions that have not succeeded in it, with the run config and the options that it was begun with."""

_BACKFILL_OPTIONS = (
    EXECUTOR,
    JOBS,
    POOL,
    FAIL_FIRST,
    KEEP_GOING,
    MAX_FAILED,
    NO_RETRIES,
    DRY_RUN,
    YES_MANY,
    RUN_FORMAT,
    SHOW_OUTPUT,
    LOG_LEVEL,
    TRACEBACK,
    LOCALS,
    TIMEOUT,
    OP_TIMEOUT,
    GRACE,
    LOCK,
    NO_WAIT,
    PROFILE,
    QUIET,
    VERBOSE,
    *LOADING,
    HELP,
)

ROOT = Command(
    "dagjob",
    "Dagster-style jobs as one fast command.",
    options=(DIRECTORY, HOME, COLOR, NO_INPUT, SHOW_VERSION, HELP),
    table="dagjob.cli.registry_help:COMMANDS",
    inner=(
        Command(
            "run",
            "run a job",
            "dagjob.cli.run:run",
            (TARGET,),
            (
                CONFIG,
                SET,
                SET_STR,
                SET_FILE,
                CONFIG_JSON,
                STRICT,
                ENV_FILE,
                PARTITION,
                PARTITION_RANGE,
                SELECT,
                EXCLUDE,
                RESUME,
                FROM_FAILURE,
                INPUTS_FROM,
                TAG,
                EXECUTOR,
                JOBS,
                POOL,
                FAIL_FAST,
                KEEP_GOING,
                MAX_FAILURES,
                NO_RETRIES,
                PDB,
                DRY_RUN,
                RUN_FORMAT,
                *(option for option, _ in SINK_OPTIONS),
                SHOW_OUTPUT,
                LOG_LEVEL,
                TRACEBACK,
                LOCALS,
                TIMEOUT,
                OP_TIMEOUT,
                GRACE,
                LOCK,
                NO_WAIT,
                NO_STATE,
                PROFILE,
                QUIET,
                VERBOSE,
                *LOADING,
                HELP,
            ),
            _TARGET_TEXT,
            executes=True,
        ),
        Command(
            "list",
            "list the jobs of this project, or of files and modules",
            "dagjob.cli.list:list_jobs",
            (PLACES,),
            (
                SELECT_JOBS,
                EXCLUDE_JOBS,
                TAG_FILTER,
                ERRORS,
                NO_ERRORS,
                STRICT_LIST,
                ENV_FILE,
                FORMAT_LIST,
                QUIET,
                *LOADING,
                HELP,
            ),
        ),
        Command(
            "show",
            "show the ops, resources, tags and config of a job",
            "dagjob.cli.show:show",
            (TARGET,),
            (ENV_FILE, FORMAT_SHOW, *LOADING, HELP),
            _TARGET_TEXT,
        ),
        Command(
            "validate",
            "check definitions and config, run nothing",
            "dagjob.cli.validate:validate",
            (TARGETS,),
            (
                CONFIG,
                SET,
                SET_STR,
                SET_FILE,
                CONFIG_JSON,
                STRICT,
                NEEDS_ENV,
                ENV_FILE,
                PARTITION,
                SELECT,
                EXCLUDE,
                PROFILE,
                FORMAT_VALIDATE,
                *LOADING,
                HELP,
            ),
            "Without TARGET all jobs of the project are checked; or, with -c, those that the files name in their first lines,\n"
            "as in  # dagjob: jobs.py:daily",
        ),
        Command(
            "config",
            "the run config: show the resolved one, write one to start from",
            options=(HELP,),
            inner=(
                Command(
                    "show",
                    "print the run config that a run would get",
                    "dagjob.cli.config:show",
                    (TARGET,),
                    (
                        CONFIG,
                        SET,
                        SET_STR,
                        SET_FILE,
                        CONFIG_JSON,
                        ENV_FILE,
                        PARTITION,
                        PROFILE,
                        ORIGIN,
                        FORMAT_CONFIG,
                        OUTPUT,
                        YES,
                        *LOADING,
                        HELP,
                    ),
                    "Defaults are filled in, secrets masked; what comes from the environment is shown by its name.",
                ),
                Command(
                    "new",
                    "write a run config to start from",
                    "dagjob.cli.config:new",
                    (TARGET,),
                    (OUTPUT, ALL, YES, *LOADING, HELP),
                    "With -o FILE its JSON Schema is written beside it, so that an editor completes and checks the file.",
                ),
            ),
        ),
        Command(
            "schema",
            "print the JSON Schema of a job's run config",
            "dagjob.cli.schema:schema",
            (TARGET,),
            (OUTPUT, MODELINE, *LOADING, HELP),
            _TARGET_TEXT,
        ),
        Command(
            "graph",
            "draw a job, or a run of it",
            "dagjob.cli.graph:graph",
            (TARGET,),
            (FORMAT_GRAPH, OUTPUT, SELECT, EXCLUDE, OF_RUN, EXPAND, DEPTH, DIRECTION, *LOADING, HELP),
            _TARGET_TEXT,
        ),
        Command(
            "report",
            "write a run as one HTML page that needs nothing else",
            "dagjob.cli.report:report",
            (RUN,),
            (REPORT_FILE, OPEN_REPORT, FULL_LOGS, *COMMON, HELP),
            "What failed, timeline, table, graph, logs, config and earlier runs. On stdout stands where the page is.",
        ),
        Command(
            "runs",
            "the history: list, show, logs, output, diff, stats, ...",
            table="dagjob.cli.registry_runs:COMMANDS",
            default="list",
            options=(HELP,),
            text="Without a command: runs list.",
        ),
        Command(
            "partitions",
            "the partitions of a job: list, status",
            options=(HELP,),
            inner=(
                Command(
                    "list",
                    "list the keys of the partitions of a job",
                    "dagjob.cli.partitions:list_keys",
                    (TARGET,),
                    (FROM, TO, LAST, ENV_FILE, FORMAT_KEYS, *LOADING, HELP),
                    _TARGET_TEXT,
                ),
                Command(
                    "status",
                    "show how the partitions of a job stand",
                    "dagjob.cli.partitions:status",
                    (TARGET,),
                    (FROM, TO, LAST, OPS, ENV_FILE, FORMAT_KEYS, *LOADING, HELP),
                    "What the last run of a partition says: done, failed, running; a run that was stopped, or had some ops only, "
                    "says\nnothing.",
                ),
            ),
        ),
        Command(
            "backfill",
            "run a job for many of its partitions",
            "dagjob.cli.backfill:run_backfill",
            (TARGET,),
            (
                ALL_PARTITIONS,
                FROM,
                TO,
                LAST,
                THESE_PARTITIONS,
                KEY_RANGE,
                MISSING,
                FAILED,
                REVERSE,
                PARALLEL,
                CONFIG,
                SET,
                SET_STR,
                SET_FILE,
                CONFIG_JSON,
                STRICT,
                ENV_FILE,
                SELECT,
                EXCLUDE,
                TAG,
                *_BACKFILL_OPTIONS,
            ),
            "A run for each partition. After an interruption the same command, or  dagjob resume ID,  does what is missing.",
            executes=True,
        ),
        Command(
            "debug",
            "run one op of a run again, alone, in the debugger",
            "dagjob.cli.debug:debug",
            (RUN_TO_DEBUG, OP_TO_DEBUG),
            (TRACEBACK, ENV_FILE, *COMMON, HELP),
            "In this process, with the inputs and the run config that it had. Stops where it fails, and at breakpoint().\n"
            "Nothing of it is kept, and the outputs of the run stay as they are; what the op does elsewhere, it does.",
            executes=True,
        ),
        Command(
            "resume",
            "run what is left of a run, or of a backfill",
            "dagjob.cli.resume:resume",
            (RUN_OR_BACKFILL,),
            (
                CONFIG,
                SET,
                SET_STR,
                SET_FILE,
                CONFIG_JSON,
                STRICT,
                ENV_FILE,
                PARTITION,
                TAG,
                PARALLEL,
                *_BACKFILL_OPTIONS,
                *(option for option, _ in SINK_OPTIONS),
            ),
            _RESUME_TEXT,
            executes=True,
        ),
        Command(
            "job",
            "what dagster job has, with its flags: execute, list, print, backfill, scaffold_config",
            table="dagjob.cli.registry_job:COMMANDS",
            options=(HELP,),
            text="For scripts that were written for Dagster: dagjob in place of dagster, and nothing else changes.",
            hidden=True,
        ),
    ),
)
