"""The examples of the contract, each a file that is run as it stands, beside the lines that it prints.

Where dagjob means to answer something else than Dagster 1.13.29 did, the `.out` file has our answer, and `OURS` says why.
Examples that need a later issue (partitions, the instance, pools) are not here yet.
"""

from __future__ import annotations

import logging
import runpy
import warnings
from collections.abc import Iterator
from pathlib import Path

import pytest

EXAMPLES = sorted((Path(__file__).parent / "examples").glob("*.py"))

OURS = {
    "exe_2_8": "a path that leads nowhere is told as it was given, with the whole selection",
    "exe_4b_3": "retry_number, has_partitions and selected_output_names of a test context answer, or say why they cannot",
    "exe_4b_5": "the resources of a hook context are of a class of our own",
    "exe_4b_6": "a context without a partition key raises DagjobInvariantViolationError, as the page asks",
    "exe_6_6": "start_method fork is accepted",
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


def test_every_deviation_is_an_example_that_is_there() -> None:
    assert set(OURS) <= {example.stem for example in EXAMPLES}
