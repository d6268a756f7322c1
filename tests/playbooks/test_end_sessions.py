# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""end_sessions.yml as operators run it: wave by wave, counted, and refused where a node has no fix."""

from __future__ import annotations

from collections.abc import Callable

from tests.stage.fleet import box, pair
from tests.stage.played import Laboratory

FLEET = {
    "gw-fixed": box("13.1 49.15"),
    "pair-fixed": pair("14.1 8.50"),
    "gw-open": box("13.1 48.47"),
}


def test_sessions_end_where_the_fix_runs(open_laboratory: Callable[..., Laboratory]) -> None:
    """By the entry of the built-in catalogue; what an appliance that is not ready would mean is its message."""
    laboratory = open_laboratory(FLEET)
    for host in FLEET:
        laboratory.simulator.appliance(host).session(
            "gw", "ann", connections=["ica", {"kind": "ica", "transport": "UDP"}]
        )
    run = laboratory.play("end_sessions", mitigation="cve_2023_4966", ticket="CHG0050")
    ended = [row for row in run["gw-fixed"]["sessions"] if row["ended"]]
    assert len(ended) == 5
    assert run.message("gw-fixed") == (
        "ended 2 ICA connections, 1 AAA session (after the fix of cve_2023_4966); no session now"
    )
    assert "sessions in all: 4 vpnicaconnection, 2 aaasession" in run.output
    assert run["gw-fixed"]["record"]
    assert {row["type"]: row["before"] for row in run["pair-fixed"]["sessions"]}["vpnicaconnection"] == 2
    assert "node" in run.problem("gw-open")
    assert "runs 13.1 48.47, which is open to cve_2023_4966" in run.problem("gw-open")
    assert "-e accept_exposure=true" in run.problem("gw-open")
    kills = [entry for entry in run.requests if "action=kill" in str(entry) or "action=clear" in str(entry)]
    assert len(kills) == 2 * 5
    assert run.rc != 0
