# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The Molecule scenarios can be played at the same time: no two of them listen at the same address."""

from __future__ import annotations

import re
from itertools import combinations
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_no_two_scenarios_share_an_address() -> None:
    addresses = {
        path.parts[-3]: set(re.findall(r"127\.\d+\.\d+\.\d+", path.read_text(encoding="utf-8")))
        for path in ROOT.glob("molecule/*/inventory/fleet.yml")
    }
    assert len(addresses) > 1
    assert all(addresses.values())
    shared = {(one, other) for one, other in combinations(addresses, 2) if addresses[one] & addresses[other]}
    assert shared == set()
