# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Starts headless Chromium for the programs of this directory. Runs in the environment of tests/browser/requirements.txt."""

from __future__ import annotations

from selenium import webdriver


def chromium(width: int, height: int) -> webdriver.Chrome:
    """Return a browser with a window of this size in pixels; the caller ends it."""
    options = webdriver.ChromeOptions()
    for argument in (
        "--headless=new",
        "--no-sandbox",
        "--disable-gpu",
        "--disable-dev-shm-usage",
        f"--window-size={width},{height}",
    ):
        options.add_argument(argument)
    options.binary_location = "/usr/bin/chromium"
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    return webdriver.Chrome(options, webdriver.ChromeService("/usr/bin/chromedriver"))
