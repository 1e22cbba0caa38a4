"""What an op raises to fail with more to say, or to be tried again.

Both are plain exceptions of the user, no errors of ours: they know nothing of policies or attempts.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from dagjob.values.checks import check_kind

if TYPE_CHECKING:
    from dagjob.values.metadata import MetadataValue


class Failure(Exception):
    """Fails the op with a description and metadata. `allow_retries=False` overrules its retry policy."""

    def __init__(
        self,
        description: str | None = None,
        metadata: Mapping[str, Any] | None = None,
        allow_retries: bool | None = None,
    ) -> None:
        check_kind(description, (str, type(None)), "Failure: description")
        check_kind(allow_retries, (bool, type(None)), "Failure: allow_retries")
        super().__init__(*(() if description is None else (description,)))
        self.description = description
        self.metadata: dict[str, MetadataValue] = _normalized(metadata)
        self.allow_retries: bool = allow_retries is not False


class RetryRequested(Exception):
    """Asks for another attempt: at most `max_retries` in all, `seconds_to_wait` from now (None: at once).

    Raise it `from` the exception that is the reason, so that the reason is shown.
    """

    def __init__(self, max_retries: int = 1, seconds_to_wait: float | None = None) -> None:
        check_kind(max_retries, int, "RetryRequested: max_retries")
        check_kind(seconds_to_wait, (int, float, type(None)), "RetryRequested: seconds_to_wait")
        super().__init__(max_retries, seconds_to_wait)
        self.max_retries = max_retries
        self.seconds_to_wait = seconds_to_wait

    def __str__(self) -> str:
        wait = f" in {self.seconds_to_wait} s" if self.seconds_to_wait else ""
        return f"the op asks to be tried again{wait}, up to {self.max_retries} time(s)"


def _normalized(metadata: Mapping[str, Any] | None) -> dict[str, MetadataValue]:
    if not metadata:
        return {}
    from dagjob.values.metadata import normalize_metadata

    return normalize_metadata(metadata)
