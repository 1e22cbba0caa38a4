"""The hidden commands under `job`: Dagster's own, with Dagster's flags, so that a script moves by replacing one word.

Imported when somebody names one; help and completion do not offer them.
"""

from __future__ import annotations

from dagjob.cli.entries import Command, Option
from dagjob.cli.registry import CONFIG, CONFIG_JSON, FROM, HELP, LOADING, THESE_PARTITIONS, TO

PYTHON_FILE = Option(("-f", "--python-file"), "the file that holds the job", "FILE", many=True, completes="file")
MODULE_NAME = Option(("-m", "--module-name"), "the module that holds the job", "MODULE", many=True)
PACKAGE_NAME = Option(("--package-name",), "the same as -m", "MODULE")
AUTOLOAD = Option(("--autoload-defs-module-name",), "the same as -m", "MODULE")
ATTRIBUTE = Option(("-a", "--attribute"), "the name in it of a job, a repository, or a function that makes one", "NAME")
JOB_NAME = Option(("-j", "--job"), "the name of the job", "JOB")
REPOSITORY = Option(("-r", "--repository"), "the repository; a job is found by its name anyway", "NAME")
WORKING_DIRECTORY = Option(("-d", "--working-directory"), "import from DIR, too", "DIR", completes="folder")
TAGS = Option(("--tags",), "tags of the run, as a JSON object", "JSON", private=True)
OP_SELECTION = Option(("-o", "--op-selection"), "only these ops: *load, +load+, with commas between", "EXPR")
ALL_OF_THEM = Option(("--all",), "all partitions, whatever the word", "WORD")
NO_PROMPT = Option(("--noprompt",), "do not ask")
ONLY_REQUIRED = Option(("--print-only-required",), "only what must be given")
VERBOSELY = Option(("--verbose",), "nothing more")

_WHERE = (PYTHON_FILE, MODULE_NAME, PACKAGE_NAME, AUTOLOAD, ATTRIBUTE, REPOSITORY, WORKING_DIRECTORY)
_END = (*LOADING, HELP)

COMMANDS = (
    Command(
        "execute",
        "run a job, with the flags of dagster job execute",
        "dagjob.cli.job:execute",
        (),
        (*_WHERE, JOB_NAME, CONFIG, CONFIG_JSON, TAGS, OP_SELECTION, *_END),
        "What  dagjob run  does.",
        executes=True,
    ),
    Command(
        "list",
        "list jobs, with the flags of dagster job list",
        "dagjob.cli.job:list_them",
        (),
        (*_WHERE, *_END),
        "What  dagjob list  does.",
    ),
    Command(
        "print",
        "show a job, with the flags of dagster job print",
        "dagjob.cli.job:print_one",
        (),
        (*_WHERE, JOB_NAME, VERBOSELY, *_END),
        "What  dagjob show  does.",
    ),
    Command(
        "backfill",
        "run partitions of a job, with the flags of dagster job backfill",
        "dagjob.cli.job:backfill",
        (),
        (*_WHERE, JOB_NAME, THESE_PARTITIONS, ALL_OF_THEM, FROM, TO, TAGS, NO_PROMPT, *_END),
        "What  dagjob backfill  does: the runs are done here, one after the other, and waited for.",
        executes=True,
    ),
    Command(
        "scaffold_config",
        "write a run config to start from, with the flags of dagster job scaffold_config",
        "dagjob.cli.job:scaffold_config",
        (),
        (*_WHERE, JOB_NAME, ONLY_REQUIRED, *_END),
        "What  dagjob config new --all  does.",
    ),
)
