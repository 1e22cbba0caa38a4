"""Step keys and outputs as names of files that are their own on every file system."""

from __future__ import annotations

LONGEST_NAME = 200
"""Bytes of a name before it is cut: file systems allow 255, and an attempt or a suffix comes on top."""

DRAFT_BEGIN, DRAFT_END = ".", ".tmp"
"""How the name of a half-written file begins and ends: no op's begins so."""


def file_name(step_key: str, *, keep_case: bool = False) -> str:
    """A step key as a file name.

    A key of lower case letters that is short enough stays as it is. One with capitals gets `~` and a checksum: `Load`
    and `load` are two steps, but one file on macOS and Windows (`keep_case` leaves it alone, where the layout is the
    user's). One that is too long is cut, and gets a longer checksum: mapped copies may agree in hundreds of characters.
    """
    if len(step_key) <= LONGEST_NAME and step_key.isascii() and (keep_case or step_key == step_key.lower()):
        return step_key
    encoded = step_key.encode("utf-8", "surrogatepass")
    if len(encoded) > LONGEST_NAME:
        from hashlib import blake2b

        kept = encoded[: LONGEST_NAME - 17].decode("utf-8", "ignore")
        return f"{kept}~{blake2b(encoded, digest_size=8).hexdigest()}"
    if step_key != step_key.lower() and not keep_case:
        from zlib import crc32

        return f"{step_key}~{crc32(encoded):08x}"
    return step_key
