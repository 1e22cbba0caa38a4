"""Frames: how processes of one run talk over pipes. A kind, a length, that many bytes; nothing about their meaning.

Pipes and not sockets: `socket` costs an import and a send on a pipe is cheaper. A frame may be larger than what a pipe
holds: the reader gathers the pieces, the writer waits for room. Only operating system calls and bytes live here.
"""

from __future__ import annotations

from os import read, write  # Kept, whatever an op makes of `os`.

HEAD = 5
"""Bytes before the payload: one for the kind, four for the length (little endian)."""
CHUNK = 65536
"""What one read asks for: all that a pipe of the usual size holds, so a chatty worker gets one turn like the others."""

# From a worker to the main process.
HELLO = 1
"""The worker exists: its process id, in decimal."""
EVENT = 2
"""One event, pickled."""
DONE = 3
"""How the attempt ended: a `StepDone`, pickled."""
END = 4
"""Nothing more will come of this order: hooks are through. The process leaves, unless it says `STAYS`."""
STAYS = b"stays"

# From the main process to the template.
START = 5
SIGNAL = 6
RELEASE = 11
"""Workers that stayed get no more orders."""
BEGIN = 10
"""What a fresh interpreter is to be: the first frame that it reads."""

# From the template to the main process.
EXITED = 7
REFUSED = 8
"""The worker could not be started: slot, order, why."""
BROKEN = 9
"""The template itself could not get ready: why, as text."""

# From an op server (`executors/served.py`), which sends events and outcomes too.
PRINTED = 12
"""What the op of an order has printed."""


def frame(kind: int, payload: bytes) -> bytes:
    """One frame, ready to be written."""
    return b"%c%b%b" % (kind, len(payload).to_bytes(4, "little"), payload)


def write_all(fd: int, data: bytes) -> None:
    """Write everything to a blocking descriptor, however little room there is at a time."""
    written = write(fd, data)
    while written < len(data):
        written += write(fd, memoryview(data)[written : written + CHUNK])


def read_first(fd: int) -> bytes | None:
    """The payload of the first frame, waiting for it; not one byte more is read. None when the pipe ends before."""
    head = _exactly(fd, HEAD)
    return None if head is None else _exactly(fd, int.from_bytes(head[1:], "little"))


def _exactly(fd: int, count: int) -> bytes | None:
    data = b""
    while len(data) < count:
        more = read(fd, min(CHUNK, count - len(data)))
        if not more:
            return None
        data += more
    return data


class Inbox:
    """Gathers what was read from one pipe and gives back the frames that are complete."""

    __slots__ = ("_rest",)

    def __init__(self) -> None:
        self._rest = bytearray()

    def feed(self, data: bytes) -> list[tuple[int, bytes]]:
        """Add what was read; the frames that are whole now, in order. Raises ValueError on what is no frame."""
        rest = self._rest
        if rest:
            rest += data
            if len(rest) < HEAD or len(rest) < HEAD + int.from_bytes(rest[1:HEAD], "little"):
                return []
            data = bytes(rest)
            rest.clear()
        found = []
        at, size = 0, len(data)
        while size - at >= HEAD:
            kind, length = data[at], int.from_bytes(data[at + 1 : at + HEAD], "little")
            if not HELLO <= kind <= PRINTED:
                raise ValueError(f"no frame begins with {kind}")
            end = at + HEAD + length
            if end > size:
                break
            found.append((kind, data[at + HEAD : end]))
            at = end
        if at < size:
            rest += data[at:]
        return found
