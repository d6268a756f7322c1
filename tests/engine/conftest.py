# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The engine against one simulated appliance, in process."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from simulator import Simulator

FLEET = {
    "appliances": {
        "box": {
            "build": "13.0 47.22",
            "nodes": ["127.0.0.1:0"],
            "features": ["LB", "SSL"],
            "vservers": [{"type": "lb", "name": "site", "address": "127.0.0.1:0", "protocol": "HTTP"}],
        }
    }
}


@pytest.fixture(scope="module")
def simulator() -> Iterator[Simulator]:
    with Simulator(FLEET) as running:
        yield running
