# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A change of protection is said in the same words, whatever tells it: also by the last play of a playbook, which can import nothing."""

from __future__ import annotations

from pathlib import Path

import jinja2
import pytest
import yaml
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.foundation.protection_change import (
    HOW,
    Phase,
    ProtectionChange,
    decided_text,
)

ROOT = Path(__file__).parents[4]
PLAY = ROOT / "playbooks" / "plays" / "protection_taken_away.yml"
SERVICES = ("vpn vserver gw", "vpn vserver gw_two")


@pytest.mark.parametrize(
    ("change", "text"),
    [
        (
            ProtectionChange.of_services(Phase.PLANNED, SERVICES, reason=HOW),
            "TAKES PROTECTION AWAY from vpn vserver gw, vpn vserver gw_two: a rule of ours blocks there, and only counts or is gone afterwards",
        ),
        (
            ProtectionChange.of_services(Phase.LOST, SERVICES[:1], decided_text(" J.  Jansen", "it stops\na customer")),
            "PROTECTION LOST at vpn vserver gw, decided by J. Jansen (it stops a customer)",
        ),
        (
            ProtectionChange(Phase.LOST, "cve", "on 2020-01-02", "decided by J. Jansen", "it only counts"),
            "PROTECTION LOST cve on 2020-01-02, decided by J. Jansen: it only counts",
        ),
    ],
)
def test_it_says_of_what_since_when_by_whose_decision_and_why(change: ProtectionChange, text: str) -> None:
    assert str(change) == text


@pytest.mark.parametrize("decided", ["", "decided by J. Jansen (it stops a customer)"])
def test_the_last_play_of_a_playbook_says_the_same(decided: str) -> None:
    (play,) = yaml.safe_load(PLAY.read_text())
    message = play["tasks"][0]["ansible.builtin.fail"]["msg"]
    given = {"taken_away_by": {"takes_away": SERVICES}, "decided": f", {decided}" if decided else ""}
    said = jinja2.Environment(autoescape=True).from_string(message).render(given)
    assert said == str(ProtectionChange.of_services(Phase.LOST, SERVICES, decided))
