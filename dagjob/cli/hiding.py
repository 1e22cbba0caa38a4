"""Errors about a run config, told without the secrets in it. Asked only when there is an error."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, Any, TypeVar

from dagjob.cli.set_option import COMMAND_LINE
from dagjob.errors import DagjobError, Diagnostic
from dagjob.record import replace

if TYPE_CHECKING:
    from dagjob.config.secret_text import HiddenText
    from dagjob.definitions.jobs import JobDefinition

E = TypeVar("E", bound=DagjobError)


def schema_of(job: JobDefinition) -> Any:
    """The schema of what a run of the job is given."""
    from dagjob.plan.schema import job_schema

    return job_schema(job) if job.config_mapping is None else job.config_mapping.config_schema


def hidden_text(jobs: Sequence[JobDefinition], value: Mapping[str, Any], redact: Sequence[str]) -> HiddenText:
    """What hides the secrets that a config holds for one of these jobs, and those of the environment."""
    from dagjob.config.secret_text import HiddenText, field_names
    from dagjob.config.secrets import Masker, secret_variables, secrets_in
    from dagjob.config.validate import resolve
    from dagjob.plan.resolve import merged_config

    secrets = list(secret_variables(os.environ, redact))
    names: set[str] = set()
    known: set[str] = set()
    for job in jobs:
        with suppress(DagjobError):  # a job that is not well formed is told elsewhere
            schema = schema_of(job)
            secret, others = field_names(schema)
            names |= secret
            known |= others
            if secret:
                secrets += secrets_in(schema, value)
                # Defaults, the job's own config and what stands in the environment: validators speak of them too.
                with suppress(Exception):
                    secrets += secrets_in(schema, resolve(schema, merged_config(job, dict(value)), os.environ).value)
    return HiddenText(Masker(secrets), names, known)


def hide(error: E, hidden: HiddenText) -> E:
    """The same error with all that is shown of it hidden."""
    if not hidden:
        return error
    error.hide = hidden.words
    return error.telling([hidden_in(one, hidden) for one in error.diagnostics])


def hidden_in(told: Diagnostic, hidden: HiddenText) -> Diagnostic:
    """The same diagnostic. Its excerpt is cut from a text that has as many stars as there were characters."""
    place = told.place
    if place is not None and place.file != COMMAND_LINE and place.text is None and place.length:
        try:
            with open(place.file, encoding="utf-8-sig", errors="replace") as file:
                place = replace(place, text=file.read())
        except OSError:
            place = replace(place, length=0)
    if place is not None and place.text is not None and not place.file.endswith(".py"):
        place = replace(place, text=hidden.source(place.text))
    return replace(told.in_words(hidden.words), place=place)
