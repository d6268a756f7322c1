# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""check-netscaler, the monitoring plug-in: every sub-command, unchanged."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from simulator import Simulator

OK, WARNING, CRITICAL, UNKNOWN = range(4)
Check = Callable[..., tuple[int, str]]


@pytest.fixture
def check(programs: Path, simulator: Simulator) -> Check:
    """Run it against an appliance. Return its exit code and its output."""

    def run(*arguments: str, appliance: str = "pair", node: int = 0, password: str = "nsroot") -> tuple[int, str]:
        place = simulator.ready["appliances"][appliance]["nodes"][node]
        port = place["http_port"] if "--no-ssl" in arguments else place["port"]
        command = [programs / "check_netscaler", "-H", place["address"], "-P", str(port), "-p", password, *arguments]
        done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
        assert "Traceback" not in done.stderr
        return done.returncode, done.stdout

    return run


@pytest.mark.sampled(6)
@pytest.mark.parametrize(
    ("command", "code", "says"),
    [
        ("state -o lbvserver", OK, "All 2 lbvserver are UP"),
        ("state -o lbvserver -n web", OK, "lbvserver is UP"),
        ("state -o lbvserver -n web -w 90 -c 50", OK, "web state: UP, Health: 100%"),
        ("state -o lbvserver -f shop", OK, "lbvserver is UP"),
        ("state -o lbvserver --check-backup warning", OK, "All 2 lbvserver are UP"),
        ("state -o vpnvserver", OK, "vpnvserver is UP"),
        ("state -o csvserver", OK, "csvserver is UP"),
        ("state -o lbvserver -n missing", CRITICAL, "lbvserver not found: missing"),
        ("state -o authenticationvserver", UNKNOWN, "No authenticationvserver objects found"),
        ("state -o nonsense", UNKNOWN, "Error checking nonsense.*1232"),
        ("above -o system -n cpuusagepcnt -w 75 -c 80", OK, "cpuusagepcnt"),
        ("above -o system -n memusagepcnt -w 10 -c 15", CRITICAL, "memusagepcnt"),
        ("below -o system -n disk0perusage -w 40 -c 10", WARNING, "disk0perusage"),
        ("matches -o hanode -n hacurstate -w INIT -c DOWN", OK, "hacurstate"),
        ("matches_not -o hanode -n hacurmasterstate -w Primary -c Primary", OK, "hacurmasterstate"),
        ("matches_not -o hanode -n hacurmasterstate -w Secondary -c Secondary", CRITICAL, "hacurmasterstate"),
        ("matches -o nsversion -e config -n mode -w 2 -c 1", CRITICAL, "mode"),
        ("nsconfig", OK, "No unsaved configuration|[Nn]o unsaved|saved"),
        ("hastatus", OK, "hacurmasterstate Primary; hacurstate UP"),
        ("hwinfo", OK, "NetScaler Virtual Appliance 450040.*NS13.0: Build 92.21.nc"),
        ("sslcert", OK, "1 certificate"),
        ("sslcert -w 4000 -c 30", WARNING, "ns-server-certificate expires in 3650 days"),
        ("staserver", UNKNOWN, "vpnglobal_staserver_binding' not found"),
        ("ntp -w o=0.03 -c o=0.05", CRITICAL, "Sync DISABLED"),
        ("perfdata -o ns -n rxmbitsrate,txmbitsrate", OK, "RX 1 MBits/s, TX 1 MBits/s"),
        ("perfdata -o lbvserver -n totalrequests,requestsrate -L name", OK, "'?web.totalrequests'?=0"),
        ("perfdata -o Interface -n rxbytesrate,errdroppedrxpkts -L id", OK, "LO/1.errdroppedrxpkts'?=0"),
        ("perfdata -o nscapacity -e config -n bandwidth", OK, "bandwidth'?=1000"),
        ("debug -o nsversion -e config", OK, '"version": "NetScaler NS13.0: Build 92.21.nc'),
        ("debug -o protocoltcp", OK, '"tcptotrxpkts": "'),
    ],
)
def test_what_it_says(check: Check, command: str, code: int, says: str) -> None:
    returned, said = check("-C", *command.split())
    assert (returned, bool(re.search(says, said, re.DOTALL))) == (code, True), said


