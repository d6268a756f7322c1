# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Armed text is the first thing that people read, and one line for all appliances that have it in the same logs."""

from __future__ import annotations

from typing import Any

from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.catalogue.entry import Level
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.traces.findings.finding import Examination, Finding
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.read_logs.page import (
    read_logs_lines,
)

DISARM = "an unfixed appliance runs it within a day. Disarm it first: docs/how-to/read-logs.md"


def armed(*found: tuple[str, str]) -> dict[str, Any]:
    return {"armed": [{"where": f"/var/log/{log}", "node": node} for log, node in found]}


def test_armed_text_takes_one_line_for_appliances_that_have_it_in_the_same_logs() -> None:
    results = {
        **{f"gw-{n:02}": armed(("ns.log", f"10.0.0.{n}:443"), ("messages", f"10.0.0.{n}:443")) for n in range(1, 13)},
        "pair": armed(("messages", "10.0.1.1:443"), ("messages", "10.0.1.2:443")),
        "one\x1b[2J": armed(("ns.log", "10.0.2.1:443")),
        "quiet": {},
    }
    words = dict.fromkeys(("node", "what", "where", "why"), "x")
    found = {name: (Finding(appliance=name, level=Level.ATTEMPT, **words),) for name in results if name != "quiet"}
    examined = [Examination(name, found.get(name, ()), looked_at=(("logs", 9),)) for name in results]
    lines = read_logs_lines(examined, results)
    assert lines[:3] == [
        f"gw-[01-12]: ARMED TEXT in /var/log/messages, /var/log/ns.log of 12 nodes: {DISARM}",
        f"pair: ARMED TEXT in /var/log/messages of 10.0.1.1:443, 10.0.1.2:443: {DISARM}",
        f"one\\x1b[2J: ARMED TEXT in /var/log/ns.log of 10.0.2.1:443: {DISARM}",
    ]
    assert not any("ARMED" in line for line in lines[3:])
