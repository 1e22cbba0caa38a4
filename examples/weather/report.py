"""The page: findings and pictures in, one HTML file out that needs nothing else. Light and dark, screen and paper."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from html import escape
from typing import NamedTuple

from weather.climate import Month, Ranking, Spell, Year, longest_spell
from weather.pictures import MONTHS


class DrySpells(NamedTuple):
    """What was seen of spells, and what chance alone would make of them."""

    seen: list[Spell]
    simulated: list[int]
    """The longest dry spell of each simulated year, in days."""


class Findings(NamedTuple):
    """All that the report tells in words and tables."""

    station: str
    months: list[Month]
    years: list[Year]
    rankings: list[Ranking]
    spells: DrySpells


def page(findings: Findings, years_svg: str, months_svg: str, spells_svg: str) -> str:
    """The whole report."""
    first, last = findings.years[0].year, findings.years[-1].year
    title = f"{findings.station}, {first} to {last}"
    return f"""<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{escape(title)}</title>
<style>{STYLE}</style>
<main>
<header>
<p class="over">Daily weather</p>
<h1>{escape(title)}</h1>
<p class="lead">{_lead(findings)}</p>
</header>
<dl class="tiles">{"".join(_tile(year) for year in findings.years)}</dl>
<section>
<h2>Every day</h2>
<p>One stroke for each day from its low to its high, January at the top, coloured by the mean; the rain of the day
stands outside the rim.</p>
<figure>{years_svg}{_legend()}</figure>
</section>
<section>
<h2>The average year</h2>
<p>{_year_round(findings.months)}</p>
<figure>{months_svg}</figure>
</section>
<section>
<h2>How unusual were the dry summers?</h2>
<p>{_dry_summers(findings.spells, [year.year for year in findings.years])}</p>
<figure>{spells_svg}</figure>
</section>
<section>
<h2>Records</h2>
<div class="cards">{"".join(_ranking(ranking) for ranking in findings.rankings)}</div>
</section>
<section>
<h2>Spells</h2>
{_spell_table(findings)}
</section>
<footer>Data: NOAA daily summaries, public domain; see PROVENANCE.md. A report of the dagjob weather example.</footer>
</main>
</html>
"""


def _lead(findings: Findings) -> str:
    wettest = max(findings.years, key=lambda year: year.rain)
    driest = min(findings.years, key=lambda year: year.rain)
    warmest = max(findings.years, key=lambda year: year.mean)
    return (
        f"{wettest.year} was the wettest year with {wettest.rain:,.0f} mm, {driest.year} the driest with"
        f" {driest.rain:,.0f} mm; {warmest.year} was the warmest, at {warmest.mean:.1f} °C on average."
    )


def _year_round(months: Sequence[Month]) -> str:
    summer = min(months, key=lambda month: month.rain)
    winter = max(months, key=lambda month: month.rain)
    warmest = max(months, key=lambda month: month.high)
    return (
        f"{_name(winter)} brings {winter.rain:.0f} mm on {winter.wet_days:.0f} days, {_name(summer)} only"
        f" {summer.rain:.0f} mm on {summer.wet_days:.0f}. {_name(warmest)} is the warmest month, with a mean high of"
        f" {warmest.high:.1f} °C. A few years say little about rain: the whiskers show where the true mean may lie."
    )


def _dry_summers(spells: DrySpells, years: Sequence[int]) -> str:
    longest = max((longest_spell(spells.seen, year, wet=False) for year in years), key=lambda spell: spell.days)
    beaten = sum(days >= longest.days for days in spells.simulated) / len(spells.simulated)
    typical = sorted(spells.simulated)[len(spells.simulated) // 2]
    rarity = f"in one of {1 / beaten:,.0f} years" if beaten else "in none of them"
    return (
        f"The longest dry spell began on {_day(longest.start)} and lasted {longest.days} days. If rain depended on"
        f" nothing but the month and the day before, the longest spell of a year would typically last {typical} days;"
        f" in {len(spells.simulated):,} simulated years, one of {longest.days} days or more came {rarity}."
    )


def _tile(year: Year) -> str:
    return (
        f"<div><dt>{year.year}</dt><dd><b>{year.mean:.1f}</b> °C mean</dd><dd><b>{year.rain:,.0f}</b> mm</dd>"
        f"<dd>{year.wet_days} wet days</dd><dd>{year.hot_days} hot, {year.frost_days} frosty</dd></div>"
    )


def _ranking(ranking: Ranking) -> str:
    items = "".join(f"<li><b>{_number(value)} {ranking.unit}</b> {_day(day)}</li>" for day, value in ranking.days)
    return f"<div><h3>{escape(ranking.title)}</h3><ol>{items}</ol></div>"


def _spell_table(findings: Findings) -> str:
    rows = ""
    for year in findings.years:
        cells = ""
        for wet in (True, False):
            spell = longest_spell(findings.spells.seen, year.year, wet)
            cells += f"<td><b>{spell.days} days</b> from {_day(spell.start)}</td>"
        rows += f"<tr><th>{year.year}</th>{cells}</tr>"
    return f"<table><tr><th>Year</th><th>Longest wet spell</th><th>Longest dry spell</th></tr>{rows}</table>"


def _legend() -> str:
    steps = "".join(f'<i class="t{step}"></i>' for step in range(9))
    return f'<figcaption>below 0 °C {steps} above 28 °C <i class="drop"></i> rain</figcaption>'


def _day(day: date) -> str:
    return f"{day.day} {MONTHS[day.month - 1]} {day.year}"


def _number(value: float) -> str:
    return f"{value:.1f}".replace("-", "\N{MINUS SIGN}")


def _name(month: Month) -> str:
    return date(2000, month.number, 1).strftime("%B")


STYLE = """
:root{color-scheme:light dark;--paper:#fbfaf7;--card:#fff;--ink:#1f2430;--soft:#667085;--line:#e4e1d8;
--rain:#3f7fbf;--high:#d9622b;--low:#4a78c2;--band:#e9b44c44;--dry:#d8a657}
@media(prefers-color-scheme:dark){:root{--paper:#14171d;--card:#1b1f27;--ink:#e8e6e1;--soft:#98a2b3;--line:#2c323d;
--rain:#6aa9e0;--high:#f08a55;--low:#7fa6e8;--band:#e9b44c33;--dry:#c99a4e}}
*{box-sizing:border-box}
body{margin:0;background:var(--paper);color:var(--ink);font:16px/1.55 system-ui,-apple-system,"Segoe UI",sans-serif}
main{max-width:800px;margin:0 auto;padding:56px 24px 40px}
.over{margin:0;color:var(--soft);letter-spacing:.12em;text-transform:uppercase;font-size:12px}
h1{font-size:38px;line-height:1.15;margin:4px 0 12px;letter-spacing:-.02em}
h2{font-size:22px;margin:56px 0 4px;letter-spacing:-.01em}h3{font-size:14px;margin:0 0 6px;color:var(--soft)}
p{margin:0 0 12px;max-width:66ch}.lead{font-size:19px}
.tiles,.cards{display:grid;gap:12px;grid-template-columns:repeat(auto-fit,minmax(165px,1fr));margin:28px 0 0}
.tiles div,.cards div{background:var(--card);border:1px solid var(--line);border-radius:10px;padding:14px 16px}
dt{color:var(--soft);font-size:14px}dd{margin:0;font-size:14px}dd b{font-size:20px}
.cards{grid-template-columns:repeat(auto-fit,minmax(300px,1fr))}
.cards ol{margin:0;padding:0;list-style:none;font-size:14px}.cards b{display:inline-block;min-width:92px}
figure{margin:16px 0 0;background:var(--card);border:1px solid var(--line);border-radius:12px;padding:16px}
figcaption{color:var(--soft);font-size:13px;text-align:center;margin-top:8px}
figcaption i{display:inline-block;width:18px;height:10px;background:currentColor;vertical-align:-1px}
figcaption i.t0{margin-left:6px}figcaption i.t8{margin-right:6px}figcaption i.drop{margin-left:16px;color:var(--rain)}
svg{display:block;width:100%;height:auto}
text{fill:var(--soft);font-size:12px}.mid{text-anchor:middle}.end{text-anchor:end}.small{font-size:11px}
.strong{fill:var(--ink);font-weight:600}.year{fill:var(--ink);font-size:19px;font-weight:700}
.ringlabel{fill:var(--soft);font-size:9px}.grid{stroke:var(--line)}.axis{stroke:var(--soft)}
.ring{fill:none;stroke:var(--line)}.day{fill:none;stroke:currentColor;stroke-width:1.7;stroke-linecap:round}
.drop{color:var(--rain)}.day.drop{stroke-width:1.3;opacity:.8}
.t0{color:#5a67c8}.t1{color:#5486d4}.t2{color:#4aa3cf}.t3{color:#48b5ae}.t4{color:#6fbf73}.t5{color:#bcc34b}
.t6{color:#ecb23f}.t7{color:#e8823a}.t8{color:#d4483b}
.rain{fill:var(--rain);opacity:.75}.whisker{stroke:var(--ink);stroke-width:1.4;opacity:.55}
.band{fill:var(--band)}.high,.low{fill:none;stroke-width:2.2}.high{stroke:var(--high)}.low{stroke:var(--low)}
.dot{stroke-width:2}.high.dot,.low.dot{fill:var(--card)}
.dry{fill:var(--dry);opacity:.85}.mark{stroke:var(--ink);stroke-dasharray:2 3}
table{border-collapse:collapse;width:100%;margin-top:12px;font-size:14px;font-variant-numeric:tabular-nums}
th,td{text-align:left;padding:8px 12px 8px 0;border-bottom:1px solid var(--line);font-weight:400}
th{color:var(--soft)}footer{margin-top:56px;color:var(--soft);font-size:13px}
@media(max-width:520px){h1{font-size:29px}main{padding:32px 14px}figure{padding:8px}}
@media print{body{background:#fff}figure,.tiles div,.cards div{break-inside:avoid}}
"""
