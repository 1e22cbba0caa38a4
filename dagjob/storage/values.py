"""Stored outputs of past runs: which one a text names, and its value. The default IO manager's files only.

A file of another IO manager has a format of its own: its path is told, and nothing is guessed.
"""

from __future__ import annotations

from collections.abc import Sequence

from dagjob.errors import DagjobInvariantViolationError, DagjobRunNotFoundError, DagjobStateError, did_you_mean
from dagjob.run_view import OpView, OutputView, RunView

MOST_NAMES = 20


def find_output(view: RunView, text: str) -> tuple[OpView, OutputView]:
    """The output that `op`, `op.output` or `op.output[mapping_key]` names. Raises `DagjobRunNotFoundError`."""
    op = view.ops.get(text)
    if op is not None:
        return op, _one(view, op, list(op.outputs), text)
    above, _, wanted = text.rpartition(".")
    op = view.ops.get(above)
    if op is None:
        keys = [each.key for each in view.in_order()]
        unknown = f'run {view.run_id} has no op "{text}".{did_you_mean(text, keys)}'
        raise DagjobRunNotFoundError(unknown).noting(f"ops: {', '.join(keys[:MOST_NAMES])}")
    found = [output for output in op.outputs if wanted in (output.name, output.label)]
    if not found and op.outputs:
        names = [output.label for output in op.outputs]
        unknown = f'op "{above}" of run {view.run_id} has no output "{wanted}".{did_you_mean(wanted, names)}'
        raise DagjobRunNotFoundError(unknown).noting(f"outputs: {', '.join(names[:MOST_NAMES])}")
    return op, _one(view, op, found, text)


def path_of(op: OpView, output: OutputView) -> str:
    """The file that the default IO manager has stored an output in. Raises `DagjobStateError` where there is none."""
    subject = f'"{op.key}.{output.label}"'
    if not output.stored:
        raise DagjobStateError(f"{subject} has no value: nothing was stored")
    if output.path is None:
        told = [f"{key}: {value}" for key, value in output.metadata.items() if isinstance(value, str | int | float)]
        raise DagjobStateError(
            f'{subject} was stored by the IO manager "{output.manager}", whose values only its job can load'
        ).noting(*told)
    return output.path


def read_value(op: OpView, output: OutputView) -> object:
    """The value of a stored output. Raises `DagjobStateError`; what its own classes raise leaves as it is."""
    from dagjob.builtin.fs_io import read_pickle

    path = path_of(op, output)
    try:
        return read_pickle(path)
    except DagjobInvariantViolationError as error:  # others may write it
        raise DagjobStateError(str(error)).noting(*error.notes) from None
    except FileNotFoundError:
        raise DagjobStateError(f'the file of "{op.key}.{output.label}" is gone: {path}').noting(
            "outputs of successful runs go after 200 runs or 60 days, or as  retention  of pyproject.toml says"
        ) from None
    except OSError as error:
        raise DagjobStateError(f'cannot read "{path}": {error.strerror or error}') from None


def _one(view: RunView, op: OpView, found: Sequence[OutputView], text: str) -> OutputView:
    if len(found) == 1:
        return found[0]
    if not found:
        none = f'op "{op.label}" of run {view.run_id} has no outputs: it is {op.status.replace("_", " ")}'
        raise DagjobRunNotFoundError(none)
    names = [f"{op.key}.{output.label}" for output in found]
    raise DagjobRunNotFoundError(f'"{text}" has {len(found)} outputs: name one of them').noting(
        *names[:MOST_NAMES], *([f"and {len(names) - MOST_NAMES} more"] if len(names) > MOST_NAMES else ())
    )
