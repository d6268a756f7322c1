# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Opens a page in headless Chromium and prints what was seen as JSON. Runs in the environment of tests/browser/requirements.txt.

look_at_page.py PAGE AXE SCREENSHOT light|dark
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from headless import chromium
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys

MOST_OPENED = 20
"""Up to so many appliances all details are open while axe looks at the page: it does not see what is folded."""
ROWS = "return [...document.querySelectorAll('#appliances tbody tr')].filter(r => !r.hidden).map(r => r.cells[0].textContent)"
NETWORK = "return performance.getEntriesByType('resource').map(e => e.name)"
AXE = "const done = arguments[0]; axe.run(document).then(r => done(r.violations.map(v => [v.id, v.impact, v.nodes.length, v.nodes[0].html])))"
OPENED = "location.hash = arguments[0]; return new Promise(r => setTimeout(() => r(document.querySelector(arguments[0]).open), 50))"


def main(page: str, axe: str, screenshot: str, scheme: str) -> dict[str, Any]:
    with chromium(1280, 1600) as browser:
        feature = {"name": "prefers-color-scheme", "value": scheme}
        browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": [feature]})
        browser.get(Path(page).resolve().as_uri())
        seen: dict[str, Any] = {"log": [entry["message"] for entry in browser.get_log("browser")]}
        seen["background"] = browser.execute_script("return getComputedStyle(document.body).backgroundColor")
        seen["overflow"] = browser.execute_script("return document.documentElement.scrollWidth - innerWidth")
        browser.save_screenshot(screenshot)
        seen["network"] = browser.execute_script(NETWORK)
        seen["rows"] = browser.execute_script(ROWS)
        seen["focused_first"] = _focused(browser, Keys.TAB)
        head = browser.find_element(By.CSS_SELECTOR, "#appliances thead button")
        head.send_keys(Keys.ENTER)
        seen["sorted"] = browser.execute_script(ROWS)
        head.send_keys(Keys.SPACE)
        seen["sorted_down"] = browser.execute_script(ROWS)
        seen["aria_sort"] = head.find_element(By.XPATH, "..").get_attribute("aria-sort")
        field = browser.find_element(By.CSS_SELECTOR, ".filter input")
        field.send_keys("exposed")
        seen["filtered"] = browser.execute_script(ROWS)
        seen["counted"] = browser.find_element(By.CSS_SELECTOR, ".filter output").text
        field.clear()
        field.send_keys(" ")
        seen["opened"] = browser.execute_script(OPENED, "#a0")
        browser.execute_cdp_cmd("Page.setBypassCSP", {"enabled": True})
        browser.execute_cdp_cmd("Runtime.evaluate", {"expression": Path(axe).read_text(encoding="utf-8")})
        browser.set_script_timeout(240)
        if len(seen["rows"]) <= MOST_OPENED:
            browser.execute_script("document.querySelectorAll('details').forEach(one => one.open = true)")
        seen["violations"] = browser.execute_async_script(AXE)
        return seen


def _focused(browser: Any, key: str) -> str:
    browser.find_element(By.TAG_NAME, "body").send_keys(key)
    return str(browser.switch_to.active_element.text)


if __name__ == "__main__":
    print(json.dumps(main(*sys.argv[1:])))
