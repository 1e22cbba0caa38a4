"""`dagjob graph TARGET`: the picture of a job, or of a run of it. Nothing is planned or run."""

from __future__ import annotations

import os
import sys

from dagjob.cli import registry
from dagjob.cli.arguments import ParsedArguments
from dagjob.cli.output import put, warn
from dagjob.cli.session import Session, open_session
from dagjob.cli.targets import find_target
from dagjob.cli.values import chosen, clauses
from dagjob.definitions.selection import select_ops, select_steps
from dagjob.engine.target import load_job
from dagjob.errors import DagjobInvalidSubsetError, DagjobUsageError, ExitCode
from dagjob.launch.registries import PICTURES, load
from dagjob.pictures.drawing import Drawing, Look, of_job, of_run

_SUFFIXES = {
    ".mmd": "mermaid", ".mermaid": "mermaid", ".dot": "dot", ".gv": "dot", ".svg": "svg", ".html": "html", ".htm": "html",
    ".json": "json",
}  # fmt: skip


def graph(args: ParsedArguments) -> int:
    """Draw it, on stdout or into a file."""
    session = open_session(args)
    output = args.text(registry.OUTPUT)
    named = chosen(registry.FORMAT_GRAPH, args.text(registry.FORMAT_GRAPH)) or _by_suffix(output)
    direction = chosen(registry.DIRECTION, args.text(registry.DIRECTION))
    drawing = _of_run(session, args) if args.text(registry.OF_RUN) else _of_job(session, args)
    look = Look("TB" if direction == "tb" else "LR", session.display(sys.stdout).utf8 or output is not None)
    put([load(PICTURES[named])(drawing, look)], output, overwrite=True)
    if output not in (None, "-"):
        warn(f"wrote {output}")
    return ExitCode.OK


def _by_suffix(output: str | None) -> str:
    return _SUFFIXES.get(os.path.splitext(output or "")[1].lower(), "ascii")


def _of_job(session: Session, args: ParsedArguments) -> Drawing:
    if args.on(registry.EXPAND):
        raise DagjobUsageError("--expand shows the mapped copies of a run: name it with --run RUN")
    job = load_job(find_target(session, args.text(registry.TARGET))).job
    selected, excluded = clauses(args.many(registry.SELECT)), clauses(args.many(registry.EXCLUDE))
    selection = select_ops(job.name, job.graph, selected, excluded) if selected or excluded else None
    return of_job(job, _depth(args), selection.paths if selection is not None else None)


def _of_run(session: Session, args: ParsedArguments) -> Drawing:
    """From the history alone: the module need not be there any more."""
    from dagjob.cli.runs import history_of

    with history_of(session) as history:
        row = history.find(args.text(registry.OF_RUN) or "")
        view = history.view(row.id)
    target = args.text(registry.TARGET)
    if target is not None and target not in (row.job, row.target):
        job = load_job(find_target(session, target)).job.name
        if job != row.job:
            raise DagjobUsageError(f'run "{row.id[:8]}" is one of the job "{row.job}", not of "{job}"')
    above = {op.key: op.upstream for op in view.in_order()}
    keys = None
    if selected := clauses(args.many(registry.SELECT)):
        keys = select_steps(above, selected)
    if excluded := clauses(args.many(registry.EXCLUDE)):
        keys = (keys if keys is not None else frozenset(above)) - select_steps(above, excluded)
        if not keys:
            raise DagjobInvalidSubsetError("nothing is left to draw: --exclude leaves no op")
    return of_run(view, expand=args.on(registry.EXPAND), keys=keys, depth=_depth(args))


def _depth(args: ParsedArguments) -> int | None:
    text = args.text(registry.DEPTH)
    if text is None:
        return None
    if not text.isdecimal():
        raise DagjobUsageError(f'--depth takes a number from 0 on, not "{text}"')
    return int(text)
