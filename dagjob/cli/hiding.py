"""Errors about a run config, shown without the secrets in it. Asked only when there is an error."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, TypeVar

from dagjob.config.document import COMMAND_LINE, Document
from dagjob.errors import DagjobError, Diagnostic
from dagjob.record import replace

if TYPE_CHECKING:
    from dagjob.config.secret_text import HiddenText
    from dagjob.config.secrets import Read
    from dagjob.definitions.jobs import JobDefinition
    from dagjob.plan.secrets import Secrets

E = TypeVar("E", bound=DagjobError)


def hide(error: E, jobs: Sequence[JobDefinition], document: Document, redact: Sequence[str]) -> E:
    """The same error without the secrets of the environment, and those that the document holds for one of these jobs.

    The first job is the one that the error is about. Where it was its config that did not fit, the error knows the secrets.
    """
    from dagjob.plan.secrets import known_secrets

    of_error = known_secrets(error)
    known = [of_error] if of_error is not None else []
    hidden = _hidden_text([*known, *_secrets_of(jobs[len(known) :], document)], redact)
    if not hidden:
        return error
    error.mask = hidden.words
    return error.with_diagnostics([_without_secrets(one, hidden) for one in error.diagnostics])


def hidden_in(
    diagnostics: Sequence[Diagnostic], jobs: Sequence[JobDefinition], document: Document, redact: Sequence[str]
) -> Sequence[Diagnostic]:
    """The same diagnostics without secrets."""
    hidden = _hidden_text(_secrets_of(jobs, document), redact) if diagnostics else None
    return [_without_secrets(one, hidden) for one in diagnostics] if hidden else diagnostics


def _hidden_text(secrets: Iterable[Secrets], redact: Sequence[str]) -> HiddenText:
    from dagjob.config.secret_text import HiddenText, field_names
    from dagjob.config.secrets import Masker, secret_variables

    texts: list[str] = []
    read: list[Read] = []
    names: set[str] = set()
    known: set[str] = set()
    for each in secrets:
        secret, others = field_names(each.schema)
        names |= secret
        known |= others
        texts += each.texts
        read += each.read
    texts += secret_variables(os.environ, redact, read)
    return HiddenText(Masker(texts), names, known)


def _secrets_of(jobs: Sequence[JobDefinition], document: Document) -> Iterator[Secrets]:
    """What the document holds for each of the jobs, its defaults and the environment: validators speak of them too."""
    from dagjob.plan.resolve import resolve
    from dagjob.plan.secrets import known_secrets, secrets_of

    for job in jobs:
        try:
            found = secrets_of(job, resolve(job, document))
        except DagjobError as error:  # which is shown elsewhere
            found = known_secrets(error)
        if found is not None:
            yield found


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
    return replace(one.reworded(hidden.words), place=place)
