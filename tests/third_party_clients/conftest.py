# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Third-party programs from PyPI in their own environment, and the appliances that they connect to."""

from __future__ import annotations

import fcntl
import http.client
import json
import os
import ssl
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from simulator import Simulator

ROOT = Path(__file__).parents[2]
ENVIRONMENT = ROOT / ".cache" / "third-party-clients"
WANTED = [Path(__file__).with_name(name) for name in ("requirements.txt", "sources.txt", "python2.py")]
FLEET: dict[str, Any] = {
    "as_of": "2026-11-25T03:00:00Z",
    "switches": {"counters_lag_seconds": 0.0},
    "appliances": {
        "pair": {
            "build": "13.0 92.21",
            "nodes": ["127.23.0.11:0", "127.23.0.12:0"],
            "features": ["LB", "CS", "SSL", "SSLVPN", "AAA", "RESPONDER"],
            "vservers": [
                {"type": "vpn", "name": "gateway", "address": "127.23.0.13:0"},
                {"type": "lb", "name": "web", "address": "127.23.0.14:0", "protocol": "HTTP"},
                {"type": "lb", "name": "shop", "address": "127.23.0.15:0", "protocol": "SSL"},
                {"type": "cs", "name": "switch", "address": "127.23.0.16:0", "protocol": "HTTP"},
            ],
        },
        "alone": {
            "build": "14.1 17.38",
            "nodes": ["127.23.0.21:0"],
            "http_port": 0,
            "features": ["LB"],
            "vservers": [{"type": "lb", "name": "shop", "address": "127.23.0.22:0", "protocol": "SSL"}],
        },
    },
}


def installed() -> bool:
    stamp = ENVIRONMENT / "made-from"
    return stamp.exists() and stamp.read_bytes() == b"".join(path.read_bytes() for path in WANTED)


@pytest.fixture(scope="session")
def programs() -> Path:
    """Return the directory of the programs. `make third-party-clients` installs them; otherwise it is run here. Without them the tests fail."""
    ENVIRONMENT.parent.mkdir(exist_ok=True)
    with (ENVIRONMENT.parent / "third-party-clients.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # one test process installs them, the others wait
        if not installed() and ENVIRONMENT.is_symlink():
            # Making it again would delete the files of an environment that others use.
            pytest.fail(
                f"{ENVIRONMENT} is a link to an environment that was not made from these requirements: "
                "remove the link, or run make third-party-clients where the environment is",
                pytrace=False,
            )
        if not installed():
            # Only this target: nothing may change the environment of the running tests.
            command = ["make", "--silent", "-o", ".venv/requirements.lock", ".cache/third-party-clients/made-from"]
            environment = {name: value for name, value in os.environ.items() if not name.startswith("MAKE")}
            made = subprocess.run(
                command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=600, check=False
            )
            if made.returncode or not installed():
                pytest.fail(
                    "the programs that are run against the simulator can't be installed (make third-party-clients):\n"
                    + (made.stderr or made.stdout)[-2000:],
                    pytrace=False,
                )
    return ENVIRONMENT / "bin"


@pytest.fixture(scope="session")
def _running() -> Iterator[Simulator]:
    with Simulator(FLEET) as simulator:
        yield simulator


@pytest.fixture
def simulator(_running: Simulator) -> Simulator:
    """Return the fleet in the state of its fleet file."""
    _running.reset()
    return _running


Nitro = Callable[..., Any]


@pytest.fixture
def nitro(simulator: Simulator) -> Nitro:
    """Return a function that makes a NITRO call with credentials in its headers: nitro("pair", "GET", "stat/system")."""
    context = ssl.create_default_context(cafile=simulator.ready["ca_file"])

    def call(appliance: str, method: str, path: str, body: Any = None) -> Any:
        place = simulator.ready["appliances"][appliance]["nodes"][0]
        connection = http.client.HTTPSConnection(place["address"], place["port"], context=context, timeout=10)
        headers = {"X-NITRO-USER": "nsroot", "X-NITRO-PASS": "nsroot"}
        connection.request(method, f"/nitro/v1/{path}", json.dumps(body) if body is not None else None, headers)
        response = connection.getresponse()
        content = response.read()
        connection.close()
        assert response.status in (200, 201), content
        return json.loads(content) if content else {}

    return call


@pytest.fixture
def balanced(nitro: Nitro) -> Nitro:
    """Make two services on two servers, and a group with two members on the same servers."""
    for number in (1, 2):
        nitro("pair", "POST", "config/server", {"server": {"name": f"s{number}", "ipaddress": f"192.0.2.{number}"}})
        row = {"name": f"svc{number}", "servername": f"s{number}", "servicetype": "HTTP", "port": 80}
        nitro("pair", "POST", "config/service", {"service": row})
    nitro("pair", "POST", "config/servicegroup", {"servicegroup": {"servicegroupname": "group", "servicetype": "HTTP"}})
    for number in (1, 2):
        member = {"servicegroupname": "group", "servername": f"s{number}", "port": 80}
        path = "config/servicegroup_servicegroupmember_binding"
        nitro("pair", "POST", path, {"servicegroup_servicegroupmember_binding": member})
    return nitro
