"""A job of which one often wants only a part: see docs/selection.md."""

from dagjob import job, op


@op
def load() -> list[int]:
    return [3, 1, 2]


@op(tags={"kind": "check"})
def check(numbers: list[int]) -> None:
    assert numbers


@op
def tidy(numbers: list[int]) -> list[int]:
    return sorted(numbers)


@op
def report(numbers: list[int]) -> str:
    return f"from {numbers[0]} to {numbers[-1]}"


@job
def numbers():
    loaded = load()
    check(loaded)
    report(tidy(loaded))
