# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Which requests of an access log count as attacks: those of the catalogue that are meant for the appliance."""

from __future__ import annotations

from pathlib import Path

from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.catalogue.mitigation import (
    entries,
    entries_of_the_appliance,
    load_mitigation,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.recorded_traffic.logged_request import (
    RecordedRequest,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.common.log_task import LogTask

CATALOGUE = Path(__file__).parents[5] / "templates" / "mitigations"
BACK_ENDS = "cve_2021_44228"


def request(url: str) -> RecordedRequest:
    return RecordedRequest(url=url, method="GET")


def test_attacks_on_back_ends_leave_ordinary_requests_decided() -> None:
    signatures = LogTask.signatures(CATALOGUE)
    assert signatures.undecided(request("/")) == ()
    assert signatures.matches(request("/vpn/../vpns/cfg/smb.conf"))
    behind = LogTask.signatures(CATALOGUE, load_mitigation(CATALOGUE / BACK_ENDS).traffic)
    assert "header X-Forwarded-For" in behind.undecided(request("/")), "where that measure is asked about"


def test_what_protects_back_ends_is_no_need_of_an_appliance() -> None:
    assert BACK_ENDS in entries(CATALOGUE)
    assert entries_of_the_appliance(CATALOGUE) == [id_ for id_ in entries(CATALOGUE) if id_ != BACK_ENDS]
