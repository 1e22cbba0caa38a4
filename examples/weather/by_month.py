"""The same weather, month by month: 48 partitions of one job, each with a page of its own that can be made again.

    dagjob backfill examples/weather/by_month.py --all --parallel 4
    dagjob partitions status examples/weather/by_month.py

The readings of a month never change, so its page is right for ever; a month that failed, or came later, is made alone.
"""

from __future__ import annotations

from pathlib import Path

from dagjob import Field, MetadataValue, MonthlyPartitionsDefinition, OpExecutionContext, Output, job, op
from weather.readings import Day, Limits, clean, read_rows

HERE = Path(__file__).parent
WET_MM = 0.2
LIMITS = Limits(coldest=-30, hottest=45, rain=150, wind=35)
months = MonthlyPartitionsDefinition("2012-01-01", end_date="2016-01-01")


@op(config_schema={"file": Field(str, default_value="data/seattle-weather.csv", description="CSV with daily readings")})
def days_of_month(context: OpExecutionContext) -> list[Day]:
    """The days of the partition's month that can be trusted."""
    window = context.partition_time_window
    days, rejected = clean(read_rows(HERE / context.op_config["file"]), range(2012, 2016), LIMITS)
    if rejected:
        context.log.warning(f"{len(rejected)} lines cannot be right, the first: {rejected[0].reason}")
    return [day for day in days if window.start.date() <= day.date < window.end.date()]


@op(config_schema={"folder": Field(str, default_value="output/months", description="where the pages go")})
def write_month(context: OpExecutionContext, days: list[Day]) -> Output[str]:
    """A page with the numbers of one month."""
    if not days:
        raise ValueError(f"there are no readings of {context.partition_key}")
    rain = sum(day.rain for day in days)
    warmest = max(days, key=lambda day: day.high)
    lines = [
        f"# {context.partition_key[:7]}",
        "",
        f"mean {sum(day.mean for day in days) / len(days):.1f} °C, rain {rain:.0f} mm on "
        f"{sum(day.rain >= WET_MM for day in days)} of {len(days)} days",
        f"warmest: {warmest.date}, {warmest.high:.1f} °C",
    ]
    page = HERE / context.op_config["folder"] / f"{context.partition_key[:7]}.md"
    page.parent.mkdir(parents=True, exist_ok=True)
    page.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return Output(lines[2], metadata={"page": MetadataValue.path(page)})


@job(partitions_def=months)
def weather_by_month():
    """One page for each month from 2012 to 2015."""
    write_month(days_of_month())
