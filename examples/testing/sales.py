"""A small job that is worth a test.

    dagjob run examples/testing/sales.py --set resources.shop.file=examples/testing/sales.txt

The tests are in `test_sales.py` beside it.
"""

from pathlib import Path

from dagjob import ConfigurableResource, Field, OpExecutionContext, job, op


class Shop(ConfigurableResource):
    """The file of a shop: one amount on each line."""

    file: str

    def lines(self) -> list[str]:
        return Path(self.file).read_text().splitlines()


@op(config_schema={"above": Field(float, default_value=1.0)})
def amounts(context: OpExecutionContext, shop: Shop) -> list[float]:
    found = [float(line) for line in shop.lines()]
    large = [amount for amount in found if amount > context.op_config["above"]]
    context.log.info(f"{len(large)} of {len(found)} are large")
    return large


@op
def total(amounts: list[float]) -> float:
    if not amounts:
        raise ValueError("nothing was sold")
    return sum(amounts)


@job(resource_defs={"shop": Shop.configure_at_launch()})
def sales():
    total(amounts())
