"""`dagjob runs output RUN OP[.OUT]`: a stored value on stdout, as JSON where it is such a value, else its repr."""

import sys

from dagjob.builtin.ownership import open_regular
from dagjob.cli import registry, registry_runs
from dagjob.cli.arguments import ParsedArguments
from dagjob.cli.output import say_json
from dagjob.cli.runs import history_of, latest_or
from dagjob.cli.session import open_session
from dagjob.cli.values import chosen
from dagjob.errors import DagjobUsageError, ExitCode
from dagjob.run_view import OpView, OutputView, RunView
from dagjob.storage.values import find_output, path_of


def output(args: ParsedArguments) -> int:
    """Print a stored value."""
    from dagjob.display.output import write_block, write_json

    session = open_session(args)
    wanted = chosen(registry_runs.FORMAT_VALUE, args.text(registry_runs.FORMAT_VALUE)) == "json"
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
    from dagjob.launch.stored_outputs import as_json, as_repr, value_of

    value = value_of(view, op, found, session.folder, session.python_path, session.alias)
    text = as_json(value)
    if wanted:
        say_json(_document(view, op, found, value, text))
    elif text is not None:
        write_json(sys.stdout, text)
    else:
        write_block(sys.stdout, as_repr(value))
    return ExitCode.OK


def _document(view: RunView, op: OpView, found: OutputView, value: object, text: str | None) -> dict[str, object]:
    """The value with what it is: where JSON has no such value, `value` is null and `repr` its text."""
    from dagjob.launch.stored_outputs import as_repr

    return {
        "run": view.run.run_id if view.run is not None else None,
        "op": op.key,
        "output": found.name,
        "mapping_key": found.mapping_key,
        "type": found.type,
        "class": f"{type(value).__module__}.{type(value).__qualname__}",
        "path": found.path,
        "bytes": found.bytes,
        "value": value if text is not None else None,
        "repr": None if text is not None else as_repr(value),
    }


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
