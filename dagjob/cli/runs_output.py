"""`dagjob runs output RUN OP[.OUT]`: a stored value on stdout, as JSON where it is such a value, else its repr.

The module of the job is imported only where the value is of a class of its own.
"""

import sys

from dagjob.builtin.ownership import open_regular
from dagjob.cli import registry, registry_runs
from dagjob.cli.arguments import ParsedArguments
from dagjob.cli.runs import history_of, latest_or
from dagjob.cli.session import Session, open_session
from dagjob.errors import DagjobError, DagjobStateError, DagjobUsageError, ExitCode
from dagjob.run_view import OpView, OutputView, RunView
from dagjob.storage.values import find_output, path_of, read_value


def output(args: ParsedArguments) -> int:
    """Print a stored value."""
    from dagjob.display.output import write_block, write_json

    session = open_session(args)
    named = args.text(registry_runs.OP_OUTPUT)
    if named is None:
        raise DagjobUsageError("OP is missing: write  dagjob runs output RUN OP  or  RUN OP.OUTPUT, RUN may be latest")
    with history_of(session) as history:
        view = history.view(history.find(latest_or(args.text(registry.RUN))).id)
    op, found = find_output(view, named)
    target = args.text(registry.OUTPUT)
    if target not in (None, "-"):
        _copy(path_of(op, found), target or "", args.on(registry.YES))
        return ExitCode.OK
    value = _value(session, view, op, found)
    text = _json(value)
    if text is not None:
        write_json(sys.stdout, text)
    else:
        write_block(sys.stdout, _repr(value))
    return ExitCode.OK


def _value(session: Session, view: RunView, op: OpView, found: OutputView) -> object:
    """The value; where its class is not known yet, after an import of the job's module."""
    try:
        try:
            return read_value(op, found)
        except (ImportError, AttributeError):
            _import_job(session, view)
            return read_value(op, found)
    except DagjobError:
        raise
    except Exception as error:
        raise DagjobStateError(
            f'the value of "{op.key}.{found.label}" cannot be loaded: {type(error).__name__}: {error}'
        ).noting(f"it is a pickle: {found.path}") from None


def _import_job(session: Session, view: RunView) -> None:
    from dagjob.engine.importing import Target, import_target
    from dagjob.engine.target import split_target

    location, name = split_target(view.run.target if view.run is not None else "")
    if location is not None:
        import_target(Target(location, name, session.folder, session.python_path))


def _json(value: object) -> str | None:
    """The value as JSON, where it is such a value."""
    import json

    try:
        text = json.dumps(value, allow_nan=False, ensure_ascii=False)
        text.encode()
    except UnicodeEncodeError:  # half a surrogate pair: JSON has an escape for it
        return json.dumps(value)
    except (TypeError, ValueError, RecursionError):
        return None
    return text


def _repr(value: object) -> str:
    try:
        return repr(value)
    except Exception as error:
        kind = type(value).__qualname__
        raise DagjobStateError(
            f"the repr of the value, of type {kind}, raised {type(error).__name__}: {error}"
        ) from None


def _copy(path: str, target: str, overwrite: bool) -> None:
    """The stored file, as it is."""
    from shutil import copyfileobj

    try:
        with open(path, "rb", opener=open_regular) as stored, open(target, "wb" if overwrite else "xb") as copy:
            copyfileobj(stored, copy)
    except FileExistsError:
        raise DagjobUsageError(f'"{target}" already exists; overwrite it with --yes') from None
    except OSError as error:
        raise DagjobUsageError(f'cannot copy "{error.filename}": {error.strerror}') from None
