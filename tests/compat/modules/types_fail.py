from dagster import DagsterType, Out, job, op

Short = DagsterType(name="Short", type_check_fn=lambda _context, value: len(value) < 3)


@op(out=Out(Short))
def text():
    return "too long"


@op
def after(x): ...


@job
def too_long():
    after(text())
