# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The ledger asks the second node of a pair what is off only where no closing of ours is proven: its rows would be the same."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.nitro.connection import Connection
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.objects.virtual_servers import (
    VSERVER_TYPES,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.judgement.course.state import State
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.judgement.exposure.ledger_row import LedgerRow
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.judgement.exposure_reads.ledger_reading import (
    LedgerReader,
)

from simulator import Simulator
from tests.engine.control_nodes import PAIR
from tests.engine.told import ENTRIES
from tests.stage.memory import CATALOGUE, MITIGATION, Stage

VSERVERS = ("vpnvserver", "authenticationvserver", "csvserver", "lbvserver")
ENTRY = tuple(one for one in ENTRIES if one.id == MITIGATION.id)


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[Stage]:
    with Simulator({"appliances": {"box": PAIR}}) as simulator:
        yield Stage(simulator, tmp_path)


def read(stage: Stage) -> tuple[LedgerRow, Counter[str]]:
    """Return the row of the weakness, and how often each type of virtual servers is read."""
    stage.simulator.clear_requests()
    reader = LedgerReader(stage.appliance, ENTRY, stage.records, stage.trust, catalogue=CATALOGUE.parent)
    with Connection(stage.appliance) as connection:
        (row,) = reader.read(connection)
    names = [one["target"].partition("?")[0].rpartition("/")[2] for one in stage.simulator.requests()]
    return row, Counter(name for name in names if name in VSERVER_TYPES)


def test_what_our_closing_has_proved_is_read_once_of_each_node(stage: Stage) -> None:
    """A pair whose virtual servers somebody else has switched off is asked once more: tests/engine/test_shown_as_off."""
    stage.lockdown()
    row, reads = read(stage)
    assert row.course[-1].state is State.CLOSED
    assert reads == dict.fromkeys(VSERVERS, 2), "one read of each type at each of two nodes"