def test_a_disabled_vserver_is_a_warning(check: Check, nitro: Any) -> None:
    """It reports OUT OF SERVICE as a warning."""
    nitro("pair", "POST", "config/lbvserver?action=disable", {"lbvserver": {"name": "shop"}})
    assert check("-C", "state", "-o", "lbvserver")[0] == WARNING
    returned, said = check("-C", "state", "-o", "lbvserver", "-n", "shop", "-w", "90", "-c", "50")
    assert (returned, "OUT OF SERVICE, Health: 0%" in said) == (CRITICAL, True)


def test_states_of_services(check: Check, balanced: Any) -> None:
    """All up, then one with its server out of service, then all with a disabled group."""
    returned, said = check("-C", "state", "-o", "service")
    assert (returned, "All 2 service are UP" in said) == (OK, True), said
    assert check("-C", "state", "-o", "servicegroup")[0] == OK
    balanced("pair", "POST", "config/server?action=disable", {"server": {"name": "s1"}})
    returned, said = check("-C", "state", "-o", "service")
    assert (returned, "svc1" in said) == (WARNING, True), said
    assert check("-C", "state", "-o", "service", "-n", "svc2")[0] == OK
    assert check("-C", "state", "-o", "service", "-n", "missing")[0] == CRITICAL
    balanced("pair", "POST", "config/servicegroup?action=disable", {"servicegroup": {"servicegroupname": "group"}})
    assert check("-C", "state", "-o", "servicegroup")[0] == CRITICAL


def test_nothing_to_balance(check: Check) -> None:
    for type_ in ("service", "servicegroup"):
        returned, said = check("-C", "state", "-o", type_)
        assert (returned, f"No {type_} objects found" in said) == (UNKNOWN, True)
    assert check("-C", "servicegroup", "-n", "missing")[0] in (CRITICAL, UNKNOWN)


def test_quorum_of_a_group(check: Check, balanced: Any) -> None:
    command = ("-C", "servicegroup", "-n", "group", "-w", "75", "-c", "25")
    returned, said = check(*command)
    assert (returned, "member quorum: 100.00% (UP/DOWN): 2/0" in said) == (OK, True), said
    balanced("pair", "POST", "config/server?action=disable", {"server": {"name": "s1"}})
    returned, said = check(*command)
    assert (returned, "member quorum: 50.00% (UP/DOWN): 1/1" in said) == (WARNING, True), said
    balanced("pair", "POST", "config/server?action=disable", {"server": {"name": "s2"}})
    assert check(*command)[0] == CRITICAL


def test_servers_have_no_statistics(check: Check, balanced: Any) -> None:
    """A gap of the program: it reads statistics of each type, and a server has none (adc-nitro-go, resource/stat/basic)."""
    returned, said = check("-C", "state", "-o", "server")
    assert (returned, "1232" in said) == (UNKNOWN, True)


def test_unsaved_configuration_is_found(check: Check, nitro: Any) -> None:
    nitro("pair", "POST", "config/policypatset", {"policypatset": {"name": "some"}})
    assert check("-C", "nsconfig")[0] == WARNING
    nitro("pair", "POST", "config/nsconfig?action=save", {"nsconfig": {}})
    assert check("-C", "nsconfig")[0] == OK


def test_roles_of_a_pair_and_of_a_standalone(check: Check, simulator: Simulator) -> None:
    assert "hacurmasterstate Secondary" in check("-C", "hastatus", node=1)[1]
    simulator.appliance("pair").failover()
    assert "hacurmasterstate Primary" in check("-C", "hastatus", node=1)[1]
    returned, said = check("-C", "hastatus", appliance="alone")
    assert (returned, "not configured for high availability" in said) == (CRITICAL, True)


