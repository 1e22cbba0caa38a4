"""A debugger for ops: it talks to the terminal itself, because a worker's stdin, stdout and stderr lead elsewhere."""

from __future__ import annotations

import pdb


class TerminalPdb(pdb.Pdb):
    """`pdb` on `/dev/tty`. Where there is no terminal it says so instead of waiting for ever."""

    def __init__(self) -> None:
        try:
            terminal_in, terminal_out = open("/dev/tty"), open("/dev/tty", "w")  # noqa: SIM115  kept while it debugs
        except OSError as error:
            raise RuntimeError("context.pdb needs a terminal: run the job in one, with -e in_process") from error
        super().__init__(stdin=terminal_in, stdout=terminal_out, nosigint=True)
