# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Copies of one run that differ from node to node, or that are no copies."""

from __future__ import annotations

import re
from typing import Any

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.nitro.connection import Connection
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.nitro.file_limits import DIRECTORY
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.change.records.change_record import ChangeRecord
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.change.records.fetched_records import fetch_records

from tests.engine.control_nodes import files
from tests.stage.memory import Stage


def copies(stage: Stage, node: int) -> list[str]:
    return sorted(re.sub(r".*_", "", name) for name in files(stage, node) if re.search(r"_(begun|ended)\.txt$", name))


def fetched(stage: Stage) -> tuple[list[ChangeRecord], list[str]]:
    """Return what another directory of records gets from the nodes, and why it gets no more."""
    with Connection(stage.appliance) as connection:
        return fetch_records(connection, stage.records.parent / "theirs", "box")


@pytest.mark.parametrize("stale", [0, 1])
def test_a_stale_copy_of_one_node_does_not_replace_the_ended_one(pair_ours: Stage, stale: int) -> None:
    """Its third file would be the ended copy, after the lock and the copy of the beginning."""
    fault: dict[str, Any] = {"type": "systemfile", "method": "POST", "node": stale, "nth": 3, "times": 0}
    pair_ours.simulator.appliance("box").fault("nitro_error", code=284, **fault)
    assert pair_ours.apply().verdict.word == "mitigated"
    pair_ours.simulator.appliance("box").clear_faults()
    assert (copies(pair_ours, stale), copies(pair_ours, 1 - stale)) == (["begun.txt"], ["ended.txt"])
    (record,), problems = fetched(pair_ours)
    assert problems == []
    assert (str(record.outcome), record.saved) == ("applied", True)
    assert record.origin is not None
    assert str(record.origin.state) == "ended"


def test_a_file_with_the_name_of_a_copy_that_is_none_is_named_and_passed_over(pair_ours: Stage) -> None:
    assert pair_ours.apply().verdict.word == "mitigated"
    name = "tourniquet_20200115T020000.000000Z-x_ended.txt"
    for node, content in enumerate((b"[]", b"[" * 100_000)):
        of_node = pair_ours.simulator.fleet.appliances["box"].nodes[node]
        of_node.write_file(f"{DIRECTORY}/{name}", content)
    records, problems = fetched(pair_ours)
    assert (len(records), len(problems)) == (1, 2)
    assert any("the copy of 20200115T020000.000000Z-x.json is not one of format" in text for text in problems)
    assert any("the copy of 20200115T020000.000000Z-x.json is not JSON" in text for text in problems)
