"""Kinds by name. The tables hold names, not classes, so that a kind costs nothing until it is chosen."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from typing import Any

DISPLAYS: Mapping[str, str] = {
    "board": "dagjob.display.board:make",
    "plain": "dagjob.display.plain:make",
    "jsonl": "dagjob.display.jsonl:make",
    "json": "dagjob.display.json_summary:make",
    "id": "dagjob.display.run_id:make",
}

EXECUTORS: Mapping[str, str] = {
    "in_process": "dagjob.definitions.executors:in_process_executor",
    "multiprocess": "dagjob.definitions.executors:multiprocess_executor",
}
"""The executors that `-e` takes, by name."""


def load(name: str) -> Any:
    """What `module:name` names."""
    module, _, attribute = name.partition(":")
    return getattr(import_module(module), attribute)
