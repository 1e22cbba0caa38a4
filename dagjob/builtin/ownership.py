"""Whose a path is, and whether it is a file: what is a stranger's steers nothing here, what is no file is not waited for.

Strangers are all users but this one and root. The variable DAGJOB_SAFE_DIRECTORIES names folders in which nobody is one,
as `safe.directory` does for git: paths as in PATH, or `*` for everywhere.
"""

from __future__ import annotations

import os
import stat

SAFE = "DAGJOB_SAFE_DIRECTORIES"

open_file = open
"""The built-in `open`, kept from before any op ran in this process: one may have put something else in its place."""

_KINDS = {
    stat.S_IFDIR: "a folder",
    stat.S_IFIFO: "a named pipe",
    stat.S_IFSOCK: "a socket",
    stat.S_IFCHR: "a device",
    stat.S_IFBLK: "a device",
    stat.S_IFLNK: "a link",
    stat.S_IFREG: "a file",
}


def stranger(path: str, trusted: int | None = None) -> str | None:
    """The stranger whom a path belongs to, or what it links to; None where it is ours, or nothing.

    `trusted` is a user who is no stranger either.
    """
    if os.name == "nt":
        return None
    for look in (os.lstat, os.stat):
        try:
            owner = look(path).st_uid
        except OSError:
            return None
        if owner != trusted and is_strange(owner):
            place = os.path.realpath(path) if look is os.stat else _place_of_link(path)
            if not _is_safe(place):
                return user_name(owner)
    return None


def owner_of(path: str) -> int | None:
    """The user whom a path belongs to; None where there is nothing."""
    try:
        return os.stat(path).st_uid
    except OSError:
        return None


def is_strange(owner: int) -> bool:
    """Whether a user is neither this one nor root."""
    return owner != 0 and os.name != "nt" and owner != os.geteuid()


def user_name(uid: int) -> str:
    """The name of a user; where it has none, its number."""
    import pwd

    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return f"user {uid}"


def kind_of(mode: int) -> str:
    """What a path is, in words."""
    return _KINDS.get(stat.S_IFMT(mode), "no file")


def open_regular(path: str, flags: int = os.O_RDONLY) -> int:
    """A descriptor of a file. What is none, such as a pipe that nobody writes to, is refused at once with OSError.

    Also good as the `opener` of `open`.
    """
    try:
        fd = os.open(path, flags | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_CLOEXEC", 0))
    except OSError as error:
        import errno

        if error.errno == errno.ENXIO:  # a socket, or a pipe to write to that nobody reads
            raise no_file(path, os.stat(path).st_mode) from None
        raise
    mode = os.fstat(fd).st_mode
    if not stat.S_ISREG(mode):
        os.close(fd)
        raise no_file(path, mode)
    return fd


def refuse_stranger(path: str, fd: int) -> None:
    """Raise OSError if an open file belongs to a stranger."""
    owner = os.fstat(fd).st_uid
    if is_strange(owner) and not _is_safe(os.path.realpath(path)):
        import errno

        raise PermissionError(errno.EPERM, f"it belongs to another user, {user_name(owner)}", path)


def no_file(path: str, mode: int) -> OSError:
    """The error for what was to be a file, and is something else."""
    import errno

    return OSError(errno.EINVAL, f"it is {kind_of(mode)}, not a file", path)


def _place_of_link(path: str) -> str:
    folder, name = os.path.split(os.path.abspath(path))
    return os.path.join(os.path.realpath(folder), name)


def _is_safe(place: str) -> bool:
    for folder in os.environ.get(SAFE, "").split(os.pathsep):
        if folder == "*":
            return True
        if folder:
            folder = os.path.realpath(os.path.expanduser(folder))
            if place == folder or place.startswith(folder.rstrip(os.sep) + os.sep):
                return True
    return False
