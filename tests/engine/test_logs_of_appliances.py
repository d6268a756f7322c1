# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The logs that simulated appliances write, fetched and read: each position of the switches that form their lines."""

from __future__ import annotations

import http.client
import ssl
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.nitro.connection import Connection
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.nitro.log_download import LOGS, fetch_logs
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.recorded_traffic.logged_request import (
    RecordedRequest,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.recorded_traffic.reader import (
    ReadStatistics,
    requests_of,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.recorded_traffic.sources import LogFile, LogSource

from simulator import Simulator
from tests.stage.memory import Stage

OLD, NEW = "13.0 47.22", "13.1 53.24"
APPLIANCES: dict[str, tuple[str, dict[str, Any]]] = {
    "old": (OLD, {}),
    "new": (NEW, {}),
    "old_own": (OLD, {"gateway_access_log": "own", "adm_user_in_log": "always", "access_log_format": "paired"}),
    "new_shared": (NEW, {"gateway_access_log": "shared", "adm_user_in_log": "never", "access_log_format": "loopback"}),
}
BLOCKED = '"tq_x__observe would block vip=127.0.0.1 port=443 client=127.0.0.1 method=GET url=" + HTTP.REQ.URL'
CONFIGURATION = {
    "auditmessageaction": [{"name": "l", "loglevel": "WARNING", "stringbuilderexpr": BLOCKED}],
    "responderpolicy": [{"name": "p", "rule": "TRUE", "action": "NOOP", "logaction": "l"}],
    "responderglobal_responderpolicy_binding": [
        {"policyname": "p", "priority": 1, "type": "REQ_OVERRIDE", "gotopriorityexpression": "END"}
    ],
}


BOX = {
    "nodes": ["127.0.0.1:0"],
    "features": ["SSL", "SSLVPN", "RESPONDER"],
    "user_defined_audit_log": "YES",
    "vservers": [{"type": "vpn", "name": "gw", "address": "127.0.0.1:0"}],
    "configuration": CONFIGURATION,
}
FLEET = {
    "as_of": "2020-01-15T03:00:00Z",
    "appliances": {
        name: {**BOX, "build": build, "switches": switches} for name, (build, switches) in APPLIANCES.items()
    },
}


def visit(simulator: Simulator, name: str, url: str) -> None:
    (place,) = simulator.ready["appliances"][name]["vservers"]
    context = ssl.create_default_context(cafile=simulator.ready["ca_file"])
    connection = http.client.HTTPSConnection(place["address"], place["port"], context=context, timeout=60)
    connection.request("GET", url)
    connection.getresponse().read()
    connection.close()


def read(path: Path) -> tuple[list[RecordedRequest], ReadStatistics]:
    format_ = "observe" if path.name.startswith("ns.log") else "httpaccess"
    statistics = ReadStatistics()
    file = LogFile(LogSource(str(path), format_), path, format_)
    return [request for chunk in file.chunks() for request in requests_of(file, chunk, statistics)], statistics


@pytest.mark.parametrize("name", APPLIANCES)
def test_its_logs_are_read_without_a_loss(simulator: Simulator, tmp_path: Path, name: str) -> None:
    """Every line is understood: the commands of this very run, log-ons, rotations; each request is found once."""
    simulator.reset()
    directory = tmp_path / "logs"
    directory.mkdir()
    visit(simulator, name, "/vpn/index.html?Message 1 0 :  default".replace(" ", "%20"))
    simulator.appliance(name).advance(3600)
    visit(simulator, name, "/vpn/js/none.js")
    with Connection(Stage(simulator, tmp_path, name).appliance) as connection:
        files, problems = fetch_logs(connection, LOGS, directory)
    assert problems == []
    found = {path.name: read(path) for path in files}
    assert not any(statistics.unparsable for _, statistics in found.values())
    assert found["ns.log"][1].other > 0, "commands of this very run"
    asked = ["/vpn/index.html", "/vpn/js/none.js"]
    assert [request.url.partition("?")[0] for request in found["ns.log"][0]] == asked
    pages = [request for name, (requests, _) in found.items() if name.startswith("httpaccess") for request in requests]
    assert [request.url.partition("?")[0] for request in pages] == asked
