from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from dagster import AssetExecutionContext, OpExecutionContext  # noqa: F401

dagster = importlib.import_module("dagster")
errors = importlib.import_module("dagster._core.errors")


@dagster.op
def one(context) -> int:
    return 1 if issubclass(errors.DagsterInvalidConfigError, dagster.DagsterError) else 0


@dagster.job
def by_importlib():
    one()
