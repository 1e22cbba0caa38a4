"""`dagjob explain CODE`: what an error code means, what brings it about, and what to do. docs/errors.md is made of the same texts.

Loads nothing of the user's, and nothing of ours that it does not print.
"""

from __future__ import annotations

from dagjob.cli import registry_help
from dagjob.cli.arguments import ParsedArguments
from dagjob.cli.output import say
from dagjob.errors import DagjobUnknownTargetError, ExitCode, nearest
from dagjob.record import Record


class Explanation(Record):
    """An error code: its title, and text of some paragraphs; lines that are indented are commands, code or config."""

    title: str
    text: str


def explain(args: ParsedArguments) -> int:
    """Print the explanation of a code; without one, all codes with their titles."""
    asked = args.text(registry_help.CODE)
    if asked is None:
        say(f"{code}  {each.title}" for code, each in CODES.items())
        return ExitCode.OK
    code = asked.upper()
    code = f"DJ{code}" if code.isdigit() else code
    found = CODES.get(code)
    if found is None:
        near = nearest(code, CODES)
        hint = f'did you mean "{near}"?' if near else "dagjob explain  lists them all"
        raise DagjobUnknownTargetError(f'there is no error code "{asked}"').noting(hint)
    say([f"{code}: {found.title}", "", *found.text.strip().splitlines()])
    return ExitCode.OK


def page() -> str:
    """All explanations as one Markdown page."""
    parts = [
        "# Error codes",
        "Every error that dagjob tells has a code. `dagjob explain CODE` prints what stands here.",
    ]
    for code, each in CODES.items():
        parts += [f"## {code}: {each.title}", each.text.strip()]
    return "\n\n".join(parts) + "\n"


