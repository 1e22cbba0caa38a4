"""A branch that runs only when there is something for it: an output that need not be made.

    dagjob run examples/optional_output.py                                 # `alarm` is skipped
    dagjob run examples/optional_output.py --set measure.celsius=105

Skipped by design is no failure: the run succeeds, and its exit code is 0.
"""

from collections.abc import Iterator

from dagjob import Field, OpExecutionContext, Out, Output, job, op


@op(
    config_schema={"celsius": Field(float, default_value=60.0)},
    out={"reading": Out(float), "too_hot": Out(float, is_required=False)},
)
def measure(context: OpExecutionContext) -> Iterator[Output]:
    celsius = context.op_config["celsius"]
    yield Output(celsius, "reading")
    if celsius > 100:
        yield Output(celsius - 100, "too_hot")


@op
def write_down(reading: float) -> None:
    print(f"{reading} °C")


@op
def alarm(excess: float) -> None:
    print(f"{excess} °C too hot!")


@job
def boiler():
    reading, too_hot = measure()
    write_down(reading)
    alarm(too_hot)
