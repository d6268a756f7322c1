# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Reports as the programs of others see them: the page in headless Chromium with axe-core, the VEX documents by the tests of CSAF.

`make report-tools` gets these programs but Chromium, which is Debian's (apt install chromium chromium-driver). Where one is missing, a test is
skipped and says which.
"""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.judgement.proof.verdict_table import VERDICTS
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.run_report.page import page
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.run_report.vex import vex_documents

from tests.run_reports import HOSTILE, fleet, report, result, verdict

ROOT = Path(__file__).parents[2]
TOOLS = ROOT / ".cache" / "report-tools"
AXE, PROGRAM = TOOLS / "axe.min.js", ROOT / "tests" / "browser" / "look_at_page.py"
BROWSER = (Path("/usr/bin/chromium"), Path("/usr/bin/chromedriver"))
pytestmark = pytest.mark.only_in_all


def require(*files: Path) -> None:
    """Skip the test where a program that it needs is missing, and say which."""
    missing = [str(file) for file in files if not file.exists()]
    if missing:
        pytest.skip(f"not installed: {', '.join(missing)} (make report-tools; apt install chromium chromium-driver)")


def look(path: Path, text: str, scheme: str) -> dict[str, Any]:
    require(*BROWSER, AXE)
    path.write_text(text, encoding="utf-8")
    done = subprocess.run(
        [TOOLS / "bin" / "python", PROGRAM, path, AXE, path.with_suffix(".png"), scheme],
        capture_output=True,
        text=True,
        timeout=540,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    seen: dict[str, Any] = json.loads(done.stdout)
    return seen


@pytest.mark.parametrize(
    ("number", "scheme", "background"),
    [
        (1, "light", "rgb(255, 255, 255)"),
        (12, "light", "rgb(255, 255, 255)"),
        (12, "dark", "rgb(20, 23, 26)"),
        (1000, "light", "rgb(255, 255, 255)"),
    ],
)
def test_the_page_in_a_browser(tmp_path: Path, number: int, scheme: str, background: str) -> None:
    results = fleet(number)
    values = report(results, {"gw-0000": "failed: it broke"}, planned=frozenset(results))
    seen = look(tmp_path / "page.html", page(values), scheme)
    assert seen["violations"] == []
    assert seen["log"] == [], "the policy of the page stopped its own script, or the script failed"
    assert seen["network"] == []
    assert seen["background"] == background
    assert seen["overflow"] <= 0
    assert seen["rows"] == [one["host"] for one in values["appliances"]]
    assert seen["sorted"] == sorted(results)
    assert seen["sorted_down"] == sorted(results, reverse=True)
    assert seen["aria_sort"] == "descending"
    exposed = {one["host"] for one in values["appliances"] if "exposed" in page_row(one)}
    assert set(seen["filtered"]) == exposed
    assert seen["counted"] == f"{len(exposed)} of {number} appliances"
    assert seen["opened"] is True
    assert seen["focused_first"] == "Skip to the report"


def page_row(one: dict[str, Any]) -> str:
    """The words of an appliance that a filter finds."""
    found = one["verdict"]
    return f"{one['host']} {one['customer']} {found['word']} {found['next_action']}"


def test_hostile_text_runs_nothing_in_a_browser(tmp_path: Path) -> None:
    evil = result(customer=HOSTILE, verdict=verdict("exposed", reason=HOSTILE, missing=[HOSTILE]), notes=[HOSTILE])
    seen = look(tmp_path / "page.html", page(report({HOSTILE: evil}, {HOSTILE: f"failed: {HOSTILE}"})), "light")
    assert (seen["log"], seen["network"], len(seen["rows"])) == ([], [], 1)


@pytest.mark.parametrize("customer", ["Brouwer", HOSTILE])
def test_the_mandatory_tests_of_csaf_pass(tmp_path: Path, customer: str) -> None:
    require(TOOLS / "bin" / "csaf")
    results = {word: result(word, customer) for word in VERDICTS}
    (document,) = vex_documents(report(results)).values()
    path = tmp_path / "vex.json"
    path.write_text(json.dumps(document), encoding="utf-8")
    done = subprocess.run(
        [TOOLS / "bin" / "csaf", "validate", "--spec-version", "v20", "--no-network", path],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "[PASS] 6.1.27" in done.stdout
    assert "[FAIL]" not in done.stdout
