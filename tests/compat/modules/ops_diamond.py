import dagster as dg


@dg.op
def load() -> list[int]:
    return [3, 1, 2]


@dg.op
def highest(rows: list[int]) -> int:
    return max(rows)


@dg.op
def lowest(rows: list[int]) -> int:
    return min(rows)


@dg.op
def report(context: dg.OpExecutionContext, top: int, bottom: int) -> str:
    context.log.info("%s to %s", bottom, top)
    return f"{bottom}..{top}"


@dg.job(description="A diamond", tags={"team": "data"})
def diamond():
    rows = load()
    report(top=highest(rows), bottom=lowest(rows))
