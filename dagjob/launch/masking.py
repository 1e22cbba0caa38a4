"""Secrets of a run, kept out of all that it leaves behind: its events, and what its ops print into files.

Only a run that knows a secret pays for this. Events are masked before anybody hears them, the store included. A file of
captured output is masked when the attempt that wrote it has ended, byte for byte, so that offsets into it stay; until
then whoever reads its end (a board) reads it through here.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from dagjob.config.secrets import MASK, Masker, holds_secrets, masked, secret_variables
from dagjob.display.options import read_tail
from dagjob.events import (
    Event,
    HookRan,
    RunEnded,
    RunStarted,
    StepFailed,
    StepRetrying,
    StepStarted,
    StepSucceeded,
    Variable,
)
from dagjob.plan.secrets import secrets_of
from dagjob.record import Record

if TYPE_CHECKING:
    from dagjob.definitions.jobs import JobDefinition
    from dagjob.plan.resolve import ResolvedConfig

_FREE_TEXT = frozenset(
    (
        "text", "unit", "error", "message", "description", "metadata", "check_metadata", "asset", "expectation", "failure",
        "config", "resolved", "tags",
    )
)  # fmt: skip
"""The fields of events that hold what people wrote. Names and keys are left alone: a secret may be a word like them."""

_CHUNK = 1 << 20


class Masking:
    """What masks one run. Call it with an event; what comes back has no secret in it."""

    def __init__(self, masker: Masker, schema: Any = None) -> None:
        self._masker = masker
        self._schema = schema
        self._logs: dict[str, str] = {}
        self._cleaned: dict[str, int] = {}
        """The sizes of the files that were masked. Hooks and loggers may still write to one when its attempt has ended."""

    def anew(self) -> Masking:
        """The same for another run."""
        return Masking(self._masker, self._schema)

    def __call__(self, event: Event) -> Event:
        """The event, masked."""
        if isinstance(event, StepStarted) and event.log is not None:
            self._logs[event.step] = event.log
        elif isinstance(event, StepSucceeded | StepFailed | StepRetrying | HookRan):
            self._clean(self._logs.get(event.step))
        elif isinstance(event, RunEnded):
            for path in {*self._logs.values(), *self._cleaned}:  # that of an op that was cut off, too
                self._clean(path)
        elif isinstance(event, RunStarted) and self._schema is not None:
            config, resolved = (masked(self._schema, dict(each)) for each in (event.config, event.resolved))
            event = _changed(event, {"config": config, "resolved": resolved})
        fields = {name: getattr(event, name) for name in event.__match_args__ if name in _FREE_TEXT}
        masked_event: Event = _changed(event, {name: self._value(value) for name, value in fields.items()})
        return masked_event

    def text(self, text: str) -> str:
        """A text without secrets."""
        return self._masker.text(text)

    def read_tail(self, path: str, most: int) -> tuple[int, bytes]:
        """The masked end of a file; a secret that begins before it is masked too."""
        start, raw = read_tail(path, most + self._masker.longest)
        extra = max(0, len(raw) - most)
        return start + extra, self._masker.bytes(raw)[extra:]

    def _value(self, value: Any) -> Any:
        if isinstance(value, str):
            return self._masker.text(value)
        if isinstance(value, int | float) and not isinstance(value, bool):
            return MASK if self._masker.is_secret(str(value)) else value
        if isinstance(value, Variable):  # Long values were cut, perhaps in the middle of a secret.
            return _changed(value, {"text": self._masker.cut_text(value.text)})
        if isinstance(value, Record):
            return _changed(value, {name: self._value(getattr(value, name)) for name in value.__match_args__})
        if isinstance(value, Mapping):
            return {key: self._value(item) for key, item in value.items()}
        if isinstance(value, list | tuple):
            return type(value)(self._value(item) for item in value) if type(value) in (list, tuple) else value
        return value

    def _clean(self, path: str | None) -> None:
        """Mask a file that nobody writes any more. A file that cannot be read or written stays: this is no op's fault."""
        if path is None:
            return
        with suppress(OSError), open(path, "r+b") as file:
            size = file.seek(0, os.SEEK_END)
            if size == self._cleaned.get(path):
                return
            self._cleaned[path] = size
            file.seek(0)
            kept = b""
            while chunk := file.read(_CHUNK):
                whole = kept + chunk
                clean = self._masker.bytes(whole)
                if clean != whole:
                    at = file.tell()
                    file.seek(at - len(whole))
                    file.write(clean)
                    file.seek(at)
                kept = clean[-self._masker.longest :]


def _changed(record: Any, changes: Mapping[str, Any]) -> Any:
    """The record with other values, past its constructor: a value that was checked once stays what it is."""
    if all(getattr(record, name) is value for name, value in changes.items()):
        return record
    made = object.__new__(type(record))
    for name in record.__match_args__:
        object.__setattr__(made, name, changes.get(name, getattr(record, name)))
    return made


def masking_of(job: JobDefinition, resolved: ResolvedConfig, redact: Iterable[str]) -> Masking | None:
    """What masks a run of this job with this config; None when it knows no secret."""
    secrets = secrets_of(job, resolved)
    read = secrets.read if secrets else ()
    masker = Masker([*secret_variables(os.environ, redact, read), *(secrets.texts if secrets else ())])
    schema = secrets.schema if secrets and holds_secrets(secrets.schema) else None
    return Masking(masker, schema) if masker or schema else None
