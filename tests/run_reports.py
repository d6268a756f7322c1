# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Results of appliances and reports of runs, for the tests of what is written and sent at the end of a run."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.judgement.proof.verdict_table import (
    VERDICTS,
    VerdictWord,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.run_report.content import Run, report_values

STARTED = datetime(2020, 1, 15, 2, 0, tzinfo=UTC)
HOSTILE = (
    "</script><script>alert(1)</script><img src=x onerror=alert(1)>\x1b[31m {{ 7 * 7 }} \"'& http://evil.example/x"
)
"""Text that an appliance could send."""


def verdict(word: str, **more: Any) -> dict[str, Any]:
    meaning = VERDICTS[VerdictWord(word)]
    return {
        "word": word,
        "reason": "a reason",
        "next_action": meaning.next_action.format(fix="13.0 47.24 or later"),
        "exit_code": meaning.exit_code,
        "rests_on": ["configuration read from 192.0.2.1"],
        "missing": [],
        **more,
    }


def result(word: str = "exposed", customer: str = "Brouwer", steps: int = 2, **more: Any) -> dict[str, Any]:
    """A result of an apply, as the summary collects it."""
    marker = more.pop("marker", "cf53be128289")
    return {
        "action": "apply",
        "changed": bool(steps),
        "measure": "cve_2019_19781",
        "version": 2,
        "verdict": verdict(word),
        "verdict_today": verdict(word),
        "as_of": "2020-01-15",
        "catalogue": {"newest_fact": "2019-12-18"},
        "appliance": {
            "build": "13.0 47.22",
            "customer": customer,
            "site": "",
            "marker": marker,
            "nodes": [{"address": "192.0.2.1:443", "role": "standalone", "build": "13.0 47.22", "problem": ""}],
        },
        "seal": "bca1247f",
        "steps": [
            {"type": "t", "key": ["k"], "lines": [f"add thing {number} {marker}"], "inverse": [f"rm thing {number}"]}
            for number in range(steps)
        ],
        "inverse": [f"rm thing {number}" for number in reversed(range(steps))],
        "foreseen": [{"effect": "unproven", "text": "gw will end unproven: no probe reaches it"}],
        "proof": {"offline": "33 of 33 attacks match", "probes": [], "hits_rose_by": {}},
        "saved": True,
        "record": "",
        "runs": [],
        "requests": {"probes": 0},
        "remarks": [],
        "msg": f"{word}: a reason",
        **more,
    }


def report(
    results: Mapping[str, Mapping[str, Any]], problems: Mapping[str, str] | None = None, **more: Any
) -> dict[str, Any]:
    """The report of a run of 12 seconds."""
    values: dict[str, Any] = {"playbook": "plan", "version": "0.1.0", **more}
    return report_values(
        Run(
            started=STARTED,
            finished=STARTED + timedelta(seconds=12),
            results=results,
            problems=problems or {},
            **values,
        )
    )


def fleet(number: int) -> dict[str, dict[str, Any]]:
    """Results of a fleet of any size, of 40 customers, with every verdict."""
    words = list(VERDICTS)
    return {
        f"gw-{position:04}": result(
            words[position % len(words)], f"customer {position % 40}", marker=f"{position:012x}"
        )
        for position in range(number)
    }