def test_the_clock(check: Check, nitro: Any) -> None:
    nitro("pair", "POST", "config/ntpsync?action=enable", {"ntpsync": {}})
    returned, said = check("-C", "ntp", "-w", "o=0.03,s=1,j=100,t=1", "-c", "o=0.05,s=2,j=200,t=0")
    assert (returned, "Offset 0.000183 secs, jitter=0.052, stratum=1, truechimers=2" in said) == (OK, True)
    assert check("-C", "ntp", "-w", "s=0", "-c", "s=9")[0] == WARNING
    nitro("pair", "POST", "config/ntpsync?action=disable", {"ntpsync": {}})
    assert check("-C", "ntp")[0] == CRITICAL


def test_ticket_authorities(check: Check, nitro: Any) -> None:
    bound = {"vpnvserver_staserver_binding": {"name": "gateway", "staserver": "http://192.0.2.9/scripts/ctxsta.dll"}}
    nitro("pair", "POST", "config/vpnvserver_staserver_binding", bound)
    returned, said = check("-C", "staserver", "-n", "gateway")
    assert (returned, "http://192.0.2.9/scripts/ctxsta.dll OK (STA" in said) == (OK, True)
    assert check("-C", "staserver", "-n", "missing")[0] == UNKNOWN
    everywhere = {"vpnglobal_staserver_binding": {"staserver": "http://192.0.2.8"}}
    nitro("pair", "PUT", "config/vpnglobal_staserver_binding", everywhere)
    assert check("-C", "staserver")[0] == OK
    nitro("pair", "DELETE", "config/vpnglobal_staserver_binding?args=staserver:http%3A%2F%2F192.0.2.8")
    assert check("-C", "staserver")[0] == UNKNOWN


def test_licences_on_builds_with_daystoexpiration(check: Check) -> None:
    """nslicense has daystoexpiration on new builds only (github.com/slauger/check_netscaler issue 163)."""
    assert check("-C", "license", "-w", "30", "-c", "10", appliance="alone")[0] == OK
    assert check("-C", "license", "-w", "365", "-c", "10", appliance="alone")[0] == WARNING
    returned, said = check("-C", "license", "-w", "30", "-c", "10")
    assert (returned, "daystoexpiration unavailable" in said) == (UNKNOWN, True)


def test_requests_are_counted(check: Check, simulator: Simulator) -> None:
    import http.client

    place = next(v for v in simulator.ready["appliances"]["pair"]["vservers"] if v["name"] == "web")
    for _ in range(3):
        connection = http.client.HTTPConnection(place["address"], place["port"], timeout=10)
        connection.request("GET", "/")
        assert connection.getresponse().status == 200
        connection.close()
    assert "web.tothits'=3" in check("-C", "perfdata", "-o", "lbvserver", "-n", "tothits", "-L", "name")[1]


def test_plain_http_and_a_wrong_password(check: Check) -> None:
    assert check("-C", "state", "-o", "lbvserver", "--no-ssl", appliance="alone")[0] == OK
    returned, said = check("-C", "state", "-o", "lbvserver", password="wrong")
    assert (returned, "Authentication failed" in said) == (UNKNOWN, True)


def test_it_leaves_no_session_behind(check: Check, simulator: Simulator) -> None:
    check("-C", "hwinfo")
    assert simulator.appliance("pair").state()["nodes"][0]["sessions"] == 0


def test_interfaces_can_not_be_read_by_it(check: Check) -> None:
    """A defect of the program: an appliance's key is `Interface` for both spellings of the request (its own issue 49 has the trace)."""
    returned, said = check("-C", "interfaces")
    assert (returned, "'interface' not found in API response" in said) == (UNKNOWN, True)


def test_global_counters_can_not_be_read_by_it(check: Check) -> None:
    """A gap of the program: it does not send the value of -x, and nsglobalcntr needs names of counters (NITRO guide)."""
    returned, said = check(
        "-C", "perfdata", "-o", "nsglobalcntr", "-n", "http_tot_Requests", "-x", "args=counters:http_tot_Requests"
    )
    assert (returned, "1095" in said) == (UNKNOWN, True)
