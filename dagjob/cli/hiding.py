"""Errors about a run config, shown without the secrets in it. Asked only when there is an error."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, TypeVar

from dagjob.config.document import COMMAND_LINE, Document
from dagjob.errors import DagjobError, Diagnostic
from dagjob.record import replace

if TYPE_CHECKING:
    from dagjob.config.secret_text import HiddenText
    from dagjob.definitions.jobs import JobDefinition

E = TypeVar("E", bound=DagjobError)


def hide(error: E, jobs: Sequence[JobDefinition], document: Document, redact: Sequence[str]) -> E:
    """The same error, with the secrets hidden that the document holds for one of these jobs, and the environment."""
    hidden = _hidden_text(jobs, document, redact)
    if not hidden:
        return error
    error.hide = hidden.words
    return error.telling([_without_secrets(one, hidden) for one in error.diagnostics])


def hidden_in(
    diagnostics: Iterable[Diagnostic], jobs: Sequence[JobDefinition], document: Document, redact: Sequence[str]
) -> list[Diagnostic]:
    """The same diagnostics without secrets."""
    found = list(diagnostics)
    hidden = _hidden_text(jobs, document, redact) if found else None
    return [_without_secrets(one, hidden) for one in found] if hidden else found


def _hidden_text(jobs: Sequence[JobDefinition], document: Document, redact: Sequence[str]) -> HiddenText:
    from dagjob.config.secret_text import HiddenText, field_names
    from dagjob.config.secrets import Masker, secret_variables, secrets_in
    from dagjob.config.validate import resolve
    from dagjob.plan.resolve import merged_config
    from dagjob.plan.schema import given_schema

    value = dict(document.value)
    secrets = list(secret_variables(os.environ, redact))
    names: set[str] = set()
    known: set[str] = set()
    for job in jobs:
        with suppress(DagjobError):  # a job that is not well formed is told elsewhere
            schema = given_schema(job)
            secret, others = field_names(schema)
            names |= secret
            known |= others
            if secret:
                secrets += secrets_in(schema, value)
                # Defaults, the job's own config and what stands in the environment: validators speak of them too.
                with suppress(Exception):
                    secrets += secrets_in(schema, resolve(schema, merged_config(job, value), os.environ).value)
    return HiddenText(Masker(secrets), names, known)


def _without_secrets(one: Diagnostic, hidden: HiddenText) -> Diagnostic:
    """The same diagnostic. Its excerpt is cut from a text that has as many stars as there were characters."""
    place = one.place
    if place is not None and place.file != COMMAND_LINE and place.text is None and place.length:
        try:
            with open(place.file, encoding="utf-8-sig", errors="replace") as file:
                place = replace(place, text=file.read())
        except OSError:
            place = replace(place, length=0)
    if place is not None and place.text is not None and not place.file.endswith(".py"):
        place = replace(place, text=hidden.source(place.text))
    return replace(one.in_words(hidden.words), place=place)
