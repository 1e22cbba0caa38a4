"""`--print-output OP[.OUT]`: a value that the run has stored, on stdout when the run has ended."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from dagjob.display.output import write_block, write_json, write_lines
from dagjob.engine.ports import Sink
from dagjob.errors import DagjobError, DagjobInvalidSubsetError, did_you_mean
from dagjob.launch.stored_outputs import as_json, as_repr, value_of
from dagjob.run_view import BAD, TEMPLATE, RunView
from dagjob.storage.values import find_output

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dagjob.display.options import DisplayOptions
    from dagjob.events import Event

MOST_NAMED = 20


def make(options: DisplayOptions, name: str) -> PrintedOutput:
    """Prints the output that the name stands for."""
    return PrintedOutput(options, name)


def check(names: Sequence[str], keys: Sequence[str], job: str) -> None:
    """Raises `DagjobInvalidSubsetError` for the name of an op that the run does not have. Its outputs are known later."""
    heads = {key.removesuffix(TEMPLATE) for key in keys if key.endswith(TEMPLATE)}
    for name in names:
        above = name.rpartition(".")[0]
        if {name, above} & {*keys} or {name.partition("[")[0], above.partition("[")[0]} & heads:
            continue
        hint = did_you_mean(name, keys)
        raise DagjobInvalidSubsetError(f'--print-output: the run of job "{job}" has no op "{name}".{hint}').noting(
            f"ops: {', '.join(keys[:MOST_NAMED])}"
        )


class PrintedOutput(Sink):
    """Takes events in, and prints one value when it is closed."""

    answer = "stdout"

    def __init__(self, options: DisplayOptions, name: str) -> None:
        self._options = options
        self._name = name
        self._view = RunView()

    def __call__(self, event: Event) -> None:
        """Take in one event."""
        self._view(event)

    def close(self) -> None:
        """Print it: JSON where it is such a value, else its repr. Where its op has failed there is nothing to print."""
        view, options = self._view, self._options
        if view.ended is None:
            return
        try:
            op, output = find_output(view, self._name)
            if op.status in BAD:
                return
            value = value_of(view, op, output, options.root or os.getcwd(), options.python_paths)
            text = as_json(value)
            if text is None:
                write_block(options.stdout, as_repr(value))
            else:
                write_json(options.stdout, text)
        except DagjobError as error:
            if view.status != "success":  # That is told already, and why there is no value.
                return
            lines = [f"error[{error.code}]: --print-output: {error}", *(f"   = {note}" for note in error.notes)]
            write_lines(options.stderr, lines)
            raise OSError("there is no such value") from None
