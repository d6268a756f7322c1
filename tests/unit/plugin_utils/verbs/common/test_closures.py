# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What a step closes now, as the register of consent gets to know it: tests/engine and tests/playbooks play it with the records of appliances."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.catalogue.closing_steps import LadderStep
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.change.records.change_record import ChangeRecord
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.change.records.provenance import (
    OWN,
    Provenance,
    ProvenanceKind,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.common import closures
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.common.closures import closed_now

from tests.unit.plugin_utils.change.records.test_closed_time import GW, SHOP, closing, opening

UNSIGNED = Provenance(ProvenanceKind.UNSIGNED)
TASK: Any = SimpleNamespace(options={"records": "records"}, appliance=SimpleNamespace(name="gw-a"))


def of(record: ChangeRecord, provenance: Provenance = OWN) -> ChangeRecord:
    record.provenance = provenance
    return record


@pytest.mark.parametrize(
    ("records", "closed"),
    [
        ([of(closing(8, GW, SHOP)), of(opening(10, SHOP))], {"gw"}),
        ([of(closing(8, GW, SHOP)), of(opening(10, SHOP), UNSIGNED)], {"gw", "shop"}),
        ([of(closing(8, GW)), of(closing(9, SHOP), UNSIGNED)], {"gw"}),
        ([of(closing(8, GW, step="partners"))], set()),
    ],
)
def test_a_record_that_is_not_trusted_neither_closes_nor_opens(
    monkeypatch: pytest.MonkeyPatch, records: list[ChangeRecord], closed: set[str]
) -> None:
    monkeypatch.setattr(closures, "record_trust", lambda _options: None)
    monkeypatch.setattr(closures, "all_records", lambda _directory, _host, _trust: records)
    assert {object_id[1][0] for _partition, object_id in closed_now(TASK, LadderStep.NOTICE)} == closed
