# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A fleet of simulated NetScaler appliances: NITRO, traffic, high availability and failures.

with Simulator("fleet.yml") as simulator:
    print(simulator.ready["appliances"])
"""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path

if (
    importlib.util.find_spec("ansible_collections") is None
    or importlib.util.find_spec("ansible_collections.tourniquet") is None
):
    # The expression engine is part of the collection; in a clone the hidden link makes it importable.
    sys.path.insert(0, str(Path(__file__).resolve().parent.parent / ".collections"))

from simulator.fleet_file.specification import FleetError
from simulator.server.python_api import Simulator

__all__ = ["FleetError", "Simulator"]
