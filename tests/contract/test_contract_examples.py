"""The examples of the contract, each a file that is run as it stands, beside the lines that it prints.

Where dagjob means to answer something else than Dagster 1.13.29 did, the `.out` file has our answer, and `OURS` says why.
"""

from __future__ import annotations

import logging
import runpy
import sys
import warnings
from collections.abc import Iterator
from pathlib import Path

import pytest

EXAMPLES = sorted((Path(__file__).parent / "examples").glob("*.py"))
SCRIPTS = sorted((Path(__file__).parent / "examples" / "scripts").glob("*.py"))

OURS = {
    "def_3_e7": "the dict of a job with partitions is used without a key, too; then the op finds that it has none",
    "exe_2_8": "a path that leads nowhere is told as it was given, with the whole selection",
    "exe_4b_3": "retry_number, has_partitions and selected_output_names of a test context answer, or say why they cannot",
    "exe_4b_5": "the resources of a hook context are of a class of our own",
    "exe_4b_6": "a context without a partition key raises DagjobInvariantViolationError, as the page asks",
    "exe_6_6": "start_method fork is accepted",
    "mp7": "every value that cannot be pickled is told by one class",
    "disk10": "outputs are files of a run's folder, which goes with the run; what ops print under execute_job is not kept",
    "rx4": "a run that goes on from another keeps its tags",
    "exe_8_7": "messages are in our words",
}


@pytest.fixture(autouse=True)
def logging_as_it_was() -> Iterator[None]:
    """Some examples switch logging off."""
    yield
    logging.disable(logging.NOTSET)


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda path: path.stem)
def test_an_example_prints_what_the_contract_says(
    example: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # deprecated names are used on purpose
        runpy.run_path(str(example), run_name="example")
    assert capsys.readouterr().out.splitlines() == example.with_suffix(".out").read_text().splitlines()


@pytest.mark.parametrize("example", SCRIPTS, ids=lambda path: path.stem)
def test_a_script_prints_what_the_contract_says(
    example: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """They find each other, and their jobs again, by name; so each is run as a main module."""
    monkeypatch.syspath_prepend(str(example.parent))
    monkeypatch.chdir(example.parent)
    monkeypatch.setenv("DAGJOB_HOME", str(tmp_path))
    before = set(sys.modules)
    try:
        runpy.run_path(str(example), run_name="__main__")
    finally:
        for name in {path.stem for path in SCRIPTS} & (set(sys.modules) - before):
            del sys.modules[name]
    assert capsys.readouterr().out.splitlines() == example.with_suffix(".out").read_text().splitlines()


def test_every_deviation_is_an_example_that_is_there() -> None:
    assert set(OURS) <= {example.stem for example in EXAMPLES + SCRIPTS}
