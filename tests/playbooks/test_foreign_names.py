# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A hostile name on its way from an appliance to the next plan, with real playbooks: no command runs on the control node."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.foundation import unsafe_yaml
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.recorded_traffic.logged_request import (
    RecordedRequest,
)

from tests.hostile.server import HostileServer, hostile
from tests.hostile.test_names import also
from tests.playbooks.conftest import Opener
from tests.stage.fleet import box, vserver
from tests.stage.played import Laboratory
from tests.synthetic import START, observed

HOST, VSERVER = "gw-a", "portal of customers"
ELSEWHERE = ("127.9.9.9", 4443)
"""The address of the virtual server that the appliance invents."""
DAY = 86400


@pytest.fixture(scope="module")
def laboratory(open_laboratory: Opener) -> Laboratory:
    """One appliance, whose virtual servers the inventory does not name; lists are learnt into its variables."""
    opened = open_laboratory({HOST: box(vservers=[vserver("vpn", VSERVER)])})
    variables = opened.hosts[HOST]
    vip = variables.pop("netscaler_vips")[0]
    variables["netscaler_probe_networks"] = [f"{vip['address']}/32"]
    log = opened.directory / "ns.log"
    places = [f"{vip['address']}:{vip['port']}", f"{ELSEWHERE[0]}:{ELSEWHERE[1]}"]
    requests = [
        RecordedRequest(path, START + day * DAY + client, f"198.51.100.{client}", place, "GET", 200, False)
        for day in range(3)
        for client in range(8)
        for place in places
        for path in ("/news/today", "/intranet/start")
    ]
    log.write_text("".join(f"{observed(request)}\n" for request in requests), encoding="ascii")
    variables["netscaler_logs"] = [{"path": str(log)}]
    return opened


@pytest.fixture
def server() -> Iterator[HostileServer]:
    with hostile() as layer:
        yield layer


@pytest.fixture
def canary() -> Iterator[Path]:
    """The file that the hostile name would create; its path is short, because a list cannot have a long name."""
    with tempfile.TemporaryDirectory(prefix="") as directory:
        yield Path(directory) / "x"


def test_a_name_that_is_a_template_runs_nothing(laboratory: Laboratory, server: HostileServer, canary: Path) -> None:
    name = f"gw{{{{ lookup('pipe', 'touch {canary}') }}}}"
    server.rule = also("vpnvserver", name=name, ipv46=ELSEWHERE[0], ip=ELSEWHERE[0], port=ELSEWHERE[1])
    host_vars = laboratory.directory / "host_vars"

    learnt = laboratory.play("learn", mitigation="url_whitelist", learnt=str(host_vars), until="2020-02-01")
    assert learnt.rc == 0, learnt.output[-3000:]
    folder = host_vars / HOST
    assert sorted(path.name for path in folder.iterdir()) == ["whitelist_portal_of_customers.yml", "whitelists.yml"]
    text = (folder / "whitelist_portal_of_customers.yml").read_text(encoding="utf-8")
    (value,) = unsafe_yaml.load(text).values()
    assert (value["vserver"], [entry["exact"] for entry in value["allow"]]) == (
        VSERVER,
        ["/intranet/start", "/news/today"],
    )
    assert f'vserver: !unsafe "{VSERVER}"' in text
    assert '{exact: !unsafe "/news/today"' in text
    (said,) = [line for line in learnt[HOST]["report"] if line.startswith("  left out: vpnvserver")]
    assert said.startswith('  left out: vpnvserver "gw\\x7b\\x7b lookup(\\x27pipe\\x27')

    planned = laboratory.play("plan", mitigation="url_whitelist")
    assert planned.rc == 0, planned.output[-3000:]
    assert planned.lines(HOST), "the learnt list is planned"
    assert any("NITRO allows no such name" in text for text in planned[HOST]["verdict"]["missing"])
    assert planned.writes(HOST) == []

    assert not canary.exists()
    shown = "".join(path.read_text(encoding="utf-8") for path in laboratory.directory.glob("output-*.log"))
    assert "{{ lookup(" not in shown
    assert not files_with(laboratory.directory, "{{ lookup('pipe', 'touch")


def files_with(directory: Path, text: str) -> list[str]:
    """Return the files below a directory that have a text in their name or their content."""
    return [
        str(path)
        for path in directory.rglob("*")
        if text in path.name or (path.is_file() and text in path.read_text(encoding="utf-8", errors="replace"))
    ]
