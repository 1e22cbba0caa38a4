"""`dagjob run TARGET`: the words of the command line as a `RunRequest`; the run itself is `launch`."""

from __future__ import annotations

import gc
import sys
from collections.abc import Callable
from typing import Any

from dagjob.cli import registry
from dagjob.cli.arguments import ParsedArguments
from dagjob.cli.hiding import hide
from dagjob.cli.session import Session, open_session
from dagjob.cli.targets import find_target
from dagjob.cli.terminal import is_terminal
from dagjob.cli.values import chosen, config_options, seconds, tags, workers
from dagjob.config.document import Document

GRACE = 5.0


def run(args: ParsedArguments) -> int:
    """Run a job."""
    session = open_session(args)
    environ = session.environ
    keep = not args.on(registry.NO_STATE) and environ.get("DAGJOB_NO_STATE", "") in ("", "0", "false")

    def choice(option: registry.Option, variable: str = "") -> str | None:
        return chosen(option, args.text(option), environ, variable)

    looks: dict[str, Any] = {
        "tb": choice(registry.TRACEBACK, "DAGJOB_TB") or "user",
        "show_output": choice(registry.SHOW_OUTPUT) or "failed",
        "log_level": choice(registry.LOG_LEVEL, "DAGJOB_LOG_LEVEL") or "info",
        "kept": keep,
    }
    grace = seconds(registry.GRACE, args.text(registry.GRACE))
    dry_run = args.on(registry.DRY_RUN)
    asked: dict[str, Any] = {
        "displays": shown_as(session, choice(registry.RUN_FORMAT, "DAGJOB_FORMAT"), dry_run),
        "tags": tags(args.many(registry.TAG)),
        "executor": choice(registry.EXECUTOR, "DAGJOB_EXECUTOR"),
        "jobs": workers(args.text(registry.JOBS), environ.get("DAGJOB_JOBS")),
        "op_timeout": seconds(registry.OP_TIMEOUT, args.text(registry.OP_TIMEOUT)),
        "grace": GRACE if grace is None else grace,
    }
    from dagjob.launch.launch import launch
    from dagjob.launch.request import RunRequest

    return launch(
        RunRequest(
            target=find_target(session, args.text(registry.TARGET)),
            read_config=_reader(session, args),
            hide=lambda error, job, document: hide(error, (job,), document, session.settings.redact),
            display=session.display(sys.stderr, **looks),
            state=session.state if keep else None,
            fail_fast=args.on(registry.FAIL_FAST),
            redact=session.settings.redact,
            dry_run=dry_run,
            **asked,
        )
    )


def shown_as(session: Session, named: str | None, dry_run: bool = False) -> tuple[str, ...]:
    """The displays of a run: the one that was named, `id` for `-q`, the board where a person looks on, else lines.

    `json` is one object on stdout at the end; who waits for it sees the run on stderr meanwhile.
    """
    watched = is_terminal(sys.stderr) and not session.environ.get("CI") and session.environ.get("TERM") != "dumb"
    usual = "board" if watched and not dry_run else "plain"
    if named == "json":
        return ("json",) if session.quiet else ("json", usual)
    if named is not None and named != "auto":
        return (named,)
    return ("id",) if session.quiet else (usual,)


def _reader(session: Session, args: ParsedArguments) -> Callable[[Any], Document]:
    """What reads the config, once the job is loaded: the short paths of `--set` need its graph."""
    options = config_options(args, session.settings.config)

    def read(job: Any) -> Document:
        # Everything that was imported until here stays: collecting it again and again would only cost time.
        gc.freeze()
        gc.enable()
        if not options.given:
            return Document()
        from dagjob.cli.overrides import read_document

        return read_document(job, options, session.folder, session.settings.redact)

    return read
