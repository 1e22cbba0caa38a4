"""Values that the ops of past runs have stored: `dagjob.load_output`, and what `runs output` prints.

The module of the job is imported only where the value is of a class that is not known yet.
"""

from __future__ import annotations

import os
from collections.abc import Sequence

from dagjob.errors import DagjobError, DagjobRunNotFoundError, DagjobStateError
from dagjob.run_view import OpView, OutputView, RunView
from dagjob.storage.values import find_output, read_value


def load_output(run: str, output: str, *, home: str | None = None) -> object:
    """The value of a stored output: `load_output("latest", "clean_orders")`, `load_output("7c3f9a2d", "split.part[a]")`.

    `run` is an id, its beginning, `latest`, `latest:failed` or `latest:JOB`. The history is that of the project of the
    current folder, as for the command, or the state directory `home`. The value is a pickle: only load what you trust.
    """
    from dagjob.launch.settings import find_project
    from dagjob.storage.history import History
    from dagjob.storage.paths import find_state_dir

    project = find_project(os.getcwd())
    root = project.root if project else None
    state = find_state_dir(home, os.environ, root, project.settings.home if project else None)
    history = History.open(state)
    if history is None:
        raise DagjobRunNotFoundError("no run is recorded yet").noting(f"looked in {state.root}")
    with history:
        view = history.view(history.find(run).id)
    op, found = find_output(view, output)
    folder = root or os.getcwd()
    paths = [os.path.join(folder, path) for path in project.settings.python_path] if project else []
    return value_of(view, op, found, folder, paths)


def value_of(
    view: RunView, op: OpView, found: OutputView, folder: str, python_path: Sequence[str], alias: str = "auto"
) -> object:
    """The value of an output of a run whose job is found from `folder`. Raises `DagjobStateError`."""
    try:
        try:
            return read_value(op, found)
        except (ImportError, AttributeError):
            _import_job(view, folder, python_path, alias)
            return read_value(op, found)
    except DagjobError:
        raise
    except Exception as error:
        raise DagjobStateError(
            f'the value of "{op.key}.{found.label}" cannot be loaded: {type(error).__name__}: {error}'
        ).noting(f"it is a pickle: {found.path}") from None


def _import_job(view: RunView, folder: str, python_path: Sequence[str], alias: str) -> None:
    from dagjob.engine.importing import Target, import_target
    from dagjob.engine.target import split_target

    location, name = split_target(view.run.target if view.run is not None else "")
    if location is not None:
        import_target(Target(location, name, folder, tuple(python_path), alias))


def as_json(value: object) -> str | None:
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


def as_repr(value: object) -> str:
    """Its repr, which is the user's code. Raises `DagjobStateError`."""
    try:
        return repr(value)
    except Exception as error:
        kind = type(value).__qualname__
        raise DagjobStateError(
            f"the repr of the value, of type {kind}, raised {type(error).__name__}: {error}"
        ) from None