CODES = {
    "DJ100": Explanation(
        "the command line or a setting is wrong",
        """
An option, an argument, a setting in pyproject.toml or a DAGJOB_ variable is misspelt, has a value that it cannot have, or does
not go with another one. The message names the word and the nearest right one. Nothing was run; exit code 2.

    dagjob run --help
""",
    ),
    "DJ101": Explanation(
        "there is no such job or run",
        """
The name, file or module that was given leads to no job, or the id to no run of this state directory. A target is
module:job, path/jobs.py:job, or the name of a job of this project.

    dagjob list          the jobs that there are
    dagjob runs list     the runs that there are

A job that is missing from the list may stand in a file that the project does not name: see `jobs` and `modules` in
pyproject.toml, section [tool.dagjob]. Exit code 5 for what does not exist, 4 for what cannot be a target.
""",
    ),
    "DJ102": Explanation(
        "a target leads to several jobs",
        """
Several jobs have that name, or the file holds several and none was named. Say which one:

    dagjob run sales/jobs.py:daily
""",
    ),
    "DJ103": Explanation(
        "a module cannot be imported",
        """
Python raised while it imported the job's module, and the message shows where in your code. Where a module is not found, look at
the Python that ran (the message names it), at its environment, and at `python-path` in pyproject.toml. The files beside the job
file can always be imported.
""",
    ),
    "DJ104": Explanation(
        "a selection selects nothing",
        """
A clause of `-s` or `--exclude` is misspelt, or no op of the job fits it; or nothing is left; or what is selected cannot run
without the rest, because an input that lost its source takes no value from a config. The names of the ops, those of nested
graphs with dots between:

    dagjob show TARGET

A name such as `load` is a clause, `*load` takes all above it too, `load+` what is directly below it; for a pattern write
`name:load_*`, for tags `tag:team=x`. Quote what has a `*`.
""",
    ),
    "DJ201": Explanation(
        "the config has a key that nothing takes",
        """
A key of the run config is misspelt, stands in the wrong section, or belongs to another job; or a value was refused by a
validator of yours. Config of an op stands below its name:

    ops:
      load:
        config:
          limit: 5

Inside of a graph the path is  ops.GRAPH.ops.OP.config.  What a job takes:

    dagjob config new TARGET
    dagjob schema TARGET
""",
    ),
    "DJ202": Explanation(
        "the config lacks a key",
        """
An op, a resource or the job needs a value that nothing gives: no file, no --set, and no default. Give it in a file (-c FILE), or

    dagjob run TARGET --set load.limit=5

or give the field a default in the code.
""",
    ),
    "DJ203": Explanation(
        "a value of the config has the wrong type",
        """
The value is no number, text, list or whatever the field asks for; the message says what was wanted and what was found. In YAML,
quotes make a text of anything:

    limit: 5          a number
    zip: "01234"      a text
""",
    ),
    "DJ204": Explanation(
        "an environment variable is not set",
        """
The config takes a value from the environment, with  {env: NAME}  in YAML or EnvVar("NAME") in code, and NAME is not set. Set it
for the command, or name a file of variables (`env-file` in pyproject.toml). Only what the ops of the run need is asked for.

    NAME=value dagjob run TARGET
""",
    ),
    "DJ205": Explanation(
        "a key stands twice in one mapping",
        """
YAML would keep the last of them and lose the others in silence, so it is an error. The message shows both lines.
""",
    ),
    "DJ206": Explanation(
        "a config file is not YAML or JSON",
        """
The file cannot be read as what it is to be: an indentation, a quote or a bracket is wrong at the place that is shown, or a little
above it. It may also be no UTF-8, not readable, or too big. A tab is no indentation in YAML.
""",
    ),
    "DJ207": Explanation(
        "a run and its partition do not fit together",
        """
A job with partitions runs for one of them, or for a range; a job without takes none. A range goes from an earlier partition to a
later one.

    dagjob run TARGET -p 2026-11-21
    dagjob run TARGET -p latest
    dagjob run TARGET --partition-range 2026-11-01...2026-11-21
""",
    ),
    "DJ208": Explanation(
        "there is no such partition",
        """
The job has no partition of that key: keys are compared letter by letter, and a window of time is a partition when it has ended.
The message shows the first, the last and the nearest key. A range of a backfill in which none lies ends with exit code 5. Or a
function of yours raised, which lists the partitions or makes the config of one.
""",
    ),
    "DJ209": Explanation(
        "YAML has made something else of a word",
        """
YAML 1.1 reads  no, off, n  as false,  010  as eight and  12:30  as 750. Where the field wants a text, put it into quotes:

    country: "NO"
    start: "12:30"

On the command line  --set-str PATH=TEXT  takes the text as it stands.
""",
    ),
    "DJ210": Explanation(
        "config is given to what declares none",
        """
A warning: the op or resource takes any config, since it has no schema, and the run config has some for it. If it shall have
config, declare it, so that mistakes are found; else take it out of the file:

    @op(config_schema={"limit": int})
""",
    ),
    "DJ301": Explanation(
        "a definition is wrong",
        """
An op, graph, job, resource or type is not well formed, or something was used in a way that its rules exclude. The message
names it, the line is that of your code. A frequent one: in a job's body outputs have no values yet, so computing, comparing
and formatting are done inside ops:

    @job
    def daily():
        publish(double(fetch()))      not  publish(fetch() * 2)

    dagjob validate      checks all definitions and configs, and runs nothing
""",
    ),
    "DJ302": Explanation(
        "an output and the input that it feeds have different types",
        """
A warning of `validate`: the type that one op gives is not the type that the next one takes, so the check of the input is likely to
fail in the run. Change one of the annotations, or put an op between the two.
""",
    ),
    "DJ303": Explanation(
        "a logger is declared and not switched on",
        """
A warning of `validate`: the job has loggers of its own, and a run uses one only if its config names it:

    loggers:
      my_logger: {}
""",
    ),
    "DJ304": Explanation(
        "something of Dagster that dagjob leaves out was to do its work",
        """
Under `import dagster`, assets, schedules, sensors, Pipes and components can be written down, and are ignored. Here one of them
was called: an asset like a function, `materialize`, the `run` of a client. The message names it and what to do instead.

    dagjob validate     # lists what is ignored
""",
    ),
    "DJ401": Explanation(
        "an op failed",
        """
Your code raised; the frames that are shown are yours (--tb full shows all). The ops below it did not run, all others did. To
look at it:

    dagjob runs logs RUN OP      what it printed and logged, with the traceback of each attempt
    dagjob run TARGET --pdb      stops in the debugger where it fails
    dagjob run TARGET --locals   shows the variables of your frames, without secrets

A hook, a type check, a resource or a config mapping that raises has this code, too. Exit code 1.
""",
    ),
    "DJ402": Explanation(
        "the process of an op died",
        """
It was killed by a signal, crashed in compiled code, or left by os._exit. After SIGKILL the machine was probably short of
memory: run fewer ops at a time (-j 2). After SIGSEGV the line that is shown called into the library that crashed. A retry policy
applies, failure hooks run, and the other ops go on.
""",
    ),
    "DJ403": Explanation(
        "an op ran longer than it may",
        """
The limit comes from --op-timeout or from the tag dagjob/timeout of the op. What is shown is the line where the op was when its time
was up. Retries of its policy are tried, failure hooks run.

    dagjob run TARGET --op-timeout 30m
""",
    ),
    "DJ404": Explanation(
        "an output cannot be stored",
        """
The IO manager of the output raised. The default one pickles: connections, open files, locks, lambdas and generators cannot be
pickled. Return what they yield instead, make them in a resource, or give the output an IO manager of your own:

    @op(out=Out(io_manager_key="parquet"))
""",
    ),
    "DJ405": Explanation(
        "an input cannot be loaded",
        """
The IO manager raised while it loaded what another op has stored: the file is gone, or was written by another version of a class or
a library. Run the op again that made it.
""",
    ),
    "DJ501": Explanation(
        "the state directory cannot be used",
        """
The folder with history and outputs (.dagjob, or what --home, DAGJOB_HOME or pyproject.toml name) cannot be written, is locked, or
its disk is full. What ops returned may not be kept. Exit code 7.

    dagjob run TARGET --no-state      runs without history
""",
    ),
    "DJ502": Explanation(
        "the history was written by a newer dagjob",
        """
Update dagjob, or name another state directory with --home. Nothing was changed.
""",
    ),
    "DJ504": Explanation(
        "what the run needs is held by another run",
        """
All slots of a pool, or the lock of --lock, are taken by other runs on the same state directory, and --no-wait says not to wait for
them. Slots are free again as soon as the run that holds them has ended or died. Exit code 8.

    dagjob runs list -s status:running     who is at work
""",
    ),
    "DJ601": Explanation(
        "a package is not installed",
        """
The feature needs a package that does not come with dagjob by itself. The message names it; install it into the environment in
which dagjob runs.
""",
    ),
    "DJ901": Explanation(
        "dagjob itself failed",
        """
A bug of dagjob. The file that the message names holds all that is known, without values that may be secret: please report it.
Exit code 3.
""",
    ),
}
"""All codes, in order."""
