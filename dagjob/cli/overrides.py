"""Reading the run config of a command line: `-c` files, `--config-json`, `--set-file` and `--set` in one document."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from dagjob.builtin.yaml_files import matching_files, read_config_file
from dagjob.cli.hiding import hide
from dagjob.cli.set_option import SET_STR, parse_config_json, parse_set, parse_set_file, source_of
from dagjob.cli.values import ConfigOptions
from dagjob.config.document import Document, Source
from dagjob.config.secrets import MASK, REDACT
from dagjob.errors import DagjobConfigFileError, DagjobError, DagjobUsageError, Diagnostic

if TYPE_CHECKING:
    from dagjob.definitions.jobs import JobDefinition


def read_document(
    job: JobDefinition,
    options: ConfigOptions,
    root: str = ".",
    redact: Sequence[str] = REDACT,
    others: Sequence[JobDefinition] = (),
    base: Document = Document(),
) -> Document:
    """The document of a command line: the files that pyproject names (from `root`), `-c`, `--config-json`, `--set...`.

    `redact`: the patterns of the environment variables whose values are not shown. `others`: jobs for which the same
    files may be meant; what is secret to them is not shown either. All of it is laid over `base`. Raises with all that
    cannot be read or understood, at once.
    """
    document = base
    wrong: list[DagjobError] = []

    def attempt(read: Callable[[str], Source], text: str) -> None:
        nonlocal document
        try:
            document = document.with_source(read(text))
        except DagjobError as error:
            wrong.append(error)

    patterns = [(os.path.relpath(os.path.join(root, name)), '"config" of pyproject.toml') for name in options.base]
    for pattern, said_by in [*patterns, *((name, "-c") for name in options.files)]:
        found = matching_files(pattern)
        if not found:
            if any(sign in pattern for sign in "*?["):
                wrong.append(DagjobUsageError(f'{said_by}: no file matches "{pattern}"'))
            else:
                from dagjob.builtin.mistyped_file import did_you_mean_file

                hint = did_you_mean_file(pattern)
                wrong.append(DagjobUsageError(f'{said_by}: no such file: "{pattern}"{hint and f".{hint}"}'))
        for file in found:
            attempt(lambda name: Source(read_config_file(name)), file)
    for text in options.json:
        attempt(lambda text: Source(parse_config_json(text)), text)
    for text in options.set_files:
        attempt(lambda text: source_of(parse_set_file(text), job), text)
    for text in options.set_texts:
        attempt(lambda text: source_of(parse_set(text, SET_STR), job), text)
    for text in options.sets:
        attempt(lambda text: source_of(parse_set(text), job), text)
    text = str(document.value)
    if not base.value and (MASK in text or "..." in text):
        from dagjob.config.located import masks, placeholders

        if told := [*masks(document), *placeholders(document)]:
            wrong.append(DagjobConfigFileError(told[0].message, told))
    if wrong:
        raise hide(_as_one(wrong, job, document), (job, *others), document, redact)
    return document


def _as_one(wrong: Sequence[DagjobError], job: JobDefinition, document: Document) -> DagjobError:
    """One error that tells all; of several, that of the worst exit code (2, the command line itself, before 6)."""
    found = [one for error in wrong for one in error.diagnostics]
    first = min(wrong, key=lambda error: error.exit_code)
    try:
        told = {one.place for one in found if one.place is not None}
        return first.with_diagnostics([*found, *(one for one in _mistakes(job, document) if one.place not in told)])
    except DagjobError:  # the job itself is not well formed
        return first.with_diagnostics(found)


def _mistakes(job: JobDefinition, document: Document) -> list[Diagnostic]:
    """What is wrong with what could be read, when not all of it could: what is missing may be in the rest."""
    from dagjob.config.kind import check
    from dagjob.config.located import diagnostics
    from dagjob.plan.schema import given_schema

    schema = given_schema(job)
    problems = [one for one in check(schema, dict(document.value)).problems if not one.is_missing]
    return diagnostics(problems, document, schema, job.name) if problems else []
