"""How far an op is: said by the op itself, or read from the bars that it draws with tqdm or Rich.

dagjob run examples/progress.py
"""

from time import sleep

from dagjob import OpExecutionContext, job, op


@op
def count(context: OpExecutionContext) -> int:
    """Says by itself how far it is, as often as it likes: ten times a second it is shown."""
    total = 0
    for number in range(1, 201):
        total += number
        context.progress(number, 200, "numbers")
        sleep(0.005)
    return total


@op
def weigh(total: int) -> float:
    """Draws a bar with Rich, as a script would. On the board it is the bar of the op; in its log stands the last state."""
    from rich.progress import track

    return sum(total / weight for weight in track(range(1, 51), "weighing"))


@job
def progress():
    weigh(count())
