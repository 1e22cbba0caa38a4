"""Four years of daily weather: cleaned, looked at from several sides at once, checked, and written up.

    load_readings -> clean -> climate (three ops) ---> draw_months -----.
                       |----> four rankings -> records ------------------+--> write_report
                       |----> spells (three ops) -----> draw_spells ----/
                       |----> draw_years ----------------------------- /
                       |----> check: nothing is written when it fails /
                       '----> save_rejected, only when there is something to save

The statistics and the pictures are plain functions in the files beside this one; an op only says what goes in, what
comes out and what can be configured.
"""

from __future__ import annotations

import csv
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from random import Random

from dagjob import (
    Failure,
    Field,
    GraphOut,
    In,
    InitResourceContext,
    MetadataValue,
    Nothing,
    OpExecutionContext,
    Out,
    Output,
    graph,
    job,
    op,
    resource,
)
from weather import climate, pictures, report
from weather.readings import Day, Limits, Rejected, Row, missing_days, read_rows
from weather.readings import clean as clean_rows

HERE = Path(__file__).parent
WET = Field(float, default_value=0.2, description="mm from which a day counts as wet")


@resource(config_schema={"folder": Field(str, default_value="output", description="where the report goes")})
def output_folder(context: InitResourceContext) -> Path:
    """The folder for what the job writes; a relative path is meant from this example."""
    folder = HERE / context.resource_config["folder"]
    folder.mkdir(parents=True, exist_ok=True)
    return folder


@op(config_schema={"file": Field(str, default_value="data/seattle-weather.csv", description="CSV with daily readings")})
def load_readings(context: OpExecutionContext) -> list[Row]:
    """Read the file as it is."""
    return read_rows(HERE / context.op_config["file"])


@op(
    config_schema={
        "first_year": Field(int, default_value=2012),
        "last_year": Field(int, default_value=2015),
        "coldest": Field(float, default_value=-25.0, description="°C; what lies below is a mistake"),
        "hottest": Field(float, default_value=45.0, description="°C; what lies above is a mistake"),
        "most_rain": Field(float, default_value=150.0, description="mm in one day"),
        "most_wind": Field(float, default_value=40.0, description="m/s"),
    },
    out={"days": Out(list[Day]), "rejected": Out(list[Rejected], is_required=False)},
)
def clean(context: OpExecutionContext, rows: list[Row]) -> Iterator[Output]:
    """Keep what can be true; hand back the rest, if there is any, with the reason for each line."""
    wanted = context.op_config
    limits = Limits(wanted["coldest"], wanted["hottest"], wanted["most_rain"], wanted["most_wind"])
    days, rejected = clean_rows(rows, range(wanted["first_year"], wanted["last_year"] + 1), limits)
    context.log.info(f"{len(days)} of {len(rows)} lines are good, {len(rejected)} rejected")
    yield Output(days, "days", metadata={"rows": len(days)})
    if rejected:
        yield Output(rejected, "rejected", metadata={"rows": len(rejected)})


