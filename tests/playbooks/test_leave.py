# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Leaving a fleet: one appliance that cannot be left stops the removal before its first write; then one goes first, and the others follow."""

from __future__ import annotations

from collections.abc import Callable

from tests.stage.fleet import box, pair
from tests.stage.played import Laboratory

WITHOUT_A_MEASURE = {"mitigation": None}
WHO = {"accept_exposure": True, "who": "J. Jansen", "reason": "we go"}
ACCEPTED = {"remove": True, **WHO}


def test_a_fleet_is_left(open_laboratory: Callable[..., Laboratory]) -> None:
    hosts = {"gw-a": pair("13.0 47.24"), "gw-b": box(), "gw-c": box()}
    laboratory = open_laboratory(hosts)
    before = laboratory.texts()
    assert laboratory.play("apply", limit=["gw-b", "gw-c"]).rc == 0
    applied = laboratory.texts()

    laboratory.hosts["gw-c"] |= WHO
    refused = laboratory.play("leave", **WITHOUT_A_MEASURE, remove=True)
    assert refused.rc == 2
    assert "which needs cve_2019_19781" in refused.problem("gw-b")
    assert "why=undo" not in refused.problem("gw-b"), "leave.yml has no undo"
    assert "-e accept_exposure=true -e \"who='the name of the person'\" -e \"reason='we leave'\"" in refused.problem(
        "gw-b"
    )
    lost = "; TAKES PROTECTION AWAY from vpn vserver gw, decided by J. Jansen (we go)"
    assert refused.message("gw-c") == f"left: 1 measure, 4 objects, 1 file; nothing was removed{lost}"
    assert "would be removed" not in refused.output
    assert laboratory.texts() == applied
    assert refused.writes() == []
    shown = laboratory.play("leave", **WITHOUT_A_MEASURE, limit=["gw-c"], check=True, remove=True)
    assert shown.message("gw-c").endswith(f"; it would be removed{lost}")
    assert shown.rc == 0
    assert shown.writes() == []

    done = laboratory.play("leave", **WITHOUT_A_MEASURE, **ACCEPTED)
    assert done.rc == 2
    assert laboratory.texts() == before
    removed = "cve_2019_19781 removed, absence read back; 2 copies of records deleted"
    assert done.message("gw-c") == f"{removed}{lost.replace('TAKES PROTECTION AWAY from', 'PROTECTION LOST at')}"
    for host in ("gw-b", "gw-c"):
        assert done.problem(host) == "failed: PROTECTION LOST at vpn vserver gw, decided by J. Jansen (we go)"
        assert laboratory.record(host)["decided_by"] == "J. Jansen"
    assert done.problem("gw-a") == ""
    assert done.message("gw-a") == "nothing of ours was found"
    files = [
        name for host in hosts for node in laboratory.simulator.fleet.appliances[host].nodes for name in node.files
    ]
    assert [name for name in files if "tourniquet" in name] == []
    assert len(laboratory.record_files("gw-b")) == 2
