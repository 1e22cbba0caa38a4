"""A real browser that opens pages from files, and says what it was asked to load and what it complained about."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest

if TYPE_CHECKING:
    from selenium.webdriver import Chrome


class Opened(NamedTuple):
    """A page that was opened: what was requested besides the page itself, and what stands in the console."""

    requests: list[str]
    console: list[str]


class Browser:
    """Headless Chromium. `open` a page; then `driver` is the one of selenium."""

    def __init__(self, driver: Chrome) -> None:
        self.driver = driver

    def open(self, path: Path, *, dark: bool = False, width: int = 1280, height: int = 900) -> Opened:
        """Open a file."""
        self.driver.set_window_size(width, height)
        scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        self.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": [scheme]})
        self.said()
        self.driver.get(path.as_uri())
        return self.said(path.as_uri())

    def said(self, address: str = "") -> Opened:
        """What has come since the last time."""
        events = [json.loads(entry["message"])["message"] for entry in self.driver.get_log("performance")]
        requests = [
            event["params"]["request"]["url"] for event in events if event["method"] == "Network.requestWillBeSent"
        ]
        console = [entry["message"] for entry in self.driver.get_log("browser")]
        return Opened([url for url in requests if url != address], console)

    def js(self, script: str, *arguments: Any) -> Any:
        """What a script returns; it is the test's, which no policy of the page concerns."""
        return self.driver.execute_script(script, *arguments)

    def until(self, script: str) -> None:
        """Wait until a script says so."""
        from selenium.webdriver.support.wait import WebDriverWait

        WebDriverWait(self.driver, 10, 0.02).until(lambda driver: driver.execute_script(script))

    def press(self, *keys: str) -> None:
        """Press keys, on whatever has the focus."""
        from selenium.webdriver import ActionChains

        ActionChains(self.driver).send_keys(*keys).perform()


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """One browser for all tests; they are skipped where there is none."""
    webdriver = pytest.importorskip("selenium.webdriver", reason="selenium is not installed: make test-browser")
    chromium = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    chromedriver = shutil.which("chromedriver")
    if chromium is None or chromedriver is None:
        pytest.skip("no Chromium here, or no driver for it: apt-get install chromium chromium-driver")
    options = webdriver.ChromeOptions()
    options.binary_location = chromium
    for argument in ("--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run"):
        options.add_argument(argument)
    options.set_capability("goog:loggingPrefs", {"performance": "ALL", "browser": "ALL"})
    driver = webdriver.Chrome(options, webdriver.ChromeService(chromedriver))
    try:
        yield Browser(driver)
    finally:
        driver.quit()


@pytest.fixture
def opened(browser: Browser) -> Callable[..., Opened]:
    """Open a page of which all is in the file: nothing else is requested, nothing stands in the console."""

    def check(path: Path, **how: Any) -> Opened:
        found = browser.open(path, **how)
        assert found == Opened([], [])
        return found

    return check
