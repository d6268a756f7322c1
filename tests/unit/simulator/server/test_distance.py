# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The round-trip time of an appliance. It belongs to the network: the sources are the handshakes (RFC 9293, 3.5; RFC 8446, 2)."""

from __future__ import annotations

import http.client
import ssl
import time
from typing import Any

import pytest

from simulator import FleetError, Simulator

BOX: dict[str, Any] = {"build": "13.0 47.22", "nodes": ["127.0.0.1:0"], "round_trip_ms": 50}


def test_a_request_takes_one_round_trip_more_and_a_connection_two() -> None:
    with Simulator({"appliances": {"far": BOX}}) as simulator:
        place = simulator.ready["appliances"]["far"]["nodes"][0]
        context = ssl.create_default_context(cafile=simulator.ready["ca_file"])
        connection = http.client.HTTPSConnection(place["address"], place["port"], context=context, timeout=20)
        began = time.monotonic()
        connection.connect()
        connected = time.monotonic()
        for _ in range(2):
            connection.request("GET", "/nitro/v1/config/nsversion")
            connection.getresponse().read()
        ended = time.monotonic()
        connection.close()
        assert connected - began >= 0.1
        assert ended - connected >= 0.1
        waiting = http.client.HTTPSConnection(place["address"], place["port"], context=context, timeout=0.02)
        with pytest.raises(OSError, match="timed out"):
            waiting.connect()


@pytest.mark.parametrize("wrong", [-1, "40", 0.5, True, 60_001])
def test_a_distance_is_a_number_of_milliseconds(wrong: Any) -> None:
    with pytest.raises(FleetError, match="round_trip_ms"):
        Simulator({"appliances": {"far": {**BOX, "round_trip_ms": wrong}}})
