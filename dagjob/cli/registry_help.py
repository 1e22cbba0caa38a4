"""The commands that help with dagjob itself: the part of the table of commands that no run needs."""

from __future__ import annotations

from dagjob.cli.entries import Argument, Command, Option
from dagjob.cli.registry import COMMON, ENV_FILE, HELP, LOADING, PARTITION, PROFILE

WHERE = Argument("DIR", "where (default: here)", completes="folder")
SHELL = Argument("SHELL", "bash, zsh or fish", required=True, choices=("bash", "zsh", "fish"))
CODE = Argument("CODE", "the code of an error, such as DJ201 (default: list them all)", completes="code")
FORMAT = Option(("-f", "--format"), "human or json", "NAME", choices=("human", "json"))

RUN_OR_TARGET = Argument(
    "RUN|TARGET",
    "a run: an id, its beginning, latest (the default) ...; or a job: what it would do next",
    completes="run",
)
OP = Argument("OP", "only this op, with all that is known about it", completes="op")

COMMANDS = (
    Command(
        "why",
        "explain why ops ran, were reused, retried, skipped or not run",
        "dagjob.cli.why:why",
        (RUN_OR_TARGET, OP),
        (PARTITION, PROFILE, ENV_FILE, FORMAT, *LOADING, HELP),
        "Of a run, from the history alone; of a job, what  dagjob resume  or else  dagjob run  would do, and why.",
    ),
    Command(
        "doctor",
        "look at what dagjob finds here, and say what is wrong",
        "dagjob.cli.doctor:doctor",
        (),
        (FORMAT, *COMMON, HELP),
        "Versions, settings, state directory, history, limits, terminal, completion. Imports nothing of yours and changes\n"
        "nothing. Exit code 1 if something is a problem; warnings do not count.",
    ),
    Command(
        "explain",
        "explain an error code",
        "dagjob.cli.explain:explain",
        (CODE,),
        (FORMAT, HELP),
    ),
    Command(
        "init",
        "write the smallest project: jobs.py, prod.yaml, pyproject section",
        "dagjob.cli.init:init",
        (WHERE,),
        (HELP,),
    ),
    Command(
        "completions",
        "print the completion script of a shell",
        "dagjob.cli.completions:completions",
        (SHELL,),
        (HELP,),
        'In your shell\'s start file:  eval "$(dagjob completions bash)"',
    ),
)
