"""One op for each thing that is found, however many there are: a dynamic output, mapped and collected.

    dagjob run examples/mapping.py

Each copy is an op of its own: it runs beside the others, is retried alone, and has its own log and history.
"""

from collections.abc import Iterator

from dagjob import DynamicOut, DynamicOutput, job, op


@op(out=DynamicOut(str))
def find() -> Iterator[DynamicOutput[str]]:
    for word in ("one", "three", "five"):
        yield DynamicOutput(word, mapping_key=word)


@op
def measure(word: str) -> int:
    return len(word)


@op
def total(lengths: list[int]) -> int:
    print(f"{sum(lengths)} letters in {len(lengths)} words")
    return sum(lengths)


@job
def letters():
    total(find().map(measure).collect())
