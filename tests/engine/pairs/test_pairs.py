# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Every pair of measures in both orders: what is proven alone stays true together. `make test` plays a fixed sample of the cells."""

from __future__ import annotations

from pathlib import Path

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.nitro.connection import Connection
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.change.records.record_list import all_records
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.judgement.exposure_reads.still_closed import (
    open_all_the_same,
)

from simulator import Simulator
from tests.engine.closing_stage import ClosingStage
from tests.engine.pairs import world
from tests.engine.pairs.matrix import Cell
from tests.engine.pairs.measures import MEASURES, pairs
from tests.engine.pairs.world import World
from tests.sample import PAIRS_STRIDE

FOUND_SOMETHING = [
    ("url", "whitelist"),
    ("whitelist", "url"),
    ("header", "url"),
    ("url-counts", "whitelist-resets"),
    ("notice", "url-counts"),
    ("whitelist", "geoblock-counts"),
    ("geoblock-counts", "paths"),
]
"""Cells that were not true once."""
CELLS = list(dict.fromkeys([*(cell for cell in pairs() if cell in FOUND_SOMETHING), *list(pairs())[::PAIRS_STRIDE]]))

FLEET = world.FLEET


@pytest.mark.parametrize("names", CELLS, ids=["+".join(names) for names in CELLS])
def test_what_is_said_of_two_measures_is_true_of_the_appliance(
    simulator: Simulator, tmp_path: Path, names: tuple[str, str]
) -> None:
    assert Cell(simulator, tmp_path, names).play() == []


@pytest.mark.parametrize(
    ("name", "method", "path", "row", "left"),
    [
        ("countries", "DELETE", "policydataset_value_binding/tq_geoblock__a_v4_1?args=value:127.66.0.0,endrange:127.66.255.255", {}, []),
        ("countries", "PUT", "policyexpression", {"name": "tq_geoblock__match1", "value": "false"}, []),
        ("paths", "PUT", "policypatset_pattern_binding", {"name": "tq_url_whitelist__site__prefix", "String": "/"}, ["gw"]),
    ],
    ids=["an address less", "another expression", "a path more"],
)  # fmt: skip
def test_a_step_whose_set_somebody_changed_is_not_called_closed(
    simulator: Simulator, tmp_path: Path, name: str, method: str, path: str, row: dict[str, str], left: list[str]
) -> None:
    """Seen: closed, while it let clients or paths in that it is to keep out."""
    simulator.reset()
    played = MEASURES[name](World(simulator, tmp_path))
    played.bring_in()
    stage = ClosingStage(simulator, played.world.records)
    with Connection(stage.appliance) as connection:
        records = all_records(stage.records, "box", stage.trust)
        assert (open_all_the_same(connection, records).found, played.has_effect()) == ({}, True)
        connection.primary.write(method, path, {path: row} if row else None)
        found = {
            object_id[1][0]: why
            for (_step, _partition, object_id), why in open_all_the_same(connection, records).found.items()
        }
    assert not played.has_effect()
    assert sorted({"gw", "site"} - found.keys()) == left
    assert all(why.endswith("is not as our last run left it") for why in found.values())
