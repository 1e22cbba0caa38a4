"""A file whose disk may be full for a moment: what it did not take is kept, and written before what comes next."""

from __future__ import annotations

import errno
from io import FileIO
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer

FULL = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})
"""What the system says where there is no more room."""


class PatientFile(FileIO):
    """Takes all that is written, because a full disk is no reason for an op to fail. `settle` tries the rest again.

    Up to `most` bytes are kept. What comes beyond is left out, and the file says how much when it can; with `strict`, the
    system's error is raised instead.
    """

    most = 1 << 20
    strict = False
    _rest = b""
    _left_out = 0

    def write(self, data: ReadableBuffer, /) -> int:
        """Write it, or keep it."""
        data = bytes(data)
        problem = self.settle() if self._rest or self._left_out else None
        if problem is None:
            self._rest = data
            self.settle()
        elif not self._left_out and len(self._rest) + len(data) <= self.most:
            self._rest += data
        elif self.strict:
            raise problem
        else:
            self._left_out += len(data)
        return len(data)

    def settle(self, last: bool = False) -> OSError | None:
        """Write what was kept; what keeps it from being written. The `last` time, what cannot be written is lost."""
        if not self._rest and not self._left_out:
            return None
        try:
            self._push()
            if self._left_out:
                self._rest = b"\n[%d bytes are missing here: the disk was full]\n" % self._left_out
                self._left_out = 0
                self._push()
        except OSError as error:
            if error.errno not in FULL:
                raise
            if last:
                self._rest, self._left_out = b"", 0
            return error
        return None

    def _push(self) -> None:
        while self._rest:
            self._rest = self._rest[super().write(self._rest) or 0 :]
