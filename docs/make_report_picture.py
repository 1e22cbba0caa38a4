"""Takes the pictures of a report in the README, light and dark, from real runs: three that went well, and one that did not.

    make test-browser     # installs what drives the browser
    .venv/bin/python docs/make_report_picture.py

The runs are those of the weather example, in a state directory of their own; the last one thinks that it rained too little.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
from base64 import b64decode
from pathlib import Path
from tempfile import TemporaryDirectory

ROOT = Path(__file__).parent.parent
RUN = ["run", "examples/weather/jobs.py:seattle_weather", "-c", "examples/weather/config.yaml", "-q"]
WIDE, HIGH, SCALE, QUALITY = 1120, 1000, 1.5, 82


def main() -> None:
    """Run, write the report, look at it."""
    with TemporaryDirectory() as folder:
        for _ in range(3):
            dagjob("--home", folder, *RUN)
        dagjob("--home", folder, *RUN, "--set", "check.least_rain=1200")
        page = Path(folder) / "report.html"
        dagjob("--home", folder, "report", "-o", str(page))
        take(page)


def dagjob(*args: str) -> None:
    """A command, in this checkout."""
    subprocess.run([sys.executable, "-m", "dagjob", *args], cwd=ROOT, check=False)


def take(page: Path) -> None:
    """Both pictures."""
    from selenium import webdriver

    options = webdriver.ChromeOptions()
    for argument in ("--headless=new", "--no-sandbox", "--disable-gpu", "--hide-scrollbars"):
        options.add_argument(argument)
    # With its path nothing is looked up elsewhere.
    driver = webdriver.Chrome(options, webdriver.ChromeService(shutil.which("chromedriver")))
    try:
        screen = {"width": WIDE, "height": HIGH, "deviceScaleFactor": SCALE, "mobile": False}
        driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", screen)
        driver.get(page.as_uri())
        for theme in ("light", "dark"):
            scheme = {"name": "prefers-color-scheme", "value": theme}
            driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": [scheme]})
            how = {"format": "webp", "quality": QUALITY}
            shot = b64decode(driver.execute_cdp_cmd("Page.captureScreenshot", how)["data"])
            file = ROOT / "docs" / f"report-{theme}.webp"
            file.write_bytes(shot)
            print(f"{file.relative_to(ROOT)}: {len(shot) / 1000:.0f} kB")
    finally:
        driver.quit()


if __name__ == "__main__":
    main()
