"""The explanations of errors in what a command was given: target, options, settings, run config, partitions."""

from __future__ import annotations

from dagjob.cli.explanation import Explanation

CODES = {
    "DJ100": Explanation(
        "the command line or a setting is wrong",
        """
An option, an argument, a setting in pyproject.toml or a DAGJOB_ variable is misspelt, has a value that it cannot have, or does
not go with another one. The message names the word and the nearest right one. Nothing was run; exit code 2.

    dagjob run --help
""",
        """
$ dagjob run jobs.py --formt json
error[DJ100]: dagjob run has no option "--formt". Did you mean "--format"?
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
        """
# jobs.py
from dagjob import job, op

@op
def load(): ...

@job
def daily(): load()

$ dagjob run dialy
error[DJ101]: no job "dialy" in this project. Did you mean "daily"?
   = 1 job: daily   (dagjob list)
""",
    ),
    "DJ102": Explanation(
        "a target leads to several jobs",
        """
Several jobs have that name, or the file holds several and none was named. Say which one:

    dagjob run sales/jobs.py:daily
""",
        """
# jobs.py
from dagjob import job, op

@op
def load(): ...

@job
def daily(): load()

@job
def weekly(): load()

$ dagjob run jobs.py
error[DJ102]: "jobs.py" holds 2 jobs: daily, weekly
   = name one of them, for example  jobs.py:daily
""",
    ),
    "DJ103": Explanation(
        "a module cannot be imported",
        """
Python raised while it imported the job's module, and the message shows where in your code. Where a module is not found, look at
the Python that ran (the message names it), at its environment, and at `python-path` in pyproject.toml. The files beside the job
file can always be imported.
""",
        """
# jobs.py
import pandsa
from dagjob import job, op

$ dagjob run jobs.py
error[DJ103]: cannot import jobs.py: ModuleNotFoundError: No module named 'pandsa'
  --> jobs.py:1:1
   = modules elsewhere: python-path in [tool.dagjob], or  dagjob -C DIR

  jobs.py:1 in <module>
    ❱ 1 │ import pandsa
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
        """
# jobs.py
from dagjob import job, op

@op
def load(): ...

@job
def daily(): load()

$ dagjob run daily -s laod
error[DJ104]: the selection "laod" does not fit the job "daily": there is no op "laod". Did you mean "load"?
   = ops: load
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
        """
# jobs.py
from dagjob import Config, job, op

class Load(Config):
    path: str
    limit: int = 10

@op
def load(config: Load): ...

@job
def daily(): load()

# prod.yaml
ops:
  load:
    config:
      path: a.csv
      limitt: 5

$ dagjob run daily -c prod.yaml
error[DJ201]: op "load" has no option "limitt"
  --> prod.yaml:5:7
   |
 3 |     config:
 4 |       path: a.csv
 5 |       limitt: 5
   |       ^^^^^^ did you mean "limit"?
   |
   = options: path (str, required), limit (int = 10)
   = defined in jobs.py:3, class Load
""",
    ),
    "DJ202": Explanation(
        "the config lacks a key",
        """
An op, a resource or the job needs a value that nothing gives: no file, no --set, and no default. Give it in a file (-c FILE), or

    dagjob run TARGET --set load.limit=5

or give the field a default in the code.
""",
        """
# jobs.py
from dagjob import Config, job, op

class Load(Config):
    path: str
    limit: int = 10

@op
def load(config: Load): ...

@job
def daily(): load()

$ dagjob run daily
error[DJ202]: op "load" needs the option "path"
   = write  ops: {load: {config: {path: <str>}}}
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
        """
# jobs.py
from dagjob import Config, job, op

class Load(Config):
    path: str
    limit: int = 10

@op
def load(config: Load): ...

@job
def daily(): load()

$ dagjob run daily --set load.path=a.csv --set load.limit=ten
error[DJ203]: "limit" must be an integer, not text
  --> command line
   |
   | --set load.limit=ten
   |                  ^^^
""",
    ),
    "DJ204": Explanation(
        "an environment variable is not set",
        """
The config takes a value from the environment, with  {env: NAME}  in YAML or EnvVar("NAME") in code, and NAME is not set. Set it
for the command, or name a file of variables (`env-file` in pyproject.toml). Only what the ops of the run need is asked for.

    NAME=value dagjob run TARGET
""",
        """
# jobs.py
from dagjob import StringSource, job, op

@op(config_schema={"url": StringSource})
def load(context): ...

@job
def daily(): load()

# prod.yaml
ops:
  load:
    config:
      url: {env: WAREHOUSE_URL}

$ dagjob run daily -c prod.yaml
error[DJ204]: environment variable WAREHOUSE_URL is not set
  --> prod.yaml:4:12
   |
 2 |   load:
 3 |     config:
 4 |       url: {env: WAREHOUSE_URL}
   |            ^^^^^^^^^^^^^^^^^^^^
   |
   = for ops.load.url
""",
    ),
    "DJ205": Explanation(
        "a key stands twice in one mapping",
        """
YAML would keep the last of them and lose the others in silence, so it is an error. The message shows both lines.
""",
        """
# jobs.py
from dagjob import Config, job, op

class Load(Config):
    path: str
    limit: int = 10

@op
def load(config: Load): ...

@job
def daily(): load()

# prod.yaml
ops:
  load:
    config:
      path: a.csv
      path: b.csv

$ dagjob run daily -c prod.yaml
error[DJ205]: the key "path" stands twice in one mapping
  --> prod.yaml:5:7
   |
 3 |     config:
 4 |       path: a.csv
 5 |       path: b.csv
   |       ^^^^ first in 4:7
""",
    ),
    "DJ206": Explanation(
        "a config file is not YAML or JSON",
        """
The file cannot be read as what it is to be: an indentation, a quote or a bracket is wrong at the place that is shown, or a little
above it. It may also be no UTF-8, not readable, or too big. A tab is no indentation in YAML.
""",
        """
# jobs.py
from dagjob import Config, job, op

class Load(Config):
    path: str
    limit: int = 10

@op
def load(config: Load): ...

@job
def daily(): load()

# prod.yaml
ops:
  load:
    config: {path: a.csv

$ dagjob run daily -c prod.yaml
error[DJ206]: this is not YAML: did not find expected ',' or '}'
  --> prod.yaml:3:25
   |
 1 | ops:
 2 |   load:
 3 |     config: {path: a.csv
   |                         ^
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
        """
# jobs.py
from dagjob import StaticPartitionsDefinition, job, op

@op
def load(): ...

@job(partitions_def=StaticPartitionsDefinition(["north", "south"]))
def daily(): load()

$ dagjob run daily
error[DJ207]: job "daily" is partitioned (static, 2 keys, north to south): a run is for one of them
   = choose one with -p, for example  -p south
   = many at once:  dagjob backfill daily --last 7
""",
    ),
    "DJ208": Explanation(
        "there is no such partition",
        """
The job has no partition of that key: keys are compared letter by letter, and a window of time is a partition when it has ended.
The message shows the first, the last and the nearest key. A range of a backfill in which none lies ends with exit code 5. Or a
function of yours raised, which lists the partitions or makes the config of one.
""",
        """
# jobs.py
from dagjob import StaticPartitionsDefinition, job, op

@op
def load(): ...

@job(partitions_def=StaticPartitionsDefinition(["north", "south"]))
def daily(): load()

$ dagjob run daily -p nort
error[DJ208]: there is no partition 'nort' of job "daily": the keys go from 'north' to 'south'
   = did you mean 'north'?
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
        """
# jobs.py
from dagjob import job, op

@op(config_schema={"country": str})
def load(context): ...

@job
def daily(): load()

# prod.yaml
ops:
  load:
    config:
      country: NO

$ dagjob run daily -c prod.yaml
error[DJ209]: "country" must be text, but YAML 1.1 reads NO as false
  --> prod.yaml:4:16
   |
 2 |   load:
 3 |     config:
 4 |       country: NO
   |                ^^ write "NO"
""",
    ),
    "DJ210": Explanation(
        "config is given to what declares none",
        """
A warning: the op or resource takes any config, since it has no schema, and the run config has some for it. If it shall have
config, declare it, so that mistakes are found; else take it out of the file:

    @op(config_schema={"limit": int})
""",
        """
# jobs.py
from dagjob import job, op

@op
def load(): ...

@job
def daily(): load()

# prod.yaml
ops:
  load:
    config:
      limit: 5

$ dagjob validate daily -c prod.yaml -f concise
prod.yaml:3:5: DJ210 op "load" declares no config, and it is given some
""",
    ),
}
"""The codes, in order."""
