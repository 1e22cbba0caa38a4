"""Folders and files for their owner alone, whatever the umask; and who else may change a file that is there."""

from __future__ import annotations

import os
import stat

from dagjob.builtin.ownership import is_strange, no_file, refuse_stranger

_OTHERS_WRITE = stat.S_IWGRP | stat.S_IWOTH
_OTHERS = stat.S_IRWXG | stat.S_IRWXO


def make_private_folder(path: str) -> None:
    """Make a folder 0700, with those above it that are missing. One that exists stays as it is."""
    _make_folder(path, 0o700)


def _make_folder(path: str, mode: int) -> None:
    if not _made_folder(path, mode):
        _make_folder(os.path.dirname(path), mode)
        _made_folder(path, mode)


def _made_folder(path: str, mode: int) -> bool:
    """Whether the folder is there now; False where what is above it is missing."""
    try:
        os.mkdir(path, mode)
    except FileExistsError:
        return True
    except FileNotFoundError:
        above = os.path.dirname(path)
        if above == path or not above:
            raise
        if not os.path.isdir(above):
            return False
        try:  # Another process has just made what is above; one that takes no folder, as in /proc, says so again.
            os.mkdir(path, mode)
        except FileExistsError:
            return True
    if mode == 0o700:
        os.chmod(path, mode)  # The umask of an op may have taken rights from the owner as well.
    return True


def open_private(path: str, flags: int) -> int:
    """A descriptor of a file, made 0600 where it is missing; its folder too. Also good as the `opener` of `open`.

    A link, a pipe or another user's file in its place is refused with OSError.
    """
    flags |= getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)
    try:
        fd = _open_private(path, flags)
    except FileNotFoundError:
        make_private_folder(os.path.dirname(path))
        fd = _open_private(path, flags)
    found = os.fstat(fd)
    try:
        if not stat.S_ISREG(found.st_mode):
            raise no_file(path, found.st_mode)
        if is_strange(found.st_uid):
            refuse_stranger(path, fd)
        if os.name != "nt" and stat.S_IMODE(found.st_mode) & 0o600 != 0o600:
            os.fchmod(fd, 0o600)
    except OSError:
        os.close(fd)
        raise
    return fd


def create_private(path: str) -> int:
    """A descriptor to write to a new file, 0600; its folder is made too. What has that name is removed."""
    return _create(path, 0o600)


def create_in_new_folder(path: str, folder: str, *, private: bool) -> int:
    """The same for a file whose folder most probably is not there yet, in as few calls of the system as can be.

    What is not `private` others may read, as the umask says, and only its owner may write.
    """
    mode, folder_mode = (0o600, 0o700) if private else (0o644, 0o755)
    made, fd = False, -1
    try:
        os.mkdir(folder, folder_mode)
        made = True
        fd = os.open(path, _NEW, mode)
    except OSError:
        pass
    if fd < 0:
        if made:  # The umask of an op leaves us no right to enter it.
            os.chmod(folder, folder_mode)
        return _create(path, mode)
    if private and os.name != "nt" and os.fstat(fd).st_mode & 0o600 != 0o600:
        os.chmod(folder, 0o700)
        os.fchmod(fd, mode)
    return fd


def _create(path: str, mode: int) -> int:
    try:
        fd = os.open(path, _NEW, mode)
    except FileExistsError:
        os.unlink(path)
        fd = os.open(path, _NEW, mode)
    except FileNotFoundError:
        fd = -1
    if fd < 0:  # Not in the handler: what goes wrong now is told by itself.
        _make_folder(os.path.dirname(path), 0o700 if mode == 0o600 else 0o755)
        fd = os.open(path, _NEW, mode)
    if mode == 0o600 and os.name != "nt" and os.fstat(fd).st_mode & 0o600 != 0o600:
        os.fchmod(fd, 0o600)  # The umask of an op may have taken rights from the owner as well.
    return fd


_NEW = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_BINARY", 0)


def _open_private(path: str, flags: int) -> int:
    try:
        return os.open(path, flags, 0o600)
    except FileNotFoundError:
        raise
    except OSError as error:
        import errno

        if error.errno in (errno.ELOOP, errno.ENXIO):
            raise no_file(path, os.lstat(path).st_mode) from None
        raise


def others_may_enter(path: str) -> bool:
    """Whether a folder is open to anybody but its owner."""
    return os.name != "nt" and bool(os.stat(path).st_mode & _OTHERS)


def others_write(mode: int) -> bool:
    """Whether a file of this mode may be changed by anybody but its owner."""
    return os.name != "nt" and bool(mode & _OTHERS_WRITE)
