# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What the answers at a management address show: whether policies are evaluated for it, whichever measure of ours answers."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.nitro.appliance import Address
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.objects.answer_marker import marked_for
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.catalogue.run_parameters import Probes
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.judgement.proof.probes import Answer
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.node_system.node_local.coverage import (
    NodeCoverage,
    probe_node,
)

from tests.stage.memory import MITIGATION

ADDRESS = Address("192.0.2.1", 443)


@pytest.mark.parametrize(
    ("marker", "is_stopped"),
    [(marked_for("m", MITIGATION.id), True), (marked_for("m", "cve_2019_99999"), True), ("m", True), ("", False)],
)
def test_an_answer_of_any_measure_of_ours_shows_that_policies_count_there(marker: str, is_stopped: bool) -> None:
    def ask(_vip: Any, cases: list[Any]) -> list[Answer]:
        head = f"Forbidden\nX-Request-Reference: {marker}" if marker else "OK"
        return [
            Answer(case, 403 if case.attack else 200, body="page", head=head if case.attack else "OK") for case in cases
        ]

    prober: Any = SimpleNamespace(ask_all=ask, why_not_sent=lambda _vip, _case: "")
    appliance: Any = SimpleNamespace(probe=True, marker="m")
    proof = probe_node(prober, appliance, ADDRESS, MITIGATION, 2, Probes.ALL)
    assert NodeCoverage(ADDRESS, 1, proof).is_stopped is is_stopped
