# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Every pair of measures in both orders: what is proven alone stays true together. `make test` plays a fixed sample of the cells."""

from __future__ import annotations

from pathlib import Path

import pytest

from simulator import Simulator
from tests.engine.pairs import world
from tests.engine.pairs.matrix import Cell
from tests.engine.pairs.measures import pairs
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
