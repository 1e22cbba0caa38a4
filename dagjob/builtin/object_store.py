"""Values on object stores and other file systems that fsspec knows, for IO managers whose base directory is a URL.

Credentials and endpoints are those that fsspec and the library behind it find in the environment. What is stored appears
as a whole: it is pickled into a temporary file first, and then uploaded.
"""

from __future__ import annotations

import os
import pickle
from typing import Any

from dagjob.errors import DagjobInvariantViolationError

_ATOMIC = frozenset({"s3", "s3a", "gs", "gcs", "abfs", "abfss", "az", "adl", "oss", "oci", "memory"})
"""Where an upload that breaks off leaves nothing; elsewhere it is renamed at its end."""


def upload(local: str, url: str) -> None:
    """Store the content of a local file."""
    store, path = _open(url)
    if url.partition("://")[0] in _ATOMIC:  # Folders are nothing there, and a bucket is not made for a misspelt name.
        store.put_file(local, path)
        return
    folder = path.rpartition("/")[0]
    if folder:
        store.makedirs(folder, exist_ok=True)
    draft = f"{folder}/.{path.rpartition('/')[2]}.{os.getpid()}.tmp"
    try:
        store.put_file(local, draft)
        store.mv(draft, path)
    except BaseException:
        if store.exists(draft):
            store.rm_file(draft)
        raise


def read(url: str) -> object:
    """The object whose pickle lies there."""
    store, path = _open(url)
    with store.open(path, "rb") as file:
        return pickle.load(file)


def _open(url: str) -> tuple[Any, str]:
    """The file system of a URL, and the path on it."""
    try:
        from fsspec.core import url_to_fs  # type: ignore[import-untyped, unused-ignore]
    except ModuleNotFoundError:
        raise _missing(f'"{url}" needs fsspec, which is not installed').noting("pip install 'dagjob[cloud]'") from None
    try:
        found: tuple[Any, str] = url_to_fs(url)
    except (ImportError, ValueError) as error:  # the library for the store is missing; a protocol that nobody knows
        kind = _missing if isinstance(error, ImportError) else DagjobInvariantViolationError
        raise kind(f'"{url}" cannot be opened: {error}').noting(
            "pip install 'dagjob[cloud]' has what S3 needs; other stores have packages of their own, such as gcsfs and adlfs"
        ) from error
    return found


def _missing(message: str) -> DagjobInvariantViolationError:
    """The error for a package that is not installed."""
    error = DagjobInvariantViolationError(message)
    error.code = "DJ601"
    return error
