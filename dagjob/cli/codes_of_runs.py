"""The explanations of errors in definitions, of what fails in runs, and of what surrounds these."""

from __future__ import annotations

from dagjob.cli.explanation import Explanation

CODES = {
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
        """
# jobs.py
from dagjob import job, op

@op
def fetch(): return 1

@op
def publish(x): ...

@job
def daily(): publish(fetch() * 2)

$ dagjob run daily
error[DJ301]: the output "result" of "fetch" cannot be used with * while the job "daily" is composed: there is
    no value yet. Compute inside an op: give this to one as an input.
  --> jobs.py:10
""",
    ),
    "DJ302": Explanation(
        "an output and the input that it feeds have different types",
        """
A warning of `validate`: the type that one op gives is not the type that the next one takes, so the check of the input is likely to
fail in the run. Change one of the annotations, or put an op between the two.
""",
        """
# jobs.py
from dagjob import job, op

@op
def fetch() -> int: return 1

@op
def publish(x: str): ...

@job
def daily(): publish(fetch())

$ dagjob validate daily -f concise
jobs.py:10:1: DJ302 "fetch" gives int, "publish" wants str
""",
    ),
    "DJ303": Explanation(
        "a logger is declared and not switched on",
        """
A warning of `validate`: the job has loggers of its own, and a run uses one only if its config names it:

    loggers:
      my_logger: {}
""",
        """
# jobs.py
from dagjob import job, logger, op

@logger
def audit(context): ...

@op
def load(): ...

@job(logger_defs={"audit": audit})
def daily(): load()

$ dagjob validate daily -f concise
jobs.py:9:1: DJ303 the logger "audit" is declared and not on
""",
    ),
    "DJ304": Explanation(
        "something of Dagster that dagjob leaves out was to do its work",
        """
Under `import dagster`, assets, schedules, sensors, Pipes and components can be written down, and are ignored. Here one of them
was called: an asset like a function, `materialize`, the `run` of a client. The message names it and what to do instead.

    dagjob validate     # lists what is ignored
""",
        """
# jobs.py
from dagster import asset, job, materialize, op

@asset
def orders(): return 1

@op
def load(): materialize([orders])

@job
def daily(): load()

$ dagjob run daily -q
error[DJ304]: load failed (0.0s): materialize of Dagster cannot be called: dagjob runs jobs, and has no
    assets. Instead, write the function as an @op, call it in a @job, and let an IO manager or the op itself
    store the result.  jobs.py:7
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
        """
# jobs.py
from dagjob import job, op

@op
def load(): return int("n/a")

@job
def daily(): load()

$ dagjob run daily -q
error[DJ401]: load failed (0.0s): ValueError: invalid literal for int() with base 10: 'n/a'  jobs.py:4
""",
    ),
    "DJ402": Explanation(
        "the process of an op died",
        """
It was killed by a signal, crashed in compiled code, or left by os._exit. After SIGKILL the machine was probably short of
memory: run fewer ops at a time (-j 2). After SIGSEGV the line that is shown called into the library that crashed. A retry policy
applies, failure hooks run, and the other ops go on.
""",
        """
# jobs.py
import os
from dagjob import job, op

@op
def load(): os.kill(os.getpid(), 9)

@job
def daily(): load()

$ dagjob run daily -q
error[DJ402]: load failed (0.0s): load was killed by SIGKILL (signal 9); peak memory 13.8 MiB of 23.5 GiB. If
    nobody killed it, memory ran out: run fewer ops at a time (-j)
""",
    ),
    "DJ403": Explanation(
        "an op ran longer than it may",
        """
The limit comes from --op-timeout or from the tag dagjob/timeout of the op. What is shown is the line where the op was when its time
was up. Retries of its policy are tried, failure hooks run.

    dagjob run TARGET --op-timeout 30m
""",
        """
# jobs.py
import time
from dagjob import job, op

@op
def load(): time.sleep(60)

@job
def daily(): load()

$ dagjob run daily -q --op-timeout 100ms
error[DJ403]: load timeout (0.2s): load was stopped after 0.1s (--op-timeout)  jobs.py:5
""",
    ),
    "DJ404": Explanation(
        "an output cannot be stored",
        """
The IO manager of the output raised. The default one pickles: connections, open files, locks, lambdas and generators cannot be
pickled. Return what they yield instead, make them in a resource, or give the output an IO manager of your own:

    @op(out=Out(io_manager_key="parquet"))
""",
        """
# jobs.py
from dagjob import job, op

@op
def load(): return lambda: 1

@job
def daily(): load()

$ dagjob run daily -q
error[DJ404]: load failed (0.0s): output "result" of step "load": the value, a function, cannot be pickled:
    Can't pickle local object 'load.<locals>.<lambda>'
""",
    ),
    "DJ405": Explanation(
        "an input cannot be loaded",
        """
The IO manager raised while it loaded what another op has stored: the file is gone, or was written by another version of a class or
a library. Run the op again that made it.
""",
        """
# jobs.py
from dagjob import job, op

class Old:
    def __setstate__(self, state): raise ValueError("written by version 1")

@op
def load():
    old = Old()
    old.rows = 3
    return old

@op
def store(rows): ...

@job
def daily(): store(load())

$ dagjob run daily -q
error[DJ405]: store failed (0.0s): step "store": the input "rows" could not be loaded from the output "result"
    of "load" (io_manager): ValueError: written by version 1
""",
    ),
    "DJ501": Explanation(
        "the state directory cannot be used",
        """
The folder with history and outputs (.dagjob, or what --home, DAGJOB_HOME or pyproject.toml name) cannot be written, is locked, or
its disk is full. What ops returned may not be kept. Exit code 7.

    dagjob run TARGET --no-state      runs without history
""",
        """
# jobs.py
from dagjob import job, op

@op
def load(): ...

@job
def daily(): load()

$ dagjob run daily --home jobs.py
error[DJ501]: "jobs.py" is a file, not a folder
   = move it away, or choose another place with --home DIR or DAGJOB_HOME
""",
    ),
    "DJ502": Explanation(
        "the history was written by a newer dagjob",
        """
Update dagjob, or name another state directory with --home. Nothing was changed.
""",
        """
$ dagjob runs
error[DJ502]: the history ".dagjob/dagjob.db" was written by a newer dagjob (2.0.0): it has format 99, and
    this one knows formats up to 4
   = install it:  pip install "dagjob>=2.0.0"
   = or choose another place with --home DIR
""",
    ),
    "DJ504": Explanation(
        "what the run needs is held by another run",
        """
All slots of a pool, or the lock of --lock, are taken by other runs on the same state directory, and --no-wait says not to wait for
them. Slots are free again as soon as the run that holds them has ended or died. Exit code 8.

    dagjob runs list -s status:running     who is at work
""",
        """
# jobs.py
from dagjob import job, op

@op
def load(): ...

@job
def daily(): load()

$ dagjob run daily --lock nightly --no-wait
error[DJ504]: the lock "nightly" is held by run 7c3f9a2d
   = without --no-wait the run waits for it
""",
    ),
    "DJ601": Explanation(
        "a package is not installed",
        """
The feature needs a package that does not come with dagjob by itself. The message names it; install it into the environment in
which dagjob runs.
""",
        """
# jobs.py
from dagjob import FilesystemIOManager, job, op

@op
def load(): return 1

@job(resource_defs={"io_manager": FilesystemIOManager(base_dir="s3://bucket/values")})
def daily(): load()

$ dagjob run daily -q
error[DJ601]: load failed (0.4s): "s3://bucket/values/7c3f9a2d-0f0e-4b1a-9d57-2f6f4a3c2b1d/load/result" cannot
    be opened: Install s3fs to access S3
""",
    ),
    "DJ901": Explanation(
        "dagjob itself failed",
        """
A bug of dagjob. The file that the message names holds all that is known, without values that may be secret: please report it.
Exit code 3.
""",
        """
$ dagjob runs
error[DJ901]: dagjob itself failed: KeyError: 'runs'
   = please report it, with the file .dagjob/crash/dagjob-x1y2z3.txt
""",
    ),
}
"""The codes, in order."""
