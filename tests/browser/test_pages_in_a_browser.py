"""The report, the page of a graph and the SVG in a real browser: no request, no complaint, and all of it by keyboard."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from dagjob.__main__ import main

JOBS = """
import time
from dagjob import DynamicOut, DynamicOutput, RetryPolicy, graph, job, op

HOSTILE = "</script><script>alert(1)</script><img src=https://example.com/x.png onerror=alert(2)> \\x1b[31m \\u202e \\x00"

@op(out=DynamicOut())
def split():
    for number in range(40):
        yield DynamicOutput(number, str(number))

@op(retry_policy=RetryPolicy(max_retries=1, delay=0.01))
def parse(context, number):
    print(HOSTILE, number)
    context.log.warning(HOSTILE)
    if number == 7 and context.retry_number == 0:
        raise ConnectionError(HOSTILE)
    time.sleep(0.001 * (number % 5))
    return number

@op
def merge(numbers):
    return sum(numbers)

@op
def fails(total):
    raise ValueError(HOSTILE)

@graph
def ending(total):
    fails(total)

@job(tags={"team": HOSTILE[:40]}, description=HOSTILE)
def daily():
    ending(merge(split().map(parse).collect()))
"""


@pytest.fixture(scope="session")
def pages(browser: Any, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the pages of a run; not made where nobody can look at them."""
    folder = tmp_path_factory.mktemp("pages")
    (folder / "pyproject.toml").write_text("[tool.dagjob]\n")
    (folder / "jobs.py").write_text(JOBS)
    before = Path.cwd()
    os.chdir(folder)
    try:
        assert main(["run", "jobs.py:daily", "-q", "-e", "in_process"]) == 1
        assert main(["report", "-o", "report.html"]) == 0
        assert main(["graph", "--run", "latest", "-o", "graph.html"]) == 0
        assert main(["graph", "--run", "latest", "-o", "graph.svg"]) == 0
    finally:
        os.chdir(before)
    return folder


@pytest.mark.parametrize("name", ["report.html", "graph.html", "graph.svg"])
@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_a_page_asks_for_nothing_and_draws_in_both_themes(
    name: str, dark: bool, pages: Path, opened: Callable[..., Any], browser: Any
) -> None:
    opened(pages / name, dark=dark)
    color = "return getComputedStyle(document.querySelector(arguments[0]))[arguments[1]]"
    text = browser.js(color, "svg text, .ticks text", "fill")
    assert (sum(int(part) for part in text.removeprefix("rgb(").removesuffix(")").split(",")) > 384) is dark
    assert browser.js("return document.querySelectorAll('svg rect').length") > 5
    if name != "graph.svg":
        assert browser.js("return document.documentElement.scrollWidth <= innerWidth")


def test_a_hostile_text_runs_nothing(pages: Path, opened: Callable[..., Any], browser: Any) -> None:
    opened(pages / "report.html")
    assert browser.js("return document.querySelectorAll('script').length") == 1
    assert browser.js("return document.querySelectorAll('img, iframe, object, embed, base').length") == 0
    # Should one get past the gate, the page does not let it run.
    browser.js("const s = document.createElement('script'); s.textContent = 'window.ran = 1'; document.body.append(s)")
    assert browser.js("return window.ran === undefined")
    assert any("Content Security Policy" in line for line in browser.said().console)


ROWS = "return [...document.querySelectorAll('#ops tbody')].map((body) => body.rows[0].cells[0].innerText.trim())"
FOCUS = "document.querySelectorAll('#ops thead button')[arguments[0]].focus()"
SORTED = "return [...document.querySelectorAll('#ops thead th')].map((th) => th.getAttribute('aria-sort'))"


def test_the_table_sorts_by_keyboard(pages: Path, opened: Callable[..., Any], browser: Any) -> None:
    from selenium.webdriver.common.keys import Keys

    opened(pages / "report.html")
    plan = browser.js(ROWS)
    assert [name.split()[0] for name in plan] == ["split", "parse[*]", "merge", "ending.fails"]
    browser.js("document.querySelector('#ops .scroll').focus()")
    browser.press(Keys.TAB, Keys.ENTER)  # the first heading
    assert browser.js(SORTED)[0] == "ascending"
    assert browser.js(ROWS) == sorted(plan, key=str.lower)
    assert browser.js("return document.querySelector('#said').textContent") == "sorted by op, ascending"
    browser.press(Keys.SPACE)
    assert browser.js(SORTED)[0] == "descending"
    assert browser.js(ROWS) == sorted(plan, key=str.lower, reverse=True)
    browser.press(Keys.ENTER)
    assert browser.js(SORTED) == [None] * 6
    assert browser.js(ROWS) == plan
    browser.js(FOCUS, 3)  # the time that each took: the longest first
    browser.press(Keys.ENTER)
    times = browser.js(
        "return [...document.querySelectorAll('#ops tbody')].map((b) => Number(b.rows[0].cells[3].dataset.v))"
    )
    assert times == sorted(times, reverse=True)


def test_copies_unfold_and_filter_by_keyboard(pages: Path, opened: Callable[..., Any], browser: Any) -> None:
    from selenium.webdriver.common.keys import Keys

    opened(pages / "report.html")
    shown = "return [...document.querySelectorAll('#ops tbody tr')].filter((row) => row.checkVisibility()).length"
    assert browser.js(shown) == 4
    browser.js("document.querySelector('#ops .fold').focus()")
    browser.press(Keys.ENTER)
    assert browser.js(shown) == 44
    assert browser.js("return document.activeElement.getAttribute('aria-expanded')") == "true"
    browser.js("document.querySelector('#filter').focus()")
    browser.press("parse[7]")
    assert browser.js(shown) == 2  # the head of the copies, and one
    assert browser.js("return document.querySelector('#said').textContent") == "1 op"


def test_a_link_opens_what_it_leads_to(pages: Path, opened: Callable[..., Any], browser: Any) -> None:
    from selenium.webdriver.common.keys import Keys

    opened(pages / "report.html")
    browser.js("document.querySelector('#ops .fold').click()")
    browser.js("[...document.querySelectorAll('#ops a')].find((a) => a.textContent === 'parse[7]').focus()")
    browser.press(Keys.ENTER)
    browser.until("return document.activeElement.tagName === 'SUMMARY'")
    assert browser.js("return document.activeElement.innerText").startswith("parse[7]")
    text = browser.js("return document.activeElement.parentElement.querySelector('pre').innerText")
    assert "attempt 2" in text and "<script>" in text


def test_it_is_readable_on_a_phone(pages: Path, opened: Callable[..., Any], browser: Any) -> None:
    opened(pages / "report.html")
    browser.driver.execute_cdp_cmd(
        "Emulation.setDeviceMetricsOverride", {"width": 360, "height": 740, "deviceScaleFactor": 2, "mobile": True}
    )
    try:
        assert browser.js("return document.documentElement.scrollWidth") <= 360
        assert browser.js("return Math.min(...[...document.querySelectorAll('.gantt li > svg')]"
                          ".filter((svg) => svg.checkVisibility()).map((svg) => svg.clientWidth))") > 250  # fmt: skip
    finally:
        browser.driver.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})
