# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A rule that is not the vendor's goes in where a person says so, and the run says that the weakness stays open; typed as docs/how-to/stop-gap.md has it."""

from __future__ import annotations

from collections.abc import Callable

from tests.stage.fleet import box
from tests.stage.played import Laboratory

WORD = "reduces exposure, not by the vendor"


def test_it_is_refused_shown_brought_in_and_judged(open_laboratory: Callable[..., Laboratory]) -> None:
    laboratory = open_laboratory({"gw": box("13.1 48.47")})
    entry = {"mitigation": "cve_2025_5777", "as_of": "2025-07-20"}
    refused = laboratory.play("apply", check=True, **entry)
    assert refused.rc == 2
    assert "the rule of cve_2025_5777 is a stop-gap by watchTowr and Horizon3, 4 July 2025" in refused.problem("gw")
    assert "add -e stop_gap=true. Nothing was sent." in refused.problem("gw")
    plan = laboratory.play("plan", stop_gap=True, **entry)
    assert "add responder policy tq_cve_2025_5777" in plan.output
    applied = laboratory.play("apply", stop_gap=True, ticket="CHG0062", rollout_bake_seconds=0, **entry)
    assert applied.verdict("gw") == WORD, applied.output
    assert "close external access (lockdown.yml), then upgrade to " in applied.output
    verified = laboratory.play("verify", **entry)
    assert (verified.rc, verified.verdict("gw")) == (2, WORD), verified.output
    status = laboratory.play("status", **entry)
    assert (status.rc, status.verdict("gw")) == (0, WORD), status.output
