"""One op used several times, side by side, and one that gets all results as a list.

    dagjob run examples/fan_in.py -j 4

The job is plain Python that runs once, when it is defined: loops and comprehensions make as many ops as they like.
"""

from dagjob import job, op


@op(config_schema={"below": int})
def count_primes(context) -> int:
    """How many primes are below a number."""
    below = context.op_config["below"]
    sieve = bytearray([1]) * below
    for number in range(2, int(below**0.5) + 1):
        if sieve[number]:
            sieve[number * number :: number] = bytes(len(range(number * number, below, number)))
    return sum(sieve[2:])


@op
def compare(counts: list[int]) -> str:
    summary = " < ".join(str(count) for count in counts)
    print(summary)
    return summary


SIZES = {"thousand": 1_000, "million": 1_000_000, "ten_million": 10_000_000}


@job(config={"ops": {name: {"config": {"below": size}} for name, size in SIZES.items()}})
def primes():
    compare([count_primes.alias(name)() for name in SIZES])
