"""The static screens at 80 columns, through the commands that print them: errors, jobs, checks, history.

Each golden screen was looked at beside the drawing that it began as.
"""

from __future__ import annotations

import os
import re
import time
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from planted_history import Plant, run_events

from dagjob import events as ev
from dagjob.display.partition_pictures import Pictured, picture
from dagjob.display.style import Style

Run = Callable[..., Any]
GOLDEN = Path(__file__).parent.parent / "golden"

JOBS = """
from dagjob import DailyPartitionsDefinition, MonthlyPartitionsDefinition, job, op

@op
def step():
    pass

def steps(many):
    def body():
        for number in range(many):
            step.alias(f"step_{number}")()
    return body

@job(description="Sales mart", partitions_def=DailyPartitionsDefinition("2026-01-01", end_date="2026-11-22"))
def daily_sales():
    steps(12)()

@job(description="FX rates", partitions_def=MonthlyPartitionsDefinition("2026-01-01", end_date="2026-11-01"))
def backfill_fx():
    steps(3)()
"""
ETL = """
from dagjob import Config, ConfigurableResource, EnvVar, job, op
class LoadCfg(Config):
    path: str
    limit: int = 10
    threshold: float = 0.5
    country: str = "DE"

class Db(ConfigurableResource):
    url: str

class Api(ConfigurableResource):
    key: str

@op
def extract(config: LoadCfg) -> int:
    return 1

@op
def transform(text: int) -> int:
    return text

@op
def load(rows: int, db: Db, api: Api) -> None:
    pass

@job(resource_defs={"db": Db.configure_at_launch(), "api": Api(key=EnvVar("API_TOKEN"))})
def etl():
    load(transform(extract()))
"""
WRONG = """
from dagjob import dagster_type_loader, job, op

@op
def extract() -> int:
    return 1

@op
def transform(text: str) -> str:
    return text

@op(required_resource_keys={"warehouse"})
def load(text):
    pass

@job
def etl_wrong():
    load(transform(extract()))
"""
FILES = {
    "pyproject.toml": '[tool.dagjob]\npaths = ["sales/*.py", "tools/*.py"]\n',
    "sales/__init__.py": "",
    "sales/jobs.py": JOBS,
    "sales/etl.py": ETL,
    "tools/broken.py": "import dagjob\n\nimport pyarrow_of_another_planet\n",
    "config/base.yaml": "ops: {extract: {config: {path: x}}}\nresources: {db: {config: {url: x}}}\n",
    "config/prod.yaml": "ops:\n\n  extract:\n    config:\n      limitt: 5\n      threshold: high\n  transfrom: {}\n",
    "config/no.yaml": "ops:\n  extract:\n    config:\n      country: NO\n",
    "config/over.yaml": "ops: {extract: {config: {path: [y]}}}\n",
    "config/env.yaml": "resources:\n  db:\n    config:\n      url: {env: WAREHOUSE_URL}\n",
}
PROD, BASE = ("-c", "config/base.yaml", "-c", "config/prod.yaml"), ("-c", "config/base.yaml")
KEY = {"API_TOKEN": "x"}


@pytest.fixture
def shown(project: Callable[..., Path], dagjob: Run) -> Callable[..., str]:
    """What a command prints, beginning with the command; the current Python and the time that it took are left out."""
    for name, text in FILES.items():
        project(name, text)

    def run(*words: str, **env: str) -> str:
        done = dagjob(*words, env={"COLUMNS": "80", "TZ": "UTC", **env})
        text = f"$ dagjob {' '.join(words)}\n{done.stdout}{done.stderr}[{done.code}]\n"
        text = re.sub(r"Python \S+ at \S+:", "Python 3 at PYTHON:", text.replace(str(project()), "/project"))
        assert words[0] == "validate" or "-f" in words or all(len(line) <= 80 for line in done.stdout.split("\n"))
        return re.sub(r", \d+\.\ds$", ", 0.4s", text, flags=re.MULTILINE)

    return run


def same(name: str, *screens: str) -> None:
    text, path = "\n".join(screens), GOLDEN / f"{name}.txt"
    if os.environ.get("DAGJOB_WRITE_GOLDEN"):
        path.write_text(text, encoding="utf-8")
    assert text == path.read_text(encoding="utf-8")


def test_mistakes_in_a_config(shown: Callable[..., str]) -> None:
    same(
        "screen_config_errors",
        shown("run", "etl", *PROD, **KEY),
        shown("run", "etl", *BASE, "-c", "config/env.yaml", "--set", "extract.limit=ten"),
        shown("run", "etl", *BASE, "-c", "config/no.yaml", **KEY),
        shown("run", "etl", *BASE, "-c", "config/over.yaml", **KEY),
    )


def test_a_wrong_target_partition_or_selection(shown: Callable[..., str]) -> None:
    same(
        "screen_target_errors",
        shown("run", "dialy_sales"),
        shown("run", "daily_sales"),
        shown("run", "etl", "-s", "load*+"),
        shown("run", "tools/broken.py"),
    )


def test_the_list_of_jobs_and_what_is_wrong_with_them(shown: Callable[..., str], plant: Plant, project: Any) -> None:
    now = time.time()
    plant(
        run_events("e9b2c7fd-1", "etl", now - 4000),
        run_events("d4a8e2c6-1", "backfill_fx", now - 2.5 * 86400),
        run_events("7c3f9a2d-1", "daily_sales", now - 200, "failed"),
    )
    jobs, plain = shown("list"), shown("list", "-f", "plain")
    project("sales/etl_wrong.py", WRONG)
    same("screen_list", jobs, plain)
    same("screen_validate", shown("validate", **KEY), shown("validate", "-f", "concise", **KEY))


def test_the_history(shown: Callable[..., str], plant: Plant) -> None:
    now = time.time()
    stopped = ev.RunEnded(now - 3.5 * 86400, "canceled", 44.0, {"success": 6, "not_run": 6}, stopped_by="SIGINT")
    ops = [f"step_{number}" for number in range(12)]
    plant(
        [*run_events("a5c3d8e1-1", "daily_sales", now - 3.5 * 86400, ops=ops, partition="2026-11-18")[:-1], stopped],
        run_events("d4a8e2c6-1", "backfill_fx", now - 2.5 * 86400, ops=ops[:3], seconds=12.4, partition="2026-10"),
        run_events("e9b2c7fd-1", "etl", now - 90, ops=["extract", "transform", "load"], seconds=46.1),
        run_events("7c3f9a2d-1", "daily_sales", now - 80, "failed", ops[:7], 118.0, partition="2026-11-21"),
        run_events("8b1f6e3c-1", "daily_sales", now - 70, ops=ops[6:], seconds=62.0, parent="7c3f9a2d-1"),
    )
    same("screen_history", re.sub(r"(today|[A-Z][a-z]{2}) \d\d:\d\d *", "today 13:15  ", shown("runs", "list")))


def test_partitions_are_a_calendar(shown: Callable[..., str]) -> None:
    keys = [str(date(2026, 9, 1) + timedelta(days=number)) for number in range(82)]
    standing = dict.fromkeys(keys, "success") | dict.fromkeys(("2026-10-09", "2026-10-26", "2026-11-03"), "failed")
    standing |= dict.fromkeys((f"2026-11-{day:02}" for day in range(11, 19)), "missing") | {"2026-11-21": "running"}
    given = Pictured("daily_sales", "daily", tuple(keys), standing, usual=95.0, target="daily_sales")
    same("screen_partitions", "\n".join(picture(given, Style(), 80)) + "\n")
