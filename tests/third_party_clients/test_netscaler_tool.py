# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""netscaler-tool, which operators used until 2015: forms in single quotes, services by their server, vservers of any type."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from simulator import Simulator

pytestmark = pytest.mark.only_in_all

Tool = Callable[..., tuple[int, str]]


@pytest.fixture
def tool(programs: Path, simulator: Simulator, balanced: Any, tmp_path: Path) -> Tool:
    place = simulator.ready["appliances"]["pair"]["nodes"][0]
    settings = tmp_path / "netscalertool.conf"
    settings.write_text("user: nsroot\npasswd: nsroot\n", encoding="utf-8")
    script = Path(__file__).with_name("netscaler_tool_command.py")

    def run(*words: str) -> tuple[int, str]:
        command = [programs / "python", "-W", "ignore", script, f"{place['address']}:{place['port']}", settings, *words]
        done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
        return done.returncode, done.stdout + done.stderr

    for number in (1, 2):
        row = {"name": "web", "servicename": f"svc{number}"}
        balanced("pair", "POST", "config/lbvserver_service_binding", {"lbvserver_service_binding": row})
    balanced("pair", "POST", "config/nsconfig?action=save", {"nsconfig": {}})
    return run


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("show servers", "s1\ns2\n"),
        ("show services", "svc1\nsvc2\n"),
        ("show lbvservers", "shop\nweb\n"),
        ("show csvservers", "switch\n"),
        ("show lbvserver vserver=web services=yes", "svc1\nsvc2\n"),
        ("show primarynode", "127.23.0.11\n"),
        ("show sslcerts", "ns-server-certificate:3650\n"),
        ("show server server=s1", '"ipaddress": "192.0.2.1"'),
        ("show server server=s1 services=yes", '"servicename": "svc1"'),
        ("show lbvserver vserver=web", '"curstate": "UP"'),
        ("show savedconfig", "add service svc1 s1 HTTP 80\n"),
        ("show runningconfig", "bind lb vserver web svc1\n"),
        ("show system", '"cpuusage"'),
        ("stat lbvservers stat=state", '{"web": "UP"}\n'),
        ("stat ns stats=hacurmasterstate", '{"hacurmasterstate": "Primary"}\n'),
        ("compare configs", ""),
    ],
)
def test_what_it_shows(tool: Tool, words: str, expected: str) -> None:
    code, output = tool(*words.split())
    assert code == 0, output
    assert expected in output


def test_what_differs(tool: Tool, balanced: Any) -> None:
    code, output = tool("compare", "lbvservers", "vserver1=web", "vserver2=shop")
    assert (code, "shop does not have any services bound to it." in output) == (1, True)
    row = {"name": "shop", "servicename": "svc1"}
    balanced("pair", "POST", "config/lbvserver_service_binding", {"lbvserver_service_binding": row})
    code, output = tool("compare", "lbvservers", "vserver1=web", "vserver2=shop")
    assert (code, "not both:\nsvc2" in output) == (1, True)
    code, output = tool("compare", "configs")
    assert (code, "bind lb vserver shop svc1" in output) == (1, True)


def test_what_it_switches(tool: Tool, simulator: Simulator, balanced: Any) -> None:
    """All services of a server, and a vserver. The program saves and logs off each time."""

    def states() -> list[str]:
        return [row["svrstate"] for row in balanced("pair", "GET", "config/service")["service"]]

    assert tool("disable", "server", "server=s1") == (0, "")
    assert states() == ["OUT OF SERVICE", "UP"]
    assert tool("enable", "server", "server=s1") == (0, "")
    assert states() == ["UP", "UP"]
    assert tool("disable", "vserver", "vserver=gateway") == (0, "")
    assert balanced("pair", "GET", "config/vpnvserver/gateway")["vpnvserver"][0]["curstate"] == "OUT OF SERVICE"
    assert tool("bounce", "vserver", "vserver=switch") == (0, "")
    node = simulator.appliance("pair").state()["nodes"][0]
    assert (node["sessions"], node["configchanged"]) == (0, False)
    assert json.dumps(node["saved"]["vpnvserver"]).count("DISABLED") == 1
