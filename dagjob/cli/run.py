"""`dagjob run TARGET`: the words of the command line as a `RunRequest`; the run itself is `launch`."""

import sys
from typing import Annotated, Any

import typer

from dagjob.cli import registry
from dagjob.cli.options import Color, Config, Home, Quiet, Tags, Target, Verbose, option
from dagjob.cli.overrides import read_document
from dagjob.cli.session import Session, open_session
from dagjob.cli.targets import find_target
from dagjob.cli.terminal import is_terminal
from dagjob.cli.values import chosen, seconds, tags, workers

GRACE = 5.0


def run(
    ctx: typer.Context,
    target: Target = None,
    config: Config = None,
    set_: Annotated[list[str] | None, option(registry.SET)] = None,
    tag: Tags = None,
    executor: Annotated[str | None, option(registry.EXECUTOR)] = None,
    jobs: Annotated[str | None, option(registry.JOBS)] = None,
    fail_fast: Annotated[bool, option(registry.FAIL_FAST)] = False,
    dry_run: Annotated[bool, option(registry.DRY_RUN)] = False,
    format_: Annotated[str | None, option(registry.RUN_FORMAT)] = None,
    show_output: Annotated[str | None, option(registry.SHOW_OUTPUT)] = None,
    log_level: Annotated[str | None, option(registry.LOG_LEVEL)] = None,
    tb: Annotated[str | None, option(registry.TRACEBACK)] = None,
    op_timeout: Annotated[str | None, option(registry.OP_TIMEOUT)] = None,
    grace: Annotated[str | None, option(registry.GRACE)] = None,
    no_state: Annotated[bool, option(registry.NO_STATE)] = False,
    home: Home = None,
    color: Color = None,
    quiet: Quiet = 0,
    verbose: Verbose = 0,
) -> int:
    """Run a job."""
    session = open_session(ctx, home, color, quiet, verbose)
    environ = session.environ
    keep = not (no_state or environ.get("DAGJOB_NO_STATE", "") not in ("", "0", "false"))
    named = chosen(registry.RUN_FORMAT, format_, environ.get("DAGJOB_FORMAT"), "DAGJOB_FORMAT")
    looks: dict[str, Any] = {
        "tb": chosen(registry.TRACEBACK, tb, environ.get("DAGJOB_TB"), "DAGJOB_TB") or "user",
        "show_output": chosen(registry.SHOW_OUTPUT, show_output) or "failed",
        "log_level": chosen(
            registry.LOG_LEVEL,
            log_level.lower() if log_level else None,
            environ.get("DAGJOB_LOG_LEVEL", "").lower(),
            "DAGJOB_LOG_LEVEL",
        )
        or "info",
        "kept": keep,
    }
    asked: dict[str, Any] = {
        "format": shown_as(session, named, dry_run),
        "tags": tags(tag),
        "executor": chosen(registry.EXECUTOR, executor, environ.get("DAGJOB_EXECUTOR"), "DAGJOB_EXECUTOR"),
        "jobs": workers(jobs, environ.get("DAGJOB_JOBS")),
        "op_timeout": seconds(registry.OP_TIMEOUT, op_timeout),
        "grace": seconds(registry.GRACE, grace) if grace is not None else GRACE,
    }
    from dagjob.launch.launch import launch
    from dagjob.launch.request import RunRequest

    base = session.settings.config
    return launch(
        RunRequest(
            target=find_target(session, target),
            read_config=lambda job: read_document(job, config or (), set_ or (), base, session.folder),
            display=session.display(sys.stderr, **looks),
            state=session.state if keep else None,
            fail_fast=fail_fast,
            dry_run=dry_run,
            **asked,
        )
    )


def shown_as(session: Session, named: str | None, dry_run: bool = False) -> str:
    """The display of a run: the one that was named, `id` for `-q`, the board where a person looks on, else lines."""
    if named not in (None, "auto"):
        return named
    if session.quiet:
        return "id"
    watched = is_terminal(sys.stderr) and not session.environ.get("CI") and session.environ.get("TERM") != "dumb"
    return "board" if watched and not dry_run else "plain"
