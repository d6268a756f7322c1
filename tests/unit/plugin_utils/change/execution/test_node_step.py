# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Steps outside the configuration: what a step says that has no inverse, and what dead runs leave to the next one."""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from typing import Any, cast

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.nitro.appliance import Address
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.change.execution.node_record import unfinished
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.change.execution.node_step import NodeStep
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.change.records.change_record import ChangeRecord
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.change.records.record_states import Outcome
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.foundation.errors import TourniquetError


@dataclass(frozen=True)
class Reboot(NodeStep):
    node: Address
    name: str = "reboot"
    line: str = "192.0.2.1: reboot"

    def session(self) -> AbstractContextManager[Any]:
        return nullcontext()

    def do(self, session: Any) -> None:
        """Send nothing."""

    def read_back(self, states: Any) -> None:
        """Read nothing."""


def test_a_step_without_an_inverse_says_so() -> None:
    with pytest.raises(TourniquetError, match=r"192\.0\.2\.1: reboot cannot be undone"):
        Reboot(Address("192.0.2.1", 443)).undo()


@dataclass
class Recorded:
    outcome: Outcome
    is_fetched: bool = False


@pytest.mark.parametrize(
    ("records", "left"),
    [
        ([Recorded(Outcome.OPEN), Recorded(Outcome.OPEN)], [0, 1]),
        ([Recorded(Outcome.OPEN), Recorded(Outcome.FAILED)], [0]),
        ([Recorded(Outcome.OPEN), Recorded(Outcome.APPLIED)], []),  # it was continued, and another record has its hash
        ([Recorded(Outcome.OPEN, is_fetched=True), Recorded(Outcome.OPEN)], [1]),
    ],
)
def test_the_runs_that_died_since_the_last_one_that_ended(records: list[Recorded], left: list[int]) -> None:
    assert unfinished(cast("list[ChangeRecord]", records)) == [records[number] for number in left]