@op(required_resource_keys={"output"})
def save_rejected(context: OpExecutionContext, rejected: list[Rejected]) -> None:
    """Keep the rejected lines where somebody will look at them. Skipped when there are none."""
    with (context.resources.output / "rejected.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(Rejected._fields)
        writer.writerows(rejected)


@op(
    config_schema={
        "missing_days": Field(int, default_value=10, description="how many days may be missing in all"),
        "least_rain": Field(float, default_value=300.0, description="mm a year below which the gauge was broken"),
        "most_rain": Field(float, default_value=3000.0, description="mm a year"),
        "least_days": Field(int, default_value=365, description="fewer readings than this are not worth a report"),
    }
)
def check(context: OpExecutionContext, days: list[Day], years: list[climate.Year]) -> None:
    """Stop the report when the data as a whole can't be true."""
    limits = context.op_config
    if len(days) < limits["least_days"]:
        raise Failure(f"only {len(days)} readings, {limits['least_days']} are needed", allow_retries=False)
    gaps = list(missing_days(days))
    if len(gaps) > limits["missing_days"]:
        raise Failure(
            f"{len(gaps)} days are missing, {limits['missing_days']} are allowed",
            metadata={"first_gaps": [str(gap) for gap in gaps[:5]]},
            allow_retries=False,
        )
    for year in years:
        if not limits["least_rain"] <= year.rain <= limits["most_rain"]:
            raise Failure(f"{year.rain:.0f} mm of rain in {year.year} can't be right", allow_retries=False)
    context.log.info(f"{len(days)} days, {len(gaps)} missing: plausible")


@op(config_schema={"wet_mm": WET})
def normals(context: OpExecutionContext, days: list[Day]) -> list[climate.Month]:
    """The average year, month by month."""
    return climate.monthly_normals(days, context.op_config["wet_mm"])


@op(config_schema={"resamples": Field(int, default_value=4000), "seed": Field(int, default_value=1)})
def intervals(context: OpExecutionContext, days: list[Day]) -> list[climate.Interval]:
    """How sure the mean rain of each month is."""
    chance = Random(context.op_config["seed"])
    return climate.rain_intervals(days, context.op_config["resamples"], chance, progress(context, "months"))


@op(config_schema={"wet_mm": WET, "hot": Field(float, default_value=30.0, description="°C from which a day is hot")})
def yearly_totals(context: OpExecutionContext, days: list[Day]) -> list[climate.Year]:
    """One line for each year."""
    return climate.yearly_totals(days, context.op_config["wet_mm"], context.op_config["hot"])


@graph(out={"months": GraphOut(), "intervals": GraphOut(), "years": GraphOut()})
def average_year(days):
    """The climate as far as so few years can tell it: three ops that do not wait for each other."""
    return {"months": normals(days), "intervals": intervals(days), "years": yearly_totals(days)}


@op(
    config_schema={
        "title": str,
        "unit": str,
        "measure": Field(str, description="a field of Day: rain, high, low, wind"),
        "lowest": Field(bool, default_value=False, description="rank the lowest values instead of the highest"),
        "top": Field(int, default_value=5),
    }
)
def rank(context: OpExecutionContext, days: list[Day]) -> climate.Ranking:
    """The most extreme days by one measure. Used several times in the job, each time with a config of its own."""
    wanted = context.op_config
    values = [(day.date, getattr(day, wanted["measure"])) for day in days]
    values.sort(key=lambda pair: pair[1], reverse=not wanted["lowest"])
    return climate.Ranking(wanted["title"], wanted["unit"], values[: wanted["top"]])


@op
def records(rankings: list[climate.Ranking]) -> list[climate.Ranking]:
    """All rankings in the order of the job: a fan-in."""
    return rankings


@op(config_schema={"wet_mm": WET})
def observed(context: OpExecutionContext, days: list[Day]) -> list[climate.Spell]:
    """Wet and dry spells as they were."""
    return climate.find_spells(days, context.op_config["wet_mm"])


@op(config_schema={"wet_mm": WET})
def rain_model(context: OpExecutionContext, days: list[Day]) -> list[climate.RainChance]:
    """What chance of rain follows a dry and a wet day, month by month."""
    return climate.rain_chances(days, context.op_config["wet_mm"])


@op(config_schema={"years": Field(int, default_value=12_000), "seed": Field(int, default_value=1)})
def simulate(context: OpExecutionContext, chances: list[climate.RainChance]) -> list[int]:
    """The longest dry spell of each of many years that only the model made."""
    chance = Random(context.op_config["seed"])
    return climate.simulate_dry_spells(chances, context.op_config["years"], chance, progress(context))


@op
def compare(observed: list[climate.Spell], simulated: list[int]) -> report.DrySpells:
    """Put the real spells beside the simulated ones."""
    return report.DrySpells(observed, simulated)


@graph
def spells(days):
    """How long it stays wet or dry, and whether that was bound to happen."""
    return compare(observed(days), simulate(rain_model(days)))


@op
def draw_years(days: list[Day]) -> str:
    """A wheel for each year."""
    return pictures.years_picture(days)


@op
def draw_months(months: list[climate.Month], intervals: list[climate.Interval]) -> str:
    """The average year."""
    return pictures.months_picture(months, intervals)


@op
def draw_spells(spells: report.DrySpells, years: list[climate.Year]) -> str:
    """Simulated dry spells as bars, the real ones as marks."""
    seen = [(y.year, climate.longest_spell(spells.seen, y.year, wet=False).days) for y in years]
    return pictures.spells_picture(spells.simulated, seen)


@op(
    config_schema={"station": Field(str, default_value="Seattle")},
    ins={"checked": In(Nothing)},
    required_resource_keys={"output"},
)
def write_report(
    context: OpExecutionContext,
    months: list[climate.Month],
    years: list[climate.Year],
    rankings: list[climate.Ranking],
    spells: report.DrySpells,
    drawings: list[str],
) -> str:
    """One HTML file with everything in it. Waits for `check`, although nothing comes from there."""
    findings = report.Findings(context.op_config["station"], months, years, rankings, spells)
    path = context.resources.output / "report.html"
    path.write_text(report.page(findings, *drawings), encoding="utf-8")
    context.add_output_metadata({"report": MetadataValue.path(str(path)), "bytes": path.stat().st_size})
    context.log.info(f"written to {os.path.relpath(path)}")
    return str(path)


def progress(context: OpExecutionContext, unit: str = "") -> Callable[[int, int], None]:
    """What a long calculation calls to say how far it is."""
    return lambda done, total: context.progress(done, total, unit)


@job(
    resource_defs={"output": output_folder},
    config={
        "ops": {
            "hottest_days": {"config": {"title": "Hottest days", "unit": "°C", "measure": "high"}},
            "coldest_nights": {"config": {"title": "Coldest nights", "unit": "°C", "measure": "low", "lowest": True}},
            "wettest_days": {"config": {"title": "Wettest days", "unit": "mm", "measure": "rain"}},
            "windiest_days": {"config": {"title": "Windiest days", "unit": "m/s", "measure": "wind"}},
        }
    },
    tags={"team": "weather"},
)
def seattle_weather():
    """Seattle's weather from 2012 to 2015, as a report with pictures."""
    days, rejected = clean(load_readings())
    save_rejected(rejected)

    months, intervals, years = average_year(days)
    rankings = [rank.alias(name)(days) for name in ("hottest_days", "coldest_nights", "wettest_days", "windiest_days")]
    dry = spells(days)

    drawings = [draw_years(days), draw_months(months, intervals), draw_spells(dry, years)]
    write_report(months, years, records(rankings), dry, drawings, checked=check(days, years))
